//! Tests of closed connections in a chosen window of time.

use super::*;
use crate::model::TimeWindow;

fn choose(app: &mut App, from: i64, to: i64) {
    choose_window(app.world_mut(), Some(TimeWindow { from: UnixMillis(from), to: UnixMillis(to) }));
}

/// Ports of the connections in this phase.
fn in_phase(app: &mut App, phase: Phase) -> Vec<u16> {
    let mut query = app.world_mut().query::<(&Observed, &Phase)>();
    let found = query.iter(app.world()).filter(|(_, it)| **it == phase).map(|(it, _)| it.0.key.local.port);
    let mut ports: Vec<u16> = found.collect();
    ports.sort_unstable();
    ports
}

fn push_past(app: &mut App, closed: &[(u16, i64)]) {
    let closed = closed.iter().map(|(number, at)| (connection(*number, true), UnixMillis(*at)));
    app.world_mut().resource_mut::<Inbox>().push_past(closed);
    app.update();
}

#[test]
fn what_closes_in_the_window_stays_and_what_closed_before_is_added_once() {
    let mut app = app();
    push(
        &mut app,
        SnapshotDelta { opened: vec![connection(1, false), connection(2, false)], ..SnapshotDelta::default() },
    );
    at(&mut app, 0);
    choose(&mut app, 100, 10_000);
    let closed = vec![connection(1, false).key];
    push(&mut app, SnapshotDelta { at: UnixMillis(5_000), closed, ..SnapshotDelta::default() });
    at(&mut app, 10);
    at(&mut app, 10 + CLOSE_MS);
    at(&mut app, 20 + CLOSE_MS);
    assert_eq!(in_phase(&mut app, Phase::Past), [1]);
    // The history says of 1 that it closed almost then; 4 closed before the window.
    push_past(&mut app, &[(4, 50), (3, 700), (1, 5_200)]);
    assert_eq!(in_phase(&mut app, Phase::Past), [1, 3]);
    assert_eq!((in_phase(&mut app, Phase::Open), app.world().resource::<PastShown>().len()), (vec![2], 2));
    assert_eq!(app.world().resource::<ConnectionIndex>().len(), 1);
    // The window moves on, and then ends.
    choose(&mut app, 1_000, 11_000);
    app.update();
    app.update();
    assert_eq!(in_phase(&mut app, Phase::Past), [1]);
    choose_window(app.world_mut(), None);
    app.update();
    app.update();
    assert_eq!(phases(&mut app), [Phase::Open]);
    assert!(app.world().resource::<PastShown>().is_empty());
}

#[test]
fn a_jump_keeps_what_had_closed_before_and_nothing_else() {
    let mut app = app();
    choose(&mut app, 0, 10_000);
    push(&mut app, SnapshotDelta::reset_to(UnixMillis(9_000), vec![connection(9, false)]));
    app.update();
    push_past(&mut app, &[(1, 1_000), (2, 6_000)]);
    assert_eq!(in_phase(&mut app, Phase::Past), [1, 2]);
    let jumps = app.world().resource::<PastShown>().jumps;
    push(&mut app, SnapshotDelta::reset_to(UnixMillis(5_000), vec![connection(2, false)]));
    app.update();
    assert_eq!((in_phase(&mut app, Phase::Past), in_phase(&mut app, Phase::Open)), (vec![1], vec![2]));
    assert_eq!(app.world().resource::<PastShown>().jumps, jumps + 1);
    assert_eq!(app.world().resource::<PastShown>().len(), 1);
}

#[test]
fn the_earliest_leave_if_there_are_too_many_and_are_counted() {
    let mut app = app();
    choose(&mut app, 0, 100_000);
    let many = (0..MOST_PAST as i64 + 5).map(|n| {
        let mut connection = connection((n % 60_000) as u16, true);
        connection.row.key.identity = n as u64 + 1;
        (connection, UnixMillis(n))
    });
    let many: Vec<_> = many.collect();
    app.world_mut().resource_mut::<Inbox>().push_past(many);
    for _ in 0..MOST_PAST / 1_000 {
        app.update();
    }
    let past = app.world().resource::<PastShown>();
    assert_eq!((past.len(), past.left_out), (MOST_PAST, 5));
}
