//! Reports tests that cannot run on this machine.

use std::{env, fs, io::Write};

/// Reports that the test `name` could not run, and why: on standard error, and in the file named by
/// `NETGLOBE_NOT_RUN_FILE`, which `scripts/test` reads. The test then returns.
pub(crate) fn not_run(name: &str, why: &str) {
    let line = format!("NOT RUN: {name}: {}\n", why.trim().replace('\n', " "));
    eprint!("{line}");
    if let Some(path) = env::var_os("NETGLOBE_NOT_RUN_FILE") {
        let file = fs::OpenOptions::new().append(true).create(true).open(path);
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("NETGLOBE_NOT_RUN_FILE can be written");
    }
}
