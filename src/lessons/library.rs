//! The lessons that are built in, and those read from a file.

use super::Lesson;
use crate::{
    files::{AuthoredError, is_authored_path, read_authored},
    ui::LessonRow,
};
use std::path::Path;

/// What such a file is.
const KIND: &str = "lesson";

/// A built-in lesson.
macro_rules! built_in {
    ($name:literal) => {
        ($name, include_str!(concat!("../../data/lessons/", $name, ".toml")))
    };
}

/// Name and text of each built-in lesson, in the order in which they are best given.
const BUILT_IN: &[(&str, &str)] = &[
    built_in!("connection"),
    built_in!("places"),
    built_in!("ports-and-programs"),
    built_in!("tcp-and-udp"),
    built_in!("speed-of-light"),
    built_in!("quiet-computer"),
    built_in!("one-page"),
];

/// All built-in lessons.
#[must_use]
pub fn lessons() -> Vec<LessonRow> {
    let info = |(name, text): &(&str, &str)| {
        // They are valid: a test reads them all.
        let lesson = Lesson::parse(name, text).ok()?;
        let Lesson { title, age, minutes, learn, .. } = lesson;
        Some(LessonRow { name: (*name).to_owned(), title, age, minutes, learn })
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
    let available = || BUILT_IN.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let unknown = || AuthoredError::Unknown { kind: KIND, name: name.to_owned(), available: available() };
    let (name, text) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name).ok_or_else(unknown)?;
    Lesson::parse(name, text)
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
        for (name, text) in BUILT_IN {
            let lesson = Lesson::parse(name, text).unwrap_or_else(|error| panic!("{:?}", error.lines()));
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
