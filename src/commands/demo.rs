//! `netglobe demo --list` and `netglobe demo --check FILE`: what can be shown, and whether a file has errors.

use crate::{
    sampler::{check_scenario_file, scenarios},
    text::escape_untrusted,
};
use std::{
    io::{self, Write},
    path::PathBuf,
};

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// Files have errors, which were printed.
    #[error("{0} of {1} scenarios cannot be used")]
    Invalid(usize, usize),
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// Prints the name and the title of each built-in scenario, one a line.
///
/// # Errors
/// If standard output cannot be written.
pub fn list() -> Result<(), DemoError> {
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
pub fn check(files: &[PathBuf]) -> Result<(), DemoError> {
    let mut wrong = 0;
    for file in files {
        match check_scenario_file(file) {
            Ok(title) => print(&format!("{}: no errors: {}\n", file.display(), escape_untrusted(&title)))?,
            Err(error) => {
                wrong += 1;
                let lines: String = error.lines().iter().map(|line| format!("{}\n", escape_untrusted(line))).collect();
                io::stderr().write_all(lines.as_bytes())?;
            }
        }
    }
    if wrong == 0 { Ok(()) } else { Err(DemoError::Invalid(wrong, files.len())) }
}

fn print(text: &str) -> Result<(), DemoError> {
    match io::stdout().write_all(text.as_bytes()) {
        // Nobody reads on.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => Ok(outcome?),
    }
}
