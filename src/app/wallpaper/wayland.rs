//! The background on Wayland: a surface of the layer shell (`zwlr_layer_shell_v1`) for one monitor. The compositor asks for a
//! frame only while it would be visible.

use super::Background;
use bevy::math::UVec2;
use raw_window_handle::{RawDisplayHandle, RawWindowHandle, WaylandDisplayHandle, WaylandWindowHandle};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{os::fd::AsFd, ptr::NonNull, time::Duration};
use wayland_client::{
    Connection, Dispatch, EventQueue, Proxy, QueueHandle, delegate_noop,
    globals::{GlobalList, GlobalListContents, registry_queue_init},
    protocol::{
        wl_callback::WlCallback,
        wl_compositor::WlCompositor,
        wl_output::{self, WlOutput},
        wl_region::WlRegion,
        wl_registry::WlRegistry,
        wl_surface::WlSurface,
    },
};
use wayland_protocols_wlr::layer_shell::v1::client::{
    zwlr_layer_shell_v1::{Layer as LayerKind, ZwlrLayerShellV1},
    zwlr_layer_surface_v1::{self, Anchor, KeyboardInteractivity, ZwlrLayerSurfaceV1},
};

/// A monitor.
#[derive(Debug, Default)]
struct Output {
    name: String,
    position: (i32, i32),
    scale: i32,
}

/// What the compositor has said.
#[derive(Default)]
struct State {
    outputs: Vec<(WlOutput, Output)>,
    /// Logical size of the surface.
    size: Option<(u32, u32)>,
    is_asked: bool,
    is_closed: bool,
}

impl Dispatch<WlRegistry, GlobalListContents> for State {
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

impl Dispatch<WlOutput, ()> for State {
    fn event(
        state: &mut Self,
        output: &WlOutput,
        event: wl_output::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some((_, known)) = state.outputs.iter_mut().find(|(known, _)| known == output) else { return };
        match event {
            wl_output::Event::Name { name } => known.name = name,
            wl_output::Event::Geometry { x, y, .. } => known.position = (x, y),
            wl_output::Event::Scale { factor } => known.scale = factor,
            _ => {}
        }
    }
}

impl Dispatch<ZwlrLayerSurfaceV1, ()> for State {
    fn event(
        state: &mut Self,
        surface: &ZwlrLayerSurfaceV1,
        event: zwlr_layer_surface_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            zwlr_layer_surface_v1::Event::Configure { serial, width, height } => {
                surface.ack_configure(serial);
                state.size = Some((width, height));
                state.is_asked = true;
            }
            zwlr_layer_surface_v1::Event::Closed => state.is_closed = true,
            _ => {}
        }
    }
}

impl Dispatch<WlCallback, ()> for State {
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

delegate_noop!(State: WlCompositor);
delegate_noop!(State: WlRegion);
delegate_noop!(State: ZwlrLayerShellV1);
delegate_noop!(State: ignore WlSurface);

/// Connects, and asks for the monitors, from left to right.
fn connect() -> Result<(Connection, GlobalList, EventQueue<State>, State), String> {
    let failed = |error: &dyn std::fmt::Display| format!("the Wayland compositor does not answer: {error}");
    let connection = Connection::connect_to_env().map_err(|error| failed(&error))?;
    let (globals, mut queue) = registry_queue_init::<State>(&connection).map_err(|error| failed(&error))?;
    let mut state = State::default();
    for global in globals.contents().clone_list() {
        if global.interface == WlOutput::interface().name {
            let output: WlOutput = globals.registry().bind(global.name, global.version.min(4), &queue.handle(), ());
            state.outputs.push((output, Output { name: global.name.to_string(), scale: 1, ..Output::default() }));
        }
    }
    queue.roundtrip(&mut state).map_err(|error| failed(&error))?;
    state.outputs.sort_by_key(|(_, output)| output.position);
    Ok((connection, globals, queue, state))
}

/// Names of the monitors, from left to right.
///
/// # Errors
/// Why there are none to draw on.
pub(super) fn monitors() -> Result<Vec<String>, String> {
    let (_, globals, _, state) = connect()?;
    has_layer_shell(&globals)?;
    Ok(state.outputs.into_iter().map(|(_, output)| output.name).collect())
}

fn has_layer_shell(globals: &GlobalList) -> Result<(), String> {
    let name = ZwlrLayerShellV1::interface().name;
    let has = globals.contents().with_list(|list| list.iter().any(|global| global.interface == name));
    let why = "this desktop lets no program draw on its background (it has no layer shell, as GNOME); netglobe --ambient fills \
               the screen instead";
    has.then_some(()).ok_or_else(|| why.to_owned())
}

/// The background of a monitor.
pub(super) struct Layer {
    connection: Connection,
    queue: EventQueue<State>,
    state: State,
    surface: WlSurface,
    layer: ZwlrLayerSurfaceV1,
    scale: u32,
}

impl Layer {
    /// The background of the monitor with this name.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn open(monitor: &str) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("the background of {monitor} cannot be used: {error}");
        let (connection, globals, mut queue, mut state) = connect()?;
        has_layer_shell(&globals)?;
        let handle = queue.handle();
        let compositor: WlCompositor = globals.bind(&handle, 3..=6, ()).map_err(|error| failed(&error))?;
        let shell: ZwlrLayerShellV1 = globals.bind(&handle, 1..=4, ()).map_err(|error| failed(&error))?;
        let found = state.outputs.iter().find(|(_, output)| output.name == monitor);
        let (output, known) = found.ok_or_else(|| failed(&"the monitor has gone"))?;
        let scale = u32::try_from(known.scale).unwrap_or(1).max(1);
        let surface = compositor.create_surface(&handle, ());
        let (kind, name) = (LayerKind::Background, "wallpaper".to_owned());
        let layer = shell.get_layer_surface(&surface, Some(output), kind, name, &handle, ());
        layer.set_anchor(Anchor::Top | Anchor::Bottom | Anchor::Left | Anchor::Right);
        // Below panels, too, in the whole of the monitor.
        layer.set_exclusive_zone(-1);
        layer.set_keyboard_interactivity(KeyboardInteractivity::None);
        surface.set_buffer_scale(scale.cast_signed());
        // The pointer goes through it.
        let nothing = compositor.create_region(&handle, ());
        surface.set_input_region(Some(&nothing));
        nothing.destroy();
        surface.commit();
        while state.size.is_none() {
            queue.blocking_dispatch(&mut state).map_err(|error| failed(&error))?;
            if state.is_closed {
                return Err(failed(&"the compositor has closed it"));
            }
        }
        Ok(Self { connection, queue, state, surface, layer, scale })
    }
}

impl Background for Layer {
    fn size_px(&self) -> UVec2 {
        let (width, height) = self.state.size.unwrap_or_default();
        UVec2::new(width, height).max(UVec2::ONE) * self.scale
    }

    fn scale(&self) -> f32 {
        self.scale as f32
    }

    fn handles(&self) -> (RawDisplayHandle, RawWindowHandle) {
        let pointer = |at: *mut std::ffi::c_void| NonNull::new(at).unwrap_or(NonNull::dangling());
        let display = pointer(self.connection.backend().display_ptr().cast());
        let surface = pointer(self.surface.id().as_ptr().cast());
        (WaylandDisplayHandle::new(display).into(), WaylandWindowHandle::new(surface).into())
    }

    fn wait(&mut self, at_most: Duration) -> Result<(), Option<String>> {
        let failed = |error: &dyn std::fmt::Display| Some(format!("the Wayland compositor has gone: {error}"));
        self.queue.flush().map_err(|error| failed(&error))?;
        self.queue.dispatch_pending(&mut self.state).map_err(|error| failed(&error))?;
        if !self.state.is_asked || !at_most.is_zero() {
            if let Some(guard) = self.queue.prepare_read() {
                let timeout =
                    Timespec { tv_sec: at_most.as_secs().cast_signed(), tv_nsec: at_most.subsec_nanos().into() };
                let connection = self.connection.as_fd();
                let ready = poll(&mut [PollFd::new(&connection, PollFlags::IN)], Some(&timeout));
                if ready.is_ok_and(|ready| ready > 0) {
                    guard.read().map_err(|error| failed(&error))?;
                }
            }
            self.queue.dispatch_pending(&mut self.state).map_err(|error| failed(&error))?;
        }
        if self.state.is_closed { Err(None) } else { Ok(()) }
    }

    fn is_wanted(&mut self) -> bool {
        self.state.is_asked
    }

    fn will_show(&mut self) {
        self.state.is_asked = false;
        // Showing the frame commits this request, too.
        self.surface.frame(&self.queue.handle(), ());
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        self.layer.destroy();
        self.surface.destroy();
        self.connection.flush().unwrap_or_default();
    }
}
