//! Handles the loss of the X server while the window is open, on which Xlib would exit. The error handler restarts the
//! program with the list instead.

use crate::app::window::end::start_again;
use std::ffi::c_int;
use x11_dl::xlib::{Display, Xlib};

/// Restarts the program without a window when the X server is lost. Must be called after the window library has opened its
/// connection.
pub(in crate::app) fn list_when_the_server_goes() {
    let Ok(library) = Xlib::open() else { return };
    // SAFETY: the handler has the function type that the library requires, and is never unloaded.
    #[expect(unsafe_code, reason = "the library cannot be told in another way")]
    unsafe {
        (library.XSetIOErrorHandler)(Some(gone));
    }
}

extern "C" fn gone(_display: *mut Display) -> c_int {
    start_again("the display went away");
    // The restart failed; Xlib exits the program.
    1
}
