//! Detects whether the window is visible, and saves power while it is not.
//!
//! A covered window is reported as such. On X11 a minimised one is not: its state (`_NET_WM_STATE_HIDDEN`) is queried
//! once a second and after each event of the window. On Wayland the compositor then
//! requests no frames; that, and whether the monitor is off, is found out by [`super::awake`].

use crate::app::{Repaint, awake::Awake, pace::power::Power};
use crate::{
    connections::{Clock, SamplerStatus},
    globe::GlobeStats,
};
use bevy::{
    ecs::system::NonSendMarker,
    prelude::*,
    window::{PrimaryWindow, WindowEvent, WindowOccluded},
    winit::WINIT_WINDOWS,
};

/// Time between two queries, ms.
const ASK_EVERY_MS: u64 = 1_000;

/// The result of the last query, and since when the window is hidden.
#[derive(Debug, Default)]
pub(in crate::app) struct Hiding {
    is_covered: bool,
    is_minimised: bool,
    asked_ms: u64,
    /// When it was hidden, ms; number of frames drawn and messages of the sampler until then.
    since: Option<(u64, u64, u64)>,
}

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
pub(in crate::app) fn follow_visibility(
    _on_main_thread: NonSendMarker,
    mut events: MessageReader<'_, '_, WindowEvent>,
    mut covered: MessageReader<'_, '_, WindowOccluded>,
    windows: Query<'_, '_, (Entity, &Window), With<PrimaryWindow>>,
    (clock, stats, sampler): (Res<'_, Clock>, Res<'_, GlobeStats>, Res<'_, SamplerStatus>),
    awake: Res<'_, Awake>,
    mut power: ResMut<'_, Power>,
    mut repaint: ResMut<'_, Repaint>,
    mut hiding: Local<'_, Hiding>,
) {
    let Ok((entity, window)) = windows.single() else { return };
    for message in covered.read() {
        hiding.is_covered = message.occluded;
    }
    // Pointer motion says nothing about the visibility.
    let is_news = events.read().any(|event| !matches!(event, WindowEvent::CursorMoved(_)));
    if is_news || hiding.since.is_some() || clock.frame_ms >= hiding.asked_ms + ASK_EVERY_MS {
        hiding.asked_ms = clock.frame_ms;
        hiding.is_minimised = WINIT_WINDOWS.with_borrow(|windows| {
            windows.get_window(entity).and_then(|window| window.is_minimized()).unwrap_or(false)
        });
    }
    let is_empty = window.physical_width() == 0 || window.physical_height() == 0;
    power.is_hidden = hiding.is_covered || hiding.is_minimised || is_empty || awake.is_screen_off();
    power.is_focused = window.focused;
    match (power.is_hidden, hiding.since) {
        (true, None) => {
            hiding.since = Some((clock.frame_ms, stats.frames_drawn(), sampler.messages));
            bevy::log::info!("the window is hidden: nothing is drawn");
        }
        (false, Some((since_ms, frames, messages))) => {
            hiding.since = None;
            repaint.0 = true;
            bevy::log::info!(
                "the window is back after {} ms: {} frames drawn, {} messages of the sampler meanwhile",
                clock.frame_ms - since_ms,
                stats.frames_drawn() - frames,
                sampler.messages - messages
            );
        }
        _ => {}
    }
}
