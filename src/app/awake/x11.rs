//! The X server: its screen saver (MIT-SCREEN-SAVER 1.1; suspending it suspends DPMS, too), and whether the monitor is
//! off (DPMS) or the screen saver blanks it.

use super::Inhibition;
use crate::language::t;
use x11rb::{
    connection::{Connection, RequestConnection},
    protocol::{
        dpms::{self, ConnectionExt as _, DPMSMode},
        screensaver::{self, ConnectionExt as _, Kind, State},
    },
    rust_connection::RustConnection,
};

/// Suspends the screen saver for as long as the connection lives.
struct Suspension {
    connection: RustConnection,
}

impl Inhibition for Suspension {}

impl Drop for Suspension {
    fn drop(&mut self) {
        // If that fails, the connection has ended, and with it the suspension.
        let released = self.connection.screensaver_suspend(0).map(drop);
        released.and_then(|()| self.connection.flush()).unwrap_or_default();
    }
}

/// Keeps the screen on until the result is dropped.
///
/// # Errors
/// Why that cannot be done.
pub(super) fn inhibit() -> Result<Box<dyn Inhibition>, String> {
    let (connection, _) = x11rb::connect(None).map_err(|error| t!("awake-x11-silent", error = error.to_string()))?;
    let failed = |error: &dyn std::fmt::Display| t!("awake-x11-lacks", error = error.to_string());
    let version = connection.screensaver_query_version(1, 1).map_err(|error| failed(&error))?;
    version.reply().map_err(|error| failed(&error))?;
    connection.screensaver_suspend(1).map_err(|error| failed(&error))?.check().map_err(|error| failed(&error))?;
    Ok(Box::new(Suspension { connection }))
}

/// A connection that asks whether the monitor is off.
pub(super) struct Monitor {
    connection: RustConnection,
    root: u32,
    has_dpms: bool,
    has_saver: bool,
}

impl Monitor {
    /// `None` if the server can tell neither.
    pub(super) fn connect() -> Option<Self> {
        let (connection, screen) = x11rb::connect(None).ok()?;
        let root = connection.setup().roots.get(screen)?.root;
        let has = |extension| matches!(connection.extension_information(extension), Ok(Some(_)));
        let (has_dpms, has_saver) = (has(dpms::X11_EXTENSION_NAME), has(screensaver::X11_EXTENSION_NAME));
        (has_dpms || has_saver).then_some(Self { connection, root, has_dpms, has_saver })
    }

    /// Whether the monitor is in standby, suspended or off, or blanked by the screen saver.
    pub(super) fn is_off(&mut self) -> bool {
        let has_no_power = || {
            let info = self.connection.dpms_info().ok()?.reply().ok()?;
            Some(info.state && info.power_level != DPMSMode::ON)
        };
        let is_blanked = || {
            let info = self.connection.screensaver_query_info(self.root).ok()?.reply().ok()?;
            // An external screen saver draws a window instead, which covers this one.
            let is_internal = info.kind == Kind::BLANKED;
            Some(info.state == u8::from(State::ON) && is_internal)
        };
        (self.has_dpms && has_no_power().unwrap_or(false)) || (self.has_saver && is_blanked().unwrap_or(false))
    }
}
