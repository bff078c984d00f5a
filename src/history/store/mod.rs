//! The file of the history: an SQLite database that one program writes and any number read.
//!
//! | table | contents |
//! |---|---|
//! | `run` | one row for each time that recording began: from when to when |
//! | `block`, `block_data` | what was open and what changed, a block (see [`codec`](super::codec)) of some minutes per row |
//! | `tail` | the block that is being written, in pieces of a second or more |
//! | `gap` | when nothing could be recorded although recording was on, and why |
//! | `activity` | numbers of openings, closings and bytes in bins of four sizes, for the time bar |
//! | `subject`, `span` | numbers of connections and bytes by process, country, operator and port in each hour and day |
//! | `request` | what other programs ask of the one that writes: to forget something |
//! | `first` | when a process first reached a country or an operator |
//!
//! Blocks are the truth; `activity`, `span` and `first` are computed from them.
//!
//! *What a loss of power costs.* The database is in WAL mode with `synchronous = NORMAL`: it stays consistent; the last
//! transactions may be lost. After the end of the program, however it ends, everything that was written is there.

mod blocks;
mod lock;
mod open;
mod prune;
mod requests;
mod runs;
mod sums;

pub use blocks::{BlockHead, BlockId};
pub use lock::WriterLock;
pub(super) use open::Opened;
pub use open::SetAside;
pub use prune::{Limits, Size};
pub use runs::{Gap, GapReason, Run};
pub use sums::{ActivityBin, ActivityLevel, SpanRow, Subject, SubjectKind};

use super::HistoryError;
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// `nglb`: says that the file is a history of netglobe.
const APPLICATION_ID: i64 = 0x6e67_6c62;
/// The version of the schema.
pub const SCHEMA_VERSION: i64 = 1;

/// An open history.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    path: PathBuf,
    /// Device and number of the file, where the system has them.
    file: Option<(u64, u64)>,
}

/// Device and number of the file at `path`; `None` if there is none, or if the system has no such numbers.
fn file_at(path: &Path) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let file = std::fs::metadata(path).ok()?;
        Some((file.dev(), file.ino()))
    }
    #[cfg(not(unix))]
    {
        // An open file cannot be removed there.
        std::path::absolute(path).ok().and(None)
    }
}

impl Store {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether its path still names the file that is open.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        file_at(&self.path) == self.file
    }

    /// Does everything in `work` or, if it fails, nothing.
    ///
    /// # Errors
    /// Those of `work`, or that the transaction cannot be written.
    pub fn transaction<T>(&mut self, work: impl FnOnce(&Self) -> Result<T, HistoryError>) -> Result<T, HistoryError> {
        self.execute("BEGIN IMMEDIATE", [])?;
        let done = work(self).and_then(|done| self.execute("COMMIT", []).map(|_| done));
        if done.is_err() && !self.db.is_autocommit() && self.execute("ROLLBACK", []).is_err() {
            // SQLite has rolled back by itself.
        }
        done
    }

    /// Runs a statement, and returns the number of changed rows.
    fn execute(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<usize, HistoryError> {
        let done = self.db.prepare_cached(sql).and_then(|mut statement| statement.execute(parameters));
        done.map_err(|source| self.failed(source))
    }

    /// All rows of a query.
    fn rows<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, HistoryError> {
        let all = self.db.prepare_cached(sql).and_then(|mut statement| {
            let rows = statement.query_map(parameters, row)?;
            rows.collect::<rusqlite::Result<Vec<T>>>()
        });
        all.map_err(|source| self.failed(source))
    }

    /// The first row of a query, if any.
    fn row<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, HistoryError> {
        Ok(self.rows(sql, parameters, row)?.into_iter().next())
    }

    fn failed(&self, source: rusqlite::Error) -> HistoryError {
        HistoryError::Database { path: self.path.clone(), source }
    }
}
