//! Properties of the difference between two looks: whatever happens to the connections of a machine, whoever follows the
//! deltas, one by one or merged, ends with what is there.
//!
//! Histories are drawn over few keys and few values, so that connections close, come back and change often.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

use netglobe::model::{
    Connection, ConnectionKey, Direction, Endpoint, Owner, OwnerMissing, Process, Protocol, Snapshot, SnapshotDelta,
    SocketState, Tracker, Traffic, UnixMillis, diff,
};
use proptest::{collection::vec, prelude::*};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

type World = HashMap<ConnectionKey, Connection>;

/// What the source says of one socket at one look: nothing, or a state and whether its process is known.
type Sight = Option<(usize, bool)>;

const STATES: [SocketState; 4] =
    [SocketState::SynSent, SocketState::Established, SocketState::CloseWait, SocketState::TimeWait];

fn connection(number: usize, state: SocketState, has_process: bool) -> Connection {
    let end = |port| Endpoint::new([127, 0, 0, 1].into(), port);
    let port = u16::try_from(number).expect("few") + 1;
    let process = Process { pid: u32::from(port), name: "p".into(), path: None };
    Connection {
        key: ConnectionKey { protocol: Protocol::Tcp, local: end(port), remote: Some(end(80)), identity: 1 },
        state,
        direction: Some(Direction::Out),
        owner: if has_process { Owner::Process(Arc::new(process)) } else { Owner::Missing(OwnerMissing::NoProcess) },
        uid: None,
        context: None,
        first_seen_at: UnixMillis(0),
        opened_at: None,
        traffic: None,
        simulated: None,
    }
}

fn rows(look: &[Sight]) -> Vec<Connection> {
    let seen = look.iter().enumerate().filter_map(|(number, sight)| Some((number, (*sight)?)));
    seen.map(|(number, (state, has_process))| connection(number, STATES[state], has_process)).collect()
}

fn world(look: &[Sight]) -> World {
    rows(look).into_iter().map(|connection| (connection.key, connection)).collect()
}

/// What a reader does with a delta, who believes every word of it.
fn apply(world: &mut World, delta: &SnapshotDelta) {
    for key in &delta.closed {
        assert!(world.remove(key).is_some(), "{key:?} closes and was not there");
    }
    for connection in &delta.changed {
        let old = world.insert(connection.key, connection.clone());
        assert!(old.is_some(), "{:?} changes and was not there", connection.key);
    }
    for connection in &delta.opened {
        let old = world.insert(connection.key, connection.clone());
        assert!(old.is_none(), "{:?} opens and was there", connection.key);
    }
}

/// No key is told twice.
fn assert_distinct(delta: &SnapshotDelta) {
    let told = delta.opened.iter().chain(&delta.changed).map(|connection| &connection.key).chain(&delta.closed);
    let mut known = HashSet::new();
    for key in told {
        assert!(known.insert(*key), "{key:?} is told twice in {delta:?}");
    }
}

fn look() -> impl Strategy<Value = Vec<Sight>> {
    vec(proptest::option::of((0..STATES.len(), any::<bool>())), 6)
}

/// Looks, one after the other.
fn history() -> impl Strategy<Value = Vec<Vec<Sight>>> {
    vec(look(), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_difference_leads_from_before_to_after(before in look(), after in look()) {
        let (mut before, after) = (world(&before), world(&after));
        let delta = diff(&before, &after, UnixMillis(7));
        assert_distinct(&delta);
        prop_assert_eq!(delta.is_empty(), before == after);
        prop_assert_eq!(delta.at, UnixMillis(7));
        apply(&mut before, &delta);
        prop_assert_eq!(before, after);
    }

    #[test]
    fn merged_deltas_say_what_they_said_one_by_one(history in history()) {
        let mut now = World::new();
        let mut merged = SnapshotDelta::default();
        let (mut vanished, mut vanished_in_truth) = (0, 0);
        // Opened since the beginning, and not told yet.
        let mut young = HashSet::new();
        for (tick, look) in (1..).zip(&history) {
            let after = world(look);
            let delta = diff(&now, &after, UnixMillis(tick));
            vanished_in_truth += delta.closed.iter().filter(|key| young.remove(*key)).count();
            young.extend(delta.opened.iter().map(|connection| connection.key));
            vanished += merged.merge(delta);
            assert_distinct(&merged);
            prop_assert_eq!(merged.at, UnixMillis(tick));
            now = after;
        }
        let mut reader = World::new();
        apply(&mut reader, &merged);
        prop_assert_eq!(&reader, &now);
        let mut ghosts = HashSet::new();
        for ghost in &merged.ghosts {
            prop_assert!(ghosts.insert(ghost.key) && !now.contains_key(&ghost.key), "{:?}", ghost);
        }
        prop_assert_eq!(vanished + merged.ghosts.len(), vanished_in_truth);
    }

    #[test]
    fn a_slow_reader_ends_where_a_quick_one_does(history in history(), split in 0_usize..12) {
        let split = split.min(history.len());
        let mut now = World::new();
        let mut reader = World::new();
        for part in [&history[..split], &history[split..]] {
            let mut merged = SnapshotDelta::default();
            for look in part {
                let after = world(look);
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
        history in vec((look(), 0_u64..3_000, vec(0_u64..3, 6)), 1..12),
    ) {
        let (mut of_whole, mut of_parts) = (Tracker::default(), Tracker::default());
        let mut before: HashMap<ConnectionKey, Connection> = HashMap::new();
        let start = std::time::Instant::now();
        let (mut elapsed_ms, mut bytes) = (0, [0_u64; 6]);
        for (tick, (look, step_ms, sent)) in (1..).zip(&history) {
            elapsed_ms += step_ms;
            let mut now = rows(look);
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
            let parts = Snapshot {
                connections: others,
                gone: (tick > 1).then_some(gone),
                counted_at,
                ..Snapshot::default()
            };
            let whole = Snapshot { connections: now, counted_at, ..Snapshot::default() };
            let (mut whole, mut parts) = (of_whole.look(whole, at), of_parts.look(parts, at));
            for delta in [&mut whole, &mut parts] {
                assert_distinct(delta);
                delta.closed.sort_unstable();
                for list in [&mut delta.opened, &mut delta.changed, &mut delta.finals] {
                    list.sort_by_key(|connection| connection.key);
                }
            }
            prop_assert_eq!(whole, parts);
            before = after;
        }
    }

    #[test]
    fn a_tracker_tells_what_the_looks_show(history in history()) {
        let mut tracker = Tracker::default();
        let mut reader = World::new();
        for (tick, look) in (1..).zip(&history) {
            let at = UnixMillis(tick);
            let before = reader.clone();
            let delta = tracker.update(rows(look), at, None);
            assert_distinct(&delta);
            apply(&mut reader, &delta);
            prop_assert_eq!(tracker.len(), reader.len());
            prop_assert_eq!(&reader, &expected(&before, look, at, tick == 1));
            // The same again is nothing new.
            let again = tracker.update(rows(look), at, None);
            prop_assert!(again.is_empty(), "{:?}", again);
        }
    }
}

/// What a reader must know after `look`, who knew `before`: the rules, one by one.
fn expected(before: &World, look: &[Sight], at: UnixMillis, is_first: bool) -> World {
    let mut world = World::new();
    for mut row in rows(look) {
        let is_remnant = row.state == SocketState::TimeWait;
        match before.get(&row.key) {
            // A socket that was there is gone when only its remnant is left, and a remnant alone is nothing new.
            Some(known) if is_remnant && known.state != SocketState::TimeWait => continue,
            None if is_remnant && !is_first => continue,
            Some(known) => {
                row.first_seen_at = known.first_seen_at;
                row.opened_at = known.opened_at;
                if known.owner.process().is_some() && row.owner.process().is_none() {
                    row.owner = known.owner.clone();
                }
            }
            None => {
                row.first_seen_at = at;
                row.opened_at = if is_first { None } else { Some(at) };
            }
        }
        world.insert(row.key, row);
    }
    world
}

#[test]
fn the_least_round_trip_that_was_ever_seen_is_kept() {
    let mut tracker = Tracker::default();
    let mut look = |min_rtt_ms: Option<f32>| {
        let traffic = Some(Traffic { min_rtt_ms, ..Traffic::default() });
        let row = Connection { traffic, ..connection(1, SocketState::Established, true) };
        let snapshot = Snapshot { connections: vec![row], ..Snapshot::default() };
        let delta = tracker.look(snapshot, UnixMillis(1));
        let told = delta.opened.into_iter().chain(delta.changed).next();
        told.map(|row| row.traffic.and_then(|traffic| traffic.min_rtt_ms))
    };
    let told = [None, Some(9.0), Some(12.0), None, Some(8.0), Some(300.0)].map(&mut look);
    // The kernel forgets its least one after some minutes; a flag that rests on it must not flicker.
    assert_eq!(told, [Some(None), Some(Some(9.0)), None, None, Some(Some(8.0)), None]);
    let last = Traffic { min_rtt_ms: Some(50.0), ..Traffic::default() };
    let last = Connection { traffic: Some(last), ..connection(1, SocketState::Closed, true) };
    let delta = tracker.look(Snapshot { finals: vec![last], ..Snapshot::default() }, UnixMillis(2));
    assert_eq!(delta.finals[0].traffic.and_then(|traffic| traffic.min_rtt_ms), Some(8.0));
}

#[test]
fn a_closing_connection_keeps_what_was_measured_of_it_last() {
    let mut tracker = Tracker::default();
    let start = std::time::Instant::now();
    let mut look = |second: u64, state: SocketState, traffic: Option<Traffic>| {
        let row = Connection { traffic, ..connection(1, state, true) };
        let counted_at = Some(start + std::time::Duration::from_secs(second));
        let snapshot = Snapshot { connections: vec![row], counted_at, ..Snapshot::default() };
        let delta = tracker.look(snapshot, UnixMillis(1_000 * second as i64));
        (delta.opened.into_iter().chain(delta.changed).next(), delta.closed.len())
    };
    let measured = |bytes| Traffic {
        bytes_sent: Some(bytes),
        bytes_received: Some(7),
        rtt_ms: Some(5.0),
        min_rtt_ms: Some(4.0),
        ..Traffic::default()
    };
    look(0, SocketState::Established, Some(measured(10)));
    look(1, SocketState::Established, Some(measured(5_010)));
    let (row, _) = look(2, SocketState::FinWait2, None);
    let traffic = row.and_then(|row| row.traffic).expect("the last values");
    assert_eq!((traffic.bytes_sent, traffic.bytes_received), (Some(5_010), Some(7)));
    assert_eq!((traffic.rtt_ms, traffic.min_rtt_ms), (Some(5.0), Some(4.0)));
    assert_eq!(traffic.rate_bytes_per_sec(), Some(0.0), "nothing flows any more");
    assert_eq!(look(3, SocketState::FinWait2, None), (None, 0), "and it rests");
    // Nothing is made up for a connection that was never measured.
    let (row, _) = look_at_unmeasured();
    assert_eq!(row.and_then(|row| row.traffic), None);
}

fn look_at_unmeasured() -> (Option<Connection>, usize) {
    let mut tracker = Tracker::default();
    let counted_at = Some(std::time::Instant::now());
    let mut look = |state| {
        let connections = vec![connection(1, state, true)];
        tracker.look(Snapshot { connections, counted_at, ..Snapshot::default() }, UnixMillis(1))
    };
    look(SocketState::Established);
    let delta = look(SocketState::FinWait2);
    (delta.changed.into_iter().next(), delta.closed.len())
}
