//! Work for many connections at once, without a renderer: each must take much less than a frame.
//!
//! `cargo bench --bench hot_paths`. Results with machine and commit are in `RESULTS.md`.
#![allow(clippy::expect_used, missing_docs, reason = "a bench may fail")]

use bevy::prelude::*;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use netglobe::{
    connections::{Clock, ConnectionsPlugin, Inbox},
    geodesy::LatLng,
    globe::{GlobePlugin, arcs::ArcStore, picking::pick, spaces::CameraView},
    model::{Connection, SnapshotDelta, SocketRow, Tracker, UnixMillis, filter},
    sampler::hub_scenario,
    view::{FilterInForce, ViewPlugin},
};
use std::hint::black_box;

const MANY: usize = 10_000;

/// The program without a window, with this many connections.
fn app(connections: Vec<Connection>) -> App {
    let mut app = App::new();
    app.add_plugins((TaskPoolPlugin::default(), ConnectionsPlugin, ViewPlugin, GlobePlugin));
    let mut inbox = Inbox::default().without_limit();
    inbox.push(SnapshotDelta { opened: connections, ..SnapshotDelta::default() });
    app.insert_resource(inbox).insert_resource(Clock::fixed(1_000, UnixMillis(0)));
    app.update();
    app.world_mut().resource_mut::<Clock>().run(10_000);
    app.update();
    app
}

fn hot_paths(criterion: &mut Criterion) {
    let connections = hub_scenario(MANY, 1, 0.0);

    let rows: Vec<SocketRow> = connections.iter().map(|connection| connection.row.clone()).collect();
    let mut tracker = Tracker::default();
    tracker.update(rows.clone(), UnixMillis(0), None);
    criterion.bench_function("compare 10,000 rows of which none changed", |bench| {
        bench.iter_batched(
            || rows.clone(),
            |rows| black_box(tracker.update(rows, UnixMillis(1), None)),
            BatchSize::LargeInput,
        );
    });

    criterion.bench_function("10,000 connections become entities and arcs", |bench| {
        bench.iter_batched(|| connections.clone(), |rows| black_box(app(rows)), BatchSize::LargeInput);
    });

    let mut quiet = app(connections.clone());
    criterion.bench_function("a frame in which none of 10,000 changes", |bench| bench.iter(|| quiet.update()));

    let mut filtered = app(connections.clone());
    let queries = ["country:US -process:ssh", "port:443 operator:example"];
    let mut turn = 0;
    criterion.bench_function("another filter over 10,000", |bench| {
        bench.iter(|| {
            turn += 1;
            let words = filter::Query::parse(queries[turn % 2]).expect("right");
            filtered.world_mut().resource_mut::<FilterInForce>().set(words);
            filtered.world_mut().resource_mut::<Clock>().run(1_000);
            filtered.update();
        });
    });

    let below = LatLng::from_degrees(30.0, 20.0).expect("valid").to_unit();
    let view = CameraView::new(below, 3.85, Vec2::new(1280.0, 720.0), 1.0);
    let arcs = quiet.world().resource::<ArcStore>();
    criterion.bench_function("pick one of 10,000 arcs", |bench| {
        bench.iter(|| black_box(pick(&view, Vec2::new(500.0, 300.0), arcs.iter(), None)));
    });
}

criterion_group!(benches, hot_paths);
criterion_main!(benches);
