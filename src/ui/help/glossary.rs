//! Explanations of the terms in the window, one or two sentences each, from `data/glossary.toml`.

use super::sentence;
use crate::{
    language::{Language, current},
    ui::theme,
};
use bevy_egui::egui::{RichText, Ui};
use serde::Deserialize;
use std::sync::LazyLock;

/// A term of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Term {
    name: String,
    name_de: String,
    name_es: String,
    /// Labels of the details panel, of columns and of the status line that it explains.
    #[serde(default)]
    labels: Vec<String>,
    /// Words in values that it explains.
    #[serde(default)]
    words: Vec<String>,
    text: String,
    text_de: String,
    text_es: String,
}

impl Term {
    fn shown_name(&self, language: Language) -> &str {
        language.choose(&self.name, Some(&self.name_de), Some(&self.name_es))
    }

    fn shown_text(&self, language: Language) -> &str {
        language.choose(&self.text, Some(&self.text_de), Some(&self.text_es))
    }
}

#[derive(Debug, Deserialize)]
struct File {
    term: Vec<Term>,
}

/// All terms, in alphabetical order; a test reads the file.
static TERMS: LazyLock<Vec<Term>> = LazyLock::new(|| read().map(|file| file.term).unwrap_or_default());

fn read() -> Result<File, toml::de::Error> {
    toml::from_str(include_str!("../../../data/glossary.toml"))
}

/// The explanation of a label: of the details panel, of a column, or of a count in the status line; by its English name.
pub(in crate::ui) fn meaning_of(label: &str) -> Option<&'static str> {
    let term = TERMS.iter().find(|term| term.labels.iter().any(|own| own == label))?;
    Some(term.shown_text(current()))
}

/// What a text means, and the explanation of the label behind it, if there is one.
pub(in crate::ui) fn with_meaning_of(meaning: &str, label: &str) -> String {
    meaning_of(label).map_or_else(|| meaning.to_owned(), |term| format!("{meaning}\n\n{term}"))
}

/// The explanations of the terms that `value` contains, each with its name, one a line.
pub(in crate::ui) fn meanings_in(value: &str) -> String {
    let words = || value.split(|c: char| !c.is_alphanumeric() && c != '-');
    let has = |term: &&Term| term.words.iter().any(|own| words().any(|word| word.eq_ignore_ascii_case(own)));
    let line = |term: &Term| format!("{}: {}", term.shown_name(current()), term.shown_text(current()));
    TERMS.iter().filter(has).map(line).collect::<Vec<_>>().join("\n")
}

/// Draws the glossary in the width of `ui`.
pub(super) fn glossary_ui(ui: &mut Ui) {
    let mut terms: Vec<&Term> = TERMS.iter().collect();
    let language = current();
    terms.sort_by_cached_key(|term| term.shown_name(language).to_lowercase());
    for term in terms {
        ui.add_space(3.0);
        ui.label(RichText::new(term.shown_name(language)).size(12.5).strong().color(theme::BRIGHT));
        sentence(ui, term.shown_text(language));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::SocketState, ui::Column, view::panels::DetailLine};

    #[test]
    fn terms_are_in_order_and_explained_in_sentences() {
        let terms = read().expect("the file is valid").term;
        assert!(terms.len() > 20 && terms.is_sorted_by_key(|term| term.name.to_lowercase()));
        for language in Language::ALL {
            assert!(terms.iter().all(|term| term.shown_text(language).ends_with('.')), "{language:?}");
            assert!(terms.iter().all(|term| !term.shown_name(language).is_empty()), "{language:?}");
        }
        let labels: Vec<&String> = terms.iter().flat_map(|term| &term.labels).collect();
        assert!(labels.iter().enumerate().all(|(index, label)| !labels[..index].contains(label)), "each label once");
    }

    #[test]
    fn every_label_of_the_details_is_explained() {
        for label in [
            "process",
            "program",
            "shared by",
            "unit",
            "user",
            "remote",
            "local",
            "interface",
            "socket",
            "opened by",
            "address type",
            "city",
            "place",
            "accuracy",
            "distance",
            "on the globe",
            "operator",
            "anycast",
            "database",
            "location check",
            "was open for",
            "open for",
            "opened",
            "note",
            "traffic",
            "simulated",
            "send rate",
            "receive rate",
            "sent",
            "received",
            "round-trip time",
            "delivery rate",
            "retransmitted",
            "represents",
            "drawn",
        ] {
            assert!(meaning_of(label).is_some(), "{label}");
            let line = DetailLine { label, value: String::new(), is_reason: false, is_warning: false };
            assert_eq!(line.shown_label(), label);
        }
        assert_eq!(meaning_of("no such label"), None);
    }

    #[test]
    fn every_state_and_protocol_is_explained_where_it_is_shown() {
        for (state, name) in SocketState::ALL {
            // The last two say all that is known.
            let is_plain = matches!(state, SocketState::Closed | SocketState::Unknown);
            assert_eq!(meanings_in(name).is_empty(), is_plain, "{name}");
        }
        let both = meanings_in("tcp, time-wait");
        assert!(both.contains("TCP, UDP: ") && both.contains("Time-wait: "), "{both}");
        assert_eq!(both.lines().count(), 2);
        assert_eq!(meanings_in("listener"), "", "a part of a word is another word");
    }

    #[test]
    fn columns_and_counts_are_explained() {
        let columns = Column::ALL.into_iter().map(Column::term);
        for label in columns.chain(["LAN", "this computer", "listening", "without location", "home", "source"]) {
            assert!(meaning_of(label).is_some(), "{label}");
        }
    }
}
