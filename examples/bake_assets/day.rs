//! The day picture: the Blue Marble, with some relief on land, and with the missing sea around Antarctica filled in.
//!
//! South of 60°S a third of the source's sea is a black area with straight edges. It is filled using the depths from
//! ETOPO1, in the colours that the Blue Marble has for the same depths elsewhere.

use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{GrayImage, Luma, RgbImage};

use crate::{Failure, HEIGHT, WIDTH, create};

/// JPEG quality, 1 to 100.
const QUALITY: u8 = 88;
/// Strength of ETOPO1's hill shading on land, and the maximum change of a pixel.
const RELIEF: (f32, f32) = (0.45, 0.12);
/// Differences from the surroundings of this size in pixels are relief; slower changes are ETOPO1's height colours.
const RELIEF_SIGMA_PX: f32 = 2.5;
/// Blue levels between which land changes from ground to snow, which already has shading.
const SNOW_BLUE: (f32, f32) = (170.0, 230.0);
/// South of the second latitude the sea is filled, north of the first it is kept, and in between it is blended.
const FILL_LAT_DEG: (f32, f32) = (-57.0, -60.0);
/// Blur of the filled depths, in pixels.
const FILL_SIGMA_PX: f32 = 1.5;
/// Red levels at which a southern pixel starts to be ice, and is fully ice.
const ICE_RED: (f32, f32) = (45.0, 110.0);

/// Creates and writes the day picture; returns it before compression.
pub fn write(bmng: &RgbImage, etopo: &RgbImage, water: &GrayImage, path: &Path) -> Result<RgbImage, Failure> {
    let mut picture = shrink(bmng);
    let etopo = shrink(etopo);
    add_relief(&mut picture, &etopo, water);
    fill_southern_sea(&mut picture, &etopo, water);
    JpegEncoder::new_with_quality(&mut create(path)?, QUALITY).encode_image(&picture)?;
    Ok(picture)
}

/// Removes the ice shelves, which are not in the land outlines, from the ocean mask, so that ice does not reflect like
/// water.
pub fn remove_ice(water: &mut GrayImage, day: &RgbImage) {
    for (x, y, pixel) in water.enumerate_pixels_mut() {
        if latitude_deg(y) < FILL_LAT_DEG.1 {
            // Few steps, because the edge of the ice is rough and more would make the file larger.
            let sea = ((1.0 - ice(day.get_pixel(x, y).0)) * 5.0).round() / 5.0;
            pixel[0] = (f32::from(pixel[0]) * sea).round() as u8;
        }
    }
}

/// Lanczos-resamples a whole-earth picture with wrapped edges, to avoid a seam at ±180°.
fn shrink(source: &RgbImage) -> RgbImage {
    // For widths that are multiples of 8, the padding of an eighth is a whole number of pixels before and after.
    let (pad, height) = (source.width() / 8, source.height());
    let mut wide = RgbImage::new(source.width() + 2 * pad, height);
    for x in [i64::from(pad) - i64::from(source.width()), i64::from(pad), i64::from(pad + source.width())] {
        imageops::replace(&mut wide, source, x, 0);
    }
    let pad_out = WIDTH as u32 / 8;
    let scaled = imageops::resize(&wide, WIDTH as u32 + 2 * pad_out, HEIGHT as u32, FilterType::Lanczos3);
    imageops::crop_imm(&scaled, pad_out, 0, WIDTH as u32, HEIGHT as u32).to_image()
}

/// Modulates the brightness of land with the fine structure of the relief, without changing the hue.
fn add_relief(picture: &mut RgbImage, etopo: &RgbImage, water: &GrayImage) {
    let bright = GrayImage::from_fn(etopo.width(), etopo.height(), |x, y| {
        let [r, g, b] = etopo.get_pixel(x, y).0.map(f32::from);
        Luma([(0.30 * r + 0.59 * g + 0.11 * b).round() as u8])
    });
    let around = imageops::blur(&bright, RELIEF_SIGMA_PX);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let land = 1.0 - f32::from(water.get_pixel(x, y)[0]) / 255.0;
        let snow = smoothstep(SNOW_BLUE.0, SNOW_BLUE.1, f32::from(pixel[2]));
        let shade = f32::from(bright.get_pixel(x, y)[0]) / f32::from(around.get_pixel(x, y)[0]).max(1.0) - 1.0;
        let factor = 1.0 + land * (1.0 - snow) * (shade * RELIEF.0).clamp(-RELIEF.1, RELIEF.1);
        pixel.0 = pixel.0.map(|channel| (f32::from(channel) * factor).round() as u8);
    }
}

/// Replaces the sea around Antarctica, except for ice.
fn fill_southern_sea(picture: &mut RgbImage, etopo: &RgbImage, water: &GrayImage) {
    let colours = sea_colours(picture, etopo, water);
    // ETOPO1's hill shading is harsher than the Blue Marble's.
    let etopo = imageops::blur(etopo, FILL_SIGMA_PX);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let south = smoothstep(FILL_LAT_DEG.0, FILL_LAT_DEG.1, latitude_deg(y));
        let share = south * (1.0 - ice(pixel.0)) * f32::from(water.get_pixel(x, y)[0]) / 255.0;
        let colour = colours[usize::from(etopo.get_pixel(x, y)[1])];
        for (channel, fill) in pixel.0.iter_mut().zip(colour) {
            *channel = (f32::from(*channel) * (1.0 - share) + fill * share).round() as u8;
        }
    }
}

/// For each level of ETOPO1's green, which increases towards shallow water, the Blue Marble's mean colour of open sea
/// between 57°N and 57°S.
fn sea_colours(picture: &RgbImage, etopo: &RgbImage, water: &GrayImage) -> Vec<[f32; 3]> {
    let mut sums = vec![[0.0_f32; 4]; 256];
    for (x, y, depth) in etopo.enumerate_pixels().filter(|(_, y, _)| latitude_deg(*y).abs() < -FILL_LAT_DEG.0) {
        if water.get_pixel(x, y)[0] == 255 {
            let sum = &mut sums[usize::from(depth[1])];
            for (total, channel) in sum.iter_mut().zip(picture.get_pixel(x, y).0) {
                *total += f32::from(channel);
            }
            sum[3] += 1.0;
        }
    }
    // Average neighbouring levels, so that rare ones do not appear as dots.
    (0..256_usize)
        .map(|level| {
            let near = &sums[level.saturating_sub(12)..(level + 13).min(256)];
            let count = near.iter().map(|sum| sum[3]).sum::<f32>().max(1.0);
            [0, 1, 2].map(|channel| near.iter().map(|sum| sum[channel]).sum::<f32>() / count)
        })
        .collect()
}

/// Whether a pixel near the South Pole looks like ice or like sea, from 1 to 0.
fn ice([red, _, _]: [u8; 3]) -> f32 {
    smoothstep(ICE_RED.0, ICE_RED.1, f32::from(red))
}

fn latitude_deg(y: u32) -> f32 {
    90.0 - (y as f32 + 0.5) * 180.0 / HEIGHT as f32
}

fn smoothstep(from: f32, to: f32, value: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
