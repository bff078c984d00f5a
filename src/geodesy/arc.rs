//! The arc above a great circle: its height and its points.

use super::{
    central_angle,
    great_circle::{great_circle, towards},
};
use glam::DVec3;

/// Radius of both ends of every arc, in globe radii: slightly above the surface.
const FOOT_RADIUS: f64 = 1.001;

/// Height of the apex above the surface, in globe radii, of an arc with central angle `omega` (radians in [0, π]). It
/// grows with the angle: short arcs stay visible, long ones clear the horizon.
#[must_use]
pub fn apex_altitude(omega: f64) -> f64 {
    0.012 + 0.070 * omega + 0.020 * omega * omega
}

/// An arc: unit vectors of its ends in globe space, and a factor on [`apex_altitude`].
#[derive(Clone, Copy, Debug)]
pub struct ArcShape {
    /// Start.
    pub start: DVec3,
    /// End.
    pub end: DVec3,
    /// Usually 1; arcs with equal ends have slightly different factors to keep them distinguishable.
    pub apex_factor: f64,
}

impl ArcShape {
    /// The point at `t` in [0, 1], in globe radii: radius `r(t) = 1.001 + h(ω)·4t(1−t)` along the great circle.
    #[must_use]
    pub fn point(&self, t: f64) -> DVec3 {
        great_circle(self.start, self.end, t) * self.radius(t)
    }

    /// Distance from the globe's centre at `t`.
    #[must_use]
    pub fn radius(&self, t: f64) -> f64 {
        FOOT_RADIUS + apex_altitude(self.omega()) * self.apex_factor * 4.0 * t * (1.0 - t)
    }

    /// Central angle between the ends, radians.
    #[must_use]
    pub fn omega(&self) -> f64 {
        central_angle(self.start, self.end)
    }

    /// Unit vector perpendicular to `start`, towards `end`, in the plane of the arc.
    #[must_use]
    pub fn towards_end(&self) -> DVec3 {
        towards(self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::LatLng;

    fn shape(end_lng_deg: f64) -> ArcShape {
        let at = |lng| LatLng::from_degrees(0.0, lng).expect("valid").to_unit();
        ArcShape { start: at(0.0), end: at(end_lng_deg), apex_factor: 1.0 }
    }

    #[test]
    fn both_feet_stand_on_the_ground_and_the_middle_is_highest() {
        let arc = shape(80.0);
        assert!((arc.point(0.0).length() - FOOT_RADIUS).abs() < 1e-9);
        assert!((arc.point(1.0).length() - FOOT_RADIUS).abs() < 1e-9);
        assert!(arc.radius(0.5) > arc.radius(0.4) && arc.radius(0.5) > arc.radius(0.6));
    }

    #[test]
    fn longer_arcs_rise_higher() {
        let heights: Vec<f64> = [1.0, 10.0, 60.0, 120.0, 179.0].map(|lng| shape(lng).radius(0.5)).into();
        assert!(heights.windows(2).all(|pair| pair[0] < pair[1]), "{heights:?}");
    }

    #[test]
    fn an_arc_to_the_other_side_of_the_world_clears_the_horizon_but_not_the_screen() {
        let top = shape(179.9).radius(0.5);
        assert!((1.4..1.6).contains(&top), "{top}");
    }
}
