//! The camera's way around the globe: what a hand does to it, and what it does by itself.
//!
//! It stands above a point of the earth, north up, and looks at the middle. A drag turns it and lets it run on; the wheel
//! sets the distance that it goes to; a flight takes it along a great circle. Left alone for a while it drifts westward,
//! so that the earth turns as it does. Time comes in steps from outside; nothing here reads a clock.

use super::spaces::CameraView;
use crate::geodesy::{LatLng, central_angle, great_circle};
use bevy::math::{DVec2, DVec3, Vec2};
use std::ops::RangeInclusive;

/// Distances from the earth's centre, earth radii.
const DISTANCES: RangeInclusive<f64> = 1.15..=12.0;
/// Distance of the whole earth, earth radii.
pub const WHOLE_EARTH_RADII: f64 = 3.85;
/// Nearer to a pole than this there is no north to be up.
const MAX_LAT_DEG: f64 = 85.0;
/// Drift of a camera that is left alone, degrees a second, and after how many seconds it begins.
const SPIN_DEG_PER_S: f64 = 1.5;
const SPIN_AFTER_S: f64 = 8.0;
/// What remains of a push after a second is exp(-this).
const FRICTION_PER_S: f64 = 3.5;
/// How quickly the distance follows the wheel, a second.
const ZOOM_PER_S: f64 = 9.0;
/// Factor of the distance for one notch of the wheel.
const NOTCH: f64 = 0.88;
/// Below this, degrees a second, a push has ended.
const STILL_DEG_PER_S: f64 = 0.05;

/// See the module.
#[derive(Clone, Debug)]
pub struct OrbitCamera {
    /// Longitude and latitude, degrees.
    at_deg: DVec2,
    distance: f64,
    wanted_distance: f64,
    velocity_deg_per_s: DVec2,
    /// Turned by the hand since the last step, degrees.
    dragged_deg: DVec2,
    is_held: bool,
    flight: Option<Flight>,
    /// Whether it drifts when it is left alone.
    pub spins: bool,
    alone_s: f64,
    spin_deg_per_s: f64,
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    from: DVec3,
    to: DVec3,
    distances: [f64; 2],
    seconds: f64,
    flown: f64,
}

impl OrbitCamera {
    /// A camera above `position`, `distance` earth radii from the earth's centre, at rest.
    #[must_use]
    pub fn new(position: LatLng, distance: f64) -> Self {
        let at_deg = DVec2::new(position.lng_deg(), position.lat_deg());
        Self {
            at_deg,
            distance,
            wanted_distance: distance,
            velocity_deg_per_s: DVec2::ZERO,
            dragged_deg: DVec2::ZERO,
            is_held: false,
            flight: None,
            spins: true,
            alone_s: 0.0,
            spin_deg_per_s: 0.0,
        }
    }

    /// The unit vector of the point below, and the distance from the centre, earth radii.
    #[must_use]
    pub fn pose(&self) -> (DVec3, f64) {
        (self.position().to_unit(), self.distance)
    }

    /// The point below.
    #[must_use]
    pub fn position(&self) -> LatLng {
        LatLng::from_degrees(self.at_deg.y.clamp(-90.0, 90.0), wrapped(self.at_deg.x)).unwrap_or_default()
    }

    /// The view of a target of this size.
    #[must_use]
    pub fn to_view(&self, viewport_px: Vec2, scale_factor: f32) -> CameraView {
        let (below, distance) = self.pose();
        CameraView::new(below, distance, viewport_px, scale_factor)
    }

    /// Somebody is there: the drift ends.
    pub fn touch(&mut self) {
        self.alone_s = 0.0;
    }

    /// The hand moves by `delta_px`, right and down positive; what lies below the camera follows it.
    pub fn drag(&mut self, delta_px: Vec2, view: &CameraView) {
        self.touch();
        self.flight = None;
        self.is_held = true;
        let deg_per_px = (2.0 * f64::from(view.half_extent().y) / f64::from(view.viewport_px.y.max(1.0))
            * (self.distance - 1.0))
            .to_degrees();
        // Meridians are nearer to each other away from the equator; near a pole the earth must not whirl.
        let squeeze = self.at_deg.y.to_radians().cos().max(0.25);
        let delta = delta_px.as_dvec2() * deg_per_px;
        self.turn(DVec2::new(-delta.x / squeeze, delta.y));
        self.dragged_deg += DVec2::new(-delta.x / squeeze, delta.y);
    }

    /// The hand lets go, and the push runs on.
    pub fn release(&mut self) {
        self.is_held = false;
    }

    /// Zooms by notches of a wheel; positive is nearer.
    pub fn zoom(&mut self, notches: f32) {
        self.touch();
        if let Some(flight) = self.flight.take() {
            self.wanted_distance = flight.distances[1];
        }
        let wanted = self.wanted_distance - 1.0;
        self.wanted_distance =
            (1.0 + wanted * NOTCH.powf(f64::from(notches))).clamp(*DISTANCES.start(), *DISTANCES.end());
    }

    /// Flies to a place along a great circle; with `distance` the camera ends there, else where it is.
    pub fn fly_to(&mut self, position: LatLng, distance: Option<f64>) {
        self.touch();
        let to_distance = distance.unwrap_or(self.wanted_distance).clamp(*DISTANCES.start(), *DISTANCES.end());
        let lat_deg = position.lat_deg().clamp(-MAX_LAT_DEG, MAX_LAT_DEG);
        let to = LatLng::from_degrees(lat_deg, position.lng_deg()).unwrap_or(position).to_unit();
        let from = self.position().to_unit();
        let angle = central_angle(from, to);
        self.velocity_deg_per_s = DVec2::ZERO;
        self.spin_deg_per_s = 0.0;
        self.flight = Some(Flight {
            from,
            to,
            distances: [self.distance, to_distance],
            seconds: (0.6 + 0.45 * angle).min(1.6),
            flown: 0.0,
        });
    }

    /// Goes to where the whole earth is seen.
    pub fn show_whole_earth(&mut self) {
        let position = self.position();
        self.fly_to(position, Some(WHOLE_EARTH_RADII));
    }

    /// Whether a hand or a flight moves it, or did just now.
    #[must_use]
    pub fn is_acting(&self) -> bool {
        self.is_held
            || self.flight.is_some()
            || self.velocity_deg_per_s != DVec2::ZERO
            || self.distance != self.wanted_distance
    }

    /// Goes on by `dt_s`, up to a quarter of a second: after a long sleep it does not jump. Returns whether it moved.
    pub fn step(&mut self, dt_s: f32) -> bool {
        let dt_s = f64::from(dt_s.clamp(0.0, 0.25));
        let before = (self.at_deg, self.distance);
        if let Some(flight) = self.flight {
            self.fly(flight, dt_s);
        } else {
            self.run_on(dt_s);
            self.follow_wheel(dt_s);
            self.drift(dt_s);
        }
        let was_dragged = std::mem::take(&mut self.dragged_deg) != DVec2::ZERO;
        was_dragged || before != (self.at_deg, self.distance)
    }

    fn fly(&mut self, mut flight: Flight, dt_s: f64) {
        flight.flown = (flight.flown + dt_s / flight.seconds).min(1.0);
        let x = flight.flown;
        let eased = x * x * (3.0 - 2.0 * x);
        let [from, to] = flight.distances;
        if x >= 1.0 {
            self.flight = None;
            self.at_deg = degrees(LatLng::from_direction(flight.to));
            self.distance = to;
            self.wanted_distance = to;
            return;
        }
        // A long way is seen from a little farther off.
        let hump =
            1.0 + 0.25 * (central_angle(flight.from, flight.to) / std::f64::consts::PI) * (eased * (1.0 - eased)) * 4.0;
        self.at_deg = degrees(LatLng::from_direction(great_circle(flight.from, flight.to, eased)));
        self.at_deg.y = self.at_deg.y.clamp(-MAX_LAT_DEG, MAX_LAT_DEG);
        self.distance = (from * (to / from).powf(eased) * hump).min(*DISTANCES.end());
        self.flight = Some(flight);
    }

    fn run_on(&mut self, dt_s: f64) {
        if self.is_held {
            if dt_s > 0.0 {
                let now = self.dragged_deg / dt_s;
                self.velocity_deg_per_s = self.velocity_deg_per_s.lerp(now, 0.5).clamp_length_max(360.0);
            }
            return;
        }
        if self.velocity_deg_per_s == DVec2::ZERO {
            return;
        }
        // The integral of the dying push, so that the way does not depend on the length of the steps.
        let left = (-FRICTION_PER_S * dt_s).exp();
        self.turn(self.velocity_deg_per_s * ((1.0 - left) / FRICTION_PER_S));
        self.velocity_deg_per_s *= left;
        if self.velocity_deg_per_s.length() < STILL_DEG_PER_S {
            self.velocity_deg_per_s = DVec2::ZERO;
        }
    }

    fn follow_wheel(&mut self, dt_s: f64) {
        if self.distance == self.wanted_distance {
            return;
        }
        let off = self.wanted_distance - self.distance;
        self.distance += off * (1.0 - (-ZOOM_PER_S * dt_s).exp());
        if (self.wanted_distance - self.distance).abs() < 1e-4 {
            self.distance = self.wanted_distance;
        }
    }

    fn drift(&mut self, dt_s: f64) {
        self.alone_s += dt_s;
        let is_alone = self.spins && !self.is_held && self.alone_s > SPIN_AFTER_S;
        let wanted = if is_alone { SPIN_DEG_PER_S } else { 0.0 };
        let haste = if is_alone { 0.8 } else { 8.0 };
        self.spin_deg_per_s += (wanted - self.spin_deg_per_s) * (1.0 - (-haste * dt_s).exp());
        if !is_alone && self.spin_deg_per_s < 0.01 {
            self.spin_deg_per_s = 0.0;
        }
        if self.spin_deg_per_s > 0.0 {
            self.turn(DVec2::new(-self.spin_deg_per_s * dt_s, 0.0));
        }
    }

    fn turn(&mut self, by_deg: DVec2) {
        self.at_deg.x = wrapped(self.at_deg.x + by_deg.x);
        self.at_deg.y = (self.at_deg.y + by_deg.y).clamp(-MAX_LAT_DEG, MAX_LAT_DEG);
    }
}

fn degrees(position: LatLng) -> DVec2 {
    DVec2::new(position.lng_deg(), position.lat_deg())
}

/// A longitude from −180 to 180 degrees.
fn wrapped(lng_deg: f64) -> f64 {
    (lng_deg + 180.0).rem_euclid(360.0) - 180.0
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert!(camera.step(0.1) && camera.is_acting());
        run(&mut camera, 10.0, 200);
        assert!(camera.position().lng_deg() < before - 1.0);
        assert!(!camera.step(0.1) && !camera.is_acting());
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
}
