//! The program can open no socket of the network: the kernel refuses it.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

use serde_json::Value;
use std::process::Command;

/// The checks of `doctor --json` about the sandbox: name, status and detail.
fn checks(flags: &[&str]) -> Vec<(String, String, String)> {
    let home = tempfile::tempdir().expect("a directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_netglobe"));
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
        command.env(name, home.path());
    }
    let output = command.args(flags).args(["doctor", "--json"]).env_remove("DISPLAY").output().expect("it runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |check: &Value, field: &str| check[field].as_str().expect("a text").to_owned();
    let all = report["checks"].as_array().expect("checks").iter();
    let of_sandbox = all.filter(|check| text(check, "name").starts_with("sandbox"));
    of_sandbox.map(|check| (text(check, "name"), text(check, "status"), text(check, "detail"))).collect()
}

#[test]
fn every_thread_and_child_is_refused_every_socket_of_the_network() {
    let checks = checks(&[]);
    assert!(checks.len() >= 9, "{checks:?}");
    for (name, status, detail) in &checks {
        assert_eq!(status, "ok", "{name}: {detail}");
    }
    for kind in ["tcp", "udp", "tcp6", "udp6", "raw", "packet", "vsock"] {
        let (.., detail) = checks.iter().find(|(name, ..)| *name == format!("sandbox-{kind}")).expect(kind);
        let refused = detail.matches("Operation not permitted").count();
        assert_eq!(refused, 3, "{kind}: {detail}");
    }
}

#[test]
fn without_the_sandbox_it_is_said_and_sockets_can_be_opened() {
    let checks = checks(&["--no-sandbox"]);
    let (_, status, detail) = checks.iter().find(|(name, ..)| name == "sandbox").expect("a check");
    assert!(status == "partly" && detail.contains("switched off"), "{status}: {detail}");
    let (.., detail) = checks.iter().find(|(name, ..)| name == "sandbox-udp").expect("a check");
    assert_eq!(detail.matches("opened").count(), 3, "the attempts are real: {detail}");
}
