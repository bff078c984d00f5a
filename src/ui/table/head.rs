//! The counts above the table, and its buttons.

use crate::{
    language::t,
    ui::{
        actions::{Action, Switch, hint},
        widgets::{button_width, close_button, faint, toggle_button},
    },
    view::panels::TableCounts,
};
use bevy_egui::egui::{Align, Label, Layout, Ui, Vec2};

/// `12 connections, 5 listening, 3 closed, 8 hidden`.
fn counts_text(counts: &TableCounts) -> String {
    let TableCounts { connections, listeners, closed, hidden, matching: _ } = *counts;
    let mut texts = vec![t!("panels-connections", count = connections)];
    if listeners > 0 {
        texts.push(t!("table-listening", count = listeners));
    }
    if closed > 0 {
        texts.push(t!("table-closed", count = closed));
    }
    if hidden > 0 {
        texts.push(t!("table-hidden", count = hidden));
    }
    texts.join(", ")
}

/// Draws the counts and the buttons above the table.
pub(in crate::ui) fn table_head(ui: &mut Ui, shows_all: bool, counts: &TableCounts, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let all_columns = Action::AllColumns(Switch::Toggle);
        let gap = ui.spacing().item_spacing.x;
        let all = t!("table-all-columns");
        let buttons = [(all, 12.5), ("×", 16.0)];
        let buttons_width: f32 = buttons.iter().map(|(text, size)| button_width(ui, text, *size) + gap).sum();
        let text_width = (ui.available_width() - buttons_width).max(40.0);
        ui.allocate_ui_with_layout(Vec2::new(text_width, 20.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(text_width);
            let text = Label::new(faint(counts_text(counts))).wrap();
            ui.add(text).on_hover_text(t!("table-counts-meaning"));
        });
        if toggle_button(ui, shows_all, all, &hint(&all_columns)).clicked() {
            actions.push(all_columns);
        }
        if close_button(ui, t!("table-hide")).clicked() {
            actions.push(Action::Table(Switch::Toggle));
        }
    });
    ui.add_space(2.0);
}
