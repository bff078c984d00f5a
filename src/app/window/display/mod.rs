//! Selects the display for the window. Tries every display in the environment, because variables may name displays that
//! no longer exist (`sudo -E`, terminal multiplexers, subsystems), and the window library only tries the first one.

#[cfg(target_os = "linux")]
mod hotplug;
#[cfg(target_os = "linux")]
mod lost;
#[cfg(target_os = "linux")]
mod pictures;
#[cfg(target_os = "linux")]
mod wayland;
#[cfg(target_os = "linux")]
mod x11;

#[cfg(target_os = "linux")]
pub(in crate::app) use {
    hotplug::pass_on_monitor_events,
    lost::list_when_the_server_goes,
    pictures::{UnusualDepth, look_for_pictures},
    x11::XServer,
};

#[cfg(target_os = "linux")]
use std::{env, ffi::OsString, path::PathBuf, time::Duration};

/// Maximum time to wait for an answer; allows for a slow network.
#[cfg(target_os = "linux")]
const PATIENCE: Duration = Duration::from_secs(5);

/// A display that responds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum Display {
    /// The display of a system that always has one.
    #[cfg_attr(target_os = "linux", expect(dead_code, reason = "of other systems"))]
    System,
    /// A Wayland compositor.
    #[cfg(target_os = "linux")]
    Wayland {
        /// Its socket.
        at: String,
    },
    /// An X server.
    #[cfg(target_os = "linux")]
    X11 {
        /// Its name, `:0`.
        name: String,
        /// Its properties.
        server: XServer,
        /// Why the Wayland display, if one is set, is not used.
        not_wayland: Option<String>,
    },
}

impl Display {
    /// A description for users.
    #[must_use]
    pub(in crate::app) fn describe(&self) -> String {
        match self {
            Self::System => "the system's own".to_owned(),
            #[cfg(target_os = "linux")]
            Self::Wayland { at } => format!("Wayland: the display at {at} answers"),
            #[cfg(target_os = "linux")]
            Self::X11 { name, server, not_wayland } => {
                let note = not_wayland.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
                format!("X11: the server at {name} answers, {} bits per pixel{note}", server.depth)
            }
        }
    }
}

/// The display that responds; Wayland is preferred.
///
/// # Errors
/// Why no window can open.
pub(in crate::app) fn find() -> Result<Display, String> {
    #[cfg(target_os = "linux")]
    return choose(
        |name| env::var_os(name).filter(|value| !value.is_empty()),
        |path| wayland::check_library().and_then(|()| wayland::ask(path, PATIENCE)),
        |name| x11::ask(name, PATIENCE),
    );
    #[cfg(not(target_os = "linux"))]
    Ok(Display::System)
}

#[cfg(target_os = "linux")]
fn choose(
    variable: impl Fn(&str) -> Option<OsString>,
    ask_wayland: impl Fn(&PathBuf) -> Result<(), String>,
    ask_x: impl Fn(&str) -> Result<XServer, String>,
) -> Result<Display, String> {
    if let Some(number) = variable("WAYLAND_SOCKET") {
        // The parent process has already connected it; a check would consume the connection.
        return Ok(Display::Wayland { at: format!("the open file {}", number.to_string_lossy()) });
    }
    let asked = variable("WAYLAND_DISPLAY").map(|name| {
        let path = wayland::socket(&name, variable("XDG_RUNTIME_DIR"))?;
        ask_wayland(&path).map(|()| path.display().to_string())
    });
    let not_wayland = match asked {
        Some(Ok(at)) => return Ok(Display::Wayland { at }),
        Some(Err(why)) => Some(why),
        None => None,
    };
    match (variable("DISPLAY").map(|name| name.to_string_lossy().into_owned()), not_wayland) {
        (Some(name), not_wayland) => match (ask_x(&name), not_wayland) {
            (Ok(server), not_wayland) => Ok(Display::X11 { name, server, not_wayland }),
            (Err(why), Some(not_wayland)) => Err(format!("{not_wayland}, and {why}")),
            (Err(why), None) => Err(why),
        },
        (None, Some(not_wayland)) => Err(not_wayland),
        (None, None) => Err("there is no display: neither WAYLAND_DISPLAY nor DISPLAY is set".to_owned()),
    }
}

/// Missing libraries named in a message of the window library, without duplicates: `libXcursor.so.1`.
pub(in crate::app) fn libraries_named(message: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    let mut names: Vec<&str> = Vec::new();
    for word in message.split(|c: char| !is_part(c)).map(|word| word.trim_end_matches('.')) {
        if word.starts_with("lib") && word.contains(".so") && !names.contains(&word) {
            names.push(word);
        }
    }
    names
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const SERVER: XServer = XServer { depth: 24, has_deep_pixels: true, work_area: None };

    /// The choice if these variables are set and these displays respond.
    fn chosen(set: &[(&str, &str)], answer: &[&str]) -> Result<Display, String> {
        let variable =
            |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value));
        let answers = |name: &str| answer.contains(&name).then_some(()).ok_or_else(|| format!("no answer at {name}"));
        choose(variable, |path| answers(&path.display().to_string()), |name| answers(name).map(|()| SERVER))
    }

    const BOTH: [(&str, &str); 3] = [("WAYLAND_DISPLAY", "wayland-0"), ("XDG_RUNTIME_DIR", "/run"), ("DISPLAY", ":7")];

    #[test]
    fn the_window_opens_on_the_display_that_answers() {
        let wayland = Ok(Display::Wayland { at: "/run/wayland-0".to_owned() });
        let x = |not_wayland| Ok(Display::X11 { name: ":7".to_owned(), server: SERVER, not_wayland });
        assert_eq!(chosen(&BOTH, &["/run/wayland-0", ":7"]), wayland);
        assert_eq!(chosen(&BOTH, &["/run/wayland-0"]), wayland);
        assert_eq!(chosen(&BOTH, &[":7"]), x(Some("no answer at /run/wayland-0".to_owned())));
        assert_eq!(chosen(&BOTH[2..], &[":7"]), x(None));
        assert!(matches!(chosen(&[("WAYLAND_SOCKET", "7"), BOTH[2]], &[":7"]), Ok(Display::Wayland { .. })));
        // A relative name without a directory is invalid.
        assert!(matches!(chosen(&[BOTH[0], BOTH[2]], &[":7"]), Ok(Display::X11 { not_wayland: Some(_), .. })));
    }

    #[test]
    fn without_a_display_it_is_said_why() {
        for (set, words) in [
            (&[][..], &["neither WAYLAND_DISPLAY nor DISPLAY"][..]),
            (&BOTH[..], &["no answer at /run/wayland-0", "no answer at :7"]),
            (&BOTH[..2], &["no answer at /run/wayland-0"]),
            (&BOTH[2..], &["no answer at :7"]),
        ] {
            let said = chosen(set, &[]).expect_err("nobody answers");
            assert!(words.iter().all(|word| said.contains(word)), "{set:?}: {said}");
        }
    }

    #[test]
    fn a_display_is_described() {
        let said = chosen(&BOTH, &[":7"]).expect("one answers").describe();
        assert!(said.contains("X11") && said.contains("24 bits") && said.contains("/run/wayland-0"), "{said}");
    }

    #[test]
    fn pixels_that_drivers_do_not_know_are_left() {
        for (depth, has_deep_pixels, needs) in
            [(24, true, false), (16, true, true), (30, true, true), (16, false, false)]
        {
            let server = XServer { depth, has_deep_pixels, work_area: None };
            assert_eq!(server.needs_deep_pixels(), needs, "{server:?}");
        }
    }

    #[test]
    fn a_missing_library_is_named() {
        let said = "Failed to build event loop: Os(OsError { line: 788, error: XNotSupported(LibraryOpenError(OpenError \
                    { kind: Library, detail: \"opening library failed (libXcursor.so.1: cannot open shared object file: \
                    No such file or directory); opening library failed (libXcursor.so: cannot open)\" })) })";
        assert_eq!(libraries_named(said), ["libXcursor.so.1", "libXcursor.so"]);
        assert_eq!(libraries_named("Could not find wayland compositor"), Vec::<&str>::new());
    }
}
