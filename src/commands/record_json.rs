//! `list --json`, schema 1: one connection as one object.
//!
//! The fields and their order are a promise to other programs; a change that breaks a reader needs another schema
//! number. What is not measured is `null`, never 0. Names are the raw text for
//! whoever reads the JSON; what could deceive an eye is written by its escapes.

use crate::{
    geodesy::DoubtKind,
    model::{Asn, Connection, CountryIso, Endpoint, Holder, Location, Owner, PlaceKind, PlaceMissing, UnixMillis},
};
use serde::{Serialize, Serializer};
use std::net::IpAddr;

/// Number of the schema that [`ConnectionRecord`] follows.
pub const SCHEMA: u32 = 1;

/// What happened to the connection of a line of `list --watch --json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordEvent {
    /// It was there when the watch began.
    Present,
    /// It was not there the last time.
    Opened,
    /// Its values are others than the last time.
    Changed,
    /// It is gone.
    Closed,
}

impl RecordEvent {
    /// The name in JSON and in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Opened => "opened",
            Self::Changed => "changed",
            Self::Closed => "closed",
        }
    }
}

/// One line of `list --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConnectionRecord<'a> {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Only with `--watch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<RecordEvent>,
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// Name of the socket's state.
    pub state: &'static str,
    /// `in`, `out`, `unknown`; null for listeners.
    pub direction: Option<&'static str>,
    /// This machine's end.
    pub local: EndRecord,
    /// The other end; null for listeners and unconnected UDP, and where the source cannot tell it (`state` is `unknown`
    /// then, `scope` `unspecified` and `place_missing` `remote-unknown`).
    pub remote: Option<EndRecord>,
    /// Interface that the socket is bound to, which a link-local address needs to be one machine's; null where it is bound
    /// to none, and where the source cannot tell it.
    pub interface: Option<&'a str>,
    /// Class of the remote address, of the local one for listeners.
    pub scope: &'static str,
    /// Who holds the socket.
    pub process: Option<ProcessRecord<'a>>,
    /// Why `process` is null.
    pub owner_missing: Option<&'static str>,
    /// Who holds the socket, as far as it is known.
    pub owner: OwnerRecord<'a>,
    /// Where the remote end is.
    pub place: Option<PlaceRecord<'a>>,
    /// Why `place` is null.
    pub place_missing: Option<&'static str>,
    /// Operator's number.
    pub asn: Option<u32>,
    /// Operator's name.
    pub as_organization: Option<&'a str>,
    /// What to know about this line: `simulated` (invented by a demo), `may-be-anycast`; `place-impossible` or
    /// `place-unlikely`, where light could not have come from the place and back in the time measured.
    pub flags: Vec<&'static str>,
    /// When this program first saw it.
    #[serde(serialize_with = "rfc_3339")]
    pub first_seen_at: UnixMillis,
    /// When it opened, where the opening was seen.
    #[serde(serialize_with = "optional_rfc_3339")]
    pub opened_at: Option<UnixMillis>,
    /// Payload sent, without SYN, FIN and what was sent again.
    pub bytes_sent: Option<u64>,
    /// Payload received.
    pub bytes_received: Option<u64>,
    /// 0 where `bytes_received` is exact, 1 where the peer's FIN may be in it.
    pub bytes_received_error: Option<u8>,
    /// Smoothed over about 2 s; null at the first look.
    pub rate_sent_bytes_per_sec: Option<f32>,
    /// Smoothed over about 2 s; null at the first look.
    pub rate_received_bytes_per_sec: Option<f32>,
    /// Smoothed round-trip time.
    pub rtt_ms: Option<f32>,
    /// Least round-trip time that was seen.
    pub min_rtt_ms: Option<f32>,
    /// Segments sent again.
    pub retransmits: Option<u32>,
    /// How quickly the network took what was sent last.
    pub delivery_rate_bytes_per_sec: Option<u64>,
    /// Whether the program gave too little to fill the network then: it could have taken more.
    pub delivery_rate_app_limited: Option<bool>,
    /// Of a closed connection that was counted, whether the counts are the kernel's last: else more may have flowed.
    pub counters_final: Option<bool>,
}

/// One end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EndRecord {
    /// Address in its canonical form.
    pub ip: IpAddr,
    /// Port.
    pub port: u16,
}

/// A process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ProcessRecord<'a> {
    /// Process number.
    pub pid: u32,
    /// Short name, null where the system tells none.
    pub name: Option<&'a str>,
    /// Path of the executable, null where it may not be read.
    pub path: Option<&'a str>,
}

/// Who holds a socket: the process, or the kernel itself; where that is not known, the unit; where that is not known, the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OwnerRecord<'a> {
    /// `process`, `unit`, `user`, `kernel` or `unknown`.
    pub kind: &'static str,
    /// Process number.
    pub pid: Option<u32>,
    /// Name of what `kind` says.
    pub name: Option<&'a str>,
    /// Short name of the service, scope or container.
    pub unit: Option<&'a str>,
    /// Name of the user.
    pub user: Option<&'a str>,
    /// Number of the user.
    pub uid: Option<u32>,
    /// Every process that is known to hold it.
    pub pids: Option<&'a [u32]>,
    /// Why no process is known.
    pub reason: Option<&'static str>,
}

/// A place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PlaceRecord<'a> {
    /// `city`, `country` or `anycast`.
    pub kind: &'static str,
    /// Latitude in degrees, north positive.
    pub lat_deg: f64,
    /// Longitude in degrees, east positive.
    pub lng_deg: f64,
    /// ISO 3166-1 alpha-2 code.
    pub country_iso: Option<CountryIso>,
    /// English name, only where the record names a city.
    pub city: Option<&'a str>,
    /// Radius in km, null where the database gives none.
    pub accuracy_radius_km: Option<f32>,
}

impl<'a> ConnectionRecord<'a> {
    /// The record of `connection`, whose subject is at `location` (for an invented connection: where it is stated to be);
    /// `doubt` is what the speed of light has against that.
    #[must_use]
    pub fn new(
        event: Option<RecordEvent>,
        connection: &'a Connection,
        location: &'a Location,
        doubt: Option<DoubtKind>,
    ) -> Self {
        let process = connection.owner.process();
        let traffic = connection.traffic.unwrap_or_default();
        let owner = OwnerRecord::new(connection);
        Self {
            schema: SCHEMA,
            event,
            protocol: connection.key.protocol.name(),
            state: connection.state.name(),
            direction: connection.direction.map(crate::model::Direction::name),
            local: EndRecord::new(connection.key.local),
            remote: connection.key.remote.map(EndRecord::new),
            interface: connection.interface.as_deref(),
            scope: connection.scope().name(),
            process: process.map(|process| ProcessRecord {
                pid: process.pid,
                name: process.name.as_deref(),
                path: process.path.as_deref(),
            }),
            owner_missing: owner.reason,
            owner,
            place: PlaceRecord::new(location),
            place_missing: location.place.as_ref().err().copied().map(PlaceMissing::name),
            asn: location.asn.map(|Asn(number)| number),
            as_organization: location.as_organization.as_deref(),
            flags: flags(connection, location, doubt),
            first_seen_at: connection.first_seen_at,
            opened_at: connection.opened_at,
            bytes_sent: traffic.bytes_sent,
            bytes_received: traffic.bytes_received,
            bytes_received_error: traffic.bytes_received.map(|_| traffic.bytes_received_error),
            rate_sent_bytes_per_sec: traffic.rate_sent_bytes_per_sec,
            rate_received_bytes_per_sec: traffic.rate_received_bytes_per_sec,
            rtt_ms: traffic.rtt_ms,
            min_rtt_ms: traffic.min_rtt_ms,
            retransmits: traffic.retransmits,
            delivery_rate_bytes_per_sec: traffic.delivery_rate_bytes_per_sec,
            delivery_rate_app_limited: traffic.delivery_rate_bytes_per_sec.map(|_| traffic.is_delivery_app_limited),
            counters_final: traffic.bytes().filter(|_| event == Some(RecordEvent::Closed)).map(|_| traffic.is_final),
        }
    }
}

impl<'a> OwnerRecord<'a> {
    fn new(connection: &'a Connection) -> Self {
        let holder = connection.holder();
        let name = match holder {
            Holder::Process(process) => process.name.as_deref(),
            Holder::Unit(unit) => Some(unit),
            Holder::User { name, .. } => name,
            Holder::Kernel | Holder::Unknown(_) => None,
        };
        let reason = match &connection.owner {
            Owner::Process(_) => None,
            Owner::Missing(reason) => Some(reason.name()),
        };
        Self {
            kind: holder.kind(),
            pid: connection.owner.process().map(|process| process.pid),
            name,
            unit: connection.unit(),
            user: connection.user(),
            uid: connection.uid,
            pids: Some(connection.pids()).filter(|pids| !pids.is_empty()),
            reason,
        }
    }
}

impl EndRecord {
    fn new(end: Endpoint) -> Self {
        Self { ip: end.ip, port: end.port }
    }
}

impl<'a> PlaceRecord<'a> {
    /// The place of `location`, if it has one.
    #[must_use]
    pub fn new(location: &'a Location) -> Option<Self> {
        let place = location.place.as_ref().ok()?;
        Some(Self {
            kind: place.kind.name(),
            lat_deg: degrees(place.position.lat_deg()),
            lng_deg: degrees(place.position.lng_deg()),
            country_iso: place.country_iso,
            city: place.city.as_deref(),
            accuracy_radius_km: place.accuracy_radius_km,
        })
    }
}

/// Rounded to 10⁻⁶ degree (0.1 m), so that the way through radians leaves no trace; never −0.
fn degrees(value: f64) -> f64 {
    (value * 1e6).round() / 1e6 + 0.0
}

fn flags(connection: &Connection, location: &Location, doubt: Option<DoubtKind>) -> Vec<&'static str> {
    let mut flags = Vec::new();
    if connection.simulated.is_some() {
        flags.push("simulated");
    }
    let is_anycast = location.place.as_ref().is_ok_and(|place| place.kind == PlaceKind::Anycast);
    if location.anycast_reason.is_some() && !is_anycast {
        flags.push("may-be-anycast");
    }
    flags.extend(doubt.map(DoubtKind::flag));
    flags
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn rfc_3339<S: Serializer>(at: &UnixMillis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

#[expect(clippy::ref_option, reason = "serde passes fields by reference")]
fn optional_rfc_3339<S: Serializer>(at: &Option<UnixMillis>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(at),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests;
