//! Runs tests in their own network namespace: each restarts itself in one (see `network.rs`).
#![allow(dead_code, reason = "each test takes what it needs")]

use super::{
    network,
    sockets::{self, Holder},
    support::{not_run, run},
};
use std::{path::Path, process::Command, time::Duration};

/// Marks a process that was started to own sockets, so that a run of all ignored tests does not wait for it.
const HOLDS_SOCKETS: &str = "NETGLOBE_HOLDS_SOCKETS";
/// Arguments with which a test program owns sockets, see [`socket_holder`].
pub(crate) const HOLD: [&str; 4] = ["--exact", "isolated::socket_holder", "--ignored", "--nocapture"];

/// The user that owns the sockets, and another one that lists them; both unprivileged.
pub(crate) const HOLDING_UID: u32 = 65_534;
pub(crate) const LISTING_UID: u32 = 65_533;

/// Runs `body` in its own network namespace, with the loopback interface up. `name` is the full name of the calling
/// test, `file` that of the test program.
pub(crate) fn in_own_network(file: &str, name: &str, patience: Duration, body: impl FnOnce()) {
    if network::is_inside() {
        network::ip("link set lo up");
        return body();
    }
    let command = match network::inside(&["--exact", name, "--nocapture", "--test-threads=1", "--include-ignored"]) {
        Ok(command) => command,
        Err(why) => return not_run(&format!("{file}::{name}"), &why),
    };
    let outcome = run(command, patience);
    let output = format!("in its own network:\n{}\n{}", outcome.stdout, outcome.stderr);
    assert!(outcome.code == Some(0) && outcome.stdout.contains("1 passed"), "{output}");
    let measured: Vec<_> = outcome.stdout.lines().filter(|line| line.contains("measured:")).collect();
    if !measured.is_empty() {
        println!("{}", measured.join("\n"));
    }
}

/// Not a test: the process that owns sockets for the tests.
#[test]
#[ignore = "a helper of the other tests, which start it"]
fn socket_holder() {
    if network::is_inside() && std::env::var_os(HOLDS_SOCKETS).is_some() {
        sockets::serve();
    }
}

/// Starts a process with this name that owns sockets, with the words `before` (`unshare --net`) before the command.
pub(crate) fn holder(name: &str, before: &[&str]) -> Holder {
    holder_at(&network::this_program(), name, before)
}

/// The same from a copy of the test program.
pub(crate) fn holder_at(program: &Path, name: &str, before: &[&str]) -> Holder {
    let mut command = behind(before, program);
    command.args(HOLD).env(HOLDS_SOCKETS, "1");
    Holder::start(command, name)
}

/// A command for a program, with these words before it.
pub(crate) fn behind(words: &[&str], program: &Path) -> Command {
    let Some((first, rest)) = words.split_first() else { return Command::new(program) };
    let mut command = Command::new(first);
    command.args(rest).arg(program);
    command
}

/// Whether a command can be started with these words before it.
pub(crate) fn works(words: &[&str]) -> bool {
    behind(words, Path::new("true")).output().is_ok_and(|output| output.status.success())
}

/// Words that run the following command as another user.
pub(crate) fn as_user(uid: u32) -> [String; 4] {
    ["setpriv".to_owned(), format!("--reuid={uid}"), format!("--regid={uid}"), "--clear-groups".to_owned()]
}

/// The same words, borrowed.
pub(crate) fn words(of: &[String]) -> Vec<&str> {
    of.iter().map(String::as_str).collect()
}
