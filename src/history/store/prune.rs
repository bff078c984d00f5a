//! Limits of size and age: what is too old goes, and the file shrinks.

use super::{HistoryError, Store, lock::beside};
use crate::{
    history::{store::ActivityLevel, tally::SPANS_MS},
    model::UnixMillis,
};
use rusqlite::params;

/// How large and how old a history may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file with its log.
    pub bytes: u64,
    /// Age of the oldest moment, ms.
    pub age_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 500_000_000, age_ms: 365 * 86_400_000 }
    }
}

/// What a history takes on the disk, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// The database.
    pub database: u64,
    /// Its log (`-wal`) and its shared memory (`-shm`).
    pub log: u64,
}

impl Size {
    /// Both.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.database + self.log
    }
}

/// When a limit is reached, so much of it is freed at once, so that this is not done for every block.
const FREED: u64 = 50;

impl Store {
    /// What it takes on the disk.
    #[must_use]
    pub fn size(&self) -> Size {
        let length = |ending| std::fs::metadata(beside(&self.path, ending)).map_or(0, |metadata| metadata.len());
        Size { database: length(""), log: length("-wal") + length("-shm") }
    }

    /// What recording has taken since `since`, bytes per ms of recorded time; `None` if that is less than a minute.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn bytes_per_ms(&self, since: UnixMillis) -> Result<Option<f64>, HistoryError> {
        let sql = "SELECT coalesce(sum(bytes), 0), coalesce(sum(last_ms - first_ms), 0) FROM block WHERE last_ms >= ?1";
        let sums = self.row(sql, [since.0], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
        let Some((bytes, ms)) = sums else { return Ok(None) };
        // Tables and free space come on top.
        let whole = self.number("SELECT coalesce(sum(bytes), 0) FROM block")?.max(1) as f64;
        let share = (self.size().database as f64 / whole).clamp(1.0, 2.0);
        Ok((ms >= 60_000).then(|| bytes as f64 * share / ms as f64))
    }

    /// Keeps to `limits` at the moment `now`: removes the oldest blocks and what was computed from them, and gives the
    /// space back. Returns how many blocks were removed.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn prune(&mut self, limits: &Limits, now: UnixMillis) -> Result<u64, HistoryError> {
        let oldest = now.plus_ms(-limits.age_ms);
        let mut removed = self.transaction(|store| store.remove_before(oldest))?;
        self.transaction(|store| store.coarsen_activity(now).map(|()| 0))?;
        if self.size().total() > limits.bytes {
            // The log counts, so empty it first.
            self.shrink()?;
            let goal = limits.bytes - limits.bytes / FREED;
            let mut size = self.size().total();
            while size > goal {
                let excess = i64::try_from(size - goal).unwrap_or(i64::MAX);
                let count = self.transaction(|store| store.remove_oldest(excess))?;
                if count == 0 {
                    break;
                }
                removed += count;
                self.shrink()?;
                size = self.size().total();
            }
        } else if removed > 0 {
            self.shrink()?;
        }
        Ok(removed)
    }

    /// Removes blocks that ended before `oldest`.
    fn remove_before(&self, oldest: UnixMillis) -> Result<u64, HistoryError> {
        let ids = self.rows("SELECT id FROM block WHERE last_ms < ?1", [oldest.0], |row| row.get::<_, i64>(0))?;
        ids.iter().try_for_each(|id| self.remove_block(*id))?;
        if !ids.is_empty() {
            self.forget_before_first_block()?;
        }
        Ok(ids.len() as u64)
    }

    /// Removes the oldest blocks that together take `bytes`, and at least one.
    fn remove_oldest(&self, bytes: i64) -> Result<u64, HistoryError> {
        let blocks = self.rows("SELECT id, bytes FROM block ORDER BY id LIMIT 1000", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })?;
        let (mut freed, mut count) = (0, 0);
        for (id, size) in blocks {
            self.remove_block(id)?;
            freed += size;
            count += 1;
            if freed >= bytes {
                break;
            }
        }
        if count > 0 {
            self.forget_before_first_block()?;
        }
        Ok(count)
    }

    /// Removes what was computed from blocks that are not there any more.
    pub(super) fn forget_before_first_block(&self) -> Result<(), HistoryError> {
        let first = self.row("SELECT min(first_ms) FROM block", [], |row| row.get::<_, Option<i64>>(0))?.flatten();
        let first = match first {
            Some(first) => first,
            None => self.number("SELECT coalesce((SELECT max(started_ms) FROM run), 0)")?,
        };
        for level in ActivityLevel::ALL {
            let bin = first.div_euclid(level.bin_ms());
            self.execute("DELETE FROM activity WHERE level = ?1 AND bin < ?2", params![level.bin_ms(), bin])?;
        }
        for span_ms in SPANS_MS {
            self.execute(
                "DELETE FROM span WHERE span = ?1 AND number < ?2",
                params![span_ms, first.div_euclid(span_ms)],
            )?;
        }
        self.execute("DELETE FROM first WHERE at_ms < ?1", [first])?;
        self.execute("DELETE FROM gap WHERE to_ms < ?1", [first])?;
        self.execute(
            "DELETE FROM run WHERE alive_ms < ?1 AND id NOT IN (SELECT run FROM block) AND id < (SELECT max(id) FROM run)",
            [first],
        )?;
        self.remove_unused_subjects()
    }

    /// Removes names that no sum mentions.
    pub(super) fn remove_unused_subjects(&self) -> Result<(), HistoryError> {
        let sql = "DELETE FROM subject WHERE id NOT IN (SELECT subject FROM span UNION SELECT process FROM first
                   UNION SELECT other FROM first)";
        self.execute(sql, []).map(|_| ())
    }

    /// Removes fine bins that are too old; the coarser ones have the same.
    fn coarsen_activity(&self, now: UnixMillis) -> Result<(), HistoryError> {
        for level in ActivityLevel::ALL {
            if let Some(kept_ms) = level.kept_ms() {
                let bin = now.plus_ms(-kept_ms).0.div_euclid(level.bin_ms());
                self.execute("DELETE FROM activity WHERE level = ?1 AND bin < ?2", params![level.bin_ms(), bin])?;
            }
        }
        Ok(())
    }

    /// Gives free pages back to the system, and empties the log.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn shrink(&self) -> Result<(), HistoryError> {
        self.rows("PRAGMA incremental_vacuum", [], |_| Ok(()))?;
        self.checkpoint()
    }

    /// Moves the log into the database, and empties it unless somebody is reading.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn checkpoint(&self) -> Result<(), HistoryError> {
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map(|_| ())
    }
}
