//! Everything that is known about one connection, line by line, and the reason for each thing that is not.

use super::{
    panels::{DetailLine, DetailsView},
    words::{operator_words, place_words, process_words},
};
use crate::{
    geo::{Home, country_centre},
    geodesy::distance_km,
    model::{
        Connection, Direction, Location, Owner, OwnerMissing, Place, PlaceKind, PlaceMissing, Protocol, RATE_WINDOW_S,
        SocketState, Traffic, UnixMillis,
    },
    text::{escape_untrusted, format_bytes, format_duration},
};

/// The details of a connection at `now`.
#[must_use]
pub fn details_view(
    connection: &Connection,
    location: &Location,
    home: Option<&Home>,
    now: UnixMillis,
    closed: bool,
) -> DetailsView {
    let mut lines = Lines::default();
    owner_lines(&mut lines, connection);
    socket_lines(&mut lines, connection);
    place_lines(&mut lines, connection, location, home);
    time_lines(&mut lines, connection, now);
    traffic_lines(&mut lines, connection);
    let subtitle = match &location.place {
        Ok(place) => format!("{} · {}", escape_untrusted(&place.label()), place.kind.name()),
        Err(_) => place_words(location, connection.scope()),
    };
    DetailsView { title: title(connection), subtitle, lines: lines.0, closed }
}

#[derive(Default)]
struct Lines(Vec<DetailLine>);

impl Lines {
    fn value(&mut self, label: &'static str, value: impl Into<String>) {
        self.0.push(DetailLine { label, value: value.into(), is_reason: false });
    }

    fn reason(&mut self, label: &'static str, value: impl Into<String>) {
        self.0.push(DetailLine { label, value: value.into(), is_reason: true });
    }
}

/// The end that opened the connection stands first.
fn title(connection: &Connection) -> String {
    let process = process_words(&connection.owner);
    match (connection.key.remote, connection.direction) {
        (None, _) => format!("{process} listens on {}", connection.key.local),
        (Some(remote), Some(Direction::In)) => format!("{remote} → {process}"),
        (Some(remote), Some(Direction::Out)) => format!("{process} → {remote}"),
        (Some(remote), _) => format!("{process} – {remote}"),
    }
}

fn owner_lines(lines: &mut Lines, connection: &Connection) {
    match &connection.owner {
        Owner::Process(process) => {
            lines.value("process", format!("{} (pid {})", escape_untrusted(&process.name), process.pid));
            match &process.path {
                Some(path) => lines.value("program", escape_untrusted(path).into_owned()),
                None => lines.reason("program", "its path may not be read"),
            }
        }
        Owner::Missing(reason) => lines.reason("process", reason.explain()),
    }
    match connection.uid {
        Some(uid) => lines.value("user", format!("uid {uid}")),
        None if connection.owner == Owner::Missing(OwnerMissing::ClosedTooSoon) => {
            lines.reason("user", OwnerMissing::ClosedTooSoon.explain());
        }
        None => lines.reason("user", "not told by this source"),
    }
}

fn socket_lines(lines: &mut Lines, connection: &Connection) {
    let key = &connection.key;
    match key.remote {
        Some(remote) => lines.value("remote", remote.to_string()),
        None if connection.is_listener() => lines.reason("remote", "none: this socket waits for peers"),
        None => lines.reason("remote", "not told by this source"),
    }
    lines.value("local", key.local.to_string());
    lines.value("socket", format!("{}, {}", key.protocol.name(), connection.state.name()));
    match connection.direction {
        Some(Direction::Out) => lines.value("opened by", "this machine"),
        Some(Direction::In) => lines.value("opened by", "the other end"),
        Some(Direction::Unknown) => lines.reason("opened by", "not known: the source cannot tell"),
        None => {}
    }
    lines.value("scope", connection.scope().name());
}

fn place_lines(lines: &mut Lines, connection: &Connection, location: &Location, home: Option<&Home>) {
    let teller = if connection.simulated.is_some() { "the demo" } else { "the database" };
    match &location.place {
        Ok(place) => {
            let is_whole_country = stands_for_country(place);
            let kind = match place.kind {
                PlaceKind::City => "city",
                PlaceKind::Country if is_whole_country => "country only: the dot stands in its middle",
                PlaceKind::Country => "country only: the dot stands where no city is named",
                PlaceKind::Anycast => "anycast: many machines answer here, the nearest copy is not known",
            };
            let label = place.label();
            lines.value("place", format!("{} ({kind})", escape_untrusted(&label)));
            match place.accuracy_radius_km {
                Some(radius_km) if is_whole_country => {
                    lines.value("accuracy", format!("within {radius_km:.0} km: anywhere in the country"));
                }
                Some(radius_km) => lines.value("accuracy", format!("within {radius_km:.0} km, says {teller}")),
                None => lines.reason("accuracy", format!("{teller} gives no radius")),
            }
            match home {
                Some(home) => {
                    let km = distance_km(home.position, place.position);
                    let doubt = home.uncertainty_km.map_or(String::new(), |km| format!(" ± {km:.0} (home is a guess)"));
                    lines.value("distance", format!("{km:.0} km from home{doubt}"));
                }
                None => lines.reason("distance", "no home is known"),
            }
        }
        Err(missing) => lines.reason("place", missing.explain()),
    }
    let operator = operator_words(location);
    if !operator.is_empty() {
        lines.value("operator", operator);
    } else if location.place != Err(PlaceMissing::NotPublic) {
        lines
            .reason("operator", if teller == "the demo" { "the demo names none" } else { "no database here tells it" });
    }
    if let Some(reason) = location.anycast_reason {
        lines.value("anycast", reason);
    }
    match &location.database {
        Some(stamp) => lines
            .value("database", format!("{}, built {}", escape_untrusted(&stamp.name), escape_untrusted(&stamp.built))),
        None if connection.simulated.is_some() => lines.reason("database", "none asked: the demo states the place"),
        None if location.place == Err(PlaceMissing::NotPublic) => {}
        None => lines.reason("database", "none answered"),
    }
}

/// Whether the place is no more than the middle of a country, with the radius that holds all of it.
fn stands_for_country(place: &Place) -> bool {
    let centre = place.country_iso.and_then(country_centre);
    place.kind == PlaceKind::Country
        && centre.is_some_and(|(centre, extent_km)| {
            place.accuracy_radius_km == Some(extent_km) && distance_km(centre, place.position) < 1.0
        })
}

fn time_lines(lines: &mut Lines, connection: &Connection, now: UnixMillis) {
    let since = |at: UnixMillis| format_duration(now.seconds_since(at));
    match connection.opened_at {
        Some(opened_at) => lines.value("open for", since(opened_at)),
        None => {
            lines.value("seen for", since(connection.first_seen_at));
            lines.reason("opened", "before netglobe looked: no system tells when");
        }
    }
}

fn traffic_lines(lines: &mut Lines, connection: &Connection) {
    let is_simulated = connection.simulated.is_some();
    match &connection.traffic {
        Some(traffic) => {
            let note = if is_simulated { "simulated".to_owned() } else { format!("over about {RATE_WINDOW_S} s") };
            for (label, rate) in
                [("sends", traffic.rate_sent_bytes_per_sec), ("receives", traffic.rate_received_bytes_per_sec)]
            {
                match rate {
                    Some(rate) => lines.value(label, format!("{}/s ({note})", format_bytes(rate.max(0.0) as u64))),
                    None => lines.reason(label, "known from the second look on"),
                }
            }
            if !is_simulated {
                counter_lines(lines, traffic);
            }
        }
        None if connection.is_listener() => {}
        None if connection.key.protocol == Protocol::Udp => {
            lines.reason("traffic", "not measured: no system counts the bytes of a UDP socket");
        }
        None if connection.state == SocketState::TimeWait => {
            lines.reason("traffic", "not measured: the kernel keeps no counters of a connection that has ended");
        }
        None => lines.reason("traffic", "not measured by this source"),
    }
    if is_simulated {
        lines.reason("note", "invented by the demo: nothing here was measured");
    }
}

fn counter_lines(lines: &mut Lines, traffic: &Traffic) {
    let no_counter = "not measured: this kernel does not count it";
    let doubt = if traffic.bytes_received_error > 0 { " (one byte less if the other end closed first)" } else { "" };
    for (label, bytes, doubt) in [("sent", traffic.bytes_sent, ""), ("received", traffic.bytes_received, doubt)] {
        match bytes {
            Some(bytes) => lines.value(label, format!("{}{doubt}", format_bytes(bytes))),
            None => lines.reason(label, no_counter),
        }
    }
    match (traffic.rtt_ms, traffic.min_rtt_ms) {
        (Some(rtt_ms), Some(least_ms)) => {
            lines.value("round trip", format!("{rtt_ms:.1} ms, at least {least_ms:.1} ms"));
        }
        (Some(rtt_ms), None) => lines.value("round trip", format!("{rtt_ms:.1} ms")),
        (None, _) => lines.reason("round trip", "not measured yet: nothing was acknowledged"),
    }
    match traffic.retransmits {
        Some(count) => lines.value("sent again", format!("{count} segments")),
        None => lines.reason("sent again", no_counter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geo::HomeSource,
        geodesy::LatLng,
        model::{ConnectionKey, Endpoint, Process, Protocol, SocketState},
        sampler::hub_scenario,
    };
    use std::sync::Arc;

    fn connection(remote: Option<&str>, direction: Option<Direction>) -> Connection {
        let endpoint = |text: &str| Endpoint::new(text.parse().expect("an address"), 443);
        Connection {
            key: ConnectionKey {
                protocol: Protocol::Tcp,
                local: endpoint("10.0.0.1"),
                remote: remote.map(endpoint),
                identity: 1,
            },
            state: if remote.is_some() { SocketState::Established } else { SocketState::Listen },
            direction,
            owner: Owner::Process(Arc::new(Process { pid: 7, name: Arc::from("sshd\x1b"), path: None })),
            uid: Some(0),
            first_seen_at: UnixMillis(0),
            opened_at: None,
            traffic: None,
            simulated: None,
        }
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
            let view = details_view(&connection(remote, direction), &unlocated, None, UnixMillis(0), false);
            assert_eq!(view.title, expected);
        }
    }

    #[test]
    fn each_unknown_comes_with_its_reason() {
        let mut unknown = connection(Some("9.9.9.9"), Some(Direction::Unknown));
        unknown.owner = Owner::Missing(OwnerMissing::NotPermitted);
        unknown.uid = None;
        let location = Location::missing(PlaceMissing::NotInDatabase);
        let view = details_view(&unknown, &location, None, UnixMillis(0), false);
        for label in ["process", "user", "opened by", "place", "operator", "database", "opened", "traffic"] {
            let line = value(&view, label);
            assert!(line.is_reason && !line.value.is_empty(), "{label}");
        }
    }

    #[test]
    fn what_was_measured_of_traffic_stands_beside_what_was_not() {
        let mut measured = connection(Some("9.9.9.9"), Some(Direction::Out));
        let location = Location::missing(PlaceMissing::NotInDatabase);
        let first = Traffic {
            bytes_sent: Some(1_500),
            bytes_received: Some(2_001),
            bytes_received_error: 1,
            ..Traffic::default()
        };
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
            let view = details_view(&measured, &location, None, UnixMillis(0), false);
            for (label, words, is_reason) in expected {
                let line = value(&view, label);
                assert!(line.value.contains(words) && line.is_reason == is_reason, "{line:?}");
            }
        }
        measured.traffic = None;
        measured.key.protocol = Protocol::Udp;
        let view = details_view(&measured, &location, None, UnixMillis(0), false);
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
            (&simulated, elsewhere, None, "no city is named", "the demo gives no radius"),
        ] {
            let place = Place {
                kind: PlaceKind::Country,
                position,
                country_iso: Some(iso),
                city: None,
                accuracy_radius_km: radius_km,
            };
            let location = Location { place: Ok(place), ..Location::missing(PlaceMissing::NotInDatabase) };
            let view = details_view(connection, &location, None, UnixMillis(0), false);
            assert!(value(&view, "place").value.contains(place_says), "{:?}", value(&view, "place"));
            assert!(value(&view, "accuracy").value.contains(accuracy_says), "{:?}", value(&view, "accuracy"));
        }
    }

    #[test]
    fn no_time_from_a_file_is_too_far_off() {
        let mut old = connection(Some("9.9.9.9"), None);
        old.first_seen_at = UnixMillis(i64::MIN);
        let location = Location::missing(PlaceMissing::NotInDatabase);
        let view = details_view(&old, &location, None, UnixMillis(i64::MAX), false);
        assert!(value(&view, "seen for").value.contains(" d"));
    }

    #[test]
    fn a_guessed_home_makes_the_distance_a_guess() {
        let connection = &hub_scenario(1, 1, 1.0)[0];
        let place = connection.simulated.as_ref().expect("invented").place.clone();
        let location = Location { place: Ok(place), ..Location::missing(PlaceMissing::NotInDatabase) };
        let mut home = Home::at(LatLng::from_degrees(50.0, 8.0).expect("valid"), HomeSource::Flag);
        let distance = |home: &Home| {
            let view = details_view(connection, &location, Some(home), UnixMillis(0), false);
            value(&view, "distance").value.clone()
        };
        assert!(!distance(&home).contains('±'));
        home.uncertainty_km = Some(400.0);
        assert!(distance(&home).contains("± 400"));
        let view = details_view(connection, &location, None, UnixMillis(0), false);
        assert!(value(&view, "sends").value.contains("simulated") && value(&view, "distance").is_reason);
    }
}
