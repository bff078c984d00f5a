//! Replaces a file atomically.

use super::owner::{Owner, create_directory};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Writes `content` to `path`. Creates the file and its directory if they are missing; follows a link and replaces its
/// target. Keeps permissions and owner of the old file; a new one gets the owner of the directory. Waits for the disk,
/// so do not call it on the main thread.
///
/// # Errors
/// The error of the system; the old file is then unchanged.
pub fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let old = match File::open(&path) {
        Ok(old) => Some(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut owner = Owner::in_directory(directory);
    create_directory(directory, owner)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(content)?;
    if let Some(old) = &old {
        file.as_file().set_permissions(old.metadata()?.permissions())?;
        owner = Owner::of_file(old)?.or(owner);
    }
    if let Some(owner) = owner {
        owner.give(file.as_file())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_with_its_directory_and_replaced() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("a").join("b");
        for content in ["one", "", "two"] {
            replace_file(&path, content.as_bytes()).expect("written");
            assert_eq!(fs::read_to_string(&path).expect("there"), content);
        }
        let directory = path.parent().expect("a directory");
        assert_eq!(directory.read_dir().expect("there").count(), 1, "nothing is left beside it");
        assert!(replace_file(directory, b"x").is_err(), "a directory is no file");
        assert!(replace_file(&path.join("c"), b"x").is_err(), "nor a file a directory");
        assert_eq!(fs::read_to_string(&path).expect("there"), "two");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let home = tempfile::tempdir().expect("a directory");
        let (file, link) = (home.path().join("file"), home.path().join("link"));
        fs::write(&file, "one").expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("set");
        symlink("file", &link).expect("linked");
        replace_file(&link, b"two").expect("written");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_to_string(&file).expect("there"), "two");
    }
}
