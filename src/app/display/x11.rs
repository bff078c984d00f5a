//! Asks an X server whether it lets this program in, and what its pixels are like.

use crossbeam_channel::bounded;
use std::{thread, time::Duration};
use x11rb::{
    connection::{Connection, RequestConnection},
    protocol::xproto::{AtomEnum, ConnectionExt, Screen, VisualClass},
    rust_connection::RustConnection,
};

/// What the window library asks of a server, without asking whether it is there.
const NEEDED: [&str; 3] = ["RANDR", "XInputExtension", "XKEYBOARD"];

/// An X server that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) struct XServer {
    /// Bits of a pixel of the screen.
    pub(in crate::app) depth: u8,
    /// Whether it has pixels of 32 bits, too, of which 24 are colour.
    pub(in crate::app) has_deep_pixels: bool,
    /// Left, top, width and height of what no panel of the desktop covers, px; `None` where nobody says.
    pub(in crate::app) work_area: Option<[u32; 4]>,
}

impl XServer {
    /// Whether a window needs other pixels than the screen has: of those of 24 bits every driver knows how to make
    /// pictures, of others few do.
    #[must_use]
    pub(in crate::app) fn needs_deep_pixels(self) -> bool {
        self.depth != 24 && self.has_deep_pixels
    }
}

/// The X server that a display's name means.
///
/// # Errors
/// Why it cannot be used.
pub(super) fn ask(name: &str, patience: Duration) -> Result<XServer, String> {
    let (sender, receiver) = bounded(1);
    let asked = name.to_owned();
    // A server that hangs hangs this thread alone.
    thread::Builder::new()
        .name("ask-x11".to_owned())
        .spawn(move || sender.send(look(&asked)).unwrap_or_default())
        .map_err(|error| format!("the X server at {name} cannot be asked: {error}"))?;
    receiver
        .recv_timeout(patience)
        .unwrap_or_else(|_| Err(format!("the X server at {name} gives no answer within {} s", patience.as_secs())))
}

fn look(name: &str) -> Result<XServer, String> {
    let (connection, screen) =
        x11rb::connect(Some(name)).map_err(|error| format!("no X server answers at {name}: {error}"))?;
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

fn has_deep_pixels(screen: &Screen) -> bool {
    let deep = screen.allowed_depths.iter().filter(|depth| depth.depth == 32);
    deep.flat_map(|depth| &depth.visuals).any(|visual| visual.class == VisualClass::TRUE_COLOR)
}

/// What the desktop says of itself (`_NET_WORKAREA`, four numbers a desktop; the smallest of them holds on all).
fn work_area(connection: &RustConnection, root: u32) -> Option<[u32; 4]> {
    let atom = connection.intern_atom(true, b"_NET_WORKAREA").ok()?.reply().ok()?.atom;
    let property = connection.get_property(false, root, atom, AtomEnum::CARDINAL, 0, 4 * 64).ok()?.reply().ok()?;
    let values: Vec<u32> = property.value32()?.collect();
    let areas = values.chunks_exact(4).filter_map(|area| <[u32; 4]>::try_from(area).ok());
    areas.filter(|[.., width, height]| *width > 0 && *height > 0).min_by_key(|[.., width, height]| width * height)
}
