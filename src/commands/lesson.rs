//! `netglobe lesson --list` and `netglobe lesson --check FILE`: what is taught, and whether a file has errors.

use super::demo::{CheckError, check_files, print};
use crate::{
    language::t,
    lessons::{LessonRow, check_lesson_file, lessons},
    text::escape_untrusted,
};
use std::path::PathBuf;

/// Prints name, title, age and length of each built-in lesson, one a line.
///
/// # Errors
/// If standard output cannot be written.
pub fn list() -> Result<(), CheckError> {
    let lessons = lessons();
    let width = lessons.iter().map(|lesson| lesson.name.len()).max().unwrap_or(0);
    let line = |lesson: &LessonRow| {
        let age = t!("lesson-age", age = lesson.age.as_str(), minutes = lesson.minutes);
        format!("{:width$}  {} ({age})\n", lesson.name, lesson.title)
    };
    print(&lessons.iter().map(line).collect::<String>())
}

/// Checks these files, and prints a line for each without errors, or for each of its errors.
///
/// # Errors
/// If a file has errors.
pub fn check(files: &[PathBuf]) -> Result<(), CheckError> {
    check_files("lessons", files, |file| {
        let lesson = check_lesson_file(file)?;
        Ok(format!("{}, {} steps", escape_untrusted(&lesson.title), lesson.steps.len()))
    })
}
