//! Everything that is known about one connection, line by line, and the reason for each thing that is not.

use super::panels::{DetailLine, DetailsView};
use crate::{
    geo::{Home, country_centre, place_doubt, place_doubt_at_set_home},
    geodesy::{DoubtKind, distance_km},
    model::{
        AddressScope, Connection, Direction, Location, Owner, OwnerMissing, PeerClass, Place, PlaceKind, PlaceMissing,
        Protocol, RATE_WINDOW_S, SocketState, Traffic, UnixMillis,
    },
    sampler::Capabilities,
    text::{escape_untrusted, format_bytes, format_duration},
    words::{doubt_words, end_words, holder_words, operator_words, place_words, process_words, scope_name},
};

/// The details of a connection at `now`, which a source with these `capabilities` told of.
#[must_use]
pub fn details_view(
    connection: &Connection,
    location: &Location,
    home: Option<&Home>,
    now: UnixMillis,
    closed: bool,
    capabilities: Capabilities,
) -> DetailsView {
    let mut lines = Lines::default();
    owner_lines(&mut lines, connection, capabilities);
    socket_lines(&mut lines, connection);
    place_lines(&mut lines, connection, location, home);
    time_lines(&mut lines, connection, now);
    traffic_lines(&mut lines, connection);
    let subtitle = match &location.place {
        Ok(place) => {
            let doubt = place_doubt(connection, location, home).map_or("", |doubt| match doubt.kind {
                DoubtKind::Impossible => " · impossible",
                DoubtKind::Unlikely => " · unlikely",
            });
            format!("{} · {}{doubt}", escape_untrusted(&place.label()), place.kind.name())
        }
        Err(_) => place_words(location, connection.scope()),
    };
    DetailsView { title: title(connection), subtitle, lines: lines.0, closed }
}

#[derive(Default)]
struct Lines(Vec<DetailLine>);

impl Lines {
    fn value(&mut self, label: &'static str, value: impl Into<String>) {
        self.0.push(DetailLine { label, value: value.into(), is_reason: false, is_warning: false });
    }

    fn reason(&mut self, label: &'static str, value: impl Into<String>) {
        self.0.push(DetailLine { label, value: value.into(), is_reason: true, is_warning: false });
    }

    fn warning(&mut self, label: &'static str, value: impl Into<String>) {
        self.0.push(DetailLine { label, value: value.into(), is_reason: false, is_warning: true });
    }
}

/// The end that opened the connection stands first.
fn title(connection: &Connection) -> String {
    let process = holder_words(connection);
    let local = end_words(connection, connection.key.local);
    match (connection.key.remote.map(|remote| end_words(connection, remote)), connection.direction) {
        (None, _) if connection.is_listener() => format!("{process} listens on {local}"),
        (None, _) => format!("{process} at {local}"),
        (Some(remote), Some(Direction::In)) => format!("{remote} → {process}"),
        (Some(remote), Some(Direction::Out)) => format!("{process} → {remote}"),
        (Some(remote), _) => format!("{process} – {remote}"),
    }
}

fn owner_lines(lines: &mut Lines, connection: &Connection, capabilities: Capabilities) {
    match &connection.owner {
        Owner::Process(process) => {
            let words = process_words(process);
            let is_named = process.visible_name().is_some();
            lines.value("process", if is_named { format!("{words} (pid {})", process.pid) } else { words });
            match &process.path {
                Some(path) => lines.value("program", escape_untrusted(path).into_owned()),
                None => lines.reason("program", "its path may not be read"),
            }
        }
        Owner::Missing(reason) => lines.reason("process", reason.explain()),
    }
    if let pids @ [_, _, ..] = connection.pids() {
        let numbers: Vec<String> = pids.iter().map(u32::to_string).collect();
        lines.value("shared by", format!("pids {}; the youngest is shown", numbers.join(", ")));
    }
    match connection.unit() {
        Some(unit) => lines.value("unit", escape_untrusted(unit).into_owned()),
        None => lines.reason("unit", unit_reason(connection, capabilities)),
    }
    match connection.uid {
        Some(uid) => lines.value(
            "user",
            match connection.user() {
                Some(name) => format!("{} (uid {uid})", escape_untrusted(name)),
                None => format!("uid {uid}"),
            },
        ),
        None if connection.owner == Owner::Missing(OwnerMissing::ClosedTooSoon) => {
            lines.reason("user", OwnerMissing::ClosedTooSoon.explain());
        }
        None => lines.reason("user", "not told by this source"),
    }
}

/// Why no service, scope or container is known.
fn unit_reason(connection: &Connection, capabilities: Capabilities) -> &'static str {
    match &connection.owner {
        Owner::Missing(reason @ (OwnerMissing::ClosedTooSoon | OwnerMissing::NoProcess | OwnerMissing::Kernel)) => {
            reason.explain()
        }
        _ if connection.simulated.is_some() => "none is stated",
        _ if capabilities.tells_units => "in no service, scope or container that has a name here",
        _ if capabilities.is_recorded => "not in the recording",
        _ => "not told by this source",
    }
}

fn socket_lines(lines: &mut Lines, connection: &Connection) {
    let key = &connection.key;
    match key.remote {
        Some(remote) => lines.value("remote", end_words(connection, remote)),
        None if connection.is_listener() => lines.reason("remote", "none: this socket waits for peers"),
        None => lines.reason("remote", "not told by this source"),
    }
    lines.value("local", end_words(connection, key.local));
    if let Some(interface) = &connection.interface {
        lines.value("interface", format!("{}: the socket is bound to it", escape_untrusted(interface)));
    }
    lines.value("socket", format!("{}, {}", key.protocol.name(), connection.state.name()));
    match connection.direction {
        Some(Direction::Out) => lines.value("opened by", "this machine"),
        Some(Direction::In) => lines.value("opened by", "the other end"),
        Some(Direction::Unknown) => lines.reason("opened by", "not known: the source cannot tell"),
        None => {}
    }
    lines.value("scope", scope_words(connection));
}

/// The class of the address; of a listening socket, with who can reach it.
fn scope_words(connection: &Connection) -> String {
    let scope = connection.scope();
    let reach = match scope {
        _ if !connection.is_listener() => return scope_name(scope).to_owned(),
        AddressScope::Unspecified => "it listens on every address of this machine",
        AddressScope::Loopback => "only this machine reaches it",
        AddressScope::Private | AddressScope::LinkLocal => "it listens on an address of the LAN",
        AddressScope::Cgnat => "it listens on an address inside the carrier's network",
        AddressScope::Multicast => "it listens to a group",
        AddressScope::Reserved | AddressScope::Public => "it listens on this address alone",
    };
    format!("{}: {reach}", scope_name(scope))
}

fn place_lines(lines: &mut Lines, connection: &Connection, location: &Location, home: Option<&Home>) {
    let is_stated = connection.simulated.is_some();
    match &location.place {
        Ok(place) => {
            let is_whole_country = stands_for_country(place);
            let kind = match place.kind {
                PlaceKind::City => "city",
                PlaceKind::Country if is_whole_country => "country only: anywhere in it; the arc ends in its middle",
                PlaceKind::Country => "country only: no city is named at this point",
                PlaceKind::Anycast => "anycast: many machines answer here, the nearest copy is not known",
            };
            let label = place.label();
            lines.value("place", format!("{} ({kind})", escape_untrusted(&label)));
            match place.accuracy_radius_km {
                Some(radius_km) if is_whole_country => {
                    lines.value("accuracy", format!("within {radius_km:.0} km: anywhere in the country"));
                }
                Some(radius_km) if is_stated => lines.value("accuracy", format!("within {radius_km:.0} km, as stated")),
                Some(radius_km) => lines.value("accuracy", format!("within {radius_km:.0} km, says the database")),
                None if is_stated => lines.reason("accuracy", "no radius is stated"),
                None => lines.reason("accuracy", "the database gives no radius"),
            }
            match home {
                // It is the address of this machine, which is where it is.
                _ if connection.key.remote.is_none() => {}
                Some(home) => {
                    let km = distance_km(home.position, place.position);
                    let doubt = home.uncertainty_km.map_or(String::new(), |km| format!(" ± {km:.0} (home is a guess)"));
                    lines.value("distance", format!("{km:.0} km from home{doubt}"));
                }
                None => lines.reason("distance", "no home is known"),
            }
            doubt_lines(lines, connection, location, home);
        }
        Err(missing) => {
            lines.reason("place", missing.explain());
            lines.value("on the globe", spot_without_place(connection));
        }
    }
    let operator = operator_words(location);
    if !operator.is_empty() {
        lines.value("operator", operator);
    } else if !is_never_asked(location) {
        lines.reason("operator", if is_stated { "none is stated" } else { "no database here tells it" });
    }
    if let Some(reason) = location.anycast_reason {
        lines.value("anycast", reason);
    }
    match &location.database {
        Some(stamp) => lines
            .value("database", format!("{}, built {}", escape_untrusted(&stamp.name), escape_untrusted(&stamp.built))),
        None if connection.simulated.is_some() => {
            lines.reason("database", "none asked: the place is stated, not looked up");
        }
        None if is_never_asked(location) => {}
        None => lines.reason("database", "none answered"),
    }
}

/// Whether no database has anything to say of it.
fn is_never_asked(location: &Location) -> bool {
    matches!(location.place, Err(PlaceMissing::NotPublic | PlaceMissing::RemoteUnknown))
}

/// What the speed of light has against the place, and what it would have if the home was set.
fn doubt_lines(lines: &mut Lines, connection: &Connection, location: &Location, home: Option<&Home>) {
    let Some(home) = home else { return };
    if let Some(doubt) = place_doubt(connection, location, Some(home)) {
        let mut words = doubt_words(&doubt, location);
        if let Some(km) = home.uncertainty_km {
            words = format!("{words} This is so wherever within {km:.0} km of {} this computer is.", home.name);
        }
        lines.warning("light check", words);
    } else if let Some(doubt) = place_doubt_at_set_home(connection, location, home) {
        let words = doubt_words(&doubt, location);
        lines.reason("light check", format!("set the home to know; from {} itself: {words}", home.name));
    }
}

/// Where a connection without a place stands on the globe, as `globe::ends` draws it.
fn spot_without_place(connection: &Connection) -> &'static str {
    match connection.scope().into() {
        _ if connection.is_listener() => "nowhere: a socket that waits has no other end",
        _ if connection.is_remote_untold() => "nowhere: the other end is not told",
        PeerClass::Lan => "on the ring around home: it is near",
        PeerClass::ThisMachine => "a loop at home: both ends are on this machine",
        PeerClass::Public => "on the shell above the north pole, with the others that have no place",
        PeerClass::Elsewhere => "nowhere: no single machine has this address",
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
        lines.reason("note", "invented: nothing here was measured");
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
    match traffic.delivery_rate_bytes_per_sec {
        Some(rate) => {
            let limit = if traffic.is_delivery_app_limited { " or more: the program had no more to send" } else { "" };
            lines.value("delivery", format!("{}/s{limit}", format_bytes(rate)));
        }
        None => lines.reason("delivery", "not measured yet: nothing was sent and acknowledged"),
    }
    match traffic.retransmits {
        Some(count) => lines.value("sent again", format!("{count} segments")),
        None => lines.reason("sent again", no_counter),
    }
}

#[cfg(test)]
mod tests;
