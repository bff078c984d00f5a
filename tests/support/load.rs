//! A load for sampling: processes that own sockets, and processes that only have files open.
#![allow(dead_code, reason = "each user takes what it needs")]

use crate::{network, sockets::Holder};
use std::{
    fs,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const HOLDERS: usize = 25;
/// Number of processes with files.
pub const BYSTANDERS: usize = 300;

/// Starts the processes with files, and waits until each has opened all of them.
pub fn bystanders() -> Vec<Bystander> {
    let started: Vec<_> = (0..BYSTANDERS).map(|_| Bystander::start()).collect();
    let deadline = Instant::now() + Duration::from_mins(2);
    while !started.iter().all(Bystander::is_ready) {
        assert!(Instant::now() < deadline, "not every bystander has its files");
        thread::sleep(Duration::from_millis(50));
    }
    started
}

/// A process with open files, like many on a desktop.
pub struct Bystander(Child);

impl Bystander {
    fn start() -> Self {
        let script = "for ((i = 10; i < 50; i++)); do eval \"exec $i</dev/null\"; done; exec sleep 1800";
        Self(Command::new("bash").args(["-c", script]).stdin(Stdio::null()).spawn().expect("started"))
    }

    /// Whether the shell has executed `sleep`, its last command.
    /// The processes with sockets: a listener each, the rest are connections.
    fn is_ready(&self) -> bool {
        fs::read_to_string(format!("/proc/{}/comm", self.0.id())).is_ok_and(|name| name.trim() == "sleep")
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().map(|_| ()).unwrap_or_default();
    }
}

/// The processes with the sockets: a listener each, the rest connections.
pub struct Load {
    holders: Vec<(Holder, SocketAddr)>,
    _other: Holder,
    /// Number of sockets.
    pub sockets: usize,
}

impl Load {
    /// Starts them in this network namespace; the other ends are in another one, so that each connection is one row.
    /// With the arguments `hold` this program owns sockets.
    pub fn start(hold: &[&str]) -> Self {
        network::ip("link set lo up");
        let mut other = holder("other", &["unshare", "--net"], hold);
        network::ip(&format!("link add cable type veth peer name cable netns {}", other.pid()));
        network::ip("addr add 10.77.0.1/24 dev cable");
        network::ip("link set cable up");
        other.ip("addr add 10.77.0.2/24 dev cable");
        other.ip("link set cable up");
        let holders = (0..HOLDERS).map(|number| {
            // Nobody needs to accept: the backlog is large enough.
            let to = other.tcp_listen(&format!("10.77.0.2:{}", 7000 + number)).local;
            let mut holder = holder(&format!("holder-{number}"), &[], hold);
            holder.tcp_listen("10.77.0.1:0");
            (holder, to)
        });
        Self { holders: holders.collect(), _other: other, sockets: HOLDERS }
    }

    /// Opens sockets until there are at least this many.
    pub fn grow_to(&mut self, sockets: usize) {
        let missing = sockets.saturating_sub(self.sockets);
        for (number, (holder, to)) in self.holders.iter_mut().enumerate() {
            let part = missing / HOLDERS + usize::from(number < missing % HOLDERS);
            holder.fill(*to, part);
            self.sockets += part;
        }
    }

    /// Opens this many connections, and closes as many old ones.
    pub fn churn(&mut self, count: usize) {
        for number in 0..count {
            let (holder, to) = &mut self.holders[number % HOLDERS];
            holder.fill(*to, 1);
            holder.empty(1);
        }
    }
}

fn holder(name: &str, before: &[&str], hold: &[&str]) -> Holder {
    let program = network::this_program().display().to_string();
    let words = [before, &[program.as_str()], hold].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).env("NETGLOBE_HOLDS_SOCKETS", "1");
    Holder::start(command, name)
}
