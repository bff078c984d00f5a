//! The source of the window: switches it, for a lesson with a demo of its own, and back.

use crate::app::{Repaint, actions::Sampler, data::time::DataTime};
use crate::{
    connections::{Inbox, SamplerStatus},
    sampler::{SamplerConfig, SamplerHandle, SourceSpec},
    view::HomeInForce,
};
use bevy::prelude::*;
use std::{fmt, sync::Arc, thread::Builder};

/// What a sampler is started with.
#[derive(Resource)]
pub(in crate::app) struct WindowSource {
    /// The source of the window, when no lesson has another.
    own: SourceSpec,
    /// Whether another source may replace it if it fails.
    may_fall_back: bool,
    /// The source in use.
    current: SourceSpec,
    config: SamplerConfig,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl WindowSource {
    /// The source `own`, while `current` is in use.
    pub(in crate::app) fn new(
        own: SourceSpec,
        may_fall_back: bool,
        current: SourceSpec,
        config: SamplerConfig,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self { own, may_fall_back, current, config, wake: Arc::new(wake) }
    }

    /// Starts a sampler of the source in use.
    pub(in crate::app) fn start(&self) -> SamplerHandle {
        let wake = Arc::clone(&self.wake);
        let may_fall_back = self.may_fall_back && self.current == self.own;
        SamplerHandle::spawn(self.current.clone(), may_fall_back, self.config, Box::new(move || wake()))
    }
}

impl fmt::Debug for WindowSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WindowSource").field("own", &self.own).field("current", &self.current).finish_non_exhaustive()
    }
}

/// Switches to the source `to`, or to the window's own without one.
pub(in crate::app) fn switch(world: &mut World, to: Option<SourceSpec>) {
    let home = world.get_resource::<HomeInForce>().and_then(|home| Some(home.home.as_ref()?.position));
    let Some(mut source) = world.get_resource_mut::<WindowSource>() else { return };
    let to = to.unwrap_or_else(|| source.own.clone());
    let is_demo = matches!(to, SourceSpec::Demo { .. });
    // A demo begins anew.
    if source.current == to && !is_demo {
        return;
    }
    source.current = to;
    source.config.home = home;
    let sampler = source.start();
    let before = world.remove_resource::<Sampler>();
    world.resource_mut::<Inbox>().follow(sampler.receiver().clone());
    world.insert_resource(SamplerStatus::default());
    world.insert_resource(DataTime(sampler.clock().clone()));
    world.insert_resource(Sampler(sampler));
    // Its end may take some time.
    let end = Builder::new().name("sampler-end".to_owned()).spawn(move || drop(before));
    if end.is_err() {
        // Without a thread, it was ended here.
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
