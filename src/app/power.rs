//! How many frames are drawn, and why: as few as what moves needs.
//!
//! Nothing moves: a frame comes when data, time or a person brings something new. Something moves by itself: a calm
//! rate. A person acts: a quick rate. A software rasterizer gets less of each, since a frame there is a core's work.

use super::{GlobeCamera, Overlay, Repaint, battery::Battery, fonts::Fonts, time::Paused};
use crate::{
    connections::{Clock, Inbox, Places, Timers},
    globe::{
        earth::Earth,
        quality::{Quality, Tier},
    },
    view::ConnectionTable,
};
use bevy::{
    prelude::*,
    window::RequestRedraw,
    winit::{UpdateMode, WinitSettings},
};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// After the last touch a person is taken to act for so long, ms.
const ACTING_MS: u64 = 1_200;

/// Frames now, and why.
#[derive(Resource, Clone, Debug, Default)]
pub(super) struct Power {
    /// Over the last second.
    pub frames_per_second: f32,
    /// Why that many, in two or three words.
    pub reason: &'static str,
    /// When a person touched something last, ms of [`Clock::frame_ms`].
    pub touched_ms: u64,
    /// Whether nobody can see the window.
    pub is_hidden: bool,
    /// Whether what comes from the sampler can wait for the next frame: nobody looks, or it comes soon.
    pub can_wait: Arc<AtomicBool>,
    /// Whether it has the keyboard.
    pub is_focused: bool,
    /// Frames a second that were asked for.
    pub asked: f64,
    frames: VecDeque<u64>,
}

/// Frames a second, by what happens: `[acting, rising, calm]`. On a software rasterizer a frame is a core's work: fewer by
/// choice.
fn rates(tier: Tier) -> [f64; 3] {
    match tier {
        Tier::Low => [30.0, 18.0, 12.0],
        Tier::Medium => [60.0, 30.0, 30.0],
        Tier::High => [120.0, 30.0, 30.0],
    }
}

/// At this rate and more the next frame comes soon.
const SOON: f64 = 10.0;

/// Frames a second by themselves at most, where another window has the keyboard, or on battery.
const SPARING: f64 = 15.0;

pub(super) fn count_frames(clock: Res<'_, Clock>, mut power: ResMut<'_, Power>) {
    let now_ms = clock.frame_ms;
    power.frames.push_back(now_ms);
    while power.frames.front().is_some_and(|at| at + 1_000 < now_ms) {
        power.frames.pop_front();
    }
    power.frames_per_second = power.frames.len() as f32;
}

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
pub(super) fn pace(
    clock: Res<'_, Clock>,
    (camera, quality, overlay, paused): (Res<'_, GlobeCamera>, Res<'_, Quality>, Res<'_, Overlay>, Res<'_, Paused>),
    (timers, inbox, places, earth): (Res<'_, Timers>, Res<'_, Inbox>, Res<'_, Places>, Res<'_, Earth>),
    (table, battery, fonts): (Res<'_, ConnectionTable>, Res<'_, Battery>, Res<'_, Fonts>),
    arcs: Res<'_, crate::globe::arcs::ArcStore>,
    mut repaint: ResMut<'_, Repaint>,
    mut power: ResMut<'_, Power>,
    mut settings: ResMut<'_, WinitSettings>,
    mut redraw: MessageWriter<'_, RequestRedraw>,
    mut cameras: Query<'_, '_, &mut Camera>,
) {
    let [acting, rising, calm] = rates(quality.tier);
    let is_touched = power.touched_ms > 0 && clock.frame_ms < power.touched_ms + ACTING_MS;
    let is_coming =
        inbox.waiting() > 0 || places.is_busy() || !earth.is_settled() || table.is_stale() || fonts.is_busy();
    let comets = arcs.moving() > 0 && !paused.0;
    let (calm, sparing) = match (battery.is_in_use(), power.is_focused) {
        (true, _) => (calm.min(SPARING), Some("on battery")),
        (false, false) => (calm.min(SPARING), Some("in the background")),
        (false, true) => (calm, None),
    };
    let (rate, reason) = if power.is_hidden {
        // Only to take in what the sampler found, and to see whether somebody looks again.
        (1.0, "hidden")
    } else if camera.orbit.is_acting() || is_touched {
        (acting, "you act")
    } else if is_coming {
        (acting, "loading")
    } else if overlay.opacity > 0.0 && overlay.opacity < 1.0 {
        (acting, "the overlay fades")
    } else if !timers.is_empty() && !paused.0 {
        (if sparing.is_some() { calm } else { rising }, sparing.unwrap_or("arcs rise or fade"))
    } else if comets {
        (calm, sparing.unwrap_or("traffic moves"))
    } else if camera.moves {
        (calm, sparing.unwrap_or("the earth turns"))
    } else if overlay.opacity > 0.0 {
        (1.0, "nothing moves")
    } else {
        (0.1, "nothing moves")
    };
    power.reason = reason;
    power.asked = rate;
    let mode = UpdateMode::Reactive {
        wait: Duration::from_secs_f64(1.0 / rate),
        react_to_device_events: false,
        react_to_user_events: true,
        react_to_window_events: true,
    };
    if settings.focused_mode != mode {
        settings.focused_mode = mode;
        settings.unfocused_mode = mode;
    }
    power.can_wait.store(power.is_hidden || rate >= SOON, Ordering::SeqCst);
    // Something may have come just before this was said.
    let is_late = !power.is_hidden && rate < SOON && inbox.has_message();
    if (std::mem::take(&mut repaint.0) && !power.is_hidden) || is_late {
        redraw.write(RequestRedraw);
    }
    for mut camera in &mut cameras {
        if camera.is_active == power.is_hidden {
            camera.is_active = !power.is_hidden;
        }
    }
}
