//! Tracks connections from sample to sample.

use super::{
    Connection, ConnectionKey, Final, Sample, Snapshot, SnapshotDelta, SocketRow, SocketState, UnixMillis,
    traffic::{Silence, Traffic, follow},
};
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

/// Capacity that is never released.
const FEW: usize = 1_024;

/// Tracks connections between snapshots and reports changes, without building a second map: rows that did not change
/// cost a lookup and a comparison, and no allocation.
#[derive(Debug, Default)]
pub struct Tracker {
    live: HashMap<ConnectionKey, Known>,
    generation: u32,
    counted_at: Option<Instant>,
    backwards: u64,
    /// Connections whose rates still change although their counters do not.
    unsettled: Vec<ConnectionKey>,
    /// Kept to reuse its memory.
    spare: Vec<ConnectionKey>,
}

#[derive(Debug)]
struct Known {
    connection: Connection,
    /// Number of the last snapshot that contains it.
    generation: u32,
    silence: Silence,
    has_ended: bool,
}

impl Known {
    fn new(connection: Connection, generation: u32, silence: Silence) -> Self {
        Self { connection, generation, silence, has_ended: false }
    }

    /// For a closed connection without final counters: a sample at the moment of the peer's FIN may have counted the
    /// FIN before the state changed. True if that is possible.
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

    fn report_closed(mut self, delta: &mut SnapshotDelta) {
        let key = self.connection.key;
        delta.closed.push(key);
        let is_doubtful = self.doubt_the_last_byte();
        if let (true, Some(traffic)) = (self.has_ended || is_doubtful, self.connection.traffic) {
            delta.finals.push(Final { key, traffic });
        }
    }
}

impl Tracker {
    /// Applies a sample taken at `at`, and returns the changes since the previous one. Sets `first_seen_at`, and sets
    /// `opened_at` for connections that were not in an earlier sample (never for those of the first sample, which may
    /// be days old). If the sample says when traffic was counted, rates are calculated from the counters.
    pub fn apply(&mut self, sample: Sample, at: UnixMillis) -> SnapshotDelta {
        let Sample { snapshot, ghosts, finals, counted_at, degradations: _ } = sample;
        let (rows, gone) = match snapshot {
            Snapshot::Whole(rows) => (rows, None),
            Snapshot::Changes { rows, gone } => (rows, Some(gone)),
            Snapshot::Delta(delta) => {
                self.adopt(&delta);
                return *delta;
            }
        };
        let ended = self.end(&finals);
        let is_first = self.generation == 0;
        let mut delta = self.take(rows, gone, at, counted_at);
        self.report_ended(ended, &mut delta);
        if !is_first {
            delta.ghosts = ghosts.into_iter().map(|ghost| ghost.seen(at, Some(at))).collect();
        }
        delta
    }

    /// Calls [`Tracker::apply`] with all sockets at `at`.
    pub fn update(&mut self, rows: Vec<SocketRow>, at: UnixMillis, counted_at: Option<Instant>) -> SnapshotDelta {
        self.apply(Sample { counted_at, ..Sample::whole(rows) }, at)
    }

    /// Applies a delta from elsewhere.
    fn adopt(&mut self, delta: &SnapshotDelta) {
        self.generation = self.generation.wrapping_add(1).max(1);
        self.counted_at = None;
        if delta.reset.is_some() {
            self.live.clear();
            self.unsettled.clear();
        }
        for key in &delta.closed {
            self.live.remove(key);
        }
        for connection in delta.changed.iter().chain(&delta.opened) {
            self.live.insert(connection.key, Known::new(connection.clone(), self.generation, Silence::default()));
        }
    }

    /// Applies the final counters of connections that are still present, and returns their keys.
    fn end(&mut self, finals: &[Final]) -> Vec<ConnectionKey> {
        let mut ended = Vec::new();
        for Final { key, traffic } in finals {
            if let Some(known) = self.live.get_mut(key) {
                known.connection.traffic = Some(traffic.after(known.connection.traffic.as_ref()));
                known.has_ended = true;
                ended.push(*key);
            }
        }
        ended
    }

    /// Reports the final counters of connections that are still present because the kernel keeps a TIME_WAIT entry for
    /// them.
    fn report_ended(&self, mut ended: Vec<ConnectionKey>, delta: &mut SnapshotDelta) {
        ended.retain(|key| self.live.contains_key(key));
        if ended.is_empty() {
            return;
        }
        let reported: HashSet<ConnectionKey> =
            delta.changed.iter().chain(&delta.opened).map(|connection| connection.key).collect();
        let unreported = ended.iter().filter(|key| !reported.contains(key)).filter_map(|key| self.live.get(key));
        delta.changed.extend(unreported.map(|known| known.connection.clone()));
    }

    fn take(
        &mut self,
        rows: Vec<SocketRow>,
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
            // Keys may be unknown: already closed, or never in a snapshot.
            if let Some(known) = self.live.remove(&key) {
                known.report_closed(&mut delta);
            }
        }
        let mut unsettled = std::mem::take(&mut self.spare);
        let counts = |row: &SocketRow| counted_at.is_some() && row.has_moving_rates();
        for mut row in rows {
            let is_time_wait = row.state == SocketState::TimeWait;
            match self.live.get_mut(&row.key) {
                // TIME_WAIT is an entry of the kernel for a socket that is gone: the connection has closed.
                Some(Known { connection: known, .. }) if is_time_wait && known.state != SocketState::TimeWait => {
                    if let Some(known) = self.live.remove(&row.key) {
                        known.report_closed(&mut delta);
                    }
                }
                Some(Known { connection: known, generation, silence, has_ended }) => {
                    *generation = self.generation;
                    row.keep_owner(known);
                    if let (Some(traffic), Some(before)) = (&mut row.traffic, &known.traffic) {
                        traffic.keep_least_round_trip(before);
                    }
                    if let (Some(traffic), Some(elapsed)) = (&mut row.traffic, elapsed) {
                        // A value that was not counted before has no rate yet.
                        let before = known.traffic.unwrap_or_default();
                        self.backwards += u64::from(follow(traffic, Some(&before), elapsed, silence));
                    }
                    if *has_ended || (row.traffic.is_none() && counted_at.is_some()) {
                        // After the program has closed a socket, the kernel keeps only its addresses.
                        row.traffic = known.traffic.map(Traffic::at_rest);
                    }
                    if counts(&row) {
                        unsettled.push(row.key);
                    }
                    if known.row != row {
                        known.row = row;
                        delta.changed.push(known.clone());
                    }
                }
                // A TIME_WAIT entry does not open a connection.
                None if is_time_wait && !is_first => {}
                None => {
                    let mut silence = Silence::default();
                    if let (Some(traffic), Some(elapsed)) = (&mut row.traffic, elapsed) {
                        follow(traffic, None, elapsed, &mut silence);
                    }
                    if counts(&row) {
                        unsettled.push(row.key);
                    }
                    let connection = row.seen(at, (!is_first).then_some(at));
                    self.live.insert(connection.key, Known::new(connection.clone(), self.generation, silence));
                    delta.opened.push(connection);
                }
            }
        }
        if is_whole {
            let generation = self.generation;
            for (_, known) in self.live.extract_if(|_, known| known.generation != generation) {
                known.report_closed(&mut delta);
            }
        } else {
            let before = std::mem::take(&mut self.unsettled);
            unsettled.extend(before.iter().filter(|key| self.is_unsettled(key, elapsed, &mut delta)));
            self.unsettled = before;
        }
        self.spare = std::mem::replace(&mut self.unsettled, unsettled);
        self.spare.clear();
        // At the second sample of a source all rates become known, and most are 0.
        for list in [&mut self.unsettled, &mut self.spare] {
            if list.capacity() > FEW && list.capacity() / 4 > list.len() {
                list.shrink_to(FEW.max(list.len()));
            }
        }
        delta
    }

    /// Updates the rates of a connection that this snapshot omits because its counters are unchanged. False once the
    /// rates are constant.
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

    /// The connections of the last snapshot, in arbitrary order.
    pub fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.live.values().map(|known| &known.connection)
    }

    /// Whether there was a snapshot.
    #[must_use]
    pub fn has_sampled(&self) -> bool {
        self.generation > 0
    }

    /// Number of connections in the last snapshot.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live.len()
    }

    /// How often a traffic counter went backwards; such samples count as no traffic in rates.
    #[must_use]
    pub fn backwards(&self) -> u64 {
        self.backwards
    }

    /// Whether the last snapshot has no connections.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }
}
