//! `list --json`, schema 1: one connection as one object.
//!
//! The fields and their order are a promise to other programs; a change that breaks a reader needs another schema
//! number. What is not measured is `null`, never 0. Names are the raw text: JSON has its own escapes.

use crate::model::{Asn, Connection, CountryIso, Endpoint, Location, PlaceKind, PlaceMissing, UnixMillis};
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
    /// The other end; null for listeners and unconnected UDP.
    pub remote: Option<EndRecord>,
    /// Class of the remote address, of the local one for listeners.
    pub scope: &'static str,
    /// Who holds the socket.
    pub process: Option<ProcessRecord<'a>>,
    /// Why `process` is null.
    pub owner_missing: Option<&'static str>,
    /// Where the remote end is.
    pub place: Option<PlaceRecord<'a>>,
    /// Why `place` is null.
    pub place_missing: Option<&'static str>,
    /// Operator's number.
    pub asn: Option<u32>,
    /// Operator's name.
    pub as_organization: Option<&'a str>,
    /// What to know about this line: `simulated` (invented by a demo), `may-be-anycast`.
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
    /// Least round-trip time of the last minutes.
    pub min_rtt_ms: Option<f32>,
    /// Segments sent again.
    pub retransmits: Option<u32>,
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
    /// Short name.
    pub name: &'a str,
    /// Path of the executable, null where it may not be read.
    pub path: Option<&'a str>,
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
    /// The record of `connection`, whose subject is at `location` (for an invented connection: where it is stated to be).
    #[must_use]
    pub fn new(event: Option<RecordEvent>, connection: &'a Connection, location: &'a Location) -> Self {
        let process = connection.owner.process();
        let traffic = connection.traffic.unwrap_or_default();
        let owner_missing = match &connection.owner {
            crate::model::Owner::Process(_) => None,
            crate::model::Owner::Missing(reason) => Some(reason.name()),
        };
        Self {
            schema: SCHEMA,
            event,
            protocol: connection.key.protocol.name(),
            state: connection.state.name(),
            direction: connection.direction.map(crate::model::Direction::name),
            local: EndRecord::new(connection.key.local),
            remote: connection.key.remote.map(EndRecord::new),
            scope: connection.scope().name(),
            process: process.map(|process| ProcessRecord {
                pid: process.pid,
                name: &process.name,
                path: process.path.as_deref(),
            }),
            owner_missing,
            place: PlaceRecord::new(location),
            place_missing: location.place.as_ref().err().copied().map(PlaceMissing::name),
            asn: location.asn.map(|Asn(number)| number),
            as_organization: location.as_organization.as_deref(),
            flags: flags(connection, location),
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

fn flags(connection: &Connection, location: &Location) -> Vec<&'static str> {
    let mut flags = Vec::new();
    if connection.simulated.is_some() {
        flags.push("simulated");
    }
    let is_anycast = location.place.as_ref().is_ok_and(|place| place.kind == PlaceKind::Anycast);
    if location.anycast_reason.is_some() && !is_anycast {
        flags.push("may-be-anycast");
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
mod tests {
    use super::*;
    use crate::{
        geodesy::LatLng,
        model::{
            ConnectionKey, Direction, Owner, OwnerMissing, Place, Process, Protocol, Simulated, SocketState, Traffic,
        },
    };
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn end(ip: &str, port: u16) -> Endpoint {
        Endpoint::new(ip.parse().expect("a literal address"), port)
    }

    fn outgoing() -> Connection {
        let process = Process { pid: 12, name: "na\u{1b}me".into(), path: None };
        Connection {
            key: ConnectionKey {
                protocol: Protocol::Tcp,
                local: end("192.168.1.5", 50_000),
                remote: Some(end("81.2.69.142", 443)),
                identity: 1,
            },
            state: SocketState::FinWait1,
            direction: Some(Direction::Out),
            owner: Owner::Process(Arc::new(process)),
            uid: Some(1000),
            first_seen_at: UnixMillis(1_780_315_200_123),
            opened_at: None,
            traffic: None,
            simulated: None,
        }
    }

    fn london() -> Location {
        Location {
            place: Ok(Place {
                kind: PlaceKind::City,
                position: LatLng::from_degrees(51.5142, -0.0931).expect("a position"),
                country_iso: CountryIso::parse("GB"),
                city: Some("London".into()),
                accuracy_radius_km: Some(10.0),
            }),
            asn: Some(Asn(7)),
            as_organization: None,
            anycast_reason: None,
            database: None,
        }
    }

    fn value(event: Option<RecordEvent>, connection: &Connection, location: &Location) -> Value {
        serde_json::to_value(ConnectionRecord::new(event, connection, location)).expect("a record")
    }

    #[test]
    fn a_connection_has_exactly_the_fields_of_schema_1() {
        assert_eq!(
            value(None, &outgoing(), &london()),
            json!({
                "schema": 1, "protocol": "tcp", "state": "fin-wait-1", "direction": "out",
                "local": {"ip": "192.168.1.5", "port": 50000}, "remote": {"ip": "81.2.69.142", "port": 443},
                "scope": "public", "process": {"pid": 12, "name": "na\u{1b}me", "path": null}, "owner_missing": null,
                "place": {"kind": "city", "lat_deg": 51.5142, "lng_deg": -0.0931, "country_iso": "GB",
                    "city": "London", "accuracy_radius_km": 10.0},
                "place_missing": null, "asn": 7, "as_organization": null, "flags": [],
                "first_seen_at": "2026-06-01T12:00:00.123Z", "opened_at": null,
                "bytes_sent": null, "bytes_received": null, "bytes_received_error": null,
                "rate_sent_bytes_per_sec": null, "rate_received_bytes_per_sec": null,
                "rtt_ms": null, "min_rtt_ms": null, "retransmits": null,
            })
        );
    }

    #[test]
    fn what_is_not_known_is_null_and_has_its_reason() {
        let mut connection = outgoing();
        connection.key.local = end("0.0.0.0", 53);
        connection.key.remote = None;
        connection.state = SocketState::Unconnected;
        connection.direction = None;
        connection.owner = Owner::Missing(OwnerMissing::NotPermitted);
        let value = value(Some(RecordEvent::Opened), &connection, &Location::missing(PlaceMissing::NotPublic));
        for (field, expected) in [
            ("event", json!("opened")),
            ("remote", Value::Null),
            ("direction", Value::Null),
            ("scope", json!("unspecified")),
            ("process", Value::Null),
            ("owner_missing", json!("not-permitted")),
            ("place", Value::Null),
            ("place_missing", json!("not-public")),
            ("asn", Value::Null),
        ] {
            assert_eq!(value.get(field), Some(&expected), "{field}");
        }
    }

    #[test]
    fn what_was_measured_of_traffic_is_told() {
        let mut connection = outgoing();
        connection.traffic = Some(Traffic {
            bytes_sent: Some(1_000),
            bytes_received: Some(u64::MAX),
            bytes_received_error: 1,
            rate_sent_bytes_per_sec: Some(0.0),
            rate_received_bytes_per_sec: None,
            rtt_ms: Some(0.036),
            min_rtt_ms: Some(0.021),
            retransmits: Some(3),
        });
        let value = value(None, &connection, &london());
        for (field, expected) in [
            ("bytes_sent", json!(1000)),
            ("bytes_received", json!(u64::MAX)),
            ("bytes_received_error", json!(1)),
            ("rate_sent_bytes_per_sec", json!(0.0)),
            ("rate_received_bytes_per_sec", Value::Null),
            ("rtt_ms", json!(0.036_f32)),
            ("min_rtt_ms", json!(0.021_f32)),
            ("retransmits", json!(3)),
        ] {
            assert_eq!(value.get(field), Some(&expected), "{field}");
        }
    }

    #[test]
    fn an_invented_connection_says_so() {
        let mut connection = outgoing();
        let place = london().place.expect("a place");
        connection.simulated = Some(Box::new(Simulated { place, asn: None, as_organization: None }));
        assert_eq!(value(None, &connection, &london())["flags"], json!(["simulated"]));
    }

    #[test]
    fn a_line_holds_no_raw_control_character() {
        let (connection, location) = (outgoing(), london());
        let line = serde_json::to_string(&ConnectionRecord::new(None, &connection, &location)).expect("a record");
        assert!(line.starts_with(r#"{"schema":1,"protocol":"tcp","#), "{line}");
        assert!(line.contains(r"na\u001bme") && !line.contains(char::is_control), "{line}");
    }

    #[test]
    fn a_point_on_the_equator_is_never_minus_zero() {
        assert_eq!(degrees(-1e-9).to_string(), "0");
        assert_eq!(degrees(139.753_09).to_string(), "139.75309");
    }
}
