//! `netglobe lookup IP`: prints the location and operator of an address, and the database used.
//!
//! An address that is not public, or that is not in any database, is not an error.

use super::{
    list::degradation_line,
    record_json::{PlaceRecord, SCHEMA},
};
use crate::{
    cli::LookupArgs,
    config::Settings,
    console::nobody_reads,
    geo::{GeoError, GeoService, anycast_words},
    model::{Asn, Location, Place, PlaceKind, PlaceMissing, classify_address},
    text::{escape_in_json, escape_untrusted},
    words::operator_words,
};
use serde::Serialize;
use std::{
    io::{self, Write},
    net::IpAddr,
    sync::Arc,
};

/// Why the lookup fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// The database named by `--geo-db` cannot be used.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// The output cannot be written.
    #[error("cannot write the answer: {0}")]
    Output(#[source] io::Error),
}

/// `lookup --json`, schema 1.
#[derive(Serialize)]
struct LookupRecord<'a> {
    schema: u32,
    ip: IpAddr,
    scope: &'static str,
    place: Option<PlaceRecord<'a>>,
    place_missing: Option<&'static str>,
    asn: Option<u32>,
    as_organization: Option<&'a str>,
    anycast_reason: Option<&'a str>,
    database: Option<DatabaseRecord<'a>>,
}

#[derive(Serialize)]
struct DatabaseRecord<'a> {
    name: &'a str,
    built: &'a str,
}

/// Prints the answer to standard output. A closed pipe is not an error.
///
/// # Errors
/// See [`LookupError`].
pub fn run(args: &LookupArgs, settings: &Settings) -> Result<(), LookupError> {
    let geo = GeoService::open_blocking(settings.geo_options())?;
    for degradation in settings.degradations.iter().chain(geo.degradations().iter()) {
        if writeln!(io::stderr(), "netglobe: {}", escape_untrusted(&degradation_line(degradation))).is_err() {
            // Ignore it: the answer may still be read.
        }
    }
    let ip = args.ip.to_canonical();
    let location: Arc<Location> = geo.locate(ip);
    let answer = if args.json {
        let record = record(ip, &location);
        let line = serde_json::to_string(&record).map_err(|error| LookupError::Output(error.into()))?;
        escape_in_json(&line).into_owned() + "\n"
    } else {
        words(ip, &location)
    };
    let mut out = io::stdout().lock();
    match out.write_all(answer.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if !nobody_reads(&error) => Err(LookupError::Output(error)),
        _ => Ok(()),
    }
}

fn record(ip: IpAddr, location: &Location) -> LookupRecord<'_> {
    LookupRecord {
        schema: SCHEMA,
        ip,
        scope: classify_address(ip).name(),
        place: PlaceRecord::new(location),
        place_missing: location.place.as_ref().err().copied().map(PlaceMissing::name),
        asn: location.asn.map(|Asn(number)| number),
        as_organization: location.as_organization.as_deref(),
        anycast_reason: location.anycast_reason.as_deref(),
        database: location.database.as_ref().map(|stamp| DatabaseRecord { name: &stamp.name, built: &stamp.built }),
    }
}

/// The answer as text, one line per fact.
fn words(ip: IpAddr, location: &Location) -> String {
    let place = match &location.place {
        Ok(place) => place_line(place),
        Err(reason) => format!("none: {}", reason.explain()),
    };
    let operator = match operator_words(location) {
        operator if operator.is_empty() => match location.place {
            Err(PlaceMissing::NotPublic) => "none: only public addresses have one".to_owned(),
            _ => "unknown: not in the database".to_owned(),
        },
        operator => operator,
    };
    let database = match &location.database {
        Some(stamp) => format!("{}, built {}", escape_untrusted(&stamp.name), escape_untrusted(&stamp.built)),
        None if location.place == Err(PlaceMissing::NotPublic) => {
            "not used: only public addresses are looked up".to_owned()
        }
        None => "none available".to_owned(),
    };
    let scope = classify_address(ip).name();
    let anycast = location
        .anycast_reason
        .as_deref()
        .map_or(String::new(), |reason| format!("  anycast   {}\n", anycast_words(reason)));
    format!("{ip}\n  scope     {scope}\n  place     {place}\n  operator  {operator}\n{anycast}  database  {database}\n")
}

fn place_line(place: &Place) -> String {
    let kind = match place.kind {
        PlaceKind::City => "city",
        PlaceKind::Country => "country only",
        PlaceKind::Anycast => "anycast: served from several places",
    };
    let radius = match place.accuracy_radius_km {
        Some(radius_km) => format!("within {radius_km} km"),
        None => "no accuracy radius".to_owned(),
    };
    let label = place.label();
    format!(
        "{} ({kind}), {:.4}, {:.4}, {radius}",
        escape_untrusted(&label),
        place.position.lat_deg(),
        place.position.lng_deg()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geodesy::LatLng,
        model::{CountryIso, DatabaseStamp},
    };

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("a literal address")
    }

    fn london() -> Location {
        Location {
            place: Ok(Place {
                kind: PlaceKind::City,
                position: LatLng::from_degrees(51.5142, -0.0931).expect("a position"),
                country_iso: CountryIso::parse("GB"),
                city: Some("Lon\x1bdon".into()),
                accuracy_radius_km: None,
            }),
            asn: Some(Asn(7)),
            as_organization: Some("Org".into()),
            anycast_reason: None,
            database: Some(DatabaseStamp { name: "DB-IP City Lite".into(), built: "2026-06-01".into() }),
        }
    }

    #[test]
    fn a_place_comes_with_its_kind_its_radius_and_its_database() {
        assert_eq!(
            words(ip("81.2.69.142"), &london()),
            "81.2.69.142\n  scope     public\n  place     Lon\\u{1b}don, GB (city), 51.5142, -0.0931, no accuracy radius\n  \
             operator  AS7 Org\n  database  DB-IP City Lite, built 2026-06-01\n"
        );
    }

    #[test]
    fn an_address_without_a_place_says_why() {
        for (text, missing, expected) in [
            ("10.0.0.1", PlaceMissing::NotPublic, "not a public address"),
            ("9.9.9.9", PlaceMissing::NotInDatabase, "not in the database"),
            ("2.3.3.3", PlaceMissing::NoLocation, "has no location"),
            ("2.3.3.3", PlaceMissing::DatabaseUnavailable, "no location database"),
        ] {
            let location = Location::missing(missing);
            assert!(words(ip(text), &location).contains(expected), "{}", words(ip(text), &location));
            let json = serde_json::to_value(record(ip(text), &location)).expect("a record");
            assert_eq!(json["place"], serde_json::Value::Null);
            assert_eq!(json["place_missing"], missing.name());
        }
    }

    #[test]
    fn the_json_answer_names_the_database() {
        let location = london();
        let json = serde_json::to_value(record(ip("81.2.69.142"), &location)).expect("a record");
        assert_eq!(json["database"]["built"], "2026-06-01");
        assert_eq!(json["place"]["lat_deg"], 51.5142);
        assert_eq!((&json["schema"], &json["scope"]), (&1.into(), &"public".into()));
    }
}
