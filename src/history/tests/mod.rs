//! Tests of the history as a whole, and a world of connections that changes at random for them.

mod given_away;
mod recorded;

use crate::model::{
    Asn, Connection, ConnectionKey, CountryIso, DatabaseStamp, Direction, Endpoint, Final, HostId, Location, Owner,
    OwnerContext, OwnerMissing, Place, PlaceKind, PlaceMissing, Process, Protocol, SnapshotDelta, SocketRow,
    SocketState, Traffic, UnixMillis,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

/// Connections by key.
pub(super) fn by_key<'a>(connections: impl IntoIterator<Item = &'a Connection>) -> BTreeMap<ConnectionKey, Connection> {
    connections.into_iter().map(|it| (it.key, it.clone())).collect()
}

/// Identity, owner, place, state and direction of each connection.
pub(super) fn states<'a>(connections: impl IntoIterator<Item = &'a Connection>) -> BTreeMap<ConnectionKey, Connection> {
    let mut all = by_key(connections);
    all.values_mut().for_each(|connection| connection.traffic = None);
    all
}

/// Connections that open, change and close at random.
pub(super) struct World {
    random: StdRng,
    at: UnixMillis,
    live: BTreeMap<ConnectionKey, Connection>,
    identity: u64,
}

impl World {
    pub(super) fn new(seed: u64, at: UnixMillis) -> Self {
        let mut world = Self { random: StdRng::seed_from_u64(seed), at, live: BTreeMap::new(), identity: 40 };
        for _ in 0..world.random.random_range(0..12) {
            let there = Connection { opened_at: None, ..world.open_one() };
            world.live.insert(there.key, there);
        }
        world
    }

    pub(super) fn at(&self) -> UnixMillis {
        self.at
    }

    pub(super) fn set(&mut self, at: UnixMillis) {
        self.at = at;
    }

    pub(super) fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.live.values()
    }

    /// A new connection, which is not among those of the world yet.
    pub(super) fn open_one(&mut self) -> Connection {
        let random = &mut self.random;
        self.identity += random.random_range(1..1_000);
        let number: u8 = random.random_range(1..20);
        let ip: IpAddr = if random.random_bool(0.7) {
            Ipv4Addr::new(81, 2, 69, number).into()
        } else {
            Ipv6Addr::new(0x2001, 0x218, 0, 0, 0, 0, 0, u16::from(number)).into()
        };
        let is_listener = random.random_bool(0.1);
        let protocol = if random.random_bool(0.8) { Protocol::Tcp } else { Protocol::Udp };
        let owner = if random.random_bool(0.8) {
            let name = format!("program-{}", random.random_range(0..5));
            let path = random.random_bool(0.5).then(|| format!("/usr/bin/{name}").into());
            Owner::Process(Arc::new(Process { pid: random.random_range(1..500), name: Some(name.into()), path }))
        } else {
            Owner::Missing(OwnerMissing::ALL[random.random_range(0..OwnerMissing::ALL.len())])
        };
        let context = random.random_bool(0.5).then(|| {
            let pids = if random.random_bool(0.2) { vec![3, 4] } else { Vec::new() };
            Arc::new(OwnerContext { unit: Some("backup-of-ann.service".into()), user: Some("ann".into()), pids })
        });
        let row = SocketRow {
            key: ConnectionKey {
                host: HostId::THIS,
                protocol,
                local: Endpoint::new(Ipv4Addr::new(192, 168, 1, 2).into(), random.random_range(1_024..u16::MAX)),
                remote: (!is_listener).then(|| Endpoint::new(ip, [80, 443, 22][random.random_range(0..3)])),
                identity: self.identity,
            },
            state: if is_listener { SocketState::Listen } else { SocketState::SynSent },
            direction: (!is_listener).then(|| Direction::ALL[random.random_range(0..3)]),
            owner,
            uid: random.random_bool(0.8).then_some(1000),
            context,
            interface: random.random_bool(0.1).then(|| "eth0".into()),
            traffic: random.random_bool(0.7).then(Traffic::default),
            simulated: None,
        };
        let location = Some(Arc::new(place_of(row.subject_ip())));
        Connection { recorded_location: location, ..row.seen(self.at, Some(self.at)) }
    }

    /// Lets some time go by.
    pub(super) fn step(&mut self) -> SnapshotDelta {
        self.at = self.at.plus_ms(self.random.random_range(1..2_000));
        let mut delta = SnapshotDelta { at: self.at, ..SnapshotDelta::default() };
        let keys: Vec<ConnectionKey> = self.live.keys().copied().collect();
        for key in keys {
            if self.random.random_bool(0.1) {
                let closed = self.live.remove(&key).expect("there");
                delta.closed.push(key);
                if let (Some(traffic), true) = (closed.traffic, self.random.random_bool(0.5)) {
                    let bytes_sent = Some(traffic.bytes_sent.unwrap_or(0) + 9);
                    delta.finals.push(Final { key, traffic: Traffic { bytes_sent, is_final: true, ..traffic } });
                }
            } else if self.random.random_bool(0.3) {
                let connection = self.live.get_mut(&key).expect("there");
                let before = connection.clone();
                if connection.state == SocketState::SynSent {
                    connection.state = SocketState::Established;
                }
                if self.random.random_bool(0.1) {
                    connection.owner =
                        Owner::Process(Arc::new(Process { pid: 9, name: Some("late".into()), path: None }));
                }
                if let Some(traffic) = &mut connection.traffic {
                    let more = self.random.random_range(0..100_000);
                    traffic.bytes_sent = Some(traffic.bytes_sent.unwrap_or(0) + more);
                    traffic.rtt_ms = Some(self.random.random_range(0.1..300.0));
                }
                if *connection != before {
                    delta.changed.push(connection.clone());
                }
            }
        }
        for _ in 0..self.random.random_range(0..4) {
            let connection = self.open_one();
            if self.live.contains_key(&connection.key) {
                continue;
            }
            if self.random.random_bool(0.2) && connection.key.remote.is_some() {
                let mut ghost = connection;
                ghost.state = SocketState::Closed;
                delta.ghosts.push(ghost);
            } else {
                self.live.insert(connection.key, connection.clone());
                delta.opened.push(connection);
            }
        }
        delta
    }
}

/// A location that depends on the address only.
pub(super) fn place_of(ip: IpAddr) -> Location {
    let last = match ip {
        IpAddr::V4(ip) => ip.octets()[3],
        IpAddr::V6(ip) => ip.octets()[15],
    };
    let place = match last % 5 {
        0 => Err(PlaceMissing::NotInDatabase),
        1 => Ok(("US", None)),
        2 => Ok(("DE", Some("Berlin"))),
        3 => Ok(("SE", Some("Linköping"))),
        _ => Ok(("GB", Some("London"))),
    };
    Location {
        place: place.map(|(country, city)| Place {
            kind: if city.is_some() { PlaceKind::City } else { PlaceKind::Country },
            position: crate::geodesy::LatLng { lat: f64::from(last) / 100.0, lng: -1.0 },
            country_iso: CountryIso::parse(country),
            city: city.map(Into::into),
            accuracy_radius_km: Some(f32::from(last)),
        }),
        asn: Some(Asn(u32::from(last % 3))),
        as_organization: (last % 3 == 1).then(|| "An operator".into()),
        anycast_reason: (last % 7 == 0).then_some("may be anycast: a reason".into()),
        database: Some(DatabaseStamp { name: "A database".into(), built: "2026-06-01".into() }),
    }
}
