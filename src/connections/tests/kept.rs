//! Tests of closed connections that stay listed.

use super::*;

/// An app that keeps closed connections for this time.
fn keeping(for_ms: u64) -> App {
    let mut app = app();
    app.insert_resource(KeepClosed { for_ms, pinned: None });
    app
}

fn close(app: &mut App, number: u16, at: i64) {
    let closed = vec![connection(number, true).key];
    push(app, SnapshotDelta { at: UnixMillis(at), closed, ..SnapshotDelta::default() });
}

#[test]
fn a_closed_connection_stays_listed_for_its_time_with_the_moment_and_its_last_counters() {
    let mut app = keeping(60_000);
    push(&mut app, opened(vec![connection(1, true)]));
    at(&mut app, 10);
    let last = Traffic { bytes_sent: Some(9), is_final: true, ..Traffic::default() };
    let key = connection(1, true).key;
    let finals = vec![Final { key, traffic: last }];
    push(&mut app, SnapshotDelta { at: UnixMillis(777), closed: vec![key], finals, ..SnapshotDelta::default() });
    at(&mut app, 5_000);
    at(&mut app, 5_000 + CLOSE_MS);
    assert_eq!(phases(&mut app), [Phase::Closed], "its arc has faded");
    assert!(app.world().resource::<Timers>().is_empty(), "nothing moves");
    let mut kept = app.world_mut().query::<(&Observed, &ClosedAt)>();
    let (observed, closed_at) = kept.single(app.world()).expect("one");
    assert_eq!((observed.0.traffic, *closed_at), (Some(last), ClosedAt(UnixMillis(777))));
    // Its key may be reused at the same time.
    push(&mut app, opened(vec![connection(1, true)]));
    at(&mut app, 30_000);
    assert_eq!((phases(&mut app).len(), app.world().resource::<ConnectionIndex>().len()), (2, 1));
    at(&mut app, 64_999);
    assert_eq!(phases(&mut app).len(), 2);
    at(&mut app, 65_000);
    assert_eq!(phases(&mut app), [Phase::Open], "a minute after it closed");
}

#[test]
fn the_closed_connection_that_somebody_looks_at_stays_until_it_is_dismissed() {
    for for_ms in [0, 10_000] {
        let mut app = keeping(for_ms);
        push(&mut app, opened(vec![connection(1, true), connection(2, true)]));
        at(&mut app, 10);
        let pinned = app.world().resource::<ConnectionIndex>().get(&connection(1, true).key);
        app.world_mut().resource_mut::<KeepClosed>().pinned = pinned;
        close(&mut app, 1, 1);
        close(&mut app, 2, 1);
        at(&mut app, 1_000);
        at(&mut app, 1_000 + CLOSE_MS);
        at(&mut app, 900_000);
        assert_eq!(phases(&mut app), [Phase::Closed], "kept for {for_ms} ms");
        app.world_mut().resource_mut::<KeepClosed>().pinned = None;
        at(&mut app, 900_001);
        assert_eq!(phases(&mut app), []);
    }
}

#[test]
fn of_very_many_closed_connections_the_last_ones_are_kept_and_the_others_counted() {
    let mut app = keeping(60_000);
    push(&mut app, opened((0..1_500).map(|number| connection(number, true)).collect()));
    at(&mut app, 10);
    let pinned = app.world().resource::<ConnectionIndex>().get(&connection(0, true).key);
    app.world_mut().resource_mut::<KeepClosed>().pinned = pinned;
    (0..1_500).for_each(|number| close(&mut app, number, 1));
    at(&mut app, 1_000);
    at(&mut app, 1_000 + CLOSE_MS);
    assert_eq!(phases(&mut app), [Phase::Closed; 1_001], "with the one that is looked at");
    assert_eq!(app.world().resource::<SamplerStatus>().closed_dropped, 499);
    at(&mut app, 70_000);
    assert_eq!(phases(&mut app).len(), 1);
    push(&mut app, SnapshotDelta::reset_to(UnixMillis(1), vec![]));
    at(&mut app, 70_001);
    assert_eq!(phases(&mut app), [], "another moment has none of them");
}
