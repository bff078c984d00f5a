//! Circles on the sphere: accuracy radii of locations, the LAN ring around home, the ring of the shell.
//!
//! Accuracy circles are drawn around the hovered and the selected location, and around locations whose circle is large
//! enough at the current zoom. The list is rebuilt when one of these changes, and only differences are uploaded. From
//! far away, no accuracy circle of the second kind is drawn.

use super::{
    arcs::{ArcStore, pack_color, pack_direction},
    dots::{AccuracyCircle, DotStore, PlaceMark},
    ends::SHELL_ANGLE,
    instances::PagedInstances,
    spaces::CameraView,
};
use crate::{
    connections::Located,
    geo::{assumed_radius_km, country_area},
    geodesy::EARTH_RADIUS_KM,
    view::{GroupColors, Selection},
};
use bevy::{math::Vec3, prelude::*};
use bytemuck::{Pod, Zeroable};
use std::f32::consts::PI;

/// Segments of a circle; `CORNERS` of the shader.
pub const RING_CORNERS: u32 = 64;
/// Vertices of a circle, a triangle strip.
pub(super) const RING_STRIP: u32 = (RING_CORNERS + 1) * 2;
/// Smaller circles are not drawn, points; `UNSEEN_PT` of the shader.
pub const UNSEEN_PT: f32 = 6.0;
/// Maximum number of circles that appear with the zoom: those with most ends.
const MOST: usize = 64;
/// The list is rebuilt when the zoom changes by this fraction.
const ZOOM_STEP: f32 = 0.06;

/// Brightness of the LAN ring and the shell's ring.
const SPOT_ALPHA: u8 = 130;

/// Kinds of circles; the constants of `shaders/rings.wgsl`.
pub mod ring {
    /// Accuracy of a location.
    pub const ACCURACY: u32 = 1;
    /// The ring of LAN peers.
    pub const LAN: u32 = 2;
    /// The ring of public peers without a location.
    pub const SHELL: u32 = 3;
}

/// A circle on the GPU. Mirrors `Ring` in `shaders/rings.wgsl`: four `u32`, read as one `vec4<u32>`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct RingInstance {
    /// Octahedral snorm16×2 unit vector of the centre; unused for the LAN ring, which is centred on the view's home.
    pub direction: u32,
    /// sRGB rgba8; alpha is brightness.
    pub color: u32,
    /// Bits 0–15 radius as an angle in 1/65535 of half a turn, 16–23 kind, see [`ring`].
    pub radius_and_kind: u32,
    /// 1 for a hovered or selected location, otherwise 0.
    pub is_highlighted: u32,
}

/// All circles.
#[derive(Resource, Debug, Default)]
pub struct RingStore {
    instances: PagedInstances<RingInstance>,
    zoom: i32,
}

impl RingStore {
    /// Number of circles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.instances.as_slice().len()
    }

    /// Whether there is no circle.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn instances_mut(&mut self) -> &mut PagedInstances<RingInstance> {
        &mut self.instances
    }
}

fn angle_bits(radians: f32) -> u32 {
    (radians / PI * 65_535.0).round().clamp(0.0, 65_535.0) as u32
}

fn accuracy_ring(direction: u32, radius_km: f32, color: [u8; 3], alpha: u8, is_highlighted: bool) -> RingInstance {
    let angle = (radius_km / EARTH_RADIUS_KM as f32).min(PI);
    RingInstance {
        direction,
        color: pack_color(color, alpha),
        radius_and_kind: angle_bits(angle) | ring::ACCURACY << 16,
        is_highlighted: u32::from(is_highlighted),
    }
}

/// Points per kilometre on the ground below the camera, which is the maximum.
fn points_per_km(view: &CameraView) -> f32 {
    let above = (view.eye.length() - 1.0).max(0.05);
    let per_radian = 0.5 * view.viewport_px.y / view.half_extent().y / above / view.scale_factor.max(0.1);
    per_radian / EARTH_RADIUS_KM as f32
}

/// The visible ones of `accuracy_circles`, those with most matching ends first, at most [`MOST`].
fn visible(accuracy_circles: impl Iterator<Item = AccuracyCircle>, points_per_km: f32) -> Vec<AccuracyCircle> {
    let mut seen: Vec<_> = accuracy_circles.filter(|it| it.radius_km * points_per_km >= UNSEEN_PT).collect();
    seen.sort_unstable_by_key(|it| (std::cmp::Reverse(it.matching), it.direction));
    seen.truncate(MOST);
    seen
}

pub(super) fn write_rings(
    view: Res<'_, CameraView>,
    (arcs, dots): (Res<'_, ArcStore>, Res<'_, DotStore>),
    selection: Res<'_, Selection>,
    colors: GroupColors<'_>,
    places: Query<'_, '_, &Located>,
    mut rings: ResMut<'_, RingStore>,
) {
    let points_per_km = points_per_km(&view);
    let zoom = (points_per_km.ln() / ZOOM_STEP).floor() as i32;
    if !arcs.is_changed() && !dots.is_changed() && !selection.is_changed() && rings.zoom == zoom {
        return;
    }
    rings.zoom = zoom;
    let mut list = Vec::new();
    let counts = arcs.counts();
    let color = pack_color(colors.palette.no_place, SPOT_ALPHA);
    if counts.lan > 0 {
        let radius_and_kind = ring::LAN << 16;
        list.push(RingInstance { color, radius_and_kind, ..RingInstance::default() });
    }
    if counts.shell > 0 {
        let radius_and_kind = angle_bits(SHELL_ANGLE) | ring::SHELL << 16;
        list.push(RingInstance { direction: pack_direction(Vec3::Y), color, radius_and_kind, is_highlighted: 0 });
    }
    let mut highlighted_group = Vec::new();
    for entity in [selection.selected, selection.hovered].into_iter().flatten() {
        let Ok(located) = places.get(entity) else { continue };
        let Ok(place) = &located.0.place else { continue };
        let mark = PlaceMark::of(place, None);
        // A country is shown by its area; anycast has no circle.
        let has_area = || place.country_iso.and_then(country_area).is_some();
        if mark == PlaceMark::Anycast || (mark == PlaceMark::Country && has_area()) {
            continue;
        }
        let direction = pack_direction(place.position.to_unit().as_vec3());
        if !highlighted_group.contains(&direction) {
            let color = colors.far(entity);
            list.push(accuracy_ring(direction, assumed_radius_km(place), color, 255, true));
            highlighted_group.push(direction);
        }
    }
    for it in visible(dots.accuracy_circles(), points_per_km) {
        if !highlighted_group.contains(&it.direction) {
            let alpha = if it.matching > 0 { 255 } else { 60 };
            list.push(accuracy_ring(it.direction, it.radius_km, it.color, alpha, false));
        }
    }
    if rings.instances.as_slice() != list {
        rings.instances.set_all(&list);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::math::{DVec3, Vec2};

    fn vicinity(direction: u32, radius_km: f32, matching: u32) -> AccuracyCircle {
        AccuracyCircle { direction, radius_km, color: [1, 2, 3], matching }
    }

    #[test]
    fn only_circles_that_can_be_seen_are_there_and_the_busiest_of_them() {
        let many = || (0..200).map(|i| vicinity(i, 50.0, i)).chain([vicinity(900, 534.0, 1)]);
        let at = |distance| points_per_km(&CameraView::new(DVec3::Z, distance, Vec2::new(1280.0, 720.0), 1.0));
        let far: Vec<_> = visible(many(), at(3.85)).iter().map(|it| it.direction).collect();
        assert_eq!(far, [900], "50 km are two points from afar");
        let near = visible(many(), at(1.3));
        assert_eq!((near.len(), near[0].direction), (MOST, 199));
    }

    #[test]
    fn a_circle_has_the_radius_it_says() {
        let ring = accuracy_ring(7, 1_000.0, [9, 9, 9], 255, true);
        let angle = f64::from(ring.radius_and_kind & 0xffff) / 65_535.0 * std::f64::consts::PI;
        assert!((angle * EARTH_RADIUS_KM - 1_000.0).abs() < 0.2, "{angle}");
        assert_eq!(ring.radius_and_kind >> 16, ring::ACCURACY);
    }
}
