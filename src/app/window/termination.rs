//! Requests of the system to end the program (SIGTERM, SIGHUP) close the window in order: what is recorded is written, and
//! unfinished pictures and exports are waited for. A second request ends the program at once.

use crate::{app::window::environment::end_process, files::on_termination};
use bevy::{
    prelude::*,
    winit::{EventLoopProxyWrapper, WinitUserEvent},
};
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

/// Whether the system has asked this process.
static IS_ASKED: AtomicBool = AtomicBool::new(false);

/// Whether the system has asked this process to end. Then a display that goes at the same time is no reason for the list.
pub(super) fn is_asked() -> bool {
    IS_ASKED.load(Ordering::SeqCst)
}

/// What wakes the window when the system asks.
#[derive(Clone, Default)]
pub(super) struct Termination {
    wake: Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>,
}

impl Termination {
    /// Listens from now on. Must be called before threads start.
    pub(super) fn listen() -> Self {
        let termination = Self::default();
        let asked = termination.clone();
        let listening = on_termination(move || {
            IS_ASKED.store(true, Ordering::SeqCst);
            match asked.wake.get() {
                Some(wake) => wake(),
                // There is no window, or not yet.
                None => end_process(true),
            }
        });
        if let Err(error) = listening {
            bevy::log::warn!("requests to end are not heard, and end the program at once: {error}");
        }
        termination
    }

    /// Closes the window of this program when the system asks.
    pub(super) fn follow(self, app: &mut App) {
        if let Some(proxy) = app.world().get_resource::<EventLoopProxyWrapper>() {
            let proxy = (**proxy).clone();
            // The window may have closed.
            let wake = move || proxy.send_event(WinitUserEvent::WakeUp).unwrap_or_default();
            self.wake.get_or_init(|| Box::new(wake));
        }
        app.add_systems(First, end_when_asked);
    }
}

fn end_when_asked(mut exit: MessageWriter<'_, AppExit>) {
    if is_asked() {
        exit.write(AppExit::Success);
    }
}
