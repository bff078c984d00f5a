//! Guided lessons: steps that say something, look at something, wait for something, and ask.
//!
//! A lesson is a TOML file (`data/lessons`, whose README explains every key). `file` reads and checks it, `library` has
//! those that are built in. What a step does is a list of [`Action`], the same that keys and buttons request; what it waits
//! for is a filter. `progress` is the state of a lesson that is given.

mod file;
mod library;
mod progress;

pub use library::{LessonRow, check_lesson_file, lesson_named, lessons};
pub use progress::{Progress, Waited};

use crate::{actions::Action, model::filter::Query};

/// A lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// One line: what it is about.
    pub title: String,
    /// For whom: `10 to 14`.
    pub age: String,
    /// How long it takes.
    pub minutes: u32,
    /// What is learnt, a sentence each.
    pub learn: Vec<String>,
    /// The part of a curriculum that it serves; empty if none is stated.
    pub standard: String,
    /// For the teacher; may be empty.
    pub notes: String,
    /// The source of the connections, as for `--source`; `None` for those of this computer.
    pub demo: Option<String>,
    /// At least one.
    pub steps: Vec<Step>,
}

/// A step of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is said.
    pub say: String,
    /// What is done when the step begins.
    pub look: Vec<Action>,
    /// What is waited for.
    pub wait: Option<Wait>,
    /// What is asked.
    pub ask: Option<Ask>,
}

/// An event that a step waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// As a person says it: `a connection to Japan`.
    pub what: String,
    /// The connections that count.
    pub filter: Query,
    /// How many there must be.
    pub count: usize,
    /// Which of them count.
    pub which: Which,
}

/// Which connections count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// All that are open.
    #[default]
    Open,
    /// Those that opened after the step began.
    New,
    /// Those that closed after the step began.
    Closed,
}

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The question.
    pub question: String,
    /// Answers to choose from; empty if the answer is only shown.
    pub choices: Vec<String>,
    /// Index of the right choice.
    pub right: usize,
    /// The answer, with its reason.
    pub answer: String,
}
