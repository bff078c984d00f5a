//! `netglobe autostart on|off|status`: whether the desktop starts netglobe at login, its window or, with `--record`, the
//! recorder. Nothing is started unless it was asked for.

#[cfg_attr(windows, expect(dead_code, reason = "it is for the desktops of Unix, and tested there"))]
mod desktop_entry;
#[cfg_attr(not(windows), allow(dead_code, reason = "it is for Windows; its quoting is tested everywhere"))]
mod registry;

#[cfg(not(windows))]
use self::desktop_entry as system;
#[cfg(windows)]
use self::registry as system;
use crate::{
    cli::{AutostartArgs, AutostartWish as Wish},
    files::Directories,
    text::escape_untrusted,
};
use std::{
    io,
    io::Write,
    path::{Path, PathBuf},
};

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AutostartError {
    /// This system has no autostart directory that is known here.
    #[error(
        "autostart is available on Windows and on desktops that follow freedesktop.org (Linux, BSD); on this system, use its \
         own settings"
    )]
    Unsupported,
    /// No configuration directory is known.
    #[error("no configuration directory is known: set XDG_CONFIG_HOME or HOME")]
    NoDirectory,
    /// The path of this program is not known, or cannot be written in a desktop entry.
    #[error("cannot determine the path of this program: {0}")]
    NoProgram(String),
    /// The desktop entry, or the value in the registry of Windows, cannot be read or changed.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The desktop entry or value.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl AutostartError {
    /// The error for what cannot be done to a file.
    fn at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}

/// Carries it out; `arguments` are those with which netglobe is to be started.
///
/// # Errors
/// See [`AutostartError`].
pub fn run(args: &AutostartArgs, arguments: Vec<String>, directories: &Directories) -> Result<(), AutostartError> {
    if cfg!(target_os = "macos") || !cfg!(any(unix, windows)) {
        return Err(AutostartError::Unsupported);
    }
    let name = if args.record { "netglobe-record" } else { "netglobe" };
    let line = match args.wish {
        Wish::On => {
            let program = std::env::current_exe().map_err(|error| AutostartError::NoProgram(error.to_string()))?;
            let program = program.to_str().ok_or_else(|| AutostartError::NoProgram("it is not UTF-8".to_owned()))?;
            let started = system::switch_on(name, program, &started_with(args.record, arguments), directories)?;
            format!("on: {started}")
        }
        Wish::Off => {
            system::switch_off(name, directories)?;
            "off".to_owned()
        }
        Wish::Status => system::state(name, directories)?,
    };
    writeln!(io::stdout(), "{}", escape_untrusted(&line)).map_err(AutostartError::Output)
}

/// The arguments with which netglobe is started; ambient mode if there are none, and it does not record.
fn started_with(records: bool, mut arguments: Vec<String>) -> Vec<String> {
    if records {
        arguments.extend(["history".to_owned(), "record".to_owned()]);
    } else if arguments.is_empty() {
        arguments.push("--ambient".to_owned());
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorder_is_started_with_the_flags_and_the_window_in_ambient_mode_without_any() {
        let flags = || vec!["--interval".to_owned(), "2".to_owned()];
        assert_eq!(started_with(false, vec![]), ["--ambient"]);
        assert_eq!(started_with(false, flags()), flags());
        assert_eq!(started_with(true, vec![]), ["history", "record"]);
        assert_eq!(started_with(true, flags()), ["--interval", "2", "history", "record"]);
    }
}
