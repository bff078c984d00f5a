//! Keeps the screen on while the globe is visible in full screen, and knows whether it is off.
//!
//! Desktops differ in what they listen to, so all of them are told: `org.freedesktop.ScreenSaver` on the session bus,
//! idle inhibition of the Wayland compositor, and the screen saver extension of the X server. A thread of its own talks
//! to them; the window never waits. Released when the window is hidden, left, on battery, and at exit, because every
//! one of them ends with its connection.

#[cfg(target_os = "linux")]
mod dbus;
#[cfg(target_os = "linux")]
mod wayland;
#[cfg(target_os = "linux")]
mod x11;

use crate::app::{
    Ambient, Overlay, Repaint,
    pace::{battery::Battery, power::Power},
};
use crate::{
    connections::{Clock, FrameSystems},
    globe::GlobeStats,
    language::t,
    model::{Degradation, DegradationKind},
};
use bevy::{
    ecs::system::NonSendMarker,
    prelude::*,
    window::{PrimaryWindow, WindowMode},
    winit::{EventLoopProxyWrapper, WinitUserEvent},
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::Builder,
    time::{Duration, Instant},
};

/// Time between two questions whether the monitor is off, while it is on and while it is off.
const ASK_EVERY: [Duration; 2] = [Duration::from_secs(1), Duration::from_millis(250)];

/// A frame that is so much too late waits for the display server, ms.
const STUCK_MS: u64 = 2_000;

/// What this program wishes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    StayOn,
    MayTurnOff,
}

/// See the module documentation.
#[derive(Resource, Debug)]
pub(super) struct Awake {
    is_allowed: bool,
    on_battery: bool,
    wished: Wish,
    wishes: Option<Sender<Wish>>,
    is_screen_off: Arc<AtomicBool>,
    frames: Arc<FrameClock>,
    /// Why nobody could be told.
    failures: Receiver<String>,
    failure_sender: Sender<String>,
}

impl Awake {
    /// With `is_allowed` the screen stays on; with `on_battery` also on battery.
    pub(super) fn new(is_allowed: bool, on_battery: bool) -> Self {
        let (failure_sender, failures) = bounded(1);
        let is_screen_off = Arc::new(AtomicBool::new(false));
        let (wished, frames) = (Wish::MayTurnOff, Arc::default());
        Self { is_allowed, on_battery, wished, wishes: None, is_screen_off, frames, failures, failure_sender }
    }

    /// Whether the monitor is known to be off.
    pub(super) fn is_screen_off(&self) -> bool {
        self.is_screen_off.load(Ordering::Relaxed)
    }

    /// Starts the thread for a window.
    fn start(&mut self, surface: Surface, wake: Box<dyn Fn() + Send>) {
        let (sender, wishes) = bounded(4);
        let screen = Screen { is_off: Arc::clone(&self.is_screen_off), frames: Arc::clone(&self.frames), wake };
        let failures = self.failure_sender.clone();
        let run = move || serve(surface, &wishes, &screen, &failures);
        match Builder::new().name("awake".to_owned()).spawn(run) {
            Ok(_) => self.wishes = Some(sender),
            Err(error) => {
                self.failure_sender.try_send(t!("awake-no-thread", error = error.to_string())).unwrap_or_default();
            }
        }
    }

    fn wish(&mut self, wish: Wish) {
        if wish != self.wished
            && let Some(wishes) = &self.wishes
            && wishes.try_send(wish).is_ok()
        {
            bevy::log::info!(
                "{}",
                if wish == Wish::StayOn { "the screen stays on" } else { "the screen may turn off" }
            );
            self.wished = wish;
        }
    }
}

/// The window as the display server knows it.
#[derive(Clone, Copy, Debug)]
enum Surface {
    /// Pointers to the display and the surface of libwayland, which live as long as the window.
    #[cfg(target_os = "linux")]
    Wayland { display: usize, surface: usize },
    /// The display that the environment names.
    #[cfg(target_os = "linux")]
    X11,
    /// Anything else.
    Other,
}

/// Whoever keeps the screen on; ends when it is dropped.
trait Inhibition {}

/// What the window has drawn.
#[derive(Debug, Default)]
struct FrameClock {
    /// Number of frames drawn.
    drawn: AtomicU64,
    /// When the next frame should begin at the latest, ms after [`FrameClock::start`].
    due_ms: AtomicU64,
    start: LazyStart,
}

/// A moment that all others are counted from.
#[derive(Debug)]
struct LazyStart(Instant);

impl Default for LazyStart {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl FrameClock {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.start.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A frame begins, and so many were drawn; the next one is due after `1 / rate` seconds.
    fn begin(&self, drawn: u64, rate: f64) {
        let next_ms = (1_000.0 / rate.max(0.05)) as u64;
        self.drawn.store(drawn, Ordering::Relaxed);
        self.due_ms.store(self.now_ms() + next_ms, Ordering::Relaxed);
    }

    /// Number of frames drawn.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Wayland holds frames back"))]
    fn drawn(&self) -> u64 {
        self.drawn.load(Ordering::Relaxed)
    }

    /// Whether the next frame is so late that the window must be waiting for the display server.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Wayland holds frames back"))]
    fn is_stuck(&self) -> bool {
        self.now_ms() > self.due_ms.load(Ordering::Relaxed) + STUCK_MS
    }
}

/// What the thread and the window share.
struct Screen {
    is_off: Arc<AtomicBool>,
    frames: Arc<FrameClock>,
    /// Wakes the window.
    wake: Box<dyn Fn() + Send>,
}

/// Fulfils wishes until the window is gone.
fn serve(surface: Surface, wishes: &Receiver<Wish>, screen: &Screen, failures: &Sender<String>) {
    let mut held: Vec<Box<dyn Inhibition>> = Vec::new();
    let mut monitor = Monitor::of(surface);
    let (mut wished, mut is_told) = (Wish::MayTurnOff, false);
    loop {
        let was_off = screen.is_off.load(Ordering::Relaxed);
        match wishes.recv_timeout(ASK_EVERY[usize::from(was_off)]) {
            Ok(wish) => wished = wish,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // While the window is invisible on Wayland, it may wait for the compositor and cannot change its wish.
        if wished == Wish::MayTurnOff || was_off {
            held.clear();
            is_told = false;
        } else if !is_told {
            is_told = true;
            let (told, refused): (Vec<_>, Vec<_>) = inhibit(surface).into_iter().partition(Result::is_ok);
            held = told.into_iter().flatten().collect();
            let reasons: Vec<String> = refused.into_iter().filter_map(Result::err).collect();
            reasons.iter().for_each(|reason| bevy::log::info!("the screen: {reason}"));
            if held.is_empty() {
                failures.try_send(reasons.join("; ")).unwrap_or_default();
            }
        }
        let is_off = monitor.is_off(&screen.frames);
        if is_off != was_off {
            bevy::log::info!("the window or the monitor {} visible", if is_off { "is no longer" } else { "is" });
            screen.is_off.store(is_off, Ordering::Relaxed);
            (screen.wake)();
        }
    }
}

/// Tells everybody who might turn the screen off.
#[cfg(target_os = "linux")]
fn inhibit(surface: Surface) -> Vec<Result<Box<dyn Inhibition>, String>> {
    let display = match surface {
        Surface::Wayland { display, surface } => Some(wayland::inhibit(display, surface)),
        Surface::X11 => Some(x11::inhibit()),
        Surface::Other => None,
    };
    display.into_iter().chain([dbus::inhibit()]).collect()
}

#[cfg(not(target_os = "linux"))]
fn inhibit(_surface: Surface) -> Vec<Result<Box<dyn Inhibition>, String>> {
    vec![Err(t!("awake-unsupported").to_owned())]
}

/// What knows whether the monitor is off.
struct Monitor {
    #[cfg(target_os = "linux")]
    x11: Option<x11::Monitor>,
    #[cfg(target_os = "linux")]
    wayland: Option<wayland::Frames>,
}

impl Monitor {
    #[cfg(target_os = "linux")]
    fn of(surface: Surface) -> Self {
        match surface {
            Surface::X11 => Self { x11: x11::Monitor::connect(), wayland: None },
            Surface::Wayland { display, surface } => {
                Self { x11: None, wayland: wayland::Frames::connect(display, surface) }
            }
            Surface::Other => Self { x11: None, wayland: None },
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn of(_surface: Surface) -> Self {
        Self {}
    }

    /// Whether it is off, or the window is invisible.
    #[cfg(target_os = "linux")]
    fn is_off(&mut self, frames: &FrameClock) -> bool {
        self.x11.as_mut().is_some_and(x11::Monitor::is_off)
            || self.wayland.as_mut().is_some_and(|wayland| wayland.is_unwanted(frames.drawn(), frames.is_stuck()))
    }

    #[cfg(not(target_os = "linux"))]
    fn is_off(&mut self, _frames: &FrameClock) -> bool {
        false
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, keep_awake.in_set(FrameSystems::Read));
}

fn keep_awake(
    _on_main_thread: NonSendMarker,
    windows: Query<'_, '_, (Entity, &Window), With<PrimaryWindow>>,
    (power, ambient, battery, clock): (Res<'_, Power>, Res<'_, Ambient>, Res<'_, Battery>, Res<'_, Clock>),
    (stats, proxy): (Res<'_, GlobeStats>, Option<Res<'_, EventLoopProxyWrapper>>),
    mut awake: ResMut<'_, Awake>,
    mut overlay: ResMut<'_, Overlay>,
    mut repaint: ResMut<'_, Repaint>,
) {
    let Ok((entity, window)) = windows.single() else { return };
    // Not before the first frames, which open the window.
    if awake.wishes.is_none() && clock.frame_ms > 500 && window.visible {
        let wake = proxy.as_deref().map(|proxy| (**proxy).clone());
        let wake = move || wake.iter().for_each(|proxy| proxy.send_event(WinitUserEvent::WakeUp).unwrap_or_default());
        awake.start(surface_of(entity), Box::new(wake));
    }
    awake.frames.begin(stats.frames_drawn(), power.asked);
    let is_shown = ambient.is_on() || window.mode != WindowMode::Windowed;
    let may_use_power = awake.on_battery || !battery.is_in_use();
    let stays = awake.is_allowed && is_shown && !power.is_hidden && may_use_power;
    awake.wish(if stays { Wish::StayOn } else { Wish::MayTurnOff });
    if let Ok(reason) = awake.failures.try_recv() {
        overlay.degradations.push(Degradation::new(
            DegradationKind::Display,
            t!("awake-failed", reason = reason),
            t!("awake-failed-remedy"),
        ));
        repaint.0 = true;
    }
}

#[cfg(target_os = "linux")]
fn surface_of(window: Entity) -> Surface {
    use bevy::winit::WINIT_WINDOWS;
    use raw_window_handle::{HasDisplayHandle, HasWindowHandle, RawDisplayHandle, RawWindowHandle};
    let handles = WINIT_WINDOWS.with_borrow(|windows| {
        let window = windows.get_window(window)?;
        Some((window.display_handle().ok()?.as_raw(), window.window_handle().ok()?.as_raw()))
    });
    match handles {
        Some((RawDisplayHandle::Wayland(display), RawWindowHandle::Wayland(surface))) => {
            Surface::Wayland { display: display.display.as_ptr() as usize, surface: surface.surface.as_ptr() as usize }
        }
        Some((RawDisplayHandle::Xlib(_) | RawDisplayHandle::Xcb(_), _)) => Surface::X11,
        _ => Surface::Other,
    }
}

#[cfg(not(target_os = "linux"))]
fn surface_of(_window: Entity) -> Surface {
    Surface::Other
}
