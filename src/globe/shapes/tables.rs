//! Contents of the shape buffers, and the ranges of lines and areas in them.

use crate::{geodesy::LatLng, model::CountryIso};
use bevy::math::Vec3;
use std::{collections::BTreeMap, ops::Range};

/// Constants of the vertex format.
pub mod vertex {
    /// Steps of an octahedral coordinate, from -1 to 1.
    pub const STEPS: u32 = 0xff_ffff;
    /// End vertex before a line: drawn at the following point with zero width.
    pub const LEAD: u32 = 1;
    /// End vertex after a line: drawn at the preceding point with zero width.
    pub const TRAIL: u32 = 2;
}

/// A cap of the sphere that contains a shape.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cap {
    /// Its centre, a unit vector.
    pub middle: Vec3,
    /// Its angular radius, radians.
    pub angle: f32,
}

impl Cap {
    /// A cap that contains these points.
    #[must_use]
    pub fn around(points: impl Iterator<Item = Vec3> + Clone) -> Self {
        let middle = points.clone().sum::<Vec3>().normalize_or(Vec3::Y);
        let chord = points.map(|point| point.distance(middle)).fold(0.0, f32::max);
        Self { middle, angle: 2.0 * (0.5 * chord).min(1.0).asin() + 1e-4 }
    }
}

/// A range of a buffer, and its location on the sphere.
#[derive(Clone, Debug, PartialEq)]
pub struct Extent {
    /// Contains the whole range.
    pub cap: Cap,
    /// Range of vertices or indices.
    pub range: Range<u32>,
}

/// The shapes of a level of detail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Level {
    /// Vertex ranges of lines, in order.
    pub chunks: Vec<Extent>,
}

/// The parts of a country at a level of detail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// Index ranges of triangles.
    pub fills: Vec<Extent>,
    /// Vertex ranges of outlines.
    pub outlines: Vec<Extent>,
}

/// A country and its parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Country {
    /// Size of its largest piece, degrees.
    pub size_deg: f32,
    /// Parts by level.
    pub levels: Vec<Parts>,
}

/// All tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShapeTables {
    /// Coarsest first.
    pub levels: Vec<Level>,
    /// Countries that have a shape.
    pub countries: BTreeMap<CountryIso, Country>,
}

/// Buffer contents of a level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LevelBuffers {
    /// Two vertices per point of a line, see [`pack`], with two more before the first and after the last.
    pub lines: Vec<[u32; 2]>,
    /// Corners of triangles, see [`pack`].
    pub corners: Vec<[u32; 2]>,
    /// Three per triangle.
    pub indices: Vec<u32>,
}

/// Buffer contents of all levels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShapeBuffers(pub Vec<LevelBuffers>);

const STEPS: f32 = vertex::STEPS as f32;

/// Packs a unit vector as octahedral coordinates of 24 bits, with an extra byte for each. `decode_point` of
/// `shaders/shapes.wgsl` reverses it, to within a few metres on the ground.
#[must_use]
pub fn pack(direction: Vec3, bytes: [u8; 2]) -> [u32; 2] {
    let n = direction / (direction.x.abs() + direction.y.abs() + direction.z.abs());
    let sign = |x: f32| if x >= 0.0 { 1.0 } else { -1.0 };
    let (x, y) = if n.z < 0.0 { ((1.0 - n.y.abs()) * sign(n.x), (1.0 - n.x.abs()) * sign(n.y)) } else { (n.x, n.y) };
    let steps = |value: f32| (f64::from(value.mul_add(0.5, 0.5).clamp(0.0, 1.0)) * f64::from(STEPS)).round() as u32;
    [steps(x) | u32::from(bytes[0]) << 24, steps(y) | u32::from(bytes[1]) << 24]
}

/// Reverses [`pack`].
#[must_use]
pub fn unpack(words: [u32; 2]) -> Vec3 {
    let [x, y] = words.map(|word| (word & 0xff_ffff) as f32 * (2.0 / STEPS) - 1.0);
    let z = 1.0 - x.abs() - y.abs();
    let sign = |v: f32| if v >= 0.0 { 1.0 } else { -1.0 };
    if z < 0.0 {
        Vec3::new((1.0 - y.abs()) * sign(x), (1.0 - x.abs()) * sign(y), z).normalize()
    } else {
        Vec3::new(x, y, z).normalize()
    }
}

/// The unit vector of a longitude and latitude in degrees.
#[must_use]
pub fn direction([lng_deg, lat_deg]: [f64; 2]) -> Vec3 {
    LatLng { lat: lat_deg.clamp(-90.0, 90.0).to_radians(), lng: lng_deg.to_radians() }.to_unit().as_vec3()
}
