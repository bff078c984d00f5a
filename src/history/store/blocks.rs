//! Blocks, and the tail: the block that is being written.

use super::{HistoryError, Store};
use crate::{
    history::codec::{compress, decompress, head},
    model::UnixMillis,
};
use rusqlite::params;

/// Identifies a block of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockId {
    /// A finished block, in the order of writing.
    Finished(i64),
    /// The one that is being written.
    Tail,
}

/// What is known of a block without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockHead {
    /// Which one.
    pub id: BlockId,
    /// The time that recording ran, see `run`.
    pub run: i64,
    /// Its first moment.
    pub first: UnixMillis,
    /// Its last moment.
    pub last: UnixMillis,
    /// Events in it; 0 if not known.
    pub events: u32,
    /// Openings in it; 0 if not known.
    pub opened: u32,
    /// Counters are stored at most every so many ms.
    pub counters_ms: i64,
}

impl BlockHead {
    /// The first and the last moment of some blocks; `None` without any.
    #[must_use]
    pub fn ends(heads: &[Self]) -> Option<(UnixMillis, UnixMillis)> {
        let first = heads.iter().map(|head| head.first).min()?;
        let last = heads.iter().map(|head| head.last).max()?;
        Some((first, last))
    }
}

fn head_of_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<BlockHead> {
    Ok(BlockHead {
        id: BlockId::Finished(row.get(0)?),
        run: row.get(1)?,
        first: UnixMillis(row.get(2)?),
        last: UnixMillis(row.get(3)?),
        events: row.get(4)?,
        opened: row.get(5)?,
        counters_ms: row.get(6)?,
    })
}

impl Store {
    /// All blocks in the order of writing, with the one that is being written.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn heads(&self) -> Result<Vec<BlockHead>, HistoryError> {
        self.heads_after(0)
    }

    /// The blocks that were finished after the one with this number, and the one that is being written.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn heads_after(&self, id: i64) -> Result<Vec<BlockHead>, HistoryError> {
        let sql = "SELECT id, run, first_ms, last_ms, events, opened, counters_ms FROM block WHERE id > ?1 ORDER BY id";
        let mut heads = self.rows(sql, [id], head_of_row)?;
        if let Some(first) =
            self.row("SELECT data FROM tail ORDER BY id LIMIT 1", [], |row| row.get::<_, Vec<u8>>(0))?
        {
            let (first, _) = head(&first).map_err(|source| self.damaged(source))?;
            let last = self.row("SELECT at_ms FROM tail ORDER BY id DESC LIMIT 1", [], |row| row.get(0))?;
            // While it runs, nothing has happened since the last piece.
            let alive = self.row("SELECT id, alive_ms FROM run ORDER BY id DESC LIMIT 1", [], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)?))
            })?;
            let (run, alive_ms) = alive.unwrap_or_default();
            let last = UnixMillis(last.unwrap_or(first.0).max(alive_ms));
            heads.push(BlockHead { id: BlockId::Tail, run, first, last, events: 0, opened: 0, counters_ms: 0 });
        }
        Ok(heads)
    }

    /// The content of a block; `None` if it is not there any more.
    ///
    /// # Errors
    /// If it cannot be read or is damaged.
    pub fn block(&self, id: BlockId) -> Result<Option<Vec<u8>>, HistoryError> {
        match id {
            BlockId::Tail => {
                let pieces = self.rows("SELECT data FROM tail ORDER BY id", [], |row| row.get::<_, Vec<u8>>(0))?;
                Ok((!pieces.is_empty()).then(|| pieces.concat()))
            }
            BlockId::Finished(id) => {
                let data =
                    self.row("SELECT data FROM block_data WHERE id = ?1", [id], |row| row.get::<_, Vec<u8>>(0))?;
                data.map(|data| decompress(&data).map_err(|source| self.damaged(source))).transpose()
            }
        }
    }

    /// Appends a piece to the block that is being written.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn append(&self, at: UnixMillis, piece: &[u8]) -> Result<(), HistoryError> {
        self.execute("INSERT INTO tail(at_ms, data) VALUES(?1, ?2)", params![at.0, piece]).map(|_| ())
    }

    /// Stores a finished block, and returns its number.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add_block(&self, head: &BlockHead, content: &[u8]) -> Result<i64, HistoryError> {
        let data = compress(content);
        let sql = "INSERT INTO block(run, first_ms, last_ms, events, opened, bytes, counters_ms) VALUES(?1,?2,?3,?4,?5,?6,?7)";
        let BlockHead { run, first, last, events, opened, counters_ms, .. } = *head;
        self.execute(sql, params![run, first.0, last.0, events, opened, data.len() as i64, counters_ms])?;
        let id = self.db.last_insert_rowid();
        self.execute("INSERT INTO block_data(id, data) VALUES(?1, ?2)", params![id, data])?;
        Ok(id)
    }

    /// Replaces the content of a block.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn replace_block(&self, id: i64, head: &BlockHead, content: &[u8]) -> Result<(), HistoryError> {
        let data = compress(content);
        let sql = "UPDATE block SET events=?2, opened=?3, bytes=?4, counters_ms=?5 WHERE id=?1";
        self.execute(sql, params![id, head.events, head.opened, data.len() as i64, head.counters_ms])?;
        self.execute("UPDATE block_data SET data=?2 WHERE id=?1", params![id, data]).map(|_| ())
    }

    /// Says that a block begins at `first`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn set_first(&self, id: i64, first: UnixMillis) -> Result<(), HistoryError> {
        self.execute("UPDATE block SET first_ms=?2 WHERE id=?1", params![id, first.0]).map(|_| ())
    }

    /// Says that a block is not to be written anew with fewer counters.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn mark_thinned(&self, id: i64, counters_ms: i64) -> Result<(), HistoryError> {
        self.execute("UPDATE block SET counters_ms=?2 WHERE id=?1", params![id, counters_ms]).map(|_| ())
    }

    /// Removes a block.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn remove_block(&self, id: i64) -> Result<(), HistoryError> {
        self.execute("DELETE FROM block WHERE id=?1", [id])?;
        self.execute("DELETE FROM block_data WHERE id=?1", [id]).map(|_| ())
    }

    /// Removes the block that is being written.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn clear_tail(&self) -> Result<(), HistoryError> {
        self.execute("DELETE FROM tail", []).map(|_| ())
    }

    /// Blocks whose counters are stored more often than every `counters_ms`, and that ended before `before`; the oldest
    /// first, at most `most`.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn blocks_to_thin(
        &self,
        before: UnixMillis,
        counters_ms: i64,
        most: u32,
    ) -> Result<Vec<BlockHead>, HistoryError> {
        self.rows(
            "SELECT id, run, first_ms, last_ms, events, opened, counters_ms FROM block
             WHERE last_ms < ?1 AND counters_ms < ?2 ORDER BY id LIMIT ?3",
            params![before.0, counters_ms, most],
            head_of_row,
        )
    }

    fn damaged(&self, source: super::super::codec::DecodeError) -> HistoryError {
        HistoryError::Damaged { path: self.path.clone(), source }
    }
}
