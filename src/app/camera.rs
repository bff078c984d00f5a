//! The camera around the globe, and its motion in each frame.

use crate::app::{Overlay, overlay::free_area::Fit};
use crate::{
    connections::{Clock, FrameSystems, Phase, Touched},
    geodesy::LatLng,
    globe::{
        GlobeSteps,
        arcs::{ArcInstance, ArcStore, flag, unpack_direction},
        orbit::{OrbitCamera, pose_that_shows},
        spaces::CameraView,
    },
};
use bevy::{
    camera::Camera,
    math::{DVec3, Vec3},
    prelude::*,
};

/// Initial distance, earth radii.
const DISTANCE_RADII: f64 = 3.85;
/// Minimum time that a camera that follows new connections stays at each, ms.
const STAY_MS: u64 = 5_000;

/// Position and motion of the camera.
#[derive(Resource, Debug)]
pub struct GlobeCamera {
    /// The camera.
    pub orbit: OrbitCamera,
    /// Whether it does not move by itself.
    pub is_still: bool,
    /// Whether it moved in this frame.
    pub moves: bool,
    /// Whether it follows new connections.
    pub follows: bool,
    followed_ms: u64,
    at_ms: u64,
    fit: Fit,
    /// Offset of the whole picture, px, right and down positive.
    pub(super) offset_px: Vec2,
}

impl Default for GlobeCamera {
    fn default() -> Self {
        Self::moving(OrbitCamera::new(LatLng::from_degrees(25.0, 0.0).unwrap_or_default(), DISTANCE_RADII))
    }
}

impl GlobeCamera {
    /// A camera with motion over time.
    #[must_use]
    pub fn moving(orbit: OrbitCamera) -> Self {
        Self {
            orbit,
            is_still: false,
            moves: false,
            follows: false,
            followed_ms: 0,
            at_ms: 0,
            fit: Fit::default(),
            offset_px: Vec2::ZERO,
        }
    }

    /// A camera without motion.
    #[must_use]
    pub fn still(orbit: OrbitCamera) -> Self {
        Self { is_still: true, ..Self::moving(orbit) }
    }

    /// Moves until these arcs are completely visible; without arcs it stays.
    pub fn show<'a>(&mut self, arcs: impl Iterator<Item = &'a ArcInstance>) {
        let places: Vec<DVec3> = arcs.flat_map(ends).map(Vec3::as_dvec3).collect();
        if let Some((position, distance)) = pose_that_shows(&places) {
            self.orbit.fly_to(position, Some(distance));
        }
    }

    /// Position and distance of a camera without a home: above the terminator.
    #[must_use]
    pub fn over_the_dusk(sun: LatLng) -> (LatLng, f64) {
        let lng_deg = (sun.lng_deg() + 55.0 + 540.0).rem_euclid(360.0) - 180.0;
        (LatLng::from_degrees(20.0, lng_deg).unwrap_or(sun), DISTANCE_RADII)
    }

    /// Position and distance of a camera above a point, a little north or south of it towards the equator, at the usual distance.
    #[must_use]
    pub fn above(position: LatLng) -> (LatLng, f64) {
        let lat_deg = (position.lat_deg() * 0.8).clamp(-50.0, 50.0);
        (LatLng::from_degrees(lat_deg, position.lng_deg()).unwrap_or(position), DISTANCE_RADII)
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<GlobeCamera>().add_systems(
        Update,
        (follow_what_opens, move_camera)
            .chain()
            .in_set(FrameSystems::Draw)
            .after(GlobeSteps::Arcs)
            .before(GlobeSteps::InView),
    );
}

/// The ends of an arc that have a location: only one if the arc starts at the ring for an unknown home, or ends near
/// its start.
fn ends(arc: &ArcInstance) -> impl Iterator<Item = Vec3> {
    let start = (arc.flags() & flag::NO_HOME == 0).then_some(arc.start);
    let end = (arc.flags() & (flag::LAN | flag::LOOP) == 0).then_some(arc.end);
    start.into_iter().chain(end).map(unpack_direction)
}

/// Moves to a new connection if it follows them, with a minimum time at each.
pub(in crate::app) fn follow_what_opens(
    clock: Res<'_, Clock>,
    (touched, phases, arcs): (Res<'_, Touched>, Query<'_, '_, &Phase>, Res<'_, ArcStore>),
    mut camera: ResMut<'_, GlobeCamera>,
) {
    let is_due = camera.follows && clock.frame_ms >= camera.followed_ms + STAY_MS;
    if !is_due || touched.written.is_empty() || camera.orbit.is_moving_by_itself() {
        return;
    }
    let opening = touched.written.iter().rev().find_map(|&entity| {
        let is_opening = phases.get(entity).is_ok_and(|phase| matches!(phase, Phase::Opening { .. }));
        let is_lit = arcs.slot(entity).is_some_and(|slot| arcs.is_lit(slot));
        arcs.get(entity).filter(|_| is_opening && is_lit)
    });
    if let Some(arc) = opening {
        camera.followed_ms = clock.frame_ms;
        camera.show(std::iter::once(arc));
    }
}

pub(super) fn move_camera(
    clock: Res<'_, Clock>,
    cameras: Query<'_, '_, &Camera>,
    overlay: Res<'_, Overlay>,
    mut camera: ResMut<'_, GlobeCamera>,
    mut view: ResMut<'_, CameraView>,
) {
    let dt_s = (clock.frame_ms.saturating_sub(camera.at_ms)) as f32 / 1_000.0;
    camera.at_ms = clock.frame_ms;
    if clock.is_held {
        camera.orbit.stop_drift();
    }
    camera.moves = !camera.is_still && camera.orbit.step(dt_s.min(0.25));
    let Ok(target) = cameras.single() else { return };
    let (Some(size), Some(scale)) = (target.physical_target_size(), target.target_scaling_factor()) else { return };
    if size.x == 0 || size.y == 0 {
        return;
    }
    let wanted = overlay.fit;
    if camera.is_still || wanted.is_near(&camera.fit) {
        camera.fit = wanted;
    } else {
        camera.fit = camera.fit.toward(&wanted, 1.0 - (-dt_s * 5.0).exp());
        camera.moves = true;
    }
    let Fit { shift, spread } = camera.fit;
    let shift = shift + camera.offset_px * Vec2::new(2.0, -2.0) / size.as_vec2();
    let now = CameraView { shift, spread, ..camera.orbit.to_view(size.as_vec2(), scale) };
    if *view != now {
        *view = now;
    }
}
