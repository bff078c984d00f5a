//! The camera that goes around the globe: what moves it, frame by frame.

use super::Overlay;
use crate::{
    connections::{Clock, FrameSystems},
    geodesy::LatLng,
    globe::{orbit::OrbitCamera, spaces::CameraView},
};
use bevy::{camera::Camera, prelude::*};

/// Distance at the start, earth radii.
const DISTANCE_RADII: f64 = 3.85;

/// Where the camera is and how it moves.
#[derive(Resource, Debug)]
pub struct GlobeCamera {
    /// The camera.
    pub orbit: OrbitCamera,
    /// Whether time moves it.
    pub is_still: bool,
    /// Whether it moved in this frame.
    pub moves: bool,
    at_ms: u64,
    shift_x: f32,
}

impl Default for GlobeCamera {
    fn default() -> Self {
        Self::moving(OrbitCamera::new(LatLng::from_degrees(25.0, 0.0).unwrap_or_default(), DISTANCE_RADII))
    }
}

impl GlobeCamera {
    /// A camera that goes on by itself.
    #[must_use]
    pub fn moving(orbit: OrbitCamera) -> Self {
        Self { orbit, is_still: false, moves: false, at_ms: 0, shift_x: 0.0 }
    }

    /// A camera that stays where it is.
    #[must_use]
    pub fn still(orbit: OrbitCamera) -> Self {
        Self { orbit, is_still: true, moves: false, at_ms: 0, shift_x: 0.0 }
    }

    /// Position and distance of a camera above a point, a little north or south of it towards the equator, at the usual distance.
    #[must_use]
    pub fn above(position: LatLng) -> (LatLng, f64) {
        let lat_deg = (position.lat_deg() * 0.8).clamp(-50.0, 50.0);
        (LatLng::from_degrees(lat_deg, position.lng_deg()).unwrap_or(position), DISTANCE_RADII)
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<GlobeCamera>()
        .add_systems(Update, move_camera.in_set(FrameSystems::Draw).before(crate::globe::build_frame));
}

fn move_camera(
    clock: Res<'_, Clock>,
    cameras: Query<'_, '_, &Camera>,
    overlay: Res<'_, Overlay>,
    mut camera: ResMut<'_, GlobeCamera>,
    mut view: ResMut<'_, CameraView>,
) {
    let dt_s = (clock.running_ms.saturating_sub(camera.at_ms)) as f32 / 1_000.0;
    camera.at_ms = clock.running_ms;
    camera.moves = !camera.is_still && camera.orbit.step(dt_s.min(0.25));
    let Ok(target) = cameras.single() else { return };
    let (Some(size), Some(scale)) = (target.physical_target_size(), target.target_scaling_factor()) else { return };
    if size.x == 0 || size.y == 0 {
        return;
    }
    let wanted = overlay.free_middle(size.x as f32 / scale);
    let off = wanted - camera.shift_x;
    if camera.is_still || off.abs() < 0.002 {
        camera.shift_x = wanted;
    } else {
        camera.shift_x += off * (1.0 - (-dt_s * 5.0).exp());
        camera.moves = true;
    }
    let now = CameraView { shift_x: camera.shift_x, ..camera.orbit.to_view(size.as_vec2(), scale) };
    if *view != now {
        *view = now;
    }
}
