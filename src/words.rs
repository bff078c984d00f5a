//! Short labels for the properties of a connection, shared by window, list and lookup. All are escaped.

use crate::{
    geodesy::{DoubtKind, PlaceDoubt},
    language::{self, t},
    model::{
        AddressScope, Connection, CountryIso, Endpoint, Group, Holder, Location, OwnerMissing, Place, PlaceKind,
        PlaceMissing, Process, classify_address, country_name_in,
    },
    text::{escape_untrusted, format_ms},
};
use std::borrow::Cow;

/// Credits for data and pictures, with the wording that the licences require; therefore not translated.
pub const CREDITS: &[&str] = &[
    "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0, modified: reduced and merged.",
    "ASN data: RouteViews, NRO, DB-IP, CC BY 4.0, modified.",
    "Earth imagery: NASA Visible Earth (Blue Marble Next Generation).",
    "Relief: NOAA ETOPO1.",
    "Made with Natural Earth.",
    "City data: GeoNames, CC BY 4.0, modified.",
    "Time zones: the IANA time zone database.",
];

/// Why the process is unknown, in one or two words: `(no permission)`.
fn owner_reason(reason: OwnerMissing) -> &'static str {
    match reason {
        OwnerMissing::NoProcess => t!("words-owner-no-process"),
        OwnerMissing::NotPermitted => t!("words-owner-not-permitted"),
        OwnerMissing::NotFound => t!("words-owner-not-found"),
        OwnerMissing::Kernel => t!("words-owner-kernel"),
        OwnerMissing::ProcUnavailable => t!("words-owner-proc-unavailable"),
        OwnerMissing::ClosedTooSoon => t!("words-owner-closed-too-soon"),
        OwnerMissing::NotMeasured => t!("words-owner-not-measured"),
    }
}

/// Name of a process; `unnamed, pid 17` if it has none.
#[must_use]
pub fn process_words(process: &Process) -> String {
    escape_untrusted(&process.shown_name()).into_owned()
}

/// Name of the process; or else the unit, `sshd.service`; or else the user, `(user root)`; or else why the owner is
/// unknown, in one or two words.
#[must_use]
pub fn holder_words(connection: &Connection) -> String {
    match connection.holder() {
        Holder::Process(process) => process_words(process),
        Holder::Unit(unit) => escape_untrusted(unit).into_owned(),
        Holder::User { name: Some(name), .. } => t!("words-user", name = escape_untrusted(name)),
        Holder::User { uid, name: None } => t!("words-user", name = uid.to_string()),
        Holder::Kernel => owner_reason(OwnerMissing::Kernel).to_owned(),
        Holder::Unknown(reason) => owner_reason(reason).to_owned(),
    }
}

/// The owner of a group of connections, as in "others of firefox"; empty if unknown.
#[must_use]
pub fn group_words(connection: &Connection) -> String {
    let words = holder_words(connection);
    match Group::of(connection) {
        Group::Unknown => String::new(),
        Group::User(_) | Group::Kernel => words.trim_start_matches('(').trim_end_matches(')').to_owned(),
        Group::Program { .. } | Group::Unit(_) => words,
    }
}

/// Name of a country, or its code if the table does not contain it.
#[must_use]
pub fn country_words(iso: CountryIso) -> Cow<'static, str> {
    country_name_in(language::current(), iso).map_or_else(|| iso.to_string().into(), Cow::Borrowed)
}

/// An end of a connection with its port: `81.2.69.142:443`, `[fe80::1%eth0]:22`. If the meaning of the address depends
/// on the interface, it is followed by that of the socket (RFC 4007 §11).
#[must_use]
pub fn end_words(connection: &Connection, end: Endpoint) -> String {
    let is_unique = matches!(classify_address(end.ip), AddressScope::Public | AddressScope::Loopback);
    match connection.interface.as_deref().filter(|_| !is_unique).map(escape_untrusted) {
        None => end.to_string(),
        Some(interface) if end.ip.is_ipv6() => format!("[{}%{interface}]:{}", end.ip, end.port),
        Some(interface) => format!("{}%{interface}:{}", end.ip, end.port),
    }
}

/// The class of an address as text for users; data formats use its short name.
#[must_use]
pub fn scope_name(scope: AddressScope) -> &'static str {
    match scope {
        AddressScope::Cgnat => t!("words-carrier-nat"),
        other => other.name(),
    }
}

/// The place with its kind, or why there is none.
#[must_use]
pub fn place_words(location: &Location, scope: AddressScope) -> String {
    match &location.place {
        Ok(place) => {
            let label = place.label();
            let label = escape_untrusted(&label);
            match place.kind {
                PlaceKind::City => label.into_owned(),
                PlaceKind::Country => t!("words-place-country", place = label),
                PlaceKind::Anycast => t!("words-place-anycast", place = label),
            }
        }
        Err(PlaceMissing::NotPublic) => match scope {
            AddressScope::Loopback => t!("words-this-computer").to_owned(),
            AddressScope::Private | AddressScope::LinkLocal => format!("LAN ({})", scope.name()),
            AddressScope::Unspecified => t!("words-any-address").to_owned(),
            other => scope_name(other).to_owned(),
        },
        Err(PlaceMissing::NotInDatabase) => t!("words-not-in-database").to_owned(),
        Err(PlaceMissing::NoLocation) => t!("words-no-location").to_owned(),
        Err(PlaceMissing::DatabaseUnavailable) => t!("words-no-database").to_owned(),
        Err(PlaceMissing::RemoteUnknown) => t!("words-remote-unknown").to_owned(),
    }
}

/// The mark before a doubtful place: `??` if it is impossible, `?` if it is unlikely.
#[must_use]
pub fn doubt_mark(doubt: DoubtKind) -> &'static str {
    match doubt {
        DoubtKind::Impossible => "??",
        DoubtKind::Unlikely => "?",
    }
}

/// Why the place of `location` is doubtful, with numbers and the likely reason.
#[must_use]
pub fn doubt_words(doubt: &PlaceDoubt, location: &Location) -> String {
    let label = location.place.as_ref().map_or_else(|_| t!("doubt-the-place").to_owned(), Place::label);
    let is_anycast = location.place.as_ref().is_ok_and(|place| place.kind == PlaceKind::Anycast);
    let matter = match (is_anycast, location.anycast_reason.is_some(), doubt.kind) {
        (true, ..) => t!("doubt-matter-anycast"),
        (false, true, _) => t!("doubt-matter-probably-anycast"),
        (false, false, DoubtKind::Impossible) => t!("doubt-matter-wrong"),
        (false, false, DoubtKind::Unlikely) => t!("doubt-matter-probably-wrong"),
    };
    let (place, measured) = (escape_untrusted(&label), format_ms(doubt.measured_ms));
    let (fibre, km) = (format_ms(doubt.least_fibre_ms), format!("{:.0}", doubt.reach_fibre_km));
    match doubt.kind {
        DoubtKind::Impossible => t!(
            "doubt-impossible",
            measured = measured,
            place = place,
            fibre = fibre,
            vacuum = format_ms(doubt.least_vacuum_ms),
            km = km,
            vacuum_km = format!("{:.0}", doubt.reach_vacuum_km),
            matter = matter
        ),
        DoubtKind::Unlikely => {
            t!("doubt-unlikely", measured = measured, place = place, fibre = fibre, km = km, matter = matter)
        }
    }
}

/// `AS29518 Bredband2 AB`, or empty.
#[must_use]
pub fn operator_words(location: &Location) -> String {
    let name = location.as_organization.as_deref().map(escape_untrusted);
    match (location.asn, name) {
        (Some(asn), Some(name)) => format!("{asn} {name}"),
        (Some(asn), None) => asn.to_string(),
        (None, Some(name)) => name.into_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geodesy::{LatLng, RoundTrip},
        model::{Owner, OwnerContext},
    };
    use std::sync::Arc;

    #[test]
    fn the_best_that_is_known_of_a_holder_is_shown() {
        let mut connection = crate::sampler::hub_scenario(1, 1, 0.0).remove(0);
        let process = |name: Option<&str>| Arc::new(Process { pid: 17, name: name.map(Arc::from), path: None });
        for (owner, uid, unit, user, words, kind) in [
            (Owner::Process(process(Some("cu\nrl"))), Some(0), Some("a.service"), Some("root"), r"cu\nrl", "process"),
            (Owner::Process(process(None)), Some(0), None, Some("root"), "unnamed, pid 17", "process"),
            (Owner::Process(process(Some(""))), None, None, None, "unnamed, pid 17", "process"),
            (Owner::Process(process(Some(" \u{a0}"))), None, None, None, "unnamed, pid 17", "process"),
            (Owner::Missing(OwnerMissing::Kernel), Some(0), Some("a.service"), Some("root"), "(kernel)", "kernel"),
            (
                Owner::Missing(OwnerMissing::NotPermitted),
                Some(0),
                Some("a\u{1b}.service"),
                None,
                r"a\u{1b}.service",
                "unit",
            ),
            (
                Owner::Missing(OwnerMissing::NotPermitted),
                Some(0),
                None,
                Some("ro\u{202e}ot"),
                r"(user ro\u{202e}ot)",
                "user",
            ),
            (Owner::Missing(OwnerMissing::NotFound), Some(1234), None, None, "(user 1234)", "user"),
            (Owner::Missing(OwnerMissing::NoProcess), None, None, None, "(no process)", "unknown"),
        ] {
            (connection.owner, connection.uid) = (owner, uid);
            let (unit, user) = (unit.map(Arc::from), user.map(Arc::from));
            connection.context = Some(Arc::new(OwnerContext { unit, user, pids: Vec::new() }));
            assert_eq!((holder_words(&connection).as_str(), connection.holder().kind()), (words, kind));
            let whose = if kind == "unknown" { "" } else { words.trim_matches(['(', ')']) };
            assert_eq!(group_words(&connection), whose);
        }
    }

    #[test]
    fn an_end_has_its_interface_where_the_address_alone_is_not_one_machines() {
        let mut connection = crate::sampler::hub_scenario(1, 1, 0.0).remove(0);
        for (interface, ip, words) in [
            (Some("eth0"), "fe80::1", "[fe80::1%eth0]:22"),
            (Some("et\u{1b}h0"), "fe80::1", r"[fe80::1%et\u{1b}h0]:22"),
            (None, "fe80::1", "[fe80::1]:22"),
            (Some("eth0"), "0.0.0.0", "0.0.0.0%eth0:22"),
            (Some("wg0"), "81.2.69.142", "81.2.69.142:22"),
            (Some("lo"), "::1", "[::1]:22"),
        ] {
            connection.interface = interface.map(Arc::from);
            assert_eq!(end_words(&connection, Endpoint::new(ip.parse().expect("an address"), 22)), words);
        }
    }

    #[test]
    fn a_doubt_is_said_in_numbers() {
        let at = |lat_deg, lng_deg| LatLng::from_degrees(lat_deg, lng_deg).expect("a position");
        let place = Place {
            kind: PlaceKind::City,
            position: at(40.71, -74.01),
            country_iso: None,
            city: Some("New\nYork".into()),
            accuracy_radius_km: None,
        };
        let (home, there) = (at(52.52, 13.4), place.position);
        let mut location = Location { place: Ok(place), ..Location::missing(PlaceMissing::NoLocation) };
        let words = |least_ms, location: &Location| {
            let trip = RoundTrip { home, home_radius_km: 0.0, place: there, place_radius_km: 0.0, least_ms };
            doubt_words(&trip.doubt().expect("a doubt"), location)
        };
        assert_eq!(
            words(3.6, &location),
            concat!(
                "Map location doubtful (not a security warning). The minimum round-trip time, 3.6 ms, is too short for ",
                r"New\nYork: light needs at least 63.9 ms there and back in fibre, 42.6 ms in a vacuum. The server is within ",
                "360 km (540 km in a vacuum): the database is wrong, or a nearer server with the same address answers."
            )
        );
        let unlikely = words(50.0, &location);
        assert!(unlikely.contains("radio or laser") && unlikely.contains("probably wrong"), "{unlikely}");
        location.anycast_reason = Some("may be anycast: a reason".into());
        assert!(words(3.6, &location).contains("probably anycast"));
        location.place.as_mut().expect("a place").kind = PlaceKind::Anycast;
        assert!(words(3.6, &location).ends_with(": a nearer server with the same address answers."));
    }

    #[test]
    fn a_place_is_shown_with_its_kind_or_its_reason() {
        for (missing, scope, words) in [
            (PlaceMissing::NotPublic, AddressScope::Loopback, "this computer"),
            (PlaceMissing::NotPublic, AddressScope::LinkLocal, "LAN (link-local)"),
            (PlaceMissing::NotPublic, AddressScope::Multicast, "multicast"),
            (PlaceMissing::NotPublic, AddressScope::Cgnat, "carrier NAT"),
            (PlaceMissing::NotInDatabase, AddressScope::Public, "(not in database)"),
            (PlaceMissing::RemoteUnknown, AddressScope::Unspecified, "(remote unknown)"),
        ] {
            assert_eq!(place_words(&Location::missing(missing), scope), words);
        }
    }
}
