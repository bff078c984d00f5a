//! The history in the window: records what the live source reports, and shows the past instead of the present.
//!
//! The recorder reads the live sampler beside the window, so it goes on while the window is paused or shows the past.

use crate::app::{
    Overlay, Repaint,
    actions::Sampler,
    data::{
        comparison, source,
        time::{DataTime, Paused},
        time_bar::TimeBar,
        time_window::{self, ChosenTime},
    },
};
use crate::{
    config::Settings,
    connections::{Clock, SamplerStatus},
    geo::{GeoService, Home, HomeMissing},
    history::{RecorderHandle, RecorderSettings, RecorderState, RecorderStatus},
    language::t,
    model::{DegradationKind, TimeWindow, UnixMillis},
    sampler::{DataClock, HomeThen, PastMoment, SamplerHandle, SourceKind, SourceSpec},
    ui::{NoticeView, actions::Action, actions::Switch},
    view::{FilterInForce, HomeInForce},
};
use bevy::{prelude::*, window::PrimaryWindow};

/// A moment this close to now counts as now, ms.
const NEAR_MS: i64 = 5_000;

/// Records in this window, unless it is not wanted.
#[derive(Resource, Debug, Default)]
pub(in crate::app) struct Recording {
    recorder: Option<RecorderHandle>,
    /// What it does, as last read.
    status: RecorderStatus,
    is_private: bool,
    /// The home of the present, while the past has another one.
    present_home: Option<HomeInForce>,
    /// Whether it has been said that connections are recorded.
    was_told: bool,
}

impl Recording {
    /// Starts a recorder of `sampler`, if the settings want one.
    pub(in crate::app) fn start(
        settings: &Settings,
        sampler: &SamplerHandle,
        source: &SourceSpec,
        geo: GeoService,
        wake: impl Fn() + Send + 'static,
    ) -> Self {
        // Demos and recordings enter only a file of their own.
        let is_wanted = settings.records_history && (source.is_live() || settings.is_history_explicit);
        let is_past = matches!(source, SourceSpec::History { .. });
        let Some(path) = settings.history_file.clone().filter(|_| is_wanted && !is_past) else {
            return Self::default();
        };
        let recorder = RecorderHandle::spawn(
            RecorderSettings {
                path,
                may_set_aside: !settings.is_history_explicit,
                limits: settings.history_limits,
                label: (!source.is_live()).then(|| source.to_string()),
                geo,
                home: settings.home_to_record(),
            },
            sampler.subscribe(),
            sampler.clock().clone(),
            false,
            Box::new(wake),
        );
        Self { recorder: Some(recorder), ..Self::default() }
    }

    /// Whether connections are recorded, now or when private mode ends.
    pub(in crate::app) fn is_on(&self) -> bool {
        self.recorder.is_some()
    }

    /// Ends the recording in order.
    pub(in crate::app) fn stop(&mut self) {
        self.recorder = None;
    }

    /// What is shown in the status line, and its meaning.
    pub(in crate::app) fn words(&self) -> (&'static str, &'static str) {
        if self.recorder.is_none() {
            return (t!("recording-off"), t!("recording-off-meaning"));
        }
        match self.status.state {
            RecorderState::Starting => (t!("recording-starting"), t!("recording-on-meaning")),
            RecorderState::Recording => (t!("recording-on"), t!("recording-on-meaning")),
            RecorderState::ReadingAlong => (t!("recording-along"), t!("recording-along-meaning")),
            RecorderState::Private => (t!("recording-private"), t!("recording-private-meaning")),
            RecorderState::Failed => (t!("recording-failed"), t!("recording-failed-meaning")),
        }
    }

    /// Whether nothing is recorded although it could be.
    pub(in crate::app) fn is_warning(&self) -> bool {
        matches!(self.status.state, RecorderState::Private | RecorderState::Failed)
    }
}

pub(in crate::app) fn plugin(app: &mut App) {
    use crate::connections::FrameSystems::{Connections, Read};
    app.init_resource::<Recording>()
        .add_systems(Update, (take_status, tell_home, name_window).in_set(Read))
        .add_systems(Update, follow_home.after(Connections).before(crate::connections::FrameSystems::View));
}

/// Takes over what the recorder says about itself, and says at the first start that it records.
fn take_status(
    mut recording: ResMut<'_, Recording>,
    mut overlay: ResMut<'_, Overlay>,
    mut repaint: ResMut<'_, Repaint>,
) {
    let Some(status) = recording.recorder.as_ref().map(RecorderHandle::status) else { return };
    if status == recording.status {
        return;
    }
    let recording = &mut *recording;
    if status.is_first && !std::mem::replace(&mut recording.was_told, true) {
        let text = t!("recording-begins").to_owned();
        overlay.notify(NoticeView { text, actions: vec![Action::Private(Switch::On)], is_warning: false });
    }
    overlay.degradations.retain(|it| it.kind != DegradationKind::History);
    overlay.degradations.extend(status.degradations());
    recording.status = status;
    repaint.0 = true;
}

/// Records where the computer is.
fn tell_home(home: Res<'_, HomeInForce>, recording: Res<'_, Recording>, overlay: Res<'_, Overlay>) {
    // Neither a masked home nor that of the past.
    if home.is_changed()
        && overlay.mask.is_none()
        && recording.present_home.is_none()
        && let Some(recorder) = &recording.recorder
    {
        recorder.set_home(home.home.as_ref().map_or(HomeThen::Unknown, Home::to_record));
    }
}

/// Uses the home of the moment that is shown.
fn follow_home(
    sampler: Res<'_, SamplerStatus>,
    overlay: Res<'_, Overlay>,
    mut recording: ResMut<'_, Recording>,
    mut home: ResMut<'_, HomeInForce>,
) {
    if !sampler.is_changed() {
        return;
    }
    match (&sampler.report.home, recording.present_home.is_some()) {
        (Some(then), is_past) => {
            let there = HomeInForce::from(Home::from_record(then).ok_or(HomeMissing::NotRecorded));
            let there = if overlay.mask.is_some() { there.masked() } else { there };
            if !is_past {
                recording.present_home = Some(home.clone());
            }
            if *home != there {
                *home = there;
            }
        }
        // A source that has not reported yet says nothing.
        (None, true) if sampler.messages > 0 => {
            if let Some(present) = recording.present_home.take() {
                *home = present;
            }
        }
        _ => {}
    }
}

/// Says in the title of the window that the past is shown, or that the time stands still.
fn name_window(
    sampler: Res<'_, SamplerStatus>,
    paused: Res<'_, Paused>,
    clock: Res<'_, Clock>,
    mut windows: Query<'_, '_, &mut Window, With<PrimaryWindow>>,
) {
    let Ok(mut window) = windows.single_mut() else { return };
    let is_past = sampler.report.source == Some(SourceKind::History);
    let mut title = "netglobe".to_owned();
    if is_past {
        title = format!("{title} – {}", t!("time-past", time = clock.data.to_second()));
    }
    if paused.0 {
        title = format!("{title} – {}", t!("app-status-paused"));
    }
    if window.title != title {
        window.title = title;
    }
}

/// Switches private mode, in which nothing is recorded.
pub(in crate::app) fn private(world: &mut World, switch: Switch) {
    let Some(mut recording) = world.get_resource_mut::<Recording>() else { return };
    let recording = &mut *recording;
    let text = match &recording.recorder {
        None => t!("recording-off-meaning"),
        Some(recorder) => {
            switch.apply(&mut recording.is_private);
            recorder.set_private(recording.is_private);
            if recording.is_private { t!("recording-private-begins") } else { t!("recording-private-ends") }
        }
    };
    if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
        overlay.notify(NoticeView { text: text.to_owned(), ..NoticeView::default() });
    }
}

/// Shows the moment `to`: of the source that is shown, if it has its own time, or else of the history.
pub(in crate::app) fn show(world: &mut World, to: UnixMillis) {
    time_window::leave(world, Some(to));
    if !is_live(world) {
        if let (Some(sampler), Some(data)) = (world.get_resource::<Sampler>(), world.get_resource::<DataTime>()) {
            sampler.0.seek(to);
            // At once, so that a pause or a step that follows begins there.
            data.0.set(to, None);
        }
        return;
    }
    enter_past(world, to);
}

/// Shows the next change, or the previous one.
pub(in crate::app) fn step(world: &mut World, is_forward: bool) {
    if is_live(world) {
        if is_forward {
            return;
        }
        let Some(now) = world.get_resource::<Clock>().map(|clock| clock.data) else { return };
        if !enter_past(world, now) {
            return;
        }
    }
    // One looks at a change at rest.
    set_paused(world, true);
    if let Some(sampler) = world.get_resource::<Sampler>() {
        sampler.0.step(is_forward);
    }
}

/// Shows the moment some bins of the time bar later or earlier.
pub(in crate::app) fn step_bin(world: &mut World, by: i8) {
    let bin_ms = world.get_resource::<TimeBar>().map_or(10_000, TimeBar::bin_ms);
    let Some(now) = world.get_resource::<DataTime>().map(|data| data.0.now()) else { return };
    if by > 0 && is_live(world) {
        return;
    }
    set_paused(world, true);
    show(world, now.plus_ms(i64::from(by) * bin_ms));
}

/// Returns to the present.
pub(in crate::app) fn live(world: &mut World) {
    if world.get_resource::<SamplerStatus>().is_some_and(|status| status.report.source == Some(SourceKind::History)) {
        // The window may have begun with the past.
        let own_is_past =
            world.get_resource::<source::WindowSource>().is_some_and(source::WindowSource::begins_in_past);
        source::switch_softly(world, own_is_past.then(SourceSpec::default));
    }
    // A recording that was dropped on the window.
    source::leave_recording(world);
    time_window::leave(world, None);
    set_paused(world, false);
}

/// Pauses, or goes on: in the present, if the moment shown is hardly past.
pub(in crate::app) fn pause(world: &mut World, switch: Switch) {
    let Some(is_paused) = world.get_resource::<Paused>().map(|paused| switch.after(paused.0)) else { return };
    let is_past =
        world.get_resource::<SamplerStatus>().is_some_and(|status| status.report.source == Some(SourceKind::History));
    let shown = world.get_resource::<DataTime>().map(|data| data.0.now());
    if !is_paused && is_past && shown.is_some_and(|shown| DataClock::default().now().0 - shown.0 <= NEAR_MS) {
        live(world);
        return;
    }
    set_paused(world, is_paused);
}

/// Shows only what was there in `window`, at its end, or everything.
pub(in crate::app) fn choose(world: &mut World, window: Option<TimeWindow>) {
    let first = world.get_resource_mut::<ChosenTime>().and_then(|mut chosen| chosen.first.take());
    let windows: Vec<TimeWindow> = first.filter(|_| window.is_some()).into_iter().chain(window).collect();
    if windows.len() == 2 {
        comparison::begin(world);
    }
    time_window::choose(world, &windows);
    let Some(window) = TimeWindow::around(&windows) else { return };
    let now = DataClock::default().now();
    if is_live(world) && now.0 - window.to.0 <= NEAR_MS {
        return;
    }
    set_paused(world, true);
    show(world, window.to);
}

/// Lets the chosen window of time begin or end at the moment shown.
pub(in crate::app) fn mark(world: &mut World, is_end: bool) {
    let Some(at) = world.get_resource::<Clock>().map(|clock| clock.data) else { return };
    if let Some(mut choice) = world.get_resource_mut::<ChosenTime>().filter(|choice| choice.first.is_some()) {
        // The second of two windows to compare.
        match (is_end, choice.begun.take()) {
            (false, _) => choice.begun = Some(at),
            (true, Some(from)) if from < at => choose(world, Some(TimeWindow { from, to: at })),
            (true, _) => {}
        }
        return;
    }
    let chosen = world.get_resource::<FilterInForce>().and_then(|filter| filter.words().time_windows(at).pop());
    let bar = world.get_resource::<TimeBar>().and_then(TimeBar::view);
    let bin_ms = world.get_resource::<TimeBar>().map_or(10_000, TimeBar::bin_ms);
    let window = if is_end {
        let from = chosen.map(|window| window.from).filter(|from| *from < at);
        TimeWindow { from: from.unwrap_or_else(|| at.plus_ms(-bin_ms)), to: at }
    } else {
        let recorded_to = || bar.map(|bar| bar.recorded.1).filter(|to| *to > at);
        let to = chosen.map(|window| window.to).filter(|to| *to > at).or_else(recorded_to);
        TimeWindow { from: at, to: to.unwrap_or_else(|| at.plus_ms(bin_ms)) }
    };
    time_window::choose(world, &[window]);
}

fn set_paused(world: &mut World, is_paused: bool) {
    if let Some(mut paused) = world.get_resource_mut::<Paused>() {
        paused.0 = is_paused;
    }
    source::hold(world, is_paused);
}

fn is_live(world: &World) -> bool {
    world.get_resource::<source::WindowSource>().is_some_and(source::WindowSource::is_live)
}

/// Shows the history at `to`; false if there is none.
fn enter_past(world: &mut World, to: UnixMillis) -> bool {
    let is_there = world.get_resource::<source::WindowSource>().is_some_and(source::WindowSource::has_history);
    if !is_there {
        let text = t!("recording-no-past").to_owned();
        if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
            overlay.notify(NoticeView { text, ..NoticeView::default() });
        }
        return false;
    }
    source::switch_softly(world, Some(SourceSpec::History { at: PastMoment::At(to) }));
    let is_paused = world.get_resource::<Paused>().is_some_and(|paused| paused.0);
    source::hold(world, is_paused);
    true
}
