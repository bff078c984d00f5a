//! The differences between two snapshots.

use super::{Connection, ConnectionKey, Final, SocketState, UnixMillis};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
};

/// Changes since the previous delta, to be applied in this order: `reset`, `finals`, `closed`, `changed`, `opened`. So
/// a key in `opened` may also be in `closed`, if it was reused. Otherwise each key is in one list only, except that
/// keys in `finals` are also in `closed`. Ghosts are independent: they may have the same keys as other connections.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SnapshotDelta {
    /// Time of the snapshot.
    pub at: UnixMillis,
    /// If set, `opened` is the complete scene at this moment and replaces the previous one. Only connections that
    /// opened after this moment are animated as opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<UnixMillis>,
    /// Connections that are new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<Connection>,
    /// Existing connections with changed values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Connection>,
    /// Connections that closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<ConnectionKey>,
    /// Connections that opened and closed between two samples or deltas; they are in none of the other lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ghosts: Vec<Connection>,
    /// Final counters of connections in `closed`, if they have changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finals: Vec<Final>,
}

/// Maximum number of ghosts in a message or in a line of a recording, about 5 MB.
pub const MAX_GHOSTS: usize = 20_000;

impl SnapshotDelta {
    /// The complete scene at `at`, which replaces the previous one.
    #[must_use]
    pub fn reset_to(at: UnixMillis, connections: Vec<Connection>) -> Self {
        Self { at, reset: Some(at), opened: connections, ..Self::default() }
    }

    /// Whether there are no changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reset.is_none()
            && self.opened.is_empty()
            && self.changed.is_empty()
            && self.closed.is_empty()
            && self.ghosts.is_empty()
    }

    /// Whether `connection`, one of `opened`, was open before the program started to watch, so that its opening is not
    /// animated.
    #[must_use]
    pub fn was_there(&self, connection: &Connection) -> bool {
        let since = |opened_at| self.reset.is_some_and(|moment| opened_at <= moment);
        connection.opened_at.is_none_or(since)
    }

    /// Combines this delta with the `later` one. A connection that opened in the first and closed in the second becomes
    /// a ghost. A reset discards what precedes it.
    pub fn merge(&mut self, later: Self) {
        if later.reset.is_some() {
            *self = later;
            return;
        }
        self.at = later.at;
        let came_and_went = self.close(later.closed, &later.finals);
        self.finals.extend(later.finals.into_iter().filter(|last| !came_and_went.contains(&last.key)));
        self.change(later.changed);
        self.opened.extend(later.opened);
        self.ghosts.extend(later.ghosts);
    }

    /// Adds closed connections, and returns the keys of those that had opened in this delta.
    fn close(&mut self, closed: Vec<ConnectionKey>, finals: &[Final]) -> HashSet<ConnectionKey> {
        let mut came_and_went = HashSet::new();
        if closed.is_empty() {
            return came_and_went;
        }
        let finals: HashMap<ConnectionKey, &Final> = finals.iter().map(|last| (last.key, last)).collect();
        let opened: HashSet<ConnectionKey> = self.opened.iter().map(|connection| connection.key).collect();
        let mut gone = HashSet::new();
        for key in closed {
            if opened.contains(&key) {
                came_and_went.insert(key);
            } else {
                gone.insert(key);
                self.closed.push(key);
            }
        }
        for connection in self.changed.extract_if(.., |connection| gone.contains(&connection.key)) {
            // The counters in this change have not been delivered yet.
            if let (Some(traffic), false) = (connection.traffic, finals.contains_key(&connection.key)) {
                self.finals.push(Final { key: connection.key, traffic });
            }
        }
        let reset = self.reset;
        for mut ghost in self.opened.extract_if(.., |connection| came_and_went.contains(&connection.key)) {
            let was_there = reset.is_some_and(|moment| ghost.opened_at.is_none_or(|opened_at| opened_at <= moment));
            if was_there {
                // It is not part of the scene after the merge.
                continue;
            }
            if let Some(last) = finals.get(&ghost.key) {
                ghost.traffic = Some(last.traffic);
            }
            ghost.state = SocketState::Closed;
            self.ghosts.push(ghost);
        }
        came_and_went
    }

    fn change(&mut self, changed: Vec<Connection>) {
        if changed.is_empty() {
            return;
        }
        let index = |list: &[Connection]| -> HashMap<ConnectionKey, usize> {
            list.iter().enumerate().map(|(at, connection)| (connection.key, at)).collect()
        };
        let (known_opened, known_changed) = (index(&self.opened), index(&self.changed));
        for connection in changed {
            if let Some(at) = known_opened.get(&connection.key) {
                self.opened[*at] = connection;
            } else if let Some(at) = known_changed.get(&connection.key) {
                self.changed[*at] = connection;
            } else {
                self.changed.push(connection);
            }
        }
    }
}

/// The difference from `before` to `after`: `apply(before, diff(before, after)) == after`.
#[must_use]
pub fn diff<S: BuildHasher>(
    before: &HashMap<ConnectionKey, Connection, S>,
    after: &HashMap<ConnectionKey, Connection, S>,
    at: UnixMillis,
) -> SnapshotDelta {
    let mut delta = SnapshotDelta { at, ..SnapshotDelta::default() };
    for (key, connection) in after {
        match before.get(key) {
            None => delta.opened.push(connection.clone()),
            Some(old) if old != connection => delta.changed.push(connection.clone()),
            Some(_) => {}
        }
    }
    delta.closed.extend(before.keys().filter(|key| !after.contains_key(key)));
    delta
}
