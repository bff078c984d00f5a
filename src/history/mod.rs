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

pub mod codec;
mod compare;
mod edges;
mod error;
mod recorder;
mod source;
mod store;
mod tally;
#[cfg(test)]
mod tests;
mod timeline;

pub use compare::{Change, Difference, compare, of_kind};
pub use edges::{Window, WindowSums};
pub use error::HistoryError;
pub use recorder::{
    COUNTERS_MS, Forget, Forgotten, Locate, Recorder, RecorderHandle, RecorderSettings, RecorderState, RecorderStatus,
    Rewritten, last_state, rewrite,
};
pub use source::PastSource;
pub use store::{
    ActivityBin, ActivityLevel, BlockHead, BlockId, Gap, GapReason, HourRow, Limits, Run, SCHEMA_VERSION, SetAside,
    Size, Store, Subject, SubjectKind, WriterLock,
};
pub use tally::{HOUR_MS, Sums, Tally, owner_name, service_port};
pub use timeline::Timeline;

use crate::sampler::{DataClock, SamplerError, SocketSource, SourceKind, SourceOpener, SourceSpec, open_source};
use std::path::{Path, PathBuf};

/// Name of the file in the program's data directory.
pub const FILE_NAME: &str = "history.db";

/// Opens sources, also the history in `file`.
#[must_use]
pub fn source_opener(file: Option<PathBuf>) -> SourceOpener {
    Box::new(move |spec| match spec {
        SourceSpec::History { at } => {
            let now = DataClock::default().now();
            let opened = open_history(file.as_deref(), |store| {
                PastSource::new(store, SourceKind::History, "HISTORY".to_owned(), Some(at.moment(now)))
            });
            let source: Result<Box<dyn SocketSource>, SamplerError> = match opened {
                Ok(source) => Ok(Box::new(source)),
                Err(error) => Err(error.for_sampler()),
            };
            source
        }
        other => open_source(other),
    })
}

/// Opens the history in `file` for reading.
fn open_history<T>(
    file: Option<&Path>,
    open: impl FnOnce(Store) -> Result<T, HistoryError>,
) -> Result<T, HistoryError> {
    let file = file.ok_or(HistoryError::NoDirectory)?;
    open(Store::open_for_reading(file)?)
}
