//! The list of what differs between two windows of time.

use crate::{
    history::SubjectKind,
    language::t,
    text::{ellipsize, format_bytes, format_duration},
    ui::{
        actions::{Action, Switch, hint},
        theme,
        widgets::{close_button, faint, toggle_button},
    },
    view::comparison::{ComparedRow, ComparisonView, Side, change_name, kind_name},
};
use bevy_egui::egui::{Color32, Grid, RichText, ScrollArea, Ui};

/// Maximum number of letters of a name.
const NAME_LETTERS: usize = 24;
/// Rows that are shown; more are counted.
const MOST_ROWS: usize = 300;

/// Draws the list, in place of the table.
pub(in crate::ui) fn comparison_ui(ui: &mut Ui, view: &ComparisonView, query: &str, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(t!("comparison-title")).color(theme::BRIGHT));
        ui.with_layout(bevy_egui::egui::Layout::right_to_left(bevy_egui::egui::Align::Center), |ui| {
            let end = Action::Compare(Switch::Off);
            if close_button(ui, &hint(&end)).clicked() {
                actions.push(end);
            }
            let list = Action::ComparisonList(Switch::Off);
            if toggle_button(ui, false, t!("comparison-show-connections"), &hint(&list)).clicked() {
                actions.push(list);
            }
        });
    });
    for (side, index) in [(Side::Before, 0), (Side::After, 1)] {
        let recorded = format_duration(view.recorded_s[index]);
        let text = t!("comparison-window", window = view.windows[index].to_words(), recorded = recorded);
        ui.label(RichText::new(text).size(theme::SMALL_SIZE).color(color(Some(side))));
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for kind in SubjectKind::ALL {
            let by = Action::CompareBy(kind);
            if toggle_button(ui, view.kind == kind, kind_name(kind), &hint(&by)).clicked() {
                actions.push(by);
            }
        }
    });
    ui.add_space(2.0);
    if let Some(error) = &view.error {
        ui.label(RichText::new(error).color(theme::WARNING));
    } else if view.is_reading {
        ui.label(faint(t!("comparison-reading")));
    } else if view.rows.is_empty() {
        ui.label(faint(t!("comparison-nothing")));
    } else {
        ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| rows_ui(ui, view, query, actions));
    }
}

fn rows_ui(ui: &mut Ui, view: &ComparisonView, query: &str, actions: &mut Vec<Action>) {
    Grid::new("comparison").num_columns(4).spacing([10.0, 3.0]).show(ui, |ui| {
        ui.label("");
        ui.label("");
        ui.label(faint(t!("comparison-connections")));
        ui.label(faint(t!("comparison-bytes")));
        ui.end_row();
        for row in view.rows.iter().take(MOST_ROWS) {
            row_ui(ui, row, query, actions);
            ui.end_row();
        }
    });
    if view.rows.len() > MOST_ROWS {
        ui.label(faint(t!("comparison-others", count = view.rows.len() - MOST_ROWS)));
    }
}

fn row_ui(ui: &mut Ui, row: &ComparedRow, query: &str, actions: &mut Vec<Action>) {
    let color = color(Side::of(row.change));
    let small = |text: &str, color: Color32| RichText::new(text).size(theme::SMALL_SIZE).color(color);
    ui.label(small(change_name(row.change), color));
    let name = ellipsize(&row.name, NAME_LETTERS);
    match &row.filter {
        Some(word) => {
            let is_on = query.contains(word.as_str());
            let hover = t!("comparison-only", name = row.name.as_str());
            if toggle_button(ui, is_on, &name, &hover).clicked() {
                let rest = query.replace(word.as_str(), "");
                let rest = rest.trim();
                let text = if is_on { rest.to_owned() } else { format!("{rest} {word}").trim().to_owned() };
                actions.push(Action::Filter(text));
            }
        }
        None => drop(ui.label(name)),
    }
    let normal = theme::NORMAL.color();
    ui.label(small(&format!("{} → {}", row.connections[0], row.connections[1]), normal));
    let [before, after] = row.bytes.map(format_bytes);
    ui.label(small(&format!("{before} → {after}"), normal));
}

/// The colour of a side; grey for the same.
pub(super) fn color(side: Option<Side>) -> Color32 {
    let [r, g, b] = Side::color(side);
    Color32::from_rgb(r, g, b)
}
