//! The far end of a connection on the globe: its location or, without one, one of three spots that cannot be mistaken for
//! geography.
//!
//! LAN peers are on a ring around home, connections within this machine are loops at home, and public peers without a
//! location are on a shell above the north pole. Ring and loops have a constant size on screen. They are stored as angles
//! that the camera determines, so arcs need no rewrite when it moves. Unroutable addresses appear only in the table.

use super::spaces::CameraView;
use crate::{
    geodesy::LatLng,
    model::{Connection, ConnectionKey, Location, PeerClass},
};
use bevy::math::Vec3;
use std::{
    f32::consts::TAU,
    hash::{BuildHasher, Hash, Hasher},
};

/// Radius of the LAN ring, points.
pub const LAN_RING_PT: f32 = 27.0;
/// Radius of a loop at home, points.
pub const LOOP_PT: f32 = 8.0;
/// Upper limit of these angles, radians, when home is near the limb or the camera.
const MAX_ANGLE: f32 = 0.3;
/// Height of the shell above the pole, globe radii; `SHELL_ALTITUDE` of the shaders.
pub const SHELL_ALTITUDE: f32 = 0.15;
/// Angle between the pole and the points on the shell, radians.
pub const SHELL_ANGLE: f32 = 0.14;
/// If home is unknown, arcs start beside the globe: this far outside its outline, points.
const BESIDE_PT: f32 = LAN_RING_PT + 13.0;
/// Angle between the eye and that start, seen from the centre of the earth, radians. With a larger angle the ring would
/// be seen edge-on.
const BESIDE_ANGLE: f32 = 0.44;

/// The far end of an arc.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ArcEnd {
    /// At a geographic location.
    Place(LatLng),
    /// On the ring around home, in the direction of this unit vector.
    Lan(Vec3),
    /// Back at home, after a loop in the direction of this unit vector.
    Loop(Vec3),
    /// On the shell above the pole, above this unit vector.
    Shell(Vec3),
}

impl From<LatLng> for ArcEnd {
    fn from(place: LatLng) -> Self {
        Self::Place(place)
    }
}

impl ArcEnd {
    /// The far end of a connection; `None` for listening sockets and for unroutable addresses.
    #[must_use]
    pub fn of(connection: &Connection, location: &Location) -> Option<Self> {
        if connection.is_listener() {
            return None;
        }
        if let Ok(place) = &location.place {
            return Some(Self::Place(place.position));
        }
        // A peer always has the same direction; each loop has its own.
        match connection.scope().into() {
            PeerClass::Lan => Some(Self::Lan(any_direction(connection.subject_ip()))),
            PeerClass::ThisMachine => Some(Self::Loop(any_direction(Lasting(&connection.key)))),
            PeerClass::Public => Some(Self::Shell(on_shell(connection.subject_ip()))),
            PeerClass::Elsewhere => None,
        }
    }

    /// Its unit vector.
    #[must_use]
    pub fn direction(self) -> Vec3 {
        match self {
            Self::Place(place) => place.to_unit().as_vec3(),
            Self::Lan(direction) | Self::Loop(direction) | Self::Shell(direction) => direction,
        }
    }

    /// Whether it is a geographic location.
    #[must_use]
    pub fn is_place(self) -> bool {
        matches!(self, Self::Place(_))
    }
}

/// A key whose hash is independent of its representation and stays the same across runs and versions, so that the
/// picture of a recording does not change.
pub(super) struct Lasting<'a>(pub(super) &'a ConnectionKey);

impl Hash for Lasting<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let ConnectionKey { host, protocol, local, remote, identity } = self.0;
        (protocol, local, remote, identity).hash(state);
        if !host.is_this() {
            host.hash(state);
        }
    }
}

/// Two numbers in [0, 1) that depend only on the value, also across runs.
fn shares(thing: impl Hash) -> [f32; 2] {
    let bits = bevy::platform::hash::FixedHasher.hash_one(thing);
    // The high bits of the product are mixed best.
    let mixed = bits.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    [(mixed >> 40) as f32 / (1 << 24) as f32, (mixed >> 16 & 0xff_ffff) as f32 / (1 << 24) as f32]
}

/// A uniformly distributed unit vector, so that every direction from any home is equally likely.
fn any_direction(thing: impl Hash) -> Vec3 {
    let [height, turn] = shares(thing);
    let y = 2.0 * height - 1.0;
    let around = (1.0 - y * y).max(0.0).sqrt();
    let (sin, cos) = (turn * TAU).sin_cos();
    Vec3::new(around * sin, y, around * cos)
}

/// A point of the shell's ring above the north pole.
fn on_shell(thing: impl Hash) -> Vec3 {
    let (sin, cos) = (shares(thing)[0] * TAU).sin_cos();
    Vec3::new(SHELL_ANGLE.sin() * sin, SHELL_ANGLE.cos(), SHELL_ANGLE.sin() * cos)
}

/// Position and sizes of the ring and loops around home, for one view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AroundHome {
    /// Unit vector of home, or of a point beside the globe if home is unknown.
    pub home: Vec3,
    /// Its height above the ground, globe radii.
    pub lift: f32,
    /// Angle of the LAN ring, radians.
    pub ring_angle: f32,
    /// Angular radius of a loop, radians.
    pub loop_angle: f32,
}

impl AroundHome {
    /// For `home` (a unit vector) or, without one, for the ring beside the globe.
    #[must_use]
    pub fn new(view: &CameraView, home: Option<Vec3>) -> Self {
        let (home, lift) = home.map_or_else(|| beside_globe(view), |home| (home, 0.0));
        // Behind the globe the ring is not visible, so limit the distance to that of the horizon.
        let horizon = (view.eye.length_squared() - 1.0).max(1e-4).sqrt();
        let distance = (home * (1.0 + lift)).distance(view.eye).min(horizon);
        let px_per_radian = 0.5 * view.viewport_px.y / view.half_extent().y / distance * (1.0 + lift);
        let angle = |points: f32| (points * view.scale_factor / px_per_radian).min(MAX_ANGLE);
        Self { home, lift, ring_angle: angle(LAN_RING_PT), loop_angle: angle(LOOP_PT) }
    }

    /// The lowest point of the ring on screen, for its label; globe space.
    #[must_use]
    pub fn label_point(&self, view: &CameraView) -> Vec3 {
        let below = -view.up;
        let along = (below - self.home * self.home.dot(below)).normalize_or(Vec3::Y);
        (self.home * self.ring_angle.cos() + along * self.ring_angle.sin()) * (1.0 + self.lift)
    }
}

/// Start of arcs if home is unknown: a unit vector and its height, globe radii. It is beside the globe at the lower
/// left, which has most free space, at the same distance from the outline in every view.
fn beside_globe(view: &CameraView) -> (Vec3, f32) {
    let distance = view.eye.length();
    let px_per_tangent = 0.5 * view.viewport_px.y / view.half_extent().y;
    let tangent = (view.globe_radius_px() + BESIDE_PT * view.scale_factor) / px_per_tangent.max(1e-3);
    let (sin, cos) = BESIDE_ANGLE.sin_cos();
    let aside = (-view.right - view.up).normalize_or(Vec3::NEG_X);
    let radius = distance * tangent / (sin + tangent * cos);
    ((view.eye / distance) * cos + aside * sin, (radius - 1.0).max(0.0))
}

/// Altitude to add to an arc at `t` in [0, 1] if its start or its end is above the ground, globe radii. `lift_altitude`
/// of `shaders/great_circle.wgsl`.
#[must_use]
pub fn lift_altitude(t: f32, [at_start, at_end]: [f32; 2]) -> f32 {
    at_start * (1.0 - t) * (1.0 - t) + at_end * t * (2.0 - t)
}

/// Centre of the shell's ring, for its label; globe space.
#[must_use]
pub fn shell_middle() -> Vec3 {
    Vec3::Y * (1.0 + SHELL_ALTITUDE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::PlaceMissing, sampler::hub_scenario};
    use bevy::math::{DVec3, Vec2};

    fn peer(ip: &str) -> Connection {
        let mut connection = hub_scenario(1, 1, 0.0).remove(0);
        connection.simulated = None;
        connection.key.remote = Some(crate::model::Endpoint::new(ip.parse().expect("an address"), 443));
        connection
    }

    fn end(ip: &str) -> Option<ArcEnd> {
        ArcEnd::of(&peer(ip), &Location::missing(PlaceMissing::NotInDatabase))
    }

    #[test]
    fn what_has_no_place_has_its_spot_or_is_listed_only() {
        for ip in ["192.168.1.7", "10.0.0.1", "fe80::1", "100.64.0.9", "fd00::5"] {
            assert!(matches!(end(ip), Some(ArcEnd::Lan(_))), "{ip}");
        }
        for ip in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(matches!(end(ip), Some(ArcEnd::Loop(_))), "{ip}");
        }
        for ip in ["9.9.9.9", "2001:218::1"] {
            let Some(ArcEnd::Shell(direction)) = end(ip) else { panic!("{ip}") };
            assert!((direction.angle_between(Vec3::Y) - SHELL_ANGLE).abs() < 1e-3, "{ip}: {direction}");
        }
        for ip in ["224.0.0.251", "255.255.255.255", "198.51.100.4", "0.0.0.0"] {
            assert_eq!(end(ip), None, "{ip}");
        }
        let mut listener = peer("192.168.1.7");
        listener.state = crate::model::SocketState::Listen;
        assert_eq!(ArcEnd::of(&listener, &Location::missing(PlaceMissing::NotPublic)), None);
    }

    #[test]
    fn a_peer_keeps_its_side_and_peers_stand_on_many() {
        assert_eq!(end("192.168.1.7"), end("192.168.1.7"));
        let sides: Vec<_> = (1..=60).filter_map(|host| end(&format!("192.168.1.{host}"))).collect();
        let sum: Vec3 = sides.iter().map(|end| end.direction()).sum();
        assert!(sides.len() == 60 && sum.length() < 20.0, "{sum}");
        assert!(sides.iter().all(|end| (end.direction().length() - 1.0).abs() < 1e-4));
    }

    #[test]
    fn the_ring_around_home_has_one_size_on_the_screen() {
        for (distance, scale) in [(1.2, 1.0), (1.6, 1.0), (3.85, 1.0), (3.85, 2.0)] {
            let view = CameraView::new(DVec3::Z, distance, Vec2::new(1280.0, 720.0), scale);
            for home in [Some(Vec3::Z), None] {
                let around = AroundHome::new(&view, home);
                let edge = around.label_point(&view);
                let middle = view.project(around.home * (1.0 + around.lift)).expect("before the eye");
                let radius_pt = view.project(edge).expect("before the eye").distance(middle) / scale;
                // Beside the globe the ring is seen at an angle.
                let least = if home.is_some() { LAN_RING_PT - 2.5 } else { LAN_RING_PT * 0.4 };
                assert!((least..LAN_RING_PT * 1.4).contains(&radius_pt), "{distance}: {radius_pt}");
            }
        }
    }

    #[test]
    fn without_a_home_the_ring_stands_beside_the_globe_at_every_size_and_zoom() {
        for (width, height) in [(1280.0, 720.0), (800.0, 600.0), (600.0, 900.0), (3840.0, 2160.0)] {
            for (distance, scale) in [(12.0, 1.0), (3.85, 1.0), (3.85, 2.0), (2.0, 1.0), (1.2, 1.0)] {
                let shift = Vec2::new(0.1, 0.05);
                let view = CameraView { shift, ..CameraView::new(DVec3::Z, distance, Vec2::new(width, height), scale) };
                let around = AroundHome::new(&view, None);
                let start = around.home * (1.0 + around.lift);
                let px = view.project(start).expect("before the eye");
                let centre = view.project(Vec3::ZERO).expect("before the eye");
                let off_pt = (px.distance(centre) - view.globe_radius_px()) / scale;
                let what = format!("{width}x{height} from {distance}: {off_pt} points outside, at {px}");
                assert!((off_pt - BESIDE_PT).abs() < 0.5 && !view.is_hidden(start), "{what}");
                if distance > 3.0 {
                    let window = bevy::math::Rect::from_corners(Vec2::ZERO, view.viewport_px);
                    assert!(window.inflate(-LAN_RING_PT * scale).contains(px), "{what}");
                }
            }
        }
    }
}
