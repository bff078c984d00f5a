//! Tests of the demo.

use super::*;
use crate::model::{AddressScope, Tracker, classify_address};
use std::collections::{BTreeMap, HashSet};

fn demo(seed: u64) -> DemoSource {
    DemoSource::new("everyday", seed).unwrap()
}

/// The complete state at a moment, reported as a reset.
fn whole(source: &mut DemoSource, at: UnixMillis) -> Vec<Connection> {
    source.set_to(at).unwrap();
    let delta = reported(source, at);
    assert_eq!((delta.at, delta.reset), (at, Some(at)));
    assert!(delta.changed.is_empty() && delta.closed.is_empty() && delta.ghosts.is_empty());
    delta.opened
}

fn reported(source: &mut DemoSource, at: UnixMillis) -> SnapshotDelta {
    match source.sample(at).unwrap().snapshot {
        Snapshot::Delta(delta) => *delta,
        other => panic!("a demo knows all: {other:?}"),
    }
}

fn moments() -> impl Iterator<Item = (u64, f64)> {
    (0..12).flat_map(|seed| (0..40).map(move |step| (seed, f64::from(step) * 37.3)))
}

fn place(row: &Connection) -> Option<&Place> {
    row.simulated.as_ref()?.place.as_ref()
}

#[test]
fn there_are_always_as_many_connections_as_on_an_everyday_machine() {
    for (seed, time_s) in moments() {
        let rows = demo(seed).connections(time_s);
        let live = rows.iter().filter(|row| !row.is_listener()).count();
        assert!((50..=100).contains(&live), "{live} at {time_s} s of seed {seed}");
        let placed = rows.iter().filter(|row| place(row).is_some()).count();
        assert!(placed >= 45, "{placed} with a place at {time_s} s of seed {seed}");
    }
}

#[test]
fn the_same_seed_and_time_give_the_same_connections() {
    let (mut a, mut b) = (demo(7), demo(7));
    let samples: Vec<_> = (0..50).map(|step| BEGINS_AT.plus_ms(step * 500)).collect();
    let reported: Vec<_> = samples.iter().map(|at| whole(&mut a, *at)).collect();
    // Backward, with larger steps.
    for (at, connections) in samples.iter().zip(&reported).rev().step_by(5) {
        assert_eq!(whole(&mut b, *at), *connections);
    }
    assert_ne!(demo(7).connections(0.0), demo(8).connections(0.0));
}

#[test]
fn no_address_is_a_real_machines() {
    let mut scopes = HashSet::new();
    for (seed, time_s) in moments() {
        let rows = demo(seed).connections(time_s);
        assert_eq!(rows.iter().map(|row| row.key).collect::<HashSet<_>>().len(), rows.len(), "keys are distinct");
        for row in rows {
            for end in [Some(row.key.local), row.key.remote].into_iter().flatten() {
                let scope = classify_address(end.ip);
                assert_ne!(scope, AddressScope::Public, "{end}");
                scopes.insert(scope);
            }
            let scope = classify_address(row.subject_ip());
            assert!(row.simulated.is_none() || scope == AddressScope::Reserved, "{row:?}");
        }
    }
    for scope in [AddressScope::Loopback, AddressScope::Private, AddressScope::Reserved] {
        assert!(scopes.contains(&scope), "{scope:?} appears");
    }
}

#[test]
fn connections_come_and_go_and_traffic_flows_smoothly() {
    let mut source = demo(1);
    let mut tracker = Tracker::default();
    let (mut opened, mut closed) = (0, 0);
    // For each connection: the last rate, the largest rate, and the largest change within 100 ms.
    let mut rates: HashMap<ConnectionKey, (f32, f32, f32)> = HashMap::new();
    for step in 0..1200 {
        let at = BEGINS_AT.plus_ms(step * 100);
        let delta = tracker.apply(source.sample(at).unwrap(), at);
        if step > 0 {
            opened += delta.opened.len();
            closed += delta.closed.len();
        }
        for row in delta.opened.iter().chain(&delta.changed) {
            let Some(rate) = row.traffic.and_then(|traffic| traffic.rate_received_bytes_per_sec) else { continue };
            let (last, largest, steepest) = rates.entry(row.key).or_insert((rate, rate, 0.0));
            *steepest = steepest.max((rate - *last).abs());
            *largest = largest.max(rate);
            *last = rate;
        }
    }
    assert!((80..600).contains(&opened), "{opened} opened in two minutes");
    assert!((80..600).contains(&closed), "{closed} closed in two minutes");
    for (key, (_, largest, steepest)) in &rates {
        let is_much = *largest > 10_000.0;
        assert!(!is_much || *steepest <= 0.3 * largest, "{key:?} changes by {steepest} of {largest} at once");
    }
    let total: f32 = rates.values().map(|(last, ..)| last).sum();
    assert!(total > 500_000.0, "{total} bytes a second");
}

#[test]
fn every_kind_of_row_appears() {
    let rows: Vec<Connection> = moments().flat_map(|(seed, time_s)| demo(seed).connections(time_s)).collect();
    let has = |test: fn(&Connection) -> bool| rows.iter().any(test);
    assert!(has(|row| row.direction == Some(Direction::In)));
    assert!(has(|row| row.owner.process().is_none()));
    assert!(has(|row| row.key.protocol == Protocol::Udp && row.key.local.ip.is_ipv6()));
    assert!(has(|row| row.simulated.is_some() && place(row).is_none()), "no place is known");
    for kind in [PlaceKind::City, PlaceKind::Country, PlaceKind::Anycast] {
        assert!(rows.iter().filter_map(place).any(|place| place.kind == kind));
    }
    let cities: HashSet<_> = rows.iter().filter_map(|row| place(row)?.city.clone()).collect();
    assert!(cities.len() >= 40, "{} cities", cities.len());
}

#[test]
fn an_unknown_scenario_names_those_there_are() {
    let error = DemoSource::new("rush-hour", 1).expect_err("no such scenario").to_string();
    assert!(error.contains("rush-hour") && error.contains("everyday"), "{error}");
}

#[test]
fn it_is_the_same_whether_it_was_played_or_set_there_times_and_all() {
    let (mut played, mut set) = (demo(5), demo(5));
    let mut live = BTreeMap::new();
    let (mut opened, mut states) = (0, Vec::new());
    for step in 0..200 {
        let at = BEGINS_AT.plus_ms(step * 730);
        let delta = reported(&mut played, at);
        assert_eq!((delta.at, delta.reset), (at, None));
        delta.closed.iter().for_each(|key| assert!(live.remove(key).is_some(), "{key:?} was there"));
        for connection in delta.opened {
            assert_eq!(connection.opened_at.is_some(), step > 0, "{connection:?}");
            opened += usize::from(step > 0);
            assert!(live.insert(connection.key, connection).is_none());
        }
        delta.changed.into_iter().for_each(|connection| assert!(live.insert(connection.key, connection).is_some()));
        for connection in live.values() {
            assert!(connection.first_seen_at >= BEGINS_AT && connection.opened_at.is_none_or(|it| it <= at));
            assert_eq!(connection.first_seen_at, connection.opened_at.unwrap_or(BEGINS_AT));
        }
        states.push((at, live.clone()));
    }
    assert!(opened > 100, "{opened}");
    // Forward and backward.
    for number in [150, 10, 199, 0, 70, 71] {
        let (at, live) = &states[number];
        let there: BTreeMap<_, _> = whole(&mut set, *at).into_iter().map(|it| (it.key, it)).collect();
        assert_eq!(there, *live, "at {at}");
        assert_eq!(set.own_time().map(|own| own.at), Some(*at));
    }
    // Continues from there.
    assert_eq!(reported(&mut set, states[72].0).reset, None);
}
