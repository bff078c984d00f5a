//! The one thing that is said to libraries through the environment.

use std::env;

/// Keeps a Vulkan layer of Mesa's from writing about a missing session on standard error: where there is no session, it
/// has no display to choose an adapter for. To be called first of all.
pub fn quiet_graphics_libraries() {
    if env::var_os("XDG_RUNTIME_DIR").is_none() && env::var_os("NODEVICE_SELECT").is_none() {
        // SAFETY: the program has not started a thread, so nothing reads the environment at the same time.
        #[expect(unsafe_code, reason = "libraries read it from the environment alone")]
        unsafe {
            env::set_var("NODEVICE_SELECT", "1");
        }
    }
}
