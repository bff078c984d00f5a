//! Why a scenario cannot be used: everything that is wrong with it, by line.

use crate::language::t;
use std::{fmt, io};

/// A scenario cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// There is no built-in scenario with this name.
    #[error("{}", t!("scenario-unknown", name = format!("{:?}", .name), available = available.as_str()))]
    Unknown {
        /// The requested name.
        name: String,
        /// Names of the built-in scenarios.
        available: String,
    },
    /// The file cannot be read.
    #[error("{}", t!("scenario-unreadable", file = file.as_str(), error = source.to_string()))]
    Unreadable {
        /// The file.
        file: String,
        /// The error of the system.
        source: io::Error,
    },
    /// The text has errors.
    #[error("{file}, {}{}", .problems.first().map(ToString::to_string).unwrap_or_default(), more(.problems.len()))]
    Invalid {
        /// The file, or the name of the built-in scenario.
        file: String,
        /// What is wrong, by line; at least one.
        problems: Vec<Problem>,
    },
}

/// ` (and 2 more errors)`.
fn more(problems: usize) -> String {
    match problems {
        0 | 1 => String::new(),
        problems => format!(" {}", t!("scenario-more-errors", count = problems - 1)),
    }
}

impl ScenarioError {
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
