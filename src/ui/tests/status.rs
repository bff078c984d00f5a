//! Tests of the status line: counts, costs, degradations, and the reason for an empty globe.

use super::*;

#[test]
fn the_status_line_says_how_often_it_looks_and_what_a_look_costs() {
    for (period_ms, cpu_ms, label, expected) in [
        (250, Some(2.44), None, "sock-diag, every 0.25 s, 2.4 ms per sample"),
        (1_600, Some(16.2), None, "sock-diag, every 1.6 s, 16 ms per sample"),
        (1_000, None, None, "sock-diag, every 1 s"),
        (1_000, Some(2.0), Some("DEMO".to_owned()), "sock-diag, every 1 s"),
    ] {
        let mut world = World::new(three_rows());
        let period = Duration::from_millis(period_ms);
        let report = Arc::new(SamplerReport { period, cpu_ms, ..(*world.status.report).clone() });
        world.status = StatusView { report, label, ..world.status };
        window(world).get_by_label(expected);
    }
}

#[test]
fn a_degradation_is_counted_and_says_what_to_do() {
    let mut world = World::new(three_rows());
    world.status.degradations = vec![Degradation::new(
        DegradationKind::Owners,
        "owners of 3 sockets are unknown",
        "run as the user who owns them",
    )];
    let mut harness = window(world);
    assert!(harness.query_by_label("owners of 3 sockets are unknown").is_none());
    harness.get_by_label("1 limitation: what to do").click();
    harness.run();
    harness.get_by_label("owners of 3 sockets are unknown");
    harness.get_by_label("what to do: run as the user who owns them");
}

#[test]
fn what_could_not_be_counted_is_not_zero() {
    let mut world = World::new(Vec::new());
    world.status.is_known = false;
    let harness = window(world);
    harness.get_by_label("– public");
    assert!(harness.query_by_label("12 public").is_none());
}

#[test]
fn a_quiet_globe_says_why() {
    let mut world = World::new(Vec::new());
    let line = "no public connections; 3 on the LAN, 12 on this computer";
    world.status.quiet = Some(line.to_owned());
    let harness = window(world);
    harness.get_by_label(line);
    harness.get_by_label("no connections");
}

#[test]
fn every_count_in_the_status_line_explains_itself() {
    let mut world = World::new(three_rows());
    let missed = |what| MissedCount { count: 7, what, meaning: "Something was missed" };
    world.status.missed = vec![missed("close events lost"), missed("updates queued")];
    let mut harness = harness(world, Vec2::new(1920.0, 1080.0));
    for (count, meaning) in [
        ("12 public", "public internet"),
        ("3 LAN", "carrier NAT"),
        ("40 this computer", "both ends on this computer"),
        ("9 listening", "wait for connections"),
        ("2 without location", "location database"),
        ("home: Berlin, from the time zone; could be 400 km off", "all arcs start here"),
        ("sock-diag, every 1 s", "time between two samples"),
        ("7 close events lost", "Something was missed"),
        ("7 updates queued", "Something was missed"),
        ("30 fps (ambient)", "Frames drawn"),
        ("low (auto: software rasterizer)", "Quality"),
        ("14:32 UTC", "The time that is shown"),
    ] {
        harness.get_by_label(count).hover();
        harness.run_steps(40);
        harness.get_by_label_contains(meaning);
        harness.hover_at(egui::Pos2::new(960.0, 500.0));
        harness.run();
    }
}
