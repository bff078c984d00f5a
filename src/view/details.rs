//! Builds the lines with all that is known about a connection, and the reason for each unknown value.

mod round_trip;

use super::panels::{DetailLine, DetailsView};
use crate::{
    geo::{Home, anycast_words, assumed_radius_km, country_centre, place_doubt, place_doubt_at_set_home},
    geodesy::distance_km,
    language::t,
    model::{
        AddressScope, Connection, Direction, Holder, Location, Owner, OwnerMissing, PeerClass, Place, PlaceKind,
        PlaceMissing, Protocol, RATE_WINDOW_S, SocketState, Traffic, UnixMillis,
    },
    sampler::Capabilities,
    text::{escape_untrusted, format_bytes, format_duration},
    words::{doubt_words, end_words, holder_words, operator_words, place_words, process_words, scope_name},
};
use round_trip::round_trip_line;

/// State of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It is open.
    Open,
    /// It closed at this time.
    Closed(UnixMillis),
    /// It opened and closed between two samples; the time is that of the second one.
    ShortLived(UnixMillis),
}

impl Life {
    fn closed_at(self) -> Option<UnixMillis> {
        match self {
            Self::Open => None,
            Self::Closed(at) | Self::ShortLived(at) => Some(at),
        }
    }
}

/// The details of a connection at `now`, from a source with these `capabilities`. The most important lines come first:
/// traffic and round-trip time.
#[must_use]
pub fn details_view(
    connection: &Connection,
    location: &Location,
    home: Option<&Home>,
    now: UnixMillis,
    life: Life,
    capabilities: Capabilities,
) -> DetailsView {
    let mut lines = Lines::default();
    traffic_lines(&mut lines, connection, life);
    time_lines(&mut lines, connection, now, life);
    owner_lines(&mut lines, connection, capabilities);
    socket_lines(&mut lines, connection);
    place_lines(&mut lines, connection, location, home);
    let is_doubted = place_doubt(connection, location, home).is_some();
    let subtitle = match &location.place {
        Ok(place) => {
            let doubt = if is_doubted { format!(" · {}", t!("details-doubtful")) } else { String::new() };
            format!("{} · {}{doubt}", escape_untrusted(&place.label()), kind_words(place.kind))
        }
        Err(_) => place_words(location, connection.scope()),
    };
    let closed = life.closed_at().map_or(String::new(), |at| match now.seconds_since(at) {
        ..1.0 => t!("details-closed-now").to_owned(),
        seconds => t!("details-closed-ago", duration = format_duration(seconds)),
    });
    let summary = summary(connection, location, life.closed_at().is_some(), is_doubted);
    DetailsView { title: title(connection), subtitle, summary, lines: lines.0, closed }
}

fn kind_words(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::City => t!("details-kind-city"),
        PlaceKind::Country => t!("details-kind-country"),
        PlaceKind::Anycast => t!("details-kind-anycast"),
    }
}

/// A sentence saying who communicates with whom.
fn summary(connection: &Connection, location: &Location, is_closed: bool, is_doubted: bool) -> String {
    let who = match connection.holder() {
        Holder::Process(process) => process_words(process),
        Holder::Unit(unit) => t!("details-summary-unit", unit = escape_untrusted(unit)),
        Holder::User { uid, name } => {
            let user = name.map_or(uid.to_string(), |name| escape_untrusted(name).into_owned());
            t!("details-summary-user", user = user)
        }
        Holder::Kernel => t!("details-summary-kernel").to_owned(),
        Holder::Unknown(_) => t!("details-summary-unknown").to_owned(),
    };
    let local = connection.key.local;
    if connection.is_listener() {
        let protocol = connection.key.protocol.name().to_uppercase();
        return if is_closed {
            t!("details-summary-waited", who = who, protocol = protocol, port = local.port)
        } else {
            t!("details-summary-waits", who = who, protocol = protocol, port = local.port)
        };
    }
    let Some(remote) = connection.key.remote else {
        return if is_closed {
            t!("details-summary-was-connected", who = who)
        } else {
            t!("details-summary-is-connected", who = who)
        };
    };
    let peer = match connection.scope().into() {
        PeerClass::ThisMachine => t!("details-peer-here").to_owned(),
        PeerClass::Lan => t!("details-peer-lan", address = remote.ip.to_string()),
        PeerClass::Elsewhere => remote.ip.to_string(),
        PeerClass::Public => public_peer(remote.ip.to_string(), location, is_doubted),
    };
    match (connection.direction == Some(Direction::In), is_closed) {
        (true, false) => t!("details-summary-is-in", who = who, peer = peer, port = local.port),
        (true, true) => t!("details-summary-was-in", who = who, peer = peer, port = local.port),
        (false, false) => t!("details-summary-is-out", who = who, peer = peer, port = remote.port),
        (false, true) => t!("details-summary-was-out", who = who, peer = peer, port = remote.port),
    }
}

/// `9.9.9.9 of Quad9, located in Zurich, CH`.
fn public_peer(mut peer: String, location: &Location, is_doubted: bool) -> String {
    if let Some(operator) = location.as_organization.as_deref().map(escape_untrusted) {
        peer = t!("details-peer-operator", peer = peer, operator = operator);
    }
    let Ok(place) = &location.place else { return peer };
    let label = place.label();
    let place = escape_untrusted(&label);
    if is_doubted {
        t!("details-peer-place-doubtful", peer = peer, place = place)
    } else {
        t!("details-peer-place", peer = peer, place = place)
    }
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

/// Puts the end that opened the connection first.
fn title(connection: &Connection) -> String {
    let process = holder_words(connection);
    let local = end_words(connection, connection.key.local);
    match (connection.key.remote.map(|remote| end_words(connection, remote)), connection.direction) {
        (None, _) if connection.is_listener() => t!("details-title-listens", process = process, local = local),
        (None, _) => t!("details-title-at", process = process, local = local),
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
            let words = if is_named { t!("details-process", name = words, pid = process.pid) } else { words };
            lines.value("process", words);
            match &process.path {
                Some(path) => lines.value("program", escape_untrusted(path).into_owned()),
                None => lines.reason("program", t!("details-program-not-permitted")),
            }
        }
        Owner::Missing(reason) => lines.reason("process", reason.explain()),
    }
    if let pids @ [_, _, ..] = connection.pids() {
        let numbers: Vec<String> = pids.iter().map(u32::to_string).collect();
        lines.value("shared by", t!("details-shared-by", pids = numbers.join(", ")));
    }
    match connection.unit() {
        Some(unit) => lines.value("unit", escape_untrusted(unit).into_owned()),
        None => lines.reason("unit", unit_reason(connection, capabilities)),
    }
    match connection.uid {
        Some(uid) => lines.value(
            "user",
            match connection.user() {
                Some(name) => t!("details-user", name = escape_untrusted(name), uid = uid),
                None => t!("details-uid", uid = uid),
            },
        ),
        None if connection.owner == Owner::Missing(OwnerMissing::ClosedTooSoon) => {
            lines.reason("user", OwnerMissing::ClosedTooSoon.explain());
        }
        None => lines.reason("user", t!("details-not-reported")),
    }
}

/// Why the service, scope or container is unknown.
fn unit_reason(connection: &Connection, capabilities: Capabilities) -> &'static str {
    match &connection.owner {
        Owner::Missing(reason @ (OwnerMissing::ClosedTooSoon | OwnerMissing::NoProcess | OwnerMissing::Kernel)) => {
            reason.explain()
        }
        _ if connection.simulated.is_some() => t!("details-none-simulated"),
        _ if capabilities.reports_units => t!("details-no-unit"),
        _ if capabilities.is_recorded => t!("details-not-recorded"),
        _ => t!("details-not-reported"),
    }
}

fn socket_lines(lines: &mut Lines, connection: &Connection) {
    let key = &connection.key;
    match key.remote {
        Some(remote) => lines.value("remote", end_words(connection, remote)),
        None if connection.is_listener() => lines.reason("remote", t!("details-remote-listening")),
        None => lines.reason("remote", t!("details-not-reported")),
    }
    lines.value("local", end_words(connection, key.local));
    if let Some(interface) = &connection.interface {
        lines.value("interface", t!("details-interface", name = escape_untrusted(interface)));
    }
    lines.value("socket", format!("{}, {}", key.protocol.name(), connection.state.name()));
    match connection.direction {
        Some(Direction::Out) => lines.value("opened by", t!("details-opened-here")),
        Some(Direction::In) => lines.value("opened by", t!("details-opened-remotely")),
        Some(Direction::Unknown) => lines.reason("opened by", t!("details-opened-unknown")),
        None => {}
    }
    lines.value("address type", scope_words(connection));
}

/// The type of the address; for a listening socket, also who can reach it.
fn scope_words(connection: &Connection) -> String {
    let scope = connection.scope();
    let reach = match scope {
        _ if !connection.is_listener() => return scope_name(scope).to_owned(),
        AddressScope::Unspecified => t!("details-reach-all"),
        AddressScope::Loopback => t!("details-reach-this-computer"),
        AddressScope::Private | AddressScope::LinkLocal => t!("details-reach-lan"),
        AddressScope::Cgnat => t!("details-reach-carrier"),
        AddressScope::Multicast => t!("details-reach-multicast"),
        AddressScope::Reserved | AddressScope::Public => t!("details-reach-address"),
    };
    format!("{}: {reach}", scope_name(scope))
}

fn place_lines(lines: &mut Lines, connection: &Connection, location: &Location, home: Option<&Home>) {
    let is_stated = connection.simulated.is_some();
    match &location.place {
        Ok(place) => {
            let is_whole_country = stands_for_country(place);
            let kind = match place.kind {
                PlaceKind::City => t!("details-kind-city"),
                PlaceKind::Country if is_whole_country => t!("details-place-country-centre"),
                PlaceKind::Country => t!("details-place-country"),
                PlaceKind::Anycast => t!("details-place-anycast"),
            };
            let label = place.label();
            lines.value("place", format!("{} ({kind})", escape_untrusted(&label)));
            match place.accuracy_radius_km.map(whole) {
                Some(km) if is_whole_country => lines.value("accuracy", t!("details-accuracy-country", km = km)),
                Some(km) if is_stated => lines.value("accuracy", t!("details-accuracy-simulated", km = km)),
                Some(km) => lines.value("accuracy", t!("details-accuracy-database", km = km)),
                None => {
                    let why = if is_stated { t!("details-simulated") } else { t!("details-not-in-database") };
                    let reason = match place.kind {
                        PlaceKind::City => {
                            t!("details-accuracy-unknown-drawn", why = why, km = whole(assumed_radius_km(place)))
                        }
                        PlaceKind::Country | PlaceKind::Anycast => t!("details-accuracy-unknown", why = why),
                    };
                    lines.reason("accuracy", reason);
                }
            }
            match home {
                // The address belongs to this computer.
                _ if connection.key.remote.is_none() => {}
                Some(home) => lines.value("distance", distance_words(home, place)),
                None => lines.reason("distance", t!("details-distance-unknown")),
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
    } else if !is_never_looked_up(location) {
        let reason = if is_stated { t!("details-none-simulated") } else { t!("details-not-in-database") };
        lines.reason("operator", reason);
    }
    if let Some(reason) = &location.anycast_reason {
        lines.value("anycast", anycast_words(reason));
    }
    match &location.database {
        Some(stamp) => {
            let (name, built) = (escape_untrusted(&stamp.name), escape_untrusted(&stamp.built));
            lines.value("database", t!("details-database", name = name, built = built));
        }
        None if connection.simulated.is_some() => {
            lines.reason("database", t!("details-database-simulated"));
        }
        None if is_never_looked_up(location) => {}
        None => lines.reason("database", t!("details-database-none")),
    }
}

/// A number of km without decimals.
fn whole(km: f32) -> String {
    format!("{km:.0}")
}

/// How far a place is from home, and how exact that is.
fn distance_words(home: &Home, place: &Place) -> String {
    let km = format!("{:.0}", distance_km(home.position, place.position));
    match (place.kind == PlaceKind::Country, home.uncertainty_km.map(whole)) {
        (false, None) => t!("details-distance", km = km),
        (true, None) => t!("details-distance-country", km = km),
        (false, Some(error)) => t!("details-distance-estimated", km = km, error = error),
        (true, Some(error)) => t!("details-distance-country-estimated", km = km, error = error),
    }
}

/// Whether no database lookup is needed.
fn is_never_looked_up(location: &Location) -> bool {
    matches!(location.place, Err(PlaceMissing::NotPublic | PlaceMissing::RemoteUnknown))
}

/// Whether the round-trip time permits the place, or would permit it with an exact home.
fn doubt_lines(lines: &mut Lines, connection: &Connection, location: &Location, home: Option<&Home>) {
    let Some(home) = home else { return };
    if let Some(doubt) = place_doubt(connection, location, Some(home)) {
        let mut words = doubt_words(&doubt, location);
        if let Some(km) = home.uncertainty_km {
            words = t!("details-check-holds", doubt = words, km = whole(km), home = home.name.as_str());
        }
        lines.warning("location check", words);
    } else if let Some(doubt) = place_doubt_at_set_home(connection, location, home) {
        let words = doubt_words(&doubt, location);
        lines.reason("location check", t!("details-check-needs-home", home = home.name.as_str(), doubt = words));
    }
}

/// Where the globe shows a connection without a place; see `globe::ends`.
fn spot_without_place(connection: &Connection) -> &'static str {
    match connection.scope().into() {
        _ if connection.is_listener() => t!("details-spot-listening"),
        _ if connection.is_remote_unknown() => t!("details-spot-untold"),
        PeerClass::Lan => t!("details-spot-lan"),
        PeerClass::ThisMachine => t!("details-spot-loop"),
        PeerClass::Public => t!("details-spot-shell"),
        PeerClass::Elsewhere => t!("details-spot-elsewhere"),
    }
}

/// Whether the place is only the centre of a country, with a radius that contains all of it.
fn stands_for_country(place: &Place) -> bool {
    let centre = place.country_iso.and_then(country_centre);
    place.kind == PlaceKind::Country
        && centre.is_some_and(|(centre, extent_km)| {
            place.accuracy_radius_km == Some(extent_km) && distance_km(centre, place.position) < 1.0
        })
}

fn time_lines(lines: &mut Lines, connection: &Connection, now: UnixMillis, life: Life) {
    let until = life.closed_at().unwrap_or(now);
    let since = |at: UnixMillis| format_duration(until.seconds_since(at));
    match (life, connection.opened_at) {
        (Life::ShortLived(_), _) => lines.value("was open for", t!("details-short-lived")),
        (Life::Open, Some(opened_at)) => lines.value("open for", since(opened_at)),
        (Life::Closed(_), Some(opened_at)) => lines.value("was open for", since(opened_at)),
        (_, None) => {
            let label = if life == Life::Open { "open for" } else { "was open for" };
            lines.value(label, t!("details-at-least", duration = since(connection.first_seen_at)));
            lines.reason("opened", t!("details-opened-before"));
        }
    }
}

fn traffic_lines(lines: &mut Lines, connection: &Connection, life: Life) {
    let is_simulated = connection.simulated.is_some();
    if is_simulated {
        lines.reason("note", t!("details-note-simulated"));
    }
    match &connection.traffic {
        Some(traffic) => {
            // A closed connection has no rates.
            if life == Life::Open {
                rate_lines(lines, traffic, is_simulated);
            }
            if is_simulated {
                // The counters of a demo count nothing; its round-trip times are those of its story.
                if traffic.rtt_ms.is_some() {
                    round_trip_line(lines, connection, traffic, life);
                }
            } else {
                counter_lines(lines, traffic, life);
                round_trip_line(lines, connection, traffic, life);
                delivery_lines(lines, traffic, life);
            }
        }
        None if connection.is_listener() => {}
        None if connection.key.protocol == Protocol::Udp => {
            lines.reason("traffic", t!("details-traffic-udp"));
        }
        None if connection.state == SocketState::TimeWait => {
            lines.reason("traffic", t!("details-traffic-ended"));
        }
        None => lines.reason("traffic", t!("details-traffic-not-measured")),
    }
}

fn rate_lines(lines: &mut Lines, traffic: &Traffic, is_simulated: bool) {
    for (label, rate) in
        [("send rate", traffic.rate_sent_bytes_per_sec), ("receive rate", traffic.rate_received_bytes_per_sec)]
    {
        match rate {
            Some(rate) => {
                let bytes = format_bytes(rate.max(0.0) as u64);
                let words = if is_simulated {
                    t!("details-rate-simulated", bytes = bytes)
                } else {
                    t!("details-rate", bytes = bytes, seconds = RATE_WINDOW_S.to_string())
                };
                lines.value(label, words);
            }
            None => lines.reason(label, t!("details-rate-not-yet")),
        }
    }
}

fn counter_lines(lines: &mut Lines, traffic: &Traffic, life: Life) {
    let no_counter = t!("details-not-counted");
    let is_doubted = traffic.bytes_received_error > 0;
    for (label, bytes, is_doubted) in
        [("sent", traffic.bytes_sent, false), ("received", traffic.bytes_received, is_doubted)]
    {
        let Some(bytes) = bytes.map(format_bytes) else {
            lines.reason(label, no_counter);
            continue;
        };
        let words = match (life, traffic.is_final) {
            (Life::Open, _) => bytes,
            (_, true) => t!("details-bytes-total", bytes = bytes),
            (_, false) => t!("details-bytes-last", bytes = bytes),
        };
        lines.value(label, if is_doubted { t!("details-bytes-one-less", bytes = words) } else { words });
    }
}

fn delivery_lines(lines: &mut Lines, traffic: &Traffic, life: Life) {
    match traffic.delivery_rate_bytes_per_sec {
        Some(rate) => {
            let rate = format!("{}/s", format_bytes(rate));
            let is_limited = traffic.is_delivery_app_limited;
            lines.value("delivery rate", if is_limited { t!("details-delivery-limited", rate = rate) } else { rate });
        }
        None if life == Life::Open => {
            lines.reason("delivery rate", t!("details-delivery-not-yet"));
        }
        None => {}
    }
    match traffic.retransmits {
        Some(count) => lines.value("retransmitted", t!("details-segments", count = count)),
        None => lines.reason("retransmitted", t!("details-not-counted")),
    }
}

#[cfg(test)]
mod tests;
