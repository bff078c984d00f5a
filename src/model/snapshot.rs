//! What changed between two looks at the sockets.

use super::{
    Connection, ConnectionKey, Degradation, SocketState, UnixMillis,
    traffic::{Silence, Traffic, follow},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
    time::{Duration, Instant},
};

/// Every connection of one moment, as a source reported it.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Rows; at most one per key.
    pub connections: Vec<Connection>,
    /// With it, `connections` are only those that are new or have other values than in the snapshot before from the same
    /// source, these are gone, and all others are as they were.
    pub gone: Option<Vec<ConnectionKey>>,
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
    /// Connections that opened and closed between two looks, or between two deltas: they are in none of the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ghosts: Vec<Connection>,
    /// Last values of connections in `closed`, where they are others than before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finals: Vec<Connection>,
}

/// Ghosts that a message or a line of a recording holds at most, about 5 MB.
pub const MAX_GHOSTS: usize = 20_000;

/// Room for so many is kept without need.
const FEW: usize = 1_024;

impl SnapshotDelta {
    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.opened.is_empty() && self.changed.is_empty() && self.closed.is_empty() && self.ghosts.is_empty()
    }

    /// Adds what happened `later`, so that one delta says what two said. A connection that opened and closed in between
    /// is a ghost now. One whose key is in use again by then is in neither list; the return value counts those.
    pub fn merge(&mut self, later: Self) -> usize {
        self.at = later.at;
        let mut opened: HashMap<ConnectionKey, usize> =
            self.opened.iter().enumerate().map(|(i, c)| (c.key, i)).collect();
        let mut changed: HashMap<ConnectionKey, usize> =
            self.changed.iter().enumerate().map(|(i, c)| (c.key, i)).collect();
        let mut drop_keys = HashSet::new();
        for key in later.closed {
            if opened.remove(&key).is_some() {
                drop_keys.insert(key);
            } else {
                if changed.remove(&key).is_some() {
                    drop_keys.insert(key);
                }
                self.closed.push(key);
            }
        }
        let finals: HashMap<ConnectionKey, &Connection> = later.finals.iter().map(|last| (last.key, last)).collect();
        let came_and_went = self.opened.extract_if(.., |c| drop_keys.contains(&c.key)).map(|connection| {
            let last = finals.get(&connection.key).map_or(connection, |last| (*last).clone());
            Connection { state: SocketState::Closed, ..last }
        });
        self.ghosts.extend(came_and_went);
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
        let ghosts = self.ghosts.len();
        if ghosts > 0 && !self.opened.is_empty() {
            let live: HashSet<ConnectionKey> = self.opened.iter().map(|connection| connection.key).collect();
            self.ghosts.retain(|ghost| !live.contains(&ghost.key));
        }
        let vanished = ghosts - self.ghosts.len();
        self.ghosts.extend(later.ghosts);
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
    generation: u32,
    counted_at: Option<Instant>,
    backwards: u64,
    /// Connections whose rates go on to change although their counters do not.
    unsettled: Vec<ConnectionKey>,
    /// Kept for its memory alone.
    spare: Vec<ConnectionKey>,
}

#[derive(Debug)]
struct Known {
    connection: Connection,
    /// Number of the snapshot that had it last.
    generation: u32,
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

    fn tell_closed(mut self, delta: &mut SnapshotDelta) {
        delta.closed.push(self.connection.key);
        let is_doubtful = self.doubt_the_last_byte();
        if self.has_ended || is_doubtful {
            delta.finals.push(self.connection);
        }
    }
}

impl Tracker {
    /// Takes a snapshot, whole or not: [`Tracker::update`], with what was told of connections that have closed.
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
        let mut delta = self.take(snapshot.connections, snapshot.gone, at, snapshot.counted_at);
        if !is_first {
            delta.ghosts = snapshot.ghosts;
            for ghost in &mut delta.ghosts {
                (ghost.first_seen_at, ghost.opened_at) = (at, Some(at));
            }
        }
        delta
    }

    /// Takes the whole snapshot of `at` and returns what changed since the one before. Fills in `first_seen_at`, and
    /// `opened_at` for connections that were not in an earlier snapshot (never for those of the first: they may be
    /// days old). `counted_at` is when traffic was counted (see [`Snapshot::counted_at`]): with it, rates are made of
    /// the counters.
    pub fn update(
        &mut self,
        connections: Vec<Connection>,
        at: UnixMillis,
        counted_at: Option<Instant>,
    ) -> SnapshotDelta {
        self.take(connections, None, at, counted_at)
    }

    fn take(
        &mut self,
        connections: Vec<Connection>,
        gone: Option<Vec<ConnectionKey>>,
        at: UnixMillis,
        counted_at: Option<Instant>,
    ) -> SnapshotDelta {
        let mut delta = SnapshotDelta { at, ..SnapshotDelta::default() };
        let elapsed = counted_at.zip(self.counted_at).map(|(now, then)| now.saturating_duration_since(then));
        self.counted_at = counted_at;
        let is_first = self.generation == 0;
        self.generation = self.generation.wrapping_add(1).max(1);
        let is_whole = gone.is_none();
        for key in gone.into_iter().flatten() {
            // What is told only now may have closed before.
            if let Some(known) = self.live.remove(&key) {
                known.tell_closed(&mut delta);
            }
        }
        let mut unsettled = std::mem::take(&mut self.spare);
        let counts = |connection: &Connection| counted_at.is_some() && connection.has_moving_rates();
        for mut connection in connections {
            let is_remnant = connection.state == SocketState::TimeWait;
            match self.live.get_mut(&connection.key) {
                // What the kernel remembers of a socket that is gone: the connection has closed.
                Some(Known { connection: known, .. }) if is_remnant && known.state != SocketState::TimeWait => {
                    if let Some(known) = self.live.remove(&connection.key) {
                        known.tell_closed(&mut delta);
                    }
                }
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
                    if connection.traffic.is_none() && counted_at.is_some() {
                        // Of a socket that its program has closed, the kernel keeps the addresses alone.
                        connection.traffic = known.traffic.map(Traffic::at_rest);
                    }
                    if counts(&connection) {
                        unsettled.push(connection.key);
                    }
                    if *known != connection {
                        *known = connection.clone();
                        delta.changed.push(connection);
                    }
                }
                // And it opens nothing.
                None if is_remnant && !is_first => {}
                None => {
                    connection.first_seen_at = at;
                    connection.opened_at = (!is_first).then_some(at);
                    let mut silence = Silence::default();
                    if let (Some(traffic), Some(elapsed)) = (&mut connection.traffic, elapsed) {
                        follow(traffic, None, elapsed, &mut silence);
                    }
                    if counts(&connection) {
                        unsettled.push(connection.key);
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
        if is_whole {
            let generation = self.generation;
            for (_, known) in self.live.extract_if(|_, known| known.generation != generation) {
                known.tell_closed(&mut delta);
            }
        } else {
            let before = std::mem::take(&mut self.unsettled);
            unsettled.extend(before.iter().filter(|key| self.is_unsettled(key, elapsed, &mut delta)));
            self.unsettled = before;
        }
        self.spare = std::mem::replace(&mut self.unsettled, unsettled);
        self.spare.clear();
        // At the second look of a source every rate becomes known, and most come to rest.
        for list in [&mut self.unsettled, &mut self.spare] {
            if list.capacity() > FEW && list.capacity() / 4 > list.len() {
                list.shrink_to(FEW.max(list.len()));
            }
        }
        delta
    }

    /// Goes on with the rates of a connection that this snapshot did not mention, since its counters are what they were.
    /// False when they have come to rest.
    fn is_unsettled(&mut self, key: &ConnectionKey, elapsed: Option<Duration>, delta: &mut SnapshotDelta) -> bool {
        let Some(known) = self.live.get_mut(key).filter(|known| known.generation != self.generation) else {
            return false;
        };
        let (Some(before), Some(elapsed)) = (known.connection.traffic, elapsed) else { return true };
        let mut now = before;
        follow(&mut now, Some(&before), elapsed, &mut known.silence);
        if now != before {
            known.connection.traffic = Some(now);
            delta.changed.push(known.connection.clone());
        }
        known.connection.has_moving_rates()
    }

    /// The connections of the last snapshot, in no order.
    pub fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.live.values().map(|known| &known.connection)
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
