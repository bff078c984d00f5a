//! Recordings: files with blocks, places and times of a history, to be given to others and played there.
//!
//! A recording is a sequence of zstd frames: a frame that other programs skip (RFC 8878 §3.1.2) says what the file is; each
//! block is such a frame with its times and size, and a compressed one with its content and a checksum; the last skippable
//! frame repeats the times and places of all blocks, so that a reader finds any moment at once. If the end of the file is
//! missing, the blocks are found one after another, and what is whole is played.

use super::{
    HistoryError,
    codec::{DecodeError, MAX_BLOCK_BYTES, compress, decompress},
    store::{BlockHead, BlockId, Gap, GapReason},
    timeline::Timeline,
};
use crate::{language::t, model::UnixMillis};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

/// The magic number of a skippable frame, little-endian.
const SKIPPABLE: [u8; 4] = 0x184d_2a50_u32.to_le_bytes();
/// The magic number of a compressed frame, little-endian.
const COMPRESSED: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();
/// The beginning of the first frame's content.
const MARK: &[u8; 18] = b"netglobe recording";
/// The version of the file that is written, and the newest that is read.
const VERSION: u32 = 1;
/// The largest skippable frame: an index of half a million blocks.
const MAX_FRAME_BYTES: u32 = 64 << 20;

/// Content of a skippable frame.
#[derive(Debug, Serialize, Deserialize)]
enum Frame {
    /// What the file is.
    Head { version: u32, label: String },
    /// A block follows.
    Block(FileBlock),
    /// All blocks and gaps.
    Index { blocks: Vec<(u64, FileBlock)>, gaps: Vec<(i64, i64, String, u64)> },
}

/// Times and sizes of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FileBlock {
    run: i64,
    first_ms: i64,
    last_ms: i64,
    events: u32,
    opened: u32,
    /// Bytes of the compressed frame.
    bytes: u32,
}

impl FileBlock {
    /// Whether its moments are dates, in this order.
    fn has_times(&self) -> bool {
        let (first, last) = (UnixMillis(self.first_ms), UnixMillis(self.last_ms));
        first.is_a_date() && last.is_a_date() && first <= last
    }
}

/// Writes a recording.
#[derive(Debug)]
pub struct RecordingFileWriter<W> {
    out: W,
    offset: u64,
    blocks: Vec<(u64, FileBlock)>,
    gaps: Vec<Gap>,
}

impl<W: Write> RecordingFileWriter<W> {
    /// Begins a recording; `label` says what it shows, if it is not a computer's own connections.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(out: W, label: &str) -> io::Result<Self> {
        let mut file = Self { out, offset: 0, blocks: Vec::new(), gaps: Vec::new() };
        file.frame(&Frame::Head { version: VERSION, label: label.to_owned() })?;
        Ok(file)
    }

    /// Appends a block.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn block(&mut self, head: &BlockHead, content: &[u8]) -> io::Result<()> {
        let data = compress(content);
        let block = FileBlock {
            run: head.run,
            first_ms: head.first.0,
            last_ms: head.last.0,
            events: head.events,
            opened: head.opened,
            bytes: u32::try_from(data.len()).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?,
        };
        self.frame(&Frame::Block(block))?;
        self.blocks.push((self.offset, block));
        self.put(&data)
    }

    /// Adds a gap.
    pub fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// Writes the index, and returns the number of bytes of the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self) -> io::Result<u64> {
        let gaps =
            self.gaps.iter().map(|gap| (gap.from.0, gap.to.0, gap.reason.name().to_owned(), gap.count)).collect();
        let index = Frame::Index { blocks: std::mem::take(&mut self.blocks), gaps };
        let begins_at = self.offset;
        self.frame(&index)?;
        // The place of the index, as a frame of a fixed size at the end of the file.
        let mut end = Vec::from(SKIPPABLE);
        end.extend(8_u32.to_le_bytes());
        end.extend(begins_at.to_le_bytes());
        self.put(&end)?;
        self.out.flush()?;
        Ok(self.offset)
    }

    fn frame(&mut self, frame: &Frame) -> io::Result<()> {
        let body = postcard::to_stdvec(frame).map_err(io::Error::other)?;
        let mut bytes = Vec::from(SKIPPABLE);
        let length = MARK.len() + body.len();
        bytes.extend(u32::try_from(length).map_err(|_| io::ErrorKind::FileTooLarge)?.to_le_bytes());
        bytes.extend(MARK);
        bytes.extend(body);
        self.put(&bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }
}

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingFileError {
    /// It is something else.
    #[error("{}", t!("recording-file-other"))]
    Other,
    /// A newer version has written it.
    #[error("{}", t!("recording-file-newer", found = *found, known = VERSION))]
    Newer {
        /// Its version.
        found: u32,
    },
    /// The system cannot read it.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// A frame is wrong.
    #[error("{}", t!("recording-file-wrong", offset = *offset, expected = expected.as_str()))]
    Wrong {
        /// Where the frame begins, bytes.
        offset: u64,
        /// What is wrong or was expected.
        expected: String,
    },
    /// There is no block in it.
    #[error("{}", t!("recording-file-empty"))]
    Empty,
}

/// A recording that is open.
#[derive(Debug)]
pub struct RecordingFile<R = File> {
    file: R,
    label: String,
    blocks: Vec<(u64, FileBlock)>,
    gaps: Vec<Gap>,
    /// What is wrong with its end.
    damage: Option<RecordingFileError>,
}

impl RecordingFile {
    /// Opens the recording at `path`.
    ///
    /// # Errors
    /// If it is none, or nothing of it can be read.
    pub fn open(path: &Path) -> Result<Self, RecordingFileError> {
        Self::read(File::open(path)?)
    }

    /// Whether the file at `path` begins like such a recording.
    #[must_use]
    pub fn is_at(path: &Path) -> bool {
        let mut head = [0; 8 + MARK.len()];
        let is_read = File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok());
        is_read && head.starts_with(&SKIPPABLE) && head.ends_with(MARK)
    }
}

impl<R: Read + Seek> RecordingFile<R> {
    /// Reads where the blocks are.
    ///
    /// # Errors
    /// If it is no recording, or nothing of it can be read.
    pub fn read(mut file: R) -> Result<Self, RecordingFileError> {
        let length = file.seek(SeekFrom::End(0))?;
        let (first, end) = match frame(&mut file, 0, length) {
            Ok(Some((Frame::Head { version, .. }, _))) if version == 0 || version > VERSION => {
                return Err(RecordingFileError::Newer { found: version });
            }
            Ok(Some((Frame::Head { label, .. }, end))) => (label, end),
            Err(RecordingFileError::Read(error)) => return Err(error.into()),
            _ => return Err(RecordingFileError::Other),
        };
        let mut recording = Self { file, label: first, blocks: Vec::new(), gaps: Vec::new(), damage: None };
        if !recording.read_index(length) {
            recording.scan(end, length);
        }
        if recording.blocks.is_empty() {
            return Err(recording.damage.take().unwrap_or(RecordingFileError::Empty));
        }
        Ok(recording)
    }

    /// Reads the index at the end; false if there is none.
    fn read_index(&mut self, length: u64) -> bool {
        let mut end = [0; 16];
        let is_read = length >= 16
            && self.file.seek(SeekFrom::Start(length - 16)).is_ok()
            && self.file.read_exact(&mut end).is_ok();
        if !is_read || end[..4] != SKIPPABLE || end[4..8] != 8_u32.to_le_bytes() {
            return false;
        }
        let offset = end[8..].try_into().map_or(u64::MAX, u64::from_le_bytes);
        let Ok(Some((Frame::Index { blocks, gaps }, _))) = frame(&mut self.file, offset, length) else { return false };
        let is_whole =
            |(at, block): &(u64, FileBlock)| at.saturating_add(u64::from(block.bytes)) <= offset && block.has_times();
        if !blocks.iter().all(is_whole) {
            return false;
        }
        self.blocks = blocks;
        self.gaps = gaps
            .into_iter()
            .map(|(from, to, reason, count)| {
                let reason = GapReason::parse(&reason).unwrap_or(GapReason::NotSampled);
                Gap { from: UnixMillis(from), to: UnixMillis(to), reason, count }
            })
            .filter(|gap| gap.from.is_a_date() && gap.to.is_a_date())
            .collect();
        true
    }

    /// Finds the blocks one after another.
    fn scan(&mut self, mut offset: u64, length: u64) {
        let missing = |offset| RecordingFileError::Wrong { offset, expected: t!("recording-file-cut").to_owned() };
        self.damage = Some(missing(length));
        while offset < length {
            match frame(&mut self.file, offset, length) {
                Ok(Some((Frame::Block(block), end))) => {
                    let next = end + u64::from(block.bytes);
                    let mut magic = [0; 4];
                    let is_there = next <= length
                        && self.file.seek(SeekFrom::Start(end)).is_ok()
                        && self.file.read_exact(&mut magic).is_ok();
                    if !is_there {
                        self.damage = Some(missing(end));
                        return;
                    }
                    if magic != COMPRESSED || !block.has_times() {
                        let expected = t!("recording-file-no-block").to_owned();
                        self.damage = Some(RecordingFileError::Wrong { offset: end, expected });
                        return;
                    }
                    self.blocks.push((end, block));
                    offset = next;
                }
                Ok(Some((_, end))) => offset = end,
                Ok(None) => {
                    self.damage = Some(missing(offset));
                    return;
                }
                Err(error) => {
                    self.damage = Some(error);
                    return;
                }
            }
        }
    }

    /// What it shows, if not a computer's own connections. Untrusted text.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What is wrong with its end, if anything.
    #[must_use]
    pub fn damage(&self) -> Option<&RecordingFileError> {
        self.damage.as_ref()
    }
}

/// The skippable frame at `offset` and its end; `None` if the file ends in it.
fn frame<R: Read + Seek>(file: &mut R, offset: u64, length: u64) -> Result<Option<(Frame, u64)>, RecordingFileError> {
    let wrong = |expected: String| RecordingFileError::Wrong { offset, expected };
    if offset.saturating_add(8 + MARK.len() as u64) > length {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut head = [0; 8];
    file.read_exact(&mut head)?;
    let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    if head[..4] != SKIPPABLE || size > MAX_FRAME_BYTES {
        return Err(wrong(t!("recording-file-no-frame").to_owned()));
    }
    let end = offset + 8 + u64::from(size);
    if end > length {
        return Ok(None);
    }
    let mut body = vec![0; size as usize];
    file.read_exact(&mut body)?;
    let Some(body) = body.strip_prefix(MARK) else {
        return Err(wrong(t!("recording-file-no-mark").to_owned()));
    };
    let frame = postcard::from_bytes(body).map_err(|error| wrong(error.to_string()))?;
    Ok(Some((frame, end)))
}

impl<R: Read + Seek + Send> Timeline for RecordingFile<R> {
    fn heads(&mut self) -> Result<Vec<BlockHead>, HistoryError> {
        let head = |(number, (_, block)): (usize, &(u64, FileBlock))| BlockHead {
            id: BlockId::Finished(number as i64),
            run: block.run,
            first: UnixMillis(block.first_ms),
            last: UnixMillis(block.last_ms),
            events: block.events,
            opened: block.opened,
            counters_ms: 0,
        };
        Ok(self.blocks.iter().enumerate().map(head).collect())
    }

    fn content(&mut self, id: BlockId) -> Result<Option<Vec<u8>>, HistoryError> {
        let BlockId::Finished(number) = id else { return Ok(None) };
        let Some((offset, block)) = usize::try_from(number).ok().and_then(|number| self.blocks.get(number)).copied()
        else {
            return Ok(None);
        };
        let failed = |what: String| HistoryError::Block {
            at: UnixMillis(block.first_ms),
            source: DecodeError { offset: usize::try_from(offset).unwrap_or(usize::MAX), what },
        };
        if block.bytes as usize > MAX_BLOCK_BYTES {
            return Err(failed(t!("recording-file-no-block").to_owned()));
        }
        let mut data = vec![0; block.bytes as usize];
        self.file.seek(SeekFrom::Start(offset)).map_err(|error| failed(error.to_string()))?;
        self.file.read_exact(&mut data).map_err(|error| failed(error.to_string()))?;
        let content =
            decompress(&data).map_err(|source| HistoryError::Block { at: UnixMillis(block.first_ms), source })?;
        Ok(Some(content))
    }

    fn gaps(&mut self) -> Result<Vec<Gap>, HistoryError> {
        Ok(self.gaps.clone())
    }

    fn flaw(&self) -> Option<String> {
        self.damage.as_ref().map(ToString::to_string)
    }
}
