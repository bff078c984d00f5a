//! `list --json`, schema 1: a connection as a JSON object.
//!
//! The fields and their order are stable; an incompatible change needs another schema number. Values that are not
//! measured are `null`, never 0. Names are the raw text after parsing; deceptive characters are written as JSON
//! escapes.

use crate::{
    geodesy::DoubtKind,
    model::{
        Asn, Connection, CountryIso, Endpoint, Holder, Location, Owner, PlaceKind, PlaceMissing, UnixMillis,
        masked_scope,
    },
};
use serde::{Serialize, Serializer};
use std::net::IpAddr;

/// Number of the schema that [`ConnectionRecord`] follows.
pub const SCHEMA: u32 = 1;

/// The event of a line of `list --watch --json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordEvent {
    /// It was open when the watch started.
    Present,
    /// It is new.
    Opened,
    /// Its values have changed.
    Changed,
    /// It has closed.
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

/// A line of `list --json`.
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
    /// The other end; null for listeners and unconnected UDP, and if the source does not report it (`state` is then
    /// `unknown`, `scope` `unspecified` and `place_missing` `remote-unknown`).
    pub remote: Option<EndRecord>,
    /// Interface to which the socket is bound, needed to identify the machine of a link-local address; null if it is
    /// not bound, or if the source does not report it.
    pub interface: Option<&'a str>,
    /// Class of the remote address, or of the local one for listeners.
    pub scope: &'static str,
    /// The process that owns the socket.
    pub process: Option<ProcessRecord<'a>>,
    /// Why `process` is null.
    pub owner_missing: Option<&'static str>,
    /// The most specific owner that is known.
    pub owner: OwnerRecord<'a>,
    /// The location of the remote end.
    pub place: Option<PlaceRecord<'a>>,
    /// Why `place` is null.
    pub place_missing: Option<&'static str>,
    /// AS number of the operator.
    pub asn: Option<u32>,
    /// Name of the operator.
    pub as_organization: Option<&'a str>,
    /// Flags: `simulated` (by a demo), `may-be-anycast`; `place-impossible` or `place-unlikely` if light could not
    /// travel to the place and back in the measured time.
    pub flags: Vec<&'static str>,
    /// When this program first saw it.
    #[serde(serialize_with = "rfc_3339")]
    pub first_seen_at: UnixMillis,
    /// When it opened, if the opening was seen.
    #[serde(serialize_with = "optional_rfc_3339")]
    pub opened_at: Option<UnixMillis>,
    /// When it closed; only of those that had closed and were there in the window of time of the filter (`during:`).
    #[serde(serialize_with = "optional_rfc_3339", skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<UnixMillis>,
    /// Payload sent, without SYN, FIN and retransmissions.
    pub bytes_sent: Option<u64>,
    /// Payload received.
    pub bytes_received: Option<u64>,
    /// 0 if `bytes_received` is exact, 1 if it may include the peer's FIN.
    pub bytes_received_error: Option<u8>,
    /// Smoothed over about 2 s; null in the first sample.
    pub rate_sent_bytes_per_sec: Option<f32>,
    /// Smoothed over about 2 s; null in the first sample.
    pub rate_received_bytes_per_sec: Option<f32>,
    /// Smoothed round-trip time.
    pub rtt_ms: Option<f32>,
    /// Minimum round-trip time so far.
    pub min_rtt_ms: Option<f32>,
    /// Retransmitted segments.
    pub retransmits: Option<u32>,
    /// Rate at which the network took the data sent last.
    pub delivery_rate_bytes_per_sec: Option<u64>,
    /// Whether the program sent less than the network could have taken.
    pub delivery_rate_app_limited: Option<bool>,
    /// For a closed connection with counters, whether they are final; otherwise the actual traffic may be higher.
    pub counters_final: Option<bool>,
}

/// One end of a connection.
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
    /// Process ID.
    pub pid: u32,
    /// Short name, null if the system reports none.
    pub name: Option<&'a str>,
    /// Path of the executable, null if it cannot be read.
    pub path: Option<&'a str>,
}

/// Owner of a socket: the process or the kernel, or else the unit, or else the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OwnerRecord<'a> {
    /// `process`, `unit`, `user`, `kernel` or `unknown`.
    pub kind: &'static str,
    /// Process ID.
    pub pid: Option<u32>,
    /// Name of the owner, according to `kind`.
    pub name: Option<&'a str>,
    /// Short name of the service, scope or container.
    pub unit: Option<&'a str>,
    /// Name of the user.
    pub user: Option<&'a str>,
    /// User ID.
    pub uid: Option<u32>,
    /// All processes known to own it.
    pub pids: Option<&'a [u32]>,
    /// Why the process is unknown.
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
    /// English name, if the record names a city.
    pub city: Option<&'a str>,
    /// Radius in km, null if the database has none.
    pub accuracy_radius_km: Option<f32>,
}

impl<'a> ConnectionRecord<'a> {
    /// The record of `connection`, whose subject is at `location` (for a simulated connection, its stated place);
    /// `doubt` says whether that contradicts the speed of light.
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
            closed_at: None,
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

/// Rounds to 10⁻⁶ degree (0.1 m), to hide rounding errors of the conversion from radians; never −0.
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
    if masked_scope(connection.key.local.ip).is_some() {
        flags.push("masked");
    }
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
