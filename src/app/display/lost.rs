//! What happens when the X server goes while the window is open: the library that speaks to it would end the program. It
//! leaves one thing to do before, and that is to start again, with the list.

use crate::app::end::start_again;
use std::ffi::c_int;
use x11_dl::xlib::{Display, Xlib};

/// Has the program start again without a window when the X server goes. To be called once the window library has opened
/// its connection, and with it the library.
pub(in crate::app) fn list_when_the_server_goes() {
    let Ok(library) = Xlib::open() else { return };
    // SAFETY: the handler is a function of the type that the library asks for, and stays for as long as the program runs.
    #[expect(unsafe_code, reason = "the library cannot be told in another way")]
    unsafe {
        (library.XSetIOErrorHandler)(Some(gone));
    }
}

extern "C" fn gone(_display: *mut Display) -> c_int {
    start_again("the display went away");
    // It could not; the library ends the program.
    1
}
