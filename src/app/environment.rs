//! What is said to libraries through the environment, and the end of the process, of which they are told nothing.

use crate::files::{Directories, Owner};
use std::env;

/// Shader caches of Mesa's and NVIDIA's drivers, and how each is switched off.
const SHADER_CACHES: [(&str, &str); 2] = [("MESA_SHADER_CACHE_DISABLE", "true"), ("__GL_SHADER_DISK_CACHE", "0")];

/// Keeps a Vulkan layer of Mesa's from writing about a missing session on standard error: where there is no session, it
/// has no display to choose an adapter for. Keeps drivers from leaving root's files in the home of somebody else. To be
/// called first of all.
pub fn quiet_graphics_libraries() {
    if env::var_os("XDG_RUNTIME_DIR").is_none() {
        set("NODEVICE_SELECT", "1");
    }
    if Directories::of_this_user().cache.is_some_and(|cache| Owner::in_directory(&cache).is_some()) {
        SHADER_CACHES.iter().for_each(|(name, value)| set(name, value));
    }
}

/// Sets a variable that nobody has set.
fn set(name: &str, value: &str) {
    if env::var_os(name).is_none() {
        // SAFETY: the program has not started a thread, so nothing reads the environment at the same time.
        #[expect(unsafe_code, reason = "libraries read it from the environment alone")]
        unsafe {
            env::set_var(name, value);
        }
    }
}

/// Keeps the window library from a Wayland display that does not answer: it takes X11 only where no other is named. To be
/// called before anything starts a thread that reads the environment.
#[cfg(target_os = "linux")]
pub(super) fn leave_wayland() {
    for name in ["WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        // SAFETY: the threads of this program that run by now are those that asked the displays, and they have answered.
        #[expect(unsafe_code, reason = "the window library reads it from the environment alone")]
        unsafe {
            env::remove_var(name);
        }
    }
}

/// Ends the process at once. Drivers are not told: some fail over work that they still have, after everything that was
/// asked of the program is done. What is to be written must have been.
pub(super) fn end_process(is_failure: bool) {
    use std::io::Write;
    if std::io::stdout().flush().is_err() {
        // Whoever reads it has gone.
    }
    // SAFETY: the call does not return, so nothing of this program runs after it.
    #[cfg(unix)]
    #[expect(unsafe_code, reason = "the standard library always tells others first")]
    unsafe {
        nix::libc::_exit(i32::from(is_failure));
    }
    #[cfg(not(unix))]
    std::process::exit(i32::from(is_failure));
}
