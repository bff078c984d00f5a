//! The end of the window after an error: with a reason, whatever failed.
//!
//! Libraries below the window panic when a display or a driver behaves unexpectedly. That is treated as an error like any
//! other: it is caught, kept as one line, and never printed raw.

use bevy::prelude::*;
use std::{
    any::Any,
    env,
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// The variable with the reason why the restarted program must not open a window.
const NO_WINDOW: &str = "NETGLOBE_NO_WINDOW";

/// Why the window ends; the first reason is kept.
#[derive(Resource, Clone, Debug, Default)]
pub(super) struct Ending {
    reason: Arc<Mutex<Option<String>>>,
    /// Whether the program restarts at once, before anything is torn down.
    starts_again: bool,
}

impl Ending {
    /// Restarts the program without a window as soon as there is a reason.
    pub(super) fn with_a_new_start() -> Self {
        Self { starts_again: true, ..Self::default() }
    }

    /// Sets the reason, unless there is one.
    pub(super) fn because(&self, reason: String) {
        if self.starts_again {
            start_again(&reason);
        }
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
    }

    /// The reason, if there is one.
    pub(super) fn reason(&self) -> Option<String> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Why no window must be opened, where the program has restarted itself for that.
#[must_use]
pub fn why_no_window() -> Option<String> {
    env::var(NO_WINDOW).ok().filter(|reason| !reason.is_empty())
}

/// Replaces the process by a new one with the same arguments but without a window, so that nothing is left of threads,
/// handlers and drivers. Returns only where the system cannot do that.
pub fn start_again(reason: &str) {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        if let Ok(program) = env::current_exe() {
            let error = std::process::Command::new(program).args(env::args_os().skip(1)).env(NO_WINDOW, reason).exec();
            bevy::log::error!("cannot restart the program: {error}");
        }
    }
    #[cfg(not(unix))]
    bevy::log::debug!("not restarted: {reason}");
}

/// Runs something in which libraries may panic. Panics are printed only if `is_verbose`. For one on this thread `at_once` is
/// called before anything is torn down.
///
/// # Errors
/// The message of the first panic, on any thread, where this thread panicked.
pub(super) fn without_panic<T>(
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
        // Panics have one hook for all threads.
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
