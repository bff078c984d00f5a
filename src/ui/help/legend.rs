//! The legend, which explains the picture, and the credits.

use super::{legend_marks::marks_ui, sentence};
use crate::{
    language::t,
    sampler::Capabilities,
    ui::{theme, widgets::faint},
    view::Palette,
    words::CREDITS,
};
use bevy_egui::egui::{Color32, Label, Pos2, RichText, Sense, Ui, Vec2};

/// Appearance of a light on an arc at a rate.
#[derive(Clone, Debug, PartialEq)]
pub struct PaceEntry {
    /// The rate, such as `1 kB/s`.
    pub rate: String,
    /// Time in which the light moves along the whole arc, s.
    pub lap_s: f32,
    /// Brightness from 0 to 1.
    pub brightness: f32,
}

/// Current meaning of colours and motion.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LegendView {
    /// Capabilities of the source.
    pub capabilities: Capabilities,
    /// The scale of the lights, slowest first.
    pub pace: Vec<PaceEntry>,
    /// Colours (sRGB) with their meanings.
    pub entries: Vec<([u8; 3], String)>,
    /// The colours of the marks.
    pub palette: Palette,
}

/// What motion along an arc means with this source.
pub(super) fn motion_text(view: &LegendView) -> &'static str {
    match (view.capabilities.is_simulated, view.capabilities.measures_traffic) {
        (true, _) => t!("legend-motion-simulated"),
        (false, true) => t!("legend-motion-measured"),
        (false, false) => t!("legend-motion-none"),
    }
}

/// What an arc without moving lights means with this source.
pub(super) fn stillness_text(view: &LegendView) -> &'static str {
    match (view.capabilities.is_simulated, view.capabilities.measures_traffic) {
        (true, _) | (false, true) => t!("legend-still-arcs"),
        (false, false) => t!("legend-thin-arcs"),
    }
}

/// Draws the legend in the width of `ui`.
pub(super) fn legend_ui(ui: &mut Ui, view: &LegendView) {
    for (color, meaning) in &view.entries {
        entry_ui(ui, *color, meaning);
    }
    if view.capabilities.measures_traffic || view.capabilities.is_simulated {
        for entry in &view.pace {
            pace_ui(ui, entry);
        }
        ui.add(Label::new(faint(t!("legend-pace-note"))).wrap());
    }
    for text in [t!("legend-arc"), motion_text(view), stillness_text(view), t!("legend-dimmed"), t!("legend-night")] {
        sentence(ui, text);
    }
    marks_ui(ui, &view.palette);
}

/// Draws the credits in the width of `ui`.
pub(super) fn credits_ui(ui: &mut Ui) {
    CREDITS.iter().for_each(|line| sentence(ui, line));
    sentence(ui, t!("help-credits-libraries"));
}

fn entry_ui(ui: &mut Ui, [r, g, b]: [u8; 3], meaning: &str) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(Vec2::new(22.0, 12.0), Sense::hover());
        let y = rect.center().y;
        ui.painter().line_segment(
            [Pos2::new(rect.left(), y), Pos2::new(rect.right() - 4.0, y)],
            (2.0, Color32::from_rgb(r, g, b)),
        );
        ui.label(RichText::new(meaning).size(12.0).color(theme::NORMAL));
    });
}

fn pace_ui(ui: &mut Ui, entry: &PaceEntry) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(Vec2::new(22.0, 12.0), Sense::hover());
        let color = theme::BRIGHT.gamma_multiply(entry.brightness);
        ui.painter().circle_filled(Pos2::new(rect.left() + 9.0, rect.center().y), 2.5, color);
        let text = t!("legend-pace", rate = entry.rate.as_str(), seconds = format!("{:.1}", entry.lap_s));
        ui.label(RichText::new(text).size(12.0).color(theme::NORMAL));
    });
}
