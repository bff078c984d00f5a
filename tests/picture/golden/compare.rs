//! Compares pictures, tolerating differences between versions of rasterizers.
//!
//! They round differently: any pixel may differ slightly, and a few pixels differ strongly where an edge is on the
//! other side of their centre. Visible errors, in contrast, affect several adjacent pixels. So single pixels may
//! differ, as long as they are few and isolated; the means of small squares, in which such pixels almost vanish, may
//! not. Each pixel has a limited influence on a mean.

use image::{Rgb, RgbImage};

/// `(off_by, at_most)`: the maximum number of pixels that may differ by more than `off_by`, of 255, in their worst
/// channel.
///
/// For pictures of about 65,000 pixels; [`Difference::complaint`] scales the numbers with the size.
const LIMITS: [(f32, usize); 3] = [(1.0, 500), (2.0, 100), (15.0, 8)];
/// The same for the means of squares. Two adjacent pixels may differ by any amount, three may not.
const MEAN_LIMITS: [(f32, usize); 2] = [(1.0, 80), (4.0, 0)];
/// Side of a square, px.
const SIDE: usize = 5;
/// Maximum difference of a pixel in a mean.
const MOST_OF_ONE: i32 = 48;
/// Number of pixels for which the limits are stated.
const PIXELS: usize = 256 * 256;

/// The difference between two pictures.
#[derive(Debug, PartialEq)]
pub enum Difference {
    /// Different sizes: actual, expected.
    Size((u32, u32), (u32, u32)),
    /// Differences in the worst channel.
    Pixels {
        /// Each pixel.
        single: Vec<f32>,
        /// The mean of each square.
        means: Vec<f32>,
    },
}

impl Difference {
    /// Compares two pictures.
    pub fn between(actual: &RgbImage, expected: &RgbImage) -> Self {
        if actual.dimensions() != expected.dimensions() {
            return Self::Size(actual.dimensions(), expected.dimensions());
        }
        let single = actual.pixels().zip(expected.pixels()).map(|(a, b)| f32::from(off_by(a, b))).collect();
        Self::Pixels { single, means: means(actual, expected) }
    }

    /// Why the pictures differ; `None` if they are considered equal.
    pub fn complaint(&self) -> Option<String> {
        let (single, means) = match self {
            Self::Size(actual, expected) => return Some(format!("the size is {actual:?} and should be {expected:?}")),
            Self::Pixels { single, means } => (single, means),
        };
        let mut complaints = Vec::new();
        for (what, values, limits) in [("pixels", single, &LIMITS[..]), ("squares", means, &MEAN_LIMITS[..])] {
            for &(off_by, at_most) in limits {
                let at_most = at_most * single.len().max(PIXELS) / PIXELS;
                let count = count_above(values, off_by);
                if count > at_most {
                    complaints.push(format!("{count} {what} are off by more than {off_by} ({at_most} may be)"));
                }
            }
        }
        (!complaints.is_empty()).then(|| complaints.join(", "))
    }

    /// Whether all pixels are equal.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Pixels { single, .. } if count_above(single, 0.0) == 0)
    }
}

fn count_above(values: &[f32], limit: f32) -> usize {
    values.iter().filter(|value| **value > limit).count()
}

/// Differences of the mean of each square in its worst channel.
fn means(actual: &RgbImage, expected: &RgbImage) -> Vec<f32> {
    let (width, height) = (actual.width() as usize, actual.height() as usize);
    // Summed-area table.
    let row = width + 1;
    let mut sums = vec![[0_i32; 3]; row * (height + 1)];
    for (at, (a, b)) in actual.pixels().zip(expected.pixels()).enumerate() {
        let at = (at / width + 1) * row + at % width + 1;
        sums[at] = std::array::from_fn(|channel| {
            let off = (i32::from(a[channel]) - i32::from(b[channel])).clamp(-MOST_OF_ONE, MOST_OF_ONE);
            off + sums[at - 1][channel] + sums[at - row][channel] - sums[at - row - 1][channel]
        });
    }
    let corners = (SIDE..=height).flat_map(|y| (SIDE..=width).map(move |x| y * row + x));
    let worst = corners.map(|at| {
        let (left, above) = (at - SIDE, at - SIDE * row);
        let sum = |channel: usize| {
            sums[at][channel] - sums[left][channel] - sums[above][channel] + sums[above - SIDE][channel]
        };
        [0, 1, 2].map(|channel| sum(channel).unsigned_abs()).into_iter().max().unwrap_or(0)
    });
    worst.map(|sum| sum as f32 / (SIDE * SIDE) as f32).collect()
}

/// The difference of two pictures of the same size, amplified eight times, on black.
pub fn difference_picture(actual: &RgbImage, expected: &RgbImage) -> RgbImage {
    let (width, height) = (actual.width().min(expected.width()), actual.height().min(expected.height()));
    RgbImage::from_fn(width, height, |x, y| {
        let (a, b) = (actual.get_pixel(x, y), expected.get_pixel(x, y));
        Rgb(std::array::from_fn(|channel| a[channel].abs_diff(b[channel]).saturating_mul(8)))
    })
}

/// Difference of two pixels in their worst channel.
pub fn off_by(a: &Rgb<u8>, b: &Rgb<u8>) -> u8 {
    a.0.iter().zip(&b.0).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

mod tests {
    use super::*;

    fn gray() -> RgbImage {
        RgbImage::from_pixel(256, 256, Rgb([100; 3]))
    }

    /// A grey picture in which `pixels`, far from each other, differ by `by` in one channel, alternately up and down.
    fn off(pixels: u32, by: u8) -> RgbImage {
        let mut picture = gray();
        for at in 0..pixels {
            let place = at * (65_536 / pixels.max(1));
            let channel = &mut picture.get_pixel_mut(place % 256, place / 256)[(at % 3) as usize];
            *channel = if at % 2 == 0 { *channel + by } else { *channel - by };
        }
        picture
    }

    /// A grey picture with a patch that differs by `by`.
    fn patch(width: u32, height: u32, by: u8) -> RgbImage {
        let mut picture = gray();
        for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (100 + x, 90 + y))) {
            picture.get_pixel_mut(x, y)[1] += by;
        }
        picture
    }

    fn assert_same(is_same: bool, picture: &RgbImage, what: &str) {
        let complaint = Difference::between(picture, &gray()).complaint();
        assert_eq!(complaint.is_none(), is_same, "{what}: {complaint:?}");
    }

    #[test]
    fn rounding_and_single_pixels_are_forgiven_and_many_are_not() {
        for (pixels, by, is_same) in [
            (0, 0, true),
            (65_536, 1, true),
            (500, 2, true),
            (501, 2, false),
            (100, 15, true),
            (101, 3, false),
            (8, 100, true),
            (9, 16, false),
        ] {
            assert_same(is_same, &off(pixels, by), &format!("{pixels} pixels off by {by}"));
        }
    }

    #[test]
    fn what_is_off_over_several_pixels_is_seen() {
        for (width, height, by, is_same) in [
            (1, 1, 100, true),
            (2, 1, 100, true),
            (3, 1, 100, false),
            (2, 2, 60, false),
            // A faint line and a fainter area.
            (40, 1, 12, false),
            (12, 12, 3, false),
            (3, 3, 6, true),
        ] {
            assert_same(is_same, &patch(width, height, by), &format!("{width} × {height} pixels off by {by}"));
        }
    }

    #[test]
    fn a_larger_picture_may_have_as_many_in_proportion() {
        let large = RgbImage::from_pixel(512, 256, Rgb([100; 3]));
        let mut other = large.clone();
        other.pixels_mut().step_by(600).take(200).for_each(|pixel| pixel[1] += 9);
        assert_eq!(Difference::between(&other, &large).complaint(), None);
        other.pixels_mut().skip(300).step_by(600).take(1).for_each(|pixel| pixel[0] += 9);
        assert!(Difference::between(&other, &large).complaint().is_some());
    }

    #[test]
    fn another_size_is_another_picture() {
        let difference = Difference::between(&RgbImage::new(256, 255), &gray());
        assert!(difference.complaint().is_some_and(|complaint| complaint.contains("size")));
    }

    #[test]
    fn the_picture_of_differences_is_black_where_there_are_none() {
        let picture = difference_picture(&off(1, 3), &gray());
        assert_eq!((picture.get_pixel(0, 0), picture.get_pixel(1, 0)), (&Rgb([24, 0, 0]), &Rgb([0, 0, 0])));
    }
}
