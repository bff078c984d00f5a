//! Coasts and borders as distances: for each pixel how far the nearest line is.
//!
//! A line drawn into a picture is as wide as its pixels; a distance stays sharp when it is magnified, because it is
//! interpolated before it becomes a line (Green, "Improved Alpha-Tested Magnification for Vector Textures and Special
//! Effects", 2007). Grey is the distance to the nearest border between two countries, alpha that to the nearest coast:
//! 255 on the line, 0 from [`REACH_DEG`] on.

use image::{GrayAlphaImage, LumaA};

use crate::topo::Ring;

/// Size of the picture: half of the others, which is what the source's own detail deserves.
pub const WIDTH: usize = 2048;
/// See [`WIDTH`].
pub const HEIGHT: usize = 1024;
/// Distance on the sphere at which a pixel knows of no line any more, degrees; `LINE_REACH_DEG` of `shaders/earth.wgsl`.
const REACH_DEG: f64 = 0.5;
/// Longer pieces are cut, so that each is straight in the plane around it.
const LONGEST_PIECE_DEG: f64 = 0.5;
/// Levels that are kept: more would only make the file larger.
const LEVELS: f64 = 85.0;

/// Draws both.
pub fn picture(borders: &[Ring], coasts: &[Ring]) -> GrayAlphaImage {
    let [borders, coasts] = [borders, coasts].map(nearest);
    GrayAlphaImage::from_fn(WIDTH as u32, HEIGHT as u32, |x, y| {
        let at = y as usize * WIDTH + x as usize;
        LumaA([&borders, &coasts].map(|distances| {
            let nearness = (1.0 - distances[at] / REACH_DEG).max(0.0);
            ((nearness * LEVELS).round() / LEVELS * 255.0).round() as u8
        }))
    })
}

/// For each pixel the distance to the nearest of `lines`, degrees, up to the reach.
fn nearest(lines: &[Ring]) -> Vec<f64> {
    let mut distances = vec![REACH_DEG; WIDTH * HEIGHT];
    for edge in lines.iter().flat_map(|line| line.windows(2)) {
        let run = (edge[1][0] - edge[0][0] + 540.0).rem_euclid(360.0) - 180.0;
        let rise = edge[1][1] - edge[0][1];
        let pieces = (run.abs().max(rise.abs()) / LONGEST_PIECE_DEG).ceil().max(1.0);
        for piece in 0..pieces as usize {
            let end = |number: usize| {
                let t = number as f64 / pieces;
                [edge[0][0] + run * t, edge[0][1] + rise * t]
            };
            approach(end(piece), end(piece + 1), &mut distances);
        }
    }
    distances
}

/// Lowers the distances around one piece of a line.
fn approach(a: [f64; 2], b: [f64; 2], distances: &mut [f64]) {
    let deg_per_px = 180.0 / HEIGHT as f64;
    let row_of = |lat_deg: f64| ((90.0 - lat_deg) / deg_per_px).clamp(0.0, HEIGHT as f64 - 1.0) as usize;
    for y in row_of(a[1].max(b[1]) + REACH_DEG)..=row_of(a[1].min(b[1]) - REACH_DEG) {
        let lat_deg = 90.0 - (y as f64 + 0.5) * deg_per_px;
        // Meridians are nearer to each other away from the equator.
        let squeeze = lat_deg.to_radians().cos().max(0.01);
        let margin_deg = REACH_DEG / squeeze;
        let column = |lng_deg: f64| ((lng_deg + 180.0) / deg_per_px).floor() as i64;
        let (first, last) = (column(a[0].min(b[0]) - margin_deg), column(a[0].max(b[0]) + margin_deg));
        for x in first..=last.min(first + WIDTH as i64 - 1) {
            let lng_deg = (x as f64 + 0.5) * deg_per_px - 180.0;
            let flat = |point: [f64; 2]| [(point[0] - lng_deg) * squeeze, point[1] - lat_deg];
            let at = y * WIDTH + x.rem_euclid(WIDTH as i64) as usize;
            distances[at] = distances[at].min(distance_to_origin(flat(a), flat(b)));
        }
    }
}

fn distance_to_origin(a: [f64; 2], b: [f64; 2]) -> f64 {
    let (run, rise) = (b[0] - a[0], b[1] - a[1]);
    let length_sq = run * run + rise * rise;
    let t = if length_sq > 0.0 { (-(a[0] * run + a[1] * rise) / length_sq).clamp(0.0, 1.0) } else { 0.0 };
    (a[0] + run * t).hypot(a[1] + rise * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_across_the_date_line_is_near_on_both_sides_and_nowhere_else() {
        let picture = picture(&[vec![[179.0, 60.0], [-179.0, 60.0]]], &[]);
        let near = |lng_deg: f64, lat_deg: f64| {
            let (x, y) = ((lng_deg + 180.0) / 360.0 * WIDTH as f64, (90.0 - lat_deg) / 180.0 * HEIGHT as f64);
            picture.get_pixel(x as u32, y as u32).0
        };
        for lng_deg in [179.5, 179.95, -179.95, -179.5] {
            assert!(near(lng_deg, 60.0)[0] > 180, "{lng_deg}");
            assert_eq!(near(lng_deg, 61.0)[0], 0, "{lng_deg}");
        }
        assert_eq!((near(0.0, 60.0)[0], near(-177.0, 60.0)[0], near(179.5, 60.0)[1]), (0, 0, 0));
    }
}
