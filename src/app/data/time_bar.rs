//! Fills the time bar: a thread reads the history, so that the window never waits for the disk.

use crate::app::{
    Overlay, Repaint,
    data::{
        history::Recording,
        source::WindowSource,
        time::{DataTime, Paused},
    },
};
use crate::{
    connections::{Clock, FrameSystems},
    history::{ActivityBar, Gap, HistoryError, Store, Subject, SubjectKind, activity_bar},
    language::t,
    model::{CountryIso, UnixMillis, country_name},
    sampler::DataClock,
    text::escape_untrusted,
    view::time_bar::{TimeBarView, TimeMark, TimeSpan, window_around},
};
use bevy::prelude::*;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::{path::PathBuf, thread::Builder};

/// Bins in the width of the bar.
const BINS: u32 = 240;
/// Marks in the width of the bar.
const MARKS: u32 = 40;
/// How often the bar is read anew while it grows, ms of frame time; longer spans change more slowly.
const READ_EVERY_MS: u64 = 2_000;

/// What is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wish {
    from: UnixMillis,
    to: UnixMillis,
}

/// What was read.
#[derive(Clone, Debug, Default)]
struct Answer {
    activity: ActivityBar,
    gaps: Vec<Gap>,
    marks: Vec<TimeMark>,
    recorded: Option<(UnixMillis, UnixMillis)>,
}

/// The time bar of the window.
#[derive(Resource, Debug, Default)]
pub(in crate::app) struct TimeBar {
    /// How much time is in view.
    span: TimeSpan,
    wishes: Option<Sender<Wish>>,
    answers: Option<Receiver<Answer>>,
    answer: Answer,
    window: Option<(UnixMillis, UnixMillis)>,
    asked_ms: Option<u64>,
    asked: Option<Wish>,
    view: Option<TimeBarView>,
}

impl TimeBar {
    /// Reads the history in `file` in a thread; calls `wake` when something was read.
    pub(in crate::app) fn read(file: Option<PathBuf>, wake: impl Fn() + Send + 'static) -> Self {
        let Some(file) = file else { return Self::default() };
        let (wishes, wished) = bounded::<Wish>(1);
        let (answered, answers) = bounded(1);
        let run = move || {
            let mut store: Option<Store> = None;
            while let Ok(wish) = wished.recv() {
                if store.is_none() {
                    store = Store::open_for_reading(&file).ok();
                }
                let answer = store.as_ref().map(|store| answer(store, wish));
                match answer {
                    Some(Ok(answer)) => {
                        if answered.send(answer).is_err() {
                            return;
                        }
                        wake();
                    }
                    // The file may have been exchanged.
                    _ => store = None,
                }
            }
        };
        if Builder::new().name("time-bar".to_owned()).spawn(run).is_err() {
            // Without a thread there is no time bar.
            return Self::default();
        }
        Self { wishes: Some(wishes), answers: Some(answers), ..Self::default() }
    }

    /// The content of the bar, once something is recorded.
    pub(in crate::app) fn view(&self) -> Option<&TimeBarView> {
        self.view.as_ref()
    }

    /// Shows another span.
    pub(in crate::app) fn show(&mut self, span: TimeSpan) {
        self.span = span;
        self.asked_ms = None;
    }

    /// Length of a bin, ms.
    pub(in crate::app) fn bin_ms(&self) -> i64 {
        self.view.as_ref().map_or(10_000, |view| view.activity.bin_ms.max(1_000))
    }
}

fn answer(store: &Store, wish: Wish) -> Result<Answer, HistoryError> {
    let Wish { from, to } = wish;
    let heads = store.heads()?;
    let first = heads.iter().map(|head| head.first).min();
    let last = heads.iter().map(|head| head.last).max();
    let gaps = store.gaps()?.into_iter().filter(|gap| gap.to >= from && gap.from <= to).collect();
    let marks = store.firsts(from, to, MARKS)?;
    Ok(Answer {
        activity: activity_bar(store, from, to, BINS)?,
        gaps,
        marks: marks.into_iter().map(|(at, process, other)| mark(at, &process, &other)).collect(),
        recorded: first.zip(last),
    })
}

fn mark(at: UnixMillis, process: &Subject, other: &Subject) -> TimeMark {
    let country = CountryIso::parse(&other.name).filter(|_| other.kind == SubjectKind::Country);
    let name = country.and_then(country_name).unwrap_or(&other.name);
    let text = t!("time-bar-first", process = &*process.name, place = name);
    TimeMark { at, text: escape_untrusted(&text).into_owned() }
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.init_resource::<TimeBar>().add_systems(Update, follow.in_set(FrameSystems::Panels));
}

fn follow(
    (clock, paused, data): (Res<'_, Clock>, Res<'_, Paused>, Option<Res<'_, DataTime>>),
    (source, recording): (Option<Res<'_, WindowSource>>, Res<'_, Recording>),
    overlay: Res<'_, Overlay>,
    mut bar: ResMut<'_, TimeBar>,
    mut repaint: ResMut<'_, Repaint>,
) {
    let bar = bar.bypass_change_detection();
    let Some(source) = source else { return };
    // A demo or a recording has no history beside it.
    let is_wanted = source.is_live() || source.shows_history();
    if !is_wanted || (!recording.is_on() && !source.has_history()) || bar.wishes.is_none() {
        bar.view = None;
        return;
    }
    if let Some(answer) = bar.answers.as_ref().and_then(|answers| answers.try_iter().last()) {
        bar.answer = answer;
        repaint.0 = true;
    }
    let is_live = source.is_live();
    let now = if is_live && !paused.0 { clock.data } else { DataClock::default().now() };
    let recorded = bar.answer.recorded.unwrap_or((now, now));
    let recorded = (recorded.0, recorded.1.max(if recording.is_on() { now } else { recorded.1 }));
    let span_ms = bar.span.ms(recorded.1.0 - recorded.0.0);
    // In steps of a bin, so that the picture rests between them.
    let step_ms = (span_ms / i64::from(BINS)).max(1_000);
    let end = UnixMillis((now.0.div_euclid(step_ms) + 1) * step_ms);
    let (from, to) = window_around(clock.data, end, span_ms, bar.window);
    bar.window = Some((from, to));
    let wish = Wish { from, to };
    let is_due = bar.asked_ms.is_none_or(|asked_ms| clock.frame_ms >= asked_ms + READ_EVERY_MS.max(step_ms as u64 / 4));
    if (is_due || bar.asked.is_none_or(|asked| asked.from != from && (asked.from.0 - from.0).abs() > step_ms))
        && bar.wishes.as_ref().is_some_and(|wishes| wishes.try_send(wish).is_ok())
    {
        (bar.asked_ms, bar.asked) = (Some(clock.frame_ms), Some(wish));
    }
    if bar.answer.recorded.is_none() {
        bar.view = None;
        return;
    }
    let Answer { activity, gaps, marks, .. } = &bar.answer;
    let view = bar.view.get_or_insert_with(|| TimeBarView {
        from,
        to,
        span: bar.span,
        activity: ActivityBar::default(),
        gaps: Vec::new(),
        marks: Vec::new(),
        recorded,
        cursor: clock.data,
        is_live,
        is_paused: paused.0,
        speed: 1.0,
    });
    if view.activity != *activity {
        view.activity.clone_from(activity);
    }
    if view.gaps != *gaps {
        view.gaps.clone_from(gaps);
    }
    // Names of units and users are masked in stage mode.
    if overlay.mask.is_some() {
        view.marks.clear();
    } else if view.marks != *marks {
        view.marks.clone_from(marks);
    }
    (view.from, view.to, view.span, view.recorded) = (from, to, bar.span, recorded);
    (view.cursor, view.is_live, view.is_paused) = (clock.data, is_live, paused.0);
    view.speed = data.map_or(1.0, |data| data.0.speed());
}
