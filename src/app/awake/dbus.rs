//! Idle inhibition on the session bus: `org.freedesktop.ScreenSaver` (freedesktop.org, Idle Inhibition Service Draft).

use super::Inhibition;
use crate::language::t;
use zbus::blocking::{Connection, connection::Builder};

const NAME: &str = "org.freedesktop.ScreenSaver";
const PATH: &str = "/org/freedesktop/ScreenSaver";
/// Maximum time to wait for an answer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

struct ScreenSaver {
    connection: Connection,
    cookie: u32,
}

impl Inhibition for ScreenSaver {}

impl Drop for ScreenSaver {
    fn drop(&mut self) {
        // If that fails, the service notices that the connection ends.
        self.connection
            .call_method(Some(NAME), PATH, Some(NAME), "UnInhibit", &self.cookie)
            .map(drop)
            .unwrap_or_default();
    }
}

/// Keeps the screen on until the result is dropped.
///
/// # Errors
/// Why that cannot be done.
pub(super) fn inhibit() -> Result<Box<dyn Inhibition>, String> {
    let failed = |error: zbus::Error| t!("awake-no-service", name = NAME, error = error.to_string());
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_none() && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        return Err(t!("awake-no-bus").to_owned());
    }
    let connection = Builder::session().and_then(|bus| bus.method_timeout(PATIENCE).build()).map_err(failed)?;
    let reason = ("netglobe", t!("awake-why"));
    let reply = connection.call_method(Some(NAME), PATH, Some(NAME), "Inhibit", &reason).map_err(failed)?;
    let cookie = reply.body().deserialize().map_err(failed)?;
    Ok(Box::new(ScreenSaver { connection, cookie }))
}
