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

/// What was read of a block, of which one that is damaged is left out and counted, so that it does not hide the others.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn unless_damaged(
    content: Result<Option<Vec<u8>>, HistoryError>,
    damaged: &mut u64,
) -> Result<Option<Vec<u8>>, HistoryError> {
    match content {
        Err(error) if error.is_damage() => {
            *damaged += 1;
            Ok(None)
        }
        other => other,
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
