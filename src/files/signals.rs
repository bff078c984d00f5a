//! Requests of the system to end (SIGTERM, SIGHUP; on Windows the end of the session), as an event instead of the end of the
//! program.

#[cfg(windows)]
mod windows;

use std::io;

/// Whether whoever started the program wants it to ignore a signal, like nohup(1) does; only Linux tells.
#[cfg(unix)]
fn is_ignored(signal: nix::sys::signal::Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (signal as u64 - 1) & 1 != 0
}

/// Calls `asked` once when the system asks the program to end. Must be called before other threads start, because they
/// inherit which signals wait. Signals that are ignored stay so. A second request ends the program at once. Does nothing on
/// systems that make no such requests.
///
/// # Errors
/// If the thread that waits cannot be started.
pub fn on_termination(asked: impl FnOnce() + Send + 'static) -> io::Result<()> {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal};
        let mut signals = SigSet::empty();
        for signal in [Signal::SIGTERM, Signal::SIGHUP] {
            if !is_ignored(signal) {
                signals.add(signal);
            }
        }
        signals.thread_block()?;
        let wait = move || {
            if signals.wait().is_ok() {
                asked();
            }
            if signals.thread_unblock().is_err() {
                // Then only SIGKILL ends it.
            }
        };
        std::thread::Builder::new().name("signals".to_owned()).spawn(wait)?;
    }
    #[cfg(windows)]
    windows::on_termination(asked)?;
    // What it has stays with it: dropped, it might look like a request.
    #[cfg(not(any(unix, windows)))]
    std::mem::forget(asked);
    Ok(())
}
