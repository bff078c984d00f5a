//! What is said to libraries through the environment.

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
