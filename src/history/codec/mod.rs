//! The format of a *block*: what was open at a moment, and what changed from then on.
//!
//! A block needs nothing else to be understood, so the state at any moment takes one block, old blocks can be deleted, and
//! what is to be forgotten is gone when the blocks that contain it are written anew. The history keeps blocks in a
//! database, a recording in a file; both compress them.

mod decoder;
mod encoder;
#[cfg(test)]
mod tests;
mod wire;

pub use decoder::{Decoder, Moment};
pub use encoder::{Encoder, head};

use std::fmt;

/// The version of the format that is written, and the newest that is read.
pub const VERSION: u32 = 1;

/// Maximum size of a block before it is compressed: more than 300,000 connections.
pub const MAX_BLOCK_BYTES: usize = 64 << 20;

/// Level of compression: a block of some 100 kB takes about a millisecond.
const LEVEL: i32 = 3;

/// A block that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Where, in bytes from the beginning of the block before it was compressed.
    pub offset: usize,
    /// What is wrong.
    pub what: String,
}

impl DecodeError {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { offset: 0, what: what.into() }
    }

    fn unknown(kind: &str, number: u8) -> Self {
        Self::new(format!("there is no {kind} with the number {number}"))
    }

    fn at(self, offset: usize) -> Self {
        Self { offset, ..self }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {} of the block: {}", self.offset, self.what)
    }
}

impl std::error::Error for DecodeError {}

/// Compresses a block, with a checksum.
#[must_use]
pub fn compress(block: &[u8]) -> Vec<u8> {
    let compress = || {
        let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
        compressor.include_checksum(true)?;
        compressor.compress(block)
    };
    // Compressing in memory fails only without memory.
    compress().unwrap_or_default()
}

/// Reverses [`compress`].
///
/// # Errors
/// If the bytes are damaged, which the checksum tells, or the block would be larger than [`MAX_BLOCK_BYTES`].
pub fn decompress(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    // The size in the frame, if any, is only a hint.
    let size = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten().unwrap_or(MAX_BLOCK_BYTES as u64);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > MAX_BLOCK_BYTES {
        return Err(DecodeError::new(format!("it would take {size} bytes, more than {MAX_BLOCK_BYTES}")));
    }
    zstd::bulk::decompress(bytes, size)
        .map_err(|error| DecodeError::new(format!("it is not compressed as expected: {error}")))
}
