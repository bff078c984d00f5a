//! Tests of socket owners with real processes: users and units of sockets whose processes must not be inspected, and
//! all processes of a shared socket.
//!
//! Each test restarts itself in its own network namespace (see `support/network.rs`).
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "helpers of a test need no names")]
#![cfg(target_os = "linux")]

#[path = "../support/isolated.rs"]
mod isolated;
#[path = "../support/network.rs"]
mod network;
#[path = "../support/sockets.rs"]
mod sockets;
#[path = "../support/mod.rs"]
mod support;

use isolated::{HOLDING_UID, LISTING_UID, as_user, behind, holder_at, words, works};
use rustix::io::{FdFlags, fcntl_setfd};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use support::{Busy, Killed, Outcome, User, not_run, run, wait_until};

fn in_own_network(name: &str, body: impl FnOnce()) {
    isolated::in_own_network("owners", name, Duration::from_mins(10), body);
}

/// Not a test: a process that shares its listening socket with a child. It prints both process IDs and the port.
#[test]
#[ignore = "a helper of the other tests, which start it"]
fn socket_sharer() {
    if network::is_inside() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
        fcntl_setfd(&listener, FdFlags::empty()).expect("a child may have it");
        let child = Killed(Command::new("sleep").arg("600").spawn().expect("a child"));
        let port = listener.local_addr().expect("bound").port();
        println!("@{} {} {port}", std::process::id(), child.0.id());
        // Run until the test closes standard input.
        // The only line of `list --json` for the local port.
        std::io::stdin().lines().count();
    }
}

/// The one line of `list --json` about the local port.
fn line_of(outcome: &Outcome, port: u16) -> Value {
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    outcome.assert_clean("list");
    let mut lines = outcome.json_lines();
    lines.retain(|line| line["local"]["port"] == port);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    lines.remove(0)
}

/// A control group that is removed afterwards.
struct Cgroup(PathBuf);

impl Cgroup {
    fn create(name: &str) -> std::io::Result<Self> {
        let roots = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(Path::new);
        let root = roots.into_iter().find(|root| root.join("cgroup.controllers").exists());
        let path = root.ok_or_else(|| std::io::Error::other("there is no tree of version 2"))?.join(name);
        fs::create_dir(&path)?;
        // The first process adds itself.
        fs::set_permissions(path.join("cgroup.procs"), fs::Permissions::from_mode(0o666))?;
        Ok(Self(path))
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // The group becomes empty shortly after its last process has ended.
        let deadline = Instant::now() + support::PATIENCE;
        wait_until(deadline, || fs::remove_dir(&self.0).ok());
    }
}

fn name_of(uid: u32) -> Option<String> {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    passwd
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find_map(|fields| (fields.get(2) == Some(&uid.to_string().as_str())).then(|| fields[0].to_owned()))
}

#[test]
fn a_socket_of_another_user_has_its_unit_and_its_user() {
    in_own_network("a_socket_of_another_user_has_its_unit_and_its_user", || {
        let _busy = Busy::start();
        let holding = as_user(HOLDING_UID);
        if !works(&words(&holding)) {
            return not_run("owners::a_socket_of_another_user", "no other user can be taken on here");
        }
        // Files that all users can read.
        let files = tempfile::tempdir().expect("a folder");
        fs::set_permissions(files.path(), fs::Permissions::from_mode(0o755)).expect("allowed");
        let (program, helper) = (files.path().join("netglobe"), files.path().join("helper"));
        fs::copy(support::netglobe_path(), &program).expect("copied");
        fs::copy(network::this_program(), &helper).expect("copied");

        let unit = format!("netglobe-test-{}.service", std::process::id());
        let cgroup = Cgroup::create(&unit);
        let entry = match &cgroup {
            Ok(cgroup) => format!("echo $$ > {}/cgroup.procs && ", cgroup.0.display()),
            Err(error) => {
                not_run("owners::a_socket_of_another_user (its unit)", &format!("no control group: {error}"));
                String::new()
            }
        };
        let enter = format!("{entry}exec \"$@\"");
        let mut holder = holder_at(&helper, "ng-secret", &[&["sh", "-c", &enter, "sh"], &words(&holding)[..]].concat());
        let held = holder.tcp_listen("127.0.0.1:8443");
        let (connected, user) = (holder.tcp_connect(held.local, None), name_of(HOLDING_UID));

        let sample = |more: &[&str]| {
            let mut command = behind(&words(&as_user(LISTING_UID)), &program);
            command.arg("list").args(more);
            command.env("HOME", files.path()).env("XDG_CACHE_HOME", "/nonexistent");
            run(command, support::PATIENCE)
        };
        let expected = match &cgroup {
            Ok(_) => json!({ "kind": "unit", "pid": null, "name": unit, "unit": unit, "user": user, "uid": HOLDING_UID,
                "pids": null, "reason": "not-permitted" }),
            Err(_) => {
                json!({ "kind": "user", "pid": null, "name": user, "unit": null, "user": user, "uid": HOLDING_UID,
                "pids": null, "reason": "not-permitted" })
            }
        };
        for port in [held.local.port(), connected.local.port()] {
            let line = line_of(&sample(&["--json"]), port);
            assert_eq!((&line["owner"], &line["process"]), (&expected, &Value::Null));
            assert_eq!(line["owner_missing"], "not-permitted");
        }
        let mut filters = vec![format!("user:{HOLDING_UID} port:8443 state:listen")];
        filters.extend(user.as_ref().map(|user| format!("user:{user} port:8443 state:listen")));
        if cgroup.is_ok() {
            filters.extend(["unit:netglobe-test state:listen", "netglobe-test- state:listen"].map(str::to_owned));
        }
        for filter in filters {
            assert_eq!(sample(&["--json", "--filter", &filter]).json_lines().len(), 1, "{filter}");
        }
        let table = sample(&[]).stdout;
        let shown = if cgroup.is_ok() { unit } else { format!("(user {})", user.unwrap_or(HOLDING_UID.to_string())) };
        assert!(table.lines().any(|line| line.contains(&shown) && line.contains("127.0.0.1:8443")), "{table}");
        // The group can be removed only when it is empty.
        drop(holder);
    });
}

#[test]
fn a_socket_that_is_shared_lists_all_its_processes() {
    in_own_network("a_socket_that_is_shared_lists_all_its_processes", || {
        let _busy = Busy::start();
        let mut command = Command::new(network::this_program());
        command.args(["--exact", "socket_sharer", "--ignored", "--nocapture"]);
        let mut sharer = Killed(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process"));
        let said = BufReader::new(sharer.0.stdout.take().expect("piped")).lines();
        let told = said.map(|line| line.expect("readable")).find_map(|line| Some(line.split_once('@')?.1.to_owned()));
        let numbers: Vec<u32> =
            told.expect("told").split_whitespace().map(|word| word.parse().expect("a number")).collect();
        let (parent, child, port) = (numbers[0], numbers[1], u16::try_from(numbers[2]).expect("a port"));
        let user = User::new();
        for source in ["sock-diag", "netstat2"] {
            let line = line_of(&user.run(&["list", "--json", "--source", source]), port);
            assert_eq!(line["process"]["pid"], child, "{source}: the youngest serves it: {line:#}");
            assert_eq!(line["owner"]["pids"], json!([parent.min(child), parent.max(child)]), "{source}");
            assert_eq!((&line["owner"]["kind"], &line["owner"]["name"]), (&json!("process"), &json!("sleep")));
            assert_eq!(line["owner"]["uid"], rustix::process::geteuid().as_raw());
        }
        for pid in [parent, child] {
            let filter = format!("pid:{pid} port:{port}");
            assert_eq!(user.run(&["list", "--json", "--filter", &filter]).json_lines().len(), 1, "{filter}");
        }
        // The child ends with its parent.
        drop(sharer.0.stdin.take());
        sharer.0.wait().expect("it ends");
    });
}
