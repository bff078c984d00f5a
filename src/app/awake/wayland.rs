//! The Wayland compositor: `zwp_idle_inhibit_manager_v1` (wayland-protocols, unstable/idle-inhibit), and whether it asks
//! for frames of the window. It does not while the monitor is off, or the window is covered, minimised or on another
//! workspace.

use super::Inhibition;
use crate::language::t;
use std::time::{Duration, Instant};
use wayland_client::{
    Connection, Dispatch, EventQueue, Proxy, QueueHandle,
    backend::{Backend, ObjectId},
    delegate_noop,
    globals::{GlobalListContents, registry_queue_init},
    protocol::{wl_callback::WlCallback, wl_registry::WlRegistry, wl_surface::WlSurface},
};
use wayland_protocols::wp::idle_inhibit::zv1::client::{
    zwp_idle_inhibit_manager_v1::ZwpIdleInhibitManagerV1, zwp_idle_inhibitor_v1::ZwpIdleInhibitorV1,
};

/// Without a request for a frame for so long, the window is not visible…
const PATIENCE: Duration = Duration::from_millis(2_500);
/// …if so many frames were drawn: a request takes effect with the next one.
const LEAST_FRAMES: u64 = 2;

/// Receives events; most of these objects have none.
#[derive(Default)]
struct Nothing {
    /// The compositor asked for a frame.
    is_asked: bool,
}

impl Dispatch<WlRegistry, GlobalListContents> for Nothing {
    fn event(
        _: &mut Self,
        _: &WlRegistry,
        _: <WlRegistry as Proxy>::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(Nothing: ZwpIdleInhibitManagerV1);
delegate_noop!(Nothing: ZwpIdleInhibitorV1);

impl Dispatch<WlCallback, ()> for Nothing {
    fn event(
        state: &mut Self,
        _: &WlCallback,
        _: <WlCallback as Proxy>::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        state.is_asked = true;
    }
}

struct Inhibitor {
    connection: Connection,
    inhibitor: ZwpIdleInhibitorV1,
    manager: ZwpIdleInhibitManagerV1,
    _queue: EventQueue<Nothing>,
}

impl Inhibition for Inhibitor {}

impl Drop for Inhibitor {
    fn drop(&mut self) {
        self.inhibitor.destroy();
        self.manager.destroy();
        // If that fails, the compositor is gone.
        self.connection.flush().unwrap_or_default();
    }
}

/// The connection of the window, and its surface.
fn connect(display: usize, surface: usize) -> Result<(Connection, WlSurface), String> {
    #[expect(unsafe_code, reason = "the window library hands out pointers; its display lives until the process ends")]
    let backend = unsafe { Backend::from_foreign_display(display as *mut _) };
    let connection = Connection::from_backend(backend);
    #[expect(unsafe_code, reason = "the surface of the window, which exists while the thread that calls this runs")]
    let id = unsafe { ObjectId::from_ptr(WlSurface::interface(), surface as *mut _) };
    let surface = id.and_then(|id| WlSurface::from_id(&connection, id));
    surface.map(|surface| (connection, surface)).map_err(|error| t!("awake-wayland-surface", error = error.to_string()))
}

/// Watches whether the compositor asks for frames of the window.
pub(super) struct Frames {
    connection: Connection,
    surface: WlSurface,
    queue: EventQueue<Nothing>,
    state: Nothing,
    /// When it was asked for a callback, and the number of frames drawn until then.
    since: Option<(Instant, u64)>,
}

impl Frames {
    /// `None` if the surface cannot be used.
    pub(super) fn connect(display: usize, surface: usize) -> Option<Self> {
        let (connection, surface) = connect(display, surface).ok()?;
        let queue = connection.new_event_queue();
        Some(Self { connection, surface, queue, state: Nothing::default(), since: None })
    }

    /// Whether frames were drawn, and the compositor has not asked for another one for some time. `drawn` is the number
    /// of frames drawn so far; a window that `is_stuck` may wait for the compositor in the next one.
    pub(super) fn is_unwanted(&mut self, drawn: u64, is_stuck: bool) -> bool {
        // The window library reads the events of all queues.
        if self.queue.dispatch_pending(&mut self.state).is_err() {
            return false;
        }
        if self.since.is_none() || std::mem::take(&mut self.state.is_asked) {
            // Takes effect with the next frame.
            self.surface.frame(&self.queue.handle(), ());
            self.connection.flush().unwrap_or_default();
            self.since = Some((Instant::now(), drawn));
        }
        let least = if is_stuck { 1 } else { LEAST_FRAMES };
        self.since.is_some_and(|(asked, before)| drawn >= before + least && asked.elapsed() > PATIENCE)
    }
}

/// Keeps the screen on until the result is dropped. `display` and `surface` are the addresses of the `wl_display` and
/// the `wl_surface` of the window, which must still exist.
///
/// # Errors
/// Why that cannot be done.
pub(super) fn inhibit(display: usize, surface: usize) -> Result<Box<dyn Inhibition>, String> {
    let failed = |error: &dyn std::fmt::Display| t!("awake-wayland-lacks", error = error.to_string());
    let (connection, surface) = connect(display, surface)?;
    let (globals, queue) = registry_queue_init::<Nothing>(&connection).map_err(|error| failed(&error))?;
    let handle = queue.handle();
    let manager: ZwpIdleInhibitManagerV1 = globals.bind(&handle, 1..=1, ()).map_err(|error| failed(&error))?;
    let inhibitor = manager.create_inhibitor(&surface, &handle, ());
    connection.flush().map_err(|error| failed(&error))?;
    Ok(Box::new(Inhibitor { connection, inhibitor, manager, _queue: queue }))
}
