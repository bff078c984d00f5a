//! Files that only their user may read, because they tell what the computer was connected to.
//!
//! On Unix by their mode; on Windows by a list of rights that takes nothing from the directory above.

#[cfg(windows)]
mod windows;

use std::{fs::OpenOptions, io, path::Path};

/// New files are only for their user. On Windows they get the rights of their directory, see [`keep_from_others`].
pub fn only_for_user(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    options.write(true);
}

/// Takes the rights of other users to a file or directory away; on Windows also those to the files that will be made in
/// the directory. Nothing changes if it belongs to another user, or where files have no rights.
///
/// # Errors
/// The error of the system.
pub fn keep_from_others(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let metadata = path.metadata()?;
        let mode = if metadata.is_dir() { 0o700 } else { 0o600 };
        if metadata.mode() & 0o777 & !mode == 0 || metadata.uid() != rustix::process::geteuid().as_raw() {
            return Ok(());
        }
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
    }
    #[cfg(windows)]
    return windows::keep_from_others(path);
    #[cfg(not(any(unix, windows)))]
    return path.metadata().map(drop);
}
