//! The start at login on desktops that follow freedesktop.org: a desktop entry in the user's autostart directory (Desktop
//! Application Autostart Specification 0.5 and Desktop Entry Specification 1.5).

use super::AutostartError;
use crate::files::{Directories, replace_file};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The desktop entry with this name.
fn path(name: &str, directories: &Directories) -> Result<PathBuf, AutostartError> {
    let config = directories.config_file.as_deref().and_then(Path::parent).and_then(Path::parent);
    Ok(config.ok_or(AutostartError::NoDirectory)?.join("autostart").join(format!("{name}.desktop")))
}

/// Switches it on; returns the command line that will be run.
pub(super) fn switch_on(
    name: &str,
    program: &str,
    arguments: &[String],
    directories: &Directories,
) -> Result<String, AutostartError> {
    let path = path(name, directories)?;
    let command = command_line(program, arguments);
    replace_file(&path, desktop_entry(&command).as_bytes()).map_err(AutostartError::at("write", &path))?;
    Ok(command)
}

/// Switches it off.
pub(super) fn switch_off(name: &str, directories: &Directories) -> Result<(), AutostartError> {
    let path = path(name, directories)?;
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(AutostartError::at("remove", &path)(error)),
        _ => Ok(()),
    }
}

/// Whether it is on, in words.
pub(super) fn state(name: &str, directories: &Directories) -> Result<String, AutostartError> {
    let path = path(name, directories)?;
    match fs::read_to_string(&path) {
        Ok(entry) => Ok(status(&entry)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok("off".to_owned()),
        Err(error) => Err(AutostartError::at("read", &path)(error)),
    }
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

/// The program with its arguments, quoted where necessary.
fn command_line(program: &str, arguments: &[String]) -> String {
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
        assert_eq!(line(&["--ambient"]), "\"/opt/net globe/netglobe\" --ambient");
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
