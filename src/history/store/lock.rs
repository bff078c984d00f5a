//! One writer at a time: a lock on a file beside the history, which the system releases when its program ends.

use super::HistoryError;
use crate::files::only_for_user;
use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

/// The right to write to a history. Dropping it gives the right back.
#[derive(Debug)]
pub struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Takes the lock of the history at `path`.
    ///
    /// # Errors
    /// If another program has it, or its file cannot be made.
    pub fn take(path: &Path) -> Result<Self, HistoryError> {
        let beside = beside(path, "-lock");
        let failed = |source| HistoryError::Io { path: beside.clone(), source };
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        only_for_user(&mut options);
        let file = options.open(&beside).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(HistoryError::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Whether a program writes to the history at `path` now.
    #[must_use]
    pub fn is_taken(path: &Path) -> bool {
        OpenOptions::new()
            .write(true)
            .open(beside(path, "-lock"))
            .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

/// The path with this at its end.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
