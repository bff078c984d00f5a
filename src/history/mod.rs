//! What happened in the past: recorded in a file of this user, and shown like the present.
//!
//! ```text
//! sampler ─► SamplerMessage ─► Recorder ─► Encoder ─► Store (SQLite) ◄─ PastSource ─► sampler ─► …
//!                                  └────► Tally ───────┘
//! ```
//!
//! The recorder is a reader of the sampler's messages like the window. The past is a
//! [`SocketSource`](crate::sampler::SocketSource), so it enters the window and the lists through the same door as the
//! present.

mod activity;
pub mod codec;
mod compare;
mod edges;
mod error;
mod export;
mod recorder;
mod recording;
mod scrub;
mod source;
mod store;
mod tally;
#[cfg(test)]
mod tests;
mod there;
mod timeline;

pub use activity::{ActivityBar, Digest, activity_bar};
pub use compare::{Change, Difference, compare, of_kind};
pub use edges::{WindowSums, sums_of};
pub use error::HistoryError;
pub use export::{ExportError, ExportOptions, Exported, export, matching};
pub use recorder::{
    COUNTERS_MS, Forget, Forgotten, Locate, Recorder, RecorderHandle, RecorderSettings, RecorderState, RecorderStatus,
    Rewritten, forget, rewrite,
};
pub use recording::{RecordingFile, RecordingFileError, RecordingFileWriter};
pub use scrub::Scrub;
pub use source::PastSource;
pub use store::{
    ActivityBin, ActivityLevel, BlockHead, BlockId, Gap, GapReason, Limits, Run, SCHEMA_VERSION, SetAside, Size,
    SpanRow, Store, Subject, SubjectKind, WriterLock,
};
pub use tally::{DAY_MS, HOUR_MS, Sums, Tally, owner_name, service_port, subjects_at};
pub use there::{PastConnection, There, closed_in};
pub use timeline::Timeline;

use crate::sampler::{DataClock, ReplayFrom, SamplerError, SourceKind, SourceOpener, SourceSpec, open_source};
use std::path::{Path, PathBuf};

/// Name of the file in the program's data directory.
pub const FILE_NAME: &str = "history.db";

/// Opens sources, also the history in `file`, and recordings that were exported from one.
#[must_use]
pub fn source_opener(file: Option<PathBuf>) -> SourceOpener {
    Box::new(move |spec| match spec {
        SourceSpec::History { at } => {
            let now = DataClock::default().now();
            let past = open_history(file.as_deref()).and_then(|store| {
                PastSource::new(store, SourceKind::History, "HISTORY".to_owned(), Some(at.moment(now)))
            });
            Ok(Box::new(past.map_err(|error| error.for_sampler())?))
        }
        SourceSpec::Replay { file, from } if RecordingFile::is_at(file) => Ok(Box::new(open_recording(file, *from)?)),
        other => open_source(other),
    })
}

/// Opens the history in `file` for reading.
fn open_history(file: Option<&Path>) -> Result<Store, HistoryError> {
    Store::open_for_reading(file.ok_or(HistoryError::NoDirectory)?)
}

/// Opens a recording, at the given start position.
fn open_recording(path: &Path, from: ReplayFrom) -> Result<PastSource<RecordingFile>, SamplerError> {
    let failed = |what: String| SamplerError::Other { message: format!("{}: {what}", path.display()), remedy: "" };
    let mut file = RecordingFile::open(path).map_err(|error| failed(error.to_string()))?;
    let heads = file.heads().map_err(|error| failed(error.to_string()))?;
    let (first, last) = BlockHead::ends(&heads).unwrap_or_default();
    let at = match from {
        ReplayFrom::Begin => first,
        ReplayFrom::End => last,
        ReplayFrom::At(at) => at,
        ReplayFrom::After { ms } => first.plus_ms(ms),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let label = match file.label() {
        "" => format!("REPLAY {name}"),
        label => format!("REPLAY {name}: {label}"),
    };
    PastSource::new(file, SourceKind::Replay, label, Some(at)).map_err(|error| failed(error.to_string()))
}
