//! The start at login on Windows: a value in the key `Run` of the user's registry, which the settings of Windows show, and
//! can switch off, under "Startup apps".

/// The program with its arguments, as `CommandLineToArgvW` takes it apart.
fn command_line(program: &str, arguments: &[String]) -> String {
    std::iter::once(program).chain(arguments.iter().map(String::as_str)).map(quoted).collect::<Vec<_>>().join(" ")
}

/// An argument in quotes if it has spaces. Backslashes are doubled before a quote only.
fn quoted(argument: &str) -> String {
    if !argument.is_empty() && !argument.contains([' ', '\t', '"']) {
        return argument.to_owned();
    }
    let mut text = String::from('"');
    let mut backslashes = 0;
    for c in argument.chars() {
        match c {
            '\\' => backslashes += 1,
            '"' => {
                text.push_str(&"\\".repeat(backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        text.push(c);
    }
    text.push_str(&"\\".repeat(backslashes));
    text.push('"');
    text
}

/// Whether the value that Windows keeps beside the command says that its settings have switched it off.
fn is_switched_off(approval: &[u8]) -> bool {
    approval.first().is_some_and(|first| first & 1 != 0)
}

#[cfg(windows)]
pub(super) use on_windows::{state, switch_off, switch_on};

#[cfg(windows)]
mod on_windows {
    use super::{super::AutostartError, command_line, is_switched_off};
    use crate::files::Directories;
    use std::{io, path::Path};
    use windows_registry::{CURRENT_USER, Key};

    /// Where Windows looks for what it starts at login.
    const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";
    /// Where its settings note what is not to be started all the same.
    const APPROVED: &str = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run";

    /// Switches it on; returns the command line that will be run.
    pub(in super::super) fn switch_on(
        name: &str,
        program: &str,
        arguments: &[String],
        _: &Directories,
    ) -> Result<String, AutostartError> {
        let command = command_line(program, arguments);
        done(CURRENT_USER.create(RUN).and_then(|key| key.set_string(name, &command))).map_err(failed("write", name))?;
        remove(APPROVED, name)?;
        Ok(command)
    }

    /// Switches it off.
    pub(in super::super) fn switch_off(name: &str, _: &Directories) -> Result<(), AutostartError> {
        remove(RUN, name)?;
        remove(APPROVED, name)
    }

    /// Whether it is on, in words.
    pub(in super::super) fn state(name: &str, _: &Directories) -> Result<String, AutostartError> {
        let Some(command) = read(RUN, name, |key, name| key.get_string(name))? else { return Ok("off".to_owned()) };
        let approval = read(APPROVED, name, |key, name| key.get_value(name))?;
        if approval.is_some_and(|approval| is_switched_off(&approval)) {
            return Ok("off: switched off in the settings of Windows".to_owned());
        }
        Ok(format!("on: {command}"))
    }

    /// What the registry says, with the error as the system numbers it.
    fn done<T>(outcome: windows_registry::Result<T>) -> Result<T, io::Error> {
        outcome.map_err(|error| io::Error::from_raw_os_error(error.code().0 & 0xffff))
    }

    fn failed(action: &'static str, name: &str) -> impl FnOnce(io::Error) -> AutostartError + use<> {
        AutostartError::at(action, &Path::new("HKEY_CURRENT_USER").join(RUN).join(name))
    }

    /// What `get` reads there, if it is there.
    fn read<T>(
        key: &str,
        name: &str,
        get: impl FnOnce(&Key, &str) -> windows_registry::Result<T>,
    ) -> Result<Option<T>, AutostartError> {
        match done(CURRENT_USER.open(key).and_then(|key| get(&key, name))) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", name)(error)),
        }
    }

    fn remove(key: &str, name: &str) -> Result<(), AutostartError> {
        match done(CURRENT_USER.options().read().write().open(key).and_then(|key| key.remove_value(name))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", name)(error)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_as_windows_takes_them_apart() {
        let line = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
            command_line(r"C:\Program Files\netglobe.exe", &arguments)
        };
        assert_eq!(line(&["--ambient"]), r#""C:\Program Files\netglobe.exe" --ambient"#);
        assert_eq!(line(&[r"C:\a b\", "", r"c\d"]), r#""C:\Program Files\netglobe.exe" "C:\a b\\" "" c\d"#);
        assert_eq!(line(&[r#"a\"b"#]), r#""C:\Program Files\netglobe.exe" "a\\\"b""#);
    }

    #[test]
    fn the_settings_note_what_is_off_by_an_odd_first_byte() {
        assert!(is_switched_off(&[3, 0, 0, 0, 1, 2, 3, 4]) && !is_switched_off(&[2, 0, 0, 0]) && !is_switched_off(&[]));
    }
}
