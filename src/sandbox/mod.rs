//! Silence that the kernel enforces: the program can open no socket but local ones (AF_UNIX) and those of the kernel
//! (AF_NETLINK), so that it cannot send anything to anybody.
//!
//! [`enforce`] is called first thing in `main`, before any thread starts: on Linux a filter of system calls (seccomp), on
//! macOS a profile of its sandbox, holds for all threads that start later, and for programs that this one starts.
//! [`try_all`] proves it by trying. Windows has nothing like that.

#[cfg(target_os = "linux")]
mod filter;
mod probe;
#[cfg(target_os = "macos")]
mod seatbelt;

#[cfg(target_os = "macos")]
use seatbelt as filter;

pub use probe::{Attempt, CHILD_FLAG, answer_as_child, try_all};

use std::sync::OnceLock;

/// Whether the kernel keeps the program from using the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It does.
    Enforced,
    /// The user does not want it (`--no-sandbox`).
    SwitchedOff,
    /// It does not: why.
    Impossible(String),
}

static STATE: OnceLock<Silence> = OnceLock::new();

/// The flag that switches it off.
pub const OFF_FLAG: &str = "--no-sandbox";

/// Lets the kernel refuse sockets of the network from now on, unless `is_wanted` is false. Must be called before any thread
/// starts. The first call counts.
pub fn enforce(is_wanted: bool) -> &'static Silence {
    STATE.get_or_init(|| if is_wanted { filter() } else { Silence::SwitchedOff })
}

/// Whether the kernel keeps this program from using the network; `None` before [`enforce`].
#[must_use]
pub fn silence() -> Option<&'static Silence> {
    STATE.get()
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn filter() -> Silence {
    match filter::install() {
        Ok(()) => Silence::Enforced,
        Err(error) => Silence::Impossible(error),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn filter() -> Silence {
    let system = if cfg!(windows) { "Windows" } else { "this system" };
    let why = format!(
        "{system} offers no such filter to a program: nothing but its code keeps netglobe from using the network"
    );
    Silence::Impossible(why)
}
