//! Requests of the system to end (SIGTERM, SIGHUP), as an event instead of the end of the program.

use std::{io, thread::Builder};

/// Calls `asked` once when the system asks the program to end. Must be called before other threads start, because they
/// inherit which signals wait. A second request ends the program at once. Does nothing where there are no signals.
///
/// # Errors
/// If the thread that waits cannot be started.
pub fn on_termination(asked: impl FnOnce() + Send + 'static) -> io::Result<()> {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal};
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGTERM);
        signals.add(Signal::SIGHUP);
        signals.thread_block()?;
        let wait = move || {
            if signals.wait().is_ok() {
                asked();
            }
            if signals.thread_unblock().is_err() {
                // Then only SIGKILL ends it.
            }
        };
        Builder::new().name("signals".to_owned()).spawn(wait)?;
    }
    #[cfg(not(unix))]
    {
        drop(asked);
        drop(Builder::new());
    }
    Ok(())
}
