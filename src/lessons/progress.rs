//! Where a class is in a lesson: the step, what has happened of what it waits for, and what was answered.

use super::{Ask, Lesson, Step, Wait, Which};
use crate::model::{UnixMillis, filter::Facts};
use std::sync::Arc;

/// Time after which a step that waits offers to go on, ms.
const PATIENCE_MS: u64 = 30_000;

/// What a step waits for, as far as it has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// This many of the connections are there.
    For(usize),
    /// It happened at this moment.
    Happened(UnixMillis),
}

/// The state of a lesson that is given.
#[derive(Clone, Debug)]
pub struct Progress {
    lesson: Arc<Lesson>,
    step: usize,
    /// When the step began: data time, and ms of a clock that does not stop.
    began: (UnixMillis, u64),
    waited: Waited,
    /// The chosen answer.
    chosen: Option<usize>,
    is_answer_shown: bool,
}

impl Progress {
    /// The first step of `lesson`, at this data time and this ms of a clock that does not stop.
    #[must_use]
    pub fn begin(lesson: Arc<Lesson>, at: UnixMillis, now_ms: u64) -> Self {
        Self { lesson, step: 0, began: (at, now_ms), waited: Waited::For(0), chosen: None, is_answer_shown: false }
    }

    /// The lesson.
    #[must_use]
    pub fn lesson(&self) -> &Lesson {
        &self.lesson
    }

    /// The current step, and its number from 1.
    #[must_use]
    pub fn step(&self) -> (Option<&Step>, usize) {
        (self.lesson.steps.get(self.step), self.step + 1)
    }

    fn wait(&self) -> Option<&Wait> {
        self.step().0?.wait.as_ref()
    }

    fn ask(&self) -> Option<&Ask> {
        self.step().0?.ask.as_ref()
    }

    /// What the step waits for, and as far as it has happened.
    #[must_use]
    pub fn waited(&self) -> Option<(&Wait, Waited)> {
        Some((self.wait()?, self.waited))
    }

    /// Whether the step still waits.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self.waited(), Some((_, Waited::For(_))))
    }

    /// Whether it has waited so long that it offers to go on without it.
    #[must_use]
    pub fn is_overdue(&self, now_ms: u64) -> bool {
        self.is_waiting() && now_ms >= self.began.1 + PATIENCE_MS
    }

    /// The chosen answer, and whether the answer is shown.
    #[must_use]
    pub fn answered(&self) -> (Option<usize>, bool) {
        (self.chosen, self.is_answer_shown)
    }

    /// Whether this connection counts for what the step waits for.
    #[must_use]
    pub fn counts(&self, facts: &Facts<'_>) -> bool {
        let Some(wait) = self.wait() else { return false };
        let began = self.began.0;
        let is_meant = match wait.which {
            Which::Open => facts.closed_at.is_none(),
            Which::New => facts.connection.opened_at.is_some_and(|opened_at| opened_at >= began),
            Which::Closed => facts.closed_at.is_some_and(|closed_at| closed_at >= began),
        };
        is_meant && wait.filter.matches(facts)
    }

    /// Notes that `count` connections count at this moment. Returns whether this changed what is shown.
    pub fn see(&mut self, count: usize, at: UnixMillis) -> bool {
        let Some(wait) = self.wait() else { return false };
        let now = if count >= wait.count { Waited::Happened(at) } else { Waited::For(count) };
        let is_news = self.is_waiting() && self.waited != now;
        if is_news {
            self.waited = now;
        }
        is_news
    }

    /// Goes to the next step, or the previous one if `by` is negative. Returns false at the end and the beginning.
    pub fn go(&mut self, by: i8, at: UnixMillis, now_ms: u64) -> bool {
        let Some(step) = self.step.checked_add_signed(isize::from(by)).filter(|step| *step < self.lesson.steps.len())
        else {
            return false;
        };
        *self = Self { step, ..Self::begin(Arc::clone(&self.lesson), at, now_ms) };
        true
    }

    /// Chooses an answer, counted from 0, and shows the right one. Without choices, only shows it.
    pub fn answer(&mut self, choice: usize) {
        let Some(ask) = self.ask() else { return };
        if ask.choices.is_empty() || choice < ask.choices.len() {
            self.chosen = Some(choice).filter(|_| !ask.choices.is_empty());
            self.is_answer_shown = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Connection, filter::Query};

    fn lesson() -> Arc<Lesson> {
        let step = |which, count| Step {
            say: "s".to_owned(),
            look: Vec::new(),
            wait: Some(Wait { what: "w".to_owned(), filter: Query::parse("proto:tcp").expect("valid"), count, which }),
            ask: Some(Ask {
                question: "q".to_owned(),
                choices: vec!["a".to_owned(), "b".to_owned()],
                right: 1,
                answer: "b".to_owned(),
            }),
        };
        Arc::new(Lesson {
            title: "t".to_owned(),
            age: String::new(),
            minutes: 1,
            learn: Vec::new(),
            standard: String::new(),
            notes: String::new(),
            demo: None,
            steps: vec![step(Which::Open, 2), step(Which::New, 1), step(Which::Closed, 1)],
        })
    }

    fn counts(progress: &Progress, connection: &Connection, closed_at: Option<i64>) -> bool {
        let now = UnixMillis(1_000);
        let closed_at = closed_at.map(UnixMillis);
        progress.counts(&Facts { connection, location: None, now, closed_at, doubt: None })
    }

    #[test]
    fn a_step_waits_for_what_is_open_new_or_closed_and_knows_when_it_happened() {
        let mut connection = crate::sampler::hub_scenario(1, 1, 0.0).remove(0);
        let mut progress = Progress::begin(lesson(), UnixMillis(500), 0);
        assert!(counts(&progress, &connection, None) && !counts(&progress, &connection, Some(700)));
        assert!(progress.see(1, UnixMillis(600)) && progress.is_waiting());
        assert!(!progress.see(1, UnixMillis(610)), "no news");
        assert!(!progress.is_overdue(29_999) && progress.is_overdue(30_000));
        assert!(progress.see(2, UnixMillis(620)) && !progress.is_waiting());
        assert!(!progress.see(0, UnixMillis(630)), "it has happened");
        assert_eq!(progress.waited().map(|(_, waited)| waited), Some(Waited::Happened(UnixMillis(620))));

        assert!(progress.go(1, UnixMillis(700), 0) && progress.is_waiting());
        connection.opened_at = Some(UnixMillis(699));
        assert!(!counts(&progress, &connection, None), "it was there before");
        connection.opened_at = Some(UnixMillis(700));
        assert!(counts(&progress, &connection, None));

        assert!(progress.go(1, UnixMillis(900), 0));
        assert!(!counts(&progress, &connection, None) && !counts(&progress, &connection, Some(899)));
        assert!(counts(&progress, &connection, Some(900)));
        assert!(!progress.go(1, UnixMillis(950), 0), "the lesson is over");
        assert!(progress.go(-1, UnixMillis(950), 0) && progress.step().1 == 2);
    }

    #[test]
    fn an_answer_is_shown_once_something_was_chosen() {
        let mut progress = Progress::begin(lesson(), UnixMillis(0), 0);
        assert_eq!(progress.answered(), (None, false));
        progress.answer(2);
        assert_eq!(progress.answered(), (None, false), "there is no third choice");
        progress.answer(0);
        assert_eq!(progress.answered(), (Some(0), true));
    }
}
