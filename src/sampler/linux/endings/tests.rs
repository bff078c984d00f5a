//! Tests of the ends of connections, for all orders of lists, close events and TIME_WAIT entries.

use super::*;
use crate::{model::Endpoint, sampler::linux::known_sockets::Changes, sampler::linux::netlink::RowSink};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const ESTABLISHED: u8 = 1;
const FIN_WAIT_2: u8 = 5;
const TIME_WAIT: u8 = 6;
const CLOSE: u8 = 7;

fn here(port: u16) -> Endpoint {
    Endpoint::new([10, 0, 0, 1].into(), port)
}

fn info(sent: u64) -> TcpInfo {
    TcpInfo { bytes_sent: Some(sent), bytes_retrans: Some(0), bytes_received: Some(0), ..TcpInfo::default() }
}

fn row(cookie: u64, local: Endpoint, remote: Endpoint, state: u8, info: Option<TcpInfo>) -> DiagRow {
    let is_time_wait = info.is_none();
    let (uid, inode, interface, cgroup, is_v6_only) = (0, 0, 0, 0, false);
    DiagRow { local, remote, state, is_time_wait, is_v6_only, cookie, uid, inode, interface, cgroup, info }
}

/// The end of a connection, whether it was reported before or not: its last counter of bytes sent, and whether it is
/// final.
type End = (Endpoint, Option<u64>, bool);

/// Applies the reported changes, as a client does.
#[derive(Default)]
struct Follower {
    sockets: KnownSockets,
    endings: Endings,
    changes: Changes,
    /// The counter of each connection currently reported.
    reported: BTreeMap<ConnectionKey, Option<u64>>,
    /// Connections whose final counters arrived before their TIME_WAIT entries disappeared.
    early_finals: BTreeSet<ConnectionKey>,
    ends: Vec<End>,
    aborted: u64,
    start: Option<Instant>,
}

impl Follower {
    fn sample(&mut self, rows: &[DiagRow], destroyed: Option<Vec<DiagRow>>) {
        self.sockets.begin();
        self.sockets.begin_list(Protocol::Tcp);
        rows.iter().for_each(|row| self.sockets.row(*row));
        self.sockets.end_list();
        self.sockets.settle(&mut self.changes);
        for slot in self.changes.changed.drain(..) {
            if self.sockets.unreported_line(slot).is_some_and(|line| self.endings.is_other_end(line)) {
                self.sockets.suppress(slot);
            }
            if let Some(known) = self.sockets.report(slot) {
                let bytes = known.row.info.and_then(|info| info.bytes_sent);
                let before = self.reported.get(&known.key()).copied().flatten();
                self.reported.insert(known.key(), bytes.or(before));
            }
        }
        let at = *self.start.get_or_insert_with(Instant::now) + Duration::from_secs(self.endings.sample.into());
        let destroyed = destroyed.map(|destroyed| destroyed.into_iter().map(|row| (Protocol::Tcp, row)).collect());
        let ended = self.endings.take(&mut self.sockets, &mut self.changes.departed, destroyed, at);
        let mut finals = BTreeMap::new();
        for last in &ended.finals {
            assert!(last.traffic.is_final && self.reported.contains_key(&last.key), "{last:?}");
            assert!(finals.insert(last.key, last.traffic.bytes_sent).is_none(), "final twice: {last:?}");
        }
        for key in self.changes.gone.drain(..).chain(ended.gone) {
            let seen = self.reported.remove(&key).unwrap_or_else(|| panic!("{key:?} is gone and was not reported"));
            let last = finals.remove(&key);
            self.ends.push((key.local, last.unwrap_or(seen), last.is_some() || self.early_finals.remove(&key)));
        }
        for (key, bytes) in finals {
            // Its TIME_WAIT entry is still there.
            self.reported.insert(key, bytes);
            self.early_finals.insert(key);
        }
        self.ends.extend(ended.ghosts.iter().map(|ghost| {
            let traffic = ghost.traffic.unwrap_or_default();
            (ghost.key.local, traffic.bytes_sent, traffic.is_final)
        }));
        self.aborted += ended.aborted;
    }
}

fn client(cookie: u64, state: u8, sent: Option<u64>) -> DiagRow {
    row(cookie, here(50_000), here(80), state, sent.map(info))
}

fn server(cookie: u64, state: u8, sent: Option<u64>) -> DiagRow {
    row(cookie, here(80), here(50_000), state, sent.map(info))
}

fn listener() -> DiagRow {
    DiagRow { is_time_wait: false, ..row(99, here(80), Endpoint::new([0, 0, 0, 0].into(), 0), 10, None) }
}

#[test]
fn a_late_close_event_is_waited_for_and_one_that_does_not_come_is_not_waited_for_for_ever() {
    let far = Endpoint::new([81, 2, 69, 142].into(), 443);
    let alive = row(1, here(1), far, ESTABLISHED, Some(info(10)));
    let event = row(1, here(1), far, CLOSE, Some(info(99)));
    let mut follower = Follower::default();
    follower.sample(&[alive], Some(vec![]));
    follower.sample(&[], Some(vec![]));
    assert_eq!((follower.ends.len(), follower.reported.len()), (0, 1), "it waits");
    follower.sample(&[], Some(vec![event]));
    assert_eq!(follower.ends, [(here(1), Some(99), true)]);
    follower.sample(&[], Some(vec![]));
    assert_eq!(follower.ends.len(), 1, "and is reported once");

    let mut follower = Follower::default();
    follower.sample(&[alive], Some(vec![]));
    for _ in 0..3 {
        follower.sample(&[], Some(vec![]));
    }
    assert_eq!(follower.ends, [(here(1), Some(10), false)], "not final");
    follower.sample(&[], Some(vec![event]));
    assert_eq!(follower.ends.len(), 1, "what comes too late reports nothing more");
    // Without events there is no waiting.
    let mut follower = Follower::default();
    follower.sample(&[alive], None);
    follower.sample(&[], None);
    assert_eq!(follower.ends, [(here(1), Some(10), false)]);
    assert!(follower.endings.waiting.is_empty());
}

/// A socket that its peer has reset is no longer listed, but is destroyed only when its program closes it.
#[test]
fn a_program_may_close_what_was_reset_much_later() {
    const LATER: usize = 300;
    let far = Endpoint::new([81, 2, 69, 142].into(), 443);
    let mut follower = Follower::default();
    follower.sample(&[row(1, here(1), far, ESTABLISHED, Some(info(10)))], Some(vec![]));
    (0..LATER).for_each(|_| follower.sample(&[], Some(vec![])));
    follower.sample(&[], Some(vec![row(1, here(1), far, CLOSE, Some(info(99)))]));
    assert_eq!(follower.ends, [(here(1), Some(10), false)], "its end was reported");

    let mut follower = Follower::default();
    follower.sample(&[listener()], Some(vec![]));
    follower.sample(&[listener(), client(1, ESTABLISHED, Some(10)), server(2, ESTABLISHED, Some(20))], Some(vec![]));
    let aborted = DiagRow { remote: Endpoint::new(here(80).ip, 0), ..client(1, CLOSE, Some(0)) };
    follower.sample(&[listener()], Some(vec![aborted]));
    assert_eq!(follower.ends.len(), 1, "{:?}", follower.ends);
    (0..LATER).for_each(|_| follower.sample(&[listener()], Some(vec![])));
    follower.sample(&[listener()], Some(vec![server(2, CLOSE, Some(20))]));
    assert_eq!(follower.ends.len(), 1, "of one connection one end is reported: {:?}", follower.ends);
}

#[test]
fn an_aborted_socket_has_lost_its_counters_and_keeps_those_that_were_seen() {
    let far = Endpoint::new([81, 2, 69, 142].into(), 443);
    let alive = row(1, here(1), far, ESTABLISHED, Some(info(1_000)));
    let aborted = row(1, here(1), Endpoint::new(far.ip, 0), CLOSE, Some(info(0)));
    let mut follower = Follower::default();
    follower.sample(&[alive], Some(vec![]));
    follower.sample(&[], Some(vec![aborted]));
    assert_eq!((follower.ends, follower.aborted), (vec![(here(1), Some(1_000), false)], 0));
    let mut follower = Follower::default();
    follower.sample(&[], Some(vec![]));
    follower.sample(&[], Some(vec![aborted]));
    assert_eq!((follower.ends, follower.aborted), (vec![], 1), "of one that was never seen nothing else is known");
}

#[test]
fn a_time_wait_entry_of_the_first_sample_and_a_late_close_event_are_one_connection() {
    let far = Endpoint::new([81, 2, 69, 142].into(), 443);
    let mut follower = Follower::default();
    // The kernel assigns another cookie if that of the socket was never requested.
    let remnant = row(2, here(1), far, TIME_WAIT, None);
    follower.sample(&[remnant], Some(vec![]));
    follower.sample(&[remnant], Some(vec![row(1, here(1), far, CLOSE, Some(info(5)))]));
    assert_eq!((follower.ends.len(), follower.reported.len()), (0, 1));
    follower.sample(&[], Some(vec![]));
    assert_eq!(follower.ends, [(here(1), None, false)]);
}

#[test]
fn a_connection_of_which_one_end_was_seen_and_the_other_was_too_short_is_reported_once() {
    // Lists are not atomic: only the accepting end was seen, in one sample, and both ended before the next one.
    for destroyed in [[1_u64, 2], [2, 1]] {
        let mut follower = Follower::default();
        follower.sample(&[listener()], Some(vec![]));
        follower.sample(&[listener(), server(2, ESTABLISHED, Some(5))], Some(vec![]));
        let event = |cookie| if cookie == 1 { client(1, CLOSE, Some(7)) } else { server(2, CLOSE, Some(9)) };
        follower.sample(&[listener()], Some(destroyed.map(event).to_vec()));
        follower.sample(&[listener()], Some(vec![]));
        assert_eq!(follower.ends.len(), 1, "{destroyed:?}: {:?}", follower.ends);
    }
}

/// How a socket ends, and when its close event arrives.
#[derive(Clone, Copy, Debug)]
struct Life {
    /// Number of samples that list it alive.
    samples: u64,
    /// Delay in samples after which it is listed.
    skew: u64,
    /// Number of samples that list a TIME_WAIT entry in FIN_WAIT2, then one in TIME_WAIT.
    remnants: [u64; 2],
    /// Number of samples after its end at which the event arrives: 0 may be the sample that listed it last.
    event: Option<u64>,
}

fn life() -> impl Strategy<Value = Life> {
    let remnants = prop_oneof![Just([0, 0]), Just([0, 2]), Just([2, 2]), Just([1, 0])];
    (0_u64..4, 0_u64..2, remnants, proptest::option::weighted(0.9, 0_u64..3))
        .prop_map(|(samples, skew, remnants, event)| Life { samples, skew, remnants, event })
}

impl Life {
    /// The row in sample number `sample`, if the connection starts at `begin`.
    fn listed(
        &self,
        sample: u64,
        begin: u64,
        end: impl Fn(u64, u8, Option<u64>) -> DiagRow,
        cookie: u64,
    ) -> Option<DiagRow> {
        let age = sample.checked_sub(begin + self.skew)?;
        let [half_closed, time_wait] = self.remnants;
        // The cookie of a socket that was never listed alive has not been requested.
        let remnant = if self.samples > 0 { cookie } else { cookie + 100 };
        if age < self.samples {
            Some(end(cookie, ESTABLISHED, Some(10 + age)))
        } else if age < self.samples + half_closed {
            Some(end(remnant, FIN_WAIT_2, None))
        } else {
            (age < self.samples + half_closed + time_wait).then(|| end(remnant, TIME_WAIT, None))
        }
    }

    fn says(
        &self,
        sample: u64,
        begin: u64,
        end: impl Fn(u64, u8, Option<u64>) -> DiagRow,
        cookie: u64,
    ) -> Option<DiagRow> {
        let ends_at = begin + self.skew + self.samples;
        // In the sample that lists it last, after the list.
        let at = (ends_at + self.event?).saturating_sub(u64::from(self.samples > 0));
        (sample == at).then(|| end(cookie, CLOSE, Some(1_000)))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn in_whatever_order_the_end_of_a_connection_is_reported_once_and_final_where_the_kernel_said_so(life in life()) {
        let far = |cookie, state, sent: Option<u64>| {
            row(cookie, here(1), Endpoint::new([81, 2, 69, 142].into(), 443), state, sent.map(info))
        };
        let mut follower = Follower::default();
        for sample in 1..20 {
            let rows: Vec<DiagRow> = life.listed(sample, 3, far, 1).into_iter().collect();
            follower.sample(&rows, Some(life.says(sample, 3, far, 1).into_iter().collect()));
        }
        prop_assert_eq!(follower.reported.len(), 0);
        match (life.samples, life.event) {
            (0, None) => prop_assert_eq!(follower.ends, [], "nobody saw it, and the event was lost, which is counted"),
            (_, Some(_)) => prop_assert_eq!(follower.ends, [(here(1), Some(1_000), true)]),
            (samples, None) => prop_assert_eq!(follower.ends, [(here(1), Some(9 + samples), false)]),
        }
    }

    #[test]
    fn in_whatever_order_a_connection_within_this_machine_is_reported_once(
        connecting in life(),
        accepting in life(),
        is_time_wait_there in any::<bool>(),
    ) {
        // The kernel keeps a TIME_WAIT entry of only one end.
        let (connecting, accepting) = if is_time_wait_there {
            (connecting, Life { remnants: [0, 0], ..accepting })
        } else {
            (Life { remnants: [0, 0], ..connecting }, accepting)
        };
        let mut follower = Follower::default();
        for sample in 1..20 {
            let mut rows = vec![listener()];
            rows.extend(connecting.listed(sample, 3, client, 1));
            rows.extend(accepting.listed(sample, 3, server, 2));
            let destroyed = connecting.says(sample, 3, client, 1).into_iter().chain(accepting.says(sample, 3, server, 2));
            follower.sample(&rows, Some(destroyed.collect()));
        }
        follower.reported.retain(|key, _| key.remote.is_some());
        prop_assert_eq!(follower.reported.len(), 0);
        let is_known = [connecting, accepting].iter().any(|life| life.samples > 0 || life.event.is_some());
        let is_all_received = connecting.event.is_some() && accepting.event.is_some();
        let ends = follower.ends.len();
        prop_assert!(ends <= 1, "reported {} times: {:?}", ends, follower.ends);
        // Lost events are counted elsewhere.
        prop_assert!(ends == 1 || !is_known || !is_all_received, "nothing was reported");
    }
}
