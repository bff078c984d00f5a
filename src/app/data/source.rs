//! The source of the window: switches it, for a lesson with a demo of its own or for the past, and back.
//!
//! While another source is shown, the sampler of the window's own source goes on if it is live: it is recorded.

use crate::app::{
    Repaint,
    actions::Sampler,
    data::{history::Recording, time::DataTime, time_bar::BarFile},
};
use crate::{
    connections::{Inbox, SamplerStatus},
    history::source_opener,
    sampler::{DataClock, SamplerConfig, SamplerHandle, SourceSpec},
    view::HomeInForce,
};
use bevy::prelude::*;
use std::{fmt, path::PathBuf, sync::Arc, thread::Builder};

/// What a sampler is started with.
#[derive(Resource)]
pub(in crate::app) struct WindowSource {
    /// The source of the window, when no lesson has another and the present is shown.
    own: SourceSpec,
    /// Whether another source may replace it if it fails.
    may_fall_back: bool,
    /// The source in use.
    current: SourceSpec,
    config: SamplerConfig,
    /// The file of the history.
    history: Option<PathBuf>,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// The sampler of the window's own source, while another one is in use.
    parked: Option<SamplerHandle>,
}

impl WindowSource {
    /// The source `own`, while `current` is in use.
    pub(in crate::app) fn new(
        own: SourceSpec,
        may_fall_back: bool,
        current: SourceSpec,
        config: SamplerConfig,
        history: Option<PathBuf>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self { own, may_fall_back, current, config, history, wake: Arc::new(wake), parked: None }
    }

    /// Starts a sampler of the source in use.
    pub(in crate::app) fn start(&self) -> SamplerHandle {
        let wake = Arc::clone(&self.wake);
        let may_fall_back = self.may_fall_back && self.current == self.own;
        let (source, open) = (self.current.clone(), source_opener(self.history.clone()));
        SamplerHandle::spawn_with(source, may_fall_back, self.config, Box::new(move || wake()), open)
    }

    /// The clock of the window for the source in use: it can stand still while a live source is sampled on.
    pub(in crate::app) fn clock(&self, sampler: &SamplerHandle) -> DataClock {
        if self.is_live() { DataClock::default() } else { sampler.clock().clone() }
    }

    /// Whether the source in use lists the connections of this computer now.
    pub(in crate::app) fn is_live(&self) -> bool {
        self.current.is_live()
    }

    /// What the time bar shows.
    pub(in crate::app) fn bar_file(&self) -> Option<BarFile> {
        match &self.current {
            SourceSpec::Replay { file, .. } => Some(BarFile::Recording(file.clone())),
            SourceSpec::Demo { .. } => None,
            _ => self.history.clone().map(BarFile::History),
        }
    }

    /// Whether the window's own source is the past.
    pub(in crate::app) fn begins_in_past(&self) -> bool {
        matches!(self.own, SourceSpec::History { .. })
    }

    /// Whether there may be a past of what is shown.
    pub(in crate::app) fn has_history(&self) -> bool {
        self.history.as_ref().is_some_and(|file| file.exists())
    }
}

impl fmt::Debug for WindowSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WindowSource").field("own", &self.own).field("current", &self.current).finish_non_exhaustive()
    }
}

/// Switches to the source `to`, or to the window's own without one, and forgets all connections.
pub(in crate::app) fn switch(world: &mut World, to: Option<SourceSpec>) {
    exchange(world, to, true);
}

/// The same for another moment of the same computer: connections that are there at both moments stay, with the selection.
pub(in crate::app) fn switch_softly(world: &mut World, to: Option<SourceSpec>) {
    exchange(world, to, false);
}

fn exchange(world: &mut World, to: Option<SourceSpec>, forgets: bool) {
    let home = world.get_resource::<HomeInForce>().and_then(|home| Some(home.home.as_ref()?.position));
    let Some(mut source) = world.get_resource_mut::<WindowSource>() else { return };
    let to = to.unwrap_or_else(|| source.own.clone());
    let is_demo = matches!(to, SourceSpec::Demo { .. });
    // A demo begins anew.
    if source.current == to && !is_demo {
        return;
    }
    let was_own_live = source.current == source.own && source.own.is_live();
    source.current = to;
    source.config.home = home;
    let returns = source.current == source.own;
    let sampler = match source.parked.take_if(|_| returns) {
        Some(parked) => {
            parked.repeat_all();
            parked
        }
        None => source.start(),
    };
    let clock = source.clock(&sampler);
    let before = world.remove_resource::<Sampler>();
    let mut inbox = world.resource_mut::<Inbox>();
    inbox.hold(false);
    if forgets {
        inbox.follow(sampler.receiver().clone());
    } else {
        inbox.follow_softly(sampler.receiver().clone());
    }
    world.insert_resource(SamplerStatus::default());
    world.insert_resource(DataTime(clock));
    world.insert_resource(Sampler(sampler));
    let is_recorded = world.get_resource::<Recording>().is_some_and(Recording::is_on);
    match before {
        Some(Sampler(before)) if was_own_live && is_recorded => {
            before.set_paused(false);
            world.resource_mut::<WindowSource>().parked = Some(before);
        }
        before => {
            // Its end may take some time.
            let end = Builder::new().name("sampler-end".to_owned()).spawn(move || drop(before));
            if end.is_err() {
                // Without a thread, it was ended here.
            }
        }
    }
    if let Some(mut repaint) = world.get_resource_mut::<Repaint>() {
        repaint.0 = true;
    }
}

/// Switches back to the window's own source.
pub(in crate::app) fn switch_back(world: &mut World) {
    if world.get_resource::<WindowSource>().is_some_and(|source| source.current != source.own) {
        switch(world, None);
    }
}

/// Switches back to the window's own source from a recording.
pub(in crate::app) fn leave_recording(world: &mut World) {
    let is_recording = |source: &WindowSource| matches!(source.current, SourceSpec::Replay { .. });
    if world.get_resource::<WindowSource>().is_some_and(is_recording) {
        switch_back(world);
    }
}

/// Lets the time of the window stand still, or go on. A live source that is recorded goes on meanwhile.
pub(in crate::app) fn hold(world: &mut World, is_held: bool) {
    let is_recorded = world.get_resource::<Recording>().is_some_and(Recording::is_on);
    let is_live = world.get_resource::<WindowSource>().is_some_and(WindowSource::is_live);
    if let Some(data) = world.get_resource::<DataTime>() {
        data.0.hold(is_held);
    }
    if is_live && is_recorded {
        if let Some(mut inbox) = world.get_resource_mut::<Inbox>() {
            inbox.hold(is_held);
        }
    } else if let Some(sampler) = world.get_resource::<Sampler>() {
        sampler.0.set_paused(is_held);
    }
}
