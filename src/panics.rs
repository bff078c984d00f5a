//! Turns panics of this program or of a library into one-line messages, or into errors if the caller requests it. Threads
//! that ended with one are remembered, so that the window can say what no longer works.

use crate::text::escape_untrusted;
use std::{
    any::Any,
    cell::Cell,
    env,
    io::{self, Write},
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    sync::{Mutex, PoisonError},
    thread,
};

/// Names of threads that are remembered; enough for all that there are.
const MOST: usize = 64;

static FAILED: Mutex<Vec<FailedThread>> = Mutex::new(Vec::new());

/// A thread in which a panic was not caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedThread {
    /// Its name.
    pub name: String,
    /// What went wrong.
    pub what: String,
}

/// The threads in which panics were not caught so far, each name once.
#[must_use]
pub fn failed_threads() -> Vec<FailedThread> {
    FAILED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Remembers a panic. For hooks of panics.
pub fn note(panic: &PanicHookInfo<'_>) {
    if !IS_CAUGHT.get() {
        note_failure(thread::current().name().unwrap_or("unnamed"), &message(panic.payload()));
    }
}

/// Remembers that a thread, or a part of its work, has failed.
pub fn note_failure(name: &str, what: &str) {
    let mut failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    if failed.len() < MOST && failed.iter().all(|thread| thread.name != name) {
        failed.push(FailedThread { name: name.to_owned(), what: what.to_owned() });
    }
}

thread_local! {
    /// Whether a panic of this thread is caught and reported by the caller.
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Reports uncaught panics in one line on standard error; if `RUST_BACKTRACE` is set, uses Rust's default report.
pub fn report_in_one_line() {
    let usual = panic::take_hook();
    let is_long = env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    panic::set_hook(Box::new(move |panic| {
        if IS_CAUGHT.get() {
            return;
        }
        note(panic);
        if is_long {
            return usual(panic);
        }
        let place = panic.location().map_or(String::new(), |at| format!(" at {}:{}", at.file(), at.line()));
        let message = message(panic.payload());
        let line = format!("it failed inside{place}: {message}; please report this, with RUST_BACKTRACE=1 in front");
        if writeln!(io::stderr(), "netglobe: {}", escape_untrusted(&line)).is_err() {
            // Ignore it: nobody reads it.
        }
    }));
}

/// Runs `risky`; a panic in it becomes an error and is not printed. State that `risky` was modifying must then be
/// discarded.
///
/// # Errors
/// The message of the panic.
pub fn catch<T>(risky: impl FnOnce() -> T) -> Result<T, String> {
    let was_caught = IS_CAUGHT.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(risky));
    IS_CAUGHT.set(was_caught);
    outcome.map_err(|payload| message(payload.as_ref()))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without words").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_failed_is_remembered_once_and_one_that_caught_it_is_not() {
        let run = |name: &str, risky: fn()| {
            let thread = thread::Builder::new().name(name.to_owned()).spawn(risky);
            thread.expect("a thread").join().is_err()
        };
        let usual = panic::take_hook();
        // Other tests panic on purpose at the same time.
        panic::set_hook(Box::new(move |info| {
            note(info);
            usual(info);
        }));
        assert!(run("test-fails", || panic!("first")) && run("test-fails", || panic!("second")));
        assert!(!run("test-catches", || assert!(catch(|| panic!("caught")).is_err())));
        let failed = failed_threads();
        let of = |name: &str| failed.iter().filter(|it| it.name == name).map(|it| it.what.as_str()).collect::<Vec<_>>();
        assert_eq!((of("test-fails"), of("test-catches")), (vec!["first"], vec![]));
    }

    #[test]
    fn a_panic_becomes_an_error_with_its_words() {
        assert_eq!(catch(|| 7), Ok(7));
        assert_eq!(catch(|| -> u8 { panic!("a text") }), Err("a text".to_owned()));
        assert_eq!(catch(|| -> u8 { panic!("the number {}", 5) }), Err("the number 5".to_owned()));
        assert_eq!(catch(|| -> u8 { panic::panic_any(5) }), Err("a panic without words".to_owned()));
        // Nested: the outer one is still caught afterwards.
        let nested = catch(|| {
            assert!(catch(|| -> u8 { panic!("inner") }).is_err());
            assert!(IS_CAUGHT.get());
            panic!("outer")
        });
        assert_eq!(nested, Err::<(), _>("outer".to_owned()));
        assert!(!IS_CAUGHT.get());
    }
}
