//! Reads a block, step by step.

use super::{
    DecodeError, MAX_BLOCK_BYTES, VERSION,
    wire::{Record, WireHead, WireOpen, WireOwner, WireTraffic, direction_of, on_earth, protocol_of, state_of},
};
use crate::{
    model::{
        Connection, ConnectionKey, Endpoint, Final, HostId, Location, Owner, OwnerContext, Process, Simulated,
        SnapshotDelta, SocketRow, SocketState, UnixMillis,
    },
    sampler::{HomeThen, SamplerReport},
};
use rustc_hash::FxHashMap;
use std::{net::IpAddr, sync::Arc};

/// Most connections and most steps of a block; the program ends a block long before.
const MOST: usize = 1_000_000;

/// What a block says about one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    /// What changed.
    pub delta: SnapshotDelta,
    /// What the sampler said about itself, if it said something new.
    pub report: Option<Arc<SamplerReport>>,
    /// Where the computer was, if that is new.
    pub home: Option<HomeThen>,
}

/// Decodes a block. It can grow while it is read.
#[derive(Debug)]
pub struct Decoder {
    bytes: Vec<u8>,
    offset: usize,
    head: WireHead,
    at: UnixMillis,
    owners: Vec<DecodedOwner>,
    addresses: Vec<IpAddr>,
    places: Vec<Arc<Location>>,
    processes: FxHashMap<(u32, u32), Arc<Process>>,
    slots: Vec<Option<Connection>>,
    identity: u64,
    report: Option<Arc<SamplerReport>>,
    home: Option<HomeThen>,
    /// A step that was read ahead, to know its moment.
    next: Option<UnixMillis>,
    /// Number of steps.
    steps: usize,
}

#[derive(Debug)]
struct DecodedOwner {
    wire: WireOwner,
    context: Option<Arc<OwnerContext>>,
}

/// Reads the beginning of a block, and returns it with its length.
pub(super) fn read_head(bytes: &[u8]) -> Result<(WireHead, usize), DecodeError> {
    let (head, rest): (WireHead, _) =
        postcard::take_from_bytes(bytes).map_err(|error| DecodeError::new(format!("it has no head: {error}")))?;
    if head.version == 0 || head.version > VERSION {
        return Err(DecodeError::new(format!("its version is {}, but this program reads {VERSION}", head.version)));
    }
    if !UnixMillis(head.at_ms).is_a_date() {
        return Err(no_date(UnixMillis(head.at_ms)));
    }
    Ok((head, bytes.len() - rest.len()))
}

impl Decoder {
    /// Reads what was open at the beginning of a block.
    ///
    /// # Errors
    /// If the block is damaged.
    pub fn new(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        let (head, offset) = read_head(&bytes)?;
        let mut block = Self {
            bytes,
            offset,
            head,
            at: UnixMillis(head.at_ms),
            owners: Vec::new(),
            addresses: Vec::new(),
            places: Vec::new(),
            processes: FxHashMap::default(),
            slots: Vec::new(),
            identity: 0,
            report: None,
            home: None,
            next: None,
            steps: 0,
        };
        block.read_step()?;
        Ok(block)
    }

    /// Whether the connections at its beginning are those at the end of the block before.
    #[must_use]
    pub fn continues(&self) -> bool {
        self.head.continues
    }

    /// The moment up to which it has been read.
    #[must_use]
    pub fn at(&self) -> UnixMillis {
        self.at
    }

    /// The moment of the next step; `None` at the end.
    #[must_use]
    pub fn next_at(&self) -> Option<UnixMillis> {
        self.next
    }

    /// The connections at [`Decoder::at`].
    pub fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.slots.iter().flatten()
    }

    /// What the sampler last said about itself.
    #[must_use]
    pub fn report(&self) -> Option<&Arc<SamplerReport>> {
        self.report.as_ref()
    }

    /// Where the computer was.
    #[must_use]
    pub fn home(&self) -> Option<&HomeThen> {
        self.home.as_ref()
    }

    /// Appends bytes that were written later.
    ///
    /// # Errors
    /// If the block becomes too large.
    pub fn extend(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        if self.bytes.len() + bytes.len() > MAX_BLOCK_BYTES {
            return Err(DecodeError::new("it is too large").at(self.bytes.len()));
        }
        let is_at_end = self.next.is_none();
        self.bytes.extend_from_slice(bytes);
        if is_at_end {
            // A batch begins with a step, unless it happened at the moment of the last one.
            let before = self.offset;
            match self.read()? {
                Some(Record::Step { after_ms }) => self.next = Some(self.after(after_ms)?),
                Some(_) => (self.next, self.offset) = (Some(self.at), before),
                None => {}
            }
        }
        Ok(())
    }

    /// Number of bytes, with those that have been read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has no bytes; it always has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next step; `None` at the end.
    ///
    /// # Errors
    /// If the block is damaged; the connections are then those before the damage.
    pub fn step(&mut self) -> Result<Option<Moment>, DecodeError> {
        let Some(at) = self.next.take() else { return Ok(None) };
        self.steps += 1;
        if self.steps > MOST {
            return Err(DecodeError::new(format!("it has more than {MOST} steps")).at(self.offset));
        }
        self.at = at;
        let moment = self.read_step()?;
        Ok(Some(moment))
    }

    /// The moment so many ms later.
    fn after(&self, ms: i64) -> Result<UnixMillis, DecodeError> {
        let at = self.at.plus_ms(ms);
        if at.is_a_date() { Ok(at) } else { Err(no_date(at)) }
    }

    /// Reads records up to the next step.
    fn read_step(&mut self) -> Result<Moment, DecodeError> {
        let mut moment =
            Moment { delta: SnapshotDelta { at: self.at, ..SnapshotDelta::default() }, ..Moment::default() };
        let mut changed: Vec<u32> = Vec::new();
        let first_new = self.slots.len();
        loop {
            let offset = self.offset;
            match self.read()? {
                None => break,
                Some(Record::Step { after_ms }) => {
                    self.next = Some(self.after(after_ms).map_err(|error| error.at(offset))?);
                    break;
                }
                Some(record) => self.apply(record, &mut moment, &mut changed).map_err(|error| error.at(offset))?,
            }
        }
        changed.sort_unstable();
        changed.dedup();
        let is_old = |slot: &&u32| (**slot as usize) < first_new;
        let connections = changed.iter().filter(is_old).filter_map(|slot| self.slots.get(*slot as usize)?.clone());
        moment.delta.changed = connections.collect();
        // Those that also closed in this step came and went within it; the writer makes no such step.
        moment.delta.opened = self.slots.iter().skip(first_new).flatten().cloned().collect();
        Ok(moment)
    }

    fn read(&mut self) -> Result<Option<Record>, DecodeError> {
        let Some(rest) = self.bytes.get(self.offset..).filter(|rest| !rest.is_empty()) else { return Ok(None) };
        let (record, left) = postcard::take_from_bytes(rest).map_err(|error| {
            let what = if error == postcard::Error::DeserializeUnexpectedEnd {
                "it ends in the middle of a record".to_owned()
            } else {
                format!("a record is expected: {error}")
            };
            DecodeError::new(what).at(self.offset)
        })?;
        self.offset += rest.len() - left.len();
        Ok(Some(record))
    }

    fn apply(&mut self, record: Record, moment: &mut Moment, changed: &mut Vec<u32>) -> Result<(), DecodeError> {
        match record {
            Record::Step { .. } => {}
            Record::Address(ip) => self.addresses.push(ip.to_canonical()),
            Record::Owner(wire) => {
                let context = wire.context();
                self.owners.push(DecodedOwner { wire, context });
            }
            Record::Place(wire) => self.places.push(Arc::new(wire.location()?)),
            Record::Open(_) if self.slots.len() >= MOST => {
                return Err(DecodeError::new(format!("it has more than {MOST} connections")));
            }
            Record::Open(open) => {
                let connection = self.connection(&open)?;
                self.slots.push(Some(connection));
            }
            Record::Ghost(open) => {
                let mut ghost = self.connection(&open)?;
                ghost.state = SocketState::Closed;
                moment.delta.ghosts.push(ghost);
            }
            Record::State { slot, state, direction } => {
                let (state, direction) = (state_of(state)?, direction_of(direction)?);
                let connection = self.slot(slot)?;
                (connection.state, connection.direction) = (state, direction);
                changed.push(slot);
            }
            Record::Owned { slot, owner, pid } => {
                let (uid, interface, context) = {
                    let owner = self.owner(owner)?;
                    (owner.wire.uid, owner.wire.interface.clone(), owner.context.clone())
                };
                let owner = self.process(owner, pid)?;
                let connection = self.slot(slot)?;
                (connection.owner, connection.uid) = (owner, uid);
                (connection.interface, connection.context) = (interface, context);
                changed.push(slot);
            }
            Record::Moved { slot, place } => {
                let location = Arc::clone(self.place(place)?);
                let connection = self.slot(slot)?;
                match &mut connection.row.simulated {
                    Some(simulated) => **simulated = simulated_at(&location),
                    None => connection.recorded_location = Some(location),
                }
                changed.push(slot);
            }
            Record::Times { slot, first_seen_ms, opened_ms } => {
                let connection = self.slot(slot)?;
                connection.first_seen_at = UnixMillis(first_seen_ms);
                connection.opened_at = opened_ms.map(UnixMillis);
                changed.push(slot);
            }
            Record::Traffic { slot, traffic } => {
                let traffic = traffic.traffic()?;
                self.slot(slot)?.traffic = Some(traffic);
                changed.push(slot);
            }
            Record::Close { slot, traffic } => {
                let traffic = traffic.as_deref().map(WireTraffic::traffic).transpose()?;
                let closed = self.slots.get_mut(slot as usize).and_then(Option::take);
                let key = closed.ok_or_else(|| no_connection(slot))?.key;
                moment.delta.closed.push(key);
                moment.delta.finals.extend(traffic.map(|traffic| Final { key, traffic }));
            }
            Record::Report(json) => {
                let report: SamplerReport = serde_json::from_str(&json)
                    .map_err(|error| DecodeError::new(format!("the report of the sampler cannot be read: {error}")))?;
                let report = Arc::new(report);
                self.report = Some(Arc::clone(&report));
                moment.report = Some(report);
            }
            Record::Home(home) => {
                if let HomeThen::At { position, .. } = &home {
                    on_earth(position.lat, position.lng)?;
                }
                self.home = Some(home.clone());
                moment.home = Some(home);
            }
        }
        Ok(())
    }

    fn connection(&mut self, open: &WireOpen) -> Result<Connection, DecodeError> {
        let (state, direction) = (state_of(open.state)?, direction_of(open.direction)?);
        let local = self.endpoint(open.local)?;
        let remote = open.remote.map(|remote| self.endpoint(remote)).transpose()?;
        self.identity = self.identity.wrapping_add(open.identity as u64);
        let owner = self.process(open.owner, open.pid)?;
        let known = self.owner(open.owner)?;
        let (uid, context, interface) = (known.wire.uid, known.context.clone(), known.wire.interface.clone());
        let is_simulated = open.flags & WireOpen::SIMULATED != 0;
        let has_location = is_simulated || open.flags & WireOpen::LOCATED != 0;
        let location = if has_location { Some(Arc::clone(self.place(open.place)?)) } else { None };
        let first_seen_at = UnixMillis(self.at.0.wrapping_sub(open.first_seen_ago_ms));
        let row = SocketRow {
            key: ConnectionKey {
                host: HostId::THIS,
                protocol: protocol_of(open.flags),
                local,
                remote,
                identity: self.identity,
            },
            state,
            direction,
            owner,
            uid,
            context,
            interface,
            traffic: open.traffic.as_ref().map(WireTraffic::traffic).transpose()?,
            simulated: location.as_ref().filter(|_| is_simulated).map(|location| Box::new(simulated_at(location))),
        };
        Ok(Connection {
            row,
            first_seen_at,
            opened_at: open.opened_after_ms.map(|after_ms| UnixMillis(first_seen_at.0.wrapping_add(after_ms))),
            recorded_location: location.filter(|_| open.flags & WireOpen::LOCATED != 0),
        })
    }

    fn endpoint(&self, (address, port): (u32, u16)) -> Result<Endpoint, DecodeError> {
        let ip = self.addresses.get(address as usize);
        ip.map(|ip| Endpoint { ip: *ip, port })
            .ok_or_else(|| DecodeError::new(format!("there is no address {address}")))
    }

    fn owner(&self, number: u32) -> Result<&DecodedOwner, DecodeError> {
        self.owners.get(number as usize).ok_or_else(|| DecodeError::new(format!("there is no owner {number}")))
    }

    fn process(&mut self, number: u32, pid: u32) -> Result<Owner, DecodeError> {
        if let Some(process) = self.processes.get(&(number, pid)) {
            return Ok(Owner::Process(Arc::clone(process)));
        }
        let owner = self.owner(number)?;
        let Some((name, path)) = &owner.wire.process else { return Ok(Owner::Missing(owner.wire.reason()?)) };
        let process = Arc::new(Process { pid, name: name.clone(), path: path.clone() });
        self.processes.insert((number, pid), Arc::clone(&process));
        Ok(Owner::Process(process))
    }

    fn place(&self, number: u32) -> Result<&Arc<Location>, DecodeError> {
        self.places.get(number as usize).ok_or_else(|| DecodeError::new(format!("there is no location {number}")))
    }

    fn slot(&mut self, slot: u32) -> Result<&mut Connection, DecodeError> {
        self.slots.get_mut(slot as usize).and_then(Option::as_mut).ok_or_else(|| no_connection(slot))
    }
}

fn no_date(at: UnixMillis) -> DecodeError {
    DecodeError::new(format!("{at} is not a date"))
}

fn no_connection(slot: u32) -> DecodeError {
    DecodeError::new(format!("there is no open connection {slot}"))
}

/// What a simulated peer at `location` states.
fn simulated_at(location: &Location) -> Simulated {
    Simulated {
        place: location.place.as_ref().ok().cloned(),
        asn: location.asn,
        as_organization: location.as_organization.clone(),
    }
}

/// A step in which nothing but counters changed tells nothing to a reader that looks for changes.
impl Moment {
    /// Whether a connection opened, closed or changed its state or owner.
    #[must_use]
    pub fn is_change(&self) -> bool {
        let SnapshotDelta { opened, closed, ghosts, .. } = &self.delta;
        !(opened.is_empty() && closed.is_empty() && ghosts.is_empty())
    }
}
