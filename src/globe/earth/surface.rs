//! Builds the texture of the earth from the embedded pictures.
//!
//! *Packing*, as read by `shaders/earth.wgsl`. Red, green and blue hold the surface by day as square roots of linear
//! light: close to perceived brightness, so 8 bits suffice, and decoded by one multiplication. Alpha rises from 0 on
//! water to 16/255 on land (coasts are between), and from there to 1 with city lights.
//!
//! *Mips.* Colours are averaged in linear light, land as a fraction. City lights are averaged by their cubes: the
//! shader squares them, so a plain mean would dim small towns seen from afar, and linear filtering in the sampler also
//! dims them slightly. The three are kept apart until a level is finished, because they cannot be separated again from
//! alpha.
//!
//! *Cost.* Two threads: one decodes the day picture, the other the two masks; then one packs the largest level while
//! the other computes the smaller ones.

use super::levels::TextureLevels;
use crate::globe::shapes::Damaged;
use image::{DynamicImage, ImageError, ImageFormat};
use std::{
    array, io,
    thread::{self, ScopedJoinHandle},
};
use thiserror::Error;

/// Alpha of unlit land, of 255: `16.0` in `shaders/earth.wgsl`.
const LAND_ALPHA: u32 = 16;

/// Why the texture cannot be built.
#[derive(Debug, Error)]
pub enum SurfaceError {
    /// An embedded picture cannot be decoded.
    #[error("the built-in picture of {picture} is damaged ({source}); reinstall netglobe")]
    Damaged {
        /// The content of the picture.
        picture: &'static str,
        /// The error of the decoder.
        source: ImageError,
    },
    /// The pictures differ in size, or cannot be halved down to one texel.
    #[error(
        "the built-in picture of {picture} is {width}×{height} px, which does not fit the others; reinstall netglobe"
    )]
    Size {
        /// The content of the picture.
        picture: &'static str,
        /// Its width, px.
        width: u32,
        /// Its height, px.
        height: u32,
    },
    /// The embedded shapes cannot be decoded.
    #[error(transparent)]
    Shapes(#[from] Damaged),
    /// The requested width cannot be reached by halving the pictures.
    #[error("no earth of {asked} px can be made from one of {largest} px; ask for {largest} or {half}", half = largest / 2)]
    Width {
        /// Requested width, px.
        asked: u32,
        /// Width of the pictures, px.
        largest: u32,
    },
    /// A thread could not be started.
    #[error("the system starts no thread to prepare the earth ({0}); close other programs")]
    Thread(#[from] io::Error),
    /// A thread ended early.
    #[error("preparing the earth stopped half way; please report this with the log")]
    Stopped,
}

/// The encoded pictures.
#[derive(Clone, Copy)]
struct Pictures<'a> {
    /// JPEG, sRGB.
    day: &'a [u8],
    /// PNG, grey, 255 = water.
    water: &'a [u8],
    /// PNG, grey.
    lights: &'a [u8],
}

const BUILT_IN: Pictures<'static> = Pictures {
    day: include_bytes!("../../../assets/earth/day.jpg"),
    water: include_bytes!("../../../assets/earth/water.png"),
    lights: include_bytes!("../../../assets/earth/lights.png"),
};

/// Decodes and packs the earth, `quality_width` texels wide: 4096, or half of it. Takes a tenth of a second or more on
/// two threads, so do not call it on the main thread.
///
/// # Errors
/// See [`SurfaceError`].
pub(super) fn build(quality_width: u32) -> Result<TextureLevels, SurfaceError> {
    build_from(BUILT_IN, quality_width)
}

fn build_from(pictures: Pictures<'_>, quality_width: u32) -> Result<TextureLevels, SurfaceError> {
    let mut top = Planes::decode(pictures)?;
    let largest = top.width as u32;
    if quality_width < 2 || quality_width > largest || !quality_width.is_power_of_two() {
        return Err(SurfaceError::Width { asked: quality_width, largest });
    }
    while top.width > quality_width as usize {
        top = top.half();
    }
    let (packed, smaller) = thread::scope(|scope| {
        let packed = spawn(scope, "earth-pack", || top.pack(&softened(&top.lights, top.width)))?;
        let mut smaller = Vec::new();
        let mut level = top.half();
        smaller.push(level.pack(&level.lights));
        while level.width > 1 {
            level = level.half();
            smaller.push(level.pack(&level.lights));
        }
        Ok::<_, SurfaceError>((packed.join().map_err(|_| SurfaceError::Stopped)?, smaller))
    })?;
    let mut mips = vec![packed];
    mips.extend(smaller);
    Ok(TextureLevels { width: top.width as u32, height: top.height as u32, mips })
}

fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, work)
}

/// One level, with separate colour, land and lights.
struct Planes {
    width: usize,
    height: usize,
    /// Three bytes a texel: square roots of linear light.
    color: Vec<u8>,
    /// Fraction of land.
    land: Vec<u8>,
    lights: Vec<u8>,
}

impl Planes {
    fn decode(pictures: Pictures<'_>) -> Result<Self, SurfaceError> {
        let (day, masks) = thread::scope(|scope| {
            let masks = spawn(scope, "earth-masks", || {
                let water = decode(pictures.water, ImageFormat::Png, "the sea")?.into_luma8();
                let lights = decode(pictures.lights, ImageFormat::Png, "the lights of cities")?.into_luma8();
                Ok::<_, SurfaceError>((water, lights))
            })?;
            let mut day = decode(pictures.day, ImageFormat::Jpeg, "the earth by day")?.into_rgb8();
            let roots = root_of_srgb();
            day.iter_mut().for_each(|channel| *channel = roots[usize::from(*channel)]);
            Ok::<_, SurfaceError>((day, masks.join().map_err(|_| SurfaceError::Stopped)??))
        })?;
        let (mut water, lights) = masks;
        let (width, height) = day.dimensions();
        if width < 2 || width != 2 * height || !width.is_power_of_two() {
            return Err(SurfaceError::Size { picture: "the earth by day", width, height });
        }
        for (picture, mask) in [("the sea", &water), ("the lights of cities", &lights)] {
            if mask.dimensions() != (width, height) {
                return Err(SurfaceError::Size { picture, width: mask.width(), height: mask.height() });
            }
        }
        water.iter_mut().for_each(|share| *share = 255 - *share);
        Ok(Self {
            width: width as usize,
            height: height as usize,
            color: day.into_raw(),
            land: water.into_raw(),
            lights: lights.into_raw(),
        })
    }

    /// The next smaller level. Halves each side, but not below 1.
    fn half(&self) -> Self {
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let mut color = Vec::with_capacity(width * height * 3);
        let mut land = Vec::with_capacity(width * height);
        let mut lights = Vec::with_capacity(width * height);
        let cubes: [f32; 256] = array::from_fn(|value| (value as f32).powi(3));
        for y in 0..height {
            // A level with a single row uses it twice; widths are always even here.
            let rows = [2 * y, (2 * y + 1).min(self.height - 1)].map(|row| row * self.width);
            let [upper, lower] = rows.map(|at| &self.color[at * 3..(at + self.width) * 3]);
            for (a, b) in upper.as_chunks::<6>().0.iter().zip(lower.as_chunks::<6>().0) {
                color.extend_from_slice(&[0, 1, 2].map(|channel| {
                    let square = |value: u8| u32::from(value) * u32::from(value);
                    let sum = square(a[channel]) + square(a[channel + 3]) + square(b[channel]) + square(b[channel + 3]);
                    ((sum as f32 * 0.25).sqrt() + 0.5) as u8
                }));
            }
            let [upper, lower] = rows.map(|at| &self.land[at..at + self.width]);
            land.extend(quads(upper, lower).map(|quad| {
                let sum: u32 = quad.into_iter().map(u32::from).sum();
                ((sum + 2) / 4) as u8
            }));
            let [upper, lower] = rows.map(|at| &self.lights[at..at + self.width]);
            lights.extend(quads(upper, lower).map(|quad| {
                // Skip square roots: most of the earth has no lights.
                if quad == [0; 4] {
                    return 0;
                }
                let mean = quad.iter().map(|value| cubes[usize::from(*value)]).sum::<f32>() * 0.25;
                (mean.cbrt() + 0.5) as u8
            }));
        }
        Self { width, height, color, land, lights }
    }

    fn pack(&self, lights: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; self.land.len() * 4];
        let texels = self.color.as_chunks::<3>().0.iter().zip(self.land.iter().zip(lights));
        for (packed, (&[r, g, b], (land, lights))) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(texels) {
            *packed = [r, g, b, alpha(*land, *lights)];
        }
        bytes
    }
}

/// Blurs the lights of the largest level with a 3×3 binomial filter, so that texels are not visible when it is
/// magnified near the ground. Rows wrap around the earth.
fn softened(lights: &[u8], width: usize) -> Vec<u8> {
    let rows: Vec<&[u8]> = lights.chunks_exact(width).collect();
    let mut soft = vec![0; lights.len()];
    let mut column = vec![0_u16; width];
    for (y, out) in soft.chunks_exact_mut(width).enumerate() {
        let [above, here, below] = [y.saturating_sub(1), y, (y + 1).min(rows.len() - 1)].map(|y| rows[y]);
        for (sum, ((a, b), c)) in column.iter_mut().zip(above.iter().zip(here).zip(below)) {
            *sum = u16::from(*a) + 2 * u16::from(*b) + u16::from(*c);
        }
        let mean = |a: u16, b: u16, c: u16| ((a + 2 * b + c + 8) / 16) as u8;
        for (out, sums) in out[1..].iter_mut().zip(column.windows(3)) {
            *out = mean(sums[0], sums[1], sums[2]);
        }
        let last = width - 1;
        out[0] = mean(column[last], column[0], column[1.min(last)]);
        out[last] = mean(column[last.saturating_sub(1)], column[last], column[0]);
    }
    soft
}

/// The 2×2 texels of each texel of the next level.
fn quads<'a>(upper: &'a [u8], lower: &'a [u8]) -> impl Iterator<Item = [u8; 4]> + 'a {
    upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0).map(|(a, b)| [a[0], a[1], b[0], b[1]])
}

/// Packs the fraction of land and the brightness of lights into one byte. Lights on a coast add to its fraction of
/// land, to avoid a step at dim lights or narrow land.
fn alpha(land: u8, lights: u8) -> u8 {
    ((LAND_ALPHA * u32::from(land) + (255 - LAND_ALPHA) * u32::from(lights) + 127) / 255) as u8
}

/// Maps each 8-bit sRGB value to the square root of its linear light, 8 bits (IEC 61966-2-1).
fn root_of_srgb() -> [u8; 256] {
    array::from_fn(|value| {
        let value = value as f32 / 255.0;
        let linear = if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
        (linear.sqrt() * 255.0).round() as u8
    })
}

fn decode(bytes: &[u8], format: ImageFormat, picture: &'static str) -> Result<DynamicImage, SurfaceError> {
    image::load_from_memory_with_format(bytes, format).map_err(|source| SurfaceError::Damaged { picture, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::OnceLock, time::Instant};

    fn earth() -> &'static TextureLevels {
        static EARTH: OnceLock<TextureLevels> = OnceLock::new();
        EARTH.get_or_init(|| build(4096).expect("the built-in pictures"))
    }

    fn texel(level: usize, lat_deg: f32, lng_deg: f32) -> [u8; 4] {
        let (width, height) = ((4096 >> level) as f32, (2048 >> level) as f32);
        let (x, y) = ((lng_deg + 180.0) / 360.0 * width, (90.0 - lat_deg) / 180.0 * height);
        let at = (y as usize * (4096 >> level) + x as usize) * 4;
        earth().mips[level][at..at + 4].try_into().expect("four bytes")
    }

    /// Fraction of land and city light, as decoded in `disc_fragment` of the shader.
    fn read_alpha(alpha: u8) -> (f32, f32) {
        let alpha = f32::from(alpha) / 255.0;
        ((alpha * (255.0 / 16.0)).clamp(0.0, 1.0), (alpha - 16.0 / 255.0).max(0.0) * (255.0 / 239.0))
    }

    #[test]
    fn places_look_as_they_are() {
        for level in 0..4 {
            for (name, lat, lng) in
                [("mid Pacific", -10.0, -130.0), ("mid Atlantic", 30.0, -40.0), ("at 180°", 0.0, -179.95)]
            {
                let [r, g, b, a] = texel(level, lat, lng);
                assert!(a == 0 && b >= g && b > r, "{name} at level {level}: {:?}", [r, g, b, a]);
            }
            let [r, g, b, a] = texel(level, 23.0, 12.0);
            assert!(r > 150 && r > g && g > b && (16..40).contains(&a), "Sahara at level {level}: {:?}", [r, g, b, a]);
            let [r, _, b, a] = texel(level, 75.0, -40.0);
            assert!(r > 200 && b > 200 && a == 16, "Greenland's ice at level {level}");
        }
    }

    #[test]
    fn cities_are_lit_and_stay_lit_from_afar() {
        for (name, lat, lng) in [("Paris", 48.857, 2.35), ("Moscow", 55.755, 37.62), ("Madrid", 40.417, -3.703)] {
            for (level, least) in [(0, 0.6), (1, 0.5), (2, 0.4), (3, 0.3)] {
                let (land, city) = read_alpha(texel(level, lat, lng)[3]);
                assert!(land == 1.0 && city > least, "{name} at level {level}: {city}");
            }
        }
        // This part of Siberia has no city lights at any level.
        assert!((0..6).all(|level| read_alpha(texel(level, 65.0, 100.0)[3]).1 < 0.1));
    }

    #[test]
    fn the_chain_ends_at_one_texel() {
        for (width, levels) in [(4096, 13), (2048, 12)] {
            let earth = if width == 4096 { earth().clone() } else { build(width).expect("the built-in pictures") };
            assert_eq!((earth.width, earth.height, earth.mips.len()), (width, width / 2, levels));
            for (level, bytes) in earth.mips.iter().enumerate() {
                let side = |length: u32| ((length >> level).max(1)) as usize;
                assert_eq!(bytes.len(), side(width) * side(width / 2) * 4, "level {level}");
            }
        }
    }

    #[test]
    fn half_the_width_is_the_second_level_with_softer_lights() {
        let half = build(2048).expect("the built-in pictures");
        assert_eq!(half.mips[1..], earth().mips[2..]);
        let colors =
            |bytes: &[u8]| bytes.as_chunks::<4>().0.iter().map(|[r, g, b, _]| [*r, *g, *b]).collect::<Vec<_>>();
        assert!(colors(&half.mips[0]) == colors(&earth().mips[1]));
    }

    #[test]
    fn light_is_spread_over_the_texels_beside_it_also_around_the_earth() {
        let mut lights = vec![0; 8 * 4];
        (lights[8], lights[8 + 4]) = (160, 16);
        let soft = softened(&lights, 8);
        assert_eq!(soft[..8], [20, 10, 0, 1, 2, 1, 0, 10]);
        assert_eq!(soft[8..16], [40, 20, 0, 2, 4, 2, 0, 20]);
        assert_eq!(soft[16..24], soft[..8]);
        assert_eq!(soft[24..], [0; 8]);
    }

    #[test]
    fn alpha_is_read_as_it_was_written() {
        let shader = include_str!("../../../shaders/earth.wgsl");
        for formula in ["texel.a * (255.0 / 16.0)", "(texel.a - 16.0 / 255.0, 0.0) * (255.0 / 239.0)"] {
            assert!(shader.contains(formula), "`read_alpha` repeats what the shader does: {formula}");
        }
        for lights in 0..=255 {
            let (land, city) = read_alpha(alpha(255, lights));
            assert!((land - 1.0).abs() < 1e-5 && (city - f32::from(lights) / 255.0).abs() < 0.003, "{lights}");
        }
        for land in 0..=255 {
            let (share, city) = read_alpha(alpha(land, 0));
            assert!((share - f32::from(land) / 255.0).abs() < 0.04 && city == 0.0, "{land}");
        }
        assert!((0..255).all(|v| alpha(v, 0) <= alpha(v + 1, 0) && alpha(128, v) <= alpha(128, v + 1)));
    }

    #[test]
    fn the_mean_of_black_and_white_is_half_the_light() {
        let planes = |color: [u8; 2], land: [u8; 2], lights: [u8; 2]| Planes {
            width: 2,
            height: 1,
            color: [[color[0]; 3], [color[1]; 3]].concat(),
            land: land.into(),
            lights: lights.into(),
        };
        let mean = planes([0, 255], [0, 255], [0, 200]).half();
        assert_eq!((mean.color, mean.land), (vec![180; 3], vec![128]));
        assert!(mean.lights[0] > 141, "lights keep more than half their power: {}", mean.lights[0]);
    }

    #[test]
    fn damaged_pictures_are_named() {
        let half = |bytes: &'static [u8]| &bytes[..bytes.len() / 2];
        let mut scrambled = BUILT_IN.day.to_vec();
        scrambled[2..600].fill(0x55);
        for (pictures, word) in [
            (Pictures { day: &scrambled, ..BUILT_IN }, "by day"),
            (Pictures { day: b"", ..BUILT_IN }, "by day"),
            (Pictures { day: BUILT_IN.water, ..BUILT_IN }, "by day"),
            (Pictures { water: half(BUILT_IN.water), ..BUILT_IN }, "the sea"),
            (Pictures { lights: half(BUILT_IN.lights), ..BUILT_IN }, "lights"),
        ] {
            let error = build_from(pictures, 4096).expect_err("a damaged picture");
            let line = error.to_string();
            assert!(matches!(error, SurfaceError::Damaged { .. }) && line.contains(word), "{line}");
        }
    }

    #[test]
    fn pictures_that_do_not_cover_each_other_are_refused() {
        let mut small = Vec::new();
        let picture = image::GrayImage::new(64, 32);
        picture.write_to(&mut io::Cursor::new(&mut small), ImageFormat::Png).expect("a PNG");
        let error = build_from(Pictures { water: &small, ..BUILT_IN }, 4096).expect_err("too small");
        assert!(matches!(error, SurfaceError::Size { width: 64, height: 32, .. }), "{error}");
    }

    #[test]
    fn widths_that_cannot_be_made_are_refused() {
        for asked in [0, 1, 3000, 8192] {
            assert!(matches!(build(asked), Err(SurfaceError::Width { largest: 4096, .. })), "{asked}");
        }
    }

    #[test]
    #[ignore = "prints how long it takes"]
    fn timings() {
        for width in [4096, 2048, 4096, 2048] {
            let start = Instant::now();
            let decoded = Planes::decode(BUILT_IN).expect("the built-in pictures");
            let decoding = start.elapsed();
            let start = Instant::now();
            let half = decoded.half();
            let halving = start.elapsed();
            let start = Instant::now();
            let bytes = half.pack(&half.lights).len() + decoded.pack(&softened(&decoded.lights, decoded.width)).len();
            let packing = start.elapsed();
            let start = Instant::now();
            let total = build(width).map(|_| start.elapsed());
            println!("{width}: decode {decoding:?}, half {halving:?}, pack {packing:?} ({bytes}); all {total:?}");
        }
    }
}
