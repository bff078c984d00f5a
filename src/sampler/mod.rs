//! Sources of connections, and the thread that samples them.
//!
//! A [`SocketSource`] lists all sockets. There are five: `sock-diag`, the kernel's own lists on Linux;
//! `netstat2`, every platform's; `proc-net`, Linux's tables of text; `demo:NAME,SEED`, invented and labelled;
//! `replay:FILE[,TIME]`, a recording. [`SamplerHandle`]
//! runs one of them in a thread of its own and sends what changed through a bounded channel; nothing that reads the
//! channel ever waits for the operating system, and a slow reader loses nothing: deltas merge until it reads again.
//!
//! ```text
//! source ──Sample──► Tracker ──SnapshotDelta──► bounded channel ──► reader
//! ```
//!
//! *No `unsafe`, no packets.* Sources list sockets; none reads traffic and none opens a connection. *No wall clock*
//! either, but in [`DataClock`]: sources are given the time, and a demo and a recording have a time of their own, so
//! that they are the same every time. `sock-diag` notes when it counted bytes on the clock that nobody sets.

mod cpu_time;
mod data_clock;
mod direction;
mod error;
mod invented;
#[cfg(target_os = "linux")]
pub mod linux;
mod listed;
mod local_pairs;
mod owners;
mod portable;
mod recorded;
mod report;
mod spec;
mod system;
#[cfg(test)]
mod test_sockets;
mod thread;

pub use cpu_time::{process_cpu_time, thread_cpu_time};
pub use data_clock::DataClock;
pub use error::{SamplerError, SourceSpecError};
pub use invented::{DemoSource, hub_scenario};
pub use recorded::{RecordingError, RecordingReader, RecordingWriter, ReplayFrom, ReplaySource};
pub use report::{Capabilities, SamplerReport, SourceKind, Unseen};
pub use spec::{SourceSpec, open_source};
pub use thread::{SamplerConfig, SamplerHandle, SamplerMessage};

use crate::model::{Sample, UnixMillis};
use crossbeam_channel::Receiver;
use serde::{Deserialize, Serialize};

/// A source of connections.
pub trait SocketSource: Send {
    /// Its kind.
    fn kind(&self) -> SourceKind;

    /// What it reports.
    fn capabilities(&self) -> Capabilities;

    /// All sockets at this moment, which is `now`, or what is other than at the call before (see
    /// [`Snapshot`](crate::model::Snapshot)). `now` may step backwards.
    ///
    /// # Errors
    /// Why there is no sample. The source may be sampled again.
    fn sample(&mut self, now: UnixMillis) -> Result<Sample, SamplerError>;

    /// Counts of connections that no sample could show, since the source was opened.
    fn unseen(&self) -> Unseen {
        Unseen::default()
    }

    /// A channel that signals that a sample is worthwhile early; it holds at most one message.
    fn arrivals(&self) -> Option<Receiver<()>> {
        None
    }

    /// A channel that signals that events were lost and a sample is due at once; it holds at most one message.
    fn gaps(&self) -> Option<Receiver<()>> {
        None
    }

    /// Label for every picture, `DEMO everyday, seed 7` for example; `None` for live connections of this computer.
    fn label(&self) -> Option<String> {
        None
    }

    /// Whether it has ended: nothing will change any more.
    fn finished(&self) -> bool {
        false
    }

    /// Its time range; `None` for a live source.
    fn own_time(&self) -> Option<OwnTime> {
        None
    }

    /// Stands at the moment `to` from now on: the next [`sample`](SocketSource::sample) reports the whole of a moment, as a
    /// reset, and later ones what is other than then. Only for a source with a time of its own, and a moment within it.
    ///
    /// # Errors
    /// Why it stays where it is.
    fn set_to(&mut self, to: UnixMillis) -> Result<(), SamplerError> {
        Err(SamplerError::ShowsNow { kind: self.kind(), to })
    }
}

/// Time range of a source that is not live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTime {
    /// Its first moment.
    pub begins_at: UnixMillis,
    /// Its last moment; `None` where there is none, or it is not known yet.
    pub ends_at: Option<UnixMillis>,
    /// The current moment.
    pub at: UnixMillis,
}

impl OwnTime {
    /// Its first and its last moment.
    fn ends(self) -> (UnixMillis, Option<UnixMillis>) {
        (self.begins_at, self.ends_at)
    }

    /// The moment of it that is nearest to `at`.
    #[must_use]
    pub fn nearest(&self, at: UnixMillis) -> UnixMillis {
        let at = at.max(self.begins_at);
        self.ends_at.map_or(at, |end| at.min(end.max(self.begins_at)))
    }
}
