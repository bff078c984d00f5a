//! What the keeping of connections promises, with a clock of its own.

use super::*;
use crate::{
    model::{
        Connection, ConnectionKey, Direction, Endpoint, Owner, OwnerMissing, Protocol, SnapshotDelta, SocketState,
        UnixMillis,
    },
    sampler::hub_scenario,
};
use proptest::prelude::*;

fn connection(number: u16, opened: bool) -> Connection {
    let at = |ip: &str, port| Endpoint::new(ip.parse().expect("an address"), port);
    Connection {
        key: ConnectionKey {
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
        first_seen_at: UnixMillis(0),
        opened_at: opened.then_some(UnixMillis(1)),
        traffic: None,
        simulated: None,
    }
}

fn app() -> App {
    let mut app = App::new();
    app.add_plugins((TaskPoolPlugin::default(), ConnectionsPlugin));
    app
}

fn push(app: &mut App, delta: SnapshotDelta) {
    app.world_mut().resource_mut::<Inbox>().push(delta);
}

fn at(app: &mut App, running_ms: u64) {
    app.world_mut().resource_mut::<Clock>().running_ms = running_ms;
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

/// Ghosts that are drawn, and for how many they stand.
fn ghosts(app: &mut App) -> (usize, u64) {
    let others: Vec<u64> = app.world_mut().query::<&Ghost>().iter(app.world()).map(|ghost| ghost.others).collect();
    (others.len(), others.len() as u64 + others.iter().sum::<u64>())
}

#[test]
fn of_a_burst_to_one_address_two_hundred_rise_and_the_others_join_them() {
    let mut app = app();
    let burst = (0..1_500).map(|number| connection(number, true)).collect();
    push(&mut app, SnapshotDelta { ghosts: burst, ..SnapshotDelta::default() });
    at(&mut app, 10_000);
    assert_eq!(ghosts(&mut app), (200, 1_500));
    let late = (2_000..2_100).map(|number| connection(number, true)).collect();
    push(&mut app, SnapshotDelta { ghosts: late, ..SnapshotDelta::default() });
    at(&mut app, 10_500);
    assert_eq!(ghosts(&mut app), (200, 1_600), "the budget of this second is used up");
    at(&mut app, 10_000 + OPEN_MS);
    // What fades is joined by nobody.
    push(&mut app, SnapshotDelta { ghosts: vec![connection(3_000, true)], ..SnapshotDelta::default() });
    at(&mut app, 10_000 + OPEN_MS + 50);
    assert_eq!(ghosts(&mut app), (201, 1_601));
    let status = app.world().resource::<SamplerStatus>();
    assert_eq!((status.short, status.short_joined, status.short_not_drawn), (1_601, 1_400, 0));
    at(&mut app, 20_000);
    at(&mut app, 30_000);
    assert_eq!(ghosts(&mut app), (0, 0));
    assert!(app.world().resource::<ConnectionIndex>().is_empty());
}

#[test]
fn a_burst_to_many_addresses_rises_by_place_and_each_is_counted() {
    let mut app = app();
    // Each at an address of its own, in some dozens of cities.
    let mut burst = hub_scenario(40_000, 1, 0.0);
    for ghost in &mut burst {
        let place = ghost.simulated.as_mut().and_then(|peer| peer.place.as_mut()).expect("invented");
        let (lat, lng) = (place.position.lat_deg(), place.position.lng_deg());
        place.position = crate::geodesy::LatLng::from_degrees((lat / 30.0).round() * 30.0, (lng / 60.0).round() * 60.0)
            .expect("on the earth");
    }
    let mut most_entities = 0;
    for (frame, part) in burst.chunks(10_000).enumerate() {
        push(&mut app, SnapshotDelta { ghosts: part.to_vec(), ..SnapshotDelta::default() });
        assert!(app.world().resource::<Inbox>().waiting() < 5_000, "what waits is bounded");
        at(&mut app, 10_000 + 16 * frame as u64);
        most_entities = most_entities.max(phases(&mut app).len());
    }
    let (drawn, stood_for) = ghosts(&mut app);
    assert_eq!(drawn, most_entities);
    assert!((200..260).contains(&drawn), "{drawn}");
    let status = app.world().resource::<SamplerStatus>();
    assert_eq!((status.short, stood_for + status.short_not_drawn), (40_000, 40_000));
    // Beyond the addresses that one frame keeps.
    assert!((10_000..30_000).contains(&status.short_not_drawn), "{}", status.short_not_drawn);
    assert_eq!(status.short_joined, stood_for - drawn as u64);
}

#[test]
fn of_a_burst_to_places_without_number_what_is_not_drawn_is_counted() {
    let mut app = app();
    push(&mut app, SnapshotDelta { ghosts: hub_scenario(4_000, 1, 0.0), ..SnapshotDelta::default() });
    at(&mut app, 10_000);
    let (drawn, stood_for) = ghosts(&mut app);
    assert_eq!(drawn, 400, "200 by themselves, 200 for a place");
    let status = app.world().resource::<SamplerStatus>();
    assert!(status.short_not_drawn > 0);
    assert_eq!((status.short, stood_for + status.short_not_drawn), (4_000, 4_000));
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
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_index_and_the_live_entities_agree_after_any_deltas(
        steps in prop::collection::vec((prop::collection::vec((0u8..3, 1u16..12), 0..8), 0u64..2_000), 1..12),
    ) {
        let mut app = app();
        let mut now_ms = 0;
        for (rows, wait_ms) in steps {
            let mut delta = SnapshotDelta::default();
            for (what, number) in rows {
                let connection = connection(number, true);
                match what {
                    0 => delta.opened.push(connection),
                    1 => delta.changed.push(connection),
                    _ => delta.closed.push(connection.key),
                }
            }
            push(&mut app, delta);
            now_ms += wait_ms;
            at(&mut app, now_ms);
            let mut live: Vec<(ConnectionKey, Entity)> = app
                .world_mut()
                .query::<(Entity, &Observed, &Phase)>()
                .iter(app.world())
                .filter(|(_, _, phase)| !phase.is_closing())
                .map(|(entity, observed, _)| (observed.0.key, entity))
                .collect();
            live.sort();
            live.dedup_by_key(|(key, _)| *key);
            let index = app.world().resource::<ConnectionIndex>();
            prop_assert_eq!(index.len(), live.len());
            for (key, entity) in live {
                prop_assert_eq!(index.get(&key), Some(entity));
            }
        }
    }
}
