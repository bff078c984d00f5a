//! Reads the embedded shapes; `examples/bake_assets/shapes/pack.rs` documents the file format.

use super::tables::{
    Cap, Country, Extent, Level, LevelBuffers, Parts, ShapeBuffers, ShapeTables, direction, pack, unpack, vertex,
};
use crate::model::CountryIso;
use bevy::math::Vec3;
use image::ImageFormat;
use std::collections::BTreeMap;
use thiserror::Error;

/// The file.
pub const BUILT_IN: &[u8] = include_bytes!("../../../assets/earth/shapes.png");

const MAGIC: &[u8] = b"NGS1";
/// Larger counts mean that the file is damaged.
const MOST: u64 = 10_000_000;

/// The file cannot be read.
#[derive(Debug, Error)]
#[error("the built-in shapes of countries are damaged; install netglobe again")]
pub struct Damaged;

/// Decodes the first `levels` levels of detail of a file, coarsest first, or all if there are fewer. Takes some
/// hundredths of a second, so do not call it on the main thread.
///
/// # Errors
/// When it is damaged.
pub fn decode(compressed: &[u8], levels: usize) -> Result<(ShapeBuffers, ShapeTables), Damaged> {
    let bytes = image::load_from_memory_with_format(compressed, ImageFormat::Png).map_err(|_| Damaged)?;
    read(bytes.into_luma8().as_raw(), levels).ok_or(Damaged)
}

/// Reads the decompressed file.
pub(super) fn read(bytes: &[u8], levels: usize) -> Option<(ShapeBuffers, ShapeTables)> {
    Reader { rest: bytes, at: [0; 2], per_deg: 1 }.file(levels)
}

struct Reader<'a> {
    rest: &'a [u8],
    at: [i64; 2],
    per_deg: i64,
}

/// The parts of a level, by index of the country code.
type PartsByCode = Vec<Parts>;

impl Reader<'_> {
    fn file(&mut self, most: usize) -> Option<(ShapeBuffers, ShapeTables)> {
        self.rest = self.rest.strip_prefix(MAGIC)?;
        let codes = (0..self.count()?).map(|_| self.code()).collect::<Option<Vec<_>>>()?;
        let mut sizes = vec![0.0_f32; codes.len()];
        let (mut buffers, mut levels, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.count()?.min(most) {
            (self.per_deg, self.at) = ((self.count()? as i64).max(1), [0; 2]);
            let [points, corners, triangles] = [self.room()?, self.room()?, self.room()?];
            let mut parts_of_level: PartsByCode = vec![Parts::default(); codes.len()];
            let (lines, chunks) = self.lines(2 * points + 4, &mut parts_of_level, &mut sizes)?;
            let (corners, indices) = self.fills([corners, 3 * triangles], &mut parts_of_level)?;
            buffers.push(LevelBuffers { lines, corners, indices });
            levels.push(Level { chunks });
            parts.push(parts_of_level);
        }
        let mut countries: BTreeMap<CountryIso, Country> = codes
            .iter()
            .zip(&sizes)
            .map(|(iso, size_deg)| (*iso, Country { size_deg: *size_deg, levels: Vec::new() }))
            .collect();
        for level in parts {
            for (iso, parts) in codes.iter().zip(level) {
                countries.get_mut(iso)?.levels.push(parts);
            }
        }
        Some((ShapeBuffers(buffers), ShapeTables { levels, countries }))
    }

    fn lines(
        &mut self,
        room: usize,
        parts: &mut PartsByCode,
        sizes: &mut [f32],
    ) -> Option<(Vec<[u32; 2]>, Vec<Extent>)> {
        let mut vertices = Vec::with_capacity(room);
        vertices.extend([[0; 2]; 2]);
        let mut chunks = Vec::new();
        for _ in 0..self.count()? {
            let first = vertices.len();
            for _ in 0..self.count()? {
                let [kind, side, other, size] = self.take()?;
                let start = vertices.len();
                let count = self.count()?;
                for at in 0..count {
                    let end = if at == 0 {
                        vertex::LEAD
                    } else if at + 1 == count {
                        vertex::TRAIL
                    } else {
                        0
                    };
                    let look = kind & 3 | (end as u8) << 3;
                    let direction = direction(self.point()?);
                    // One vertex on each side of the line.
                    vertices.extend([0, 4].map(|right| pack(direction, [size, look | right])));
                }
                for code in [side, other].into_iter().filter(|code| *code > 0) {
                    let parts = parts.get_mut(usize::from(code) - 1)?;
                    let size_deg = 0.001 * (f32::from(size) / 13.0).exp2();
                    let largest = sizes.get_mut(usize::from(code) - 1)?;
                    *largest = largest.max(size_deg);
                    // Merge adjacent lines of a country into one draw.
                    match parts.outlines.last_mut() {
                        Some(last)
                            if last.range.end as usize + 2 == start && last.range.start as usize + 2 >= first =>
                        {
                            last.range.end = vertices.len() as u32 - 2;
                        }
                        _ => parts
                            .outlines
                            .push(Extent { cap: Cap::default(), range: start as u32 - 2..vertices.len() as u32 - 2 }),
                    }
                }
            }
            // The first two vertices of the buffer precede the first one that is drawn.
            chunks.push(Extent { cap: cap(&vertices[first..]), range: first as u32 - 2..vertices.len() as u32 - 2 });
        }
        vertices.extend([[0; 2]; 2]);
        for extent in parts.iter_mut().flat_map(|parts| &mut parts.outlines) {
            extent.cap = cap(&vertices[extent.range.start as usize + 2..extent.range.end as usize + 2]);
        }
        Some((vertices, chunks))
    }

    fn fills(&mut self, [corners, indices]: [usize; 2], parts: &mut PartsByCode) -> Option<(Vec<[u32; 2]>, Vec<u32>)> {
        let mut corners: Vec<[u32; 2]> = Vec::with_capacity(corners);
        let mut indices: Vec<u32> = Vec::with_capacity(indices);
        for _ in 0..self.count()? {
            let [code] = self.take()?;
            let (first_corner, first) = (corners.len(), indices.len() as u32);
            for _ in 0..self.count()? {
                let (start, count) = (corners.len(), self.count()?);
                for _ in 0..count {
                    corners.push(pack(direction(self.point()?), [0; 2]));
                }
                self.cut_off(&corners[start..], start as u32, &mut indices)?;
            }
            let cap = cap(&corners[first_corner..]);
            let range = first..indices.len() as u32;
            parts.get_mut(usize::from(code).checked_sub(1)?)?.fills.push(Extent { cap, range });
        }
        Some((corners, indices))
    }

    /// Triangulates a polygon by cutting off corners, each a triangle with its neighbours. Triangles with inverted
    /// winding, where lines of the source data cross, are left out.
    fn cut_off(&mut self, corners: &[[u32; 2]], start: u32, indices: &mut Vec<u32>) -> Option<()> {
        let count = corners.len();
        let points: Vec<Vec3> = corners.iter().map(|words| unpack(*words)).collect();
        let mut before: Vec<usize> = (0..count).map(|at| (at + count - 1) % count).collect();
        let mut after: Vec<usize> = (1..=count).map(|at| at % count).collect();
        let mut corner = 0_i64;
        for _ in 2..count {
            corner += self.step()?;
            let at = usize::try_from(corner).ok()?;
            let (a, c) = (*before.get(at)?, *after.get(at)?);
            let from = |corner: usize| points[corner] - points[a];
            if points[a].dot(from(at).cross(from(c))) > 0.0 {
                indices.extend([a, at, c].map(|corner| start + corner as u32));
            }
            (after[a], before[c]) = (c, a);
        }
        Some(())
    }

    fn code(&mut self) -> Option<CountryIso> {
        let letters = self.take::<2>()?;
        CountryIso::parse(std::str::from_utf8(&letters).ok()?)
    }

    /// Longitude and latitude, degrees.
    fn point(&mut self) -> Option<[f64; 2]> {
        for axis in 0..2 {
            self.at[axis] = self.at[axis].checked_add(self.step()?)?;
        }
        Some(self.at.map(|units| units as f64 / self.per_deg as f64))
    }

    fn count(&mut self) -> Option<usize> {
        self.number().filter(|number| *number <= MOST).map(|number| number as usize)
    }

    /// A capacity to reserve: no more than the number of bytes left.
    fn room(&mut self) -> Option<usize> {
        Some(self.count()?.min(self.rest.len()))
    }

    fn step(&mut self) -> Option<i64> {
        let bits = self.number()?;
        Some((bits >> 1) as i64 ^ -((bits & 1) as i64))
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let [byte] = self.take()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*head)
    }
}

fn cap(vertices: &[[u32; 2]]) -> Cap {
    let points: Vec<Vec3> = vertices.iter().map(|words| unpack(*words)).collect();
    Cap::around(points.iter().copied())
}
