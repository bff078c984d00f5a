//! What the details promise.

use super::*;
use crate::{
    geo::HomeSource,
    geodesy::LatLng,
    model::{ConnectionKey, Endpoint, HostId, OwnerContext, Process, Protocol, SocketRow, SocketState},
    sampler::{Capabilities, hub_scenario},
    words::group_words,
};
use std::sync::Arc;

/// Of a source that tells units, and of a recording.
const UNITS: Capabilities = Capabilities { tells_units: true, ..Capabilities::NONE };
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
        let view = details_view(&connection(remote, direction), &unlocated, None, UnixMillis(0), false, UNITS);
        assert_eq!(view.title, expected);
    }
}

#[test]
fn a_rope_says_whose_it_is() {
    let unlocated = Location::missing(PlaceMissing::NotInDatabase);
    let mut connection = connection(Some("9.9.9.9"), Some(Direction::Out));
    let drawn = |connection: &Connection, others| {
        let view = details_view(connection, &unlocated, None, UnixMillis(0), false, UNITS);
        let view = view.with_rope(others, &group_words(connection));
        view.lines.into_iter().find(|line| line.label == "drawn").map(|line| line.value)
    };
    assert_eq!(drawn(&connection, 0), None);
    let words = "as one rope with 4 others of sshd\\u{1b} to this place";
    assert_eq!(drawn(&connection, 4).as_deref(), Some(words));
    connection.owner = Owner::Missing(OwnerMissing::NotPermitted);
    let words = "as one rope with 4 others of user 0 to this place";
    assert_eq!(drawn(&connection, 4).as_deref(), Some(words));
    connection.uid = None;
    let words = "as one rope with 4 others to this place, of which no owner is known either";
    assert_eq!(drawn(&connection, 4).as_deref(), Some(words));
}

#[test]
fn each_unknown_comes_with_its_reason() {
    let mut unknown = connection(Some("9.9.9.9"), Some(Direction::Unknown));
    unknown.owner = Owner::Missing(OwnerMissing::NotPermitted);
    unknown.uid = None;
    let location = Location::missing(PlaceMissing::NotInDatabase);
    let view = details_view(&unknown, &location, None, UnixMillis(0), false, UNITS);
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
        (Some("9.9.9.9"), "shell above the north pole"),
        (Some("224.0.0.1"), "nowhere: no single"),
        (None, "nowhere: a socket that waits"),
    ] {
        let connection = connection(remote, None);
        let view =
            details_view(&connection, &Location::missing(PlaceMissing::NotPublic), None, UnixMillis(0), false, UNITS);
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
                ("sends", "second look", true),
                ("sent", "1.50 kB", false),
                ("received", "2.00 kB (one byte", false),
                ("round trip", "not measured yet", true),
                ("sent again", "does not count", true),
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
                ("sends", "12.0 kB/s (over about 2 s)", false),
                ("sent", "1.50 kB", false),
                ("received", "does not count", true),
                ("round trip", "12.3 ms, at least 11.0 ms", false),
                ("sent again", "0 segments", false),
            ],
        ),
    ] {
        measured.traffic = Some(traffic);
        let view = details_view(&measured, &location, None, UnixMillis(0), false, UNITS);
        for (label, words, is_reason) in expected {
            let line = value(&view, label);
            assert!(line.value.contains(words) && line.is_reason == is_reason, "{line:?}");
        }
    }
    measured.traffic = None;
    measured.key.protocol = Protocol::Udp;
    let view = details_view(&measured, &location, None, UnixMillis(0), false, UNITS);
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
        (&measured, centre, Some(extent_km), "in its middle", "anywhere in the country"),
        (&measured, elsewhere, Some(20.0), "no city is named", "within 20 km, says the database"),
        (&measured, elsewhere, None, "no city is named", "the database gives no radius"),
        (&simulated, elsewhere, Some(20.0), "no city is named", "within 20 km, as stated"),
        (&simulated, elsewhere, None, "no city is named", "no radius is stated"),
    ] {
        let place = Place {
            kind: PlaceKind::Country,
            position,
            country_iso: Some(iso),
            city: None,
            accuracy_radius_km: radius_km,
        };
        let location = Location { place: Ok(place), ..Location::missing(PlaceMissing::NotInDatabase) };
        let view = details_view(connection, &location, None, UnixMillis(0), false, UNITS);
        assert!(value(&view, "place").value.contains(place_says), "{:?}", value(&view, "place"));
        assert!(value(&view, "accuracy").value.contains(accuracy_says), "{:?}", value(&view, "accuracy"));
    }
}

#[test]
fn no_time_from_a_file_is_too_far_off() {
    let mut old = connection(Some("9.9.9.9"), None);
    old.first_seen_at = UnixMillis(i64::MIN);
    let location = Location::missing(PlaceMissing::NotInDatabase);
    let view = details_view(&old, &location, None, UnixMillis(i64::MAX), false, UNITS);
    assert!(value(&view, "seen for").value.contains(" d"));
}

#[test]
fn a_guessed_home_makes_the_distance_a_guess() {
    let connection = &hub_scenario(1, 1, 1.0)[0];
    let place = connection.stated_location().expect("invented").place.expect("a place");
    let location = Location { place: Ok(place), ..Location::missing(PlaceMissing::NotInDatabase) };
    let mut home = Home::at(LatLng::from_degrees(50.0, 8.0).expect("valid"), HomeSource::Flag);
    let distance = |home: &Home| {
        let view = details_view(connection, &location, Some(home), UnixMillis(0), false, UNITS);
        value(&view, "distance").value.clone()
    };
    assert!(!distance(&home).contains('±'));
    home.uncertainty_km = Some(400.0);
    assert!(distance(&home).contains("± 400"));
    let view = details_view(connection, &location, None, UnixMillis(0), false, UNITS);
    assert!(value(&view, "sends").value.contains("simulated") && value(&view, "distance").is_reason);
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
    let view = details_view(&shared, &location, None, UnixMillis(0), false, UNITS);
    for (label, words) in [
        ("process", "sshd\\u{1b} (pid 7)"),
        ("shared by", "pids 5, 7; the youngest is shown"),
        ("unit", "a\\u{1b}.service"),
        ("user", "root (uid 0)"),
    ] {
        assert_eq!(value(&view, label).value, words);
    }
    shared.owner = Owner::Missing(OwnerMissing::NotPermitted);
    assert_eq!(
        details_view(&shared, &location, None, UnixMillis(0), false, UNITS).title,
        "a\\u{1b}.service → 9.9.9.9:443"
    );
    shared.context = None;
    let view = details_view(&shared, &location, None, UnixMillis(0), false, UNITS);
    assert!(value(&view, "unit").is_reason && !value(&view, "user").is_reason);
}

#[test]
fn a_listener_says_who_can_reach_it() {
    let location = Location::missing(PlaceMissing::NotPublic);
    for (ip, words) in [
        ("0.0.0.0", "unspecified: it listens on every address of this machine"),
        ("::1", "loopback: only this machine reaches it"),
        ("10.0.0.1", "private: it listens on an address of the LAN"),
        ("8.8.4.4", "public: it listens on this address alone"),
        ("100.64.1.1", "carrier NAT: it listens on an address inside the carrier's network"),
    ] {
        let mut listener = connection(None, None);
        listener.key.local.ip = ip.parse().expect("an address");
        assert_eq!(value(&details_view(&listener, &location, None, UnixMillis(0), false, UNITS), "scope").value, words);
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
    let look = |home: Option<&Home>| details_view(&quick, &location, home, UnixMillis(0), false, UNITS);
    let view = look(Some(&set));
    let line = value(&view, "light check");
    assert_eq!(view.subtitle, "Seattle · city · impossible");
    assert!(line.is_warning && line.value.starts_with("Light needs ≥ 15.0 ms in fibre to Seattle"), "{line:?}");
    let view = look(Some(&guessed));
    let line = value(&view, "light check");
    assert!(line.is_reason && line.value.starts_with("set the home to know; from Los Angeles itself"), "{line:?}");
    assert!(!look(None).lines.iter().any(|line| line.label == "light check"));
}

#[test]
fn a_listener_has_no_distance_from_where_it_is() {
    let place = hub_scenario(1, 1, 1.0)[0].simulated.as_ref().expect("invented").place.clone().expect("stated");
    let location = Location { place: Ok(place), ..Location::missing(PlaceMissing::NotInDatabase) };
    let home = Home::at(LatLng::from_degrees(50.0, 8.0).expect("valid"), HomeSource::Flag);
    let has_distance = |remote, home| {
        let view = details_view(&connection(remote, None), &location, home, UnixMillis(0), false, UNITS);
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
    let view = details_view(&untold, &location, None, UnixMillis(0), false, Capabilities::default());
    assert_eq!((view.title.as_str(), view.subtitle.as_str()), (r"sshd\u{1b} at 10.0.0.1:443", "(peer not told)"));
    assert_eq!(value(&view, "remote").value, "not told by this source");
    assert!(view.lines.iter().all(|line| line.label != "database" && line.label != "operator"));
}

#[test]
fn why_there_is_no_unit_depends_on_the_source() {
    let location = Location::missing(PlaceMissing::NotInDatabase);
    let measured = connection(Some("9.9.9.9"), None);
    let simulated = hub_scenario(1, 1, 1.0).remove(0);
    for (connection, capabilities, words) in [
        (&measured, UNITS, "in no service, scope or container that has a name here"),
        (&measured, Capabilities::default(), "not told by this source"),
        (&measured, RECORDED, "not in the recording"),
        (&simulated, RECORDED, "none is stated"),
    ] {
        let view = details_view(connection, &location, None, UnixMillis(0), false, capabilities);
        assert_eq!(value(&view, "unit").value, words);
    }
}

#[test]
fn what_is_invented_is_called_stated_and_no_source_is_named() {
    let simulated = hub_scenario(1, 1, 1.0).remove(0);
    let location = simulated.stated_location().expect("stated");
    let view = details_view(&simulated, &location, None, UnixMillis(0), false, RECORDED);
    assert!(value(&view, "database").value.contains("stated, not looked up"));
    assert!(view.lines.iter().all(|line| !line.value.contains("demo")), "{:?}", view.lines);
}
