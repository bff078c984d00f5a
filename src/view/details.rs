//! Builds the lines with all that is known about a connection, and the reason for each unknown value.

use super::panels::{DetailLine, DetailsView};
use crate::{
    geo::{Home, assumed_radius_km, country_centre, place_doubt, place_doubt_at_set_home},
    geodesy::distance_km,
    model::{
        AddressScope, Connection, Direction, Holder, Location, Owner, OwnerMissing, PeerClass, Place, PlaceKind,
        PlaceMissing, Protocol, RATE_WINDOW_S, SocketState, Traffic, UnixMillis,
    },
    sampler::Capabilities,
    text::{escape_untrusted, format_bytes, format_duration, format_ms},
    words::{doubt_words, end_words, holder_words, operator_words, place_words, process_words, scope_name},
};

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
            let doubt = if is_doubted { format!(" · {DOUBTFUL}") } else { String::new() };
            format!("{} · {}{doubt}", escape_untrusted(&place.label()), place.kind.name())
        }
        Err(_) => place_words(location, connection.scope()),
    };
    let closed = life.closed_at().map_or(String::new(), |at| match now.seconds_since(at) {
        ..1.0 => "closed just now".to_owned(),
        seconds => format!("closed {} ago", format_duration(seconds)),
    });
    let summary = summary(connection, location, life.closed_at().is_some(), is_doubted);
    DetailsView { title: title(connection), subtitle, summary, lines: lines.0, closed }
}

/// Note for a place that contradicts the speed of light.
const DOUBTFUL: &str = "map location doubtful (not a security warning)";

/// A sentence saying who communicates with whom.
fn summary(connection: &Connection, location: &Location, is_closed: bool, is_doubted: bool) -> String {
    let who = match connection.holder() {
        Holder::Process(process) => process_words(process),
        Holder::Unit(unit) => format!("The service {}", escape_untrusted(unit)),
        Holder::User { uid, name } => {
            format!("A process of user {}", name.map_or(uid.to_string(), |name| escape_untrusted(name).into_owned()))
        }
        Holder::Kernel => "The kernel".to_owned(),
        Holder::Unknown(_) => "An unknown process".to_owned(),
    };
    let (local, is_was) = (connection.key.local, if is_closed { "was" } else { "is" });
    let protocol = connection.key.protocol.name().to_uppercase();
    if connection.is_listener() {
        let waits = if is_closed { "waited" } else { "waits" };
        return format!("{who} on this computer {waits} for connections on {protocol} port {}.", local.port);
    }
    let Some(remote) = connection.key.remote else {
        return format!("{who} on this computer {is_was} connected; the system does not report to whom.");
    };
    let operator = location.as_organization.as_deref().map(escape_untrusted);
    let peer = match connection.scope().into() {
        PeerClass::ThisMachine => "another program on this computer".to_owned(),
        PeerClass::Lan => format!("{} on the local network", remote.ip),
        PeerClass::Elsewhere => remote.ip.to_string(),
        PeerClass::Public => {
            let of = operator.map_or(String::new(), |name| format!(" of {name}"));
            let place = location.place.as_ref().ok().map(|place| escape_untrusted(&place.label()).into_owned());
            let place = place.map_or(String::new(), |place| {
                let doubt = if is_doubted { " (doubtful)" } else { "" };
                format!(", located in {place}{doubt}")
            });
            format!("{}{of}{place}", remote.ip)
        }
    };
    if connection.direction == Some(Direction::In) {
        let end = if is_closed { "was" } else { "is" };
        format!(
            "{who} on this computer {end} connected with {peer}, which opened the connection to port {}.",
            local.port
        )
    } else {
        format!("{who} on this computer {is_was} connected to port {} of {peer}.", remote.port)
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
                None => lines.reason("program", "no permission to read its path"),
            }
        }
        Owner::Missing(reason) => lines.reason("process", reason.explain()),
    }
    if let pids @ [_, _, ..] = connection.pids() {
        let numbers: Vec<String> = pids.iter().map(u32::to_string).collect();
        lines.value("shared by", format!("pids {}; the newest is shown", numbers.join(", ")));
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
        None => lines.reason("user", "not reported by this source"),
    }
}

/// Why the service, scope or container is unknown.
fn unit_reason(connection: &Connection, capabilities: Capabilities) -> &'static str {
    match &connection.owner {
        Owner::Missing(reason @ (OwnerMissing::ClosedTooSoon | OwnerMissing::NoProcess | OwnerMissing::Kernel)) => {
            reason.explain()
        }
        _ if connection.simulated.is_some() => "none: simulated connection",
        _ if capabilities.reports_units => "not part of a named service, scope or container",
        _ if capabilities.is_recorded => "not in the recording",
        _ => "not reported by this source",
    }
}

fn socket_lines(lines: &mut Lines, connection: &Connection) {
    let key = &connection.key;
    match key.remote {
        Some(remote) => lines.value("remote", end_words(connection, remote)),
        None if connection.is_listener() => lines.reason("remote", "none: this socket waits for connections"),
        None => lines.reason("remote", "not reported by this source"),
    }
    lines.value("local", end_words(connection, key.local));
    if let Some(interface) = &connection.interface {
        lines.value("interface", format!("{} (the socket is bound to it)", escape_untrusted(interface)));
    }
    lines.value("socket", format!("{}, {}", key.protocol.name(), connection.state.name()));
    match connection.direction {
        Some(Direction::Out) => lines.value("opened by", "this computer"),
        Some(Direction::In) => lines.value("opened by", "the remote end"),
        Some(Direction::Unknown) => lines.reason("opened by", "unknown: not reported by this source"),
        None => {}
    }
    lines.value("address type", scope_words(connection));
}

/// The type of the address; for a listening socket, also who can reach it.
fn scope_words(connection: &Connection) -> String {
    let scope = connection.scope();
    let reach = match scope {
        _ if !connection.is_listener() => return scope_name(scope).to_owned(),
        AddressScope::Unspecified => "listens on every address of this computer",
        AddressScope::Loopback => "reachable from this computer only",
        AddressScope::Private | AddressScope::LinkLocal => "listens on an address of the local network",
        AddressScope::Cgnat => "listens on an address of the carrier's network",
        AddressScope::Multicast => "listens to a multicast group",
        AddressScope::Reserved | AddressScope::Public => "listens on this address only",
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
                PlaceKind::Country if is_whole_country => {
                    "country only: could be anywhere in it; the arc ends in its centre"
                }
                PlaceKind::Country => "country only: the database names no city",
                PlaceKind::Anycast => "anycast: many servers share this address; which one answers is unknown",
            };
            let label = place.label();
            lines.value("place", format!("{} ({kind})", escape_untrusted(&label)));
            match place.accuracy_radius_km {
                Some(radius_km) if is_whole_country => {
                    lines.value("accuracy", format!("within {radius_km:.0} km: anywhere in the country"));
                }
                Some(radius_km) if is_stated => {
                    lines.value("accuracy", format!("within {radius_km:.0} km (simulated)"));
                }
                Some(radius_km) => {
                    lines.value("accuracy", format!("within {radius_km:.0} km, according to the database"));
                }
                None => {
                    let why = if is_stated { "simulated connection" } else { "not in the database" };
                    let drawn = match place.kind {
                        PlaceKind::City => format!("; the circle shows {:.0} km", assumed_radius_km(place)),
                        PlaceKind::Country | PlaceKind::Anycast => String::new(),
                    };
                    lines.reason("accuracy", format!("unknown: {why}{drawn}"));
                }
            }
            match home {
                // The address belongs to this computer.
                _ if connection.key.remote.is_none() => {}
                Some(home) => {
                    let km = distance_km(home.position, place.position);
                    let doubt =
                        home.uncertainty_km.map_or(String::new(), |km| format!(" ± {km:.0} km (home is estimated)"));
                    let to = if place.kind == PlaceKind::Country { " to the point in its country" } else { "" };
                    lines.value("distance", format!("{km:.0} km from home{to}{doubt}"));
                }
                None => lines.reason("distance", "unknown: no home is set"),
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
        lines.reason("operator", if is_stated { "none: simulated connection" } else { "not in the database" });
    }
    if let Some(reason) = location.anycast_reason {
        lines.value("anycast", reason);
    }
    match &location.database {
        Some(stamp) => lines
            .value("database", format!("{}, built {}", escape_untrusted(&stamp.name), escape_untrusted(&stamp.built))),
        None if connection.simulated.is_some() => {
            lines.reason("database", "not used: the place is simulated");
        }
        None if is_never_looked_up(location) => {}
        None => lines.reason("database", "no database has this address"),
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
            words = format!("{words} This holds wherever this computer is within {km:.0} km of {}.", home.name);
        }
        lines.warning("location check", words);
    } else if let Some(doubt) = place_doubt_at_set_home(connection, location, home) {
        let words = doubt_words(&doubt, location);
        lines.reason("location check", format!("needs an exact home; if this computer is in {}: {words}", home.name));
    }
}

/// Where the globe shows a connection without a place; see `globe::ends`.
fn spot_without_place(connection: &Connection) -> &'static str {
    match connection.scope().into() {
        _ if connection.is_listener() => "not shown: a listening socket has no remote end",
        _ if connection.is_remote_unknown() => "not shown: the remote end is not reported",
        PeerClass::Lan => "on the ring around home (local network)",
        PeerClass::ThisMachine => "a loop at home (both ends on this computer)",
        PeerClass::Public => "above the north pole, with the other addresses of unknown location",
        PeerClass::Elsewhere => "not shown: no single computer has this address",
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
        (Life::ShortLived(_), _) => lines.value("was open for", "less than the time between two samples"),
        (Life::Open, Some(opened_at)) => lines.value("open for", since(opened_at)),
        (Life::Closed(_), Some(opened_at)) => lines.value("was open for", since(opened_at)),
        (_, None) => {
            let label = if life == Life::Open { "open for" } else { "was open for" };
            lines.value(label, format!("at least {}", since(connection.first_seen_at)));
            lines.reason("opened", "before the first sample; the system does not report when");
        }
    }
}

fn traffic_lines(lines: &mut Lines, connection: &Connection, life: Life) {
    let is_simulated = connection.simulated.is_some();
    if is_simulated {
        lines.reason("note", "simulated: nothing here was measured");
    }
    match &connection.traffic {
        Some(traffic) => {
            // A closed connection has no rates.
            if life == Life::Open {
                rate_lines(lines, traffic, is_simulated);
            }
            if !is_simulated {
                counter_lines(lines, traffic, life);
            }
        }
        None if connection.is_listener() => {}
        None if connection.key.protocol == Protocol::Udp => {
            lines.reason("traffic", "not measured: the system does not count the bytes of a UDP socket");
        }
        None if connection.state == SocketState::TimeWait => {
            lines.reason("traffic", "not measured: the kernel keeps no counters of a connection that has ended");
        }
        None => lines.reason("traffic", "not measured by this source"),
    }
}

fn rate_lines(lines: &mut Lines, traffic: &Traffic, is_simulated: bool) {
    let note = if is_simulated { "simulated".to_owned() } else { format!("mean of about {RATE_WINDOW_S} s") };
    for (label, rate) in
        [("send rate", traffic.rate_sent_bytes_per_sec), ("receive rate", traffic.rate_received_bytes_per_sec)]
    {
        match rate {
            Some(rate) => lines.value(label, format!("{}/s ({note})", format_bytes(rate.max(0.0) as u64))),
            None => lines.reason(label, "available after the second sample"),
        }
    }
}

fn counter_lines(lines: &mut Lines, traffic: &Traffic, life: Life) {
    let no_counter = "not measured: this kernel does not count it";
    let state = match (life, traffic.is_final) {
        (Life::Open, _) => "",
        (_, true) => " in total",
        (_, false) => " at the last sample; more may have been transferred before it closed",
    };
    let doubt = if traffic.bytes_received_error > 0 { " (one byte less if the remote end closed first)" } else { "" };
    for (label, bytes, doubt) in [("sent", traffic.bytes_sent, ""), ("received", traffic.bytes_received, doubt)] {
        match bytes {
            Some(bytes) => lines.value(label, format!("{}{state}{doubt}", format_bytes(bytes))),
            None => lines.reason(label, no_counter),
        }
    }
    match (traffic.rtt_ms, traffic.min_rtt_ms) {
        (Some(rtt_ms), Some(least_ms)) => {
            lines.value("round-trip time", format!("{}, minimum {}", format_ms(rtt_ms), format_ms(least_ms)));
        }
        (Some(rtt_ms), None) => lines.value("round-trip time", format_ms(rtt_ms)),
        (None, Some(least_ms)) => lines.value("round-trip time", format!("minimum {}", format_ms(least_ms))),
        (None, None) if life == Life::Open => {
            lines.reason("round-trip time", "not measured yet: no data has been acknowledged");
        }
        (None, None) => lines.reason("round-trip time", "not measured"),
    }
    match traffic.delivery_rate_bytes_per_sec {
        Some(rate) => {
            let limit =
                if traffic.is_delivery_app_limited { " or more: limited by the program, not the network" } else { "" };
            lines.value("delivery rate", format!("{}/s{limit}", format_bytes(rate)));
        }
        None if life == Life::Open => {
            lines.reason("delivery rate", "not measured yet: no data has been sent and acknowledged");
        }
        None => {}
    }
    match traffic.retransmits {
        Some(1) => lines.value("retransmitted", "1 segment"),
        Some(count) => lines.value("retransmitted", format!("{count} segments")),
        None => lines.reason("retransmitted", no_counter),
    }
}

#[cfg(test)]
mod tests;
