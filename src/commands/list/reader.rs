//! Whether somebody still reads the output: a watch that has nothing to tell would otherwise outlive its reader.

use crossbeam_channel::{Receiver, never};

/// A channel that tells when nobody can read standard output any more: the other end of the pipe is closed, or the
/// terminal is gone. It is silent where the system does not say so.
#[cfg(unix)]
pub(super) fn when_reader_leaves() -> Receiver<()> {
    use rustix::{
        event::{PollFd, PollFlags, poll},
        io::Errno,
    };
    let (tell, gone) = crossbeam_channel::bounded(1);
    let wait = move || {
        loop {
            let stdout = std::io::stdout();
            // Nothing is asked for; these two are always told.
            let mut stdout = [PollFd::new(&stdout, PollFlags::empty())];
            match poll(&mut stdout, None) {
                Ok(_) if stdout[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) => {
                    return tell.try_send(()).unwrap_or_default();
                }
                Ok(_) | Err(Errno::INTR) => {}
                // A system that cannot say it.
                Err(_) => return,
            }
        }
    };
    // Ends with the program.
    match std::thread::Builder::new().name("reader-watch".to_owned()).spawn(wait) {
        Ok(_) => gone,
        Err(_) => never(),
    }
}

/// Elsewhere the next line that is written finds it out.
#[cfg(not(unix))]
pub(super) fn when_reader_leaves() -> Receiver<()> {
    never()
}
