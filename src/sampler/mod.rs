//! What this computer is connected to, right now: the sources of connections, and the thread that asks them.
//!
//! A [`SocketSource`] takes a [`Snapshot`] of all sockets. There are four: `sock-diag`, the kernel's own lists on Linux;
//! `netstat2`, every platform's; `demo:NAME,SEED`, invented and labelled; `replay:FILE`, a recording. [`SamplerHandle`]
//! runs one of them in a thread of its own and sends what changed through a bounded channel; nothing that reads the
//! channel ever waits for the operating system, and a slow reader loses nothing: deltas merge until it reads again.
//!
//! ```text
//! source ──Snapshot──► Tracker ──SnapshotDelta──► bounded channel ──► reader
//! ```
//!
//! *No `unsafe`, no packets.* Sources list sockets; none looks into traffic and none opens a connection. *No clock*
//! either, but in `worker`: sources are told what time it is, so that a recording and a demo are the same every time. Only
//! `sock-diag` notes when it counted bytes, on the clock that nobody sets.

mod direction;
mod elapsed;
mod error;
mod invented;
#[cfg(target_os = "linux")]
pub mod linux;
mod local_pairs;
mod portable;
mod recorded;
mod spec;
#[cfg(test)]
mod test_sockets;
mod thread;

pub use error::{SamplerError, SourceSpecError};
pub use invented::{DemoSource, hub_scenario};
pub use recorded::{RecordingError, RecordingReader, RecordingWriter, ReplaySource};
pub use spec::{SourceSpec, open_source};
pub use thread::{SamplerConfig, SamplerHandle, SamplerMessage};

use crate::model::{Snapshot, UnixMillis};
use crossbeam_channel::Receiver;

/// Something that knows the connections of a computer.
pub trait SocketSource: Send {
    /// Its name, as `--source` takes it.
    fn name(&self) -> &'static str;

    /// All connections at this moment, which is `now`, with at most one row per key; or what is other than at the call
    /// before (see [`Snapshot::gone`]). `first_seen_at` and `opened_at` are left to whoever compares snapshots. `now` may
    /// step backwards.
    ///
    /// # Errors
    /// Why there is no snapshot. The source may be asked again.
    fn sample(&mut self, now: UnixMillis) -> Result<Snapshot, SamplerError>;

    /// Whether connections come with measured traffic. Without it, no traffic is not zero traffic.
    fn measures_traffic(&self) -> bool {
        false
    }

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

    /// Whether connections are invented.
    fn is_simulated(&self) -> bool {
        false
    }

    /// What to write on every picture, `DEMO everyday, seed 7` for instance; `None` when it is this computer, live.
    fn label(&self) -> Option<String> {
        None
    }

    /// Whether nothing will ever change again.
    fn finished(&self) -> bool {
        false
    }
}

/// Connections that are counted alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unseen {
    /// Sockets of whose end the system told, and nobody listened in time: some may never have been shown.
    pub missed: u64,
    /// Connections that were aborted, or refused, before a snapshot showed them: their other end is not known.
    pub aborted: u64,
}

impl Unseen {
    fn plus(self, other: Self) -> Self {
        Self { missed: self.missed + other.missed, aborted: self.aborted + other.aborted }
    }
}
