//! What the program meets on a machine, and what it makes of it: `doctor`, few open files, small files, other people's
//! homes, readers who leave.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

mod support;

use serde_json::Value;
use std::net::UdpSocket;
use support::User;

/// The check of this name.
fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().expect("a list");
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

/// The first number in a text.
fn first_number(text: &str) -> usize {
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no number in {text}"))
}

#[test]
fn doctor_tells_the_same_as_text_and_as_one_json_object() {
    let user = User::new();
    let json = user.run(&["doctor", "--json"]);
    json.assert_clean("doctor --json");
    let [report] = json.json_lines().try_into().unwrap_or_else(|lines| panic!("one line, not {lines:?}"));
    assert_eq!((&report["schema"], &report["version"]), (&1.into(), &env!("CARGO_PKG_VERSION").into()));
    assert_eq!(report.as_object().map(serde_json::Map::len), Some(3), "{report:#}");
    let text = user.run(&["doctor"]).stdout;
    for check in report["checks"].as_array().expect("a list") {
        let fields: Vec<_> = check.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(fields, ["detail", "name", "remedy", "status"]);
        let [name, status] = ["name", "status"].map(|field| check[field].as_str().expect("text"));
        assert!(["ok", "partly", "no", "not-yet"].contains(&status), "{check}");
        assert!(check["detail"].as_str().is_some_and(|detail| !detail.is_empty()) && check["remedy"].is_string());
        let line = format!("  {:<9}{:<16}", status.replace('-', " "), name.trim_start_matches("degraded-"));
        assert!(text.contains(&line), "{line:?} is not in\n{text}");
    }
    assert_eq!(check(&report, "sandbox")["status"], "not-yet");
}

#[test]
fn doctor_counts_the_sockets_that_there_are() {
    let user = User::new();
    // As many as nothing else on this machine opens and closes in the moment between two looks.
    let held: Vec<_> = (0..200).map(|_| UdpSocket::bind("127.0.0.1:0").expect("a port")).collect();
    let outcome = user.run(&["doctor", "--json"]);
    let report = &outcome.json_lines()[0];
    for name in ["sock-diag", "netstat2"] {
        let detail = check(report, name)["detail"].as_str().expect("text");
        assert!(first_number(detail) >= held.len(), "{name}: {detail}");
    }
    let owners = check(report, "owners")["detail"].as_str().expect("text");
    assert!(first_number(owners) >= held.len(), "{owners}");
}
