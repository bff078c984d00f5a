//! Lessons.

use netglobe::{
    actions::Action,
    files::AuthoredError,
    lessons::{Lesson, Progress},
    model::{UnixMillis, filter::Query},
};
use std::sync::Arc;

/// Every error has a line of the text; a lesson keeps to its limits, its actions can be written and are read again, and one
/// gets through all its steps and back.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let lesson = match Lesson::parse("file.toml", text) {
        Ok(lesson) => lesson,
        Err(error) => return check_error(&error, text),
    };
    assert!((1..=180).contains(&lesson.minutes) && !lesson.learn.is_empty() && !lesson.steps.is_empty());
    for step in &lesson.steps {
        assert!((1..=600).contains(&step.say.chars().count()));
        for action in &step.look {
            assert!(action.is_for_lessons());
            let written = serde_json::to_string(action).expect("an action can be written");
            check_same(&serde_json::from_str(&written).expect("what was written can be read"), action);
        }
        if let Some(wait) = &step.wait {
            assert!((1..=1_000).contains(&wait.count));
            assert_eq!(Query::parse(wait.filter.text()).as_ref(), Ok(&wait.filter));
        }
        if let Some(ask) = &step.ask {
            assert!(ask.choices.is_empty() || ask.right < ask.choices.len());
        }
    }
    check_progress(lesson);
}

fn check_error(error: &AuthoredError, text: &str) {
    let AuthoredError::Invalid { problems, .. } = error else { panic!("{error}") };
    let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    assert!(!problems.is_empty() && problems.is_sorted());
    for problem in problems {
        assert!((1..=lines).contains(&problem.line) && !problem.what.is_empty(), "{problem}");
    }
}

/// Degrees become radians and degrees again, so a place is the same up to rounding.
fn check_same(read: &Action, written: &Action) {
    match (read, written) {
        (Action::FlyTo { place: a, distance: b }, Action::FlyTo { place: c, distance: d }) => {
            assert!((a.lat - c.lat).abs() < 1e-12 && (a.lng - c.lng).abs() < 1e-12 && b == d);
        }
        _ => assert_eq!(read, written),
    }
}

fn check_progress(lesson: Lesson) {
    let steps = lesson.steps.len();
    let mut progress = Progress::begin(Arc::new(lesson), UnixMillis(0), 0);
    for step in 1..=steps {
        assert_eq!(progress.step().1, step);
        progress.see(1_000, UnixMillis(1));
        assert!(!progress.is_waiting());
        progress.answer(0);
        assert_eq!(progress.go(1, UnixMillis(1), 1), step < steps);
    }
    assert_eq!((1..steps).filter(|_| progress.go(-1, UnixMillis(2), 2)).count(), steps - 1);
    assert!(!progress.go(-1, UnixMillis(2), 2));
}
