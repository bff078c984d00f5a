//! How a test that cannot run here says so.

use std::{env, fs, io::Write};

/// Says that the test `name` could not run, and why: on standard error, and in the file that `NETGLOBE_NOT_RUN_FILE`
/// names, where `scripts/test` looks for it. The test then returns.
pub(crate) fn not_run(name: &str, why: &str) {
    let line = format!("NOT RUN: {name}: {}\n", why.trim().replace('\n', " "));
    eprint!("{line}");
    if let Some(path) = env::var_os("NETGLOBE_NOT_RUN_FILE") {
        let file = fs::OpenOptions::new().append(true).create(true).open(path);
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("NETGLOBE_NOT_RUN_FILE can be written");
    }
}
