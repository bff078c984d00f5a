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

use super::{Ambient, Overlay, Repaint, battery::Battery, power::Power};
use crate::{
    connections::{Clock, FrameSystems},
    model::{Degradation, DegradationKind},
};
use bevy::{
    ecs::system::NonSendMarker,
    prelude::*,
    window::{PrimaryWindow, WindowMode},
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::Builder,
    time::Duration,
};

/// Time between two questions whether the monitor is off.
const ASK_EVERY: Duration = Duration::from_secs(1);

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
    /// Why nobody could be told.
    failures: Receiver<String>,
    failure_sender: Sender<String>,
}

impl Awake {
    /// With `is_allowed` the screen stays on; with `on_battery` also on battery.
    pub(super) fn new(is_allowed: bool, on_battery: bool) -> Self {
        let (failure_sender, failures) = bounded(1);
        let is_screen_off = Arc::new(AtomicBool::new(false));
        Self { is_allowed, on_battery, wished: Wish::MayTurnOff, wishes: None, is_screen_off, failures, failure_sender }
    }

    /// Whether the monitor is known to be off.
    pub(super) fn is_screen_off(&self) -> bool {
        self.is_screen_off.load(Ordering::Relaxed)
    }

    /// Starts the thread for a window.
    fn start(&mut self, surface: Surface) {
        let (sender, wishes) = bounded(4);
        let (is_off, failures) = (Arc::clone(&self.is_screen_off), self.failure_sender.clone());
        let run = move || serve(surface, &wishes, &is_off, &failures);
        match Builder::new().name("awake".to_owned()).spawn(run) {
            Ok(_) => self.wishes = Some(sender),
            Err(error) => self.failure_sender.try_send(format!("no thread can be started: {error}")).unwrap_or_default(),
        }
    }

    fn wish(&mut self, wish: Wish) {
        if wish != self.wished
            && let Some(wishes) = &self.wishes
            && wishes.try_send(wish).is_ok()
        {
            bevy::log::info!("{}", if wish == Wish::StayOn { "the screen stays on" } else { "the screen may turn off" });
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

/// Fulfils wishes until the window is gone.
fn serve(surface: Surface, wishes: &Receiver<Wish>, is_off: &AtomicBool, failures: &Sender<String>) {
    let mut held: Vec<Box<dyn Inhibition>> = Vec::new();
    let mut monitor = Monitor::of(surface);
    loop {
        match wishes.recv_timeout(ASK_EVERY) {
            Ok(Wish::MayTurnOff) => held.clear(),
            Ok(Wish::StayOn) if held.is_empty() => {
                let (told, refused): (Vec<_>, Vec<_>) = inhibit(surface).into_iter().partition(Result::is_ok);
                held = told.into_iter().flatten().collect();
                for reason in refused.iter().filter_map(|it| it.as_ref().err()) {
                    bevy::log::info!("the screen: {reason}");
                }
                if held.is_empty() {
                    let reasons: Vec<String> = refused.into_iter().filter_map(Result::err).collect();
                    failures.try_send(reasons.join("; ")).unwrap_or_default();
                }
            }
            Ok(Wish::StayOn) => {}
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        is_off.store(monitor.is_off(), Ordering::Relaxed);
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
    vec![Err("this system cannot be told yet".to_owned())]
}

/// What knows whether the monitor is off.
struct Monitor {
    #[cfg(target_os = "linux")]
    x11: Option<x11::Monitor>,
}

impl Monitor {
    #[cfg(target_os = "linux")]
    fn of(surface: Surface) -> Self {
        // A Wayland compositor asks for no frames instead.
        Self { x11: matches!(surface, Surface::X11).then(x11::Monitor::connect).flatten() }
    }

    #[cfg(not(target_os = "linux"))]
    fn of(_surface: Surface) -> Self {
        Self {}
    }

    #[cfg(target_os = "linux")]
    fn is_off(&mut self) -> bool {
        self.x11.as_mut().is_some_and(x11::Monitor::is_off)
    }

    #[cfg(not(target_os = "linux"))]
    fn is_off(&mut self) -> bool {
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
    mut awake: ResMut<'_, Awake>,
    mut overlay: ResMut<'_, Overlay>,
    mut repaint: ResMut<'_, Repaint>,
) {
    let Ok((entity, window)) = windows.single() else { return };
    // Not before the first frames, which open the window.
    if awake.wishes.is_none() && clock.frame_ms > 500 && window.visible {
        awake.start(surface_of(entity));
    }
    let is_shown = ambient.is_on() || window.mode != WindowMode::Windowed;
    let may_use_power = awake.on_battery || !battery.is_in_use();
    let stays = awake.is_allowed && is_shown && !power.is_hidden && may_use_power;
    awake.wish(if stays { Wish::StayOn } else { Wish::MayTurnOff });
    if let Ok(reason) = awake.failures.try_recv() {
        overlay.degradations.push(Degradation::new(
            DegradationKind::Display,
            format!("the screen may turn off while the globe is shown: {reason}"),
            "switch the screen saver off in the settings of the desktop",
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
        Some((RawDisplayHandle::Wayland(display), RawWindowHandle::Wayland(surface))) => Surface::Wayland {
            display: display.display.as_ptr() as usize,
            surface: surface.surface.as_ptr() as usize,
        },
        Some((RawDisplayHandle::Xlib(_) | RawDisplayHandle::Xcb(_), _)) => Surface::X11,
        _ => Surface::Other,
    }
}

#[cfg(not(target_os = "linux"))]
fn surface_of(_window: Entity) -> Surface {
    Surface::Other
}
