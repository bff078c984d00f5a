//! Environment variables for libraries, and ending the process without running their destructors.

use crate::files::{Directories, Owner};
use std::env;

/// Shader caches of the Mesa and NVIDIA drivers: variables and values that disable them.
const SHADER_CACHES: [(&str, &str); 2] = [("MESA_SHADER_CACHE_DISABLE", "true"), ("__GL_SHADER_DISK_CACHE", "0")];

/// Prevents a Vulkan layer of Mesa from printing warnings about a missing session, and drivers from creating files of
/// root in the home directory of another user. Must be called first.
pub fn quiet_graphics_libraries() {
    if env::var_os("XDG_RUNTIME_DIR").is_none() {
        set("NODEVICE_SELECT", "1");
    }
    if Directories::of_this_user().cache.is_some_and(|cache| Owner::in_directory(&cache).is_some()) {
        SHADER_CACHES.iter().for_each(|(name, value)| set(name, value));
    }
}

/// Sets a variable unless it is already set.
fn set(name: &str, value: &str) {
    if env::var_os(name).is_none() {
        // SAFETY: the program has not started a thread, so nothing reads the environment at the same time.
        #[expect(unsafe_code, reason = "libraries read it from the environment alone")]
        unsafe {
            env::set_var(name, value);
        }
    }
}

/// Makes the window library use X11, which it does only if no Wayland display is set. Must be called before threads
/// that read the environment are started.
#[cfg(target_os = "linux")]
pub(in crate::app) fn leave_wayland() {
    for name in ["WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        // SAFETY: the only threads of this program that have run so far are those that checked the displays, and they
        // are done.
        #[expect(unsafe_code, reason = "the window library reads it from the environment alone")]
        unsafe {
            env::remove_var(name);
        }
    }
}

/// Ends the process immediately, without running destructors of drivers: some crash if work is unfinished. All output
/// must have been written.
pub(in crate::app) fn end_process(is_failure: bool) {
    use std::io::Write;
    if std::io::stdout().flush().is_err() {
        // The reader has gone.
    }
    // SAFETY: the call does not return, so no code of this program runs after it.
    #[cfg(unix)]
    #[expect(unsafe_code, reason = "the standard library always tells others first")]
    unsafe {
        nix::libc::_exit(i32::from(is_failure));
    }
    // SAFETY: the same; the handle always names this process.
    #[cfg(windows)]
    #[expect(unsafe_code, reason = "the standard library always tells the drivers first")]
    unsafe {
        use windows_sys::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};
        TerminateProcess(GetCurrentProcess(), u32::from(is_failure));
    }
    #[cfg(not(unix))]
    std::process::exit(i32::from(is_failure));
}
