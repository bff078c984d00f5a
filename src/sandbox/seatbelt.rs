//! The sandbox of macOS (Seatbelt), in its own profile language: everything is allowed but the network. Programs that this
//! one starts inherit it.
//!
//! Written from the manual page `sandbox_init(3)`; nobody has run it yet. `doctor` says what it refuses.

use std::{
    ffi::{CStr, c_char, c_int},
    ptr::null_mut,
};

/// `network*` is binding, connecting, sending and receiving, of local sockets, too: the window, the clipboard and screen
/// readers use Mach messages. `system-socket` is sockets of the kernel.
const PROFILE: &CStr = c"(version 1)(allow default)(deny network*)(deny system-socket)";

#[expect(unsafe_code, reason = "no safe library installs a profile")]
unsafe extern "C" {
    fn sandbox_init(profile: *const c_char, flags: u64, error: *mut *mut c_char) -> c_int;
    fn sandbox_free_error(error: *mut c_char);
}

/// Applies it to this process.
///
/// # Errors
/// What the system says.
pub(super) fn install() -> Result<(), String> {
    let mut error = null_mut();
    // SAFETY: the profile ends with a zero and outlives the call; the error is read before it is freed, once, by the
    // function that is meant for it.
    #[expect(unsafe_code, reason = "no safe library installs a profile")]
    unsafe {
        // Without flags the first argument is a profile, and not the name of one.
        if sandbox_init(PROFILE.as_ptr(), 0, &raw mut error) == 0 {
            return Ok(());
        }
        if error.is_null() {
            return Err("macOS refuses the sandbox profile".to_owned());
        }
        let why = CStr::from_ptr(error).to_string_lossy().into_owned();
        sandbox_free_error(error);
        Err(format!("macOS refuses the sandbox profile: {why}"))
    }
}
