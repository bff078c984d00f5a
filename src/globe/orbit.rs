//! The orbit camera: user input, flights and idle drift.
//!
//! The camera is above a point of the earth, north up, and looks at the centre. Dragging turns it, with momentum after
//! release; the mouse wheel sets a target distance; a flight follows a great circle, or goes around a pole in its way.
//! After some time without input, the camera drifts westward, so that the earth appears to rotate. Time is passed in
//! steps; nothing here reads a clock.

mod fit;

pub use fit::pose_that_shows;

use super::spaces::CameraView;
use crate::geodesy::{LatLng, central_angle, great_circle};
use bevy::math::{DVec2, DVec3, Vec2};
use std::ops::RangeInclusive;

/// Range of distances from the earth's centre, earth radii.
const DISTANCES: RangeInclusive<f64> = 1.15..=12.0;
/// Distance from which the whole earth is visible, earth radii.
pub const WHOLE_EARTH_RADII: f64 = 3.85;
/// Maximum latitude: at the poles, north up is undefined.
const MAX_LAT_DEG: f64 = 85.0;
/// Speed of the drift of an idle camera, degrees per second; the next constant is the delay before it starts, seconds.
const SPIN_DEG_PER_S: f64 = 1.5;
const SPIN_AFTER_S: f64 = 8.0;
/// A great-circle flight that passes closer to a pole than the second latitude is replaced by a straight line in longitude
/// and latitude; between the two they are blended. With north up, a flight over a pole would spin the picture.
const POLAR_LAT_DEG: [f64; 2] = [50.0, 72.0];
/// Time constant of the drag velocity average, seconds.
const DRAG_AVERAGE_S: f64 = 0.02;
/// Momentum decays by exp(-this) per second.
const FRICTION_PER_S: f64 = 3.5;
/// Rate at which the distance approaches the target, per second.
const ZOOM_PER_S: f64 = 9.0;
/// Distance factor per wheel notch.
const NOTCH: f64 = 0.88;
/// Momentum below this stops, degrees per second.
const STILL_DEG_PER_S: f64 = 0.05;

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct OrbitCamera {
    /// Longitude and latitude, degrees.
    at_deg: DVec2,
    distance: f64,
    wanted_distance: f64,
    velocity_deg_per_s: DVec2,
    /// Dragged since the last step, degrees.
    dragged_deg: DVec2,
    is_held: bool,
    flight: Option<Flight>,
    /// Whether it drifts when idle.
    pub spins: bool,
    alone_s: f64,
    spin_deg_per_s: f64,
    /// Speed of the drift, degrees per second.
    full_spin_deg_per_s: f64,
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    from: DVec3,
    to: DVec3,
    from_deg: DVec2,
    /// Longitude and latitude to go, the short way around.
    by_deg: DVec2,
    /// 0 follows the great circle, 1 is straight in longitude and latitude.
    straightness: f64,
    distances: [f64; 2],
    seconds: f64,
    flown: f64,
    /// Whether it is slow, and ends when it is interrupted.
    is_glide: bool,
}

/// Steps in which the speed of a flight is measured.
const SPEED_STEPS: u32 = 400;

impl Flight {
    /// Longitude and latitude in degrees, and distance, after this part of its time.
    fn at(&self, flown: f64) -> (DVec2, f64) {
        let eased = flown * flown * (3.0 - 2.0 * flown);
        let [from, to] = self.distances;
        // Rise a little during long flights.
        let hump =
            1.0 + 0.25 * (central_angle(self.from, self.to) / std::f64::consts::PI) * (eased * (1.0 - eased)) * 4.0;
        let on_circle = degrees(LatLng::from_direction(great_circle(self.from, self.to, eased))) - self.from_deg;
        let on_circle = DVec2::new(wrapped(on_circle.x), on_circle.y);
        let at_deg = self.from_deg + on_circle.lerp(self.by_deg * eased, self.straightness);
        let at_deg = DVec2::new(wrapped(at_deg.x), at_deg.y.clamp(-MAX_LAT_DEG, MAX_LAT_DEG));
        (at_deg, (from * (to / from).powf(eased) * hump).min(*DISTANCES.end()))
    }

    /// The largest speed in degrees of arc per flight time.
    fn top_speed_deg(&self) -> f64 {
        let point = |step: u32| {
            let (at_deg, _) = self.at(f64::from(step) / f64::from(SPEED_STEPS));
            LatLng::from_degrees(at_deg.y, at_deg.x).unwrap_or_default().to_unit()
        };
        let steps = (0..SPEED_STEPS).map(|step| central_angle(point(step), point(step + 1)));
        steps.fold(0.0, f64::max).to_degrees() * f64::from(SPEED_STEPS)
    }
}

impl OrbitCamera {
    /// A camera at rest above `position`, `distance` earth radii from the earth's centre.
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
            full_spin_deg_per_s: SPIN_DEG_PER_S,
        }
    }

    /// Unit vector of the point below the camera, and distance from the earth's centre in earth radii.
    #[must_use]
    pub fn pose(&self) -> (DVec3, f64) {
        (self.position().to_unit(), self.distance)
    }

    /// The point below the camera.
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

    /// Starts drifting at this speed without delay, degrees per second; positive is westward, so that the earth turns
    /// eastward.
    pub fn spin_at_once(&mut self, deg_per_s: f64) {
        (self.full_spin_deg_per_s, self.spin_deg_per_s) = (deg_per_s, deg_per_s);
        self.alone_s = SPIN_AFTER_S + 1.0;
    }

    /// Registers user activity, which ends the drift.
    pub fn touch(&mut self) {
        self.alone_s = 0.0;
    }

    /// Stops the drift immediately, and restarts the idle time.
    pub fn stop_drift(&mut self) {
        self.touch();
        self.spin_deg_per_s = 0.0;
    }

    /// Drags by `delta_px`, right and down positive; the ground follows the pointer.
    pub fn drag(&mut self, delta_px: Vec2, view: &CameraView) {
        self.touch();
        self.flight = None;
        self.is_held = true;
        let deg_per_px = (2.0 * f64::from(view.half_extent().y) / f64::from(view.viewport_px.y.max(1.0))
            * (self.distance - 1.0))
            .to_degrees();
        // Meridians converge away from the equator; limit the rotation near a pole.
        let squeeze = self.at_deg.y.to_radians().cos().max(0.25);
        let delta = delta_px.as_dvec2() * deg_per_px;
        self.turn(DVec2::new(-delta.x / squeeze, delta.y));
        self.dragged_deg += DVec2::new(-delta.x / squeeze, delta.y);
    }

    /// Ends a drag; the camera keeps its momentum.
    pub fn release(&mut self) {
        self.is_held = false;
    }

    /// Zooms by wheel notches; positive is closer.
    pub fn zoom(&mut self, notches: f32) {
        self.touch();
        if let Some(flight) = self.flight.take() {
            self.wanted_distance = flight.distances[1];
        }
        let wanted = self.wanted_distance - 1.0;
        self.wanted_distance =
            (1.0 + wanted * NOTCH.powf(f64::from(notches))).clamp(*DISTANCES.start(), *DISTANCES.end());
    }

    /// Is above `position` at once.
    pub fn jump_to(&mut self, position: LatLng, distance: f64) {
        *self =
            Self { spins: self.spins, full_spin_deg_per_s: self.full_spin_deg_per_s, ..Self::new(position, distance) };
    }

    /// Flies along a great circle, avoiding the poles. Ends at `distance` if given, otherwise at the current one.
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
            is_glide: false,
        });
    }

    /// The same, but never faster than `max_deg_per_s`, the speed of the point below the camera in degrees of arc per
    /// second.
    pub fn glide_to(&mut self, position: LatLng, distance: f64, max_deg_per_s: f64) {
        self.fly_to(position, Some(distance));
        if let Some(flight) = &mut self.flight {
            flight.is_glide = true;
            flight.seconds = flight.top_speed_deg() / max_deg_per_s.max(0.01);
            // Distances change slowly, too: by a factor of two in four seconds at most.
            let [from, to] = flight.distances;
            flight.seconds = flight.seconds.max(4.0 * 1.5 * (to / from).log2().abs()).max(1.0);
        }
    }

    /// Ends a glide where the camera is; other flights go on.
    pub fn end_glide(&mut self) {
        if self.flight.is_some_and(|flight| flight.is_glide) {
            self.flight = None;
            self.wanted_distance = self.distance;
        }
    }

    /// Flies to a distance that shows the whole earth.
    pub fn show_whole_earth(&mut self) {
        let position = self.position();
        self.fly_to(position, Some(WHOLE_EARTH_RADII));
    }

    /// Whether it shows the whole earth, or is about to.
    #[must_use]
    pub fn shows_whole_earth(&self) -> bool {
        let distance = self.flight.map_or(self.wanted_distance, |flight| flight.distances[1]);
        (distance - WHOLE_EARTH_RADII).abs() < 0.05
    }

    /// Whether input, momentum or a flight moves it.
    #[must_use]
    pub fn is_moving_by_itself(&self) -> bool {
        self.is_held
            || self.flight.is_some()
            || self.velocity_deg_per_s != DVec2::ZERO
            || self.distance != self.wanted_distance
    }

    /// Advances by `dt_s`, limited to 0.25 s to avoid a jump after suspend. Returns whether the camera moved.
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
        if flight.flown >= 1.0 {
            self.flight = None;
            self.at_deg = flight.from_deg + flight.by_deg;
            self.at_deg.x = wrapped(self.at_deg.x);
            self.distance = flight.distances[1];
            self.wanted_distance = self.distance;
            return;
        }
        (self.at_deg, self.distance) = flight.at(flight.flown);
        self.flight = Some(flight);
    }

    fn run_on(&mut self, dt_s: f64) {
        if self.is_held {
            if dt_s > 0.0 {
                let now = self.dragged_deg / dt_s;
                self.velocity_deg_per_s =
                    self.velocity_deg_per_s.lerp(now, 1.0 - (-dt_s / DRAG_AVERAGE_S).exp()).clamp_length_max(360.0);
            }
            return;
        }
        if self.velocity_deg_per_s == DVec2::ZERO {
            return;
        }
        // Integrate the decaying momentum exactly, so that the result does not depend on the step length.
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
        let wanted = if is_alone { self.full_spin_deg_per_s } else { 0.0 };
        let haste = if is_alone { 0.8 } else { 8.0 };
        self.spin_deg_per_s += (wanted - self.spin_deg_per_s) * (1.0 - (-haste * dt_s).exp());
        if !is_alone && self.spin_deg_per_s.abs() < 0.01 {
            self.spin_deg_per_s = 0.0;
        }
        if self.spin_deg_per_s != 0.0 {
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

/// 0 up to the first edge, 1 from the second, smooth in between.
fn smoothstep([low, high]: [f64; 2], x: f64) -> f64 {
    let x = ((x - low) / (high - low)).clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

/// Wraps a longitude to −180 to 180 degrees.
fn wrapped(lng_deg: f64) -> f64 {
    (lng_deg + 180.0).rem_euclid(360.0) - 180.0
}

#[cfg(test)]
mod tests;
