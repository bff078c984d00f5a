//! The records of a block, as they are written.
//!
//! Records are written with [postcard](https://postcard.jamesmunns.com/wire-format): variants and numbers take a byte or
//! a few. Owners, addresses and locations are written once per block, and later records name them by number, from 0 in the
//! order in which they were written. Connections are numbered in the same way (their *slot*).
//!
//! *The order of variants and of the lists of names is part of the format*: append, never insert.

use super::DecodeError;
use crate::{
    geodesy::LatLng,
    model::{
        Asn, Connection, ConnectionKey, CountryIso, DatabaseStamp, Direction, Location, Owner, OwnerContext,
        OwnerMissing, Place, PlaceKind, PlaceMissing, Protocol, SocketState, Traffic,
    },
    sampler::HomeThen,
};
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, sync::Arc};

/// One record.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Record {
    /// The following records are from a moment so many ms after the previous step.
    Step { after_ms: i64 },
    /// The next address.
    Address(IpAddr),
    /// The next owner.
    Owner(WireOwner),
    /// The next location.
    Place(Box<WirePlace>),
    /// The next connection.
    Open(Box<WireOpen>),
    /// A connection that opened and closed between two samples.
    Ghost(Box<WireOpen>),
    /// A connection has another state.
    State { slot: u32, state: u8, direction: u8 },
    /// A connection has another owner.
    Owned { slot: u32, owner: u32, pid: u32 },
    /// A connection has another location.
    Moved { slot: u32, place: u32 },
    /// A connection has other times.
    Times { slot: u32, first_seen_ms: i64, opened_ms: Option<i64> },
    /// Counters of a connection.
    Traffic { slot: u32, traffic: Box<WireTraffic> },
    /// A connection has closed, with its last counters if they have changed.
    Close { slot: u32, traffic: Option<Box<WireTraffic>> },
    /// What the sampler says about itself, as JSON.
    Report(String),
    /// The location of the computer.
    Home(HomeThen),
}

/// The beginning of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WireHead {
    /// The version of the format.
    pub(super) version: u32,
    /// Its first moment, ms since 1970.
    pub(super) at_ms: i64,
    /// Whether the connections at its beginning are those at the end of the block before it.
    pub(super) continues: bool,
}

/// The owner of a connection without the process ID, which is written with the connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct WireOwner {
    pub(super) process: Option<(Option<Arc<str>>, Option<Arc<str>>)>,
    pub(super) missing: u8,
    pub(super) uid: Option<u32>,
    pub(super) unit: Option<Arc<str>>,
    pub(super) user: Option<Arc<str>>,
    pub(super) pids: Vec<u32>,
    pub(super) interface: Option<Arc<str>>,
}

/// A location.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WirePlace {
    place: Result<WirePoint, u8>,
    asn: Option<u32>,
    organization: Option<Arc<str>>,
    anycast: Option<String>,
    database: Option<(Arc<str>, Arc<str>)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct WirePoint {
    kind: u8,
    lat: f64,
    lng: f64,
    country: Option<[u8; 2]>,
    city: Option<Arc<str>>,
    radius_km: Option<f32>,
}

/// A connection.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WireOpen {
    /// Protocol, whether it is simulated, and whether its location is recorded, a bit each.
    pub(super) flags: u8,
    pub(super) state: u8,
    pub(super) direction: u8,
    /// Difference to the identity of the connection before it, modulo 2⁶⁴.
    pub(super) identity: i64,
    pub(super) local: (u32, u16),
    pub(super) remote: Option<(u32, u16)>,
    pub(super) owner: u32,
    pub(super) pid: u32,
    pub(super) place: u32,
    /// Before the moment of the step.
    pub(super) first_seen_ago_ms: i64,
    /// After it was first seen.
    pub(super) opened_after_ms: Option<i64>,
    pub(super) traffic: Option<WireTraffic>,
}

impl WireOpen {
    pub(super) const UDP: u8 = 1;
    pub(super) const SIMULATED: u8 = 2;
    pub(super) const LOCATED: u8 = 4;
}

/// Counters, of which those with a bit in `mask` are present, in the order of the bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct WireTraffic {
    mask: u16,
    values: Vec<u64>,
}

/// A position in a list of names; the length of the list is "none".
fn number<T: PartialEq>(all: &[T], value: Option<&T>) -> u8 {
    value.and_then(|value| all.iter().position(|it| it == value)).unwrap_or(all.len()) as u8
}

const STATES: [SocketState; 14] = [
    SocketState::Listen,
    SocketState::SynSent,
    SocketState::SynReceived,
    SocketState::Established,
    SocketState::FinWait1,
    SocketState::FinWait2,
    SocketState::CloseWait,
    SocketState::Closing,
    SocketState::LastAck,
    SocketState::TimeWait,
    SocketState::Closed,
    SocketState::Unconnected,
    SocketState::Connected,
    SocketState::Unknown,
];
const DIRECTIONS: [Direction; 3] = [Direction::In, Direction::Out, Direction::Unknown];
const MISSING: [OwnerMissing; 7] = [
    OwnerMissing::NoProcess,
    OwnerMissing::NotPermitted,
    OwnerMissing::NotFound,
    OwnerMissing::Kernel,
    OwnerMissing::ProcUnavailable,
    OwnerMissing::ClosedTooSoon,
    OwnerMissing::NotMeasured,
];
const KINDS: [PlaceKind; 3] = [PlaceKind::City, PlaceKind::Country, PlaceKind::Anycast];
const PLACES_MISSING: [PlaceMissing; 5] = [
    PlaceMissing::NotPublic,
    PlaceMissing::NotInDatabase,
    PlaceMissing::NoLocation,
    PlaceMissing::DatabaseUnavailable,
    PlaceMissing::RemoteUnknown,
];

pub(super) fn state_number(state: SocketState) -> u8 {
    number(&STATES, Some(&state))
}

pub(super) fn state_of(number: u8) -> Result<SocketState, DecodeError> {
    STATES.get(usize::from(number)).copied().ok_or_else(|| DecodeError::unknown("state", number))
}

pub(super) fn direction_number(direction: Option<Direction>) -> u8 {
    number(&DIRECTIONS, direction.as_ref())
}

pub(super) fn direction_of(number: u8) -> Result<Option<Direction>, DecodeError> {
    match usize::from(number) {
        none if none == DIRECTIONS.len() => Ok(None),
        at => DIRECTIONS.get(at).copied().map(Some).ok_or_else(|| DecodeError::unknown("direction", number)),
    }
}

pub(super) fn flags_of(connection: &Connection) -> u8 {
    let udp = if connection.key.protocol == Protocol::Udp { WireOpen::UDP } else { 0 };
    let simulated = if connection.simulated.is_some() { WireOpen::SIMULATED } else { 0 };
    let located = if connection.recorded_location.is_some() { WireOpen::LOCATED } else { 0 };
    udp | simulated | located
}

impl WireOwner {
    /// The owner of a connection, and its process ID (0 without a process).
    pub(super) fn of(connection: &Connection) -> (Self, u32) {
        let context = connection.context.as_deref();
        let owner = Self {
            process: connection.owner.process().map(|process| (process.name.clone(), process.path.clone())),
            missing: match &connection.owner {
                Owner::Process(_) => MISSING.len() as u8,
                Owner::Missing(reason) => number(&MISSING, Some(reason)),
            },
            uid: connection.uid,
            unit: context.and_then(|context| context.unit.clone()),
            user: context.and_then(|context| context.user.clone()),
            pids: context.map(|context| context.pids.clone()).unwrap_or_default(),
            interface: connection.interface.clone(),
        };
        (owner, connection.owner.process().map_or(0, |process| process.pid))
    }

    /// Unit, user and further processes, if any is known.
    pub(super) fn context(&self) -> Option<Arc<OwnerContext>> {
        let is_empty = self.unit.is_none() && self.user.is_none() && self.pids.is_empty();
        let context = || OwnerContext { unit: self.unit.clone(), user: self.user.clone(), pids: self.pids.clone() };
        (!is_empty).then(|| Arc::new(context()))
    }

    pub(super) fn reason(&self) -> Result<OwnerMissing, DecodeError> {
        let reason = MISSING.get(usize::from(self.missing)).copied();
        reason.ok_or_else(|| DecodeError::unknown("reason for an unknown owner", self.missing))
    }
}

impl WirePlace {
    pub(super) fn of(location: &Location) -> Self {
        let Location { place, asn, as_organization, anycast_reason, database } = location;
        Self {
            place: match place {
                Ok(place) => Ok(WirePoint {
                    kind: number(&KINDS, Some(&place.kind)),
                    lat: place.position.lat,
                    lng: place.position.lng,
                    country: place.country_iso.and_then(|country| country.as_str().as_bytes().try_into().ok()),
                    city: place.city.clone(),
                    radius_km: place.accuracy_radius_km,
                }),
                Err(missing) => Err(number(&PLACES_MISSING, Some(missing))),
            },
            asn: asn.map(|asn| asn.0),
            organization: as_organization.clone(),
            anycast: anycast_reason.as_deref().map(str::to_owned),
            database: database.as_ref().map(|stamp| (Arc::clone(&stamp.name), Arc::clone(&stamp.built))),
        }
    }

    pub(super) fn location(self) -> Result<Location, DecodeError> {
        let place = match self.place {
            Ok(point) => Ok(point.place()?),
            Err(missing) => Err(PLACES_MISSING
                .get(usize::from(missing))
                .copied()
                .ok_or_else(|| DecodeError::unknown("reason for an unknown place", missing))?),
        };
        Ok(Location {
            place,
            asn: self.asn.map(Asn),
            as_organization: self.organization,
            anycast_reason: self.anycast.map(Into::into),
            database: self.database.map(|(name, built)| DatabaseStamp { name, built }),
        })
    }
}

impl WirePoint {
    fn place(self) -> Result<Place, DecodeError> {
        let kind = KINDS.get(usize::from(self.kind)).copied();
        let country = self.country.map(|letters| {
            let code = std::str::from_utf8(&letters).ok().and_then(CountryIso::parse);
            code.ok_or_else(|| DecodeError::new("a country is not two letters"))
        });
        Ok(Place {
            kind: kind.ok_or_else(|| DecodeError::unknown("kind of place", self.kind))?,
            position: on_earth(self.lat, self.lng)?,
            country_iso: country.transpose()?,
            city: self.city,
            accuracy_radius_km: match self.radius_km {
                Some(km) if !(km.is_finite() && km >= 0.0) => {
                    return Err(DecodeError::new(format!("{km} km is not a radius")));
                }
                km => km,
            },
        })
    }
}

/// A position, radians.
pub(super) fn on_earth(lat: f64, lng: f64) -> Result<LatLng, DecodeError> {
    use std::f64::consts::{FRAC_PI_2, PI};
    if lat.abs() <= FRAC_PI_2 && lng.abs() <= PI {
        return Ok(LatLng { lat, lng });
    }
    Err(DecodeError::new(format!("{lat}, {lng} (radians) is not a position on the earth")))
}

impl WireTraffic {
    pub(super) fn of(traffic: &Traffic) -> Self {
        let float = |value: Option<f32>| value.map(|value| u64::from(value.to_bits()));
        let Traffic {
            bytes_sent,
            bytes_received,
            bytes_received_error,
            is_final,
            rate_sent_bytes_per_sec,
            rate_received_bytes_per_sec,
            rtt_ms,
            min_rtt_ms,
            retransmits,
            delivery_rate_bytes_per_sec,
            is_delivery_app_limited,
        } = *traffic;
        let all = [
            bytes_sent,
            bytes_received,
            (bytes_received_error > 0).then_some(u64::from(bytes_received_error)),
            float(rate_sent_bytes_per_sec),
            float(rate_received_bytes_per_sec),
            float(rtt_ms),
            float(min_rtt_ms),
            retransmits.map(u64::from),
            delivery_rate_bytes_per_sec,
        ];
        // Zero needs a bit only.
        let bit = |at: usize, is_set: bool| if is_set { 1_u16 << at } else { 0 };
        let mask = all.iter().enumerate().fold(0, |mask, (at, value)| mask | bit(at, value.is_some()));
        let mask = mask | bit(14, is_final) | bit(15, is_delivery_app_limited);
        Self { mask, values: all.into_iter().flatten().collect() }
    }

    pub(super) fn traffic(&self) -> Result<Traffic, DecodeError> {
        let is_set = |at: usize| self.mask & (1 << at) != 0;
        let mut values = self.values.iter().copied();
        let mut next = |at| {
            if !is_set(at) {
                return Ok(None);
            }
            values.next().map(Some).ok_or_else(|| DecodeError::new("counters are missing"))
        };
        let float = |value: Option<u64>| {
            let Some(bits) = value else { return Ok(None) };
            let value = u32::try_from(bits).map_or(f32::NAN, f32::from_bits);
            if value >= 0.0 {
                return Ok(Some(value));
            }
            Err(DecodeError::new("a rate of traffic or a round-trip time is negative or not a number"))
        };
        let narrow = |value: Option<u64>| value.map(|value| u32::try_from(value).unwrap_or(u32::MAX));
        Ok(Traffic {
            bytes_sent: next(0)?,
            bytes_received: next(1)?,
            bytes_received_error: next(2)?.map_or(0, |error| u8::try_from(error).unwrap_or(u8::MAX)),
            rate_sent_bytes_per_sec: float(next(3)?)?,
            rate_received_bytes_per_sec: float(next(4)?)?,
            rtt_ms: float(next(5)?)?,
            min_rtt_ms: float(next(6)?)?,
            retransmits: narrow(next(7)?),
            delivery_rate_bytes_per_sec: next(8)?,
            is_final: is_set(14),
            is_delivery_app_limited: is_set(15),
        })
    }
}

/// The protocol, local and remote end of a connection, to be filled in by the decoder.
pub(super) fn protocol_of(flags: u8) -> Protocol {
    if flags & WireOpen::UDP != 0 { Protocol::Udp } else { Protocol::Tcp }
}

/// Whether `key` can be written: only connections of this computer are.
pub(super) fn is_of_this_host(key: &ConnectionKey) -> bool {
    key.host.is_this()
}

/// Keeps the lists above complete.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_number_and_the_numbers_stay() {
        for (at, (state, name)) in SocketState::ALL.iter().enumerate() {
            assert_eq!(state_of(state_number(*state)).unwrap(), *state);
            assert_eq!(STATES[at].name(), *name, "the order is part of the format");
        }
        for direction in Direction::ALL.into_iter().map(Some).chain([None]) {
            assert_eq!(direction_of(direction_number(direction)).unwrap(), direction);
        }
        for reason in OwnerMissing::ALL {
            assert!(MISSING.contains(&reason));
        }
        assert!(state_of(14).is_err() && direction_of(4).is_err());
    }

    #[test]
    fn counters_come_back_as_they_were_and_wrong_ones_are_refused() {
        let all = Traffic {
            bytes_sent: Some(5),
            bytes_received: Some(0),
            bytes_received_error: 1,
            is_final: true,
            rate_sent_bytes_per_sec: Some(1.5),
            rate_received_bytes_per_sec: Some(0.0),
            rtt_ms: Some(12.25),
            min_rtt_ms: Some(11.0),
            retransmits: Some(3),
            delivery_rate_bytes_per_sec: Some(u64::MAX),
            is_delivery_app_limited: true,
        };
        let some = Traffic { bytes_received: Some(7), ..Traffic::default() };
        for traffic in [all, some, Traffic::default()] {
            assert_eq!(WireTraffic::of(&traffic).traffic().unwrap(), traffic);
        }
        for wrong in [f32::NAN, -1.0] {
            let wrong = Traffic { rtt_ms: Some(wrong), ..Traffic::default() };
            assert!(WireTraffic::of(&wrong).traffic().is_err());
        }
        assert!(WireTraffic { mask: 3, values: vec![1] }.traffic().is_err());
    }
}
