//! The chosen window of time, `during:` in the filter: reads from the history which connections were there in it and have
//! closed.

use crate::app::{
    Overlay, Repaint,
    data::{source::WindowSource, time_bar::BarFile, worker::Worker},
};
use crate::{
    connections::{Clock, FrameSystems, Inbox, MOST_PAST, PastShown, SamplerStatus, choose_window},
    history::{RecordingFile, Store, There, Timeline, closed_in},
    model::{TimeWindow, UnixMillis, filter::{FilterKey, during_word}},
    view::FilterInForce,
};
use bevy::prelude::*;

/// A window that moves is followed in steps of this, ms.
const STEP_MS: u64 = 1_000;

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wish {
    file: BarFile,
    window: TimeWindow,
    /// The moment that is shown.
    as_of: UnixMillis,
    /// See [`PastShown::jumps`].
    jumps: u64,
    is_masked: bool,
}

impl Wish {
    /// Whether its answer, and what closes from then on, contain all that closed in `window`.
    fn covers(&self, window: TimeWindow) -> bool {
        let goes_on = self.window.to > self.as_of;
        self.window.from.0 <= window.from.0 + STEP_MS as i64 && (goes_on || window.to <= self.window.to)
    }
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
    /// The window chosen in the time bar; it ends when another moment is shown.
    in_bar: Option<TimeWindow>,
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
    let read = |timeline: &mut dyn Timeline| closed_in(timeline, wish.window, wish.as_of, MOST_PAST, is_unwanted).ok();
    let there = match &wish.file {
        BarFile::History(path) => Store::open_for_reading(path).ok().and_then(|mut store| read(&mut store)),
        BarFile::Recording(path) => RecordingFile::open(path).ok().and_then(|mut file| read(&mut file)),
    };
    match there {
        // A newer wish is answered instead.
        Some(None) => None,
        there => Some((wish, there.flatten())),
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
    let window = filter.words().time_window(clock.data);
    let has_changed = match (past.window(), window) {
        (None, None) => return,
        (Some(before), Some(now)) => before.from.0.abs_diff(now.from.0) >= STEP_MS,
        _ => true,
    };
    if has_changed {
        commands.queue(move |world: &mut World| choose_window(world, window));
    }
    let Some(window) = window else {
        (chosen.asked, chosen.known) = (None, Known::All);
        return;
    };
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
        asked.file == file && asked.jumps == jumps && asked.is_masked == is_masked && asked.covers(window)
    });
    if !is_answered {
        let wish = Wish { file, window, as_of: clock.data, jumps, is_masked };
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

/// Chooses a window of time, or none.
pub(in crate::app) fn choose(world: &mut World, window: Option<TimeWindow>) {
    let Some(filter) = world.get_resource::<FilterInForce>() else { return };
    let mut text = filter.words().without(FilterKey::During);
    if let Some(window) = window {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&during_word(window));
    }
    if let Some(mut chosen) = world.get_resource_mut::<ChosenTime>() {
        chosen.in_bar = window;
    }
    if let Some(mut actions) = world.get_resource_mut::<crate::app::actions::Actions>() {
        actions.push(crate::ui::actions::Action::Filter(text));
    }
}

/// Ends a window that was chosen in the time bar, if `moment` is outside of it.
pub(in crate::app) fn leave(world: &mut World, moment: Option<UnixMillis>) {
    let Some(window) = world.get_resource::<ChosenTime>().and_then(|chosen| chosen.in_bar) else { return };
    let now = world.get_resource::<Clock>().map(|clock| clock.data).unwrap_or_default();
    let is_in_force = world.get_resource::<FilterInForce>().is_some_and(|filter| {
        filter.words().time_window(now) == Some(window)
    });
    if is_in_force && moment.is_none_or(|moment| moment < window.from || moment > window.to) {
        choose(world, None);
    }
}
