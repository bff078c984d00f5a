//! The details panel: all that is known about the selected connection, and the reason for each unknown value.

use super::{
    actions::Action,
    help::{meaning_of, meanings_in},
    theme,
    widgets::{button_width, close_button, explain, faint, focusable, named_button},
};
use crate::{
    language::t,
    view::panels::{DetailLine, DetailsView},
};
use bevy_egui::egui::{Align, Label, Layout, RichText, ScrollArea, Ui, Vec2};

/// Width of the labels on the left, in points.
const LABEL_WIDTH: f32 = 98.0;

/// Draws the panel in the width of `ui`; scrolls if it is too high. Adds requested actions to `actions`.
pub fn details_ui(ui: &mut Ui, view: &DetailsView, actions: &mut Vec<Action>) {
    ui.horizontal_top(|ui| {
        let copy = t!("details-copy");
        let buttons_width =
            button_width(ui, copy, 12.5) + button_width(ui, "×", 16.0) + 2.0 * ui.spacing().item_spacing.x;
        let title_width = (ui.available_width() - buttons_width.max(84.0)).max(80.0);
        ui.allocate_ui_with_layout(Vec2::new(title_width, 0.0), Layout::top_down(Align::Min), |ui| {
            ui.set_width(title_width);
            let color = if view.closed.is_empty() { theme::BRIGHT } else { theme::FAINT };
            ui.add(Label::new(RichText::new(&view.title).size(15.5).strong().color(color)).wrap());
        });
        if named_button(ui, copy, t!("details-copy-name")).clicked() {
            actions.push(Action::CopyDetails);
        }
        if close_button(ui, t!("details-close")).clicked() {
            actions.push(Action::Select(None));
        }
    });
    if !view.subtitle.is_empty() {
        ui.add(Label::new(RichText::new(&view.subtitle).color(theme::ACCENT)).wrap());
    }
    if !view.closed.is_empty() {
        ui.add(Label::new(RichText::new(&view.closed).color(theme::BRIGHT).size(theme::SMALL_SIZE)).wrap());
    }
    ui.add_space(4.0);
    let area = ScrollArea::vertical().id_salt("details").auto_shrink([false, true]).min_scrolled_height(20.0);
    area.show(ui, |ui| {
        ui.add(Label::new(RichText::new(&view.summary).size(12.5).color(theme::NORMAL)).wrap());
        ui.add_space(4.0);
        for line in &view.lines {
            line_ui(ui, line);
        }
    });
}

fn line_ui(ui: &mut Ui, line: &DetailLine) {
    ui.horizontal_top(|ui| {
        ui.allocate_ui_with_layout(Vec2::new(LABEL_WIDTH, 0.0), Layout::top_down(Align::Min), |ui| {
            ui.set_width(LABEL_WIDTH);
            let label = faint(line.shown_label());
            match meaning_of(line.label) {
                Some(meaning) => {
                    let label = ui.add(focusable(label));
                    explain(ui, label, || with_terms(meaning, &line.value));
                }
                None => drop(ui.label(label)),
            }
        });
        let value = RichText::new(&line.value).size(12.5);
        let value = match (line.is_warning, line.is_reason) {
            (true, _) => value.color(theme::WARNING),
            (false, true) => value.color(theme::FAINT).italics(),
            (false, false) => value.color(theme::NORMAL),
        };
        let value = ui.add(Label::new(value).wrap());
        if value.hovered() {
            let meanings = meanings_in(&line.value);
            if !meanings.is_empty() {
                value.on_hover_text(meanings);
            }
        }
    });
}

/// The explanation of a label, and those of the terms in its value.
fn with_terms(meaning: &str, value: &str) -> String {
    let terms = meanings_in(value);
    if terms.is_empty() { meaning.to_owned() } else { format!("{meaning}\n\n{terms}") }
}

/// The panel as text: title, place, summary, then a line per value, with a tab between label and value.
#[must_use]
pub fn details_as_text(view: &DetailsView) -> String {
    let mut text = view.title.clone();
    if !view.subtitle.is_empty() {
        text.push('\n');
        text.push_str(&view.subtitle);
    }
    for line in [&view.closed, &view.summary] {
        if !line.is_empty() {
            text.push('\n');
            text.push_str(line);
        }
    }
    for line in &view.lines {
        text.push('\n');
        text.push_str(line.shown_label());
        text.push('\t');
        text.push_str(&line.value);
    }
    text
}
