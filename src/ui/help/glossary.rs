//! Explanations of the terms in the window, one or two sentences each, from `data/glossary.toml`.

use super::sentence;
use crate::ui::theme;
use bevy_egui::egui::{RichText, Ui};
use serde::Deserialize;
use std::sync::LazyLock;

/// A term of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Term {
    name: String,
    /// Labels of the details panel that it explains.
    #[serde(default)]
    labels: Vec<String>,
    text: String,
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

/// The explanation of a line of the details panel, by its English label.
pub(in crate::ui) fn meaning_of(label: &str) -> Option<&'static str> {
    TERMS.iter().find(|term| term.labels.iter().any(|own| own == label)).map(|term| term.text.as_str())
}

/// Draws the glossary in the width of `ui`.
pub(super) fn glossary_ui(ui: &mut Ui) {
    for term in TERMS.iter() {
        ui.add_space(3.0);
        ui.label(RichText::new(&term.name).size(12.5).strong().color(theme::BRIGHT));
        sentence(ui, &term.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::panels::DetailLine;

    #[test]
    fn terms_are_in_order_and_explained_in_sentences() {
        let terms = read().expect("the file is valid").term;
        assert!(terms.len() > 20 && terms.is_sorted_by_key(|term| term.name.to_lowercase()));
        assert!(terms.iter().all(|term| term.text.ends_with('.')));
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
}
