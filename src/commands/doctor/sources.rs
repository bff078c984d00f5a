//! Checks of the sources of real connections, with two samples each.

use super::check::{Check, Status};
use crate::{
    model::{Connection, Degradation, Tracker},
    panics,
    sampler::{DataClock, SamplerError, SocketSource, SourceSpec, open_source},
};
use std::time::{Duration, Instant};

/// What a source reported in two samples.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// All connections at the second sample.
    pub(super) connections: Vec<Connection>,
    /// Whether the source counts traffic.
    pub(super) is_counted: bool,
    pub(super) degradations: Vec<Degradation>,
    /// Duration of each of the two samples.
    pub(super) took: [Duration; 2],
}

/// Samples the sockets with this source.
pub(super) fn check_source(spec: &SourceSpec) -> (Check, Option<Seen>) {
    let name = spec.kind().name();
    // A source may panic if /proc is not readable; the other checks must still run.
    match panics::catch(|| sample(spec)) {
        Ok(Ok(seen)) => (describe(name, &seen), Some(seen)),
        Ok(Err((error, remedy))) => (Check::new(name, Status::No, error, remedy), None),
        Err(why) => (Check::new(name, Status::No, format!("internal error: {why}"), ""), None),
    }
}

fn describe(name: &'static str, seen: &Seen) -> Check {
    let [first_ms, second_ms] = seen.took.map(|took| took.as_secs_f64() * 1000.0);
    let detail =
        format!("{}; first sample {first_ms:.1} ms, second {second_ms:.1} ms", sockets(seen.connections.len()));
    match seen.degradations.as_slice() {
        [] => Check::new(name, Status::Ok, detail, ""),
        lacks @ [first, ..] => {
            let lacks: Vec<_> = lacks.iter().map(|it| it.what.as_str()).collect();
            Check::new(name, Status::Partly, format!("{detail}; {}", lacks.join("; ")), &first.remedy)
        }
    }
}

/// `1 socket`, `2 sockets`.
pub(super) fn sockets(count: usize) -> String {
    format!("{count} socket{}", if count == 1 { "" } else { "s" })
}

/// The source's report, or the error and its remedy.
fn sample(spec: &SourceSpec) -> Result<Seen, (String, &'static str)> {
    open_source(spec).and_then(|mut source| look_twice(&mut *source)).map_err(|error: SamplerError| {
        // The usual remedy is to run doctor itself.
        (error.to_string(), if error.remedy().contains("doctor") { "" } else { error.remedy() })
    })
}

/// Takes two samples, because the first one also has to find all owners. The second one may only contain changes.
fn look_twice(source: &mut dyn SocketSource) -> Result<Seen, SamplerError> {
    let mut tracker = Tracker::default();
    let mut seen = Seen::default();
    for took in &mut seen.took {
        let start = Instant::now();
        let now = DataClock::default().now();
        let snapshot = source.sample(now)?;
        *took = start.elapsed();
        seen.is_counted = snapshot.counted_at.is_some();
        seen.degradations.clone_from(&snapshot.degradations);
        tracker.apply(snapshot, now);
    }
    seen.connections = tracker.connections().cloned().collect();
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(sockets), ["0 sockets", "1 socket", "2 sockets"]);
    }

    #[test]
    fn the_second_sample_forgets_nothing_that_the_first_one_reported() {
        // More than other tests open and close between the two samples.
        let held: Vec<_> = (0..60).map(|_| UdpSocket::bind("127.0.0.1:0").expect("a port")).collect();
        for source in SourceSpec::of_this_system() {
            let (check, seen) = check_source(source);
            let Some(seen) = seen else { panic!("{check:?}") };
            for socket in &held {
                let local = socket.local_addr().expect("bound");
                let is_there = |row: &Connection| (row.key.local.ip, row.key.local.port) == (local.ip(), local.port());
                assert!(seen.connections.iter().any(is_there), "{local} is not among {check:?}");
            }
            assert!(check.detail.starts_with(&sockets(seen.connections.len())), "{check:?}");
        }
    }
}
