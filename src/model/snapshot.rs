//! What a source sees when it looks at the sockets.

use super::{ConnectionKey, Degradation, SnapshotDelta, SocketRow, Traffic};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// The sockets of one moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Snapshot {
    /// All of them, at most one row per key.
    Whole(Vec<SocketRow>),
    /// What is other than at the look before of the same source; all others are as they were.
    Changes {
        /// Sockets that are new or have other values, at most one row per key.
        rows: Vec<SocketRow>,
        /// Sockets that are gone.
        gone: Vec<ConnectionKey>,
    },
    /// What somebody else has found out already, times and all, as a recording has it. It is passed on as it is.
    Told(Box<SnapshotDelta>),
}

impl Default for Snapshot {
    fn default() -> Self {
        Self::Whole(Vec::new())
    }
}

impl Snapshot {
    /// The rows in it, whatever they stand for; none of what is told.
    #[must_use]
    pub fn rows(&self) -> &[SocketRow] {
        match self {
            Self::Whole(rows) | Self::Changes { rows, .. } => rows,
            Self::Told(_) => &[],
        }
    }
}

/// What a source says at one look.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// The sockets.
    pub snapshot: Snapshot,
    /// Sockets that opened and closed since the look before: no snapshot has them.
    pub ghosts: Vec<SocketRow>,
    /// Last counters of sockets that a snapshot had. They come with the look that no longer has the socket, or before.
    pub finals: Vec<Final>,
    /// When traffic was counted, on a clock that nobody sets; `None` where it is not, or where the source tells rates.
    pub counted_at: Option<Instant>,
    /// What the source could not do.
    pub degradations: Vec<Degradation>,
}

impl From<Snapshot> for Look {
    fn from(snapshot: Snapshot) -> Self {
        Self { snapshot, ..Self::default() }
    }
}

impl Look {
    /// All sockets of a moment, and nothing else to say.
    #[must_use]
    pub fn whole(rows: Vec<SocketRow>) -> Self {
        Snapshot::Whole(rows).into()
    }
}

/// The last counters of a connection that has closed. [`Traffic::is_final`] says whether nothing can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Final {
    /// The connection.
    pub key: ConnectionKey,
    /// Its counters.
    #[serde(default)]
    pub traffic: Traffic,
}
