//! Whether two pictures are the same, by the histogram of their differences.
//!
//! Rasterizers of different versions round differently, so a pixel may be off a little, a few may be off a little more
//! where an edge falls on the other side of a pixel's middle, and none may be off by what a person would see.

use image::{Rgb, RgbImage};

/// `(off_by, at_most)`: how many pixels at most may be off by more than `off_by`, of 255, in their worst channel.
///
/// For pictures of about 65,000 pixels; [`Difference::complaint`] scales the numbers with the size.
const LIMITS: [(u8, usize); 3] = [(1, 500), (2, 100), (15, 0)];
/// Pixels for which [`LIMITS`] are stated.
const PIXELS: usize = 256 * 256;

/// How two pictures differ.
#[derive(Debug, PartialEq, Eq)]
pub enum Difference {
    /// They do not even have the same size: actual, expected.
    Size((u32, u32), (u32, u32)),
    /// Number of pixels by how far they are off in their worst channel.
    Pixels(Box<[usize; 256]>),
}

impl Difference {
    /// Compares two pictures.
    pub fn between(actual: &RgbImage, expected: &RgbImage) -> Self {
        if actual.dimensions() != expected.dimensions() {
            return Self::Size(actual.dimensions(), expected.dimensions());
        }
        let mut histogram = Box::new([0; 256]);
        for (a, b) in actual.pixels().zip(expected.pixels()) {
            histogram[usize::from(off_by(a, b))] += 1;
        }
        Self::Pixels(histogram)
    }

    /// Why the pictures are not the same; `None` where they are.
    pub fn complaint(&self) -> Option<String> {
        let histogram = match self {
            Self::Size(actual, expected) => return Some(format!("the size is {actual:?} and should be {expected:?}")),
            Self::Pixels(histogram) => histogram,
        };
        let pixels: usize = histogram.iter().sum();
        let complaints: Vec<String> = LIMITS
            .iter()
            .filter_map(|&(off_by, at_most)| {
                let at_most = at_most * pixels.max(PIXELS) / PIXELS;
                let count = self.count_above(off_by);
                (count > at_most).then(|| format!("{count} pixels are off by more than {off_by} ({at_most} may be)"))
            })
            .collect();
        (!complaints.is_empty()).then(|| complaints.join(", "))
    }

    /// Number of pixels that are off by more than `limit`.
    pub fn count_above(&self, limit: u8) -> usize {
        match self {
            Self::Size(..) => usize::MAX,
            Self::Pixels(histogram) => histogram[usize::from(limit) + 1..].iter().sum(),
        }
    }
}

/// Where two pictures of one size differ, eight times as strong as they do, on black.
pub fn difference_picture(actual: &RgbImage, expected: &RgbImage) -> RgbImage {
    let (width, height) = (actual.width().min(expected.width()), actual.height().min(expected.height()));
    RgbImage::from_fn(width, height, |x, y| {
        let (a, b) = (actual.get_pixel(x, y), expected.get_pixel(x, y));
        Rgb(std::array::from_fn(|channel| a[channel].abs_diff(b[channel]).saturating_mul(8)))
    })
}

/// How far two pixels are off in their worst channel.
pub fn off_by(a: &Rgb<u8>, b: &Rgb<u8>) -> u8 {
    a.0.iter().zip(&b.0).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

mod tests {
    use super::*;

    fn gray() -> RgbImage {
        RgbImage::from_pixel(256, 256, Rgb([100; 3]))
    }

    /// A gray picture of which `pixels` have one channel off by `by`.
    fn off(pixels: u32, by: u8) -> RgbImage {
        let mut picture = gray();
        for at in 0..pixels {
            picture.get_pixel_mut(at % 256, at / 256)[(at % 3) as usize] += by;
        }
        picture
    }

    #[test]
    fn rounding_is_forgiven_and_a_visible_difference_is_not() {
        for (pixels, by, is_same) in [
            (0, 0, true),
            (65_536, 1, true),
            (500, 2, true),
            (501, 2, false),
            (100, 15, true),
            (101, 3, false),
            (101, 15, false),
            (1, 16, false),
        ] {
            let complaint = Difference::between(&off(pixels, by), &gray()).complaint();
            assert_eq!(complaint.is_none(), is_same, "{pixels} pixels off by {by}: {complaint:?}");
        }
    }

    #[test]
    fn a_larger_picture_may_have_as_many_in_proportion() {
        let large = RgbImage::from_pixel(512, 256, Rgb([100; 3]));
        let mut other = large.clone();
        other.pixels_mut().take(200).for_each(|pixel| pixel[1] += 9);
        assert_eq!(Difference::between(&other, &large).complaint(), None);
        other.pixels_mut().take(201).for_each(|pixel| pixel[0] += 9);
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
