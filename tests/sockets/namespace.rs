//! End-to-end tests: real processes own real connections to public addresses in a network namespace, and the program
//! must show exactly those.
//!
//! Each test restarts itself in a new network namespace (see `support/network.rs`). The addresses are from MaxMind's
//! test database, so that their places are known. They are tested both on `lo`, with both ends of each connection on
//! this machine, and at the other end of a virtual cable, with one end.
#![allow(clippy::items_after_statements, reason = "what a test needs stands where it needs it")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "helpers of a test need no names")]
#![cfg(target_os = "linux")]

#[path = "namespace/closed.rs"]
mod closed;
#[path = "namespace/counters.rs"]
mod counters;
#[path = "../support/isolated.rs"]
mod isolated;
#[path = "namespace/lines.rs"]
mod lines;
#[path = "namespace/listed.rs"]
mod listed;
#[path = "../support/network.rs"]
mod network;
#[path = "namespace/picture.rs"]
mod picture;
#[path = "../support/sockets.rs"]
mod sockets;
#[path = "../support/mod.rs"]
mod support;
#[path = "namespace/watch.rs"]
mod watch;

use sockets::Holder;
use std::time::Duration;

const LONDON: &str = "81.2.69.142";
const BOXFORD: &str = "2.125.160.216";
const LINKOEPING: &str = "89.160.20.112";
const CHANGCHUN: &str = "175.16.199.1";
const BHUTAN: &str = "67.43.156.1";
const JAPAN: &str = "2001:218::1";
const WITHOUT_COUNTRY: &str = "2a02:d500::1";
const UNKNOWN: &str = "2001:4b98::1";
const SOURCES: [&str; 2] = ["sock-diag", "netstat2"];

fn in_own_network(name: &str, body: impl FnOnce()) {
    isolated::in_own_network("namespace", name, Duration::from_mins(10), body);
}

/// A process on another machine at the end of a virtual cable, with the public addresses.
fn other_machine() -> Holder {
    let way = network::new_network().expect("it worked before");
    // Within the namespace, the process may create another one.
    let mut other = isolated::holder("other-machine", &[way[0], "--net"]);
    network::ip(&format!("link add cable type veth peer name cable netns {}", other.pid()));
    network::ip("addr add 10.77.0.1/24 dev cable");
    network::ip("-6 addr add fd00:77::1/64 dev cable nodad");
    network::ip("link set cable up");
    other.ip("link set lo up");
    other.ip("addr add 10.77.0.2/24 dev cable");
    other.ip("-6 addr add fd00:77::2/64 dev cable nodad");
    other.ip("link set cable up");
    for address in [LONDON, BOXFORD, LINKOEPING, CHANGCHUN, BHUTAN] {
        other.ip(&format!("addr add {address}/32 dev cable"));
        network::ip(&format!("route add {address} via 10.77.0.2"));
    }
    for address in [JAPAN, WITHOUT_COUNTRY, UNKNOWN] {
        other.ip(&format!("-6 addr add {address}/128 dev cable nodad"));
        network::ip(&format!("-6 route add {address} via fd00:77::2"));
    }
    other
}
