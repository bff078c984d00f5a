//! Characters that no font on this machine contains. A name with such a character is replaced with the file name of the
//! program if that can be drawn; otherwise the characters are escaped, as in `\u{6d4f}`.

use super::panels::{ConnectionRow, DetailsView};
use crate::{model::Connection, text::escape_untrusted};
use bevy::prelude::*;
use std::{borrow::Cow, collections::HashSet};

/// See the module documentation.
#[derive(Resource, Clone, Debug, Default)]
pub struct Undrawable {
    characters: HashSet<char>,
}

impl Undrawable {
    /// Adds characters.
    pub fn extend(&mut self, characters: impl IntoIterator<Item = char>) {
        self.characters.extend(characters);
    }

    /// Whether all checked characters can be drawn.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.characters.is_empty()
    }

    /// Escapes characters that cannot be drawn.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.is_in(text) {
            return Cow::Borrowed(text);
        }
        let mut written = String::with_capacity(text.len() * 3);
        for c in text.chars() {
            if self.characters.contains(&c) {
                written.extend(c.escape_unicode());
            } else {
                written.push(c);
            }
        }
        Cow::Owned(written)
    }

    /// Replaces texts that cannot be drawn in the row of a connection.
    pub fn change_row(&self, row: &mut ConnectionRow, connection: &Connection) {
        if self.is_in(&row.process) {
            row.process = self.name(&row.process, connection);
        }
        for text in [&mut row.place, &mut row.operator] {
            self.change(text);
        }
    }

    /// Replaces texts that cannot be drawn in the details of a connection.
    pub fn change_details(&self, details: &mut DetailsView) {
        let values = details.lines.iter_mut().map(|line| &mut line.value);
        values
            .chain([&mut details.title, &mut details.subtitle, &mut details.summary])
            .for_each(|text| self.change(text));
    }

    /// The file name of the program, or else `process` with escapes.
    fn name(&self, process: &str, connection: &Connection) -> String {
        let path = connection.owner.process().and_then(|process| process.path.as_deref());
        let file = path.and_then(|path| path.rsplit('/').next()).map(escape_untrusted);
        match file.filter(|file| !file.is_empty() && !self.is_in(file)) {
            Some(file) => file.into_owned(),
            None => self.text(process).into_owned(),
        }
    }

    fn change(&self, text: &mut String) {
        if let Cow::Owned(changed) = self.text(text) {
            *text = changed;
        }
    }

    fn is_in(&self, text: &str) -> bool {
        !text.is_ascii() && text.chars().any(|c| self.characters.contains(&c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Location, Owner, PlaceMissing, Process},
        view::{Palette, rows::connection_row},
    };
    use std::sync::Arc;

    fn row(undrawable: &Undrawable, name: &str, path: Option<&str>) -> ConnectionRow {
        let mut connection = crate::sampler::hub_scenario(1, 1, 0.0).remove(0);
        connection.owner =
            Owner::Process(Arc::new(Process { pid: 1, name: Some(name.into()), path: path.map(Arc::from) }));
        let location = Location::missing(PlaceMissing::NoLocation);
        let mut row = connection_row(Entity::PLACEHOLDER, &connection, &location, None, Palette::STANDARD.unknown);
        undrawable.change_row(&mut row, &connection);
        row
    }

    #[test]
    fn a_name_that_cannot_be_drawn_is_that_of_its_file_or_in_numbers() {
        let mut none = Undrawable::default();
        none.extend("浏览器".chars());
        for (name, path, shown) in [
            ("浏览器", Some("/opt/browser/bin/web"), "web"),
            ("浏览器", None, r"\u{6d4f}\u{89c8}\u{5668}"),
            ("浏览器", Some("/opt/浏览器"), r"\u{6d4f}\u{89c8}\u{5668}"),
            ("my 器", Some("/opt/"), r"my \u{5668}"),
            ("浏览器", Some("/opt/a\u{202e}b"), r"a\u{202e}b"),
            ("ブラウザ", Some("/opt/web"), "ブラウザ"),
            ("firefox", Some("/opt/web"), "firefox"),
        ] {
            assert_eq!(row(&none, name, path).process, shown, "{name} {path:?}");
        }
        assert_eq!(row(&Undrawable::default(), "浏览器", Some("/opt/web")).process, "浏览器");
    }

    #[test]
    fn details_are_in_numbers() {
        let mut none = Undrawable::default();
        none.extend(['é']);
        let line = |value: &str| crate::view::panels::DetailLine {
            label: "program",
            value: value.to_owned(),
            is_reason: false,
            is_warning: false,
        };
        let mut details = DetailsView {
            title: "café → 192.0.2.1:1".to_owned(),
            subtitle: "here".to_owned(),
            summary: "café is connected".to_owned(),
            lines: vec![line("/opt/café")],
            closed: String::new(),
        };
        none.change_details(&mut details);
        assert_eq!((details.title.as_str(), details.subtitle.as_str()), (r"caf\u{e9} → 192.0.2.1:1", "here"));
        assert_eq!(
            (details.lines[0].value.as_str(), details.summary.as_str()),
            (r"/opt/caf\u{e9}", r"caf\u{e9} is connected")
        );
    }
}
