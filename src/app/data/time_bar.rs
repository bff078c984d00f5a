//! Fills the time bar: a thread reads the history, so that the window never waits for the disk.

use crate::app::{
    Overlay, Repaint,
    data::{
        comparison::Comparing,
        history::Recording,
        source::WindowSource,
        time::{DataTime, Paused},
        time_window::ChosenTime,
        worker::Worker,
    },
};
use crate::{
    connections::{Clock, FrameSystems},
    history::{
        ActivityBar, BlockHead, Digest, Gap, HistoryError, RecordingFile, Store, Subject, SubjectKind, activity_bar,
    },
    language::t,
    model::{CountryIso, UnixMillis, country_name},
    sampler::DataClock,
    text::escape_untrusted,
    view::{
        FilterInForce,
        time_bar::{TimeBarView, TimeMark, TimeSpan, window_around},
    },
};
use bevy::prelude::*;
use std::path::PathBuf;

/// Bins in the width of the bar.
const BINS: u32 = 240;
/// Marks in the width of the bar.
const MARKS: u32 = 40;
/// How often the bar is read anew while it grows, ms of frame time; longer spans change more slowly.
const READ_EVERY_MS: u64 = 2_000;

/// Where the bar comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum BarFile {
    /// The history of this computer.
    History(PathBuf),
    /// A recording.
    Recording(PathBuf),
}

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wish {
    file: BarFile,
    from: UnixMillis,
    to: UnixMillis,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// Without a thread there is no time bar.
    worker: Option<Worker<Wish, (BarFile, Answer)>>,
    answer: Answer,
    window: Option<(UnixMillis, UnixMillis)>,
    file: Option<BarFile>,
    asked_ms: Option<u64>,
    asked: Option<Wish>,
    view: Option<TimeBarView>,
}

impl TimeBar {
    /// Reads histories and recordings in a thread; calls `wake` when something was read.
    pub(in crate::app) fn read(wake: impl Fn() + Send + 'static) -> Self {
        let mut open: Option<(BarFile, Reader)> = None;
        let answer = move |wish: Wish, _: &dyn Fn() -> bool| {
            let known = open.take().filter(|(file, _)| *file == wish.file);
            let (file, reader) = match known {
                Some(known) => known,
                None => (wish.file.clone(), Reader::open(&wish.file)?),
            };
            // If it cannot be read any more, the file may have been exchanged.
            let answer = reader.answer(&wish).ok()?;
            open = Some((file, reader));
            Some((wish.file, answer))
        };
        Self { worker: Worker::spawn("time-bar", wake, answer), ..Self::default() }
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

/// A file that is open.
enum Reader {
    History(Store),
    Recording(Digest),
}

impl Reader {
    fn open(file: &BarFile) -> Option<Self> {
        match file {
            BarFile::History(path) => Store::open_for_reading(path).ok().map(Self::History),
            BarFile::Recording(path) => {
                let mut recording = RecordingFile::open(path).ok()?;
                Digest::of(&mut recording).ok().map(Self::Recording)
            }
        }
    }

    fn answer(&self, wish: &Wish) -> Result<Answer, HistoryError> {
        let (from, to) = (wish.from, wish.to);
        let (activity, mut gaps, firsts, recorded) = match self {
            Self::History(store) => {
                let ends = BlockHead::ends(&store.heads()?);
                (activity_bar(store, from, to, BINS)?, store.gaps()?, store.firsts(from, to, MARKS)?, ends)
            }
            Self::Recording(digest) => {
                let firsts = digest.firsts.iter().filter(|(at, ..)| *at >= from && *at < to);
                let firsts = firsts.rev().take(MARKS as usize).cloned().collect();
                (digest.bar(from, to, BINS), digest.gaps.clone(), firsts, digest.ends)
            }
        };
        gaps.retain(|gap| gap.to >= from && gap.from <= to);
        let marks = firsts.iter().map(|(at, process, other)| mark(*at, process, other)).collect();
        Ok(Answer { activity, gaps, marks, recorded })
    }
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
    (overlay, filter): (Res<'_, Overlay>, Res<'_, FilterInForce>),
    (chosen, comparing): (Option<Res<'_, ChosenTime>>, Option<Res<'_, Comparing>>),
    mut bar: ResMut<'_, TimeBar>,
    mut repaint: ResMut<'_, Repaint>,
) {
    let bar = bar.bypass_change_detection();
    let Some(source) = source else { return };
    // A demo has no history beside it.
    let file = source.bar_file().filter(|_| bar.worker.is_some());
    if bar.file != file {
        bar.file.clone_from(&file);
        (bar.answer, bar.window) = (Answer::default(), None);
        (bar.asked, bar.asked_ms) = (None, None);
    }
    let Some(file) = file else {
        bar.view = None;
        return;
    };
    let newest = bar.worker.as_ref().and_then(Worker::answer).filter(|(from, _)| *from == file);
    if let Some((_, answer)) = newest.filter(|(_, answer)| bar.answer != *answer) {
        bar.answer = answer;
        repaint.0 = true;
    }
    let is_live = source.is_live();
    let now = match (&file, bar.answer.recorded) {
        (BarFile::Recording(_), Some((_, last))) => last,
        _ if is_live && !paused.0 => clock.data,
        _ => DataClock::default().now(),
    };
    let recorded = bar.answer.recorded.unwrap_or((now, now));
    let grows = recording.is_on() && matches!(file, BarFile::History(_));
    let recorded = (recorded.0, if grows { recorded.1.max(now) } else { recorded.1 });
    let span_ms = bar.span.ms(recorded.1.0 - recorded.0.0);
    // In steps of a bin, so that the picture rests between them.
    let step_ms = (span_ms / i64::from(BINS)).max(1_000);
    let end = UnixMillis((now.0.div_euclid(step_ms) + 1) * step_ms);
    let (from, to) = window_around(clock.data, end, span_ms, bar.window);
    bar.window = Some((from, to));
    let wish = Wish { file, from, to };
    let every_ms = READ_EVERY_MS.max(step_ms as u64 / 4);
    let is_due = bar.asked_ms.is_none_or(|asked_ms| clock.frame_ms >= asked_ms + every_ms);
    let is_elsewhere = bar.asked.as_ref().is_none_or(|asked| (asked.from.0 - from.0).abs() > step_ms);
    // A recording does not change.
    let is_known = matches!(wish.file, BarFile::Recording(_)) && bar.asked.as_ref() == Some(&wish);
    if ((is_due && !is_known) || is_elsewhere)
        && let Some(worker) = &bar.worker
    {
        worker.ask(wish.clone());
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
        chosen: Vec::new(),
        first: None,
        is_comparing: false,
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
    view.chosen = filter.words().time_windows(clock.data);
    view.first = chosen.and_then(|chosen| chosen.first);
    view.is_comparing = comparing.is_some_and(|comparing| comparing.view().is_some());
    view.speed = data.map_or(1.0, |data| data.0.speed());
}
