//! Writes the changes of connections as the records of one block.

use super::{
    DecodeError, VERSION,
    wire::{
        Record, WireHead, WireOpen, WireOwner, WirePlace, WireTraffic, direction_number, flags_of, is_of_this_host,
        state_number,
    },
};
use crate::{
    model::{Connection, ConnectionKey, Final, Location, SnapshotDelta, Traffic, UnixMillis},
    sampler::{HomeThen, SamplerReport},
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::{net::IpAddr, sync::Arc};

/// Encodes a block: first the connections that are there, then what changes.
///
/// Counters of a connection are written at most every `counter_interval_ms`, and when it closes.
#[derive(Debug)]
pub struct Encoder {
    bytes: Vec<u8>,
    at: UnixMillis,
    counter_interval_ms: i64,
    owners: FxHashMap<WireOwner, u32>,
    addresses: FxHashMap<IpAddr, u32>,
    /// Numbers of locations by their content, and by their address in memory, which is quicker to find.
    places: FxHashMap<Vec<u8>, u32>,
    shared_places: FxHashMap<usize, (Arc<Location>, u32)>,
    live: FxHashMap<ConnectionKey, Live>,
    /// Connections whose counters have changed since they were written.
    untold: FxHashSet<ConnectionKey>,
    next_slot: u32,
    identity: u64,
    events: u32,
    report: Option<SamplerReport>,
    home: Option<HomeThen>,
    /// Connections that cannot be written.
    refused: u64,
}

/// A connection as it was last written.
#[derive(Debug)]
struct Live {
    slot: u32,
    owner: u32,
    place: u32,
    connection: Connection,
    told: Option<Traffic>,
    told_at: UnixMillis,
}

impl Encoder {
    /// Begins a block at `at` with these connections. `continues` says that they are those at the end of the block before.
    #[must_use]
    pub fn begin<'a>(
        at: UnixMillis,
        continues: bool,
        counter_interval_ms: i64,
        connections: impl IntoIterator<Item = &'a Connection>,
    ) -> Self {
        let mut block = Self {
            bytes: Vec::new(),
            at,
            counter_interval_ms,
            owners: FxHashMap::default(),
            addresses: FxHashMap::default(),
            places: FxHashMap::default(),
            shared_places: FxHashMap::default(),
            live: FxHashMap::default(),
            untold: FxHashSet::default(),
            next_slot: 0,
            identity: 0,
            events: 0,
            report: None,
            home: None,
            refused: 0,
        };
        let head = WireHead { version: VERSION, at_ms: at.0, continues };
        block.push(&head);
        connections.into_iter().for_each(|connection| block.open(connection));
        block.events = 0;
        block
    }

    /// Writes the changes of `delta`, which must be those since the previous one and not a reset.
    pub fn step(&mut self, delta: &SnapshotDelta) {
        self.move_to(delta.at);
        let finals: FxHashMap<ConnectionKey, &Final> = delta.finals.iter().map(|last| (last.key, last)).collect();
        for key in &delta.closed {
            self.close(key, finals.get(key).map(|last| last.traffic));
        }
        for connection in delta.changed.iter().chain(&delta.opened) {
            if self.live.contains_key(&connection.key) { self.change(connection) } else { self.open(connection) }
        }
        for ghost in &delta.ghosts {
            if let Some((open, ..)) = self.opening(ghost) {
                self.record(&Record::Ghost(Box::new(open)));
            }
        }
        self.tell_counters();
    }

    /// Writes the counters that are due at `at`.
    pub fn tick(&mut self, at: UnixMillis) {
        if self.untold.iter().any(|key| self.is_due(key, at)) {
            self.move_to(at);
            self.tell_counters();
        }
    }

    /// Writes what the sampler says about itself, if that has changed in more than counts and measurements.
    pub fn report(&mut self, at: UnixMillis, report: &SamplerReport) {
        let report = report.without_measurements();
        if self.report.as_ref() != Some(&report)
            && let Ok(json) = serde_json::to_string(&report)
        {
            self.move_to(at);
            self.push(&Record::Report(json));
            self.report = Some(report);
        }
    }

    /// Writes the location of the computer, if it has changed.
    pub fn home(&mut self, at: UnixMillis, home: &HomeThen) {
        if self.home.as_ref() != Some(home) {
            self.move_to(at);
            self.push(&Record::Home(home.clone()));
            self.home = Some(home.clone());
        }
    }

    /// The bytes written since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Bytes that have not been taken.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Number of events in the block, without the connections at its beginning.
    #[must_use]
    pub fn events(&self) -> u32 {
        self.events
    }

    /// The moment of the last record.
    #[must_use]
    pub fn at(&self) -> UnixMillis {
        self.at
    }

    /// The connections at the moment, with their last counters.
    pub fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.live.values().map(|live| &live.connection)
    }

    /// A connection.
    #[must_use]
    pub fn get(&self, key: &ConnectionKey) -> Option<&Connection> {
        self.live.get(key).map(|live| &live.connection)
    }

    /// Number of connections of other computers, which this format does not have.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    fn move_to(&mut self, at: UnixMillis) {
        if at != self.at {
            self.push(&Record::Step { after_ms: at.0.wrapping_sub(self.at.0) });
            self.at = at;
        }
    }

    fn push(&mut self, value: &impl serde::Serialize) {
        let bytes = std::mem::take(&mut self.bytes);
        // Writing to memory cannot fail.
        self.bytes = postcard::to_extend(value, bytes).unwrap_or_default();
    }

    fn record(&mut self, record: &Record) {
        self.push(record);
        self.events += 1;
    }

    fn open(&mut self, connection: &Connection) {
        let Some((open, owner, place)) = self.opening(connection) else { return };
        let slot = self.next_slot;
        self.next_slot += 1;
        self.record(&Record::Open(Box::new(open)));
        let live =
            Live { slot, owner, place, connection: connection.clone(), told: connection.traffic, told_at: self.at };
        self.live.insert(connection.key, live);
    }

    /// The record of a new connection, and the numbers of its owner and location.
    fn opening(&mut self, connection: &Connection) -> Option<(WireOpen, u32, u32)> {
        if !is_of_this_host(&connection.key) {
            self.refused += 1;
            return None;
        }
        let (owner, pid) = self.owner(connection);
        let place = self.place(connection);
        let local = (self.address(connection.key.local.ip), connection.key.local.port);
        let remote = connection.key.remote.map(|remote| (self.address(remote.ip), remote.port));
        let identity = connection.key.identity.wrapping_sub(self.identity) as i64;
        self.identity = connection.key.identity;
        let open = WireOpen {
            flags: flags_of(connection),
            state: state_number(connection.state),
            direction: direction_number(connection.direction),
            identity,
            local,
            remote,
            owner,
            pid,
            place,
            first_seen_ago_ms: self.at.0.wrapping_sub(connection.first_seen_at.0),
            opened_after_ms: connection.opened_at.map(|at| at.0.wrapping_sub(connection.first_seen_at.0)),
            traffic: connection.traffic.as_ref().map(WireTraffic::of),
        };
        Some((open, owner, place))
    }

    fn address(&mut self, ip: IpAddr) -> u32 {
        if let Some(number) = self.addresses.get(&ip) {
            return *number;
        }
        let number = self.addresses.len() as u32;
        self.push(&Record::Address(ip));
        self.addresses.insert(ip, number);
        number
    }

    fn owner(&mut self, connection: &Connection) -> (u32, u32) {
        let (owner, pid) = WireOwner::of(connection);
        if let Some(number) = self.owners.get(&owner) {
            return (*number, pid);
        }
        let number = self.owners.len() as u32;
        self.push(&Record::Owner(owner.clone()));
        self.owners.insert(owner, number);
        (number, pid)
    }

    /// The number of its location: the recorded one, or what a simulated peer states; 0 without one.
    fn place(&mut self, connection: &Connection) -> u32 {
        let location = match &connection.recorded_location {
            Some(location) => Arc::clone(location),
            None if connection.simulated.is_some() => match connection.row.stated_location() {
                Some(location) => Arc::new(location),
                None => return 0,
            },
            None => return 0,
        };
        let in_memory = Arc::as_ptr(&location) as usize;
        if let Some((_, number)) = self.shared_places.get(&in_memory) {
            return *number;
        }
        let wire = WirePlace::of(&location);
        let content = postcard::to_stdvec(&wire).unwrap_or_default();
        let number = match self.places.get(&content) {
            Some(number) => *number,
            None => {
                let number = self.places.len() as u32;
                self.push(&Record::Place(Box::new(wire)));
                self.places.insert(content, number);
                number
            }
        };
        self.shared_places.insert(in_memory, (location, number));
        number
    }

    fn change(&mut self, connection: &Connection) {
        let Some(mut live) = self.live.remove(&connection.key) else { return };
        let (old, slot) = (&live.connection, live.slot);
        if (old.state, old.direction) != (connection.state, connection.direction) {
            let (state, direction) = (state_number(connection.state), direction_number(connection.direction));
            self.record(&Record::State { slot, state, direction });
        }
        if old.first_seen_at != connection.first_seen_at || old.opened_at != connection.opened_at {
            let (first_seen_ms, opened_ms) = (connection.first_seen_at.0, connection.opened_at.map(|at| at.0));
            self.record(&Record::Times { slot, first_seen_ms, opened_ms });
        }
        let has_same_owner = old.owner == connection.owner
            && old.uid == connection.uid
            && old.context == connection.context
            && old.interface == connection.interface;
        if !has_same_owner {
            let (owner, pid) = self.owner(connection);
            live.owner = owner;
            self.record(&Record::Owned { slot, owner, pid });
        }
        let place = self.place(connection);
        if place != live.place {
            live.place = place;
            self.record(&Record::Moved { slot, place });
        }
        if connection.traffic != live.told {
            self.untold.insert(connection.key);
        }
        live.connection = connection.clone();
        self.live.insert(connection.key, live);
    }

    fn close(&mut self, key: &ConnectionKey, last: Option<Traffic>) {
        let Some(live) = self.live.remove(key) else { return };
        self.untold.remove(key);
        let traffic = last.or(live.connection.traffic).filter(|last| Some(*last) != live.told);
        let traffic = traffic.as_ref().map(|traffic| Box::new(WireTraffic::of(traffic)));
        self.record(&Record::Close { slot: live.slot, traffic });
    }

    fn is_due(&self, key: &ConnectionKey, at: UnixMillis) -> bool {
        self.live.get(key).is_some_and(|live| {
            let age_ms = at.0.saturating_sub(live.told_at.0);
            // After a step back of the clock, too.
            age_ms >= self.counter_interval_ms || age_ms < 0
        })
    }

    fn tell_counters(&mut self) {
        let due: Vec<ConnectionKey> = self.untold.iter().filter(|key| self.is_due(key, self.at)).copied().collect();
        for key in due {
            self.untold.remove(&key);
            let Some(mut live) = self.live.remove(&key) else { continue };
            (live.told, live.told_at) = (live.connection.traffic, self.at);
            // Counters that were there do not become unknown; if they did, the last ones stay.
            if let Some(traffic) = &live.connection.traffic {
                self.record(&Record::Traffic { slot: live.slot, traffic: Box::new(WireTraffic::of(traffic)) });
            }
            self.live.insert(key, live);
        }
    }
}

/// The first moment of a block, and whether it continues the one before it.
///
/// # Errors
/// If it does not begin like a block of a known version.
pub fn head(bytes: &[u8]) -> Result<(UnixMillis, bool), DecodeError> {
    let (head, _) = super::decoder::read_head(bytes)?;
    Ok((UnixMillis(head.at_ms), head.continues))
}
