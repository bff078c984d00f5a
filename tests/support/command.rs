//! The program as a command of a user without files.

use super::rasterizer;
use std::{path::Path, process::Command};

/// The program with these words, with `home` as its home, and without a display.
pub fn netglobe(home: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netglobe"));
    command.args(words).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
        command.env(name, home);
    }
    if let Ok(lavapipe) = rasterizer::lavapipe() {
        command.envs(lavapipe.environment());
    }
    command
}
