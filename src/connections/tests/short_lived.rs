//! Tests of connections shorter than the sample interval: which are drawn, which are grouped, and that all are counted.

use super::*;

/// Number of drawn ghosts, and number of connections that they represent.
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
    // Fading ghosts cannot be joined.
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
    // Each has its own address, in a few dozen cities.
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
    // Those to addresses over the limit of a frame.
    assert!((10_000..30_000).contains(&status.short_not_drawn), "{}", status.short_not_drawn);
    assert_eq!(status.short_joined, stood_for - drawn as u64);
}

#[test]
fn ghosts_on_both_sides_of_the_date_line_rise_as_one() {
    let mut app = app();
    // Others use up the limit for individual ghosts; these two have different addresses.
    let mut burst = hub_scenario(202, 1, 0.0);
    for (ghost, lng_deg) in burst[200..].iter_mut().zip([179.96, -179.96]) {
        let place = ghost.simulated.as_mut().and_then(|peer| peer.place.as_mut()).expect("invented");
        place.position = crate::geodesy::LatLng::from_degrees(-16.8, lng_deg).expect("on the earth");
    }
    assert_ne!(burst[200].subject_ip(), burst[201].subject_ip());
    push(&mut app, SnapshotDelta { ghosts: burst, ..SnapshotDelta::default() });
    at(&mut app, 10_000);
    assert_eq!(ghosts(&mut app), (201, 202));
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
fn each_of_two_ghosts_with_one_key_ends_and_a_live_connection_that_takes_the_key_stays() {
    let mut app = app();
    let ghost = connection(1, true);
    push(&mut app, SnapshotDelta { ghosts: vec![ghost.clone(), ghost.clone()], ..SnapshotDelta::default() });
    at(&mut app, 10);
    assert_eq!(phases(&mut app), [Phase::Opening { since_ms: 10 }; 2]);
    assert!(app.world().resource::<ConnectionIndex>().is_empty(), "a ghost is not live");
    push(&mut app, opened(vec![ghost.clone()]));
    at(&mut app, 500);
    let live = app.world().resource::<ConnectionIndex>().get(&ghost.key).expect("live");
    at(&mut app, 10 + OPEN_MS);
    let closing = phases(&mut app).into_iter().filter(|phase| phase.is_closed()).count();
    assert_eq!(closing, 2, "both ghosts fade");
    assert_eq!(app.world().get::<Phase>(live), Some(&Phase::Opening { since_ms: 500 }));
    at(&mut app, 10 + OPEN_MS + CLOSE_MS);
    assert_eq!(phases(&mut app), [Phase::Open], "and the live connection stands");
    assert_eq!(app.world().resource::<ConnectionIndex>().get(&ghost.key), Some(live));
}
