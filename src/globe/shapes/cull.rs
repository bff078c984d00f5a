//! Culls parts of the surface that the camera does not see.

use super::Cap;
use crate::globe::spaces::CameraView;
use bevy::math::Vec3;

/// The part of a sphere that a camera sees.
pub(super) struct Seen {
    eye: Vec3,
    /// Direction to the eye, and the angle from there to the horizon, radians.
    up: Vec3,
    horizon: f32,
    /// Inward normals of the four side planes of the view frustum, through the eye.
    sides: [Vec3; 4],
}

impl Seen {
    pub(super) fn new(view: &CameraView) -> Self {
        let half = view.half_extent();
        let distance = view.eye.length();
        let [right, up, forward] = [view.right / half.x, view.up / half.y, view.forward];
        let sides = [
            right + forward * (1.0 + view.shift.x),
            -right + forward * (1.0 - view.shift.x),
            up + forward * (1.0 + view.shift.y),
            -up + forward * (1.0 - view.shift.y),
        ];
        Self {
            eye: view.eye,
            up: view.eye / distance,
            horizon: (1.0 / distance).acos(),
            sides: sides.map(Vec3::normalize),
        }
    }

    /// Whether any part of the cap may be visible.
    pub(super) fn is_in_view(&self, cap: &Cap) -> bool {
        let reach = self.horizon + cap.angle;
        let is_this_side = reach > std::f32::consts::PI || self.up.dot(cap.middle) > reach.cos();
        let radius = 2.0 * (0.5 * cap.angle).sin();
        is_this_side && self.sides.iter().all(|side| side.dot(cap.middle - self.eye) > -radius)
    }
}
