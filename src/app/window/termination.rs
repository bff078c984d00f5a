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

/// Whether the system has asked, and what wakes the window then.
#[derive(Resource, Clone, Default)]
pub(super) struct Termination {
    is_asked: Arc<AtomicBool>,
    wake: Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>,
}

impl Termination {
    /// Listens from now on. Must be called before threads start.
    pub(super) fn listen() -> Self {
        let termination = Self::default();
        let asked = termination.clone();
        let listening = on_termination(move || {
            asked.is_asked.store(true, Ordering::SeqCst);
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
        app.insert_resource(self).add_systems(First, end_when_asked);
    }
}

fn end_when_asked(termination: Res<'_, Termination>, mut exit: MessageWriter<'_, AppExit>) {
    if termination.is_asked.load(Ordering::SeqCst) {
        exit.write(AppExit::Success);
    }
}
