//! Maps the name of a time zone to the place that it is named after.
//!
//! Uses three tables in `data/places` (`data/README.md` documents how they are made): `zone.tab` of the IANA time-zone
//! database has one principal place per zone and country; `zone_links.tsv` has other names of those zones
//! (Asia/Calcutta); `zone_reach.tsv` has the greatest distance from that place to a town of its country. Names without
//! a location (UTC, Etc/…, EST, CET, Factory) are in none of them.

use crate::{
    geo::country::country_centre,
    geodesy::{LatLng, distance_km},
    model::CountryIso,
};
use std::{collections::HashMap, sync::LazyLock};

const ZONE_TAB: &str = include_str!("../../../data/places/zone.tab");
const ZONE_LINKS: &str = include_str!("../../../data/places/zone_links.tsv");
const ZONE_REACH: &str = include_str!("../../../data/places/zone_reach.tsv");

/// Minimum uncertainty, about the size of a town, however small the country is.
const MIN_REACH_KM: f32 = 25.0;

/// The principal place of a zone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ZonePlace {
    /// Name of the place, `Buenos Aires`.
    pub(super) city: String,
    /// Country of the zone's row.
    pub(super) country_iso: CountryIso,
    /// Position of the place.
    pub(super) position: LatLng,
    /// Greatest distance in km from the place to another inhabited place of the same country, at least 25.
    pub(super) reach_km: Option<f32>,
}

static LINKS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| pairs(ZONE_LINKS));
static REACH: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| pairs(ZONE_REACH));
static ZONES: LazyLock<HashMap<&'static str, (CountryIso, LatLng)>> = LazyLock::new(|| {
    rows(ZONE_TAB)
        .filter_map(|mut columns| {
            let country_iso = CountryIso::parse(columns.next()?)?;
            let position = parse_iso_6709(columns.next()?)?;
            Some((columns.next()?, (country_iso, position)))
        })
        .collect()
});

/// The place of a zone by its current or an older name; `None` if it is unknown or has no location.
pub(super) fn zone_place(name: &str) -> Option<ZonePlace> {
    // Systems have these directories of zones without and with leap seconds.
    let name = name.strip_prefix("posix/").or_else(|| name.strip_prefix("right/")).unwrap_or(name);
    let (zone, (country_iso, position)) =
        ZONES.get_key_value(name).or_else(|| ZONES.get_key_value(LINKS.get(name)?)).map(|(zone, row)| (*zone, *row))?;
    let city = zone.rsplit('/').next().unwrap_or(zone).replace('_', " ");
    let reach_km = REACH
        .get(zone)
        .and_then(|km| km.parse().ok())
        .or_else(|| {
            // Points of a country are at most as far away as the far side of its circle.
            let (centre, extent_km) = country_centre(country_iso)?;
            Some(distance_km(position, centre) as f32 + extent_km)
        })
        .map(|km| f32::max(km, MIN_REACH_KM));
    Some(ZonePlace { city, country_iso, position, reach_km })
}

/// All names that [`zone_place`] knows, without prefixes of system directories.
pub(super) fn zone_names() -> impl Iterator<Item = &'static str> {
    ZONES.keys().chain(LINKS.keys()).copied()
}

fn rows(table: &'static str) -> impl Iterator<Item = std::str::Split<'static, char>> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t'))
}

fn pairs(table: &'static str) -> HashMap<&'static str, &'static str> {
    rows(table).filter_map(|mut columns| Some((columns.next()?, columns.next()?))).collect()
}

/// A point in the ISO 6709 format of `zone.tab`: `±DDMM±DDDMM` or `±DDMMSS±DDDMMSS`, latitude first.
fn parse_iso_6709(text: &str) -> Option<LatLng> {
    let lng_at = text.get(1..)?.find(['+', '-'])? + 1;
    let (lat, lng) = text.split_at_checked(lng_at)?;
    LatLng::from_degrees(parse_angle(lat, 2)?, parse_angle(lng, 3)?)
}

/// `±`, `degree_digits` digits for degrees, two for minutes, and optionally two for seconds.
fn parse_angle(text: &str, degree_digits: usize) -> Option<f64> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1.0, digits),
        ("-", digits) => (-1.0, digits),
        _ => return None,
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (degrees, rest) = digits.split_at_checked(degree_digits)?;
    let (minutes, seconds) = rest.split_at_checked(2)?;
    if !matches!(seconds.len(), 0 | 2) {
        return None;
    }
    let number = |digits: &str| if digits.is_empty() { Some(0.0) } else { digits.parse::<f64>().ok() };
    let below_60 = |digits: &str| number(digits).filter(|number| *number < 60.0);
    Some(sign * (number(degrees)? + below_60(minutes)? / 60.0 + below_60(seconds)? / 3600.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_with_their_signs_and_seconds() {
        for (text, expected) in [
            ("+4230+00131", Some((42.5, 1.0 + 31.0 / 60.0))),
            ("-3352+15113", Some((-33.866_667, 151.216_667))),
            ("+404251-0740023", Some((40.714_167, -74.006_389))),
            ("-0010-07823", Some((-1.0 / 6.0, -78.383_333))),
            ("+0000-00015", Some((0.0, -0.25))),
            ("", None),
            ("+", None),
            ("4230+00131", None),
            ("+4230", None),
            ("+42300+00131", None),
            ("+4230+0131", None),
            ("+4260+00131", None),
            ("+9930+00131", None),
            ("+42x0+00131", None),
            ("+4230é00131", None),
        ] {
            let read = parse_iso_6709(text).map(|at| (at.lat_deg(), at.lng_deg()));
            match (read, expected) {
                (Some(read), Some(expected)) => {
                    assert!(
                        (read.0 - expected.0).abs() < 1e-5 && (read.1 - expected.1).abs() < 1e-5,
                        "{text}: {read:?}"
                    );
                }
                (read, expected) => assert_eq!(read, expected, "{text}"),
            }
        }
    }

    #[test]
    fn every_row_of_the_tables_is_read() {
        assert_eq!(ZONES.len(), rows(ZONE_TAB).count());
        assert_eq!(LINKS.len(), rows(ZONE_LINKS).count());
        for zone in ZONES.keys() {
            assert!(REACH.get(zone).is_some_and(|km| km.parse::<f32>().is_ok()), "{zone} has no reach");
        }
        for (link, zone) in LINKS.iter() {
            assert!(ZONES.contains_key(zone), "{link} leads to {zone}, which has no place");
        }
    }

    #[test]
    fn no_place_of_a_zone_is_at_zero_zero() {
        for (zone, (_, position)) in ZONES.iter() {
            assert!(position.lat.abs() > 1e-6 || position.lng.abs() > 1e-6, "{zone}");
        }
    }

    #[test]
    fn a_name_merged_with_another_countrys_zone_keeps_its_own_country() {
        for (name, country) in [
            ("Iceland", "IS"),
            ("Atlantic/Reykjavik", "IS"),
            ("Europe/Amsterdam", "NL"),
            ("Europe/Oslo", "NO"),
            ("Africa/Timbuktu", "ML"),
            ("Atlantic/Jan_Mayen", "SJ"),
            ("Pacific/Truk", "FM"),
            ("America/Coral_Harbour", "CA"),
        ] {
            assert_eq!(zone_place(name).map(|place| place.country_iso.to_string()).as_deref(), Some(country), "{name}");
        }
    }
}
