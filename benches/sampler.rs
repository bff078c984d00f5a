//! What one look at the sockets costs: CPU time of a snapshot and of its comparison with the one before, for each source
//! that asks the system, with 1,040 sockets whose owners are known already, beside 300 processes of 40 open files each.
//!
//! A program, not a timed test: `cargo bench --bench sampler`. It runs in a network namespace of its own, so that it
//! sees its own sockets alone. The processes that hold them are this program, started again; the other ends are in
//! another namespace, so that no row is left out as the second end of a connection.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "where something is wrong it ends")]
#![allow(clippy::disallowed_methods, reason = "helpers of a bench need no names")]

#[cfg(target_os = "linux")]
#[path = "../tests/support/network.rs"]
mod network;
#[cfg(target_os = "linux")]
#[path = "../tests/support/sockets.rs"]
mod sockets;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("NOT RUN: sampler: network namespaces are Linux's");
}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use crate::{
        network,
        sockets::{self, Holder},
    };
    use netglobe::{
        model::{Tracker, UnixMillis},
        sampler::{SourceSpec, open_source},
    };
    use rustix::time::{ClockId, clock_gettime};
    use std::{
        process::{Child, Command, Stdio},
        thread,
        time::Duration,
    };

    /// Each with a listener and its connections: 20 · (1 + 51) = 1,040 sockets.
    const HOLDERS: usize = 20;
    const CONNECTIONS_EACH: usize = 51;
    const BYSTANDERS: usize = 300;
    /// Looks before anything is measured: owners are found in them.
    const WARM_UP: u32 = 8;
    const LOOKS: u32 = 40;

    pub(super) fn main() {
        if std::env::args().any(|argument| argument == "--hold") {
            return sockets::serve();
        }
        if !network::is_inside() {
            return match network::inside(
                &std::env::args().skip(1).collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>(),
            ) {
                Ok(mut command) => std::process::exit(command.status().expect("started").code().unwrap_or(1)),
                Err(why) => println!("NOT RUN: sampler: {why}"),
            };
        }
        let _bystanders: Vec<Bystander> = (0..BYSTANDERS).map(|_| Bystander::start()).collect();
        let _holders = hold();
        // Until every bystander has become what it will be.
        thread::sleep(Duration::from_secs(2));
        println!("CPU ms a look, median (worst) of {LOOKS}");
        println!("{:<10} {:>6}  {:>15}  {:>15}  {:>15}", "source", "rows", "snapshot", "comparison", "both");
        // Named on the command line, one source alone; else both.
        let is_asked = |source: &SourceSpec| {
            let names = ["sock-diag", "netstat2"];
            let asked = std::env::args().find(|argument| names.contains(&argument.as_str()));
            asked.is_none_or(|name| name == source.to_string())
        };
        for source in [SourceSpec::SockDiag, SourceSpec::Netstat2].into_iter().filter(is_asked) {
            measure(&source);
        }
    }

    /// A process with open files, as a desktop has many of.
    struct Bystander(Child);

    impl Bystander {
        fn start() -> Self {
            let script = "for ((i = 10; i < 50; i++)); do eval \"exec $i</dev/null\"; done; exec sleep 600";
            Self(Command::new("bash").args(["-c", script]).stdin(Stdio::null()).spawn().expect("started"))
        }
    }

    impl Drop for Bystander {
        fn drop(&mut self) {
            self.0.kill().unwrap_or_default();
            self.0.wait().map(|_| ()).unwrap_or_default();
        }
    }

    fn holder(name: &str, before: &[&str]) -> Holder {
        let program = network::this_program().display().to_string();
        let words = [before, &[program.as_str(), "--hold"]].concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        Holder::start(command, name)
    }

    /// The processes with the sockets.
    fn hold() -> Vec<Holder> {
        network::ip("link set lo up");
        let mut other = holder("other", &["unshare", "--net"]);
        network::ip(&format!("link add cable type veth peer name cable netns {}", other.pid()));
        network::ip("addr add 10.77.0.1/24 dev cable");
        network::ip("link set cable up");
        other.ip("addr add 10.77.0.2/24 dev cable");
        other.ip("link set cable up");
        let mut holders = Vec::new();
        for number in 0..HOLDERS {
            // Nobody has to accept: the system keeps as many waiting.
            let to = other.tcp_listen(&format!("10.77.0.2:{}", 7000 + number)).local;
            let mut holder = holder(&format!("holder-{number}"), &[]);
            holder.tcp_listen("10.77.0.1:0");
            for _ in 0..CONNECTIONS_EACH {
                holder.tcp_connect(to, None);
            }
            holders.push(holder);
        }
        holders.push(other);
        holders
    }

    fn measure(spec: &SourceSpec) {
        let mut source = open_source(spec).expect("a source");
        let mut tracker = Tracker::default();
        let (mut snapshots, mut comparisons, mut both) = (Vec::new(), Vec::new(), Vec::new());
        for look in 0..WARM_UP + LOOKS {
            let now = UnixMillis(1_780_315_200_000 + i64::from(look) * 1000);
            let began = cpu_ms();
            let snapshot = source.sample(now).expect("a snapshot");
            let sampled = cpu_ms();
            let before_comparison = cpu_ms();
            let delta = tracker.look(snapshot, now);
            let ended = cpu_ms();
            let known = tracker.connections().filter(|row| row.owner.process().is_some()).count();
            assert_eq!(known, HOLDERS * (1 + CONNECTIONS_EACH), "{spec}: every owner is known");
            // Rates are known from the second look on.
            assert!(look < 2 || delta.is_empty(), "{spec}: nothing changes");
            if look >= WARM_UP {
                snapshots.push(sampled - began);
                comparisons.push(ended - before_comparison);
                both.push(sampled - began + ended - before_comparison);
            }
            thread::sleep(Duration::from_millis(50));
        }
        println!(
            "{:<10} {:>6}  {:>15}  {:>15}  {:>15}",
            spec.to_string(),
            tracker.len(),
            summary(snapshots),
            summary(comparisons),
            summary(both)
        );
    }

    fn cpu_ms() -> f64 {
        let now = clock_gettime(ClockId::ProcessCPUTime);
        now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
    }

    fn summary(mut measured: Vec<f64>) -> String {
        measured.sort_by(f64::total_cmp);
        format!("{:.2} ({:.2})", measured[measured.len() / 2], measured[measured.len() - 1])
    }
}
