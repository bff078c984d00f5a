//! What a source reports in one sample.

use super::{ConnectionKey, Degradation, SnapshotDelta, SocketRow, Traffic};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// The sockets of one moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Snapshot {
    /// All sockets, at most one row per key.
    Whole(Vec<SocketRow>),
    /// Changes since the previous sample of the same source; all other sockets are unchanged.
    Changes {
        /// New and changed sockets, at most one row per key.
        rows: Vec<SocketRow>,
        /// Closed sockets.
        gone: Vec<ConnectionKey>,
    },
    /// A delta with its own times, from a recording or a demo. It is passed on unchanged.
    Delta(Box<SnapshotDelta>),
}

impl Default for Snapshot {
    fn default() -> Self {
        Self::Whole(Vec::new())
    }
}

impl Snapshot {
    /// Its rows; none for a delta.
    #[must_use]
    pub fn rows(&self) -> &[SocketRow] {
        match self {
            Self::Whole(rows) | Self::Changes { rows, .. } => rows,
            Self::Delta(_) => &[],
        }
    }
}

/// One sample of a source.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// The sockets.
    pub snapshot: Snapshot,
    /// Sockets that opened and closed since the previous sample, so that no snapshot contains them.
    pub ghosts: Vec<SocketRow>,
    /// Final counters of sockets in earlier snapshots. They come with the sample that no longer has the socket, or before.
    pub finals: Vec<Final>,
    /// When traffic was counted, on a monotonic clock; `None` if it is not counted, or the source reports rates itself.
    pub counted_at: Option<Instant>,
    /// What does not work.
    pub degradations: Vec<Degradation>,
}

impl From<Snapshot> for Sample {
    fn from(snapshot: Snapshot) -> Self {
        Self { snapshot, ..Self::default() }
    }
}

impl Sample {
    /// A complete sample without anything else.
    #[must_use]
    pub fn whole(rows: Vec<SocketRow>) -> Self {
        Snapshot::Whole(rows).into()
    }
}

/// The last counters of a closed connection. [`Traffic::is_final`] says whether they are complete.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Final {
    /// The connection.
    pub key: ConnectionKey,
    /// Its counters.
    #[serde(default)]
    pub traffic: Traffic,
}
