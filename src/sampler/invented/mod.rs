//! The source `demo:NAME[,SEED]`: simulated connections of a typical computer to real places, labelled as a demo.
//!
//! *How it works.* Every connection of a role has a slot, and every slot repeats a cycle: in turn k, slot s opens and
//! closes at moments that are a hash of (seed, role, s, k). So the state at a moment depends only on the seed and that
//! moment: no state is kept, the first snapshot is complete, and the same seed always gives the same picture. Demo time
//! begins at [`BEGINS_AT`].
//!
//! *No real names.* Peers have addresses that are not used on the internet (`198.18.0.0/15`, RFC 2544; `2001:db8::/32`,
//! RFC 3849). Their places are stated by the source ([`Simulated`]), not looked up.

mod cast;
mod cities;
mod hub;
mod seeded;

pub use hub::hub_scenario;

use self::{
    cast::{EVERYDAY, Flow, LISTENERS, Life, Operator, Peer, Program, Role},
    cities::{CITIES, City, CityChooser},
    seeded::{mix, unit},
};
use super::{Capabilities, OwnTime, SamplerError, SocketSource, SourceKind};
use crate::model::{
    Asn, Connection, ConnectionKey, Direction, Endpoint, HostId, Owner, OwnerContext, OwnerMissing, Place, PlaceKind,
    Process, Protocol, Sample, Simulated, Snapshot, SnapshotDelta, SocketRow, SocketState, Traffic, UnixMillis,
};
use std::{
    collections::HashMap,
    f64::consts::TAU,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

/// Programs with lower pids belong to the system.
const SYSTEM_PIDS: u32 = 1000;

/// Names of the scenarios.
pub(super) const SCENARIOS: &[&str] = &["everyday"];
/// The seed when none is given.
pub(super) const DEFAULT_SEED: u64 = 1;

/// Start of every demo: noon in June, 2026-06-21T12:00:00Z.
pub(super) const BEGINS_AT: UnixMillis = UnixMillis(1_782_043_200_000);

/// Seconds in which traffic rises after the opening, and falls before the end.
const RAMP_S: f64 = 0.8;
const HANDSHAKE_S: f64 = 0.15;
const FAREWELL_S: f64 = 0.4;

/// A simulated computer.
#[derive(Debug)]
pub struct DemoSource {
    name: String,
    seed: u64,
    /// The current moment.
    at: UnixMillis,
    /// Set to a moment that has not been reported yet.
    is_reset: bool,
    /// State of the last report; `None` before the first sample.
    reported: Option<HashMap<ConnectionKey, Connection>>,
    chooser: CityChooser,
    places: Vec<Place>,
    programs: HashMap<u32, (Arc<Process>, Arc<OwnerContext>)>,
    /// Context of the program that cannot be inspected.
    unseen: Arc<OwnerContext>,
    operators: HashMap<u32, Arc<str>>,
}

/// A turn of a slot, at one moment.
struct Turn {
    number: u64,
    /// Time of the opening, seconds after the beginning.
    opened_s: f64,
    age_s: f64,
    remaining_s: f64,
}

impl DemoSource {
    /// The scenario `name`; the same `seed` gives the same traffic.
    ///
    /// # Errors
    /// If there is no such scenario.
    pub fn new(name: &str, seed: u64) -> Result<Self, SamplerError> {
        if !SCENARIOS.contains(&name) {
            return Err(SamplerError::UnknownScenario { name: name.to_owned() });
        }
        let mut demo = Self {
            name: name.to_owned(),
            seed,
            at: BEGINS_AT,
            is_reset: false,
            reported: None,
            chooser: CityChooser::new(),
            places: CITIES.iter().map(City::place).collect(),
            programs: HashMap::new(),
            unseen: context("time-keeper.service".to_owned(), true),
            operators: HashMap::new(),
        };
        for (pid, name, path) in EVERYDAY.iter().filter_map(|role| role.program).chain(LISTENERS.iter().map(|l| l.0)) {
            let is_system = pid < SYSTEM_PIDS;
            let unit = if is_system { format!("{name}.service") } else { format!("app-{name}-{pid}.scope") };
            let process = Arc::new(Process { pid, name: Some(name.into()), path: Some(path.into()) });
            demo.programs.insert(pid, (process, context(unit, is_system)));
        }
        for (number, name) in EVERYDAY.iter().flat_map(|role| role.peer.operators()) {
            demo.operators.insert(*number, Arc::from(*name));
        }
        Ok(demo)
    }

    /// All connections `time_s` seconds after the beginning, with their opening times, except for those that were open
    /// at the beginning.
    fn connections(&self, time_s: f64) -> Vec<Connection> {
        let mut connections = Vec::with_capacity(128);
        for (role_number, role) in (1_u64..).zip(EVERYDAY) {
            for slot in 0..role.count {
                let id = [self.seed, role_number, slot];
                if let Some(turn) = role.life.turn(time_s, id) {
                    let opened_at = BEGINS_AT.plus_ms((turn.opened_s * 1000.0).round() as i64);
                    let opened_at = Some(opened_at).filter(|at| *at > BEGINS_AT);
                    let row = self.connection(role, id, &turn, time_s);
                    connections.push(row.seen(opened_at.unwrap_or(BEGINS_AT), opened_at));
                }
            }
        }
        connections.extend(LISTENERS.iter().map(|listener| self.listener(listener).seen(BEGINS_AT, None)));
        connections
    }

    fn connection(&self, role: &Role, [seed, role_number, slot]: [u64; 3], turn: &Turn, time_s: f64) -> SocketRow {
        let bits = mix(&[seed, role_number, slot, turn.number]);
        let (remote_ip, simulated) = self.peer(role.peer, bits, mix(&[seed, role_number, slot]));
        let local_ip = match remote_ip {
            IpAddr::V4(ip) if ip.is_loopback() => remote_ip,
            IpAddr::V4(_) => Ipv4Addr::new(192, 168, 1, 23).into(),
            IpAddr::V6(_) => Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 0x23).into(),
        };
        let ephemeral = 32_768 + u16::try_from(mix(&[bits, 1]) % 28_000).unwrap_or(0);
        let (local_port, remote_port) =
            if role.direction == Direction::In { (role.port, ephemeral) } else { (ephemeral, role.port) };
        let key = ConnectionKey {
            host: HostId::THIS,
            protocol: role.protocol,
            local: Endpoint::new(local_ip, local_port),
            remote: Some(Endpoint::new(remote_ip, remote_port)),
            identity: (bits >> 16) | 1,
        };
        SocketRow {
            state: turn.state(role, bits),
            direction: Some(role.direction),
            traffic: Some(traffic(role.flow, turn, time_s, bits)),
            simulated,
            ..self.row(key, role.program)
        }
    }

    /// Address and place of a peer; `settled` is the same in every turn.
    fn peer(&self, peer: Peer, bits: u64, settled: u64) -> (IpAddr, Option<Box<Simulated>>) {
        let bits = if matches!(peer, Peer::Anywhere(_)) { bits } else { settled };
        let city = self.chooser.choose(mix(&[bits, 2]));
        let host = mix(&[bits, 3]);
        let mut place = self.places[city].clone();
        match peer {
            Peer::Lan(host) => return (Ipv4Addr::new(192, 168, 1, host).into(), None),
            Peer::Loopback => return (Ipv4Addr::LOCALHOST.into(), None),
            Peer::Unplaced => {
                let nowhere = Simulated { place: None, asn: None, as_organization: None };
                return (address(0, city, host), Some(Box::new(nowhere)));
            }
            Peer::Anycast(_) => place.kind = PlaceKind::Anycast,
            // For one in ten peers only the country is known.
            Peer::Settled(_) | Peer::Anywhere(_) if host.is_multiple_of(10) => {
                place = Place { kind: PlaceKind::Country, city: None, ..place };
            }
            Peer::Settled(_) | Peer::Anywhere(_) => {}
        }
        let operators = peer.operators();
        let choice = usize::try_from(mix(&[bits, 4]) % operators.len().max(1) as u64).unwrap_or(0);
        let asn = operators.get(choice).map(|(number, _)| *number);
        let simulated = Simulated {
            place: Some(place),
            asn: asn.map(Asn),
            as_organization: asn.and_then(|number| self.operators.get(&number)).cloned(),
        };
        (address(asn.unwrap_or(0), city, host), Some(Box::new(simulated)))
    }

    fn listener(&self, (program, protocol, port, is_local): &(Program, Protocol, u16, bool)) -> SocketRow {
        let ip = if *is_local { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
        let local = Endpoint::new(ip.into(), *port);
        let identity = u64::from(*port);
        let key = ConnectionKey { host: HostId::THIS, protocol: *protocol, local, remote: None, identity };
        let state = if *protocol == Protocol::Tcp { SocketState::Listen } else { SocketState::Unconnected };
        SocketRow { state, ..self.row(key, Some(*program)) }
    }

    fn row(&self, key: ConnectionKey, program: Option<Program>) -> SocketRow {
        let known = program.and_then(|(pid, ..)| self.programs.get(&pid));
        let is_system = program.is_none_or(|(pid, ..)| pid < SYSTEM_PIDS);
        SocketRow {
            key,
            state: SocketState::Established,
            direction: None,
            owner: known.map_or(Owner::Missing(OwnerMissing::NotPermitted), |(it, _)| Owner::Process(Arc::clone(it))),
            uid: Some(if is_system { 0 } else { 1000 }),
            context: Some(Arc::clone(known.map_or(&self.unseen, |(_, context)| context))),
            traffic: None,
            interface: None,
            simulated: None,
        }
    }
}

impl SocketSource for DemoSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Demo
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            measures_traffic: true,
            reports_udp_peers: true,
            reports_units: true,
            is_simulated: true,
            ..Capabilities::default()
        }
    }

    fn sample(&mut self, now: UnixMillis) -> Result<Sample, SamplerError> {
        self.at = now.max(BEGINS_AT);
        let connections = self.connections(self.at.seconds_since(BEGINS_AT));
        let there = connections.iter().map(|connection| (connection.key, connection.clone())).collect();
        let before = self.reported.replace(there);
        let delta = match before {
            _ if std::mem::take(&mut self.is_reset) => SnapshotDelta::reset_to(self.at, connections),
            Some(before) => changes(before, connections, self.at),
            None => SnapshotDelta { at: self.at, opened: connections, ..SnapshotDelta::default() },
        };
        Ok(Snapshot::Delta(Box::new(delta)).into())
    }

    fn label(&self) -> Option<String> {
        Some(format!("DEMO {}, seed {}", self.name, self.seed))
    }

    fn own_time(&self) -> Option<OwnTime> {
        Some(OwnTime { begins_at: BEGINS_AT, ends_at: None, at: self.at })
    }

    fn set_to(&mut self, to: UnixMillis) -> Result<(), SamplerError> {
        (self.at, self.is_reset) = (to.max(BEGINS_AT), true);
        Ok(())
    }
}

impl Peer {
    fn operators(&self) -> &[Operator] {
        match self {
            Self::Settled(operators) | Self::Anywhere(operators) => operators,
            Self::Anycast(operator) => std::slice::from_ref(operator),
            Self::Unplaced | Self::Lan(_) | Self::Loopback => &[],
        }
    }
}

impl Life {
    /// The turn of the slot `id` (seed, role, slot) at this time, if it is open.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of turns, never negative")]
    fn turn(self, time_s: f64, [seed, role, slot]: [u64; 3]) -> Option<Turn> {
        let share_of = |parts: &[u64]| unit(mix(parts));
        // Slots of a page have the same turns.
        let cycle = match self {
            Self::Always => {
                let opened_s = -3600.0 * share_of(&[seed, role, slot]);
                return Some(Turn { number: 0, opened_s, age_s: time_s - opened_s, remaining_s: f64::INFINITY });
            }
            Self::Comes { .. } => [seed, role, slot],
            Self::Page { tab } => [seed, tab, u64::MAX],
        };
        let mean_s = if let Self::Comes { period_s, .. } = self { period_s } else { 34.0 };
        let period_s = mean_s * (0.75 + 0.5 * share_of(&[cycle[0], cycle[1], cycle[2], 1]));
        let shift_s = period_s * share_of(&[cycle[0], cycle[1], cycle[2], 2]);
        let shifted_s = time_s + shift_s;
        let turns = (shifted_s / period_s).floor();
        let at_s = shifted_s - turns * period_s;
        let number = turns as u64;
        let own = |what: u64| share_of(&[seed, role, slot, number, what]);
        let (open_s, length_s) = match self {
            Self::Comes { share: (least, most), .. } => {
                let length_s = period_s * (least + (most - least) * own(3));
                ((period_s - length_s) * own(4), length_s)
            }
            // A page loads within two seconds, and its connections close one by one.
            Self::Page { .. } | Self::Always => {
                let count = 6 + mix(&[cycle[0], cycle[1], number, 5]) % 7;
                if slot >= count {
                    return None;
                }
                (
                    0.12 * f64::from(u8::try_from(slot).unwrap_or(u8::MAX)) + 0.4 * own(3),
                    period_s * (0.25 + 0.65 * own(4)),
                )
            }
        };
        let (age_s, remaining_s) = (at_s - open_s, open_s + length_s - at_s);
        let opened_s = turns * period_s - shift_s + open_s;
        (age_s >= 0.0 && remaining_s > 0.0).then_some(Turn { number, opened_s, age_s, remaining_s })
    }
}

impl Turn {
    fn state(&self, role: &Role, bits: u64) -> SocketState {
        match role.protocol {
            Protocol::Udp => SocketState::Connected,
            Protocol::Tcp if self.age_s < HANDSHAKE_S && role.direction == Direction::In => SocketState::SynReceived,
            Protocol::Tcp if self.age_s < HANDSHAKE_S => SocketState::SynSent,
            Protocol::Tcp if self.remaining_s >= FAREWELL_S => SocketState::Established,
            Protocol::Tcp if bits.is_multiple_of(2) => SocketState::FinWait2,
            Protocol::Tcp => SocketState::CloseWait,
        }
    }
}

/// Differences between `before` and `now`, the state at the moment `at`.
fn changes(mut before: HashMap<ConnectionKey, Connection>, now: Vec<Connection>, at: UnixMillis) -> SnapshotDelta {
    let mut delta = SnapshotDelta { at, ..SnapshotDelta::default() };
    for connection in now {
        match before.remove(&connection.key) {
            None => delta.opened.push(connection),
            Some(old) if old != connection => delta.changed.push(connection),
            Some(_) => {}
        }
    }
    delta.closed.extend(before.into_keys());
    delta.closed.sort_unstable();
    delta
}

/// A simulated unit, of the system's or the desktop user.
fn context(unit: String, is_system: bool) -> Arc<OwnerContext> {
    let user = if is_system { "root" } else { "demo" };
    Arc::new(OwnerContext { unit: Some(unit.into()), user: Some(user.into()), pids: Vec::new() })
}

/// Rates at a moment: smooth over time, and different for each connection.
#[expect(clippy::cast_possible_truncation, reason = "rates need no more than six digits")]
fn traffic(flow: Flow, turn: &Turn, time_s: f64, bits: u64) -> Traffic {
    let own = |what| unit(mix(&[bits, what]));
    let swing = |period_s: f64, what| (TAU * (time_s / period_s + own(what))).sin();
    // Between 0 and 1, with periods of some seconds.
    let wave = 0.5 + 0.3 * swing(7.0 + 9.0 * own(10), 11) + 0.2 * swing(2.3 + 2.0 * own(12), 13);
    let level = 0.35 + 0.65 * wave;
    let size = 0.4 + 1.2 * own(14);
    let (sent, received) = match flow {
        Flow::Page => {
            let peak = 30_000.0 * 40.0_f64.powf(own(15));
            let fresh = (-turn.age_s / 3.0).exp();
            (200.0 * wave + 0.03 * peak * fresh * level, 500.0 * wave + peak * fresh * level)
        }
        Flow::Download(rate) => (0.02 * rate * size * level, rate * size * level),
        Flow::Upload(rate) => (rate * size * level, 0.02 * rate * size * level),
        Flow::Both(rate) => (rate * size * level, rate * size * (1.35 - level)),
        Flow::Words => {
            let pulse = swing(5.0 + 14.0 * own(16), 17).max(0.0).powi(8);
            (900.0 * size * pulse, 2_600.0 * size * pulse)
        }
    };
    let ramp = (turn.age_s / RAMP_S).min(1.0) * (turn.remaining_s / RAMP_S).min(1.0);
    // Only rates: byte counters would need the sum since the opening, and no state is kept.
    Traffic {
        rate_sent_bytes_per_sec: Some((sent * ramp) as f32),
        rate_received_bytes_per_sec: Some((received * ramp) as f32),
        ..Traffic::default()
    }
}

/// The address of a host of an operator in a city: IPv6 for one in three.
fn address(operator: u32, city: usize, host: u64) -> IpAddr {
    let host_number = u32::try_from(host / 7 % 16).unwrap_or(0);
    // 32 operators × 64 cities × 16 hosts; the address block is four times as large.
    let number = (operator % 32) * 1024 + u32::try_from(city % 64).unwrap_or(0) * 16 + host_number;
    if host.is_multiple_of(3) {
        Ipv6Addr::from((0x2001_0db8 << 96) | (u128::from(number) << 64) | 1).into()
    } else {
        Ipv4Addr::from(u32::from(Ipv4Addr::new(198, 18, 1, 0)) + number * 3).into()
    }
}

#[cfg(test)]
mod tests;
