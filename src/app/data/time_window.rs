//! The chosen window of time, `during:` in the filter: reads from the history which connections were there in it and have
//! closed.

use crate::app::{
    Overlay, Repaint,
    actions::Actions,
    data::{source::WindowSource, time_bar::BarFile, worker::Worker},
};
use crate::{
    connections::{Clock, FrameSystems, Inbox, MOST_PAST, PastShown, SamplerStatus, choose_window},
    history::{RecordingFile, Store, There, Timeline, closed_in},
    model::{
        TimeWindow, UnixMillis,
        filter::{FilterKey, during_word},
    },
    ui::actions::Action,
    view::FilterInForce,
};
use bevy::prelude::*;

/// A window that moves is followed in steps of this, ms.
const STEP_MS: u64 = 1_000;

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wish {
    file: BarFile,
    windows: Vec<TimeWindow>,
    /// The moment that is shown.
    as_of: UnixMillis,
    /// See [`PastShown::jumps`].
    jumps: u64,
    is_masked: bool,
}

impl Wish {
    /// Whether its answer, and what closes from then on, contain all that closed in `windows`.
    fn covers(&self, windows: &[TimeWindow]) -> bool {
        let ([mine], [window]) = (&self.windows[..], windows) else { return self.windows == windows };
        let goes_on = mine.to > self.as_of;
        mine.from.0 <= window.from.0 + STEP_MS as i64 && (goes_on || window.to <= mine.to)
    }

    fn read(&self, timeline: &mut dyn Timeline, is_unwanted: &dyn Fn() -> bool) -> Read {
        let most = MOST_PAST / self.windows.len().max(1);
        let mut all = There::default();
        for window in &self.windows {
            let there = match closed_in(timeline, *window, self.as_of, most, is_unwanted) {
                Ok(Some(there)) => there,
                Ok(None) => return Read::Unwanted,
                Err(_) => return Read::Nothing,
            };
            all.add(there);
        }
        Read::All(all)
    }
}

/// What was read.
enum Read {
    All(There),
    /// It cannot be read.
    Nothing,
    /// A newer wish came.
    Unwanted,
}

/// How much is known of the chosen window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app) enum Known {
    /// None is chosen, or everything that was recorded is shown.
    #[default]
    All,
    /// It is being read.
    Reading,
    /// Only what is open, and what closed since the program started: nothing is recorded.
    OnlyOpen,
}

/// The chosen window of time.
#[derive(Resource, Debug, Default)]
pub(in crate::app) struct ChosenTime {
    worker: Option<Worker<Wish, (Wish, Option<There>)>>,
    asked: Option<Wish>,
    known: Known,
    /// The windows chosen in the time bar; they end when a moment outside of them is shown.
    in_bar: Vec<TimeWindow>,
    /// The first of two windows to compare, while the second is awaited.
    pub(in crate::app) first: Option<TimeWindow>,
    /// Where the second one begins, if it is chosen with the keyboard.
    pub(in crate::app) begun: Option<UnixMillis>,
}

impl ChosenTime {
    /// Reads histories and recordings in a thread; calls `wake` when something was read.
    pub(in crate::app) fn read(wake: impl Fn() + Send + 'static) -> Self {
        Self { worker: Worker::spawn("time-window", wake, answer), ..Self::default() }
    }

    /// How much is known of it.
    pub(in crate::app) fn known(&self) -> Known {
        self.known
    }
}

fn answer(wish: Wish, is_unwanted: &dyn Fn() -> bool) -> Option<(Wish, Option<There>)> {
    let read = match &wish.file {
        BarFile::History(path) => {
            Store::open_for_reading(path).map_or(Read::Nothing, |mut store| wish.read(&mut store, is_unwanted))
        }
        BarFile::Recording(path) => {
            RecordingFile::open(path).map_or(Read::Nothing, |mut file| wish.read(&mut file, is_unwanted))
        }
    };
    match read {
        Read::All(there) => Some((wish, Some(there))),
        Read::Nothing => Some((wish, None)),
        Read::Unwanted => None,
    }
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.init_resource::<ChosenTime>()
        .add_systems(Update, follow.after(FrameSystems::Connections).before(FrameSystems::View));
}

fn follow(
    (clock, sampler): (Res<'_, Clock>, Res<'_, SamplerStatus>),
    (filter, overlay): (Res<'_, FilterInForce>, Res<'_, Overlay>),
    source: Option<Res<'_, WindowSource>>,
    (mut past, mut inbox): (ResMut<'_, PastShown>, ResMut<'_, Inbox>),
    mut chosen: ResMut<'_, ChosenTime>,
    mut repaint: ResMut<'_, Repaint>,
    mut commands: Commands<'_, '_>,
) {
    let windows = filter.words().time_windows(clock.data);
    let window = TimeWindow::around(&windows);
    let has_changed = match (past.window(), window) {
        (None, None) => return,
        (Some(before), Some(now)) => before.from.0.abs_diff(now.from.0) >= STEP_MS,
        _ => true,
    };
    if has_changed {
        commands.queue(move |world: &mut World| choose_window(world, window));
    }
    if windows.is_empty() {
        (chosen.asked, chosen.known) = (None, Known::All);
        return;
    }
    let Some(file) = source.and_then(|source| source.bar_file()) else {
        chosen.known = Known::OnlyOpen;
        return;
    };
    // The state of the moment comes first.
    if sampler.messages == 0 {
        return;
    }
    let (jumps, is_masked) = (past.jumps, overlay.mask.is_some());
    let is_answered = chosen.asked.as_ref().is_some_and(|asked| {
        asked.file == file && asked.jumps == jumps && asked.is_masked == is_masked && asked.covers(&windows)
    });
    if !is_answered {
        let wish = Wish { file, windows, as_of: clock.data, jumps, is_masked };
        let worker = chosen.worker.as_ref().inspect(|worker| worker.ask(wish.clone()));
        chosen.known = if worker.is_some() { Known::Reading } else { Known::OnlyOpen };
        chosen.asked = Some(wish);
        return;
    }
    let Some((wish, there)) = chosen.worker.as_ref().and_then(Worker::answer) else { return };
    if chosen.asked.as_ref() != Some(&wish) {
        return;
    }
    repaint.0 = true;
    let Some(there) = there else {
        chosen.known = Known::OnlyOpen;
        return;
    };
    chosen.known = Known::All;
    past.left_out = there.left_out;
    inbox.push_past(there.closed.into_iter().map(|past| (past.connection, past.closed_at)));
}

/// Chooses windows of time: none, one, or two to compare.
pub(in crate::app) fn choose(world: &mut World, windows: &[TimeWindow]) {
    let Some(filter) = world.get_resource::<FilterInForce>() else { return };
    let mut text = filter.words().without(FilterKey::During);
    if !windows.is_empty() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&during_word(windows));
    }
    if let Some(mut chosen) = world.get_resource_mut::<ChosenTime>() {
        chosen.in_bar = windows.to_vec();
    }
    if let Some(mut actions) = world.get_resource_mut::<Actions>() {
        actions.push(Action::Filter(text));
    }
}

/// Ends a choice in the time bar, if `moment` is outside of it.
pub(in crate::app) fn leave(world: &mut World, moment: Option<UnixMillis>) {
    let Some(chosen) = world.get_resource::<ChosenTime>().filter(|chosen| !chosen.in_bar.is_empty()) else { return };
    let now = world.get_resource::<Clock>().map(|clock| clock.data).unwrap_or_default();
    let in_force = world.get_resource::<FilterInForce>().map(|filter| filter.words().time_windows(now));
    let is_inside = |moment: UnixMillis| chosen.in_bar.iter().any(|it| it.from <= moment && moment <= it.to);
    // Two that are compared stay.
    if in_force.as_ref() == Some(&chosen.in_bar) && chosen.in_bar.len() == 1 && !moment.is_some_and(is_inside) {
        choose(world, &[]);
    }
}
