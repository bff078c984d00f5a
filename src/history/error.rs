//! Errors of histories and recordings.

use super::codec::DecodeError;
use crate::{language::t, model::UnixMillis, sampler::SamplerError, text::with_remedy};
use std::{io, path::PathBuf};

/// Why a history cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// No data directory is known.
    #[error("{}", t!("history-no-directory"))]
    NoDirectory,
    /// There is no history.
    #[error("{}", t!("history-none", path = path.display().to_string()))]
    None {
        /// Where it would be.
        path: PathBuf,
    },
    /// Nothing has been recorded in it.
    #[error("{}", t!("history-empty", path = path.display().to_string()))]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file belongs to another program, or is no database.
    #[error("{}", t!("history-foreign", path = path.display().to_string()))]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this program has written it.
    #[error("{}", t!("history-newer", path = path.display().to_string(), found = *found, known = *known))]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its schema.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// Another netglobe writes to it.
    #[error("{}", t!("history-locked", path = path.display().to_string()))]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The program that writes to it could not do what it was asked for.
    #[error("{}", t!("history-refused", path = path.display().to_string(), error = why.as_str()))]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The program runs as root in the home of another user.
    #[error("{}", t!("history-of-another-user", path = path.display().to_string()))]
    OfAnotherUser {
        /// The file.
        path: PathBuf,
    },
    /// The directory or the file cannot be made or read.
    #[error("{}", t!("history-io", path = path.display().to_string(), error = source.to_string()))]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The database reports an error.
    #[error("{}", t!("history-database", path = path.display().to_string(), error = source.to_string()))]
    Database {
        /// The file.
        path: PathBuf,
        /// The error.
        source: rusqlite::Error,
    },
    /// What was written last is only in the log beside it, which can be read in a writable directory only.
    #[error("{}", t!("history-log-unread", path = path.display().to_string()))]
    LogUnread {
        /// The file.
        path: PathBuf,
    },
    /// A part of it is damaged.
    #[error("{}", t!("history-damaged", path = path.display().to_string(), error = source.to_string()))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: DecodeError,
    },
    /// A block is damaged.
    #[error("{}", t!("history-block", at = at.to_string(), error = source.to_string()))]
    Block {
        /// The last moment before the damage.
        at: UnixMillis,
        /// What is wrong.
        source: DecodeError,
    },
    /// There is no moment in it.
    #[error("{}", t!("history-nothing"))]
    Nothing,
    /// Nothing was recorded in a window of time.
    #[error("{}", nothing_between(*from, *to))]
    NothingBetween {
        /// The first moment; without a limit, [`UnixMillis::FIRST`].
        from: UnixMillis,
        /// The last moment; without a limit, [`UnixMillis::LAST`].
        to: UnixMillis,
    },
    /// The file was removed or replaced by another one.
    #[error("{}", t!("history-removed", path = path.display().to_string()))]
    Removed {
        /// The file.
        path: PathBuf,
    },
    /// The moment is before its beginning.
    #[error("{}", t!("history-before-begin", at = at.to_string(), begin = begins_at.to_string()))]
    BeforeBegin {
        /// The requested moment.
        at: UnixMillis,
        /// Its first moment.
        begins_at: UnixMillis,
    },
    /// The moment has not come yet.
    #[error("{}", t!("history-in-the-future", at = at.to_string(), end = ends_at.to_string()))]
    InTheFuture {
        /// The requested moment.
        at: UnixMillis,
        /// Its last moment.
        ends_at: UnixMillis,
    },
}

fn nothing_between(from: UnixMillis, to: UnixMillis) -> String {
    match (from, to) {
        (UnixMillis::FIRST, UnixMillis::LAST) => t!("history-nothing").to_owned(),
        (UnixMillis::FIRST, to) => t!("history-nothing-before", to = to.to_string()),
        (from, UnixMillis::LAST) => t!("history-nothing-after", from = from.to_string()),
        (from, to) => t!("history-nothing-between", from = from.to_string(), to = to.to_string()),
    }
}

impl HistoryError {
    /// What to do about it; empty if there is nothing.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoDirectory => t!("history-remedy-file"),
            Self::None { .. } | Self::Empty { .. } => t!("history-remedy-record"),
            Self::Foreign { .. } => t!("history-remedy-other-file"),
            Self::Newer { .. } => t!("history-remedy-update"),
            Self::Locked { .. } => t!("history-remedy-locked"),
            Self::OfAnotherUser { .. } => t!("history-remedy-own-user"),
            Self::Io { .. } | Self::Database { .. } if self.is_full() => t!("history-remedy-full"),
            Self::Database { .. } if self.is_busy() => t!("history-remedy-busy"),
            Self::Io { .. } | Self::Database { .. } => t!("history-remedy-writable"),
            Self::LogUnread { .. } => t!("history-remedy-copy"),
            Self::Nothing => t!("history-remedy-record"),
            Self::Damaged { .. } | Self::Refused { .. } | Self::Block { .. } | Self::Removed { .. } => "",
            Self::BeforeBegin { .. } | Self::InTheFuture { .. } | Self::NothingBetween { .. } => {
                t!("history-remedy-status")
            }
        }
    }

    /// The error and its remedy in one line.
    #[must_use]
    pub fn with_remedy(&self) -> String {
        with_remedy(&self.to_string(), self.remedy())
    }

    /// The same as an error of a source.
    #[must_use]
    pub fn for_sampler(&self) -> SamplerError {
        SamplerError::Other { message: self.to_string(), remedy: self.remedy() }
    }

    fn code(&self) -> Option<rusqlite::ErrorCode> {
        match self {
            Self::Database { source, .. } => source.sqlite_error_code(),
            _ => None,
        }
    }

    /// Whether another program holds the file, which passes.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        matches!(self.code(), Some(DatabaseBusy | DatabaseLocked))
    }

    /// Whether the disk is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        // The shared memory beside the file finds no space.
        let is_shared_memory = matches!(self, Self::Database { source: rusqlite::Error::SqliteFailure(error, _), .. }
            if error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE);
        is_shared_memory
            || self.code() == Some(rusqlite::ErrorCode::DiskFull)
            || matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull)
    }

    /// Whether the file is damaged.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        matches!(self, Self::Damaged { .. } | Self::Block { .. })
            || matches!(self.code(), Some(DatabaseCorrupt | NotADatabase))
    }
}
