//! Detects when the reader of the output is gone: otherwise a watch without output would run on.

use crossbeam_channel::{Receiver, never};

/// A channel that receives a message when standard output can no longer be read: the other end of the pipe is closed,
/// or the terminal is gone. It never does on systems that do not report this.
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
            // No events requested: errors and hang-ups are always reported.
            let mut stdout = [PollFd::new(&stdout, PollFlags::empty())];
            match poll(&mut stdout, None) {
                Ok(_) if stdout[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) => {
                    return tell.try_send(()).unwrap_or_default();
                }
                Ok(_) | Err(Errno::INTR) => {}
                // The system does not support it.
                Err(_) => return,
            }
        }
    };
    // The thread ends with the program.
    match std::thread::Builder::new().name("reader-watch".to_owned()).spawn(wait) {
        Ok(_) => gone,
        Err(_) => never(),
    }
}

/// On other systems the next write detects it.
#[cfg(not(unix))]
pub(super) fn when_reader_leaves() -> Receiver<()> {
    never()
}
