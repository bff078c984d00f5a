//! Simulated colour vision, to check palettes.

use super::Palette;
use crate::view::comparison::{AFTER, BEFORE};

/// Simulation of a complete deficiency in linear sRGB (Machado, Oliveira and Fernandes, "A Physiologically-based Model for
/// Simulation of Color Vision Deficiency", 2009, table 1, severity 1).
const DEUTERANOPIA: [[f64; 3]; 3] =
    [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]];
const PROTANOPIA: [[f64; 3]; 3] =
    [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]];
const TRITANOPIA: [[f64; 3]; 3] =
    [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]];
const NORMAL: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// From linear sRGB to XYZ (IEC 61966-2-1).
const XYZ: [[f64; 3]; 3] = [
    [0.412_456_4, 0.357_576_1, 0.180_437_5],
    [0.212_672_9, 0.715_152_2, 0.072_175],
    [0.019_333_9, 0.119_192, 0.950_304_1],
];
/// CIECAM02 (CIE 159:2004): sharpened cone responses, and from these to Hunt-Pointer-Estevez.
const CAT02: [[f64; 3]; 3] = [[0.7328, 0.4296, -0.1624], [-0.7036, 1.6975, 0.0061], [0.0030, 0.0136, 0.9834]];
const HPE_OF_CAT02: [[f64; 3]; 3] = [
    [0.740_979_2, 0.218_025_1, 0.041_005_8],
    [0.285_353_2, 0.624_201_7, 0.090_445_1],
    [-0.009_627_6, -0.005_698, 1.015_325_6],
];

fn times(matrix: &[[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

/// CAM02-UCS of a colour with a kind of vision, for a display in a dim office (sRGB viewing conditions).
#[expect(clippy::many_single_char_names, reason = "the names of the standard")]
fn perceived(color: [u8; 3], vision: &[[f64; 3]; 3]) -> [f64; 3] {
    let linear = color.map(|part| {
        let c = f64::from(part) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    let xyz = times(&XYZ, times(vision, linear).map(|part| part.clamp(0.0, 1.0))).map(|part| 100.0 * part);
    let (white, adapting, background) = ([95.047, 100.0, 108.883], 64.0 / std::f64::consts::PI / 5.0, 20.0);
    let k = 1.0 / (5.0 * adapting + 1.0_f64);
    let level = 0.2 * k.powi(4) * 5.0 * adapting + 0.1 * (1.0 - k.powi(4)).powi(2) * (5.0 * adapting).cbrt();
    let n: f64 = background / white[1];
    let induction = 0.725 * (1.0 / n).powf(0.2);
    let degree = 1.0 - (1.0 / 3.6) * ((-adapting - 42.0) / 92.0_f64).exp();
    let white_cones = times(&CAT02, white);
    let respond = |cones: [f64; 3]| {
        let adapted = [0, 1, 2].map(|i| cones[i] * (white[1] * degree / white_cones[i] + 1.0 - degree));
        times(&HPE_OF_CAT02, adapted).map(|x| {
            let y = (level * x.abs() / 100.0).powf(0.42);
            x.signum() * 400.0 * y / (y + 27.13) + 0.1
        })
    };
    let achromatic = |[r, g, b]: [f64; 3]| (2.0 * r + g + b / 20.0 - 0.305) * induction;
    let [r, g, b] = respond(times(&CAT02, xyz));
    let (red_green, yellow_blue) = (r - 12.0 * g / 11.0 + b / 11.0, (r + g - 2.0 * b) / 9.0);
    let hue = yellow_blue.atan2(red_green);
    let lightness =
        100.0 * (achromatic([r, g, b]).max(0.0) / achromatic(respond(white_cones))).powf(0.69 * (1.48 + n.sqrt()));
    let eccentricity = 0.25 * ((hue + 2.0).cos() + 3.8);
    let t = 50_000.0 / 13.0 * induction * eccentricity * red_green.hypot(yellow_blue) / (r + g + 21.0 * b / 20.0);
    let chroma = t.powf(0.9) * (lightness / 100.0).sqrt() * (1.64 - 0.29_f64.powf(n)).powf(0.73);
    let colourfulness = (1.0 + 0.0228 * chroma * level.powf(0.25)).ln() / 0.0228;
    [1.7 * lightness / (1.0 + 0.007 * lightness), colourfulness * hue.cos(), colourfulness * hue.sin()]
}

/// The smallest distance of two hues of a palette.
fn least(palette: &Palette, vision: &[[f64; 3]; 3]) -> f64 {
    let seen: Vec<_> = palette.hues.iter().map(|hue| perceived(*hue, vision)).collect();
    let mut least = f64::INFINITY;
    for (index, a) in seen.iter().enumerate() {
        for b in &seen[..index] {
            least = least.min((0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt());
        }
    }
    least
}

/// Contrast of two colours (WCAG 2.2, 1.4.3).
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let luminance = |color: [u8; 3]| {
        let linear = color.map(|part| {
            let c = f64::from(part) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn the_model_gives_published_values() {
    // White has J' = 100; sRGB red is at J' = 60.05, a' = 38.69, b' = 24.32 (colorspacious 1.1.2).
    assert!((perceived([255; 3], &NORMAL)[0] - 100.0).abs() < 0.01);
    let red = perceived([255, 0, 0], &NORMAL);
    for (found, expected) in red.into_iter().zip([60.05, 38.69, 24.32]) {
        assert!((found - expected).abs() < 0.05, "{red:?}");
    }
}

#[test]
fn hues_are_distinct_with_the_vision_for_which_the_palette_is() {
    for (palette, visions, floor) in [
        (Palette::STANDARD, vec![NORMAL], 15.0),
        (Palette::DEUTERANOPIA, vec![NORMAL, DEUTERANOPIA], Palette::LEAST_DISTANCE),
        (Palette::PROTANOPIA, vec![NORMAL, PROTANOPIA], Palette::LEAST_DISTANCE),
        (Palette::TRITANOPIA, vec![NORMAL, TRITANOPIA], Palette::LEAST_DISTANCE),
        (Palette::HIGH_CONTRAST, vec![NORMAL], 25.0),
    ] {
        for vision in visions {
            let least = least(&palette, &vision);
            assert!(least >= floor, "{}: {least}", palette.name);
        }
    }
    assert!(least(&Palette::STANDARD, &DEUTERANOPIA) < 5.0, "the check finds what is too similar");
}

#[test]
fn all_colours_are_readable_on_panels() {
    let panel = [10, 14, 28];
    for palette in Palette::ALL {
        let floor = if *palette == Palette::HIGH_CONTRAST { 6.5 } else { 4.5 };
        for color in palette.hues.iter().chain([&palette.unknown, &palette.no_place, &palette.doubt]) {
            assert!(contrast(*color, panel) >= floor, "{}: {color:?} {}", palette.name, contrast(*color, panel));
        }
    }
}

#[test]
fn the_two_colours_of_a_comparison_are_distinct_with_every_vision_and_readable() {
    for vision in [NORMAL, DEUTERANOPIA, PROTANOPIA, TRITANOPIA] {
        let [before, after] = [BEFORE, AFTER].map(|color| perceived(color, &vision));
        let distance = before.iter().zip(after).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        assert!(distance >= 25.0, "{distance}");
    }
    for color in [BEFORE, AFTER] {
        // Also with high contrast.
        assert!(contrast(color, [10, 14, 28]) >= 7.0, "{color:?} {}", contrast(color, [10, 14, 28]));
    }
}

#[test]
fn palettes_follow_each_other_in_a_circle() {
    let mut palette = Palette::STANDARD;
    for _ in Palette::ALL {
        palette = palette.next();
    }
    assert_eq!(palette, Palette::STANDARD);
}
