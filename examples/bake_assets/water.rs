//! The ocean mask: 255 on water, 0 on land, the fraction of water along the coast.
//!
//! Scanline fill with the even-odd rule, four scanlines per pixel row, with exact coverage along each. The rings of the
//! source cross the date line without a cut, and Antarctica's surrounds the pole: crossings along the date line itself
//! determine which scanlines start on land. The source does not include lakes, except for the Caspian Sea (a hole in
//! the land).

use image::{GrayImage, Luma};

use crate::topo::Feature;

/// Scanlines per pixel row.
const SCANLINES: usize = 4;
/// Levels of coverage: more would make the file larger.
const LEVELS: f64 = 15.0;

/// Draws all polygons of `land` into an equirectangular mask of the ocean.
pub fn ocean_mask(land: &[Feature], width: usize, height: usize) -> GrayImage {
    let coast = Coast::new(land, width, height);
    let mut picture = GrayImage::new(width as u32, height as u32);
    for y in 0..height {
        let mut covered = vec![0.0; width];
        for line in y * SCANLINES..(y + 1) * SCANLINES {
            for (from, to) in coast.land_spans(line) {
                cover(&mut covered, from, to);
            }
        }
        for (x, covered) in covered.iter().enumerate() {
            let land = (covered / SCANLINES as f64).clamp(0.0, 1.0);
            let water = ((1.0 - land) * LEVELS).round() / LEVELS;
            picture.put_pixel(x as u32, y as u32, Luma([(water * 255.0).round() as u8]));
        }
    }
    picture
}

/// Crossings of the scanlines with the coast.
struct Coast {
    width: f64,
    /// For each scanline the crossings, in pixels from the left edge, in order.
    crossings: Vec<Vec<f64>>,
    /// For each scanline, whether its left end (the date line) is on land.
    starts_on_land: Vec<bool>,
}

impl Coast {
    fn new(land: &[Feature], width: usize, height: usize) -> Self {
        let (width, line_count) = (width as f64, height * SCANLINES);
        let mut crossings = vec![Vec::new(); line_count];
        let mut date_line_flips = vec![false; line_count];
        for ring in land.iter().flat_map(|feature| &feature.polygons).flatten() {
            for edge in ring.windows(2) {
                let turns = ((edge[0][0] - edge[1][0]) / 360.0).round();
                let place = |[lng_deg, lat_deg]: [f64; 2], turns: f64| {
                    let x = ((lng_deg + 180.0) / 360.0 + turns) * width;
                    (x, (90.0 - lat_deg) / 180.0 * line_count as f64 - 0.5)
                };
                let (mut top, mut bottom) = (place(edge[0], 0.0), place(edge[1], turns));
                if top.1 > bottom.1 {
                    std::mem::swap(&mut top, &mut bottom);
                }
                // Half open, so that a vertex on a scanline counts once.
                let (first, end) = (top.1.ceil().max(0.0) as usize, bottom.1.ceil().max(0.0) as usize);
                for (line, xs) in crossings.iter_mut().enumerate().take(end).skip(first) {
                    let t = (line as f64 - top.1) / (bottom.1 - top.1);
                    xs.push((top.0 + (bottom.0 - top.0) * t).rem_euclid(width));
                }
                let turn = (top.0 / width).floor().max((bottom.0 / width).floor());
                if (top.0 / width).floor() != (bottom.0 / width).floor() {
                    let t = (turn * width - top.0) / (bottom.0 - top.0);
                    let line = (top.1 + (bottom.1 - top.1) * t).ceil().max(0.0) as usize;
                    if let Some(flip) = date_line_flips.get_mut(line) {
                        *flip = !*flip;
                    }
                }
            }
        }
        for xs in &mut crossings {
            xs.sort_by(f64::total_cmp);
        }
        // The North Pole is in the sea; each coast crossing along the date line towards the south changes that.
        let mut on_land = false;
        let starts_on_land = date_line_flips.iter().map(|flip| {
            on_land ^= flip;
            on_land
        });
        Self { width, starts_on_land: starts_on_land.collect(), crossings }
    }

    /// The intervals of land on a scanline, in pixels from the left.
    fn land_spans(&self, line: usize) -> Vec<(f64, f64)> {
        let mut places = self.crossings[line].clone();
        if self.starts_on_land[line] {
            places.insert(0, 0.0);
        }
        if places.len() % 2 == 1 {
            places.push(self.width);
        }
        places.chunks_exact(2).map(|span| (span[0], span[1])).collect()
    }
}

/// Adds to each pixel the fraction of it between `from` and `to`.
fn cover(row: &mut [f64], from: f64, to: f64) {
    let last = row.len().saturating_sub(1);
    let (first, end) = ((from.max(0.0) as usize).min(last), (to.max(0.0) as usize).min(last));
    for (x, share) in row.iter_mut().enumerate().take(end + 1).skip(first) {
        *share += (to.min(x as f64 + 1.0) - from.max(x as f64)).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The water level at a point of a mask with one pixel per degree.
    fn level(rings: Vec<Vec<[f64; 2]>>, [lng_deg, lat_deg]: [f64; 2]) -> u8 {
        let land = Feature { id: None, name: String::new(), polygons: vec![rings] };
        let mask = ocean_mask(&[land], 360, 180);
        mask.get_pixel((lng_deg + 180.0) as u32, (90.0 - lat_deg) as u32)[0]
    }

    #[test]
    fn an_island_across_the_date_line_is_filled_on_both_sides_only() {
        let island = vec![[170.0, 10.0], [-170.0, 10.0], [-170.0, -10.0], [170.0, -10.0], [170.0, 10.0]];
        for (point, expected) in [
            ([175.5, 0.5], 0),
            ([179.5, 9.5], 0),
            ([-179.5, -9.5], 0),
            ([-171.5, 0.5], 0),
            ([-169.5, 0.5], 255),
            ([0.5, 0.5], 255),
            ([169.5, 0.5], 255),
            ([179.5, 10.5], 255),
            ([179.5, -10.5], 255),
        ] {
            assert_eq!(level(vec![island.clone()], point), expected, "{point:?}");
        }
    }

    #[test]
    fn a_ring_once_around_the_south_pole_holds_the_pole() {
        let ring: Vec<[f64; 2]> = [-180.0, -90.0, 0.0, 90.0, 180.0].map(|lng_deg| [lng_deg, -70.0]).to_vec();
        assert_eq!(level(vec![ring.clone()], [33.5, -89.5]), 0);
        assert_eq!(level(vec![ring], [33.5, -69.5]), 255);
    }

    #[test]
    fn a_pixel_half_covered_is_half_water() {
        let island = vec![[0.0, 0.0], [10.5, 0.0], [10.5, 10.0], [0.0, 10.0], [0.0, 0.0]];
        assert_eq!(level(vec![island], [10.5, 5.5]), 136);
    }
}
