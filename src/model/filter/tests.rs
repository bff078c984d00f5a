//! Tests of the filter language.

use super::*;
use crate::{
    geodesy::LatLng,
    model::{
        Asn, ConnectionKey, CountryIso, Direction, Endpoint, HostId, Owner, OwnerContext, OwnerMissing, Place,
        PlaceKind, PlaceMissing, Process, Protocol, SocketRow, SocketState, Traffic,
    },
};
use std::sync::Arc;

mod properties;

const NOW: UnixMillis = UnixMillis(1_000_000_000);

fn end(text: &str) -> Endpoint {
    let end: std::net::SocketAddr = text.parse().expect("a literal endpoint");
    Endpoint::new(end.ip(), end.port())
}

fn context(unit: &str, user: Option<&str>) -> Arc<OwnerContext> {
    Arc::new(OwnerContext { unit: Some(unit.into()), user: user.map(Arc::from), pids: Vec::new() })
}

/// Firefox on port 50000, opened five minutes ago, to London.
fn london() -> (Connection, Location) {
    let process =
        Process { pid: 2214, name: Some("Firefox".into()), path: Some("/usr/lib/firefox/firefox-bin".into()) };
    let connection = SocketRow {
        key: ConnectionKey {
            host: HostId::THIS,
            protocol: Protocol::Tcp,
            local: end("192.168.1.5:50000"),
            remote: Some(end("81.2.69.142:443")),
            identity: 7,
        },
        state: SocketState::Established,
        direction: Some(Direction::Out),
        owner: Owner::Process(Arc::new(process)),
        uid: Some(1000),
        context: Some(context("app-firefox-7.scope", Some("ann"))),
        traffic: Some(Traffic {
            bytes_sent: Some(400_000),
            bytes_received: Some(1_100_000),
            rate_sent_bytes_per_sec: Some(50_000.0),
            rate_received_bytes_per_sec: Some(70_000.0),
            rtt_ms: Some(0.75),
            ..Traffic::default()
        }),
        interface: None,
        simulated: None,
    }
    .seen(NOW.plus_ms(-300_000), Some(NOW.plus_ms(-300_000)));
    let location = Location {
        place: Ok(Place {
            kind: PlaceKind::City,
            position: LatLng::from_degrees(51.5142, -0.0931).expect("a position"),
            country_iso: CountryIso::parse("GB"),
            city: Some("London".into()),
            accuracy_radius_km: Some(10.0),
        }),
        asn: Some(Asn(29518)),
        as_organization: Some("Bredband2 AB".into()),
        anycast_reason: None,
        database: None,
    };
    (connection, location)
}

/// A listener on `::1` port 22 of an unknown owner, open since before the program started.
fn listener() -> (Connection, Location) {
    let connection = SocketRow {
        key: ConnectionKey {
            host: HostId::THIS,
            protocol: Protocol::Tcp,
            local: end("[::1]:22"),
            remote: None,
            identity: 8,
        },
        state: SocketState::Listen,
        direction: None,
        owner: Owner::Missing(OwnerMissing::NotPermitted),
        uid: None,
        context: Some(context("docker-0123456789ab.scope", None)),
        traffic: None,
        interface: None,
        simulated: None,
    }
    .seen(NOW.plus_ms(-60_000), None);
    (connection, Location::missing(PlaceMissing::NotPublic))
}

fn facts((connection, location): &(Connection, Location)) -> Facts<'_> {
    Facts { connection, location: Some(location), now: NOW, closed_at: None, doubt: None }
}

#[test]
fn each_key_asks_what_it_says() {
    let (london, listener) = (london(), listener());
    for (query, of_london, of_listener) in [
        ("", true, true),
        ("  ", true, true),
        ("process:firefox", true, false),
        ("process:FIREFOX-BIN", true, false),
        ("-process:firefox", false, true),
        ("process:ssh,fire", true, false),
        ("process:=Firefox", true, false),
        ("process:=firefox", false, false),
        ("process:=Firefo", false, false),
        ("process:=/usr/lib/firefox/firefox-bin", true, false),
        ("process:=firefox-bin", false, false),
        ("process:=ssh,Firefox", true, false),
        ("-process:=Firefox", false, true),
        ("unit:=app-firefox-7.scope", true, false),
        ("unit:=firefox", false, false),
        ("user:=ann", true, false),
        ("user:=Ann", false, false),
        ("user:=1000", true, false),
        ("city:=London", true, false),
        ("city:=Lond", false, false),
        ("operator:=\"Bredband2 AB\"", true, false),
        ("operator:=Bredband2", false, false),
        ("port:=443", true, false),
        ("country:=GB", true, false),
        ("pid:2214", true, false),
        ("pid:22", false, false),
        ("user:1000", true, false),
        ("user:Ann", true, false),
        ("user:an", false, false),
        ("unit:firefox", true, false),
        ("unit:sshd,docker", false, true),
        ("docker-0123", false, true),
        ("-user:1000", false, true),
        ("ip:81.2.69.142", true, false),
        ("ip:81.2.69.0/24", true, false),
        ("ip:81.2.69.7/24", true, false),
        ("ip:::ffff:81.2.69.142", true, false),
        ("ip:81.2.69.142:443", true, false),
        ("ip:81.2.69.142:80", false, false),
        ("ip:[::ffff:81.2.69.142]:443", true, false),
        ("ip:[::1]", false, true),
        ("ip:[::1]:22", false, true),
        ("ip:[::1]:23", false, false),
        ("-ip:[::1]:22,81.2.69.0/24", false, false),
        ("[::1]", false, true),
        ("[::1]:22", false, true),
        ("ip:192.168.1.5", false, false),
        ("ip:::1", false, true),
        ("ip:::/0", false, true),
        ("port:443", true, false),
        ("port:50000", true, false),
        ("port:80,22", false, true),
        ("port>1024", true, false),
        ("-port>1024", false, true),
        ("port<1024", true, true),
        ("proto:tcp", true, true),
        ("proto:UDP", false, false),
        ("state:established", true, false),
        ("state:listen,time-wait", false, true),
        ("direction:out", true, false),
        ("direction:in,unknown", false, false),
        ("country:gb", true, false),
        ("country:\"united kingdom\"", true, false),
        ("country:Kingdom", true, false),
        ("country:France", false, false),
        ("kingdom", true, false),
        ("france", false, false),
        ("country:US,DE", false, false),
        ("city:lond", true, false),
        ("city:\"New York\"", false, false),
        ("asn:29518", true, false),
        ("asn:as29518", true, false),
        ("asn:2951", false, false),
        ("operator:bredband", true, false),
        ("scope:public", true, false),
        ("scope:loopback,private", false, true),
        ("age>4m", true, false),
        ("age>299s", true, false),
        ("age>5m", false, false),
        ("age<6m", true, false),
        ("age>30s", true, true),
        // The listener is at least a minute old, and may be days old.
        ("age<2h", true, false),
        ("rate>100k", true, false),
        ("rate>0.1MB/s", true, false),
        ("rate<100k", false, false),
        ("-rate<100k", true, true),
        ("rate>120000", false, false),
        ("bytes>1M", true, false),
        ("bytes>1.5MB", false, false),
        ("bytes<2G", true, false),
        ("rtt<1ms", true, false),
        ("rtt<0.5ms", false, false),
        ("rtt>0.0001s", true, false),
        ("closed:no", true, true),
        ("closed:yes", false, false),
        ("closed:yes,no", true, true),
        ("fox", true, false),
        ("LONDON", true, false),
        ("\"London, GB\"", true, false),
        ("gb", true, false),
        ("g", false, false),
        ("bredband2", true, false),
        ("AS29518", true, false),
        ("81.2.69", true, false),
        ("81.2.69.0/24", true, false),
        ("81.2.69.142:443", true, false),
        ("81.2.69.142:80", false, false),
        ("0:0:0:0:0:0:0:1", false, true),
        ("-london", false, true),
        ("fox,::1", true, true),
        ("process:fire port:443 country:GB -city:paris", true, false),
        ("process:fire port:80", false, false),
        ("PORT:443", true, false),
    ] {
        let parsed = Query::parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        assert_eq!(parsed.matches(&facts(&london)), of_london, "{query} of the connection to London");
        assert_eq!(parsed.matches(&facts(&listener)), of_listener, "{query} of the listener");
    }
}

#[test]
fn the_wrong_word_is_marked_and_the_message_says_what_was_expected() {
    for (query, wrong, expected) in [
        ("port:443 port:http", "http", "a port from 0 to 65535"),
        ("port:443,65536", "65536", "a port from 0 to 65535"),
        ("port:+1", "+1", "a port"),
        ("port:", "port:", "a port from 0 to 65535"),
        ("port:443, fox", "port:443,", "a port from 0 to 65535"),
        ("a,,b", "a,,b", "a text was expected"),
        ("pid:-1", "-1", "a process number"),
        ("user:", "user:", "name or number"),
        ("ip:81.2.69", "81.2.69", "an address, with a port or without, or a network"),
        ("ip:81.2.69.0/33", "81.2.69.0/33", "or a network"),
        ("proto:icmp", "icmp", "one of tcp, udp"),
        ("state:open", "open", "established"),
        ("direction:up", "up", "in, out, unknown"),
        ("country:USA", "USA", "two-letter"),
        ("asn:ASX", "ASX", "autonomous system"),
        ("scope:lan", "lan", "loopback"),
        ("closed:maybe", "maybe", "yes, no"),
        ("age<10", "10", "a unit"),
        ("age<x", "x", "a duration"),
        ("age<-1s", "-1s", "a duration"),
        ("age:10s", "age:10s", "'<' or '>'"),
        ("process<a", "process<a", "process:firefox"),
        ("process:=", "process:=", "a part of a process name"),
        ("age:=10s", "age:=10s", "'<' or '>'"),
        ("port:=x", "x", "a port"),
        ("proces:a x", "proces", "did you mean process?"),
        ("volume>100k", "volume", "no key \"volume\": the keys are process, pid"),
        ("rate>fast", "fast", "bytes per second"),
        ("rate>-1", "-1", "bytes per second"),
        ("rate>1e3", "1e3", "bytes per second"),
        ("rate:5", "rate:5", "'<' or '>'"),
        ("bytes>1X", "1X", "a number of bytes"),
        ("bytes>kB", "kB", "a number of bytes"),
        ("rtt<20", "20", "a duration with a unit"),
        ("latency<20ms", "latency", "did you mean rtt?"),
        ("host:nas", "host", "did you mean ip?"),
        ("é city:\"ö", "\"ö", "quote"),
        ("a -", "-", "-process:ssh"),
    ] {
        let error = Query::parse(query).expect_err(query);
        assert_eq!(&query[error.span.clone()], wrong, "{query}: {error}");
        assert!(error.message.contains(expected), "{query}: {error}");
        assert!(!error.message.contains('\n'), "{query}: {error}");
    }
}

#[test]
fn every_address_that_the_program_prints_can_be_put_back_in() {
    for (printed, others) in [
        ("81.2.69.142:443", ["81.2.69.142:444", "81.2.69.143:443"]),
        ("[2001:218::1]:443", ["[2001:218::1]:444", "[2001:218::2]:443"]),
        ("0.0.0.0:0", ["0.0.0.0:1", "0.0.0.1:0"]),
        ("[::]:5353", ["[::]:5354", "[::1]:5353"]),
    ] {
        let mut pair = london();
        for query in [printed.to_owned(), format!("ip:{printed}")] {
            let query = Query::parse(&query).expect(printed);
            pair.0.key.remote = Some(end(printed));
            assert!(query.matches(&facts(&pair)), "{query}");
            for other in others {
                pair.0.key.remote = Some(end(other));
                assert!(!query.matches(&facts(&pair)), "{query} is not {other}");
            }
        }
        pair.0.key.remote = Some(end(printed));
        let ip = end(printed).ip;
        for query in [format!("ip:{ip}"), format!("{ip}/32"), format!("ip:{ip}%eth0")] {
            // For IPv6, /32 is a network and not a single address.
            let Ok(query) = Query::parse(&query) else { panic!("{query}") };
            assert!(query.matches(&facts(&pair)), "{query}");
        }
    }
}

#[test]
fn one_address_on_two_interfaces_is_told_apart() {
    let mut pair = london();
    pair.0.key.remote = Some(end("[fe80::1]:22"));
    for (interface, query, expected) in [
        (Some("eth0"), "[fe80::1%eth0]:22", true),
        (Some("eth0"), "ip:fe80::1%eth0", true),
        (Some("eth0"), "ip:[fe80::1%wlan0]:22", false),
        (Some("eth0"), "ip:fe80::1", true),
        // A source that does not report it.
        (None, "fe80::1%eth0", true),
    ] {
        pair.0.interface = interface.map(Arc::from);
        assert_eq!(Query::parse(query).expect(query).matches(&facts(&pair)), expected, "{interface:?} {query}");
    }
}

#[test]
fn what_is_not_looked_up_matches_no_word_about_places() {
    let (connection, _) = london();
    let unknown = Facts { connection: &connection, location: None, now: NOW, closed_at: None, doubt: None };
    for (query, expected) in [("city:london", false), ("-city:london", true), ("operator:b", false), ("fox", true)] {
        assert_eq!(Query::parse(query).expect(query).matches(&unknown), expected, "{query}");
    }
}

#[test]
fn a_closed_connection_is_found_by_closed_yes() {
    let pair = london();
    let closed = Facts { closed_at: Some(NOW), ..facts(&pair) };
    assert!(Query::parse("closed:yes").expect("a query").matches(&closed));
    assert!(!Query::parse("closed:no").expect("a query").matches(&closed));
}

#[test]
fn a_doubted_place_is_found_by_its_flag() {
    let pair = london();
    for (doubt, matching) in [
        (None, &[][..]),
        (Some(DoubtKind::Impossible), &["flagged:place", "flagged:place-impossible"]),
        (Some(DoubtKind::Unlikely), &["flagged:place", "flagged:place-unlikely", "flagged:place-impossible,place"]),
    ] {
        let doubted = Facts { doubt, ..facts(&pair) };
        for text in
            ["flagged:place", "flagged:place-impossible", "flagged:place-unlikely", "flagged:place-impossible,place"]
        {
            let holds = Query::parse(text).expect("a query").matches(&doubted);
            assert_eq!(holds, matching.contains(&text) || (doubt.is_some() && text.contains(",place")), "{text}");
        }
    }
    assert!(Query::parse("flagged:yes").is_err());
}

#[test]
fn keys_without_any_data_here_are_named() {
    let mut pair = listener();
    pair.0.owner = Owner::Missing(OwnerMissing::NotMeasured);
    pair.1 = Location::missing(PlaceMissing::DatabaseUnavailable);
    let query = Query::parse("process:a user:0 country:US port:1 user:1 rtt<1s rate>0 b").expect("a query");
    let names = |keys: Vec<FilterKey>| keys.into_iter().map(FilterKey::name).collect::<Vec<_>>();
    assert_eq!(names(query.keys()), ["process", "user", "country", "port", "rtt", "rate"]);
    assert_eq!(names(query.unmeasured_keys([facts(&pair)])), ["process", "user", "country", "rtt", "rate"]);
    assert!(query.unmeasured_keys([facts(&pair), facts(&london())]).is_empty());
    assert!(query.unmeasured_keys([]).is_empty());
}

#[test]
fn a_process_without_a_name_is_found_by_what_is_shown() {
    let mut pair = london();
    let holds = |pair: &(Connection, Location), text: &str| Query::parse(text).expect("a query").matches(&facts(pair));
    for name in [None, Some("".into())] {
        pair.0.owner = Owner::Process(Arc::new(Process { pid: 17, name, path: None }));
        assert!(holds(&pair, "process:unnamed") && holds(&pair, "process:\"unnamed, pid 17\""));
        assert!(!holds(&pair, "process:firefox"));
    }
    assert!(!holds(&london(), "process:unnamed"));
}

#[test]
fn every_key_has_an_example_that_is_a_query() {
    for key in FilterKey::all() {
        let example = key.example();
        assert_eq!(Query::parse(example).expect(example).keys(), [key]);
    }
}

#[test]
fn a_word_for_exactly_one_text_has_quotes_where_it_needs_them() {
    for (key, text, word) in [
        (FilterKey::Process, "ssh", Some("process:=ssh")),
        (FilterKey::Process, "Web Content", Some("process:=\"Web Content\"")),
        (FilterKey::Process, "a,b", Some("process:=\"a,b\"")),
        (FilterKey::Process, "say \"hi\"", Some("process:=\"say \"\"hi\"\"\"")),
        (FilterKey::Process, "=x", Some("process:=\"=x\"")),
        (FilterKey::Unit, "user@1000.service", Some("unit:=user@1000.service")),
        (FilterKey::City, "", None),
        (FilterKey::Port, "443", None),
    ] {
        assert_eq!(exact_word(key, text).as_deref(), word, "{text}");
    }
}

#[test]
fn every_name_of_a_state_a_direction_and_a_protocol_is_that_of_json() {
    let json = |name: serde_json::Value| name.as_str().map(str::to_owned);
    for (state, name) in SocketState::ALL {
        assert_eq!(json(serde_json::to_value(state).expect("written")).as_deref(), Some(name));
        assert_eq!(state.name(), name);
    }
    for direction in Direction::ALL {
        assert_eq!(json(serde_json::to_value(direction).expect("written")).as_deref(), Some(direction.name()));
    }
    for protocol in Protocol::ALL {
        assert_eq!(json(serde_json::to_value(protocol).expect("written")).as_deref(), Some(protocol.name()));
    }
}

#[test]
fn durations_carry_a_unit() {
    for (text, ms) in [
        ("0s", Some(0)),
        ("500ms", Some(500)),
        ("1.5h", Some(5_400_000)),
        ("2m", Some(120_000)),
        ("1d", Some(86_400_000)),
        ("99999999999999999999d", Some(i64::MAX)),
        ("", None),
        ("s", None),
        (".5s", None),
        ("1", None),
        ("1e3s", None),
        ("1.2.3s", None),
        ("-1s", None),
        ("1 s", None),
        ("1y", None),
        ("infs", None),
        ("1é", None),
    ] {
        assert_eq!(parse_duration_ms(text), ms, "{text}");
    }
}
