//! What changed between two moments.

use super::{Connection, ConnectionKey, Final, SocketState, UnixMillis};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
};

/// Changes since the previous delta, to be applied in this order: `reset`, `finals`, `closed`, `changed`,
/// `opened`; so a key in `opened` may be one in `closed` that is in use again. Otherwise no key is reported twice, but that
/// those in `finals` are in `closed`, too. Ghosts stand apart: their keys may be those of others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SnapshotDelta {
    /// When the snapshot behind it was taken.
    pub at: UnixMillis,
    /// With it, the scene is replaced by that of this moment, and what was there before is forgotten. `opened` is the whole
    /// then, of which nothing is seen to rise but what opened later than this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<UnixMillis>,
    /// Connections not there before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<Connection>,
    /// Connections that were there before with other values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Connection>,
    /// Connections that are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<ConnectionKey>,
    /// Connections that opened and closed between two samples, or between two deltas: they are in none of the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ghosts: Vec<Connection>,
    /// Last counters of connections in `closed`, where they are others than before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finals: Vec<Final>,
}

/// Ghosts that a message or a line of a recording holds at most, about 5 MB.
pub const MAX_GHOSTS: usize = 20_000;

impl SnapshotDelta {
    /// The whole of the moment `at`, which replaces whatever was there.
    #[must_use]
    pub fn reset_to(at: UnixMillis, connections: Vec<Connection>) -> Self {
        Self { at, reset: Some(at), opened: connections, ..Self::default() }
    }

    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reset.is_none()
            && self.opened.is_empty()
            && self.changed.is_empty()
            && self.closed.is_empty()
            && self.ghosts.is_empty()
    }

    /// Whether `connection`, one of `opened`, was there before anybody looked, so that it is not seen to rise.
    #[must_use]
    pub fn was_there(&self, connection: &Connection) -> bool {
        let since = |opened_at| self.reset.is_some_and(|moment| opened_at <= moment);
        connection.opened_at.is_none_or(since)
    }

    /// Adds what happened `later`, so that one delta says what two said. A connection that opened and closed in between
    /// is a ghost now. A reset forgets what came before it.
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

    /// Takes in closings, and returns the keys of those that had opened here.
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
            // The counters of this change were not delivered yet.
            if let (Some(traffic), false) = (connection.traffic, finals.contains_key(&connection.key)) {
                self.finals.push(Final { key: connection.key, traffic });
            }
        }
        let reset = self.reset;
        for mut ghost in self.opened.extract_if(.., |connection| came_and_went.contains(&connection.key)) {
            let was_there = reset.is_some_and(|moment| ghost.opened_at.is_none_or(|opened_at| opened_at <= moment));
            if was_there {
                // It is not part of the moment after.
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
