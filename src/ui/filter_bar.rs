//! The query bar: title, the query, the number of matches, a button for each of the busiest processes, and errors.
//!
//! The text in the bar belongs to this panel; the [`FilterView`] says whether it is a valid query. An invalid word is
//! underlined in place. The view may be one frame older than the text, so its byte range is clamped to the text.

use super::{
    actions::{Action, Switch, hint, is_pressed_in},
    process_chips::process_chips_ui,
    theme,
    widgets::{button_width, close_button, faint, toggle_button},
};
use crate::{
    language::t,
    view::panels::{FilterErrorView, FilterView, MatchCounts},
};
use bevy_egui::egui::{
    Context, Event, FontId, Id, Label, Margin, RichText, Stroke, TextBuffer, TextEdit, Ui,
    text::{LayoutJob, TextFormat},
    text_edit::TextEditState,
};
use std::ops::Range;

/// Name of the text field's id: `egui::Id::new(FILTER_ID)`.
pub const FILTER_ID: &str = "netglobe filter";
/// Maximum length of a query, in characters.
const QUERY_CHARS: usize = 1000;

/// Text typed in the bar.
#[derive(Clone, Debug, Default)]
pub struct FilterBarState {
    /// The text, whether valid or not.
    pub text: String,
}

fn focus_wish() -> Id {
    Id::new(FILTER_ID).with("focus wish")
}

fn swallowed() -> Id {
    Id::new(FILTER_ID).with("swallowed")
}

/// Gives the text field the focus when it is next drawn.
pub fn focus_filter(ctx: &Context) {
    ctx.data_mut(|data| data.insert_temp(focus_wish(), true));
}

/// Forgets the texts that were typed before, which undo would bring back.
pub fn forget_typed_filters(ctx: &Context) {
    TextEditState::default().store(ctx, Id::new(FILTER_ID));
}

/// Drops the text typed in this frame up to and including a shortcut, so that it does not go to the field that the
/// shortcut focuses.
pub fn swallow_typed(ctx: &Context, typed: Vec<String>) {
    ctx.data_mut(|data| data.insert_temp(swallowed(), typed));
}

/// Draws the bar in the width of `ui`. `mode_label` is `LIVE`, `DEMO everyday, seed 7`, … Adds requested actions to
/// `actions`; `state` is already updated with the typed text.
pub fn filter_bar_ui(
    ui: &mut Ui,
    state: &mut FilterBarState,
    view: &FilterView,
    mode_label: &str,
    actions: &mut Vec<Action>,
) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("netglobe").heading().strong().color(theme::BRIGHT));
        let mode_color = if mode_label.starts_with(t!("app-status-live")) { theme::FAINT } else { theme::WARNING };
        ui.add(Label::new(faint(mode_label).color(mode_color)).truncate());
    });
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        let gap = ui.spacing().item_spacing.x;
        let hide_others = t!("filter-hide-others");
        let buttons_width = button_width(ui, "×", 16.0) + button_width(ui, hide_others, 12.5) + 2.0 * gap;
        let field_width = (ui.available_width() - buttons_width).max(120.0);
        field_ui(ui, state, view.error.as_ref(), field_width, actions);
        if ui.add_enabled_ui(!state.text.is_empty(), |ui| close_button(ui, t!("filter-clear"))).inner.clicked() {
            actions.push(Action::Filter(String::new()));
        }
        let hide_rest = Action::HideRest(Switch::Toggle);
        let meaning = if view.has_others { hint(&hide_rest) } else { t!("filter-nothing-to-hide").to_owned() };
        let button = ui.add_enabled_ui(view.has_others, |ui| toggle_button(ui, view.hides_rest, hide_others, &meaning));
        let button = button.inner.on_disabled_hover_text(meaning);
        if button.clicked() {
            actions.push(hide_rest);
        }
    });
    // The counts belong to the query in force, not to a wrong one.
    if let Some(counts) = view.matches.as_ref().filter(|_| view.error.is_none()) {
        let color = if counts.is_none() { theme::WARNING } else { theme::FAINT };
        ui.label(faint(matches_text(counts)).color(color)).on_hover_text(t!("filter-matches-meaning"));
    }
    actions.extend(process_chips_ui(ui, &view.processes, &state.text).map(Action::Filter));
    if let Some(error) = &view.error {
        ui.label(RichText::new(&error.message).color(theme::WARNING).size(theme::SMALL_SIZE));
        ui.label(faint(t!("filter-last-valid")));
    }
    if let Some(note) = &view.note {
        ui.label(faint(note.as_str()));
    }
}

/// `4 of 12 connections match, 1 of 5 listening, 2 of 3 closed`.
fn matches_text(counts: &MatchCounts) -> String {
    let [matching, all] = counts.connections;
    let mut texts = vec![t!("filter-matches", matching = matching, all = all)];
    let [matching, all] = counts.listeners;
    if all > 0 {
        texts.push(t!("filter-matches-listening", matching = matching, all = all));
    }
    let [matching, all] = counts.closed;
    if all > 0 {
        texts.push(t!("filter-matches-closed", matching = matching, all = all));
    }
    texts.join(", ")
}

fn field_ui(
    ui: &mut Ui,
    state: &mut FilterBarState,
    error: Option<&FilterErrorView>,
    width: f32,
    actions: &mut Vec<Action>,
) {
    let id = Id::new(FILTER_ID);
    if ui.data_mut(|data| data.remove_temp::<bool>(focus_wish())).is_some() {
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    if let Some(typed) = ui.data_mut(|data| data.remove_temp::<Vec<String>>(swallowed())) {
        let mut typed = typed.as_slice();
        ui.input_mut(|input| {
            input.events.retain(|event| {
                let Event::Text(text) = event else { return true };
                let Some(at) = typed.iter().position(|typed| typed == text) else { return true };
                typed = &typed[at + 1..];
                false
            });
        });
    }
    // Before the text field handles Enter, which ends editing.
    let hide_rest = Action::HideRest(Switch::Toggle);
    if ui.memory(|memory| memory.has_focus(id)) && is_pressed_in(ui, &hide_rest) {
        actions.push(hide_rest);
    }
    let wrong = error.and_then(|error| wrong_bytes(&state.text, &error.span));
    let edited_from = state.text.clone();
    let mut layouter = |ui: &Ui, buffer: &dyn TextBuffer, _wrap_width: f32| {
        let text = buffer.as_str();
        // If a key has changed the text in this frame, the range belongs to the previous text.
        let wrong = wrong.clone().filter(|_| text == edited_from);
        ui.fonts_mut(|fonts| fonts.layout_job(underlined(text, wrong)))
    };
    let field = ui.add(
        TextEdit::singleline(&mut state.text)
            .id(id)
            .hint_text(faint(t!("filter-hint")))
            .char_limit(QUERY_CHARS)
            .margin(Margin::symmetric(8, 4))
            .desired_width(width)
            .layouter(&mut layouter),
    );
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_label(t!("filter-name"));
        if let Some(error) = error {
            node.set_description(error.message.as_str());
        }
    });
    if field.changed() {
        actions.push(Action::Filter(state.text.clone()));
    }
}

/// The bytes to underline: `span` clamped to `text` and extended to whole characters. An empty span (something is
/// missing) marks the character before it.
fn wrong_bytes(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
    if start < end {
        return Some(start..end);
    }
    let (before, character) = text[..start].char_indices().next_back()?;
    Some(before..before + character.len_utf8())
}

/// The query with the invalid bytes (on character boundaries) underlined.
fn underlined(text: &str, wrong: Option<Range<usize>>) -> LayoutJob {
    let font = FontId::proportional(theme::BODY_SIZE);
    let good = TextFormat::simple(font, theme::ACCENT.color());
    let bad = TextFormat { underline: Stroke::new(2.0, theme::WRONG), color: theme::BRIGHT.color(), ..good.clone() };
    let wrong = wrong.unwrap_or(text.len()..text.len());
    let mut job = LayoutJob { break_on_newline: false, keep_trailing_whitespace: true, ..LayoutJob::default() };
    for (part, format) in
        [(&text[..wrong.start], good.clone()), (&text[wrong.clone()], bad), (&text[wrong.end..], good.clone())]
    {
        if !part.is_empty() {
            job.append(part, 0.0, format);
        }
    }
    if job.sections.is_empty() {
        job.append("", 0.0, good);
    }
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrong_bytes_are_whole_characters_of_the_text() {
        for (text, span, expected) in [
            ("contry:US", 0..6, Some(0..6)),
            ("port:é", 5..6, Some(5..7)),
            ("country:", 8..8, Some(7..8)),
            ("short", 3..99, Some(3..5)),
            ("short", 90..99, Some(4..5)),
            ("", 0..4, None),
            ("é", 0..0, None),
        ] {
            assert_eq!(wrong_bytes(text, &span), expected, "{text:?} {span:?}");
        }
    }
}
