//! The camera's way around the globe: what a hand does to it, and what it does by itself.
//!
//! It stands above a point of the earth, north up, and looks at the middle. A drag turns it and lets it run on; the wheel
//! sets the distance that it goes to; a flight takes it along a great circle, or around a pole that lies in the way. Left
//! alone for a while it drifts westward,
//! so that the earth turns as it does. Time comes in steps from outside; nothing here reads a clock.

mod fit;

pub use fit::pose_that_shows;

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
/// A flight by a great circle that comes nearer to a pole than the second of these goes straight on the chart instead;
/// between the two it is a mixture. North stays up, so that a way over the pole would whirl the picture around.
const POLAR_LAT_DEG: [f64; 2] = [50.0, 72.0];
/// The speed of a hand is its mean over about this long, seconds.
const HAND_S: f64 = 0.02;
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
    from_deg: DVec2,
    /// From start to end on the chart, the short way around.
    by_deg: DVec2,
    /// 0 along the great circle, 1 straight on the chart.
    straightness: f64,
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

    /// It moves by a hand alone: the drift ends at once, and does not begin.
    pub fn stop_drift(&mut self) {
        self.touch();
        self.spin_deg_per_s = 0.0;
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

    /// Flies to a place along a great circle, around a pole in its way; with `distance` the camera ends there, else where it is.
    pub fn fly_to(&mut self, position: LatLng, distance: Option<f64>) {
        self.touch();
        let to_distance = distance.unwrap_or(self.wanted_distance).clamp(*DISTANCES.start(), *DISTANCES.end());
        let lat_deg = position.lat_deg().clamp(-MAX_LAT_DEG, MAX_LAT_DEG);
        let to = LatLng::from_degrees(lat_deg, position.lng_deg()).unwrap_or(position).to_unit();
        let from = self.position().to_unit();
        let by_deg = DVec2::new(wrapped(position.lng_deg() - self.at_deg.x), lat_deg - self.at_deg.y);
        let polar = (0..=16)
            .map(|i| LatLng::from_direction(great_circle(from, to, f64::from(i) / 16.0)).lat_deg().abs())
            .fold(0.0, f64::max);
        let straightness = smoothstep(POLAR_LAT_DEG, polar);
        let angle = central_angle(from, to).max(straightness * by_deg.x.abs().to_radians());
        self.velocity_deg_per_s = DVec2::ZERO;
        self.spin_deg_per_s = 0.0;
        self.flight = Some(Flight {
            from,
            to,
            from_deg: self.at_deg,
            by_deg,
            straightness,
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

    /// Whether it shows the whole earth, or is on its way there.
    #[must_use]
    pub fn shows_whole_earth(&self) -> bool {
        let distance = self.flight.map_or(self.wanted_distance, |flight| flight.distances[1]);
        (distance - WHOLE_EARTH_RADII).abs() < 0.05
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
            self.at_deg = flight.from_deg + flight.by_deg;
            self.at_deg.x = wrapped(self.at_deg.x);
            self.distance = to;
            self.wanted_distance = to;
            return;
        }
        // A long way is seen from a little farther off.
        let hump =
            1.0 + 0.25 * (central_angle(flight.from, flight.to) / std::f64::consts::PI) * (eased * (1.0 - eased)) * 4.0;
        let on_circle = degrees(LatLng::from_direction(great_circle(flight.from, flight.to, eased))) - flight.from_deg;
        let on_circle = DVec2::new(wrapped(on_circle.x), on_circle.y);
        self.at_deg = flight.from_deg + on_circle.lerp(flight.by_deg * eased, flight.straightness);
        self.at_deg.x = wrapped(self.at_deg.x);
        self.at_deg.y = self.at_deg.y.clamp(-MAX_LAT_DEG, MAX_LAT_DEG);
        self.distance = (from * (to / from).powf(eased) * hump).min(*DISTANCES.end());
        self.flight = Some(flight);
    }

    fn run_on(&mut self, dt_s: f64) {
        if self.is_held {
            if dt_s > 0.0 {
                let now = self.dragged_deg / dt_s;
                self.velocity_deg_per_s =
                    self.velocity_deg_per_s.lerp(now, 1.0 - (-dt_s / HAND_S).exp()).clamp_length_max(360.0);
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

/// 0 up to the first edge, 1 from the second on, smooth between.
fn smoothstep([low, high]: [f64; 2], x: f64) -> f64 {
    let x = ((x - low) / (high - low)).clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

/// A longitude from −180 to 180 degrees.
fn wrapped(lng_deg: f64) -> f64 {
    (lng_deg + 180.0).rem_euclid(360.0) - 180.0
}

#[cfg(test)]
mod tests;
