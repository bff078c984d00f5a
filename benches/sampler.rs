//! Measures the cost of a sample of the sockets: CPU time of a snapshot and of its comparison with the previous one,
//! for each source of the system, with 1,040 sockets with known owners, and 300 processes with 40 open files each.
//!
//! A program, not a timed test: `cargo bench --bench sampler`. It runs in its own network namespace, so that it only
//! sees its own sockets. The processes that own them are further instances of this program; the peers are in another
//! namespace, so that no row is left out as the second end of a connection.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "where something is wrong it ends")]
#![allow(clippy::disallowed_methods, reason = "helpers of a bench need no names")]

#[cfg(target_os = "linux")]
#[path = "../tests/support/load.rs"]
mod load;
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
        load::{Load, bystanders},
        network, sockets,
    };
    use netglobe::{
        model::{Tracker, UnixMillis},
        sampler::{SourceSpec, open_source},
    };
    use rustix::time::{ClockId, clock_gettime};
    use std::{thread, time::Duration};

    const SOCKETS: usize = 1_040;
    /// Number of samples before the measurement, in which owners are found.
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
        let mut load = Load::start(&["--hold"]);
        load.grow_to(SOCKETS);
        let _bystanders = bystanders();
        println!("CPU ms a sample, median (worst) of {LOOKS}");
        println!("{:<10} {:>6}  {:>15}  {:>15}  {:>15}", "source", "rows", "snapshot", "comparison", "both");
        // Only the source named on the command line, or else both.
        let is_asked = |source: &SourceSpec| {
            let names = ["sock-diag", "netstat2"];
            let asked = std::env::args().find(|argument| names.contains(&argument.as_str()));
            asked.is_none_or(|name| name == source.to_string())
        };
        for source in [SourceSpec::SockDiag, SourceSpec::Netstat2].into_iter().filter(is_asked) {
            measure(&source);
        }
    }

    fn measure(spec: &SourceSpec) {
        let mut source = open_source(spec).expect("a source");
        let mut tracker = Tracker::default();
        let (mut snapshots, mut comparisons, mut both) = (Vec::new(), Vec::new(), Vec::new());
        for sample in 0..WARM_UP + LOOKS {
            let now = UnixMillis(1_780_315_200_000 + i64::from(sample) * 1000);
            let began = cpu_ms();
            let snapshot = source.sample(now).expect("a snapshot");
            let sampled = cpu_ms();
            let before_comparison = cpu_ms();
            let delta = tracker.apply(snapshot, now);
            let ended = cpu_ms();
            // Only samples without changes are measured (`tests/sockets/sampling.rs` checks that).
            if sample >= WARM_UP && delta.is_empty() {
                snapshots.push(sampled - began);
                comparisons.push(ended - before_comparison);
                both.push(sampled - began + ended - before_comparison);
            }
            thread::sleep(Duration::from_millis(50));
        }
        assert!(!both.is_empty(), "{spec}: something changed in each sample");
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
