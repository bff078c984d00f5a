//! The background on X11: a window of the type desktop (Extended Window Manager Hints), which window managers keep below all
//! others. It rests while it is obscured, and while a full-screen window is on its monitor.

use super::Background;
use bevy::math::UVec2;
use raw_window_handle::{RawDisplayHandle, RawWindowHandle, XlibDisplayHandle, XlibWindowHandle};
use std::{
    ptr::NonNull,
    thread,
    time::{Duration, Instant},
};
use x11_dl::xlib::{self, Xlib};
use x11rb::{
    connection::Connection,
    protocol::{
        Event,
        randr::ConnectionExt as _,
        xproto::{
            AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, EventMask, MapState, PropMode,
            StackMode, Visibility, WindowClass,
        },
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

/// Time between two looks for full-screen windows, and for the monitor.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Maximum time to wait until the window is on the screen.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time between two looks for events.
const NAP: Duration = Duration::from_millis(10);
/// The same while nothing is drawn.
const LONG_NAP: Duration = Duration::from_millis(100);

/// A rectangle of the screen, px: left, top, width, height.
type Area = [i32; 4];

fn failed(error: impl std::fmt::Display) -> String {
    format!("the X server does not answer: {error}")
}

/// Monitors with their areas, from left to right.
fn areas(connection: &RustConnection, root: u32) -> Result<Vec<(String, Area)>, String> {
    let monitors = connection.randr_get_monitors(root, true).map_err(failed)?.reply().map_err(failed)?.monitors;
    let mut found = Vec::new();
    for monitor in monitors {
        let name = connection.get_atom_name(monitor.name).map_err(failed)?.reply().map_err(failed)?.name;
        let area = [monitor.x.into(), monitor.y.into(), monitor.width.into(), monitor.height.into()];
        found.push((String::from_utf8_lossy(&name).into_owned(), area));
    }
    found.sort_by_key(|(_, area)| (area[0], area[1]));
    Ok(found)
}

fn connect() -> Result<(RustConnection, u32, usize), String> {
    let (connection, screen) = x11rb::connect(None).map_err(failed)?;
    let root =
        connection.setup().roots.get(screen).map(|screen| screen.root).ok_or_else(|| failed("it has no screen"))?;
    Ok((connection, root, screen))
}

/// Names of the monitors, from left to right.
///
/// # Errors
/// Why there are none to draw on.
pub(super) fn monitors() -> Result<Vec<String>, String> {
    let (connection, root, _) = connect()?;
    Ok(areas(&connection, root)?.into_iter().map(|(name, _)| name).collect())
}

/// The background of a monitor.
pub(super) struct DesktopWindow {
    connection: RustConnection,
    root: u32,
    window: u32,
    monitor: String,
    area: Area,
    is_obscured: bool,
    is_covered: bool,
    looked: Instant,
    /// The connection for the graphics system.
    display: NonNull<xlib::Display>,
    screen: usize,
    library: Xlib,
}

impl DesktopWindow {
    /// The background of the monitor with this name.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn open(monitor: &str) -> Result<Self, String> {
        let (connection, root, screen) = connect()?;
        let area = areas(&connection, root)?.into_iter().find(|(name, _)| name == monitor);
        let (_, area) = area.ok_or_else(|| format!("the monitor {monitor} has gone"))?;
        let [x, y, width, height] = area;
        let window = connection.generate_id().map_err(failed)?;
        let values = CreateWindowAux::new()
            .background_pixel(connection.setup().roots[screen].black_pixel)
            .event_mask(EventMask::VISIBILITY_CHANGE | EventMask::STRUCTURE_NOTIFY);
        connection
            .create_window(
                x11rb::COPY_DEPTH_FROM_PARENT,
                window,
                root,
                x as i16,
                y as i16,
                width as u16,
                height as u16,
                0,
                WindowClass::INPUT_OUTPUT,
                x11rb::COPY_FROM_PARENT,
                &values,
            )
            .map_err(failed)?;
        let mut this = Self {
            is_obscured: false,
            is_covered: false,
            looked: Instant::now(),
            monitor: monitor.to_owned(),
            display: NonNull::dangling(),
            library: Xlib::open().map_err(|error| format!("libX11 cannot be used: {error}"))?,
            connection,
            root,
            window,
            area,
            screen,
        };
        this.describe()?;
        this.connection.map_window(window).map_err(failed)?;
        // Without a window manager, windows lie in the order in which they came.
        let below = ConfigureWindowAux::new().x(x).y(y).stack_mode(StackMode::BELOW);
        this.connection.configure_window(window, &below).map_err(failed)?;
        this.connection.flush().map_err(failed)?;
        this.wait_until_shown()?;
        #[expect(
            unsafe_code,
            reason = "opens a second connection to the same server; it stays open until the process ends"
        )]
        let display = unsafe { (this.library.XOpenDisplay)(std::ptr::null()) };
        this.display = NonNull::new(display).ok_or_else(|| failed("it takes no second connection"))?;
        Ok(this)
    }

    /// Waits until the window is on the screen: a window manager may take its time, and what is drawn before is lost.
    fn wait_until_shown(&self) -> Result<(), String> {
        let (began, mut asked) = (Instant::now(), Instant::now());
        while began.elapsed() < PATIENCE && !self.is_viewable()? {
            thread::sleep(NAP);
            if asked.elapsed() > LOOK_EVERY {
                self.show_again()?;
                asked = Instant::now();
            }
        }
        Ok(())
    }

    /// Whether the window and the frame around it are on the screen.
    fn is_viewable(&self) -> Result<bool, String> {
        let attributes = self.connection.get_window_attributes(self.window).map_err(failed)?.reply().map_err(failed)?;
        Ok(attributes.map_state == MapState::VIEWABLE)
    }

    /// Asks the window manager anew: one that was just starting may have taken the window and not shown it.
    fn show_again(&self) -> Result<(), String> {
        if !self.is_viewable()? {
            self.connection.unmap_window(self.window).map_err(failed)?;
            self.connection.map_window(self.window).map_err(failed)?;
            self.connection.flush().map_err(failed)?;
        }
        Ok(())
    }

    /// Tells the window manager what the window is.
    fn describe(&self) -> Result<(), String> {
        let atom = |name: &str| self.atom(name);
        let set = |property: &str, kind: u32, values: &[u32]| {
            let property = atom(property)?;
            self.connection.change_property32(PropMode::REPLACE, self.window, property, kind, values).map_err(failed)
        };
        let atoms: u32 = AtomEnum::ATOM.into();
        set("_NET_WM_WINDOW_TYPE", atoms, &[atom("_NET_WM_WINDOW_TYPE_DESKTOP")?])?;
        let states =
            ["_NET_WM_STATE_BELOW", "_NET_WM_STATE_STICKY", "_NET_WM_STATE_SKIP_TASKBAR", "_NET_WM_STATE_SKIP_PAGER"];
        let states: Vec<u32> = states.into_iter().map(atom).collect::<Result<_, _>>()?;
        set("_NET_WM_STATE", atoms, &states)?;
        // No decorations (the second number is a set of them), and no keyboard focus (the first flag is for input).
        let decorations = atom("_MOTIF_WM_HINTS")?;
        set("_MOTIF_WM_HINTS", decorations, &[2, 0, 0, 0, 0])?;
        set("WM_HINTS", AtomEnum::WM_HINTS.into(), &[1, 0, 0, 0, 0, 0, 0, 0, 0])?;
        let name = "netglobe wallpaper";
        let title = (AtomEnum::WM_NAME, AtomEnum::STRING, name.as_bytes());
        self.connection.change_property8(PropMode::REPLACE, self.window, title.0, title.1, title.2).map_err(failed)?;
        Ok(())
    }

    fn atom(&self, name: &str) -> Result<u32, String> {
        Ok(self.connection.intern_atom(false, name.as_bytes()).map_err(failed)?.reply().map_err(failed)?.atom)
    }

    /// The values of a property; empty if it cannot be read.
    fn values(&self, window: u32, property: &str, kind: AtomEnum) -> Vec<u32> {
        let read = || {
            let property = self.atom(property).ok()?;
            let reply = self.connection.get_property(false, window, property, kind, 0, 4_096).ok()?.reply().ok()?;
            Some(reply.value32()?.collect())
        };
        read().unwrap_or_default()
    }

    /// Follows the monitor, and sees whether a full-screen window is on it.
    ///
    /// # Errors
    /// As [`Background::wait`].
    fn look(&mut self) -> Result<(), Option<String>> {
        self.looked = Instant::now();
        let monitors = areas(&self.connection, self.root).map_err(Some)?;
        let (_, area) = monitors.into_iter().find(|(name, _)| *name == self.monitor).ok_or(None)?;
        if area != self.area {
            self.area = area;
            let [x, y, width, height] = area.map(i32::cast_unsigned);
            let place = ConfigureWindowAux::new().x(x.cast_signed()).y(y.cast_signed()).width(width).height(height);
            self.connection.configure_window(self.window, &place).map_err(|error| Some(failed(error)))?;
            self.connection.flush().map_err(|error| Some(failed(error)))?;
        }
        self.show_again().map_err(Some)?;
        self.is_covered = self.has_full_screen();
        Ok(())
    }

    /// Whether a full-screen window is on this monitor.
    fn has_full_screen(&self) -> bool {
        let Ok([full, hidden]) = ["_NET_WM_STATE_FULLSCREEN", "_NET_WM_STATE_HIDDEN"]
            .map(|name| self.atom(name))
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map(|atoms| [atoms[0], atoms[1]])
        else {
            return false;
        };
        let windows = self.values(self.root, "_NET_CLIENT_LIST_STACKING", AtomEnum::WINDOW);
        windows.into_iter().filter(|window| *window != self.window).any(|window| {
            let states = self.values(window, "_NET_WM_STATE", AtomEnum::ATOM);
            states.contains(&full) && !states.contains(&hidden) && self.is_here(window)
        })
    }

    /// Whether the middle of a window is on this monitor.
    fn is_here(&self, window: u32) -> bool {
        let geometry = || {
            let size = self.connection.get_geometry(window).ok()?.reply().ok()?;
            let (x, y) = (size.width / 2, size.height / 2);
            let middle =
                self.connection.translate_coordinates(window, self.root, x as i16, y as i16).ok()?.reply().ok()?;
            Some((i32::from(middle.dst_x), i32::from(middle.dst_y)))
        };
        let [left, top, width, height] = self.area;
        geometry().is_some_and(|(x, y)| (left..left + width).contains(&x) && (top..top + height).contains(&y))
    }
}

impl Background for DesktopWindow {
    fn size_px(&self) -> UVec2 {
        let [.., width, height] = self.area;
        UVec2::new(width.max(1).cast_unsigned(), height.max(1).cast_unsigned())
    }

    fn handles(&self) -> (RawDisplayHandle, RawWindowHandle) {
        let screen = i32::try_from(self.screen).unwrap_or_default();
        let display = XlibDisplayHandle::new(Some(self.display.cast()), screen);
        (display.into(), XlibWindowHandle::new(self.window.into()).into())
    }

    fn wait(&mut self, at_most: Duration) -> Result<(), Option<String>> {
        let until = Instant::now() + at_most;
        let was_wanted = self.is_wanted();
        loop {
            while let Some(event) = self.connection.poll_for_event().map_err(|error| Some(failed(error)))? {
                if let Event::VisibilityNotify(event) = event {
                    self.is_obscured = event.state == Visibility::FULLY_OBSCURED;
                }
            }
            if self.looked.elapsed() >= LOOK_EVERY {
                self.look()?;
            }
            let now = Instant::now();
            if now >= until || self.is_wanted() != was_wanted {
                return Ok(());
            }
            let nap = if was_wanted { NAP } else { LONG_NAP };
            thread::sleep(nap.min(until - now));
        }
    }

    fn is_wanted(&mut self) -> bool {
        !self.is_obscured && !self.is_covered
    }

    fn will_show(&mut self) {}
}
