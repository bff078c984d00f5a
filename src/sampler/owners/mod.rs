//! Finds the processes that hold sockets.
//!
//! Each system has its own [`Owners`], chosen in `system`. On Linux it uses the inodes of sockets and reads as little
//! of `/proc` as possible. On other systems the socket list contains pids, and [`by_pid`] finds their names.

#[cfg_attr(target_os = "linux", allow(dead_code, reason = "it is for all other systems, and tested on this one"))]
pub(super) mod by_pid;

use crate::model::{Degradation, Owner, OwnerContext};
use std::{fmt, path::Path, sync::Arc};

/// The owner of a socket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// The process, or why it is unknown.
    pub(super) owner: Owner,
    /// Other details.
    pub(super) context: Option<Arc<OwnerContext>>,
}

/// Finds the owners of sockets.
pub(super) trait Owners: fmt::Debug + Send {
    /// What identifies the owner of a socket.
    type Clue;

    /// Replaces `found` with the owners of `sockets`, in the same order. `sockets` must contain all current sockets;
    /// cached data about others is dropped. Returns what cannot be determined, and why.
    fn resolve(&mut self, sockets: &[Self::Clue], found: &mut Vec<Found>) -> Vec<Degradation>;
}

/// Systems keep at least this many bytes of a process name, and may truncate the rest.
const CUT_AT_BYTES: usize = 15;

/// The full name of a process whose `name` the system may have truncated, and which runs the program at `path`: the
/// file name, if it continues the truncated name. `None` for an empty name.
pub(super) fn whole_name(name: &[u8], path: Option<&Path>) -> Option<Arc<str>> {
    if name.is_empty() {
        return None;
    }
    // Suffix on Linux for a file that was removed or replaced.
    let file = path.and_then(Path::file_name).map(std::ffi::OsStr::as_encoded_bytes);
    let file = file.map(|file| file.strip_suffix(b" (deleted)").unwrap_or(file));
    let whole = file.filter(|file| name.len() >= CUT_AT_BYTES && file.starts_with(name)).unwrap_or(name);
    Some(Arc::from(String::from_utf8_lossy(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_cut_is_completed_from_the_file_that_it_begins() {
        for (name, path, whole) in [
            ("systemd-resolve", Some("/usr/lib/systemd/systemd-resolved"), Some("systemd-resolved")),
            ("systemd-resolve", Some("/usr/lib/systemd/systemd-resolved (deleted)"), Some("systemd-resolved")),
            ("systemd-resolve", Some("/usr/bin/another"), Some("systemd-resolve")),
            ("systemd-resolve", None, Some("systemd-resolve")),
            // Not truncated: a program that set a shorter name.
            ("systemd", Some("/usr/lib/systemd/systemd-resolved"), Some("systemd")),
            ("Isolated Web Co", Some("/usr/lib/firefox/firefox"), Some("Isolated Web Co")),
            ("a (deleted)", Some("/usr/bin/a (deleted)"), Some("a (deleted)")),
            ("", Some("/usr/bin/curl"), None),
        ] {
            assert_eq!(whole_name(name.as_bytes(), path.map(Path::new)).as_deref(), whole, "{name:?}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_name_that_was_cut_within_a_letter_is_completed_as_well() {
        let file = "netzwächter-für-alle";
        let cut = &file.as_bytes()[..15];
        assert_eq!(whole_name(cut, Some(Path::new("/bin").join(file).as_path())).as_deref(), Some(file));
        let letters = "überwachungsdiä".as_bytes();
        assert!(whole_name(&letters[..16], None).is_some_and(|name| name.ends_with('\u{fffd}')), "it is not completed");
    }
}
