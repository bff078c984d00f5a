//! Serializes the tests with windows, because each draws on the CPU, and reports tests that did not run because there
//! can be no desktop.

#[path = "../not_run.rs"]
mod said;

pub(crate) use said::not_run;

use super::{desktop, rasterizer};
use std::sync::{Mutex, MutexGuard, PoisonError};

static TURN: Mutex<()> = Mutex::new(());

/// Waits for the turn of a test.
pub fn turn(test: &str) -> Option<MutexGuard<'static, ()>> {
    let why = match (desktop::why_none(), rasterizer::lavapipe()) {
        (None, Ok(lavapipe)) => {
            println!("{test} draws with {}", lavapipe.version);
            return Some(TURN.lock().unwrap_or_else(PoisonError::into_inner));
        }
        (Some(why), _) => why,
        (None, Err(why)) => why.to_owned(),
    };
    not_run(test, &why);
    None
}
