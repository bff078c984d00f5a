//! The legend: what the picture means, every key, and whose data is shown.

use super::{
    actions::{COMMANDS, Command, GESTURES, Group, keys_text},
    legend_marks::marks_ui,
    theme,
    widgets::faint,
};
use crate::{sampler::Capabilities, view::Palette};
use bevy_egui::egui::{Align, Color32, Label, Layout, Pos2, RichText, Sense, Ui, Vec2};

/// Whose data and pictures are shown; the words are what the licences ask for.
pub const CREDITS: &[&str] = &[
    "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0, modified: reduced and merged.",
    "ASN data: RouteViews, NRO, DB-IP, CC BY 4.0, modified.",
    "Earth imagery: NASA Visible Earth (Blue Marble Next Generation).",
    "Relief: NOAA ETOPO1.",
    "Made with Natural Earth.",
    "City data: GeoNames, CC BY 4.0, modified.",
    "Time zones: the IANA time zone database.",
];

/// Width of the keys at the left, in points.
const KEY_WIDTH: f32 = 92.0;

/// What a light on an arc says at one rate.
#[derive(Clone, Debug, PartialEq)]
pub struct PaceEntry {
    /// The rate, `1 kB/s`.
    pub rate: String,
    /// Time in which the light runs along the whole arc, s.
    pub lap_s: f32,
    /// How bright it is, 1 at most.
    pub brightness: f32,
}

/// What the colours mean now, and whether motion is measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LegendView {
    /// What the source can do.
    pub capabilities: Capabilities,
    /// The scale of the lights, slowest first.
    pub pace: Vec<PaceEntry>,
    /// Colours (sRGB) and what each stands for.
    pub entries: Vec<([u8; 3], String)>,
    /// The colours of the marks.
    pub palette: Palette,
}

/// What motion along an arc means with this source.
pub(super) fn motion_text(view: &LegendView) -> &'static str {
    match (view.capabilities.is_simulated, view.capabilities.measures_traffic) {
        (true, _) => "A light that moves along an arc is simulated traffic: nothing here is measured.",
        (false, true) => "A light that moves along an arc is measured traffic, running the way the bytes go.",
        (false, false) => "Traffic not measured on this system: arcs stand still.",
    }
}

/// What an arc that stands still means with this source.
pub(super) fn stillness_text(view: &LegendView) -> &'static str {
    match (view.capabilities.is_simulated, view.capabilities.measures_traffic) {
        (true, _) | (false, true) => {
            "An arc in full width is counted: where no light runs, no byte does. A thin arc has no counters (UDP, or an end \
             that came too late for one): what it carries is not known, and it stands still."
        }
        (false, false) => "All arcs are thin: none has counters, so none is known to be idle.",
    }
}

/// Draws legend and keys, without a title, in the width of `ui`.
pub fn legend_ui(ui: &mut Ui, view: &LegendView) {
    for (color, meaning) in &view.entries {
        entry_ui(ui, *color, meaning);
    }
    if view.capabilities.measures_traffic || view.capabilities.is_simulated {
        for entry in &view.pace {
            pace_ui(ui, entry);
        }
        ui.label(faint("Pace and brightness are logarithmic; each way of a connection has its own light."));
    }
    for sentence in [
        "An arc is a connection: from this machine to the place of the other end. It grows from the end that opened it, \
         stays while it is open, and fades when it closes.",
        motion_text(view),
        stillness_text(view),
        "Dimmed arcs do not match the filter; a bright one is selected or under the pointer.",
        "The bright side of the earth is where the sun shines now; lights on the night side are cities.",
    ] {
        ui.add(Label::new(RichText::new(sentence).size(12.0).color(theme::NORMAL)).wrap());
    }
    marks_ui(ui, &view.palette);
    ui.add_space(6.0);
    heading(ui, "Keys");
    keys_ui(ui);
    ui.label(faint("Single keys act while no control has the keyboard; Esc gives it back to the globe."));
}

/// Draws the credits, without a title, in the width of `ui`.
pub fn credits_ui(ui: &mut Ui) {
    for line in CREDITS {
        ui.add(Label::new(RichText::new(*line).size(12.0).color(theme::NORMAL)).wrap());
    }
}

/// The title of a part of the legend.
pub(super) fn heading(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).size(15.0).strong().color(theme::BRIGHT));
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
        let text = format!("{}: along the arc in {:.1} s", entry.rate, entry.lap_s);
        ui.label(RichText::new(text).size(12.0).color(theme::NORMAL));
    });
}

/// What a hand and keys do, group by group, from the table of commands.
fn keys_ui(ui: &mut Ui) {
    for (group, title) in Group::ALL {
        ui.add_space(3.0);
        ui.label(faint(title));
        let by_hand = COMMANDS.iter().filter(|command| command.group == group && !command.gesture.is_empty());
        by_hand.for_each(|command| key_ui(ui, command.gesture, command.label));
        let gestures = GESTURES.iter().filter(|(its, ..)| *its == group);
        gestures.for_each(|(_, gesture, meaning)| key_ui(ui, gesture, meaning));
        let by_key = |command: &&Command| command.group == group && !command.keys.is_empty();
        COMMANDS.iter().filter(by_key).for_each(|command| key_ui(ui, keys_text(&command.action), command.label));
    }
}

fn key_ui(ui: &mut Ui, key: &str, meaning: &str) {
    ui.horizontal_top(|ui| {
        ui.allocate_ui_with_layout(Vec2::new(KEY_WIDTH, 0.0), Layout::top_down(Align::Min), |ui| {
            ui.set_width(KEY_WIDTH);
            ui.label(RichText::new(key).size(12.0).color(theme::ACCENT));
        });
        ui.add(Label::new(RichText::new(meaning).size(12.0).color(theme::NORMAL)).wrap());
    });
}
