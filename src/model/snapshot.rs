//! What changed between two looks at the sockets.

use super::{
    Connection, ConnectionKey, Degradation, SocketState, UnixMillis,
    traffic::{Silence, follow},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
    time::Instant,
};

/// Every connection of one moment, as a source reported it.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Rows; at most one per key.
    pub connections: Vec<Connection>,
    /// What the source could not do.
    pub degradations: Vec<Degradation>,
    /// When traffic was counted, on a clock that nobody sets; `None` where it is not, or where the source tells rates.
    pub counted_at: Option<Instant>,
    /// Connections that opened and closed since the snapshot before.
    pub ghosts: Vec<Connection>,
    /// Last counters of connections that closed since; only key and traffic matter.
    pub finals: Vec<Connection>,
}

/// What happened since the last delta. Keys in `opened` and `changed` are distinct; a key is never in `closed` and in
/// one of the others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SnapshotDelta {
    /// When the snapshot behind it was taken.
    pub at: UnixMillis,
    /// Connections not there before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<Connection>,
    /// Connections that were there before with other values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Connection>,
    /// Connections that are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<ConnectionKey>,
    /// Connections that opened and closed between two looks: they are in none of the others. There are at most
    /// [`MAX_GHOSTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ghosts: Vec<Connection>,
    /// Last values of connections in `closed`, where they are others than before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finals: Vec<Connection>,
}

/// Ghosts that a delta holds at most, about 5 MB; those beyond are counted.
pub const MAX_GHOSTS: usize = 20_000;

impl SnapshotDelta {
    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.opened.is_empty() && self.changed.is_empty() && self.closed.is_empty() && self.ghosts.is_empty()
    }

    /// Adds what happened `later`, so that one delta says what two said. A connection that opened and closed in
    /// between disappears from both lists; the return value counts those, and ghosts that there is no room for.
    pub fn merge(&mut self, later: Self) -> usize {
        let mut vanished = 0;
        self.at = later.at;
        let mut opened: HashMap<ConnectionKey, usize> =
            self.opened.iter().enumerate().map(|(i, c)| (c.key, i)).collect();
        let mut changed: HashMap<ConnectionKey, usize> =
            self.changed.iter().enumerate().map(|(i, c)| (c.key, i)).collect();
        let mut drop_keys = HashSet::new();
        for key in later.closed {
            if opened.remove(&key).is_some() {
                drop_keys.insert(key);
                vanished += 1;
            } else {
                if changed.remove(&key).is_some() {
                    drop_keys.insert(key);
                }
                self.closed.push(key);
            }
        }
        self.opened.retain(|c| !drop_keys.contains(&c.key));
        self.changed.retain(|c| !drop_keys.contains(&c.key));
        opened = self.opened.iter().enumerate().map(|(i, c)| (c.key, i)).collect();
        changed = self.changed.iter().enumerate().map(|(i, c)| (c.key, i)).collect();
        for connection in later.changed {
            if let Some(&i) = opened.get(&connection.key) {
                self.opened[i] = connection;
            } else if let Some(&i) = changed.get(&connection.key) {
                self.changed[i] = connection;
            } else {
                self.changed.push(connection);
            }
        }
        // Closed and opened again under the same key: for the reader it changed.
        let closed: HashSet<ConnectionKey> = self.closed.iter().copied().collect();
        let mut reopened = HashSet::new();
        for connection in later.opened {
            if closed.contains(&connection.key) {
                reopened.insert(connection.key);
                self.changed.push(connection);
            } else {
                self.opened.push(connection);
            }
        }
        self.closed.retain(|key| !reopened.contains(key));
        self.finals.extend(later.finals.into_iter().filter(|last| !drop_keys.contains(&last.key)));
        if !reopened.is_empty() {
            self.finals.retain(|last| !reopened.contains(&last.key));
        }
        let room = MAX_GHOSTS.saturating_sub(self.ghosts.len());
        vanished += later.ghosts.len().saturating_sub(room);
        self.ghosts.extend(later.ghosts.into_iter().take(room));
        vanished
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

/// Remembers the connections between snapshots and tells what changed, without building a second map: rows that did
/// not change cost a look-up and a comparison, and no allocation.
#[derive(Debug, Default)]
pub struct Tracker {
    live: HashMap<ConnectionKey, Known>,
    generation: u64,
    counted_at: Option<Instant>,
    backwards: u64,
}

#[derive(Debug)]
struct Known {
    connection: Connection,
    generation: u64,
    silence: Silence,
    has_ended: bool,
}

impl Known {
    /// Of a connection that is gone, and whose last counters nobody told: a look that fell into the moment of the peer's
    /// FIN may have counted it while the state was still the one before. True where that may be so.
    fn doubt_the_last_byte(&mut self) -> bool {
        use SocketState::{CloseWait, Closing, LastAck};
        let knows_fin = matches!(self.connection.state, CloseWait | Closing | LastAck);
        match &mut self.connection.traffic {
            Some(traffic) if !self.has_ended && !knows_fin && traffic.bytes_received.is_some_and(|bytes| bytes > 0) => {
                traffic.bytes_received_error = 1;
                true
            }
            _ => false,
        }
    }
}

impl Tracker {
    /// Takes a whole snapshot: [`Tracker::update`], with what was told of connections that have closed.
    pub fn look(&mut self, snapshot: Snapshot, at: UnixMillis) -> SnapshotDelta {
        for last in snapshot.finals {
            if let (Some(known), Some(mut traffic)) = (self.live.get_mut(&last.key), last.traffic) {
                let before = known.connection.traffic.unwrap_or_default();
                traffic.keep_least_round_trip(&before);
                traffic.rate_sent_bytes_per_sec = before.rate_sent_bytes_per_sec;
                traffic.rate_received_bytes_per_sec = before.rate_received_bytes_per_sec;
                known.connection.traffic = Some(traffic);
                known.has_ended = true;
            }
        }
        let is_first = self.generation == 0;
        let mut delta = self.update(snapshot.connections, at, snapshot.counted_at);
        if !is_first {
            delta.ghosts = snapshot.ghosts;
            for ghost in &mut delta.ghosts {
                (ghost.first_seen_at, ghost.opened_at) = (at, Some(at));
            }
        }
        delta
    }

    /// Takes the snapshot of `at` and returns what changed since the one before. Fills in `first_seen_at`, and
    /// `opened_at` for connections that were not in an earlier snapshot (never for those of the first: they may be
    /// days old). `counted_at` is when traffic was counted (see [`Snapshot::counted_at`]): with it, rates are made of
    /// the counters.
    pub fn update(
        &mut self,
        connections: Vec<Connection>,
        at: UnixMillis,
        counted_at: Option<Instant>,
    ) -> SnapshotDelta {
        let mut delta = SnapshotDelta { at, ..SnapshotDelta::default() };
        let elapsed = counted_at.zip(self.counted_at).map(|(now, then)| now.saturating_duration_since(then));
        self.counted_at = counted_at;
        let is_first = self.generation == 0;
        self.generation += 1;
        for mut connection in connections {
            match self.live.get_mut(&connection.key) {
                // What the kernel remembers of a socket that is gone: the connection has closed.
                Some(Known { connection: known, .. })
                    if connection.state == SocketState::TimeWait && known.state != SocketState::TimeWait => {}
                Some(Known { connection: known, generation, silence, .. }) => {
                    *generation = self.generation;
                    connection.first_seen_at = known.first_seen_at;
                    connection.opened_at = known.opened_at;
                    connection.keep_owner(known);
                    if let (Some(traffic), Some(before)) = (&mut connection.traffic, &known.traffic) {
                        traffic.keep_least_round_trip(before);
                    }
                    if let (Some(traffic), Some(elapsed)) = (&mut connection.traffic, elapsed) {
                        // What was not counted then has no rate now.
                        let before = known.traffic.unwrap_or_default();
                        self.backwards += u64::from(follow(traffic, Some(&before), elapsed, silence));
                    }
                    if *known != connection {
                        *known = connection.clone();
                        delta.changed.push(connection);
                    }
                }
                // And it opens nothing.
                None if connection.state == SocketState::TimeWait && !is_first => {}
                None => {
                    connection.first_seen_at = at;
                    connection.opened_at = (!is_first).then_some(at);
                    let mut silence = Silence::default();
                    if let (Some(traffic), Some(elapsed)) = (&mut connection.traffic, elapsed) {
                        follow(traffic, None, elapsed, &mut silence);
                    }
                    let known = Known {
                        connection: connection.clone(),
                        generation: self.generation,
                        silence,
                        has_ended: false,
                    };
                    self.live.insert(connection.key, known);
                    delta.opened.push(connection);
                }
            }
        }
        let generation = self.generation;
        self.live.retain(|key, known| {
            let alive = known.generation == generation;
            if !alive {
                delta.closed.push(*key);
                let is_doubtful = known.doubt_the_last_byte();
                if known.has_ended || is_doubtful {
                    delta.finals.push(known.connection.clone());
                }
            }
            alive
        });
        delta
    }

    /// Number of connections in the last snapshot.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live.len()
    }

    /// How often a counter of traffic went backwards; nothing flowed then, as far as rates go.
    #[must_use]
    pub fn backwards(&self) -> u64 {
        self.backwards
    }

    /// Whether the last snapshot had no connection.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }
}
