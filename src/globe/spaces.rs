//! Coordinate spaces from the globe to a pixel, and the uniform that describes them to the shaders.
//!
//! *Globe space* is world space: the earth is fixed in it with radius 1, +Y is the north pole, +Z is 0°, 0° (see
//! [`crate::geodesy::LatLng::to_unit`]). The camera and the sun move around it. *The plane* is one unit in front of the
//! eye, spanned by the camera's right and up axes. *Pixels* count from the top left of the target.

use super::ends::AroundHome;
use bevy::{
    math::{DVec3, Mat4, Vec2, Vec3, Vec4},
    prelude::Resource,
};
use bytemuck::{Pod, Zeroable};

/// Half the vertical field of view, radians.
const HALF_FOV_Y: f32 = 20.0 * std::f32::consts::PI / 180.0;
/// Outer radius of the atmosphere, in globe radii from the centre. `GLOW_HEIGHT` of `shaders/earth.wgsl` is 1 less.
const GLOW_RADIUS: f32 = 1.30;

/// The camera of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Resource)]
pub struct CameraView {
    /// Eye, globe radii.
    pub eye: Vec3,
    /// Unit vectors to the right, up and forward.
    pub right: Vec3,
    /// See [`CameraView::right`].
    pub up: Vec3,
    /// See [`CameraView::right`]; points at the globe's centre.
    pub forward: Vec3,
    /// Width and height of the target, px.
    pub viewport_px: Vec2,
    /// Physical pixels per logical point.
    pub scale_factor: f32,
    /// Offset of the globe's centre from the middle of the target, right and up positive, in half widths and half
    /// heights: panels take space at the edges.
    pub shift: Vec2,
    /// Widens the field of view by this factor, 1 or more, so that the globe fits between the panels.
    pub spread: f32,
}

impl Default for CameraView {
    fn default() -> Self {
        Self::new(DVec3::Z, 4.2, Vec2::new(1280.0, 720.0), 1.0)
    }
}

impl CameraView {
    /// A camera above `below` (a unit vector in globe space) at `distance_radii` from the centre, north up.
    #[must_use]
    pub fn new(below: DVec3, distance_radii: f64, viewport_px: Vec2, scale_factor: f32) -> Self {
        let eye = (below * distance_radii).as_vec3();
        let forward = (-below).as_vec3();
        let north = if forward.y.abs() > 0.9999 { Vec3::Z } else { Vec3::Y };
        let right = forward.cross(north).normalize();
        Self {
            eye,
            right,
            up: right.cross(forward),
            forward,
            viewport_px,
            scale_factor,
            shift: Vec2::ZERO,
            spread: 1.0,
        }
    }

    /// The same view of a target with `scale` times as many pixels per side.
    #[must_use]
    pub fn scaled(&self, scale: f32) -> Self {
        Self { viewport_px: self.viewport_px * scale, scale_factor: self.scale_factor * scale, ..*self }
    }

    /// Tangents of half the horizontal and half the vertical field of view.
    #[must_use]
    pub fn half_extent(&self) -> Vec2 {
        let y = HALF_FOV_Y.tan() * self.spread;
        // In a tall window, fit the globe to the width.
        let y = y * (self.viewport_px.y / self.viewport_px.x).max(1.0);
        Vec2::new(y * self.viewport_px.x / self.viewport_px.y, y)
    }

    /// Clip space from globe space: perspective, no depth (z is set by each draw).
    #[must_use]
    pub fn clip_from_world(&self) -> Mat4 {
        let half = self.half_extent();
        let row = |axis: Vec3, scale: f32| (axis / scale).extend(-axis.dot(self.eye) / scale);
        let (x, y, w) = (row(self.right, half.x), row(self.up, half.y), row(self.forward, 1.0));
        Mat4::from_cols(x + w * self.shift.x, y + w * self.shift.y, Vec4::ZERO, w).transpose()
    }

    /// Projects a point from globe space to px from the top left; `None` if it is behind the eye.
    #[must_use]
    pub fn project(&self, point: Vec3) -> Option<Vec2> {
        let clip = self.clip_from_world() * point.extend(1.0);
        (clip.w > 1e-4).then(|| {
            let ndc = clip.truncate().truncate() / clip.w;
            (ndc * Vec2::new(0.5, -0.5) + 0.5) * self.viewport_px
        })
    }

    /// Unit direction of the view ray through a pixel.
    #[must_use]
    pub fn ray(&self, pixel: Vec2) -> Vec3 {
        let ndc = (pixel / self.viewport_px - 0.5) * Vec2::new(2.0, -2.0);
        let plane = (ndc - self.shift) * self.half_extent();
        (self.forward + self.right * plane.x + self.up * plane.y).normalize()
    }

    /// The surface point under a pixel, a unit vector; `None` outside the globe.
    #[must_use]
    pub fn surface_point(&self, pixel: Vec2) -> Option<Vec3> {
        let direction = self.ray(pixel);
        let b = self.eye.dot(direction);
        let discriminant = b * b - (self.eye.length_squared() - 1.0);
        (discriminant >= 0.0).then(|| (self.eye - direction * (b + discriminant.sqrt())).normalize())
    }

    /// Whether the globe hides a point. The same test as `behind_limb` in `shaders/view.wgsl`.
    #[must_use]
    pub fn is_hidden(&self, point: Vec3) -> bool {
        let from_eye = point - self.eye;
        let toward_centre = from_eye.dot(-self.eye);
        let horizon = self.eye.length_squared() - 1.0;
        toward_centre >= horizon && toward_centre / from_eye.length() > horizon.sqrt()
    }

    /// Radius of the globe's outline, px.
    #[must_use]
    pub fn globe_radius_px(&self) -> f32 {
        tan_of_sphere(1.0, self.eye.length()) / self.half_extent().y * self.viewport_px.y * 0.5
    }
}

/// Tangent of the angular radius of a sphere of `radius` seen from `distance`; large if the eye is inside it.
fn tan_of_sphere(radius: f32, distance: f32) -> f32 {
    let squared = distance * distance - radius * radius;
    if squared <= 0.01 { 10.0 } else { radius / squared.sqrt() }
}

/// Uniform of all shaders, written once per frame. Mirrors `GlobeView` in `shaders/view.wgsl`, name by name, which a
/// test checks. Flags are 0 or 1. Each vector of three is padded by the value after it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct GlobeUniform {
    /// Clip space from globe space, column-major.
    pub clip_from_world: [[f32; 4]; 4],
    /// Eye, globe radii.
    pub eye: [f32; 3],
    /// |eye|² − 1: the square of the distance to the horizon.
    pub horizon_sq: f32,
    /// Camera's right, a unit vector.
    pub right: [f32; 3],
    /// Tangent of half the horizontal field of view.
    pub tan_half_width: f32,
    /// Camera's up, a unit vector.
    pub up: [f32; 3],
    /// Tangent of half the vertical field of view.
    pub tan_half_height: f32,
    /// Camera's forward, a unit vector.
    pub forward: [f32; 3],
    /// Tangent of the globe's angular radius.
    pub tan_globe: f32,
    /// Unit vector to the sun.
    pub sun: [f32; 3],
    /// Whether day and night are drawn; otherwise everything is lit.
    pub has_night: u32,
    /// Width and height of the scene, px.
    pub size_px: [f32; 2],
    /// Tangent of the angular radius of the outer glow.
    pub tan_glow: f32,
    /// Pixels per point.
    pub px_per_pt: f32,
    /// Arc clock, ms, wrapping.
    pub arc_ms: u32,
    /// Maximum number of segments of an arc.
    pub most_segments: u32,
    /// Maximum distance of the chords of an arc from the curve, 1/64 point.
    pub stray: u32,
    /// Parts of an arc: 3 for a path and a comet each way, 1 for only the comet or, without traffic, the
    /// path, 0 for a path whose brightness shows the traffic.
    pub arc_parts: u32,
    /// Whether the target is HDR.
    pub is_hdr: u32,
    /// Whether parts behind the globe are not drawn at all.
    pub culls_hidden: u32,
    /// Whether an arc is hovered or selected.
    pub is_highlighted: u32,
    /// Tag of the group of that arc; 0 if its owner is unknown.
    pub highlighted_group: u32,
    /// Brightness of paths.
    pub path_light: f32,
    /// Brightness of comets.
    pub comet_light: f32,
    /// Brightness factor of dimmed arcs.
    pub dimmed_light: f32,
    /// Half width of an arc, px.
    pub half_width_px: f32,
    /// Brightness of dots.
    pub dot_light: f32,
    /// Brightness of the outer glow.
    pub air_light: f32,
    /// Whether arcs and dots that do not match the filter are hidden instead of dimmed.
    pub hides_rest: u32,
    /// Alpha per unit of light of an arc, 0 to 1.
    pub cover: f32,
    /// Unit vector of home, or of a point beside the globe if home is unknown.
    pub home: [f32; 3],
    /// Height of home above the ground, globe radii.
    pub home_lift: f32,
    /// Angle of the LAN ring, radians.
    pub ring_angle: f32,
    /// Brightness factor of the arcs around home.
    pub around_light: f32,
    /// Cosine and sine of the angular radius of a loop.
    pub loop_radius: [f32; 2],
}

impl GlobeUniform {
    /// Sets the fields that depend on the camera.
    #[must_use]
    pub fn from_camera(camera: &CameraView) -> Self {
        let distance = camera.eye.length();
        let half = camera.half_extent();
        Self {
            clip_from_world: camera.clip_from_world().to_cols_array_2d(),
            eye: camera.eye.to_array(),
            horizon_sq: distance * distance - 1.0,
            right: camera.right.to_array(),
            tan_half_width: half.x,
            up: camera.up.to_array(),
            tan_half_height: half.y,
            forward: camera.forward.to_array(),
            tan_globe: tan_of_sphere(1.0, distance),
            size_px: camera.viewport_px.to_array(),
            tan_glow: tan_of_sphere(GLOW_RADIUS, distance).min(1.5 * (half.x + half.y)),
            px_per_pt: camera.scale_factor,
            ..Self::zeroed()
        }
        .around_home(&AroundHome::new(camera, None))
    }

    /// Sets the fields about home.
    #[must_use]
    pub fn around_home(self, around: &AroundHome) -> Self {
        let (sin, cos) = around.loop_angle.sin_cos();
        Self {
            home: around.home.to_array(),
            home_lift: around.lift,
            ring_angle: around.ring_angle,
            around_light: 1.0,
            loop_radius: [cos, sin],
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::LatLng;

    fn shifted() -> CameraView {
        CameraView { shift: Vec2::new(0.1, 0.2), spread: 1.3, ..camera() }
    }

    fn camera() -> CameraView {
        let below = LatLng::from_degrees(30.0, -40.0).expect("valid").to_unit();
        CameraView::new(below, 3.5, Vec2::new(1600.0, 900.0), 1.0)
    }

    #[test]
    fn the_point_below_the_camera_is_the_middle_of_the_picture() {
        let below = LatLng::from_degrees(30.0, -40.0).expect("valid").to_unit().as_vec3();
        let pixel = camera().project(below).expect("in front");
        assert!(pixel.distance(Vec2::new(800.0, 450.0)) < 0.01, "{pixel}");
        assert!(camera().surface_point(pixel).expect("on the globe").distance(below) < 1e-4);
    }

    #[test]
    fn a_pixel_and_the_point_under_it_agree() {
        for camera in [camera(), shifted()] {
            for pixel in [Vec2::new(700.0, 300.0), Vec2::new(950.0, 600.0), Vec2::new(801.0, 449.0)] {
                let point = camera.surface_point(pixel).expect("on the globe");
                assert!(camera.project(point).expect("in front").distance(pixel) < 0.05);
                assert!(!camera.is_hidden(point * 1.001));
                assert!(camera.is_hidden(-point));
            }
            assert_eq!(camera.surface_point(Vec2::new(5.0, 5.0)), None);
        }
        let below = camera().project(camera().eye.normalize()).expect("in front");
        let moved = shifted().project(camera().eye.normalize()).expect("in front");
        assert!((moved - below).distance(Vec2::new(80.0, -90.0)) < 0.01);
    }

    #[test]
    fn north_is_up_and_east_is_right() {
        let camera = CameraView::new(DVec3::Z, 4.0, Vec2::new(100.0, 100.0), 1.0);
        let at = |lat, lng| {
            camera.project(LatLng::from_degrees(lat, lng).expect("valid").to_unit().as_vec3()).expect("seen")
        };
        assert!(at(20.0, 0.0).y < at(0.0, 0.0).y);
        assert!(at(0.0, 20.0).x > at(0.0, 0.0).x);
    }

    #[test]
    fn the_outline_has_the_size_it_says() {
        let camera = CameraView::new(DVec3::Z, 4.2, Vec2::new(1280.0, 720.0), 1.0);
        let share = camera.globe_radius_px() / 360.0;
        assert!((0.55..0.75).contains(&share), "{share}");
    }
}
