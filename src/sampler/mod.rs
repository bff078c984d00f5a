//! Sources of connections, and the thread that samples them.
//!
//! A [`SocketSource`] lists all sockets. There are five: `sock-diag`, the kernel's socket lists on Linux; `netstat2`,
//! available on every platform; `proc-net`, the text tables of Linux; `demo:NAME[,SEED]`, simulated and labelled;
//! `replay:FILE[,TIME]`, a recording. [`SamplerHandle`] runs one of them in a separate thread and sends changes through
//! a bounded channel. Readers of the channel never wait for the operating system, and a slow reader loses nothing:
//! deltas are merged until it reads again.
//!
//! ```text
//! source ──Sample──► Tracker ──SnapshotDelta──► bounded channel ──► reader
//! ```
//!
//! *No `unsafe`, no packets.* Sources list sockets; none captures traffic or opens a connection. *No wall clock* except
//! in [`DataClock`]: sources receive the time, and demos and recordings have their own time, so that their output is
//! reproducible. `sock-diag` timestamps byte counters with the monotonic clock.

mod asleep;
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
mod stepped;
mod system;
#[cfg(test)]
mod test_sockets;
mod thread;

pub use asleep::time_asleep;
pub use cpu_time::{process_cpu_time, thread_cpu_time};
pub use data_clock::DataClock;
pub use error::{SamplerError, SourceSpecError};
pub use invented::{DemoSource, ScenarioInfo, check_scenario, check_scenario_file, hub_scenario, scenarios};
pub use recorded::{RecordingError, RecordingReader, RecordingWriter, ReplayFrom, ReplaySource};
pub use report::{Capabilities, HomeThen, SamplerReport, SourceKind, Unseen};
pub use spec::{PastMoment, SourceSpec, open_source};
pub use stepped::SteppedSource;
pub use thread::{SamplerConfig, SamplerHandle, SamplerMessage, SourceOpener, Subscription};

use crate::{
    geodesy::LatLng,
    model::{Sample, UnixMillis},
};
use crossbeam_channel::Receiver;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A source of connections.
pub trait SocketSource: Send {
    /// The kind of the source.
    fn kind(&self) -> SourceKind;

    /// What it can report.
    fn capabilities(&self) -> Capabilities;

    /// All sockets at the moment `now`, or the changes since the previous call (see
    /// [`Snapshot`](crate::model::Snapshot)). `now` may step backwards.
    ///
    /// # Errors
    /// If no sample can be taken. The source may be sampled again.
    fn sample(&mut self, now: UnixMillis) -> Result<Sample, SamplerError>;

    /// Number of connections since the start that no sample could contain.
    fn unseen(&self) -> Unseen {
        Unseen::default()
    }

    /// A channel that signals that an early sample is worthwhile; holds at most one message.
    fn arrivals(&self) -> Option<Receiver<()>> {
        None
    }

    /// A channel that signals that events were lost and a sample is due immediately; holds at most one message.
    fn gaps(&self) -> Option<Receiver<()>> {
        None
    }

    /// Label for every picture, for example `DEMO everyday, seed 7`; `None` for live connections of this computer.
    fn label(&self) -> Option<String> {
        None
    }

    /// What a demo tells about the moment of the last sample.
    fn caption(&self) -> Option<Arc<str>> {
        None
    }

    /// Sets the location of this computer, from which a demo derives round-trip times.
    fn set_home(&mut self, _home: Option<LatLng>) {}

    /// Where the computer was at the moment of the last sample, if the source records that.
    fn home_then(&self) -> Option<HomeThen> {
        None
    }

    /// The moment of the next change after the current one, or of the last one before it.
    fn neighbouring_change(&mut self, _is_forward: bool) -> Option<UnixMillis> {
        None
    }

    /// Whether it has ended: there will be no more changes.
    fn finished(&self) -> bool {
        false
    }

    /// Its time range; `None` for a live source.
    fn own_time(&self) -> Option<OwnTime> {
        None
    }

    /// Seeks to the moment `to`: the next [`sample`](SocketSource::sample) reports the complete state as a reset, later
    /// ones report changes. Only for sources with their own time, and within its range.
    ///
    /// # Errors
    /// If the source cannot seek; it keeps its current moment.
    fn set_to(&mut self, to: UnixMillis) -> Result<(), SamplerError> {
        Err(SamplerError::ShowsNow { kind: self.kind(), to })
    }
}

/// Time range of a source that is not live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTime {
    /// Its first moment.
    pub begins_at: UnixMillis,
    /// Its last moment; `None` if there is none or it is not known yet.
    pub ends_at: Option<UnixMillis>,
    /// The current moment.
    pub at: UnixMillis,
}

impl OwnTime {
    /// Its first and its last moment.
    fn ends(self) -> (UnixMillis, Option<UnixMillis>) {
        (self.begins_at, self.ends_at)
    }

    /// The moment in its range that is nearest to `at`.
    #[must_use]
    pub fn nearest(&self, at: UnixMillis) -> UnixMillis {
        let at = at.max(self.begins_at);
        self.ends_at.map_or(at, |end| at.min(end.max(self.begins_at)))
    }
}
