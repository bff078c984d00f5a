//! Whether a window can open at all, found out before anything tries.

use std::{env, ffi::OsString, path::PathBuf};

/// Why no window can open; `None` where one probably can.
#[must_use]
pub(super) fn why_no_window() -> Option<String> {
    if cfg!(any(windows, target_os = "macos")) {
        return None;
    }
    missing_display(|name| env::var_os(name).filter(|value| !value.is_empty()), connects)
}

/// What is said when the display that is named does not answer in the end.
#[must_use]
pub(super) fn no_answer() -> String {
    let name = env::var_os("WAYLAND_DISPLAY").or_else(|| env::var_os("DISPLAY")).unwrap_or_default();
    format!("no display answers at {}", name.to_string_lossy())
}

#[cfg(unix)]
fn connects(path: &PathBuf) -> bool {
    std::os::unix::net::UnixStream::connect(path).is_ok()
}

#[cfg(not(unix))]
fn connects(_path: &PathBuf) -> bool {
    true
}

/// A Wayland display is a socket in the runtime directory; an X11 display of this machine is one in `/tmp/.X11-unix`. A
/// display of another machine is taken to be there.
fn missing_display(variable: impl Fn(&str) -> Option<OsString>, connects: impl Fn(&PathBuf) -> bool) -> Option<String> {
    let wayland = variable("WAYLAND_DISPLAY").map(|name| {
        let directory = variable("XDG_RUNTIME_DIR").map(PathBuf::from).unwrap_or_default();
        directory.join(name)
    });
    if wayland.as_ref().is_some_and(&connects) {
        return None;
    }
    let Some(display) = variable("DISPLAY") else {
        return Some(match wayland {
            Some(path) => format!("no Wayland display answers at {}", path.display()),
            None => "there is no display: neither WAYLAND_DISPLAY nor DISPLAY is set".to_owned(),
        });
    };
    let name = display.to_string_lossy();
    let number = name.strip_prefix(':').or_else(|| name.strip_prefix("unix:"))?;
    let number = number.split('.').next().unwrap_or(number);
    let path = PathBuf::from(format!("/tmp/.X11-unix/X{number}"));
    (path.exists() && !connects(&path) || !path.exists()).then(|| format!("no X server answers at {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(set: &[(&str, &str)], connects: bool) -> Option<String> {
        let variable =
            |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value));
        missing_display(variable, |_| connects)
    }

    #[test]
    fn without_a_display_it_is_said_why() {
        for (set, connects, expected) in [
            (&[][..], true, Some("neither")),
            (&[("WAYLAND_DISPLAY", "wayland-0")], false, Some("no Wayland display")),
            (&[("WAYLAND_DISPLAY", "wayland-0")], true, None),
            (&[("DISPLAY", ":12345")], false, Some("no X server answers at :12345")),
            (&[("DISPLAY", "elsewhere:10.0")], false, None),
        ] {
            let said = check(set, connects);
            assert_eq!(said.is_some(), expected.is_some(), "{set:?}: {said:?}");
            assert!(expected.is_none_or(|words| said.is_some_and(|said| said.contains(words))), "{set:?}");
        }
    }
}
