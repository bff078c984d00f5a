//! How the window ends where it does not end by a person's wish: with a reason, whatever broke.
//!
//! Libraries below the window panic where a display or a driver does what they do not expect. That is an error of the
//! surroundings like others: it is caught, kept as a line, and never printed raw.

use bevy::prelude::*;
use std::{
    any::Any,
    env,
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// The variable by which the program tells itself, started again, why it is to open no window.
const NO_WINDOW: &str = "NETGLOBE_NO_WINDOW";

/// Why the window ends; the first reason counts.
#[derive(Resource, Clone, Debug, Default)]
pub(super) struct Ending {
    reason: Arc<Mutex<Option<String>>>,
    /// Whether the program is to start again at once, before anything that may be broken is torn down.
    starts_again: bool,
}

impl Ending {
    /// One that starts the program again, without a window, as soon as there is a reason.
    pub(super) fn with_a_new_start() -> Self {
        Self { starts_again: true, ..Self::default() }
    }

    /// Keeps a reason.
    pub(super) fn because(&self, reason: String) {
        if self.starts_again {
            start_again(&reason);
        }
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
    }

    /// The reason that was kept.
    pub(super) fn reason(&self) -> Option<String> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Why no window is to be opened, where the program started itself again for that.
#[must_use]
pub fn why_no_window() -> Option<String> {
    env::var(NO_WINDOW).ok().filter(|reason| !reason.is_empty())
}

/// Starts the program again in its own place, with the same words but without a window: what a window that broke left
/// behind, threads, handlers and drivers, goes with it. Returns only where the system cannot do that.
pub fn start_again(reason: &str) {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        if let Ok(program) = env::current_exe() {
            let error = std::process::Command::new(program).args(env::args_os().skip(1)).env(NO_WINDOW, reason).exec();
            bevy::log::error!("the program cannot start itself again: {error}");
        }
    }
    #[cfg(not(unix))]
    bevy::log::debug!("not started again: {reason}");
}

/// Does something in which libraries may panic. Nothing is printed of a panic, unless `is_verbose`; of one on this thread
/// `at_once` is told before anything is torn down.
///
/// # Errors
/// What the first panic said, on whatever thread, where it ended this one.
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
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a library failed without a word")
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
