//! Properties of deltas: for any history of connections, a reader that applies the deltas, one by one or merged, ends
//! with the current state.
//!
//! Histories use few keys and values, so that connections often close, reopen and change.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

use netglobe::model::{
    Connection, ConnectionKey, Direction, Endpoint, Final, HostId, Owner, OwnerMissing, Process, Protocol, Sample,
    Snapshot, SnapshotDelta, SocketRow, SocketState, Tracker, Traffic, UnixMillis, diff,
};
use proptest::{collection::vec, prelude::*};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

type World = HashMap<ConnectionKey, Connection>;

/// A socket in one sample: `None`, or its state and whether its process is known.
type Sight = Option<(usize, bool)>;

const STATES: [SocketState; 4] =
    [SocketState::SynSent, SocketState::Established, SocketState::CloseWait, SocketState::TimeWait];

fn row(number: usize, state: SocketState, has_process: bool) -> SocketRow {
    let end = |port| Endpoint::new([127, 0, 0, 1].into(), port);
    let port = u16::try_from(number).expect("few") + 1;
    let process = Process { pid: u32::from(port), name: Some("p".into()), path: None };
    SocketRow {
        key: ConnectionKey {
            host: HostId::THIS,
            protocol: Protocol::Tcp,
            local: end(port),
            remote: Some(end(80)),
            identity: 1,
        },
        state,
        direction: Some(Direction::Out),
        owner: if has_process { Owner::Process(Arc::new(process)) } else { Owner::Missing(OwnerMissing::NoProcess) },
        uid: None,
        context: None,
        traffic: None,
        interface: None,
        simulated: None,
    }
}

fn rows(sample: &[Sight]) -> Vec<SocketRow> {
    let seen = sample.iter().enumerate().filter_map(|(number, sight)| Some((number, (*sight)?)));
    seen.map(|(number, (state, has_process))| row(number, STATES[state], has_process)).collect()
}

fn world(sample: &[Sight]) -> World {
    rows(sample).into_iter().map(|row| (row.key, row.seen(UnixMillis(1), None))).collect()
}

/// Applies a delta like a strict reader, and returns the connections that have closed with their last known values.
fn apply(world: &mut World, delta: &SnapshotDelta) -> Vec<Connection> {
    if delta.reset.is_some() {
        world.clear();
    }
    for last in &delta.finals {
        let known = world.get_mut(&last.key).expect("what has last counters was there");
        known.traffic = Some(last.traffic);
    }
    let mut ended = delta.ghosts.clone();
    for key in &delta.closed {
        ended.push(world.remove(key).unwrap_or_else(|| panic!("{key:?} closes and was not there")));
    }
    for connection in &delta.changed {
        let old = world.insert(connection.key, connection.clone());
        assert!(old.is_some(), "{:?} changes and was not there", connection.key);
    }
    for connection in &delta.opened {
        let old = world.insert(connection.key, connection.clone());
        assert!(old.is_none(), "{:?} opens and was there", connection.key);
    }
    ended
}

/// Checks that no key appears twice, except for reused ones, and that final counters belong to closed connections.
fn assert_distinct(delta: &SnapshotDelta) {
    let connections = delta.changed.iter().chain(&delta.opened);
    let mut known = HashSet::new();
    for key in connections.map(|connection| &connection.key) {
        assert!(known.insert(*key), "{key:?} is told twice in {delta:?}");
    }
    let changed: HashSet<_> = delta.changed.iter().map(|connection| connection.key).collect();
    let mut closed = HashSet::new();
    for key in &delta.closed {
        assert!(closed.insert(*key) && !changed.contains(key), "{key:?} closes twice, or changes, in {delta:?}");
    }
    let mut ended = HashSet::new();
    for Final { key, .. } in &delta.finals {
        assert!(ended.insert(*key) && closed.contains(key), "{key:?} ends twice, or does not close, in {delta:?}");
    }
}

fn sample() -> impl Strategy<Value = Vec<Sight>> {
    vec(proptest::option::of((0..STATES.len(), any::<bool>())), 6)
}

/// A sequence of samples.
fn history() -> impl Strategy<Value = Vec<Vec<Sight>>> {
    vec(sample(), 1..12)
}

/// What happens to a connection between two deltas.
#[derive(Clone, Copy, Debug)]
enum Act {
    Nothing,
    /// It opens, or transfers more bytes.
    Flow(u64),
    /// It closes, possibly with final counters that add bytes.
    Close(Option<u64>),
    /// It closes, and its key is reused immediately.
    Reopen(Option<u64>),
    /// A ghost with its key.
    Ghost(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let last = || proptest::option::of(0_u64..3);
    prop_oneof![
        2 => Just(Act::Nothing),
        4 => (1_u64..4).prop_map(Act::Flow),
        2 => last().prop_map(Act::Close),
        1 => last().prop_map(Act::Reopen),
        1 => (1_u64..4).prop_map(Act::Ghost),
    ]
}

/// Deltas with these acts; one in thirty is a reset.
fn deltas(history: &[(Vec<Act>, u8)]) -> Vec<SnapshotDelta> {
    let mut world = World::new();
    let sent = |bytes, is_final| Some(Traffic { bytes_sent: Some(bytes), is_final, ..Traffic::default() });
    let mut deltas = Vec::new();
    for (tick, (acts, chance)) in (1..).zip(history) {
        let at = UnixMillis(tick);
        let mut delta = SnapshotDelta { at, ..SnapshotDelta::default() };
        let fresh = |number, bytes| {
            let mut connection = row(number, SocketState::Established, true).seen(at, Some(at));
            connection.traffic = sent(bytes, false);
            connection
        };
        for (number, act) in acts.iter().enumerate() {
            let known = world.get(&row(number, SocketState::Established, true).key);
            let bytes = known.and_then(|known| known.traffic?.bytes_sent).unwrap_or(0);
            match (*act, known) {
                (Act::Flow(more), Some(known)) => {
                    let mut changed = known.clone();
                    changed.traffic = sent(bytes + more, false);
                    delta.changed.push(changed);
                }
                (Act::Flow(more), None) => delta.opened.push(fresh(number, more)),
                (Act::Close(last) | Act::Reopen(last), Some(known)) => {
                    delta.closed.push(known.key);
                    let last = last.and_then(|more| sent(bytes + more, true));
                    delta.finals.extend(last.map(|traffic| Final { key: known.key, traffic }));
                    if matches!(act, Act::Reopen(_)) {
                        delta.opened.push(fresh(number, 0));
                    }
                }
                (Act::Ghost(bytes), _) => {
                    let mut ghost = fresh(number, 0);
                    (ghost.state, ghost.traffic) = (SocketState::Closed, sent(bytes, true));
                    delta.ghosts.push(ghost);
                }
                (Act::Nothing | Act::Close(_) | Act::Reopen(_), _) => {}
            }
        }
        apply(&mut world, &delta);
        if *chance < 8 {
            delta = SnapshotDelta::reset_to(at, world.values().cloned().collect());
        }
        deltas.push(delta);
    }
    deltas
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_difference_leads_from_before_to_after(before in sample(), after in sample()) {
        let (mut before, after) = (world(&before), world(&after));
        let delta = diff(&before, &after, UnixMillis(7));
        assert_distinct(&delta);
        prop_assert_eq!(delta.is_empty(), before == after);
        prop_assert_eq!(delta.at, UnixMillis(7));
        apply(&mut before, &delta);
        prop_assert_eq!(before, after);
    }

    #[test]
    fn merged_deltas_say_what_they_said_one_by_one(
        history in vec((vec(act(), 4), any::<u8>()), 1..14),
        chunk in 1_usize..14,
    ) {
        let deltas = deltas(&history);
        let (mut quick, mut slow) = (World::new(), World::new());
        for part in deltas.chunks(chunk) {
            let mut merged = SnapshotDelta::default();
            let (mut ended, mut reset) = (Vec::new(), None);
            for delta in part {
                if delta.reset.is_some() {
                    // A reset discards what precedes it.
                    ended.clear();
                    reset = delta.reset;
                }
                ended.extend(apply(&mut quick, delta));
                merged.merge(delta.clone());
                prop_assert_eq!((merged.at, merged.reset), (delta.at, reset));
                assert_distinct(&merged);
            }
            // A reader of the state after the reset does not need connections that were open only at the reset.
            ended.retain(|it| reset.is_none_or(|moment| it.opened_at.is_some_and(|opened_at| opened_at > moment)));
            let mut told = apply(&mut slow, &merged);
            prop_assert_eq!(&slow, &quick);
            // Ghosts are reported as closed.
            for list in [&mut told, &mut ended] {
                list.iter_mut().for_each(|connection| connection.state = SocketState::Closed);
                list.sort_by_key(|connection| (connection.key, connection.opened_at, connection.traffic.and_then(|it| it.bytes_sent)));
            }
            prop_assert_eq!(told, ended, "each closing is told once, with its last counters");
        }
    }

    #[test]
    fn a_slow_reader_ends_where_a_quick_one_does(history in history(), split in 0_usize..12) {
        let split = split.min(history.len());
        let mut now = World::new();
        let mut reader = World::new();
        for part in [&history[..split], &history[split..]] {
            let mut merged = SnapshotDelta::default();
            for sample in part {
                let after = world(sample);
                merged.merge(diff(&now, &after, UnixMillis(1)));
                now = after;
            }
            assert_distinct(&merged);
            apply(&mut reader, &merged);
            prop_assert_eq!(&reader, &now);
        }
    }

    #[test]
    fn a_snapshot_of_what_is_other_than_before_says_what_a_whole_one_does(
        history in vec((sample(), 0_u64..3_000, vec(0_u64..3, 6)), 1..12),
    ) {
        let (mut of_whole, mut of_parts) = (Tracker::default(), Tracker::default());
        let mut before: HashMap<ConnectionKey, SocketRow> = HashMap::new();
        let start = std::time::Instant::now();
        let (mut elapsed_ms, mut bytes) = (0, [0_u64; 6]);
        for (tick, (sample, step_ms, sent)) in (1..).zip(&history) {
            elapsed_ms += step_ms;
            let mut now = rows(sample);
            for connection in &mut now {
                let number = usize::from(connection.key.local.port) - 1;
                bytes[number] += sent[number] * 500;
                connection.traffic = Some(Traffic { bytes_sent: Some(bytes[number]), ..Traffic::default() });
            }
            let at = UnixMillis(tick);
            let counted_at = Some(start + std::time::Duration::from_millis(elapsed_ms));
            let after: HashMap<_, _> = now.iter().map(|row| (row.key, row.clone())).collect();
            let gone = before.keys().filter(|key| !after.contains_key(key)).copied().collect();
            let others = now.iter().filter(|row| before.get(&row.key) != Some(row)).cloned().collect();
            let parts = match tick {
                1 => Snapshot::Whole(others),
                _ => Snapshot::Changes { rows: others, gone },
            };
            let parts = Sample { counted_at, ..parts.into() };
            let whole = Sample { counted_at, ..Sample::whole(now) };
            let (mut whole, mut parts) = (of_whole.apply(whole, at), of_parts.apply(parts, at));
            for delta in [&mut whole, &mut parts] {
                assert_distinct(delta);
                delta.closed.sort_unstable();
                delta.finals.sort_by_key(|last| last.key);
                for list in [&mut delta.opened, &mut delta.changed] {
                    list.sort_by_key(|connection| connection.key);
                }
            }
            prop_assert_eq!(whole, parts);
            before = after;
        }
    }

    #[test]
    fn a_tracker_reports_what_the_samples_show(history in history()) {
        let mut tracker = Tracker::default();
        let mut reader = World::new();
        for (tick, sample) in (1..).zip(&history) {
            let at = UnixMillis(tick);
            let before = reader.clone();
            let delta = tracker.update(rows(sample), at, None);
            assert_distinct(&delta);
            apply(&mut reader, &delta);
            prop_assert_eq!(tracker.len(), reader.len());
            prop_assert_eq!(&reader, &expected(&before, sample, at, tick == 1));
            // The same sample again changes nothing.
            let again = tracker.update(rows(sample), at, None);
            prop_assert!(again.is_empty(), "{:?}", again);
        }
    }
}

/// The expected state of a reader after `sample`, starting from `before`.
fn expected(before: &World, sample: &[Sight], at: UnixMillis, is_first: bool) -> World {
    let mut world = World::new();
    for mut row in rows(sample) {
        let (mut first_seen_at, mut opened_at) = (at, (!is_first).then_some(at));
        let is_time_wait = row.state == SocketState::TimeWait;
        match before.get(&row.key) {
            // A connection is closed when only a TIME_WAIT entry is left, and a TIME_WAIT entry alone is not a new
            // connection.
            Some(known) if is_time_wait && known.state != SocketState::TimeWait => continue,
            None if is_time_wait && !is_first => continue,
            Some(known) => {
                (first_seen_at, opened_at) = (known.first_seen_at, known.opened_at);
                if known.owner.process().is_some() && row.owner.process().is_none() {
                    row.owner = known.owner.clone();
                }
            }
            None => {}
        }
        world.insert(row.key, row.seen(first_seen_at, opened_at));
    }
    world
}

#[test]
fn the_least_round_trip_that_was_ever_seen_is_kept() {
    let mut tracker = Tracker::default();
    let mut sample = |min_rtt_ms: Option<f32>| {
        let traffic = Some(Traffic { min_rtt_ms, ..Traffic::default() });
        let row = SocketRow { traffic, ..row(1, SocketState::Established, true) };
        let delta = tracker.update(vec![row], UnixMillis(1), None);
        let told = delta.opened.into_iter().chain(delta.changed).next();
        told.map(|row| row.traffic.and_then(|traffic| traffic.min_rtt_ms))
    };
    let told = [None, Some(9.0), Some(12.0), None, Some(8.0), Some(300.0)].map(&mut sample);
    // The kernel forgets its minimum after some minutes; flags based on it must not flicker.
    assert_eq!(told, [Some(None), Some(Some(9.0)), None, None, Some(Some(8.0)), None]);
    let traffic = Traffic { min_rtt_ms: Some(50.0), ..Traffic::default() };
    let last = Final { key: row(1, SocketState::Closed, true).key, traffic };
    let delta = tracker.apply(Sample { finals: vec![last], ..Sample::default() }, UnixMillis(2));
    assert_eq!(delta.finals[0].traffic.min_rtt_ms, Some(8.0));
}

#[test]
fn a_closing_connection_keeps_what_was_measured_of_it_last() {
    let mut tracker = Tracker::default();
    let start = std::time::Instant::now();
    let mut sample = |second: u64, state: SocketState, traffic: Option<Traffic>| {
        let row = SocketRow { traffic, ..row(1, state, true) };
        let counted_at = Some(start + std::time::Duration::from_secs(second));
        let delta = tracker.update(vec![row], UnixMillis(1_000 * second as i64), counted_at);
        (delta.opened.into_iter().chain(delta.changed).next(), delta.closed.len())
    };
    let measured = |bytes| Traffic {
        bytes_sent: Some(bytes),
        bytes_received: Some(7),
        rtt_ms: Some(5.0),
        min_rtt_ms: Some(4.0),
        ..Traffic::default()
    };
    sample(0, SocketState::Established, Some(measured(10)));
    sample(1, SocketState::Established, Some(measured(5_010)));
    let (row, _) = sample(2, SocketState::FinWait2, None);
    let traffic = row.and_then(|row| row.traffic).expect("the last values");
    assert_eq!((traffic.bytes_sent, traffic.bytes_received), (Some(5_010), Some(7)));
    assert_eq!((traffic.rtt_ms, traffic.min_rtt_ms), (Some(5.0), Some(4.0)));
    assert_eq!(traffic.rate_bytes_per_sec(), Some(0.0), "nothing flows any more");
    assert_eq!(sample(3, SocketState::FinWait2, None), (None, 0), "and it rests");
    // A connection that was never measured gets no values.
    let (row, _) = look_at_unmeasured();
    assert_eq!(row.and_then(|row| row.traffic), None);
}

fn look_at_unmeasured() -> (Option<Connection>, usize) {
    let mut tracker = Tracker::default();
    let counted_at = Some(std::time::Instant::now());
    let mut sample = |state| tracker.update(vec![row(1, state, true)], UnixMillis(1), counted_at);
    sample(SocketState::Established);
    let delta = sample(SocketState::FinWait2);
    (delta.changed.into_iter().next(), delta.closed.len())
}

#[test]
fn last_counters_that_come_before_the_time_wait_entry_has_gone_are_reported_once_and_stay() {
    let mut tracker = Tracker::default();
    let sent = |bytes, is_final| Traffic { bytes_sent: Some(bytes), is_final, ..Traffic::default() };
    let live = SocketRow { traffic: Some(sent(10, false)), ..row(1, SocketState::Established, true) };
    let (key, remnant) = (live.key, row(1, SocketState::FinWait2, true));
    tracker.update(vec![live], UnixMillis(1), None);
    let last = Final { key, traffic: sent(99, true) };
    let sample = Sample { finals: vec![last], ..Sample::whole(vec![remnant.clone()]) };
    let delta = tracker.apply(sample, UnixMillis(2));
    let told: Vec<_> = delta.changed.iter().map(|row| row.traffic.and_then(|traffic| traffic.bytes_sent)).collect();
    assert_eq!((told, delta.closed.len()), (vec![Some(99)], 0));
    assert!(tracker.update(vec![remnant], UnixMillis(3), None).is_empty(), "the remnant has no counters of its own");
    let delta = tracker.update(vec![], UnixMillis(4), None);
    assert_eq!(delta.finals.iter().map(|last| last.traffic.bytes_sent).collect::<Vec<_>>(), [Some(99)]);
    assert!(delta.finals[0].traffic.is_final);
}

#[test]
fn what_somebody_else_found_out_is_passed_on_and_known() {
    let mut tracker = Tracker::default();
    let sample = |delta: &SnapshotDelta| Sample::from(Snapshot::Delta(Box::new(delta.clone())));
    let old = row(1, SocketState::Established, true).seen(UnixMillis(5), None);
    let young = row(2, SocketState::Established, true).seen(UnixMillis(7), Some(UnixMillis(7)));
    let first =
        SnapshotDelta { at: UnixMillis(7), opened: vec![old.clone(), young.clone()], ..SnapshotDelta::default() };
    assert_eq!(tracker.apply(sample(&first), UnixMillis(900)), first);
    let next = SnapshotDelta { at: UnixMillis(8), closed: vec![old.key], ..SnapshotDelta::default() };
    assert_eq!(tracker.apply(sample(&next), UnixMillis(901)), next);
    assert_eq!(tracker.connections().collect::<Vec<_>>(), [&young]);
    let third = row(3, SocketState::Established, true).seen(UnixMillis(3), None);
    let back = SnapshotDelta::reset_to(UnixMillis(3), vec![third.clone()]);
    assert_eq!(tracker.apply(sample(&back), UnixMillis(902)), back);
    assert_eq!(tracker.connections().collect::<Vec<_>>(), [&third]);
    let delta = tracker.update(vec![row(3, SocketState::Established, true)], UnixMillis(903), None);
    assert!(delta.is_empty(), "a sample after it goes on from there: {delta:?}");
}

#[test]
fn a_recording_from_before_last_counters_were_a_kind_of_their_own_is_read() {
    let key = r#"{"protocol":"tcp","local":{"ip":"10.0.0.1","port":1},"remote":null,"identity":7}"#;
    let old = format!(
        r#"{{"at":5,"closed":[{key}],"finals":[{{"key":{key},"state":"closed","direction":"out",
        "owner":{{"missing":"not-found"}},"uid":null,"first_seen_at":1,"opened_at":null,"traffic":{{"bytes_sent":9}}}}]}}"#
    );
    let delta: SnapshotDelta = serde_json::from_str(&old).expect("a delta");
    assert_eq!(
        (delta.finals[0].traffic.bytes_sent, delta.finals[0].key, delta.reset),
        (Some(9), delta.closed[0], None)
    );
    assert!(!serde_json::to_string(&delta).expect("text").contains("host"), "this machine is not written");
}
