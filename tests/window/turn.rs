//! One window at a time, since each draws on the CPU; and where there can be no desktop, it is said that a test did not
//! run.

use super::{desktop, rasterizer};
use std::{
    env, fs,
    io::Write,
    sync::{Mutex, MutexGuard, PoisonError},
};

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

/// Says that a test did not run.
pub fn not_run(test: &str, why: &str) {
    let line = format!("NOT RUN: {test}: {why}");
    eprintln!("{line}");
    if let Some(path) = env::var_os("NETGLOBE_NOT_RUN_FILE") {
        let mut file =
            fs::OpenOptions::new().create(true).append(true).open(path).expect("the file for what did not run");
        writeln!(file, "{line}").expect("written");
    }
}
