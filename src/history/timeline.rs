//! Blocks in the order of time: those of a history that may still grow, or of a recording.

use super::{
    HistoryError,
    store::{BlockHead, BlockId, Gap, Store},
};

/// Where blocks come from.
pub trait Timeline: Send {
    /// All blocks in the order in which they were written.
    ///
    /// # Errors
    /// If they cannot be read.
    fn heads(&mut self) -> Result<Vec<BlockHead>, HistoryError>;

    /// The content of a block; `None` if it is not there any more.
    ///
    /// # Errors
    /// If it cannot be read or is damaged.
    fn content(&mut self, id: BlockId) -> Result<Option<Vec<u8>>, HistoryError>;

    /// Times of which not everything is known.
    ///
    /// # Errors
    /// If they cannot be read.
    fn gaps(&mut self) -> Result<Vec<Gap>, HistoryError>;

    /// What is wrong with its end, if anything.
    fn flaw(&self) -> Option<String> {
        None
    }

    /// Whether more may be written while it is read.
    fn grows(&self) -> bool {
        false
    }
}

impl Timeline for Store {
    fn heads(&mut self) -> Result<Vec<BlockHead>, HistoryError> {
        Self::heads(self)
    }

    fn content(&mut self, id: BlockId) -> Result<Option<Vec<u8>>, HistoryError> {
        self.block(id)
    }

    fn gaps(&mut self) -> Result<Vec<Gap>, HistoryError> {
        Self::gaps(self)
    }

    fn grows(&self) -> bool {
        true
    }
}
