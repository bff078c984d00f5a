//! Environment variables for libraries, and ending the process without running their destructors.

use crate::files::{Directories, Owner};
use std::env;

/// Shader caches of Mesa's and NVIDIA's drivers, and how each is switched off.
const SHADER_CACHES: [(&str, &str); 2] = [("MESA_SHADER_CACHE_DISABLE", "true"), ("__GL_SHADER_DISK_CACHE", "0")];

/// Keeps a Vulkan layer of Mesa from complaining about a missing session on standard error, and drivers from leaving files
/// of root in the home of another user. Must be called first.
pub fn quiet_graphics_libraries() {
    if env::var_os("XDG_RUNTIME_DIR").is_none() {
        set("NODEVICE_SELECT", "1");
    }
    if Directories::of_this_user().cache.is_some_and(|cache| Owner::in_directory(&cache).is_some()) {
        SHADER_CACHES.iter().for_each(|(name, value)| set(name, value));
    }
}

/// Sets a variable unless it is set.
fn set(name: &str, value: &str) {
    if env::var_os(name).is_none() {
        // SAFETY: the program has not started a thread, so nothing reads the environment at the same time.
        #[expect(unsafe_code, reason = "libraries read it from the environment alone")]
        unsafe {
            env::set_var(name, value);
        }
    }
}

/// Makes the window library use X11: it does so only where no Wayland display is named. Must be called before anything
/// starts a thread that reads the environment.
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

/// Ends the process at once, without running destructors of drivers: some fail over unfinished work. All output must have
/// been written.
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
