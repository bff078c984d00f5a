//! Buttons for the processes with the most connections: a click filters by one of them.

use super::theme;
use crate::{
    language::t,
    model::filter::{FilterKey, exact_word},
    view::panels::ProcessCount,
};
use bevy_egui::egui::{Button, Color32, RichText, Ui};

/// Maximum number of characters of a name.
const NAME_CHARS: usize = 16;

/// Draws the buttons; if one is clicked, returns the new query, based on the query in the bar.
pub(super) fn process_chips_ui(ui: &mut Ui, processes: &[ProcessCount], query: &str) -> Option<String> {
    let mut asked = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for process in processes {
            let Some(term) = term_of(&process.exact) else { continue };
            let is_on = terms(query).any(|other| other == term);
            let name = crate::text::ellipsize(&process.name, NAME_CHARS);
            let [r, g, b] = process.color;
            let color = if is_on { theme::BRIGHT.color() } else { Color32::from_rgb(r, g, b) };
            let text = RichText::new(format!("{name} {}", process.connections)).size(theme::SMALL_SIZE).color(color);
            let hint = if is_on {
                t!("filter-all-processes").to_owned()
            } else {
                t!("filter-only-process", name = process.name.as_str(), count = process.connections)
            };
            if ui.add(Button::selectable(is_on, text).small()).on_hover_text(hint).clicked() {
                asked = Some(toggled(query, &term));
            }
        }
    });
    asked
}

/// The filter term for exactly this process; `None` for a name of which only the escaped form is known.
fn term_of(name: &str) -> Option<String> {
    if name.contains('\\') { None } else { exact_word(FilterKey::Process, name) }
}

/// Adds this term to the query and removes other processes; removes it if it is already there.
fn toggled(query: &str, term: &str) -> String {
    let is_on = terms(query).any(|other| other == term);
    let of_process =
        |term: &str| term.split_once(':').is_some_and(|(key, _)| FilterKey::named(key) == Some(FilterKey::Process));
    let rest = terms(query).filter(|other| !of_process(other));
    let new = (!is_on).then_some(term);
    rest.chain(new).collect::<Vec<_>>().join(" ")
}

/// The terms of a query as written; quotes may contain spaces.
fn terms(query: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let parts = query.split(move |c: char| {
        is_quoted ^= c == '"';
        !is_quoted && c.is_whitespace()
    });
    parts.filter(|term| !term.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::filter::Query;

    #[test]
    fn a_click_shows_one_process_and_a_second_one_all_again() {
        for (query, name, expected) in [
            ("", "firefox", "process:=firefox"),
            ("process:=firefox", "firefox", ""),
            ("process:=sshd", "ssh", "process:=ssh"),
            ("country:US PROCESS:curl rtt<9ms", "firefox", "country:US rtt<9ms process:=firefox"),
            ("city:\"New York\"", "Web Content", "city:\"New York\" process:=\"Web Content\""),
            ("process:=\"Web Content\"  port:443", "Web Content", "port:443"),
            ("-process:ssh", "curl", "-process:ssh process:=curl"),
            ("process:=\"say \"\"hi\"\"\" port:443", "say \"hi\"", "port:443"),
        ] {
            let term = term_of(name).expect("a plain name");
            assert_eq!(toggled(query, &term), expected);
            Query::parse(expected).expect("a good query");
        }
    }

    #[test]
    fn a_name_that_cannot_be_written_has_no_button() {
        assert_eq!((term_of(r"a\u{1b}b"), term_of("")), (None, None));
    }
}
