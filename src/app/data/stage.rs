//! Stage mode in the window and in pictures: see [`crate::stage`].
//!
//! Connections are masked where they arrive, and the home is replaced by the middle of its country, so that everything behind
//! them knows only substitutes. [`Overlay`] masks texts from elsewhere: notices, degradations and labels. To end it, the key
//! is pressed twice; then the sampler sends everything again.

use crate::app::{
    GlobeCamera, Overlay, Repaint,
    actions::{Actions, Sampler},
};
use crate::{
    connections::{Clock, Inbox, mask_all, unmask_all},
    language::t,
    model::filter::{FilterKey, Query},
    stage::Mask,
    ui::{
        NoticeView,
        actions::{Action, Switch},
        forget_typed_filters,
    },
    view::{FilterInForce, HomeInForce},
};
use bevy::prelude::*;
use bevy_egui::{EguiContext, PrimaryEguiContext};
use std::sync::Arc;

/// Time within which the key must be pressed again to end it, ms.
const CONFIRM_MS: u64 = 20_000;

/// The state of stage mode; absent until it was entered once.
#[derive(Resource, Debug)]
struct StageMode {
    is_on: bool,
    /// The home before it was masked.
    home: HomeInForce,
    /// When its end was requested, ms of [`Clock::frame_ms`].
    asked_ms: Option<u64>,
}

/// The mask of this computer, read when the program starts, because the window must not wait for the disk later.
#[derive(Resource, Debug)]
pub(in crate::app) struct OwnMask(pub(in crate::app) Arc<Mask>);

impl Default for OwnMask {
    fn default() -> Self {
        Self(Arc::new(Mask::of_this_computer()))
    }
}

/// Whether stage mode is on.
pub(in crate::app) fn is_on(world: &World) -> bool {
    world.get_resource::<StageMode>().is_some_and(|stage| stage.is_on)
}

/// Switches it. Ending it must be requested twice.
pub(in crate::app) fn switch(world: &mut World, switch: Switch) {
    match (is_on(world), switch) {
        (false, Switch::Off) | (true, Switch::On) => {}
        (false, Switch::On | Switch::Toggle) => {
            enter(world);
            leave_home(world);
            let text = t!("stage-begins").to_owned();
            notify(world, NoticeView { text, ..NoticeView::default() });
        }
        (true, Switch::Off | Switch::Toggle) => leave(world),
    }
}

fn notify(world: &mut World, notice: NoticeView) {
    if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
        overlay.notify(notice);
    }
}

/// Moves the camera above the masked home, at once: a flight would begin at the real one.
fn leave_home(world: &mut World) {
    let home = world.get_resource::<HomeInForce>().and_then(|home| Some(home.home.as_ref()?.position));
    if let (Some(home), Some(mut camera)) = (home, world.get_resource_mut::<GlobeCamera>()) {
        let (position, distance) = GlobeCamera::above(home);
        camera.orbit.jump_to(position, distance);
    }
}

/// Masks everything.
pub fn enter(world: &mut World) {
    if is_on(world) || !world.contains_resource::<Inbox>() {
        return;
    }
    let mask = Arc::clone(&world.get_resource_or_init::<OwnMask>().0);
    mask_all(world, &mask);
    let home = world.get_resource::<HomeInForce>().cloned().unwrap_or_default();
    let masked = home.masked();
    world.insert_resource(masked);
    if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
        overlay.mask = Some(Arc::clone(&mask));
        overlay.notice = None;
        overlay.is_setting_home = false;
    }
    let is_private = world.get_resource::<Overlay>().is_some_and(|overlay| !is_harmless(&overlay.state.filter.text));
    if is_private && let Some(mut actions) = world.get_resource_mut::<Actions>() {
        actions.push(Action::Filter(String::new()));
    }
    if is_private && let Some(mut filter) = world.get_resource_mut::<FilterInForce>() {
        filter.set_text("");
    }
    if let Ok(mut context) = world.query_filtered::<&mut EguiContext, With<PrimaryEguiContext>>().single_mut(world) {
        forget_typed_filters(context.get_mut());
    }
    world.insert_resource(StageMode { is_on: true, home, asked_ms: None });
    if let Some(mut repaint) = world.get_resource_mut::<Repaint>() {
        repaint.0 = true;
    }
}

/// Ends it if that was requested before; asks otherwise.
fn leave(world: &mut World) {
    let now_ms = world.get_resource::<Clock>().map_or(0, |clock| clock.frame_ms);
    let Some(mut stage) = world.get_resource_mut::<StageMode>() else { return };
    if stage.asked_ms.is_none_or(|asked_ms| now_ms >= asked_ms + CONFIRM_MS) {
        stage.asked_ms = Some(now_ms);
        let text = t!("stage-ask").to_owned();
        notify(world, NoticeView { text, actions: vec![Action::Stage(Switch::Off)], is_warning: true });
        return;
    }
    (stage.is_on, stage.asked_ms) = (false, None);
    let home = std::mem::take(&mut stage.home);
    world.insert_resource(home);
    unmask_all(world);
    if let Some(mut overlay) = world.get_resource_mut::<Overlay>() {
        overlay.mask = None;
        overlay.notice = None;
    }
    if let Some(sampler) = world.get_resource::<Sampler>() {
        sampler.0.repeat_all();
    }
}

/// Whether a filter contains nothing that is masked.
fn is_harmless(text: &str) -> bool {
    use FilterKey::{
        Age, Asn, Bytes, City, Closed, Country, Direction, Flagged, Operator, Port, Process, Proto, Rate, Rtt, Scope,
        Since, State,
    };
    let harmless = [
        Age, Asn, Bytes, City, Closed, Country, Direction, Flagged, Operator, Port, Proto, Rate, Rtt, Scope, Since,
        State,
    ];
    let Ok(query) = Query::parse(text) else { return text.is_empty() };
    // A process may be given by its path.
    let is_name = |key: &FilterKey| *key == Process && !text.contains(['/', '\\', '~']);
    !query.has_free_text() && query.keys().iter().all(|key| harmless.contains(key) || is_name(key))
}

/// Refuses to change the home, which would show where it is; says so.
pub(in crate::app) fn refuses_home(world: &mut World) -> bool {
    let is_on = is_on(world);
    if is_on {
        let text = t!("stage-refuses-home").to_owned();
        notify(world, NoticeView { text, actions: Vec::new(), is_warning: true });
    }
    is_on
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_stays_only_if_it_names_nothing_masked() {
        for text in ["", "country:de state:established", "process:firefox", "port:443 proto:udp"] {
            assert!(is_harmless(text), "{text}");
        }
        for text in [
            "ip:81.2.69.142",
            "user:alice",
            "unit:x",
            "alice",
            "not alice",
            "process:/home/alice/x",
            "country:de alice",
            "(((",
        ] {
            assert!(!is_harmless(text), "{text}");
        }
    }
}
