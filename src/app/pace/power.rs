//! The frame rate, and the reason for it: as low as the current motion allows.
//!
//! While nothing moves, a frame is drawn only when data, time or input changes something. Animation alone gets a low
//! rate, input a high one. With software rendering both are lower, because each frame occupies a CPU core.

use crate::app::{
    Ambient, GlobeCamera, Overlay, Repaint,
    data::time::Paused,
    overlay::{accessibility::Assisted, fonts::Fonts},
    pace::{battery::Battery, cpu_limit::CpuLimit},
};
use crate::{
    connections::{Clock, Inbox, Places, Timers},
    globe::{
        Motion,
        earth::Earth,
        quality::{Quality, Tier},
    },
    language::t,
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

/// Time for which the rate stays high after the last input, ms.
const ACTING_MS: u64 = 1_200;

/// The current frame rate, and the reason for it.
#[derive(Resource, Clone, Debug, Default)]
pub(in crate::app) struct Power {
    /// Frames drawn in the last second.
    pub frames_per_second: f32,
    /// The reason, in two or three words.
    pub reason: &'static str,
    /// Time of the last input, ms of [`Clock::frame_ms`].
    pub touched_ms: u64,
    /// Whether the window is invisible.
    pub is_hidden: bool,
    /// Whether messages of the sampler can wait for the next frame: the window is hidden, or the next frame is soon.
    pub can_wait: Arc<AtomicBool>,
    /// Whether the window has the keyboard focus.
    pub is_focused: bool,
    /// The requested frame rate.
    pub asked: f64,
    frames: VecDeque<u64>,
}

/// Frame rates: `[with input, while arcs open or close, else]`.
fn rates(tier: Tier) -> [f64; 3] {
    match tier {
        Tier::Low => [30.0, 18.0, 12.0],
        Tier::Medium => [60.0, 30.0, 30.0],
        Tier::High => [120.0, 30.0, 30.0],
    }
}

/// From this rate on, the next frame counts as soon.
const SOON: f64 = 10.0;

/// Maximum frame rate without input, on battery or while another window has the keyboard focus.
const SPARING: f64 = 15.0;

/// Frame rate while assistive technology listens, whose requests do not wake the window.
const ASSISTED: f64 = 8.0;

pub(in crate::app) fn count_frames(clock: Res<'_, Clock>, mut power: ResMut<'_, Power>) {
    let now_ms = clock.frame_ms;
    power.frames.push_back(now_ms);
    while power.frames.front().is_some_and(|at| at + 1_000 < now_ms) {
        power.frames.pop_front();
    }
    power.frames_per_second = power.frames.len() as f32;
}

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
pub(in crate::app) fn pace(
    clock: Res<'_, Clock>,
    (camera, quality, overlay, paused): (Res<'_, GlobeCamera>, Res<'_, Quality>, Res<'_, Overlay>, Res<'_, Paused>),
    (timers, inbox, places, earth): (Res<'_, Timers>, Res<'_, Inbox>, Res<'_, Places>, Res<'_, Earth>),
    (table, battery, fonts): (Res<'_, ConnectionTable>, Res<'_, Battery>, Res<'_, Fonts>),
    (ambient, limit, motion): (Res<'_, Ambient>, Res<'_, CpuLimit>, Res<'_, Motion>),
    assisted: Res<'_, Assisted>,
    arcs: Res<'_, crate::globe::arcs::ArcStore>,
    mut repaint: ResMut<'_, Repaint>,
    mut power: ResMut<'_, Power>,
    mut settings: ResMut<'_, WinitSettings>,
    mut redraw: MessageWriter<'_, RequestRedraw>,
    mut cameras: Query<'_, '_, &mut Camera>,
) {
    let [acting, rising, calm] = rates(quality.tier);
    let is_touched = power.touched_ms > 0 && clock.frame_ms < power.touched_ms + ACTING_MS;
    let is_view_late = table.is_stale() || arcs.is_late();
    let is_coming = inbox.waiting() > 0 || places.is_busy() || !earth.is_settled() || is_view_late || fonts.is_busy();
    let comets = arcs.moving() > 0 && !paused.0 && !motion.is_reduced;
    let (calm, sparing) = match (battery.is_in_use(), power.is_focused) {
        (true, _) => (calm.min(SPARING), Some(t!("power-battery"))),
        (false, false) => (calm.min(SPARING), Some(t!("power-background"))),
        (false, true) => (calm, None),
    };
    let (rate, reason) = if power.is_hidden {
        // Only to read messages of the sampler, and to detect when the window is visible again.
        (1.0, t!("power-hidden"))
    } else if camera.orbit.is_moving_by_itself() || is_touched {
        (acting, t!("power-interactive"))
    } else if is_coming {
        (acting, t!("power-loading"))
    } else if overlay.opacity > 0.0 && overlay.opacity < 1.0 {
        (acting, t!("power-fading"))
    } else if !timers.is_empty() && !paused.0 {
        (if sparing.is_some() { calm } else { rising }, sparing.unwrap_or(t!("power-opening")))
    } else if comets {
        (calm, sparing.unwrap_or(t!("power-traffic")))
    } else if camera.moves {
        (calm, sparing.unwrap_or(t!("power-turning")))
    } else if ambient.is_gliding() {
        (rising, t!("power-burn-in"))
    } else if assisted.is_on {
        (ASSISTED, t!("power-assisted"))
    } else if overlay.opacity > 0.0 || ambient.is_on() {
        (1.0, t!("power-idle"))
    } else {
        (0.1, t!("power-idle"))
    };
    let is_limited = rate > limit.cap() && !power.is_hidden;
    let (rate, reason) = if is_limited { (limit.cap(), t!("power-cpu-limit")) } else { (rate, reason) };
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
    // With a limit, nothing but input brings a frame forward.
    power.can_wait.store(power.is_hidden || rate >= SOON || is_limited, Ordering::SeqCst);
    // A message may have arrived just before `can_wait` was set.
    let is_late = rate < SOON && inbox.has_message();
    let is_wanted = std::mem::take(&mut repaint.0) || is_late;
    if is_wanted && !power.is_hidden && !is_limited {
        redraw.write(RequestRedraw);
    }
    for mut camera in &mut cameras {
        if camera.is_active == power.is_hidden {
            camera.is_active = !power.is_hidden;
        }
    }
}
