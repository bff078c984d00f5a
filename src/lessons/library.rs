//! The lessons that are built in, and those read from a file.

use super::Lesson;
use crate::{
    files::{AuthoredError, is_authored_path, read_authored},
    language::{Language, current},
};
use std::path::Path;

/// What such a file is.
const KIND: &str = "lesson";

/// A lesson in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonRow {
    /// Its name on the command line.
    pub name: String,
    /// One line: what it is about.
    pub title: String,
    /// For whom: `10 to 14`.
    pub age: String,
    /// How long it takes.
    pub minutes: u32,
    /// What is learnt, a sentence each.
    pub learn: Vec<String>,
}

/// A built-in lesson in all languages.
struct BuiltIn {
    name: &'static str,
    english: &'static str,
    german: &'static str,
    spanish: &'static str,
}

impl BuiltIn {
    fn text(&self, language: Language) -> &'static str {
        language.choose(self.english, Some(self.german), Some(self.spanish))
    }
}

macro_rules! built_in {
    ($name:literal) => {
        BuiltIn {
            name: $name,
            english: include_str!(concat!("../../data/lessons/", $name, ".toml")),
            german: include_str!(concat!("../../data/lessons/de/", $name, ".toml")),
            spanish: include_str!(concat!("../../data/lessons/es/", $name, ".toml")),
        }
    };
}

/// The built-in lessons, in the order in which they are best given.
const BUILT_IN: &[BuiltIn] = &[
    built_in!("connection"),
    built_in!("places"),
    built_in!("ports-and-programs"),
    built_in!("tcp-and-udp"),
    built_in!("speed-of-light"),
    built_in!("quiet-computer"),
    built_in!("one-page"),
];

/// All built-in lessons, in the current language.
#[must_use]
pub fn lessons() -> Vec<LessonRow> {
    let info = |lesson: &BuiltIn| {
        let name = lesson.name;
        // They are valid: a test reads them all.
        let lesson = Lesson::parse(name, lesson.text(current())).ok()?;
        let Lesson { title, age, minutes, learn, .. } = lesson;
        Some(LessonRow { name: name.to_owned(), title, age, minutes, learn })
    };
    BUILT_IN.iter().filter_map(info).collect()
}

/// The built-in lesson `name`, or the one in the file of that path.
///
/// # Errors
/// If there is none, or everything that is wrong with it, with lines.
pub fn lesson_named(name: &str) -> Result<Lesson, AuthoredError> {
    if is_authored_path(name) {
        return check_lesson_file(Path::new(name));
    }
    let available = || BUILT_IN.iter().map(|lesson| lesson.name).collect::<Vec<_>>().join(", ");
    let unknown = || AuthoredError::Unknown { kind: KIND, name: name.to_owned(), available: available() };
    let lesson = BUILT_IN.iter().find(|lesson| lesson.name == name).ok_or_else(unknown)?;
    Lesson::parse(name, lesson.text(current()))
}

/// Reads and checks a lesson file.
///
/// # Errors
/// Everything that is wrong with it, with lines.
pub fn check_lesson_file(path: &Path) -> Result<Lesson, AuthoredError> {
    let text = read_authored(KIND, path)?;
    Lesson::parse(&path.display().to_string(), &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_lesson_is_valid_and_complete() {
        for (built_in, language) in BUILT_IN.iter().flat_map(|lesson| Language::ALL.map(|language| (lesson, language)))
        {
            let (name, text) = (built_in.name, built_in.text(language));
            let lesson = Lesson::parse(name, text).unwrap_or_else(|error| panic!("{:?}", error.lines()));
            let english = Lesson::parse(name, built_in.english).expect("valid");
            for (own, english) in lesson.steps.iter().zip(&english.steps) {
                assert_eq!(own.look, english.look, "{name} in {}", language.code());
                let filter = |step: &crate::lessons::Step| step.wait.as_ref().map(|wait| wait.filter.text().to_owned());
                assert_eq!(filter(own), filter(english), "{name} in {}", language.code());
            }
            assert_eq!(lesson.steps.len(), english.steps.len(), "{name} in {}", language.code());
            assert!(!lesson.notes.is_empty() && !lesson.standard.is_empty(), "{name}");
            assert!(lesson.steps.len() >= 5, "{name}");
            assert!(lesson.steps.iter().any(|step| step.wait.is_some()), "{name} waits for something");
            assert!(lesson.steps.iter().filter(|step| step.ask.is_some()).count() >= 2, "{name} asks");
            assert!(lesson.steps.iter().any(|step| !step.look.is_empty()), "{name} shows something");
        }
        assert!(lessons().len() >= 7);
    }

    #[test]
    fn what_is_not_there_is_said() {
        let said = |name| lesson_named(name).expect_err("unknown").to_string();
        assert!(said("latin").contains("unknown lesson \"latin\"; available: connection, places"), "{}", said("latin"));
        assert!(said("no/such.toml").contains("cannot read the lesson no/such.toml"), "{}", said("no/such.toml"));
    }
}
