//! The source `demo:NAME[,SEED]`: simulated connections of a typical computer to real places, labelled as a demo.
//!
//! *How it works.* A [`Scenario`] describes connections by roles. Every connection of a role has a slot, and every slot
//! repeats a cycle, or follows the scenario's story: in turn k, slot s opens and closes at moments that are a hash of
//! (seed, role, s, k). So the state at a moment depends only on the seed and that moment: no state is kept, the first
//! snapshot is complete, and the same seed always gives the same picture.
//!
//! *No real names.* Peers have addresses that are not used on the internet (`198.18.0.0/15`, RFC 2544; `2001:db8::/32`,
//! RFC 3849). Their places are stated by the source ([`Simulated`]), not looked up.

mod cities;
mod hub;
mod life;
mod scenario;
mod seeded;
mod traffic;

pub use hub::hub_scenario;
#[cfg(test)]
pub(super) use scenario::DEFAULT_START as BEGINS_AT;
pub use scenario::{ScenarioInfo, check_scenario, check_scenario_file, scenarios};

use self::{
    cities::CityChooser,
    life::{Slot, Turn},
    scenario::{Listener, Peer, Role, Scenario, context},
    seeded::mix,
    traffic::{Way, traffic},
};
use super::{Capabilities, OwnTime, SamplerError, SocketSource, SourceKind};
use crate::{
    files::{AuthoredError, is_authored_path},
    geodesy::LatLng,
    model::{
        Asn, Connection, ConnectionKey, Direction, Endpoint, HostId, Owner, OwnerContext, OwnerMissing, Place,
        PlaceKind, Protocol, Sample, Simulated, Snapshot, SnapshotDelta, SocketRow, SocketState, UnixMillis,
    },
};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

/// The seed when none is given.
pub(super) const DEFAULT_SEED: u64 = 1;

/// Start of a scenario; `None` if there is no such scenario.
pub(super) fn begins_at(name: &str) -> Option<UnixMillis> {
    Scenario::load(name).ok().map(|scenario| scenario.begins_at)
}

/// Checks that the scenario exists.
pub(super) fn check_name(name: &str) -> Result<(), AuthoredError> {
    // A file is read when it is opened.
    if is_authored_path(name) { Ok(()) } else { check_scenario(name) }
}

/// A simulated computer.
#[derive(Debug)]
pub struct DemoSource {
    name: String,
    scenario: Scenario,
    seed: u64,
    /// Location of the simulated computer: that of this one. Without it, there are no round-trip times.
    home: Option<LatLng>,
    /// The current moment.
    at: UnixMillis,
    /// Set to a moment that has not been reported yet.
    is_reset: bool,
    /// State of the last report; `None` before the first sample.
    reported: Option<HashMap<ConnectionKey, Connection>>,
    chooser: CityChooser,
    /// Context of the program that cannot be inspected.
    unseen: Arc<OwnerContext>,
}

impl DemoSource {
    /// The built-in scenario `name`, or the one in the file of that path; the same `seed` gives the same traffic.
    ///
    /// # Errors
    /// If there is no such scenario, or its file has errors.
    pub fn new(name: &str, seed: u64) -> Result<Self, SamplerError> {
        Ok(Self::playing(Scenario::load(name)?, name, seed))
    }

    /// The scenario with this text of a file; errors name `file`.
    ///
    /// # Errors
    /// Everything that is wrong with it, with lines.
    pub fn of_text(file: &str, text: &str, seed: u64) -> Result<Self, AuthoredError> {
        Scenario::parse(file, text).map(|scenario| Self::playing(scenario, file, seed))
    }

    fn playing(scenario: Scenario, name: &str, seed: u64) -> Self {
        Self {
            name: name.to_owned(),
            seed,
            home: None,
            at: scenario.begins_at,
            is_reset: false,
            reported: None,
            chooser: CityChooser::new(),
            unseen: context("time-keeper.service".to_owned(), true),
            scenario,
        }
    }

    /// All connections `time_s` seconds after the beginning, with their opening times, except for those that were open
    /// at the beginning.
    fn connections(&self, time_s: f64) -> Vec<Connection> {
        let begins_at = self.scenario.begins_at;
        let mut connections = Vec::with_capacity(128);
        for (role_number, role) in (1_u64..).zip(&self.scenario.roles) {
            for number in 0..role.count {
                let slot = [self.seed, role_number, number];
                if let Some(turn) = role.turn(time_s, slot, &self.scenario) {
                    let opened_at = begins_at.plus_ms((turn.opened_s * 1000.0).round() as i64);
                    let opened_at = Some(opened_at).filter(|at| *at > begins_at);
                    let row = self.connection(role, slot, &turn, time_s);
                    connections.push(row.seen(opened_at.unwrap_or(begins_at), opened_at));
                }
            }
        }
        let listeners = self.scenario.listeners.iter();
        connections.extend(listeners.map(|listener| self.listener(listener).seen(begins_at, None)));
        connections
    }

    fn connection(&self, role: &Role, slot: Slot, turn: &Turn, time_s: f64) -> SocketRow {
        let [seed, role_number, number] = slot;
        let bits = mix(&[seed, role_number, number, turn.number]);
        // Several ports of one machine, or several machines.
        let settled = if role.ports.0 == role.ports.1 { mix(&slot) } else { mix(&slot[..2]) };
        let (remote_ip, simulated) = self.peer(role, bits, settled);
        let local_ip = match remote_ip {
            IpAddr::V4(ip) if ip.is_loopback() => remote_ip,
            IpAddr::V4(_) if role.via.is_some() => Ipv4Addr::new(10, 8, 0, 2).into(),
            IpAddr::V6(_) if role.via.is_some() => Ipv6Addr::new(0xfd00, 8, 0, 0, 0, 0, 0, 2).into(),
            IpAddr::V4(_) => Ipv4Addr::new(192, 168, 1, 23).into(),
            IpAddr::V6(_) => Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 0x23).into(),
        };
        let ephemeral = 32_768 + u16::try_from(mix(&[bits, 1]) % 28_000).unwrap_or(0);
        let port = role.port(number);
        let (local_port, remote_port) =
            if role.direction == Direction::In { (port, ephemeral) } else { (ephemeral, port) };
        let key = ConnectionKey {
            host: HostId::THIS,
            protocol: role.protocol,
            local: Endpoint::new(local_ip, local_port),
            remote: Some(Endpoint::new(remote_ip, remote_port)),
            identity: (bits >> 16) | 1,
        };
        let way = self.way(role, simulated.as_deref());
        // Round-trip times of the connections to one peer are alike.
        SocketRow {
            state: role.state(turn, bits),
            direction: Some(role.direction),
            traffic: Some(traffic(role, way, turn, time_s, bits)),
            simulated,
            ..self.row(key, role.program)
        }
    }

    /// The way to the peer, from the home.
    fn way(&self, role: &Role, simulated: Option<&Simulated>) -> Way {
        match role.peer {
            Peer::Lan(_) => return Way::Lan,
            Peer::ThisComputer => return Way::Loopback,
            _ if role.is_anycast || role.is_nearby => return Way::Nearby,
            _ => {}
        }
        let place = simulated.and_then(|simulated| simulated.place.as_ref());
        let (Some(home), Some(place)) = (self.home, place) else { return Way::Unknown };
        let via = role.via.and_then(|city| self.scenario.places.get(city));
        Way::Internet([home, place.position], via.map(|via| via.position))
    }

    /// Address and place of a peer; `settled` is the same in every turn.
    fn peer(&self, role: &Role, bits: u64, settled: u64) -> (IpAddr, Option<Box<Simulated>>) {
        let bits = if role.peer == Peer::Anywhere { bits } else { settled };
        let host = mix(&[bits, 3]);
        let city = match role.peer {
            Peer::Lan(host) => return (Ipv4Addr::new(192, 168, 1, host).into(), None),
            Peer::ThisComputer => return (Ipv4Addr::LOCALHOST.into(), None),
            Peer::City(city) => city,
            Peer::Somewhere | Peer::Anywhere | Peer::Unlocated => self.chooser.choose(mix(&[bits, 2])),
        };
        if role.peer == Peer::Unlocated {
            let nowhere = Simulated { place: None, asn: None, as_organization: None };
            return (address(0, city, host), Some(Box::new(nowhere)));
        }
        let mut place = self.scenario.places.get(city).cloned();
        if let Some(place) = &mut place {
            if role.is_anycast {
                place.kind = PlaceKind::Anycast;
            } else if !matches!(role.peer, Peer::City(_)) && host.is_multiple_of(10) {
                // For one in ten peers only the country is known.
                *place = Place { kind: PlaceKind::Country, city: None, ..place.clone() };
            }
        }
        let choice = usize::try_from(mix(&[bits, 4]) % role.operators.len().max(1) as u64).unwrap_or(0);
        let operator = role.operators.get(choice).and_then(|index| self.scenario.operators.get(*index));
        let simulated = Simulated {
            place,
            asn: operator.map(|operator| Asn(operator.asn)),
            as_organization: operator.map(|operator| Arc::clone(&operator.name)),
        };
        (address(operator.map_or(0, |operator| operator.asn), city, host), Some(Box::new(simulated)))
    }

    fn listener(&self, listener: &Listener) -> SocketRow {
        let ip = if listener.is_local { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
        let (protocol, port) = (listener.protocol, listener.port);
        let local = Endpoint::new(ip.into(), port);
        let key = ConnectionKey { host: HostId::THIS, protocol, local, remote: None, identity: u64::from(port) };
        let state = if protocol == Protocol::Tcp { SocketState::Listen } else { SocketState::Unconnected };
        SocketRow { state, ..self.row(key, Some(listener.program)) }
    }

    fn row(&self, key: ConnectionKey, program: Option<usize>) -> SocketRow {
        let program = program.and_then(|index| self.scenario.programs.get(index));
        SocketRow {
            key,
            state: SocketState::Established,
            direction: None,
            owner: program
                .map_or(Owner::Missing(OwnerMissing::NotPermitted), |it| Owner::Process(Arc::clone(&it.process))),
            uid: Some(program.map_or(0, |it| it.uid)),
            context: Some(Arc::clone(program.map_or(&self.unseen, |it| &it.context))),
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
        self.at = now.max(self.scenario.begins_at);
        let connections = self.connections(self.at.seconds_since(self.scenario.begins_at));
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

    fn caption(&self) -> Option<Arc<str>> {
        self.scenario.caption(self.at.seconds_since(self.scenario.begins_at)).cloned()
    }

    fn set_home(&mut self, home: Option<LatLng>) {
        self.home = home;
    }

    fn own_time(&self) -> Option<OwnTime> {
        Some(OwnTime { begins_at: self.scenario.begins_at, ends_at: None, at: self.at })
    }

    fn set_to(&mut self, to: UnixMillis) -> Result<(), SamplerError> {
        (self.at, self.is_reset) = (to.max(self.scenario.begins_at), true);
        Ok(())
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
