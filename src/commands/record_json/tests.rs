//! Tests of the records.

use super::*;
use crate::{
    geodesy::LatLng,
    model::{
        ConnectionKey, Direction, HostId, OwnerContext, OwnerMissing, Place, Process, Protocol, Simulated, SocketRow,
        SocketState, Traffic,
    },
};
use serde_json::{Value, json};
use std::sync::Arc;

fn end(ip: &str, port: u16) -> Endpoint {
    Endpoint::new(ip.parse().expect("a literal address"), port)
}

fn outgoing() -> Connection {
    let process = Process { pid: 12, name: Some("na\u{1b}me".into()), path: None };
    SocketRow {
        key: ConnectionKey {
            host: HostId::THIS,
            protocol: Protocol::Tcp,
            local: end("192.168.1.5", 50_000),
            remote: Some(end("81.2.69.142", 443)),
            identity: 1,
        },
        state: SocketState::FinWait1,
        direction: Some(Direction::Out),
        owner: Owner::Process(Arc::new(process)),
        uid: Some(1000),
        context: None,
        traffic: None,
        interface: None,
        simulated: None,
    }
    .seen(UnixMillis(1_780_315_200_123), None)
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
    serde_json::to_value(ConnectionRecord::new(event, connection, location, None)).expect("a record")
}

#[test]
fn a_connection_has_exactly_the_fields_of_schema_1() {
    assert_eq!(
        value(None, &outgoing(), &london()),
        json!({
            "schema": 1, "protocol": "tcp", "state": "fin-wait-1", "direction": "out",
            "local": {"ip": "192.168.1.5", "port": 50000}, "remote": {"ip": "81.2.69.142", "port": 443},
            "interface": null, "scope": "public", "process": {"pid": 12, "name": "na\u{1b}me", "path": null}, "owner_missing": null,
            "owner": {"kind": "process", "pid": 12, "name": "na\u{1b}me", "unit": null, "user": null, "uid": 1000,
                "pids": [12], "reason": null},
            "place": {"kind": "city", "lat_deg": 51.5142, "lng_deg": -0.0931, "country_iso": "GB",
                "city": "London", "accuracy_radius_km": 10.0},
            "place_missing": null, "asn": 7, "as_organization": null, "flags": [],
            "first_seen_at": "2026-06-01T12:00:00.123Z", "opened_at": null,
            "bytes_sent": null, "bytes_received": null, "bytes_received_error": null,
            "rate_sent_bytes_per_sec": null, "rate_received_bytes_per_sec": null,
            "rtt_ms": null, "min_rtt_ms": null, "retransmits": null,
            "delivery_rate_bytes_per_sec": null, "delivery_rate_app_limited": null, "counters_final": null,
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
fn an_owner_is_the_best_that_is_known() {
    let mut connection = outgoing();
    connection.context =
        Some(Arc::new(OwnerContext { unit: Some("a.scope".into()), user: Some("ann".into()), pids: vec![7, 12] }));
    let owner = |connection: &Connection| value(None, connection, &london())["owner"].clone();
    assert_eq!(
        owner(&connection),
        json!({"kind": "process", "pid": 12, "name": "na\u{1b}me", "unit": "a.scope", "user": "ann", "uid": 1000,
            "pids": [7, 12], "reason": null})
    );
    connection.owner = Owner::Missing(OwnerMissing::NotPermitted);
    connection.context = Some(Arc::new(OwnerContext { unit: Some("a.scope".into()), ..OwnerContext::default() }));
    assert_eq!(
        owner(&connection),
        json!({"kind": "unit", "pid": null, "name": "a.scope", "unit": "a.scope", "user": null, "uid": 1000,
            "pids": null, "reason": "not-permitted"})
    );
    connection.context = None;
    assert_eq!(owner(&connection)["kind"], "user");
    connection.uid = None;
    assert_eq!(
        (&owner(&connection)["kind"], &owner(&connection)["reason"]),
        (&json!("unknown"), &json!("not-permitted"))
    );
}

#[test]
fn what_was_measured_of_traffic_is_told() {
    let mut connection = outgoing();
    connection.traffic = Some(Traffic {
        bytes_sent: Some(1_000),
        bytes_received: Some(u64::MAX),
        bytes_received_error: 1,
        is_final: true,
        rate_sent_bytes_per_sec: Some(0.0),
        rate_received_bytes_per_sec: None,
        rtt_ms: Some(0.036),
        min_rtt_ms: Some(0.021),
        retransmits: Some(3),
        delivery_rate_bytes_per_sec: Some(1_250_000),
        is_delivery_app_limited: true,
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
        ("delivery_rate_bytes_per_sec", json!(1_250_000)),
        ("delivery_rate_app_limited", json!(true)),
    ] {
        assert_eq!(value.get(field), Some(&expected), "{field}");
    }
}

#[test]
fn an_invented_connection_says_so() {
    let mut connection = outgoing();
    let place = london().place.expect("a place");
    connection.simulated = Some(Box::new(Simulated { place: Some(place), asn: None, as_organization: None }));
    assert_eq!(value(None, &connection, &london())["flags"], json!(["simulated"]));
}

#[test]
fn a_doubted_place_is_flagged() {
    let (connection, mut location) = (outgoing(), london());
    location.anycast_reason = Some("may be anycast: a reason".into());
    for (doubt, flags) in [
        (None, json!(["may-be-anycast"])),
        (Some(DoubtKind::Unlikely), json!(["may-be-anycast", "place-unlikely"])),
        (Some(DoubtKind::Impossible), json!(["may-be-anycast", "place-impossible"])),
    ] {
        let record = ConnectionRecord::new(None, &connection, &location, doubt);
        assert_eq!(serde_json::to_value(record).expect("a record")["flags"], flags);
    }
}

#[test]
fn a_line_holds_no_raw_control_character() {
    let (connection, location) = (outgoing(), london());
    let line = serde_json::to_string(&ConnectionRecord::new(None, &connection, &location, None)).expect("a record");
    assert!(line.starts_with(r#"{"schema":1,"protocol":"tcp","#), "{line}");
    assert!(line.contains(r"na\u001bme") && !line.contains(char::is_control), "{line}");
}

#[test]
fn a_point_on_the_equator_is_never_minus_zero() {
    assert_eq!(degrees(-1e-9).to_string(), "0");
    assert_eq!(degrees(139.753_09).to_string(), "139.75309");
}
