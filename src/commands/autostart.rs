//! `netglobe autostart on|off|status`: whether the desktop starts netglobe at login.
//!
//! A desktop entry in the user's autostart directory (freedesktop.org, Desktop Application Autostart Specification 0.5
//! and Desktop Entry Specification 1.5). Nothing is started unless it was asked for.

use crate::{
    cli::AutostartWish as Wish,
    files::{Directories, replace_file},
    text::escape_untrusted,
};
use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

/// Name of the desktop entry.
const FILE: &str = "netglobe.desktop";

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AutostartError {
    /// This system has no autostart directory that is known here.
    #[error(
        "autostart is available on desktops that follow freedesktop.org (Linux, BSD); on this system, use its own settings"
    )]
    Unsupported,
    /// No configuration directory is known.
    #[error("no configuration directory is known: set XDG_CONFIG_HOME or HOME")]
    NoDirectory,
    /// The path of this program is not known, or cannot be written in a desktop entry.
    #[error("cannot determine the path of this program: {0}")]
    NoProgram(String),
    /// The desktop entry cannot be read or changed.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The desktop entry.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

/// Carries it out; `arguments` are those with which netglobe is to be started.
///
/// # Errors
/// See [`AutostartError`].
pub fn run(wish: Wish, arguments: &[String], directories: &Directories) -> Result<(), AutostartError> {
    if !cfg!(unix) || cfg!(target_os = "macos") {
        return Err(AutostartError::Unsupported);
    }
    let config = directories.config_file.as_deref().and_then(Path::parent).and_then(Path::parent);
    let path = config.ok_or(AutostartError::NoDirectory)?.join("autostart").join(FILE);
    let failed = |action, source| AutostartError::File { action, path: path.clone(), source };
    let line = match wish {
        Wish::On => {
            let program = std::env::current_exe().map_err(|error| AutostartError::NoProgram(error.to_string()))?;
            let program = program.to_str().ok_or_else(|| AutostartError::NoProgram("it is not UTF-8".to_owned()))?;
            let command = command_line(program, arguments);
            replace_file(&path, desktop_entry(&command).as_bytes()).map_err(|source| failed("write", source))?;
            format!("on: {command}")
        }
        Wish::Off => match fs::remove_file(&path) {
            Ok(()) => "off".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => "off".to_owned(),
            Err(source) => return Err(failed("remove", source)),
        },
        Wish::Status => match fs::read_to_string(&path) {
            Ok(entry) => status(&entry),
            Err(error) if error.kind() == io::ErrorKind::NotFound => "off".to_owned(),
            Err(source) => return Err(failed("read", source)),
        },
    };
    writeln!(io::stdout(), "{}", escape_untrusted(&line)).map_err(AutostartError::Output)
}

/// What a desktop entry means.
fn status(entry: &str) -> String {
    let value = |key: &str| {
        entry
            .lines()
            .find_map(|line| line.split_once('=').filter(|(name, _)| name.trim() == key))
            .map(|(_, it)| it.trim())
    };
    if value("Hidden") == Some("true") || value("X-GNOME-Autostart-enabled") == Some("false") {
        return "off: switched off in the settings of the desktop".to_owned();
    }
    match value("Exec") {
        // Written in a string, where a backslash is doubled.
        Some(command) => format!("on: {}", command.replace("\\\\", "\\")),
        None => "off: the desktop entry has no command".to_owned(),
    }
}

/// The program with its arguments, quoted where necessary; ambient mode if there are none.
fn command_line(program: &str, arguments: &[String]) -> String {
    let default = ["--ambient".to_owned()];
    let arguments = if arguments.is_empty() { &default } else { arguments };
    std::iter::once(program).chain(arguments.iter().map(String::as_str)).map(quoted).collect::<Vec<_>>().join(" ")
}

/// An argument as the value of `Exec` wants it: in quotes if it has characters with a meaning; `%` is doubled.
fn quoted(argument: &str) -> String {
    const RESERVED: &[char] =
        &[' ', '\t', '\n', '"', '\'', '\\', '>', '<', '~', '|', '&', ';', '$', '*', '?', '#', '(', ')', '`'];
    let argument = argument.replace('%', "%%");
    if !argument.is_empty() && !argument.contains(RESERVED) {
        return argument;
    }
    let mut text = String::from('"');
    for c in argument.chars() {
        if matches!(c, '"' | '`' | '$' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
    text
}

fn desktop_entry(command: &str) -> String {
    let command = command.replace('\\', "\\\\");
    format!(
        "[Desktop Entry]\nType=Application\nName=netglobe\nComment=Network connections on a globe\nExec={command}\n\
         Terminal=false\nX-GNOME-Autostart-enabled=true\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_as_the_specification_says() {
        let line = |arguments: &[&str]| {
            command_line("/opt/net globe/netglobe", &arguments.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(line(&[]), "\"/opt/net globe/netglobe\" --ambient");
        assert_eq!(line(&["--cpu-limit", "10%"]), "\"/opt/net globe/netglobe\" --cpu-limit 10%%");
        assert_eq!(line(&["--monitor", "a\"b\\"]), "\"/opt/net globe/netglobe\" --monitor \"a\\\"b\\\\\"");
    }

    #[test]
    fn what_was_written_is_read_and_the_desktop_may_have_switched_it_off() {
        let entry = desktop_entry(&command_line("/usr/bin/netglobe", &["--home=a\\b".to_owned()]));
        assert_eq!(status(&entry), "on: /usr/bin/netglobe \"--home=a\\\\b\"");
        assert!(status(&entry.replace("enabled=true", "enabled=false")).starts_with("off: switched off"));
        assert!(status(&format!("{entry}Hidden=true\n")).starts_with("off"));
        assert!(status("[Desktop Entry]\n").starts_with("off"));
    }
}
