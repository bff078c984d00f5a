//! Tests of the details.

use super::*;
use crate::{
    geo::HomeSource,
    geodesy::LatLng,
    model::{ConnectionKey, Endpoint, HostId, OwnerContext, Process, Protocol, SocketRow, SocketState},
    sampler::{Capabilities, hub_scenario},
    words::group_words,
};
use std::sync::Arc;

/// Capabilities of a source that reports units, and of a recording.
const UNITS: Capabilities = Capabilities { reports_units: true, ..Capabilities::NONE };
const RECORDED: Capabilities = Capabilities { is_recorded: true, ..Capabilities::NONE };

fn connection(remote: Option<&str>, direction: Option<Direction>) -> Connection {
    let endpoint = |text: &str| Endpoint::new(text.parse().expect("an address"), 443);
    SocketRow {
        key: ConnectionKey {
            host: HostId::THIS,
            protocol: Protocol::Tcp,
            local: endpoint("10.0.0.1"),
            remote: remote.map(endpoint),
            identity: 1,
        },
        state: if remote.is_some() { SocketState::Established } else { SocketState::Listen },
        direction,
        owner: Owner::Process(Arc::new(Process { pid: 7, name: Some("sshd\x1b".into()), path: None })),
        uid: Some(0),
        context: None,
        traffic: None,
        interface: None,
        simulated: None,
    }
    .seen(UnixMillis(0), None)
}

fn value<'a>(view: &'a DetailsView, label: &str) -> &'a DetailLine {
    view.lines.iter().find(|line| line.label == label).expect(label)
}

#[test]
fn the_title_says_who_opened_it() {
    let unlocated = Location::missing(PlaceMissing::NotInDatabase);
    for (remote, direction, expected) in [
        (Some("9.9.9.9"), Some(Direction::Out), "sshd\\u{1b} → 9.9.9.9:443"),
        (Some("9.9.9.9"), Some(Direction::In), "9.9.9.9:443 → sshd\\u{1b}"),
        (Some("9.9.9.9"), Some(Direction::Unknown), "sshd\\u{1b} – 9.9.9.9:443"),
        (None, None, "sshd\\u{1b} listens on 10.0.0.1:443"),
    ] {
        let view = details_view(&connection(remote, direction), &unlocated, None, UnixMillis(0), Life::Open, UNITS);
        assert_eq!(view.title, expected);
    }
}

#[test]
fn a_rope_says_whose_it_is() {
    let unlocated = Location::missing(PlaceMissing::NotInDatabase);
    let mut connection = connection(Some("9.9.9.9"), Some(Direction::Out));
    let drawn = |connection: &Connection, others| {
        let view = details_view(connection, &unlocated, None, UnixMillis(0), Life::Open, UNITS);
        let view = view.with_bundle(others, &group_words(connection));
        view.lines.into_iter().find(|line| line.label == "drawn").map(|line| line.value)
    };
    assert_eq!(drawn(&connection, 0), None);
    let words = "in one bundle with 4 others of sshd\\u{1b} to this place";
    assert_eq!(drawn(&connection, 4).as_deref(), Some(words));
    connection.owner = Owner::Missing(OwnerMissing::NotPermitted);
    let words = "in one bundle with 4 others of user 0 to this place";
    assert_eq!(drawn(&connection, 4).as_deref(), Some(words));
    connection.uid = None;
    let words = "in one bundle with 4 others to this place whose owners are unknown";
    assert_eq!(drawn(&connection, 4).as_deref(), Some(words));
}

#[test]
fn each_unknown_comes_with_its_reason() {
    let mut unknown = connection(Some("9.9.9.9"), Some(Direction::Unknown));
    unknown.owner = Owner::Missing(OwnerMissing::NotPermitted);
    unknown.uid = None;
    let location = Location::missing(PlaceMissing::NotInDatabase);
    let view = details_view(&unknown, &location, None, UnixMillis(0), Life::Open, UNITS);
    for label in ["process", "user", "opened by", "place", "operator", "database", "opened", "traffic"] {
        let line = value(&view, label);
        assert!(line.is_reason && !line.value.is_empty(), "{label}");
    }
}

#[test]
fn what_has_no_place_says_where_it_stands_instead() {
    for (remote, words) in [
        (Some("192.168.1.4"), "ring around home"),
        (Some("127.0.0.1"), "a loop at home"),
        (Some("9.9.9.9"), "above the north pole"),
        (Some("224.0.0.1"), "not shown: no single"),
        (None, "not shown: a listening socket"),
    ] {
        let connection = connection(remote, None);
        let view = details_view(
            &connection,
            &Location::missing(PlaceMissing::NotPublic),
            None,
            UnixMillis(0),
            Life::Open,
            UNITS,
        );
        assert!(value(&view, "on the globe").value.contains(words), "{remote:?}");
    }
}

#[test]
fn what_was_measured_of_traffic_stands_beside_what_was_not() {
    let mut measured = connection(Some("9.9.9.9"), Some(Direction::Out));
    let location = Location::missing(PlaceMissing::NotInDatabase);
    let first =
        Traffic { bytes_sent: Some(1_500), bytes_received: Some(2_001), bytes_received_error: 1, ..Traffic::default() };
    for (traffic, expected) in [
        (
            first,
            [
                ("send rate", "second sample", true),
                ("sent", "1.50 kB", false),
                ("received", "2.00 kB (one byte", false),
                ("round-trip time", "not measured yet", true),
                ("retransmitted", "does not count", true),
            ],
        ),
        (
            Traffic {
                rate_sent_bytes_per_sec: Some(12_000.0),
                bytes_received: None,
                rtt_ms: Some(12.34),
                min_rtt_ms: Some(11.0),
                retransmits: Some(0),
                ..first
            },
            [
                ("send rate", "12.0 kB/s (mean of about 2 s)", false),
                ("sent", "1.50 kB", false),
                ("received", "does not count", true),
                ("round-trip time", "12.3 ms, minimum 11.0 ms", false),
                ("retransmitted", "0 segments", false),
            ],
        ),
    ] {
        measured.traffic = Some(traffic);
        let view = details_view(&measured, &location, None, UnixMillis(0), Life::Open, UNITS);
        for (label, words, is_reason) in expected {
            let line = value(&view, label);
            assert!(line.value.contains(words) && line.is_reason == is_reason, "{line:?}");
        }
    }
    measured.traffic = None;
    measured.key.protocol = Protocol::Udp;
    let view = details_view(&measured, &location, None, UnixMillis(0), Life::Open, UNITS);
    assert!(value(&view, "traffic").value.contains("UDP") && value(&view, "traffic").is_reason);
}

#[test]
fn a_place_says_who_states_it_and_how_far_it_may_be_off() {
    let iso = crate::model::CountryIso::parse("FR").expect("two letters");
    let (centre, extent_km) = country_centre(iso).expect("a country");
    let elsewhere = LatLng::from_degrees(48.0, -1.0).expect("valid");
    let simulated = hub_scenario(1, 1, 1.0).remove(0);
    let measured = connection(Some("9.9.9.9"), Some(Direction::Out));
    for (connection, position, radius_km, place_says, accuracy_says) in [
        (&measured, centre, Some(extent_km), "in its centre", "anywhere in the country"),
        (&measured, elsewhere, Some(20.0), "names no city", "within 20 km, according to the database"),
        (&measured, elsewhere, None, "names no city", "unknown: not in the database"),
        (&simulated, elsewhere, Some(20.0), "names no city", "within 20 km (simulated)"),
        (&simulated, elsewhere, None, "names no city", "unknown: simulated connection"),
    ] {
        let place = Place {
            kind: PlaceKind::Country,
            position,
            country_iso: Some(iso),
            city: None,
            accuracy_radius_km: radius_km,
        };
        let location = Location { place: Ok(place), ..Location::missing(PlaceMissing::NotInDatabase) };
        let view = details_view(connection, &location, None, UnixMillis(0), Life::Open, UNITS);
        assert!(value(&view, "place").value.contains(place_says), "{:?}", value(&view, "place"));
        assert!(value(&view, "accuracy").value.contains(accuracy_says), "{:?}", value(&view, "accuracy"));
    }
}

#[test]
fn no_time_from_a_file_is_too_far_off() {
    let mut old = connection(Some("9.9.9.9"), None);
    old.first_seen_at = UnixMillis(i64::MIN);
    let location = Location::missing(PlaceMissing::NotInDatabase);
    let view = details_view(&old, &location, None, UnixMillis(i64::MAX), Life::Open, UNITS);
    assert!(value(&view, "open for").value.starts_with("at least"));
}

#[test]
fn a_guessed_home_makes_the_distance_a_guess() {
    let connection = &hub_scenario(1, 1, 1.0)[0];
    let place = connection.stated_location().expect("invented").place.clone().expect("a place");
    let location = Location { place: Ok(place), ..Location::missing(PlaceMissing::NotInDatabase) };
    let mut home = Home::at(LatLng::from_degrees(50.0, 8.0).expect("valid"), HomeSource::Flag);
    let distance = |home: &Home| {
        let view = details_view(connection, &location, Some(home), UnixMillis(0), Life::Open, UNITS);
        value(&view, "distance").value.clone()
    };
    assert!(!distance(&home).contains('±'));
    home.uncertainty_km = Some(400.0);
    assert!(distance(&home).contains("± 400"));
    let view = details_view(connection, &location, None, UnixMillis(0), Life::Open, UNITS);
    assert!(value(&view, "send rate").value.contains("simulated") && value(&view, "distance").is_reason);
}

#[test]
fn what_is_known_of_a_holder_stands_with_its_unit_its_user_and_all_its_processes() {
    let mut shared = connection(Some("9.9.9.9"), Some(Direction::Out));
    let location = Location::missing(PlaceMissing::NotInDatabase);
    shared.context = Some(Arc::new(OwnerContext {
        unit: Some("a\u{1b}.service".into()),
        user: Some("root".into()),
        pids: vec![5, 7],
    }));
    let view = details_view(&shared, &location, None, UnixMillis(0), Life::Open, UNITS);
    for (label, words) in [
        ("process", "sshd\\u{1b} (pid 7)"),
        ("shared by", "pids 5, 7; the newest is shown"),
        ("unit", "a\\u{1b}.service"),
        ("user", "root (uid 0)"),
    ] {
        assert_eq!(value(&view, label).value, words);
    }
    shared.owner = Owner::Missing(OwnerMissing::NotPermitted);
    assert_eq!(
        details_view(&shared, &location, None, UnixMillis(0), Life::Open, UNITS).title,
        "a\\u{1b}.service → 9.9.9.9:443"
    );
    shared.context = None;
    let view = details_view(&shared, &location, None, UnixMillis(0), Life::Open, UNITS);
    assert!(value(&view, "unit").is_reason && !value(&view, "user").is_reason);
}

#[test]
fn one_sentence_says_who_communicates_with_whom() {
    let mut location = Location::missing(PlaceMissing::NotInDatabase);
    location.as_organization = Some("An\u{1b} operator".into());
    let (out, opened) = (Some(Direction::Out), Some(Direction::In));
    for (remote, direction, life, expected) in [
        (
            Some("9.9.9.9"),
            out,
            Life::Open,
            r"sshd\u{1b} on this computer is connected to port 443 of 9.9.9.9 of An\u{1b} operator.",
        ),
        (
            Some("192.168.1.4"),
            out,
            Life::Closed(UnixMillis(0)),
            r"sshd\u{1b} on this computer was connected to port 443 of 192.168.1.4 on the local network.",
        ),
        (
            Some("127.0.0.1"),
            opened,
            Life::Open,
            r"sshd\u{1b} on this computer is connected with another program on this computer, which opened the connection to port 443.",
        ),
        (None, None, Life::Open, r"sshd\u{1b} on this computer waits for connections on TCP port 443."),
    ] {
        let view = details_view(&connection(remote, direction), &location, None, UnixMillis(0), life, UNITS);
        assert_eq!(view.summary, expected);
    }
}

#[test]
fn a_closed_connection_has_its_last_numbers_and_says_whether_they_are_all() {
    let location = Location::missing(PlaceMissing::NotInDatabase);
    let mut closed = connection(Some("9.9.9.9"), Some(Direction::Out));
    (closed.first_seen_at, closed.opened_at) = (UnixMillis(1_000), Some(UnixMillis(1_000)));
    let traffic = Traffic {
        bytes_sent: Some(1_500),
        rate_sent_bytes_per_sec: Some(9.0),
        rtt_ms: Some(12.0),
        is_final: true,
        ..Traffic::default()
    };
    let look =
        |connection: &Connection, now, life| details_view(connection, &location, None, UnixMillis(now), life, UNITS);
    let life = Life::Closed(UnixMillis(13_000));
    closed.traffic = Some(traffic);
    let view = look(&closed, 47_400, life);
    assert_eq!((view.closed.as_str(), view.lines[0].label), ("closed 34 s ago", "sent"), "traffic comes first");
    for (label, words) in [("was open for", "12 s"), ("sent", "1.50 kB in total"), ("round-trip time", "12.0 ms")] {
        assert_eq!(value(&view, label).value, words);
    }
    assert!(view.lines.iter().all(|line| !line.label.ends_with("rate")), "nothing flows: {:?}", view.lines);
    assert_eq!(value(&look(&closed, 90_000, life), "was open for").value, "12 s", "its age does not grow");
    closed.traffic = Some(Traffic { is_final: false, ..traffic });
    assert!(value(&look(&closed, 13_100, life), "sent").value.contains("more may have been transferred"));
    assert_eq!(look(&closed, 13_100, life).closed, "closed just now");
    let short = look(&closed, 13_100, Life::ShortLived(UnixMillis(13_000)));
    assert!(value(&short, "was open for").value.contains("between two samples"));
    closed.opened_at = None;
    assert_eq!(value(&look(&closed, 90_000, life), "was open for").value, "at least 12 s");
    assert_eq!(look(&closed, 90_000, Life::Open).closed, "");
}

#[test]
fn a_listener_says_who_can_reach_it() {
    let location = Location::missing(PlaceMissing::NotPublic);
    for (ip, words) in [
        ("0.0.0.0", "unspecified: listens on every address of this computer"),
        ("::1", "loopback: reachable from this computer only"),
        ("10.0.0.1", "private: listens on an address of the local network"),
        ("8.8.4.4", "public: listens on this address only"),
        ("100.64.1.1", "carrier NAT: listens on an address of the carrier's network"),
    ] {
        let mut listener = connection(None, None);
        listener.key.local.ip = ip.parse().expect("an address");
        assert_eq!(
            value(&details_view(&listener, &location, None, UnixMillis(0), Life::Open, UNITS), "address type").value,
            words
        );
    }
}

#[test]
fn a_doubted_place_is_a_warning_and_a_guessed_home_says_what_a_set_one_would_tell() {
    let at = |lat_deg, lng_deg| LatLng::from_degrees(lat_deg, lng_deg).expect("a position");
    let place = Place {
        kind: PlaceKind::City,
        position: at(47.61, -122.33),
        country_iso: None,
        city: Some("Seattle".into()),
        accuracy_radius_km: None,
    };
    let location = Location { place: Ok(place), ..Location::missing(PlaceMissing::NoLocation) };
    let mut quick = connection(Some("9.9.9.9"), Some(Direction::Out));
    quick.traffic = Some(Traffic { min_rtt_ms: Some(2.0), ..Traffic::default() });
    let guessed = crate::geo::home_from_time_zone("America/Los_Angeles").expect("a zone with a place");
    let set = Home { uncertainty_km: None, source: HomeSource::Flag, ..guessed.clone() };
    let look = |home: Option<&Home>| details_view(&quick, &location, home, UnixMillis(0), Life::Open, UNITS);
    let view = look(Some(&set));
    let line = value(&view, "location check");
    assert_eq!(view.subtitle, "Seattle · city · map location doubtful (not a security warning)");
    assert!(view.summary.ends_with("located in Seattle (doubtful)."), "{}", view.summary);
    assert!(line.is_warning && line.value.starts_with("Map location doubtful (not a security"), "{line:?}");
    assert!(line.value.contains("light needs at least 15.0 ms"), "{line:?}");
    let view = look(Some(&guessed));
    let line = value(&view, "location check");
    assert!(line.is_reason && line.value.starts_with("needs an exact home; if this computer is in Los"), "{line:?}");
    assert!(!look(None).lines.iter().any(|line| line.label == "location check"));
}

#[test]
fn a_listener_has_no_distance_from_where_it_is() {
    let place = hub_scenario(1, 1, 1.0)[0].simulated.as_ref().expect("invented").place.clone().expect("stated");
    let location = Location { place: Ok(place), ..Location::missing(PlaceMissing::NotInDatabase) };
    let home = Home::at(LatLng::from_degrees(50.0, 8.0).expect("valid"), HomeSource::Flag);
    let has_distance = |remote, home| {
        let view = details_view(&connection(remote, None), &location, home, UnixMillis(0), Life::Open, UNITS);
        view.lines.iter().any(|line| line.label == "distance")
    };
    assert!(has_distance(Some("9.9.9.9"), Some(&home)) && has_distance(Some("9.9.9.9"), None));
    assert!(!has_distance(None, Some(&home)) && !has_distance(None, None));
}

#[test]
fn a_socket_whose_peer_is_not_told_is_not_said_to_listen() {
    let mut untold = connection(None, Some(Direction::Unknown));
    untold.state = SocketState::Unknown;
    let location = untold.stated_location().expect("nothing is looked up");
    let view = details_view(&untold, &location, None, UnixMillis(0), Life::Open, Capabilities::default());
    assert_eq!((view.title.as_str(), view.subtitle.as_str()), (r"sshd\u{1b} at 10.0.0.1:443", "(remote unknown)"));
    assert_eq!(value(&view, "remote").value, "not reported by this source");
    assert!(view.lines.iter().all(|line| line.label != "database" && line.label != "operator"));
}

#[test]
fn why_there_is_no_unit_depends_on_the_source() {
    let location = Location::missing(PlaceMissing::NotInDatabase);
    let measured = connection(Some("9.9.9.9"), None);
    let simulated = hub_scenario(1, 1, 1.0).remove(0);
    for (connection, capabilities, words) in [
        (&measured, UNITS, "not part of a named service, scope or container"),
        (&measured, Capabilities::default(), "not reported by this source"),
        (&measured, RECORDED, "not in the recording"),
        (&simulated, RECORDED, "none: simulated connection"),
    ] {
        let view = details_view(connection, &location, None, UnixMillis(0), Life::Open, capabilities);
        assert_eq!(value(&view, "unit").value, words);
    }
}

#[test]
fn what_is_invented_is_called_stated_and_no_source_is_named() {
    let simulated = hub_scenario(1, 1, 1.0).remove(0);
    let location = simulated.stated_location().expect("stated");
    let view = details_view(&simulated, &location, None, UnixMillis(0), Life::Open, RECORDED);
    assert!(value(&view, "database").value.contains("simulated"));
    assert!(view.lines.iter().all(|line| !line.value.contains("demo")), "{:?}", view.lines);
}
