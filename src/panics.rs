//! Turns panics of this program or of a library into one-line messages, or into errors if the caller requests it.

use crate::text::escape_untrusted;
use std::{
    any::Any,
    cell::Cell,
    env,
    io::{self, Write},
    panic::{self, AssertUnwindSafe},
};

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
