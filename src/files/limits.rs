//! Makes exceeding the file size limit (`ulimit -f`) an ordinary error.

/// Makes writes beyond the limit fail instead of ending the program with SIGXFSZ. Must be called before any thread
/// starts, because threads inherit the signal mask.
pub fn survive_file_size_limit() {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal};
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGXFSZ);
        if signals.thread_block().is_err() {
            // Then the signal ends the program, as by default.
        }
    }
}
