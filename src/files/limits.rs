//! A limit to the size of files (`ulimit -f`) is an error like others.

/// Lets a write beyond the limit fail, where the system would end the program (SIGXFSZ). To be called before any thread
/// starts: those that start later take it over.
pub fn survive_file_size_limit() {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal};
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGXFSZ);
        if signals.thread_block().is_err() {
            // Then it is as it is for other programs.
        }
    }
}
