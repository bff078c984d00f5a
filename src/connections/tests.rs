//! Tests of connections, with a controlled clock.

mod kept;
mod moments;
mod past;
mod short_lived;
mod stage;

use super::{components::LookupAddress, *};
use crate::{
    model::{
        Connection, ConnectionKey, Direction, Endpoint, Final, HostId, Owner, OwnerMissing, Protocol, Snapshot,
        SnapshotDelta, SocketRow, SocketState, Traffic, UnixMillis,
    },
    sampler::{RecordingWriter, SamplerConfig, SamplerHandle, SourceSpec, hub_scenario, open_source},
};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, HashSet},
    time::{Duration, Instant},
};

fn connection(number: u16, opened: bool) -> Connection {
    let at = |ip: &str, port| Endpoint::new(ip.parse().expect("an address"), port);
    SocketRow {
        key: ConnectionKey {
            host: HostId::THIS,
            protocol: Protocol::Tcp,
            local: at("10.0.0.1", number),
            remote: Some(at("81.2.69.142", 443)),
            identity: 0,
        },
        state: SocketState::Established,
        direction: Some(Direction::Out),
        owner: Owner::Missing(OwnerMissing::NotFound),
        uid: None,
        context: None,
        traffic: None,
        interface: None,
        simulated: None,
    }
    .seen(UnixMillis(0), opened.then_some(UnixMillis(1)))
}

fn app() -> App {
    let mut app = App::new();
    app.add_plugins((TaskPoolPlugin::default(), ConnectionsPlugin));
    app
}

fn push(app: &mut App, delta: SnapshotDelta) {
    app.world_mut().resource_mut::<Inbox>().push(delta);
}

fn at(app: &mut App, motion_ms: u64) {
    app.world_mut().resource_mut::<Clock>().motion_ms = motion_ms;
    app.update();
}

fn phases(app: &mut App) -> Vec<Phase> {
    app.world_mut().query::<&Phase>().iter(app.world()).copied().collect()
}

fn opened(connections: Vec<Connection>) -> SnapshotDelta {
    SnapshotDelta { opened: connections, ..SnapshotDelta::default() }
}

#[test]
fn a_connection_rises_stands_fades_and_goes() {
    let mut app = app();
    push(&mut app, opened(vec![connection(1, true)]));
    at(&mut app, 10);
    assert_eq!(phases(&mut app), [Phase::Opening { since_ms: 10 }]);
    at(&mut app, 10 + OPEN_MS);
    assert_eq!(phases(&mut app), [Phase::Open]);
    push(&mut app, SnapshotDelta { closed: vec![connection(1, true).key], ..SnapshotDelta::default() });
    at(&mut app, 5_000);
    assert_eq!(phases(&mut app), [Phase::Closing { since_ms: 5_000 }]);
    assert!(app.world().resource::<ConnectionIndex>().is_empty());
    at(&mut app, 5_000 + CLOSE_MS - 1);
    assert_eq!(phases(&mut app).len(), 1);
    at(&mut app, 5_000 + CLOSE_MS);
    assert_eq!(phases(&mut app), []);
}

#[test]
fn a_connection_too_short_for_a_look_rises_and_fades() {
    let mut app = app();
    push(&mut app, SnapshotDelta { ghosts: vec![connection(1, true)], ..SnapshotDelta::default() });
    at(&mut app, 10);
    assert_eq!(phases(&mut app), [Phase::Opening { since_ms: 10 }]);
    at(&mut app, 10 + OPEN_MS);
    assert_eq!(phases(&mut app), [Phase::Closing { since_ms: 10 + OPEN_MS }]);
    at(&mut app, 10 + OPEN_MS + CLOSE_MS);
    assert_eq!(phases(&mut app), []);
    assert!(app.world().resource::<ConnectionIndex>().is_empty());
}

#[test]
fn a_reset_shows_another_moment_at_once_and_nothing_rises_or_fades() {
    let mut app = app();
    push(&mut app, opened((1..=4).map(|number| connection(number, true)).collect()));
    push(&mut app, SnapshotDelta { ghosts: vec![connection(9, true)], ..SnapshotDelta::default() });
    at(&mut app, 10);
    push(&mut app, SnapshotDelta { closed: vec![connection(4, true).key], ..SnapshotDelta::default() });
    at(&mut app, 20);
    let index = |app: &App, number| app.world().resource::<ConnectionIndex>().get(&connection(number, true).key);
    let stays = index(&app, 2).expect("live");
    // Queued rows belong to the old scene, too.
    push(&mut app, opened(vec![connection(5, true)]));
    push(&mut app, SnapshotDelta { ghosts: vec![connection(8, true)], ..SnapshotDelta::default() });
    let mut late = connection(6, true);
    late.opened_at = Some(UnixMillis(2_000));
    let mut whole = vec![connection(2, true), connection(3, true), connection(7, true)];
    whole[1].traffic = Some(Traffic { bytes_sent: Some(5), ..Traffic::default() });
    push(&mut app, SnapshotDelta::reset_to(UnixMillis(1_000), whole));
    push(&mut app, opened(vec![late]));
    at(&mut app, 30);
    assert_eq!(index(&app, 2), Some(stays), "what is in both moments is the same");
    for number in [2, 3, 7] {
        let entity = index(&app, number).expect("live");
        assert_eq!(app.world().get::<Phase>(entity), Some(&Phase::Open), "{number} stands");
    }
    let entity = index(&app, 6).expect("live");
    assert_eq!(app.world().get::<Phase>(entity), Some(&Phase::Opening { since_ms: 30 }), "what opens later rises");
    assert_eq!((phases(&mut app).len(), app.world().resource::<ConnectionIndex>().len()), (4, 4));
    let traffic = app.world().get::<Observed>(index(&app, 3).expect("live")).and_then(|observed| observed.0.traffic);
    assert_eq!(traffic.and_then(|traffic| traffic.bytes_sent), Some(5));
    at(&mut app, 30 + OPEN_MS + CLOSE_MS);
    assert_eq!(phases(&mut app), [Phase::Open; 4], "nothing of the old scene comes due");
}

#[test]
fn the_last_counters_are_those_that_a_closed_connection_fades_with() {
    let mut app = app();
    let key = connection(1, false).key;
    push(&mut app, opened(vec![connection(1, false)]));
    at(&mut app, 0);
    let traffic = Traffic { bytes_sent: Some(9), is_final: true, ..Traffic::default() };
    let finals = vec![Final { key, traffic }];
    push(&mut app, SnapshotDelta { closed: vec![key], finals, ..SnapshotDelta::default() });
    at(&mut app, 10);
    let fading: Vec<_> = app.world_mut().query::<&Observed>().iter(app.world()).map(|it| it.0.traffic).collect();
    assert_eq!((fading, phases(&mut app)), (vec![Some(traffic)], vec![Phase::Closing { since_ms: 10 }]));
}

#[test]
fn what_was_there_before_the_start_does_not_rise() {
    let mut app = app();
    push(&mut app, opened(vec![connection(1, false)]));
    at(&mut app, 10);
    assert_eq!(phases(&mut app), [Phase::Open]);
}

#[test]
fn a_connection_that_closes_while_it_rises_fades_all_the_same() {
    let mut app = app();
    push(&mut app, opened(vec![connection(1, true)]));
    at(&mut app, 0);
    push(&mut app, SnapshotDelta { closed: vec![connection(1, true).key], ..SnapshotDelta::default() });
    at(&mut app, 100);
    at(&mut app, OPEN_MS);
    assert_eq!(phases(&mut app), [Phase::Closing { since_ms: 100 }]);
}

#[test]
fn a_key_in_use_again_is_another_entity_beside_the_fading_one() {
    let mut app = app();
    push(&mut app, opened(vec![connection(1, true)]));
    at(&mut app, 0);
    push(
        &mut app,
        SnapshotDelta {
            closed: vec![connection(1, true).key],
            opened: vec![connection(1, true)],
            ..SnapshotDelta::default()
        },
    );
    at(&mut app, 2_000);
    assert_eq!(phases(&mut app).len(), 2);
    assert_eq!(app.world().resource::<ConnectionIndex>().len(), 1);
    at(&mut app, 2_000 + CLOSE_MS);
    assert_eq!(phases(&mut app), [Phase::Open]);
    assert_eq!(app.world().resource::<ConnectionIndex>().len(), 1);
}

#[test]
fn a_frame_takes_in_a_part_of_a_burst_and_loses_nothing() {
    let mut app = app();
    push(&mut app, opened(hub_scenario(5_000, 1, 0.0)));
    at(&mut app, 0);
    let first = phases(&mut app).len();
    assert!((1..5_000).contains(&first), "{first}");
    at(&mut app, 1);
    at(&mut app, 2);
    assert_eq!(phases(&mut app).len(), 5_000);
    assert_eq!(app.world().resource::<Inbox>().waiting(), 0);
}

#[test]
fn an_invented_connection_brings_its_place_along() {
    let mut app = app();
    push(&mut app, opened(hub_scenario(3, 1, 0.0)));
    at(&mut app, 0);
    let located = app.world_mut().query::<&Located>().iter(app.world()).filter(|it| it.0.place.is_ok()).count();
    assert_eq!(located, 3);
}

#[test]
fn only_what_was_written_in_this_frame_is_touched() {
    #[derive(Resource, Default)]
    struct Seen(Vec<usize>);
    let mut app = app();
    app.init_resource::<Seen>().add_systems(
        Update,
        (|touched: Res<'_, Touched>, mut seen: ResMut<'_, Seen>| seen.0.push(touched.written.len()))
            .in_set(FrameSystems::View),
    );
    push(&mut app, opened(hub_scenario(100, 1, 0.0)));
    at(&mut app, 0);
    at(&mut app, 1);
    push(&mut app, SnapshotDelta { changed: vec![hub_scenario(7, 1, 0.0).remove(6)], ..SnapshotDelta::default() });
    at(&mut app, 2);
    let seen = &app.world().resource::<Seen>().0;
    assert!(seen[0] >= 100);
    assert_eq!(&seen[1..], [0, 1]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
    #[test]
    fn the_index_and_the_live_entities_agree_after_any_deltas(
        steps in prop::collection::vec((prop::collection::vec((0u8..6, 1u16..12), 0..8), 0u64..2_000), 1..12),
    ) {
        let mut app = app();
        let mut now_ms = 0;
        // A model of the live connections, and when each ghost arrived.
        let mut known: HashSet<ConnectionKey> = HashSet::new();
        let mut ghosts: Vec<u64> = Vec::new();
        for (rows, wait_ms) in steps {
            let mut delta = SnapshotDelta::default();
            for (what, number) in rows {
                let connection = connection(number, true);
                match what {
                    0 => delta.opened.push(connection),
                    1 => delta.changed.push(connection),
                    2 => delta.closed.push(connection.key),
                    // Its key may also be that of a live connection, or of another ghost.
                    3 => delta.ghosts.push(connection),
                    // A key that is reused immediately.
                    4 => {
                        delta.closed.push(connection.key);
                        delta.opened.push(connection);
                    }
                    _ => delta.reset = Some(UnixMillis(1)),
                }
            }
            now_ms += wait_ms;
            if delta.reset.is_some() {
                known.clear();
                ghosts.clear();
            }
            for key in &delta.closed {
                known.remove(key);
            }
            known.extend(delta.changed.iter().chain(&delta.opened).map(|connection| connection.key));
            ghosts.extend(delta.ghosts.iter().map(|_| now_ms));
            push(&mut app, delta);
            at(&mut app, now_ms);
            let mut live: Vec<(ConnectionKey, Entity)> = app
                .world_mut()
                .query_filtered::<(Entity, &Observed, &Phase), Without<Ghost>>()
                .iter(app.world())
                .filter(|(_, _, phase)| !phase.is_closed())
                .map(|(entity, observed, _)| (observed.0.key, entity))
                .collect();
            live.sort();
            let index = app.world().resource::<ConnectionIndex>();
            prop_assert_eq!(index.len(), live.len(), "no key is live twice");
            prop_assert_eq!(&live.iter().map(|(key, _)| *key).collect::<HashSet<_>>(), &known);
            for (key, entity) in live {
                prop_assert_eq!(index.get(&key), Some(entity));
            }
            ghosts.retain(|since_ms| now_ms < since_ms + OPEN_MS);
            let mut all = app.world_mut().query_filtered::<&Phase, With<Ghost>>();
            let rising = all.iter(app.world()).filter(|phase| !phase.is_closed()).count();
            prop_assert_eq!(rising, ghosts.len(), "each ghost ends in its time");
        }
        // Finally, closed connections are gone, and live ones are open.
        at(&mut app, now_ms + OPEN_MS);
        at(&mut app, now_ms + OPEN_MS + CLOSE_MS);
        prop_assert_eq!(phases(&mut app), vec![Phase::Open; known.len()]);
    }
}
