//! What this computer is connected to, right now: the sources of connections, and the thread that asks them.
//!
//! A [`SocketSource`] looks at all sockets. There are five: `sock-diag`, the kernel's own lists on Linux;
//! `netstat2`, every platform's; `proc-net`, Linux's tables of text; `demo:NAME,SEED`, invented and labelled;
//! `replay:FILE[,TIME]`, a recording. [`SamplerHandle`]
//! runs one of them in a thread of its own and sends what changed through a bounded channel; nothing that reads the
//! channel ever waits for the operating system, and a slow reader loses nothing: deltas merge until it reads again.
//!
//! ```text
//! source ──Look──► Tracker ──SnapshotDelta──► bounded channel ──► reader
//! ```
//!
//! *No `unsafe`, no packets.* Sources list sockets; none looks into traffic and none opens a connection. *No wall clock*
//! either, but in [`DataClock`]: sources are told what time it is, and a demo and a recording have a time of their own, so
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

use crate::model::{Look, UnixMillis};
use crossbeam_channel::Receiver;
use serde::{Deserialize, Serialize};

/// Something that knows the connections of a computer.
pub trait SocketSource: Send {
    /// What it is.
    fn kind(&self) -> SourceKind;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// All sockets at this moment, which is `now`, or what is other than at the call before (see
    /// [`Snapshot`](crate::model::Snapshot)). `now` may step backwards.
    ///
    /// # Errors
    /// Why nothing was seen. The source may be asked again.
    fn sample(&mut self, now: UnixMillis) -> Result<Look, SamplerError>;

    /// What is known of connections that no snapshot could show, since the source was opened.
    fn unseen(&self) -> Unseen {
        Unseen::default()
    }

    /// A channel that says when it is worth asking early; it holds one message at most.
    fn arrivals(&self) -> Option<Receiver<()>> {
        None
    }

    /// A channel that says when something was lost, so that it is worth asking at once; it holds one message at most.
    fn gaps(&self) -> Option<Receiver<()>> {
        None
    }

    /// What to write on every picture, `DEMO everyday, seed 7` for instance; `None` when it is this computer, live.
    fn label(&self) -> Option<String> {
        None
    }

    /// Whether nothing will ever change again.
    fn finished(&self) -> bool {
        false
    }

    /// The time of its own that it has; `None` where it shows what is now.
    fn own_time(&self) -> Option<OwnTime> {
        None
    }

    /// Stands at the moment `to` from now on: the next [`sample`](SocketSource::sample) tells the whole of a moment, as a
    /// reset, and later ones what is other than then. Only for a source with a time of its own, and a moment within it.
    ///
    /// # Errors
    /// Why it stays where it is.
    fn set_to(&mut self, to: UnixMillis) -> Result<(), SamplerError> {
        Err(SamplerError::ShowsNow { kind: self.kind(), to })
    }
}

/// The time of a source that does not show what is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTime {
    /// Its first moment.
    pub begins_at: UnixMillis,
    /// Its last moment; `None` where there is none, or it is not known yet.
    pub ends_at: Option<UnixMillis>,
    /// The moment at which it stands.
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
