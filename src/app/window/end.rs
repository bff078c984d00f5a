//! Closes the window after an error, always with a reason.
//!
//! The graphics and window libraries panic when a display or a driver behaves unexpectedly. Such panics are treated
//! like other errors: they are caught, reduced to one line, and never printed raw.

#[cfg(not(unix))]
use crate::console;
use crate::{
    app::window::{environment::end_process, termination},
    panics,
    text::{ellipsize, escape_untrusted},
};
use bevy::prelude::*;
use std::{
    any::Any,
    env,
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// Environment variable with the reason why the restarted program must not open a window.
const NO_WINDOW: &str = "NETGLOBE_NO_WINDOW";

/// Why the window closes; the first reason is kept.
#[derive(Resource, Clone, Debug, Default)]
pub(in crate::app) struct Ending {
    reason: Arc<Mutex<Option<String>>>,
    /// Whether the program restarts immediately, without cleaning up.
    starts_again: bool,
}

impl Ending {
    /// Restarts the program without a window as soon as there is a reason.
    pub(in crate::app) fn with_a_new_start() -> Self {
        Self { starts_again: true, ..Self::default() }
    }

    /// Sets the reason, if there is none yet.
    pub(in crate::app) fn because(&self, reason: String) {
        if self.starts_again {
            start_again(&reason);
        }
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
    }

    /// The reason, if there is one.
    pub(in crate::app) fn reason(&self) -> Option<String> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Why no window must be opened, if the program has restarted itself for that reason.
#[must_use]
pub fn why_no_window() -> Option<String> {
    env::var(NO_WINDOW).ok().filter(|reason| !reason.is_empty())
}

/// Replaces the process with a new one with the same arguments but without a window, so that no threads, handlers and
/// drivers remain. Returns only if the system cannot do that. If the system has asked the program to end, it ends.
pub fn start_again(reason: &str) {
    if termination::is_asked() {
        end_process(false);
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        if let Ok(program) = env::current_exe() {
            let error = std::process::Command::new(program).args(env::args_os().skip(1)).env(NO_WINDOW, reason).exec();
            bevy::log::error!("cannot restart the program: {error}");
        }
    }
    #[cfg(not(unix))]
    {
        if !console::is_seen() {
            console::show(reason);
            end_process(true);
        }
        // A process cannot be replaced there: this one waits for the new one, and ends as that does.
        let again = env::current_exe().and_then(|program| {
            std::process::Command::new(program).args(env::args_os().skip(1)).env(NO_WINDOW, reason).status()
        });
        match again {
            Ok(status) => end_process(!status.success()),
            Err(error) => bevy::log::error!("cannot restart the program: {error}"),
        }
    }
}

/// Runs a function in which libraries may panic. Panics are printed only if `is_verbose`. For a panic on this thread,
/// `at_once` is called before unwinding.
///
/// # Errors
/// The message of the first panic on any thread, if this thread panicked.
pub(in crate::app) fn without_panic<T>(
    is_verbose: bool,
    at_once: impl Fn(&str) + Send + Sync + 'static,
    act: impl FnOnce() -> T,
) -> Result<T, String> {
    let first = Ending::default();
    let seen = first.clone();
    let own = thread::current().id();
    let usual: Arc<dyn Fn(&PanicHookInfo<'_>) + Sync + Send> = Arc::from(panic::take_hook());
    let while_acting = Arc::clone(&usual);
    panic::set_hook(Box::new(move |info| {
        seen.because(words(info.payload()).to_owned());
        panics::note(info);
        if is_verbose {
            while_acting(info);
        }
        if thread::current().id() == own {
            at_once(&seen.reason().unwrap_or_default());
        }
    }));
    let done = panic::catch_unwind(AssertUnwindSafe(act));
    panic::set_hook(Box::new(move |info| usual(info)));
    done.map_err(|payload| first.reason().unwrap_or_else(|| words(&*payload).to_owned()))
}

/// The message of a library, on one line and truncated.
pub(in crate::app) fn one_line(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    ellipsize(&escape_untrusted(&line), 200).into_owned()
}

fn words(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a library failed without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_counts() {
        let ending = Ending::default();
        assert_eq!(ending.reason(), None);
        ending.because("first".to_owned());
        ending.clone().because("second".to_owned());
        assert_eq!(ending.reason().as_deref(), Some("first"));
    }

    #[test]
    fn a_panic_becomes_what_it_said_first_on_whatever_thread() {
        // In one test, because the panic hook is global.
        let told = Ending::default();
        let tell = |told: &Ending| {
            let told = told.clone();
            move |said: &str| told.because(said.to_owned())
        };
        assert_eq!(without_panic(false, tell(&told), || 3), Ok(3));
        let panics = |said: &'static str| {
            let thread = thread::Builder::new().name("panics".to_owned()).spawn(move || panic!("{said}"));
            thread.expect("a thread").join().is_err()
        };
        let elsewhere = || panics("elsewhere");
        assert_eq!(without_panic(false, tell(&told), elsewhere), Ok(true));
        assert_eq!(told.reason(), None, "another thread's panic ends nothing here");
        let joined = without_panic(false, tell(&told), || {
            assert!(panics("the cause"));
            panic!("the effect");
        });
        assert_eq!(joined.map(|()| 0), Err("the cause".to_owned()));
        assert_eq!(told.reason().as_deref(), Some("the cause"));
    }
}
