//! The Wayland compositor: `zwp_idle_inhibit_manager_v1` (wayland-protocols, unstable/idle-inhibit).

use super::Inhibition;
use wayland_client::{
    Connection, Dispatch, EventQueue, Proxy, QueueHandle,
    backend::{Backend, ObjectId},
    globals::{GlobalListContents, registry_queue_init},
    protocol::{wl_registry::WlRegistry, wl_surface::WlSurface},
};
use wayland_protocols::wp::idle_inhibit::zv1::client::{
    zwp_idle_inhibit_manager_v1::ZwpIdleInhibitManagerV1, zwp_idle_inhibitor_v1::ZwpIdleInhibitorV1,
};

/// Receives events; these objects have none.
struct Nothing;

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

impl Dispatch<ZwpIdleInhibitManagerV1, ()> for Nothing {
    fn event(
        _: &mut Self,
        _: &ZwpIdleInhibitManagerV1,
        _: <ZwpIdleInhibitManagerV1 as Proxy>::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

impl Dispatch<ZwpIdleInhibitorV1, ()> for Nothing {
    fn event(
        _: &mut Self,
        _: &ZwpIdleInhibitorV1,
        _: <ZwpIdleInhibitorV1 as Proxy>::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
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

/// Keeps the screen on until the result is dropped. `display` and `surface` are the addresses of the `wl_display` and
/// the `wl_surface` of the window, which must still exist.
///
/// # Errors
/// Why that cannot be done.
pub(super) fn inhibit(display: usize, surface: usize) -> Result<Box<dyn Inhibition>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("the Wayland compositor has no idle inhibition: {error}");
    #[expect(unsafe_code, reason = "the window library hands out pointers; its display lives until the process ends")]
    let backend = unsafe { Backend::from_foreign_display(display as *mut _) };
    let connection = Connection::from_backend(backend);
    let (globals, queue) = registry_queue_init::<Nothing>(&connection).map_err(|error| failed(&error))?;
    let handle = queue.handle();
    let manager: ZwpIdleInhibitManagerV1 = globals.bind(&handle, 1..=1, ()).map_err(|error| failed(&error))?;
    #[expect(unsafe_code, reason = "the surface of the window, which exists while the thread that calls this runs")]
    let id = unsafe { ObjectId::from_ptr(WlSurface::interface(), surface as *mut _) };
    let surface = id.and_then(|id| WlSurface::from_id(&connection, id)).map_err(|error| failed(&error))?;
    let inhibitor = manager.create_inhibitor(&surface, &handle, ());
    connection.flush().map_err(|error| failed(&error))?;
    Ok(Box::new(Inhibitor { connection, inhibitor, manager, _queue: queue }))
}
