//! Connects to an X server, and reads its colour depth and work area.

use crate::sandbox::{Silence, silence};
use crossbeam_channel::bounded;
use std::{thread, time::Duration};
use x11rb::{
    connection::{Connection, RequestConnection},
    protocol::xproto::{AtomEnum, ConnectionExt, Screen, VisualClass},
    rust_connection::RustConnection,
};

/// Extensions that the window library uses without checking.
const NEEDED: [&str; 3] = ["RANDR", "XInputExtension", "XKEYBOARD"];

/// An X server that responds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) struct XServer {
    /// Bits per pixel of the screen.
    pub(in crate::app) depth: u8,
    /// Whether it also supports 32 bits per pixel with 24 bits of colour.
    pub(in crate::app) has_deep_pixels: bool,
    /// Left, top, width and height of the work area, px; `None` if it is not reported.
    pub(in crate::app) work_area: Option<[u32; 4]>,
}

impl XServer {
    /// Whether the window needs another colour depth than the screen: all drivers support 24 bits, few support others.
    #[must_use]
    pub(in crate::app) fn needs_deep_pixels(self) -> bool {
        self.depth != 24 && self.has_deep_pixels
    }
}

/// The X server of a display.
///
/// # Errors
/// Why it cannot be used.
pub(super) fn ask(name: &str, patience: Duration) -> Result<XServer, String> {
    let (sender, receiver) = bounded(1);
    let asked = name.to_owned();
    // If the server hangs, only this thread blocks.
    thread::Builder::new()
        .name("ask-x11".to_owned())
        .spawn(move || sender.send(look(&asked)).unwrap_or_default())
        .map_err(|error| format!("cannot query the X server at {name}: {error}"))?;
    receiver
        .recv_timeout(patience)
        .unwrap_or_else(|_| Err(format!("the X server at {name} does not respond within {} s", patience.as_secs())))
}

fn look(name: &str) -> Result<XServer, String> {
    let (connection, screen) =
        x11rb::connect(Some(name)).map_err(|error| format!("no X server answers at {name}: {}", why(name, &error)))?;
    for extension in NEEDED {
        if !matches!(connection.extension_information(extension), Ok(Some(_))) {
            return Err(format!("the X server at {name} has no {extension} extension"));
        }
    }
    let roots = &connection.setup().roots;
    let screen = roots.get(screen).ok_or_else(|| format!("the X server at {name} has no screen {screen}"))?;
    Ok(XServer {
        depth: screen.root_depth,
        has_deep_pixels: has_deep_pixels(screen),
        work_area: work_area(&connection, screen.root),
    })
}

/// Why no server answers at `name`.
fn why(name: &str, error: &impl std::fmt::Display) -> String {
    if is_over_tcp(name) && silence() == Some(&Silence::Enforced) {
        return "it is reached over TCP, which the kernel refuses to netglobe; start it with --no-sandbox".to_owned();
    }
    error.to_string()
}

/// Whether a display is reached over TCP, X(7): it names a host.
fn is_over_tcp(name: &str) -> bool {
    let host = name.rsplit_once(':').map_or("", |(host, _)| host);
    !host.is_empty() && !host.starts_with('/') && !host.starts_with("unix")
}

fn has_deep_pixels(screen: &Screen) -> bool {
    let deep = screen.allowed_depths.iter().filter(|depth| depth.depth == 32);
    deep.flat_map(|depth| &depth.visuals).any(|visual| visual.class == VisualClass::TRUE_COLOR)
}

/// The work area (`_NET_WORKAREA`, four numbers per desktop); the smallest of all desktops.
fn work_area(connection: &RustConnection, root: u32) -> Option<[u32; 4]> {
    let atom = connection.intern_atom(true, b"_NET_WORKAREA").ok()?.reply().ok()?.atom;
    let property = connection.get_property(false, root, atom, AtomEnum::CARDINAL, 0, 4 * 64).ok()?.reply().ok()?;
    let values: Vec<u32> = property.value32()?.collect();
    let areas = values.chunks_exact(4).filter_map(|area| <[u32; 4]>::try_from(area).ok());
    areas.filter(|[.., width, height]| *width > 0 && *height > 0).min_by_key(|[.., width, height]| width * height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_with_a_host_is_reached_over_tcp() {
        for name in ["localhost:10.0", "192.0.2.1:0", "there:0"] {
            assert!(is_over_tcp(name), "{name}");
        }
        for name in [":0", ":10.0", "unix:0", "/tmp/launch:0", ""] {
            assert!(!is_over_tcp(name), "{name}");
        }
    }
}
