//! The colours of the overlay, named by their role. Each has a second value for high contrast.

use bevy_egui::egui::Color32;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the second values are used.
static HIGH_CONTRAST: AtomicBool = AtomicBool::new(false);

/// Whether panels have a high contrast.
pub(super) fn is_high_contrast() -> bool {
    HIGH_CONTRAST.load(Ordering::Relaxed)
}

pub(super) fn set_high_contrast(is_on: bool) {
    HIGH_CONTRAST.store(is_on, Ordering::Relaxed);
}

/// A colour by its role; see [`Ink::color`].
#[derive(Clone, Copy, Debug)]
pub(in crate::ui) struct Ink {
    usual: Color32,
    high: Color32,
}

impl Ink {
    const fn opaque(usual: [u8; 3], high: [u8; 3]) -> Self {
        let [r, g, b] = usual;
        let [r2, g2, b2] = high;
        Self { usual: Color32::from_rgb(r, g, b), high: Color32::from_rgb(r2, g2, b2) }
    }

    /// The first value has an opacity, from 0 to 255; the second is opaque.
    const fn glass(usual: [u8; 4], high: [u8; 3]) -> Self {
        let [r, g, b, a] = usual;
        let [r2, g2, b2] = high;
        Self { usual: Color32::from_rgba_unmultiplied_const(r, g, b, a), high: Color32::from_rgb(r2, g2, b2) }
    }

    /// The colour in use.
    pub(in crate::ui) fn color(self) -> Color32 {
        if is_high_contrast() { self.high } else { self.usual }
    }

    /// The colour in use, at a part of its brightness and opacity.
    pub(in crate::ui) fn gamma_multiply(self, factor: f32) -> Color32 {
        self.color().gamma_multiply(factor)
    }
}

impl From<Ink> for Color32 {
    fn from(ink: Ink) -> Self {
        ink.color()
    }
}

/// Titles and selected items.
pub(in crate::ui) const BRIGHT: Ink = Ink::opaque([240, 245, 255], [255, 255, 255]);
/// Body text.
pub(in crate::ui) const NORMAL: Ink = Ink::opaque([200, 209, 226], [240, 244, 252]);
/// Labels and secondary text.
pub(in crate::ui) const FAINT: Ink = Ink::opaque([136, 148, 173], [202, 210, 228]);
/// Rows that have closed or do not match.
pub(in crate::ui) const DIMMED: Ink = Ink::opaque([117, 127, 151], [172, 180, 198]);
/// Names of cities on the globe.
pub(in crate::ui) const CITY: Ink = Ink::opaque([176, 190, 214], [226, 234, 248]);
/// Links, the query, the focus ring.
pub(in crate::ui) const ACCENT: Ink = Ink::opaque([0x6c, 0xc8, 0xff], [0x8c, 0xd8, 0xff]);
/// Warnings, and the label of a demo or a recording.
pub(in crate::ui) const WARNING: Ink = Ink::opaque([0xff, 0xb4, 0x54], [0xff, 0xc8, 0x70]);
/// The line under an error in a query.
pub(in crate::ui) const WRONG: Ink = Ink::opaque([0xff, 0x6b, 0x6b], [0xff, 0x9a, 0x9a]);

/// Fill of a panel.
pub(in crate::ui) const GLASS: Ink = Ink::glass([10, 14, 28, 245], [4, 6, 14]);
/// Fill of menus and tooltips, which are drawn over panels.
pub(super) const SOLID_GLASS: Ink = Ink::glass([13, 18, 34, 244], [0, 0, 0]);
/// Border of a panel.
pub(in crate::ui) const BORDER: Ink = Ink::opaque([38, 52, 86], [140, 156, 190]);
/// Fill of a text field.
pub(in crate::ui) const FIELD: Ink = Ink::glass([22, 32, 52, 230], [10, 14, 28]);
/// Fill of a control: idle, hovered, pressed.
pub(super) const CONTROL: [Ink; 3] = [
    Ink::glass([30, 42, 68, 200], [16, 22, 40]),
    Ink::glass([42, 60, 96, 230], [28, 44, 76]),
    Ink::glass([36, 56, 92, 240], [24, 40, 72]),
];
/// Fill of the selected row, and of a control that is switched on.
pub(in crate::ui) const SELECTED: Ink = Ink::glass([44, 72, 108, 190], [28, 58, 100]);
/// Fill of the row under the pointer, here or on the globe.
pub(in crate::ui) const HOVERED: Ink = Ink::glass([44, 62, 94, 120], [20, 32, 58]);

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2) of a colour of sRGB.
    fn luminance([r, g, b]: [f64; 3]) -> f64 {
        let linear = |part: f64| {
            let part = part / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    /// Contrast ratio (WCAG 2.2), from 1 to 21.
    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn rgb(color: Color32) -> [f64; 3] {
        [color.r(), color.g(), color.b()].map(f64::from)
    }

    /// `fill` over `below`; the parts of a colour of egui are multiplied by its opacity.
    fn over(fill: Color32, below: [f64; 3]) -> [f64; 3] {
        let kept = 1.0 - f64::from(fill.a()) / 255.0;
        let fill = rgb(fill);
        [0, 1, 2].map(|i| below[i].mul_add(kept, fill[i]))
    }

    #[test]
    fn all_texts_are_readable_on_what_is_below_them() {
        // The globe below a panel: a bright cloud or desert.
        let earth = [160.0, 160.0, 160.0];
        for (is_high, floor) in [(false, 4.5), (true, 7.0)] {
            let pick = |ink: Ink| if is_high { ink.high } else { ink.usual };
            let glass = over(pick(GLASS), earth);
            let on_glass = |fill: Ink| over(pick(fill), glass);
            let menu = over(pick(SOLID_GLASS), earth);
            for (text, fills) in [
                (BRIGHT, vec![glass, menu, on_glass(SELECTED), on_glass(CONTROL[1]), on_glass(CONTROL[2])]),
                (NORMAL, vec![glass, menu, on_glass(HOVERED), on_glass(CONTROL[0]), on_glass(FIELD)]),
                (FAINT, vec![glass, menu, on_glass(HOVERED), on_glass(CONTROL[0]), on_glass(FIELD)]),
                (DIMMED, vec![glass]),
                (ACCENT, vec![glass, menu, on_glass(FIELD)]),
                (WARNING, vec![glass, menu, on_glass(CONTROL[0])]),
                (WRONG, vec![glass, menu, on_glass(FIELD)]),
            ] {
                for fill in fills {
                    let ratio = contrast(rgb(pick(text)), fill);
                    assert!(ratio >= floor, "{text:?} on {fill:?}: {ratio:.2}");
                }
            }
            // A border is no text.
            assert!(!is_high || contrast(rgb(pick(BORDER)), glass) >= 4.5);
        }
    }
}
