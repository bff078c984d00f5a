//! A file that gets its name only when it is complete.

use super::owner::{Owner, create_directory};
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Maximum number of names to try if files with the first ones exist.
const NAMES: u32 = 1_000;

/// The error without the temporary name, which the user has not chosen.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    let reason = text.split(" at path ").next().unwrap_or_default();
    io::Error::new(error.kind(), reason)
}

/// A file being written. It is removed unless it gets a name.
#[derive(Debug)]
pub struct NewFile(NamedTempFile);

impl NewFile {
    /// A file in `directory`, which is created if it is missing. The umask determines whether others may read it.
    ///
    /// # Errors
    /// The error of the system.
    pub fn create_in(directory: &Path) -> io::Result<Self> {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let owner = Owner::in_directory(directory);
        create_directory(directory, owner)?;
        Self::open_in(directory, owner)
    }

    /// A file in the directory of `path`, which must exist.
    ///
    /// # Errors
    /// The error of the system; also if `path` is a directory, a device or a pipe, which a file would replace.
    pub fn beside(path: &Path) -> io::Result<Self> {
        if path.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        if path.metadata().is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::other("it is a device or a pipe, and would be replaced; name a file"));
        }
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self::open_in(directory, Owner::in_directory(directory))
    }

    /// Takes the rights of others away.
    ///
    /// # Errors
    /// The error of the system.
    pub fn only_for_owner(&self) -> io::Result<()> {
        // Also of a file that root has given to the user of its directory.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            self.0.as_file().set_permissions(std::fs::Permissions::from_mode(0o600))
        }
        #[cfg(not(unix))]
        super::private::keep_from_others(self.0.path())
    }

    fn open_in(directory: &Path, owner: Option<Owner>) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".netglobe-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(directory).map_err(without_path)?;
        if let Some(owner) = owner
            && owner.give(file.as_file()).is_err()
        {
            // Then other users can read it as far as the umask permits.
        }
        Ok(Self(file))
    }

    /// The file to write to.
    #[must_use]
    pub fn as_file(&self) -> &File {
        self.0.as_file()
    }

    /// Names it `path`, and replaces a file with that name.
    ///
    /// # Errors
    /// The error of the system.
    pub fn replace(self, path: &Path) -> io::Result<()> {
        self.0.persist(path).map(drop).map_err(|error| error.error)
    }

    /// Names it `stem.extension` in `directory`, or `stem-2.extension` and so on if that name is taken. Returns its
    /// path.
    ///
    /// # Errors
    /// The error of the system.
    pub fn name_in(self, directory: &Path, stem: &str, extension: &str) -> io::Result<PathBuf> {
        let mut file = self.0;
        for number in 1..=NAMES {
            let name = if number == 1 { format!("{stem}.{extension}") } else { format!("{stem}-{number}.{extension}") };
            let path = directory.join(name);
            match file.persist_noclobber(&path) {
                Ok(_) => return Ok(path),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
                Err(error) => return Err(error.error),
            }
        }
        Err(io::Error::from(io::ErrorKind::AlreadyExists))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, io::Write};

    fn written(directory: &Path, text: &str) -> NewFile {
        let file = NewFile::create_in(directory).expect("a file");
        file.as_file().write_all(text.as_bytes()).expect("written");
        file
    }

    #[test]
    fn a_file_never_takes_the_name_of_another() {
        let home = tempfile::tempdir().expect("a directory");
        let directory = home.path().join("pictures");
        for (text, name) in [("one", "a.png"), ("two", "a-2.png"), ("three", "a-3.png")] {
            let path = written(&directory, text).name_in(&directory, "a", "png").expect("named");
            assert_eq!(path, directory.join(name));
        }
        assert_eq!(fs::read_to_string(directory.join("a.png")).expect("there"), "one");
        drop(written(&directory, "four"));
        assert_eq!(directory.read_dir().expect("there").count(), 3, "an unfinished file is removed");
        assert!(NewFile::create_in(&directory.join("a.png")).is_err(), "a file is no directory");
    }

    #[test]
    fn a_named_file_is_replaced_and_a_directory_is_not() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("out.png");
        for text in ["one", "two"] {
            let file = NewFile::beside(&path).expect("a file");
            file.as_file().write_all(text.as_bytes()).expect("written");
            file.replace(&path).expect("replaced");
            assert_eq!(fs::read_to_string(&path).expect("there"), text);
        }
        assert!(NewFile::beside(home.path()).is_err());
        let error = NewFile::beside(&home.path().join("missing/x.png")).expect_err("no such directory");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(!error.to_string().contains("netglobe-"), "it does not name the temporary file: {error}");
    }
}
