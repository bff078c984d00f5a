//! Whether anybody reads what is printed, and whether people see it. Only on Windows do they not: a program that a click has
//! started gets a console window of its own there, which would stand beside the globe, and is let go; what it has to say
//! then needs a window.
//!
//! From Windows 11 24H2 on, the manifest (`packaging/windows/netglobe.manifest`) keeps that console from being made.

#[cfg(windows)]
mod windows;

use std::io;

/// Whether output failed because nobody reads it any more: the program at the other end of a pipe has ended.
#[must_use]
pub fn nobody_reads(error: &io::Error) -> bool {
    /// `ERROR_PIPE_NOT_CONNECTED` of Windows, which the standard library counts as unknown.
    const NOT_CONNECTED: i32 = 233;
    error.kind() == io::ErrorKind::BrokenPipe || (cfg!(windows) && error.raw_os_error() == Some(NOT_CONNECTED))
}

/// Lets go of the console if only this program uses it.
pub fn leave_own() {
    #[cfg(windows)]
    windows::leave_own();
}

/// Whether standard error leads to a terminal, a file or another program; otherwise nobody sees it.
#[must_use]
pub fn is_seen() -> bool {
    #[cfg(windows)]
    return windows::is_seen();
    #[cfg(not(windows))]
    true
}

/// Shows a message in a window, and waits until it is closed. Only where [`is_seen`] may be false.
pub fn show(message: &str) {
    #[cfg(windows)]
    windows::show(message);
    #[cfg(not(windows))]
    debug_assert!(message.is_empty(), "everything printed is seen");
}
