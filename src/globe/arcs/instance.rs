//! GPU instance of an arc: 32 bytes, written when its connection changes and not per frame.

use bevy::math::Vec3;
use bytemuck::{Pod, Zeroable};

/// Bits of [`ArcInstance::flags_and_rates`]; the constants of `shaders/arcs.wgsl`.
pub mod flag {
    /// The slot is in use.
    pub const LIVE: u32 = 1;
    /// It has grown to its full length.
    pub const SETTLED: u32 = 2;
    /// Its connection has closed; it fades out, starting at `close_ms`.
    pub const CLOSING: u32 = 4;
    /// It grows from its end, because the peer opened the connection.
    pub const FROM_END: u32 = 8;
    /// The pointer is on it.
    pub const HOVERED: u32 = 64;
    /// It is selected.
    pub const SELECTED: u32 = 128;
    /// Home is unknown: it starts from the ring beside the globe.
    pub const NO_HOME: u32 = 256;
    /// Its traffic is measured.
    pub const MEASURED: u32 = 512;
    /// It ends on the LAN ring around home; `end` only gives the direction.
    pub const LAN: u32 = 1024;
    /// It is a loop at home; `end` only gives the direction.
    pub const LOOP: u32 = 2048;
    /// It ends on the shell above the pole.
    pub const SHELL: u32 = 4096;
    /// Its end has no geographic position.
    pub const NO_PLACE: u32 = LAN | LOOP | SHELL;
}

/// Milliseconds an arc takes to grow; `OPEN_MS` of the shader.
pub const OPEN_MS: u32 = 900;
/// Milliseconds an arc takes to fade; `CLOSE_MS` of the shader.
pub const CLOSE_MS: u32 = 1400;

/// An arc on the GPU. Mirrors `Arc` in `shaders/arcs.wgsl`: eight `u32`, read as two `vec4<u32>`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct ArcInstance {
    /// Octahedral snorm16×2 unit vector of the start.
    pub start: u32,
    /// The same of the end.
    pub end: u32,
    /// When it opened, ms of the arc clock.
    pub open_ms: u32,
    /// When it closed, ms of the arc clock.
    pub close_ms: u32,
    /// sRGB rgb8 at the start, red in the lowest byte; low byte of the group tag in bits 24–31.
    pub start_color: u32,
    /// The same at the end; high byte of the group tag in bits 24–31.
    pub end_color: u32,
    /// Bits 0–7 apex factor in 1/128, 8–15 half width in 1/64 of that of the quality tier, 16–23 phase of sent traffic,
    /// 24–31 of received traffic, in 1/256 lap.
    pub shape: u32,
    /// Bits 0–15 flags, 16–23 rate code of sent traffic, 24–31 of received traffic.
    pub flags_and_rates: u32,
}

impl ArcInstance {
    /// The flags.
    #[must_use]
    pub fn flags(&self) -> u32 {
        self.flags_and_rates & 0xffff
    }

    /// Packs the colours of both ends with the tag of the group (see [`crate::view::GroupId::tag`]) in the top bytes.
    #[must_use]
    pub fn pack_style(start: [u8; 3], end: [u8; 3], group_tag: u16) -> [u32; 2] {
        let [low, high] = group_tag.to_le_bytes();
        [pack_color(start, low), pack_color(end, high)]
    }

    /// Tag of its group; 0 if the owner is unknown. `group_tag` of the shader.
    #[must_use]
    pub fn group_tag(&self) -> u16 {
        u16::from_le_bytes([(self.start_color >> 24) as u8, (self.end_color >> 24) as u8])
    }

    /// Packs apex factor and half width factor, clamped to their ranges, and the phases.
    #[must_use]
    pub fn pack_shape(apex_factor: f32, half_width: f32, phase_sent: u8, phase_received: u8) -> u32 {
        let apex = (apex_factor * 128.0).round().clamp(0.0, 255.0) as u32;
        let width = (half_width * 64.0).round().clamp(0.0, 255.0) as u32;
        apex | width << 8 | u32::from(phase_sent) << 16 | u32::from(phase_received) << 24
    }
}

/// Packs a unit vector into octahedral snorm16×2 (Cigolle et al., "A Survey of Efficient Representations for
/// Independent Unit Vectors", 2014); error below 0.005°. `decode_direction` of `shaders/view.wgsl` reverses it.
#[must_use]
pub fn pack_direction(direction: Vec3) -> u32 {
    let n = direction / (direction.x.abs() + direction.y.abs() + direction.z.abs());
    let sign = |x: f32| if x >= 0.0 { 1.0 } else { -1.0 };
    let (x, y) = if n.z < 0.0 { ((1.0 - n.y.abs()) * sign(n.x), (1.0 - n.x.abs()) * sign(n.y)) } else { (n.x, n.y) };
    let snorm = |value: f32| u32::from((value.clamp(-1.0, 1.0) * 32767.0).round() as i16 as u16);
    snorm(x) | snorm(y) << 16
}

/// Reverses [`pack_direction`].
#[must_use]
pub fn unpack_direction(bits: u32) -> Vec3 {
    let snorm = |half: u32| (f32::from(half as u16 as i16) / 32767.0).max(-1.0);
    let (x, y) = (snorm(bits & 0xffff), snorm(bits >> 16));
    let z = 1.0 - x.abs() - y.abs();
    let sign = |v: f32| if v >= 0.0 { 1.0 } else { -1.0 };
    if z < 0.0 {
        Vec3::new((1.0 - y.abs()) * sign(x), (1.0 - x.abs()) * sign(y), z).normalize()
    } else {
        Vec3::new(x, y, z).normalize()
    }
}

/// Packs an sRGB colour and alpha as rgba8, red in the lowest byte.
#[must_use]
pub fn pack_color([r, g, b]: [u8; 3], alpha: u8) -> u32 {
    u32::from_le_bytes([r, g, b, alpha])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::LatLng;
    use proptest::prelude::*;

    #[test]
    fn colours_and_tag_do_not_mix() {
        for tag in [0, 1, 255, 256, 0xabcd, u16::MAX] {
            let [start_color, end_color] = ArcInstance::pack_style([1, 2, 255], [4, 255, 6], tag);
            let arc = ArcInstance { start_color, end_color, ..ArcInstance::default() };
            assert_eq!(arc.group_tag(), tag);
            assert_eq!([start_color & 0xff_ffff, end_color & 0xff_ffff], [0xff_0201, 0x06_ff04]);
        }
    }

    #[test]
    fn an_arc_is_32_bytes() {
        assert_eq!(size_of::<ArcInstance>(), 32);
    }

    proptest! {
        #[test]
        fn a_packed_direction_is_off_by_less_than_a_two_hundredth_degree(lat in -90.0..90.0f64, lng in -180.0..180.0f64) {
            let direction = LatLng::from_degrees(lat, lng).expect("valid").to_unit().as_vec3();
            let back = unpack_direction(pack_direction(direction));
            // Measure the chord: the cosine of such a small angle would round to 1.
            let off_deg = back.distance(direction).to_degrees();
            prop_assert!(off_deg < 0.005, "{off_deg}");
        }
    }
}
