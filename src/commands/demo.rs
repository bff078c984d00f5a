//! `netglobe demo --list` and `netglobe demo --check FILE`: what can be shown, and whether a file has errors.

use crate::{
    console::nobody_reads,
    files::AuthoredError,
    sampler::{check_scenario_file, scenarios},
    text::escape_untrusted,
};
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// Files have errors, which were printed.
    #[error("{0} of {1} {2} cannot be used")]
    Invalid(usize, usize, &'static str),
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// Prints the name and the title of each built-in scenario, one a line.
///
/// # Errors
/// If standard output cannot be written.
pub fn list() -> Result<(), CheckError> {
    let scenarios = scenarios();
    let width = scenarios.iter().map(|scenario| scenario.name.len()).max().unwrap_or(0);
    let lines: String =
        scenarios.iter().map(|scenario| format!("{:width$}  {}\n", scenario.name, scenario.title)).collect();
    print(&lines)
}

/// Checks these files, and prints a line for each without errors, or for each of its errors.
///
/// # Errors
/// If a file has errors.
pub fn check(files: &[PathBuf]) -> Result<(), CheckError> {
    check_files("scenarios", files, |file| Ok(escape_untrusted(&check_scenario_file(file)?).into_owned()))
}

/// Checks files called `kind` with `check`, which returns what is said of one without errors.
pub(super) fn check_files(
    kind: &'static str,
    files: &[PathBuf],
    check: impl Fn(&Path) -> Result<String, AuthoredError>,
) -> Result<(), CheckError> {
    let mut wrong = 0;
    for file in files {
        match check(file) {
            Ok(title) => print(&format!("{}: no errors: {title}\n", file.display()))?,
            Err(error) => {
                wrong += 1;
                let lines: String = error.lines().iter().map(|line| format!("{}\n", escape_untrusted(line))).collect();
                io::stderr().write_all(lines.as_bytes())?;
            }
        }
    }
    if wrong == 0 { Ok(()) } else { Err(CheckError::Invalid(wrong, files.len(), kind)) }
}

/// Prints to standard output.
pub(super) fn print(text: &str) -> Result<(), CheckError> {
    match io::stdout().write_all(text.as_bytes()) {
        // Nobody reads on.
        Err(error) if nobody_reads(&error) => Ok(()),
        outcome => Ok(outcome?),
    }
}
