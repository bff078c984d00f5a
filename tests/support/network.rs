//! Restarts the test program in a new network namespace, isolated from the outside.
#![allow(dead_code, reason = "each user takes what it needs")]

use std::{fs, path::PathBuf, process::Command};

/// Marks a restarted program, and names the network namespace that it must have left.
const OUTER_NETWORK: &str = "NETGLOBE_OUTER_NETWORK";

/// Words before a command that give it a new network namespace.
///
/// # Errors
/// Why this machine does not permit it.
pub(crate) fn new_network() -> Result<&'static [&'static str], String> {
    const WAYS: [&[&str]; 2] = [&["unshare", "--net"], &["unshare", "--user", "--map-root-user", "--net"]];
    let has_ip = Command::new("ip").arg("-V").output().is_ok_and(|output| output.status.success());
    if !has_ip {
        return Err("the command ip is missing (package iproute2)".to_owned());
    }
    if !fs::exists("/proc/net/if_inet6").unwrap_or(false) {
        return Err("this kernel has no IPv6".to_owned());
    }
    let mut why = String::new();
    for way in WAYS {
        match Command::new(way[0]).args(&way[1..]).args(["ip", "link", "set", "lo", "up"]).output() {
            Ok(output) if output.status.success() => return Ok(way),
            Ok(output) => why = String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => why = error.to_string(),
        }
    }
    Err(format!("no network namespace can be made here (neither as root nor with user namespaces): {why}"))
}

/// The network namespace of this process.
fn this_network() -> PathBuf {
    fs::read_link("/proc/self/ns/net").expect("Linux")
}

/// Whether this process is in its own network namespace.
///
/// # Panics
/// If it should be and is not: tests must never touch the machine's own network.
pub(crate) fn is_inside() -> bool {
    let Some(outer) = std::env::var_os(OUTER_NETWORK) else { return false };
    assert_ne!(PathBuf::from(outer), this_network(), "this is the machine's own network");
    true
}

/// A command that restarts this program in a new network namespace.
///
/// # Errors
/// Why this machine does not permit it.
pub(crate) fn inside(args: &[&str]) -> Result<Command, String> {
    let way = new_network()?;
    let mut command = Command::new(way[0]);
    command.args(&way[1..]).arg(this_program()).args(args).env(OUTER_NETWORK, this_network());
    Ok(command)
}

/// Path of this program.
pub(crate) fn this_program() -> PathBuf {
    std::env::current_exe().expect("a path")
}

/// Runs `ip ARGS` in this network namespace.
pub(crate) fn ip(args: &str) {
    assert!(is_inside(), "only in a network of one's own");
    let output = Command::new("ip").args(args.split_whitespace()).output().expect("ip");
    assert!(output.status.success(), "ip {args}: {}", String::from_utf8_lossy(&output.stderr));
}
