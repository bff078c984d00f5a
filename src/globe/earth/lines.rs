//! Borders and coasts, as distances.
//!
//! Two bytes a texel: how near the nearest border between two countries is, and how near the nearest coast; 255 on the
//! line, 0 from half a degree on. The shader makes lines of them that are as wide as it likes at any zoom. Smaller levels
//! are means: a distance stays one, and far away, where it does not, the lines have faded.

use super::{levels::TextureLevels, surface::SurfaceError};
use image::ImageFormat;

const BUILT_IN: &[u8] = include_bytes!("../../../assets/earth/lines.png");

/// Decodes the distances and makes their levels.
///
/// # Errors
/// See [`SurfaceError`].
pub(super) fn build() -> Result<TextureLevels, SurfaceError> {
    build_from(BUILT_IN)
}

fn build_from(png: &[u8]) -> Result<TextureLevels, SurfaceError> {
    let picture = "borders and coasts";
    let largest = image::load_from_memory_with_format(png, ImageFormat::Png)
        .map_err(|source| SurfaceError::Damaged { picture, source })?
        .into_luma_alpha8();
    let (width, height) = largest.dimensions();
    if width < 2 || width != 2 * height || !width.is_power_of_two() {
        return Err(SurfaceError::Size { picture, width, height });
    }
    let mut mips = vec![largest.into_raw()];
    let mut level_width = width as usize;
    while level_width > 1 {
        let next = half(mips.last().map_or(&[], Vec::as_slice), level_width);
        mips.push(next);
        level_width /= 2;
    }
    Ok(TextureLevels { width, height, mips })
}

/// The next smaller level; the last but one is one texel high already.
fn half(level: &[u8], width: usize) -> Vec<u8> {
    let rows: Vec<&[u8]> = level.chunks_exact(width * 2).collect();
    let mut smaller = Vec::with_capacity((level.len() / 4).max(2));
    for pair in rows.chunks(2) {
        let (upper, lower) = (pair[0], pair[pair.len() - 1]);
        for (a, b) in upper.as_chunks::<4>().0.iter().zip(lower.as_chunks::<4>().0) {
            smaller.extend([0, 1].map(|channel| {
                let sum: u32 = [a[channel], a[channel + 2], b[channel], b[channel + 2]].map(u32::from).iter().sum();
                ((sum + 2) / 4) as u8
            }));
        }
    }
    smaller
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearness(lines: &TextureLevels, lat_deg: f64, lng_deg: f64) -> [u8; 2] {
        let x = (lng_deg + 180.0) / 360.0 * f64::from(lines.width);
        let y = (90.0 - lat_deg) / 180.0 * f64::from(lines.height);
        let at = (y as usize * lines.width as usize + x as usize) * 2;
        [lines.mips[0][at], lines.mips[0][at + 1]]
    }

    #[test]
    fn lines_are_where_they_are_on_a_map() {
        let lines = build().expect("the built-in picture");
        for (name, lat_deg, lng_deg, is_border, is_coast) in [
            ("between Canada and the United States", 49.0, -105.0, true, false),
            ("between Germany and Poland, at Frankfurt on the Oder", 52.35, 14.55, true, false),
            ("Land's End", 50.07, -5.70, false, true),
            ("mid Pacific", -10.0, -130.0, false, false),
            ("the middle of the Sahara", 23.0, 12.5, false, false),
        ] {
            let [border, coast] = nearness(&lines, lat_deg, lng_deg);
            assert_eq!((border > 150, coast > 150), (is_border, is_coast), "{name}: {border} {coast}");
        }
    }

    #[test]
    fn the_chain_ends_at_one_texel() {
        let lines = build().expect("the built-in picture");
        assert_eq!((lines.width, lines.height, lines.mips.len()), (2048, 1024, 12));
        for (level, bytes) in lines.mips.iter().enumerate() {
            let side = |length: u32| (length >> level).max(1) as usize;
            assert_eq!(bytes.len(), side(2048) * side(1024) * 2, "level {level}");
        }
    }

    #[test]
    fn a_damaged_picture_is_an_error_that_names_it() {
        let error = build_from(&BUILT_IN[..500]).expect_err("cut short");
        assert!(error.to_string().contains("borders and coasts"), "{error}");
    }
}
