//! Small versions of the marks on the globe for the legend, with what they say about the location of the peer.

use crate::{
    language::t,
    ui::{actions::Text, theme},
    view::Palette,
};
use bevy_egui::egui::{Color32, Label, Painter, Pos2, RichText, Sense, Shape, Stroke, Ui, Vec2};
use std::f32::consts::TAU;

/// A mark on the globe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    City,
    Circle,
    Country,
    Outline,
    Anycast,
    Unlikely,
    Impossible,
    Home,
    Loop,
    Lan,
    Shell,
}

/// All marks with their meanings.
const MARKS: &[(Mark, Text)] = &[
    (Mark::City, || t!("legend-mark-city")),
    (Mark::Circle, || t!("legend-mark-circle")),
    (Mark::Country, || t!("legend-mark-country")),
    (Mark::Outline, || t!("legend-mark-outline")),
    (Mark::Anycast, || t!("legend-mark-anycast")),
    (Mark::Unlikely, || t!("legend-mark-unlikely")),
    (Mark::Impossible, || t!("legend-mark-impossible")),
    (Mark::Home, || t!("legend-mark-home")),
    (Mark::Loop, || t!("legend-mark-loop")),
    (Mark::Lan, || t!("legend-mark-lan")),
    (Mark::Shell, || t!("legend-mark-shell")),
];

/// Draws all marks with their meanings, in the width of `ui`.
pub(super) fn marks_ui(ui: &mut Ui, palette: &Palette) {
    for (mark, meaning) in MARKS {
        ui.horizontal_top(|ui| {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(22.0, 16.0), Sense::hover());
            mark.draw(ui.painter(), rect.center(), palette);
            ui.add(Label::new(RichText::new(meaning()).size(12.0).color(theme::NORMAL)).wrap());
        });
    }
}

fn color([r, g, b]: [u8; 3]) -> Color32 {
    Color32::from_rgb(r, g, b)
}

/// An outline of a fictional country around `at`.
fn country(at: Pos2) -> Vec<Pos2> {
    [[-7.0, -2.0], [-2.0, -6.0], [6.0, -4.0], [7.0, 3.0], [-3.0, 6.0]].map(|[x, y]| at + Vec2::new(x, y)).to_vec()
}

impl Mark {
    fn draw(self, painter: &Painter, at: Pos2, palette: &Palette) {
        let dot = color(palette.hues.first().copied().unwrap_or(palette.unknown));
        let (cool, doubt) = (color(palette.no_place), color(palette.doubt));
        let thin = |color: Color32| Stroke::new(1.1, color);
        match self {
            Self::City => {
                painter.circle_filled(at, 2.6, dot);
            }
            Self::Circle => {
                painter.circle_filled(at, 1.8, dot);
                painter.circle_stroke(at, 6.5, thin(dot));
            }
            Self::Country => {
                let area = color(palette.area);
                painter.add(Shape::convex_polygon(country(at), area.gamma_multiply(0.18), thin(area)));
                painter.circle_filled(at, 2.6, dot.gamma_multiply(0.45));
            }
            Self::Outline => {
                painter.add(Shape::closed_line(country(at), Stroke::new(0.8, theme::BRIGHT)));
                painter.circle_filled(at, 2.0, dot);
            }
            Self::Anycast => {
                painter.circle_filled(at, 2.0, dot);
                for step in 0..8_u8 {
                    painter.circle_filled(at + Vec2::angled(TAU * f32::from(step) / 8.0) * 6.0, 0.9, dot);
                }
            }
            Self::Unlikely | Self::Impossible => {
                painter.circle_filled(at, 2.0, doubt);
                // A circle with a gap at the upper right.
                let point = |share: f32| at + Vec2::angled(-TAU / 8.0 + TAU * (0.07 + 0.86 * share)) * 6.0;
                let ring = (0..=16_u8).map(|step| point(f32::from(step) / 16.0)).collect();
                painter.add(Shape::line(ring, thin(doubt)));
                if self == Self::Impossible {
                    let end = Vec2::new(5.6, -5.6);
                    painter.line_segment([at - end, at + end], thin(doubt));
                }
            }
            Self::Home => {
                painter.circle_filled(at, 2.4, theme::BRIGHT);
                painter.circle_stroke(at, 6.0, thin(theme::BRIGHT.color()));
            }
            Self::Loop => {
                painter.circle_filled(at + Vec2::new(-5.0, 3.0), 1.8, theme::BRIGHT);
                painter.circle_stroke(at + Vec2::new(0.0, 0.0), 5.8, thin(cool));
            }
            Self::Lan => {
                let corner = |x: f32, y: f32| at + Vec2::new(x, y);
                let diamond = vec![corner(0.0, -3.4), corner(3.4, 0.0), corner(0.0, 3.4), corner(-3.4, 0.0)];
                painter.add(Shape::convex_polygon(diamond, dot, Stroke::NONE));
                for step in [-3.2_f32, -2.2, 2.2, 3.2] {
                    painter.line_segment([corner(step * 3.0, -step), corner(step * 3.0 + 2.0, -step)], thin(cool));
                }
            }
            Self::Shell => {
                painter.circle_stroke(at, 3.0, thin(dot));
                for step in [-8.0, 6.0] {
                    painter.line_segment([at + Vec2::new(step, 0.0), at + Vec2::new(step + 2.5, 0.0)], thin(cool));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_is_explained_once() {
        let marks: Vec<_> = MARKS.iter().map(|(mark, _)| *mark).collect();
        assert!(marks.iter().all(|mark| marks.iter().filter(|other| *other == mark).count() == 1), "{marks:?}");
        assert!(MARKS.iter().all(|(_, meaning)| meaning().ends_with('.')));
    }
}
