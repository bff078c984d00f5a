//! Tests of dragging, flights and drift, and that the picture never jumps.

use super::*;
use bevy::math::DMat3;
use proptest::prelude::*;

fn at(lat_deg: f64, lng_deg: f64) -> LatLng {
    LatLng::from_degrees(lat_deg, lng_deg).expect("valid")
}

fn camera() -> OrbitCamera {
    let mut camera = OrbitCamera::new(at(20.0, 10.0), WHOLE_EARTH_RADII);
    camera.spins = false;
    camera
}

fn run(camera: &mut OrbitCamera, seconds: f32, steps: u32) {
    for _ in 0..steps {
        camera.step(seconds / steps as f32);
    }
}

const WINDOW: Vec2 = Vec2::new(1280.0, 800.0);

#[test]
fn what_is_grabbed_in_the_middle_stays_under_the_hand() {
    let mut camera = camera();
    let view = camera.to_view(WINDOW, 1.0);
    let grabbed = view.surface_point(WINDOW * 0.5).expect("on the globe");
    camera.drag(Vec2::new(12.0, -9.0), &view);
    let now = camera.to_view(WINDOW, 1.0).project(grabbed).expect("in front");
    assert!(now.distance(WINDOW * 0.5 + Vec2::new(12.0, -9.0)) < 1.0, "{now}");
}

#[test]
fn a_push_runs_on_and_dies_out() {
    let mut camera = camera();
    let view = camera.to_view(WINDOW, 1.0);
    for _ in 0..5 {
        camera.drag(Vec2::new(8.0, 0.0), &view);
        camera.step(1.0 / 60.0);
    }
    camera.release();
    let before = camera.position().lng_deg();
    assert!(camera.step(0.1) && camera.is_moving_by_itself());
    run(&mut camera, 10.0, 200);
    assert!(camera.position().lng_deg() < before - 1.0);
    assert!(!camera.step(0.1) && !camera.is_moving_by_itself());
}

#[test]
fn a_push_goes_as_far_at_any_frame_rate() {
    let mut ends = Vec::new();
    for steps in [50, 100, 600] {
        let mut camera = camera();
        camera.velocity_deg_per_s = DVec2::new(40.0, 0.0);
        run(&mut camera, 10.0, steps);
        ends.push(camera.position().lng_deg());
    }
    assert!((ends[0] - ends[2]).abs() < 0.05 && (ends[1] - ends[2]).abs() < 0.05, "{ends:?}");
}

#[test]
fn a_flight_arrives_exactly_and_crosses_the_date_line_the_short_way() {
    let mut camera = OrbitCamera::new(at(0.0, 170.0), 3.0);
    camera.spins = false;
    camera.fly_to(at(10.0, -170.0), Some(2.0));
    camera.step(0.4);
    assert!(camera.position().lng_deg().abs() > 165.0);
    run(&mut camera, 2.0, 20);
    assert!((camera.position().lng_deg() + 170.0).abs() < 1e-9 && camera.pose().1 == 2.0);
    assert!(!camera.step(0.1));
}

#[test]
fn it_drifts_when_left_alone_and_stops_at_a_touch() {
    let mut camera = camera();
    camera.spins = true;
    run(&mut camera, 7.0, 70);
    assert_eq!(camera.position().lng_deg(), 10.0);
    run(&mut camera, 20.0, 400);
    let drifted = 10.0 - camera.position().lng_deg();
    assert!((10.0..40.0).contains(&drifted), "{drifted}");
    camera.touch();
    run(&mut camera, 2.0, 40);
    assert!(!camera.step(0.05));
}

#[test]
fn a_long_sleep_is_no_long_jump() {
    let mut camera = camera();
    camera.velocity_deg_per_s = DVec2::new(100.0, 0.0);
    camera.step(3_600.0);
    assert!((camera.position().lng_deg() - 10.0).abs() < 30.0);
}

/// Rotation of the picture between two views, degrees.
fn turn_deg(before: &CameraView, after: &CameraView) -> f64 {
    let basis = |view: &CameraView| {
        DMat3::from_cols_array_2d(&[
            view.right.as_dvec3().to_array(),
            view.up.as_dvec3().to_array(),
            view.forward.as_dvec3().to_array(),
        ])
    };
    let turn = basis(after) * basis(before).transpose();
    let trace = turn.x_axis.x + turn.y_axis.y + turn.z_axis.z;
    ((trace - 1.0) * 0.5).clamp(-1.0, 1.0).acos().to_degrees()
}

#[test]
fn a_hand_that_stops_before_it_lets_go_gives_no_push() {
    for frames_per_second in [15_u16, 30, 120] {
        let mut camera = camera();
        let dt_s = 1.0 / f32::from(frames_per_second);
        for _ in 0..frames_per_second / 3 {
            let view = camera.to_view(WINDOW, 1.0);
            camera.drag(Vec2::new(600.0 * dt_s, 0.0), &view);
            camera.step(dt_s);
        }
        let moving = camera.velocity_deg_per_s.length();
        for _ in 0..frames_per_second / 7 {
            camera.step(dt_s);
        }
        let stopped = camera.velocity_deg_per_s.length();
        assert!(moving > 20.0 && stopped < 0.01 * moving, "{frames_per_second}: {moving} {stopped}");
    }
}

proptest! {
    #[test]
    fn no_flight_whirls_the_picture_around_and_each_arrives(
        lat1 in -85.0..85.0f64, lng1 in -180.0..180.0f64, lat2 in -90.0..90.0f64, opposite in any::<bool>(),
        lng2 in -180.0..180.0f64,
    ) {
        // Half of the flights would go over a pole.
        let to = at(lat2, if opposite { wrapped(lng1 + 180.0) } else { lng2 });
        let mut camera = OrbitCamera::new(at(lat1, lng1), 3.0);
        camera.spins = false;
        camera.fly_to(to, Some(2.0));
        let mut before = camera.to_view(WINDOW, 1.0);
        while camera.step(1.0 / 60.0) {
            let after = camera.to_view(WINDOW, 1.0);
            prop_assert!(turn_deg(&before, &after) < 6.0, "{} degrees at once", turn_deg(&before, &after));
            before = after;
        }
        let there = at(lat2.clamp(-MAX_LAT_DEG, MAX_LAT_DEG), to.lng_deg()).to_unit();
        prop_assert!(central_angle(camera.pose().0, there) < 1e-9 && camera.pose().1 == 2.0);
    }
}

proptest! {
    #[test]
    fn no_hand_takes_it_over_a_pole_or_out_of_range(
        drags in prop::collection::vec((-900.0f32..900.0, -900.0f32..900.0, -20.0f32..20.0), 1..40),
    ) {
        let mut camera = camera();
        for (x, y, notches) in drags {
            let view = camera.to_view(WINDOW, 1.0);
            camera.drag(Vec2::new(x, y), &view);
            camera.zoom(notches);
            camera.step(0.05);
            prop_assert!(camera.position().lat_deg().abs() <= MAX_LAT_DEG + 1e-9);
            prop_assert!(DISTANCES.contains(&camera.pose().1));
            prop_assert!(camera.to_view(WINDOW, 1.0).right.is_finite());
        }
    }
}

/// The largest speed of the point below the camera until a glide ends, degrees of arc per second, and how long it takes.
fn glide(from: LatLng, to: LatLng, distances: [f64; 2]) -> (f64, f64) {
    let mut camera = OrbitCamera::new(from, distances[0]);
    camera.spins = false;
    camera.glide_to(to, distances[1], 6.0);
    let (mut top, mut seconds) = (0.0_f64, 0.0);
    let mut before = camera.position().to_unit();
    while camera.is_moving_by_itself() {
        camera.step(1.0 / 60.0);
        let now = camera.position().to_unit();
        top = top.max(central_angle(before, now).to_degrees() * 60.0);
        (before, seconds) = (now, seconds + 1.0 / 60.0);
        assert!(seconds < 600.0, "it ends");
    }
    (top, seconds)
}

#[test]
fn a_glide_is_never_faster_than_allowed_and_arrives() {
    let places = [at(52.5, 13.4), at(-33.9, 151.2), at(64.1, -21.9), at(1.3, 103.8), at(37.6, -122.4), at(70.0, 170.0)];
    for from in places {
        for to in places {
            for distances in [[3.85, 2.4], [2.4, 2.4], [1.2, 3.85]] {
                let (top, seconds) = glide(from, to, distances);
                assert!(top <= 6.05, "{top}° a second from {from:?} to {to:?}");
                let far = central_angle(from.to_unit(), to.to_unit()).to_degrees();
                assert!(seconds >= far / 6.0 && seconds <= far.max(20.0), "{seconds} s for {far}°");
            }
        }
    }
}

#[test]
fn a_glide_that_is_ended_stays_where_it_is_and_a_flight_goes_on() {
    let to = LatLng::from_degrees(-30.0, 100.0).unwrap();
    let mut camera = OrbitCamera::new(LatLng::from_degrees(50.0, 10.0).unwrap(), 3.0);
    camera.glide_to(to, 2.0, 6.0);
    for _ in 0..60 {
        camera.step(1.0 / 60.0);
    }
    camera.end_glide();
    let there = camera.pose();
    assert!(!camera.is_moving_by_itself());
    camera.step(1.0 / 60.0);
    assert_eq!(camera.pose(), there);
    camera.fly_to(to, None);
    camera.end_glide();
    assert!(camera.is_moving_by_itself());
}
