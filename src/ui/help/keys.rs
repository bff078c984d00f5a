//! Keys and mouse gestures, from the table of commands.

use crate::{
    language::t,
    ui::{
        actions::{COMMANDS, Command, GESTURES, Group, keys_text},
        theme,
        widgets::faint,
    },
};
use bevy_egui::egui::{Align, Label, Layout, RichText, Ui, Vec2};

/// Width of the keys on the left, in points.
const KEY_WIDTH: f32 = 92.0;

/// Draws them in the width of `ui`, by group.
pub(super) fn keys_ui(ui: &mut Ui) {
    for (group, title) in Group::ALL {
        let has_row = |command: &Command| !command.keys.is_empty() || !command.gesture().is_empty();
        if !COMMANDS.iter().any(|command| command.group == group && has_row(command)) {
            continue;
        }
        ui.add_space(4.0);
        ui.label(RichText::new(title()).size(13.0).strong().color(theme::BRIGHT));
        let by_hand = COMMANDS.iter().filter(|command| command.group == group && !command.gesture().is_empty());
        by_hand.for_each(|command| key_ui(ui, command.gesture(), command.label()));
        let gestures = GESTURES.iter().filter(|(its, ..)| *its == group);
        gestures.for_each(|(_, gesture, meaning)| key_ui(ui, gesture(), meaning()));
        let by_key = |command: &&Command| command.group == group && !command.keys.is_empty();
        COMMANDS.iter().filter(by_key).for_each(|command| key_ui(ui, &keys_text(&command.action), command.label()));
    }
    ui.add_space(4.0);
    ui.add(Label::new(faint(t!("help-keys-note"))).wrap());
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
