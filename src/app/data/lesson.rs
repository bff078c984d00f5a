//! Gives a lesson: its steps do what keys and buttons do, and wait for connections.

use crate::app::{Overlay, Repaint, actions::Actions, data::source};
use crate::{
    connections::{Clock, ClosedAt, FrameSystems, Located, Observed, Touched},
    language::t,
    lessons::{Lesson, Progress, Waited, lesson_named},
    model::{UnixMillis, filter::Facts},
    sampler::SourceSpec,
    ui::{
        AskView, LessonView, NoticeView, WaitView,
        actions::{Action, Switch},
    },
    view::Flagged,
};
use bevy::prelude::*;
use std::sync::Arc;

/// The lesson that is given, if any.
#[derive(Resource, Debug, Default)]
pub(in crate::app) struct GivenLesson {
    progress: Option<Progress>,
    view: Option<LessonView>,
    /// Whether the view must be made anew.
    is_stale: bool,
    /// Whether connections have changed since they were counted, and when that was, ms of [`Clock::frame_ms`].
    is_touched: bool,
    counted_ms: u64,
}

/// Time between two counts of what a step waits for, ms: counting looks at every connection.
const COUNT_EVERY_MS: u64 = 250;

impl GivenLesson {
    /// Whether a lesson is given.
    pub(in crate::app) fn is_on(&self) -> bool {
        self.progress.is_some()
    }

    /// Its card.
    pub(in crate::app) fn view(&self) -> Option<&LessonView> {
        self.view.as_ref()
    }
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.init_resource::<GivenLesson>().add_systems(Update, (see, show).chain().in_set(FrameSystems::Panels));
}

/// Begins the lesson with this name or path, and says so if there is none.
pub(in crate::app) fn begin(world: &mut World, name: &str) {
    match lesson_named(name) {
        Ok(lesson) => give(world, lesson),
        Err(error) => {
            if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
                let text = t!("lesson-cannot-begin", error = error.to_string());
                overlay.notify(NoticeView { text, is_warning: true, ..NoticeView::default() });
            }
        }
    }
}

fn give(world: &mut World, lesson: Lesson) {
    source::switch(world, demo_of(&lesson));
    clean(world);
    start(world, lesson);
}

/// The source of a lesson with data of its own.
pub(in crate::app) fn demo_of(lesson: &Lesson) -> Option<SourceSpec> {
    // Checked when the lesson was read.
    lesson.demo.as_ref()?.parse().ok()
}

/// Begins a lesson whose source is in use.
pub(in crate::app) fn start(world: &mut World, lesson: Lesson) {
    let (at, now_ms) = moment(world);
    let progress = Progress::begin(Arc::new(lesson), at, now_ms);
    if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
        overlay.state.help = None;
    }
    store(world, Some(progress));
}

/// Leaves nothing of what lessons do: no filter, no selection, no pause.
fn clean(world: &mut World) {
    if let Some(mut actions) = world.get_resource_mut::<Actions>() {
        actions.push(Action::Pause(Switch::Off));
        actions.push(Action::Filter(String::new()));
        actions.push(Action::HideRest(Switch::Off));
        actions.push(Action::Select(None));
    }
}

/// Data time, and ms of a clock that does not stop.
fn moment(world: &World) -> (UnixMillis, u64) {
    let data = world.get_resource::<crate::app::data::time::DataTime>().map(|time| time.0.now());
    let clock = world.get_resource::<Clock>();
    let (shown, now_ms) = clock.map_or((UnixMillis(0), 0), |clock| (clock.data, clock.frame_ms));
    (data.unwrap_or(shown), now_ms)
}

/// Goes to the next step, or to the previous one if `by` is negative.
pub(in crate::app) fn go(world: &mut World, by: i8) {
    let (at, now_ms) = moment(world);
    let Some(mut progress) = world.get_resource_mut::<GivenLesson>().and_then(|mut it| it.progress.take()) else {
        return;
    };
    let was_moved = progress.go(by, at, now_ms);
    if was_moved {
        store(world, Some(progress));
    } else if let Some(mut given) = world.get_resource_mut::<GivenLesson>() {
        given.progress = Some(progress);
    }
}

/// Chooses an answer.
pub(in crate::app) fn answer(world: &mut World, choice: u8) {
    if let Some(mut given) = world.get_resource_mut::<GivenLesson>() {
        let given = &mut *given;
        if let Some(progress) = &mut given.progress {
            progress.answer(usize::from(choice));
            given.is_stale = true;
        }
    }
}

/// Ends the lesson, and shows what was shown before.
pub(in crate::app) fn end(world: &mut World) {
    if world.get_resource::<GivenLesson>().is_some_and(GivenLesson::is_on) {
        store(world, None);
        source::switch_back(world);
        clean(world);
    }
}

/// Stores the lesson at the beginning of a step, and does what the step looks at.
fn store(world: &mut World, progress: Option<Progress>) {
    let look = progress.as_ref().and_then(|progress| progress.step().0).map(|step| step.look.clone());
    if let Some(mut actions) = world.get_resource_mut::<Actions>() {
        look.into_iter().flatten().for_each(|action| actions.push(action));
    }
    world.insert_resource(GivenLesson { progress, is_stale: true, is_touched: true, ..GivenLesson::default() });
    if let Some(mut repaint) = world.get_resource_mut::<Repaint>() {
        repaint.0 = true;
    }
}

/// Counts what the step waits for, when connections have changed.
fn see(
    mut given: ResMut<'_, GivenLesson>,
    (touched, clock): (Res<'_, Touched>, Res<'_, Clock>),
    connections: Query<'_, '_, (&Observed, Option<&Located>, Option<&Flagged>, Option<&ClosedAt>)>,
) {
    let given = given.bypass_change_detection();
    let Some(progress) = given.progress.as_mut().filter(|progress| progress.is_waiting()) else { return };
    given.is_touched |= !touched.is_empty();
    if !given.is_touched || clock.frame_ms < given.counted_ms + COUNT_EVERY_MS {
        return;
    }
    (given.is_touched, given.counted_ms) = (false, clock.frame_ms);
    let count = connections.iter().filter(|(observed, located, flagged, closed_at)| {
        let facts = Facts {
            connection: &observed.0,
            location: located.map(|located| &*located.0),
            now: clock.data,
            closed_at: closed_at.map(|at| at.0),
            doubt: flagged.map(|flagged| flagged.0.kind),
        };
        progress.counts(&facts)
    });
    let count = count.count();
    given.is_stale |= progress.see(count, clock.data);
}

/// Makes the card.
fn show(mut given: ResMut<'_, GivenLesson>, clock: Res<'_, Clock>, mut repaint: ResMut<'_, Repaint>) {
    let given = given.bypass_change_detection();
    let Some(progress) = &given.progress else {
        given.view = None;
        return;
    };
    let is_overdue = progress.is_overdue(clock.frame_ms);
    let shows_overdue = given.view.as_ref().and_then(|view| view.wait.as_ref()).is_some_and(|wait| wait.is_overdue);
    if !given.is_stale && is_overdue == shows_overdue {
        return;
    }
    given.is_stale = false;
    let (step, number) = progress.step();
    let Some(step) = step else { return };
    let lesson = progress.lesson();
    let (chosen, is_answer_shown) = progress.answered();
    given.view = Some(LessonView {
        title: lesson.title.clone(),
        step: (number, lesson.steps.len()),
        say: step.say.clone(),
        wait: progress.waited().map(|(wait, waited)| WaitView {
            text: waited_text(&wait.what, wait.count, waited),
            has_happened: matches!(waited, Waited::Happened(_)),
            is_overdue,
        }),
        ask: step.ask.as_ref().map(|ask| AskView {
            question: ask.question.clone(),
            choices: ask.choices.clone(),
            right: ask.right,
            chosen,
            answer: is_answer_shown.then(|| ask.answer.clone()),
        }),
        notes: lesson.notes.clone(),
        standard: lesson.standard.clone(),
    });
    repaint.0 = true;
}

/// `Waiting for 3 connections to Japan: 1 so far`, `12:00:31 UTC: a connection to Japan`.
fn waited_text(what: &str, count: usize, waited: Waited) -> String {
    match waited {
        Waited::For(seen) if count > 1 => t!("lesson-waiting-count", what = what, seen = seen, count = count),
        Waited::For(_) => t!("lesson-waiting", what = what),
        Waited::Happened(at) => {
            let time: String = at.to_string().chars().skip(11).take(8).collect();
            format!("✔ {time} UTC: {what}")
        }
    }
}
