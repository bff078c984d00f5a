//! The end of a session on Windows: its console is closed, the user logs off, or the computer shuts down.

use std::{io, sync::Mutex, thread, time::Duration};
use windows_sys::{
    Win32::System::Console::{CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT, SetConsoleCtrlHandler},
    core::BOOL,
};

/// Windows ends the program when the handler returns, or after about five seconds.
const TIME_TO_END: Duration = Duration::from_secs(4);

type Asked = Box<dyn FnOnce() + Send>;

/// What to call.
static ASKED: Mutex<Option<Asked>> = Mutex::new(None);

/// Calls `asked` once when one of these happens. A program without a console is told of none.
pub(super) fn on_termination(asked: impl FnOnce() + Send + 'static) -> io::Result<()> {
    if let Ok(mut place) = ASKED.lock() {
        *place = Some(Box::new(asked));
    }
    // SAFETY: the handler is a function of this program, which Windows calls on a thread of its own.
    #[expect(unsafe_code, reason = "the safe library for this handles Ctrl-C only")]
    let is_set = unsafe { SetConsoleCtrlHandler(Some(handle), 1) != 0 };
    if is_set { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[expect(unsafe_code, reason = "Windows calls it")]
unsafe extern "system" fn handle(event: u32) -> BOOL {
    if !matches!(event, CTRL_CLOSE_EVENT | CTRL_LOGOFF_EVENT | CTRL_SHUTDOWN_EVENT) {
        return 0;
    }
    let asked = ASKED.lock().ok().and_then(|mut place| place.take());
    if let Some(asked) = asked {
        asked();
        thread::sleep(TIME_TO_END);
    }
    1
}
