//! The owner of a new file or directory.

use std::{fs::File, io, path::Path};

/// The owner of a directory of another user, if root runs the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    #[cfg(unix)]
    uid: u32,
    #[cfg(unix)]
    gid: u32,
}

#[cfg(unix)]
impl Owner {
    /// The owner for new files in `directory`, or in its parents if it does not exist; `None` for the user who runs the
    /// program. Only root can change owners, so it is `None` for all other users, and also in directories for
    /// everybody, like `/tmp`.
    #[must_use]
    pub fn in_directory(directory: &Path) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        Self::of_nearest(directory, 0)
    }

    /// The same, for a program that `uid` runs.
    fn of_nearest(directory: &Path, uid: u32) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        const STICKY: u32 = 0o1000;
        for directory in directory.ancestors() {
            // An empty path is the working directory.
            let here = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
            let Ok(metadata) = here.metadata() else { continue };
            let owner = Self { uid: metadata.uid(), gid: metadata.gid() };
            let is_own_directory = directory.file_name().is_some_and(|name| name == super::directories::OWN_DIRECTORY);
            if owner.uid == uid && is_own_directory {
                // Earlier versions left the program's directory owned by root.
                continue;
            }
            return (owner.uid != uid && metadata.mode() & STICKY == 0).then_some(owner);
        }
        None
    }

    /// The owner of `file`, if root runs the program and the file belongs to another user.
    ///
    /// # Errors
    /// The error of the system.
    pub fn of_file(file: &File) -> io::Result<Option<Self>> {
        use std::os::unix::fs::MetadataExt;
        let user = rustix::process::geteuid();
        let metadata = file.metadata()?;
        let is_other = user.is_root() && metadata.uid() != user.as_raw();
        Ok(is_other.then(|| Self { uid: metadata.uid(), gid: metadata.gid() }))
    }

    /// Changes the owner of `file`.
    ///
    /// # Errors
    /// The error of the system.
    pub fn give(self, file: &File) -> io::Result<()> {
        std::os::unix::fs::fchown(file, Some(self.uid), Some(self.gid))
    }
}

/// On other systems, files keep the owner that the system gives them.
#[cfg(not(unix))]
impl Owner {
    /// Always `None`.
    #[must_use]
    pub fn in_directory(_directory: &Path) -> Option<Self> {
        None
    }

    /// Always `None`.
    ///
    /// # Errors
    /// None.
    pub fn of_file(_file: &File) -> io::Result<Option<Self>> {
        Ok(None)
    }

    /// Does nothing.
    ///
    /// # Errors
    /// None.
    pub fn give(self, _file: &File) -> io::Result<()> {
        Ok(())
    }
}

/// Creates `directory` and its missing parents, and gives each to `owner`. The program's own directory gets this owner
/// even if it exists.
///
/// # Errors
/// The error of the system.
pub fn create_directory(directory: &Path, owner: Option<Owner>) -> io::Result<()> {
    let Some(owner) = owner else { return std::fs::create_dir_all(directory) };
    let missing: Vec<&Path> =
        directory.ancestors().take_while(|it| !it.as_os_str().is_empty() && std::fs::metadata(it).is_err()).collect();
    for directory in missing.iter().rev() {
        match std::fs::create_dir(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => give_directory(directory, owner)?,
        }
    }
    if missing.is_empty() && directory.file_name().is_some_and(|name| name == super::directories::OWN_DIRECTORY) {
        give_directory(directory, owner)?;
    }
    Ok(())
}

/// Changes the owner of a directory, but not of a link or file at its path.
#[cfg(unix)]
fn give_directory(directory: &Path, owner: Owner) -> io::Result<()> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    owner.give(&File::from(open(directory, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn give_directory(_directory: &Path, _owner: Owner) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::{
        fs,
        os::unix::fs::{MetadataExt, PermissionsExt},
    };

    #[test]
    fn what_is_made_belongs_to_whom_the_nearest_directory_belongs_to() {
        let home = tempfile::tempdir().expect("a directory");
        let here = fs::metadata(home.path()).expect("there");
        let owner = Owner { uid: here.uid(), gid: here.gid() };
        let somebody_else = here.uid() + 1;
        let new = home.path().join(".config").join("netglobe");
        assert_eq!(Owner::of_nearest(&new, somebody_else), Some(owner));
        assert_eq!(Owner::of_nearest(&new, here.uid()), None, "it is one's own");
        // A directory for everybody has no specific owner.
        let shared = home.path().join("shared");
        fs::create_dir(&shared).expect("made");
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).expect("set");
        assert_eq!(Owner::of_nearest(&shared, somebody_else), None);
        create_directory(&new, Some(owner)).expect("made");
        assert!(new.is_dir());
        create_directory(&new, Some(owner)).expect("there");
        let file = home.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(create_directory(&file.join("netglobe"), Some(owner)).is_err());
    }

    #[test]
    fn a_link_in_the_place_of_a_directory_is_not_given_away() {
        let home = tempfile::tempdir().expect("a directory");
        let here = fs::metadata(home.path()).expect("there");
        let owner = Owner { uid: here.uid(), gid: here.gid() };
        let link = home.path().join("netglobe");
        std::os::unix::fs::symlink(home.path(), &link).expect("linked");
        assert!(give_directory(&link, owner).is_err());
        assert!(give_directory(home.path(), owner).is_ok());
    }
}
