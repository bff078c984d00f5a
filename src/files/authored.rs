//! Files that people write for the program, in TOML: scenarios and lessons. Everything that is wrong with one is reported, by
//! line.

use super::expand_home;
use crate::language::t;
use serde::de::DeserializeOwned;
use std::{
    fmt,
    fs::File,
    io::{self, Read},
    ops::Range,
    path::Path,
};

/// Larger files are something else, bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// Why such a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthoredError {
    /// There is no built-in one with this name.
    #[error("{}", t!("authored-unknown", kind = *kind, name = format!("{name:?}"), available = available.as_str()))]
    Unknown {
        /// `scenario` or `lesson`.
        kind: &'static str,
        /// The requested name.
        name: String,
        /// Names of those that are built in.
        available: String,
    },
    /// The file cannot be read.
    #[error("{}", t!("authored-unreadable", kind = *kind, file = file.as_str(), error = source.to_string()))]
    Unreadable {
        /// `scenario` or `lesson`.
        kind: &'static str,
        /// The file.
        file: String,
        /// The error of the system.
        source: io::Error,
    },
    /// The text has errors.
    #[error("{file}, {}{}", .problems.first().map(ToString::to_string).unwrap_or_default(), more(.problems.len()))]
    Invalid {
        /// The file, or the name of a built-in one.
        file: String,
        /// What is wrong, by line; at least one.
        problems: Vec<Problem>,
    },
}

/// ` (and 2 more errors)`.
fn more(problems: usize) -> String {
    match problems {
        0 | 1 => String::new(),
        problems => format!(" {}", t!("authored-more-errors", count = problems - 1)),
    }
}

impl AuthoredError {
    /// All problems, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Invalid { file, problems } => problems.iter().map(|problem| format!("{file}, {problem}")).collect(),
            other => vec![other.to_string()],
        }
    }
}

/// Something wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong and what was expected.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// Problems of a file that is being checked.
#[derive(Debug)]
pub struct Problems<'a> {
    text: &'a str,
    found: Vec<Problem>,
}

impl<'a> Problems<'a> {
    /// No problems of the file with this text.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// Adds a problem of the part of the text in `span`, bytes.
    pub fn wrong(&mut self, span: &Range<usize>, what: impl Into<String>) {
        self.found.push(Problem { line: line_of(self.text, span.start), what: what.into() });
    }

    /// Adds an explanation to the last problem.
    pub fn add_to_last(&mut self, more: &str) {
        if let Some(last) = self.found.last_mut() {
            last.what.push_str(more);
        }
    }

    /// `value`, if there are no problems; errors name `file`.
    ///
    /// # Errors
    /// All problems in the order of their lines.
    pub fn finish<T>(mut self, file: &str, value: T) -> Result<T, AuthoredError> {
        self.found.sort();
        if self.found.is_empty() {
            return Ok(value);
        }
        Err(AuthoredError::Invalid { file: file.to_owned(), problems: self.found })
    }
}

/// The line of the byte at `offset`, counted from 1.
fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count()
}

/// Reads the rows of `text`; errors name `file`.
///
/// # Errors
/// The first place where it is not TOML or has other keys than expected.
pub fn read_rows<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, AuthoredError> {
    toml::from_str(text).map_err(|error| {
        let mut problems = Problems::of(text);
        let what = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        problems.wrong(&error.span().unwrap_or_default(), what);
        AuthoredError::Invalid { file: file.to_owned(), problems: problems.found }
    })
}

/// Whether `name` is the path of a file rather than the name of a built-in one.
#[must_use]
pub fn is_authored_path(name: &str) -> bool {
    name.contains(['/', '\\']) || Path::new(name).extension().is_some_and(|extension| extension == "toml")
}

/// The text of a file; `kind` is what it should be.
///
/// # Errors
/// If it cannot be read.
pub fn read_authored(kind: &'static str, path: &Path) -> Result<String, AuthoredError> {
    let unreadable = |source| AuthoredError::Unreadable { kind, file: path.display().to_string(), source };
    let path = expand_home(path);
    // A pipe or a device might never end, and a lesson names the file of its scenario.
    if !std::fs::metadata(&path).map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::other(t!("mmdb-not-regular"))));
    }
    let mut text = String::new();
    let file = File::open(&path).map_err(unreadable)?;
    file.take(LARGEST_FILE + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(unreadable(io::Error::other(format!("it is larger than 1 MiB, so it is not a {kind}"))));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_slash_or_the_extension_is_a_file() {
        assert!(is_authored_path("./mine") && is_authored_path("mine.toml") && is_authored_path("a/b"));
        assert!(!is_authored_path("everyday") && !is_authored_path("web-page"));
    }

    #[test]
    fn only_a_regular_file_that_is_not_too_large_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file.toml");
        let write = |length: u64| std::fs::write(&path, "a".repeat(length as usize)).expect("writable");
        let read = |path: &Path| read_authored("lesson", path).map_err(|error| error.to_string());
        write(LARGEST_FILE);
        assert_eq!(read(&path).map(|text| text.len() as u64), Ok(LARGEST_FILE));
        write(LARGEST_FILE + 1);
        assert!(read(&path).is_err_and(|error| error.contains("larger than 1 MiB")));
        assert!(read(folder.path()).is_err_and(|error| error.contains("regular")));
        if cfg!(unix) {
            assert!(read(Path::new("/dev/zero")).is_err_and(|error| error.contains("regular")));
        }
    }
}
