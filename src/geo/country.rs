//! Countries: centre and extent, for database records without coordinates.
//!
//! The table is `data/places/countries.tsv`; `data/README.md` documents how it is made.

use crate::{
    geodesy::LatLng,
    model::{CountryIso, Place},
};
use std::{collections::HashMap, sync::LazyLock};

/// A country of the table.
struct Country {
    centre: LatLng,
    radius_km: f32,
}

static COUNTRIES: LazyLock<HashMap<CountryIso, Country>> =
    LazyLock::new(|| include_str!("../../data/places/countries.tsv").lines().filter_map(parse_row).collect());

/// `iso2<TAB>name<TAB>lat_deg<TAB>lng_deg<TAB>radius_km`; `None` for the header and for invalid rows.
fn parse_row(line: &'static str) -> Option<(CountryIso, Country)> {
    let mut columns = line.split('\t');
    let iso = CountryIso::parse(columns.next()?)?;
    columns.next()?;
    let centre = LatLng::from_degrees(columns.next()?.parse().ok()?, columns.next()?.parse().ok()?)?;
    let radius_km = columns.next()?.parse().ok().filter(|radius_km: &f32| radius_km.is_finite() && *radius_km > 0.0)?;
    Some((iso, Country { centre, radius_km }))
}

/// Centre of a country, and radius in km of a circle around it that contains the country; `None` for an unknown code.
#[must_use]
pub fn country_centre(iso: CountryIso) -> Option<(LatLng, f32)> {
    COUNTRIES.get(&iso).map(|country| (country.centre, country.radius_km))
}

/// The accuracy radius of `place` in km: from the database, or else 50 km for a city, the extent of the country for a
/// country, and 1,000 km if nothing is known (the last by [`Place::assumed_radius_km`]).
#[must_use]
pub fn assumed_radius_km(place: &Place) -> f32 {
    match (place.accuracy_radius_km, &place.city, place.country_iso.and_then(country_centre)) {
        (None, None, Some((_, extent_km))) => extent_km,
        _ => place.assumed_radius_km(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geodesy::distance_km, model::PlaceKind};
    use std::sync::Arc;

    fn iso(code: &str) -> CountryIso {
        CountryIso::parse(code).expect("two letters")
    }

    #[test]
    fn every_row_of_the_table_is_read() {
        let table = include_str!("../../data/places/countries.tsv");
        assert!(table.starts_with('#'), "the first line names the columns");
        assert_eq!(COUNTRIES.len(), table.lines().filter(|line| !line.starts_with('#')).count());
    }

    #[test]
    fn a_centre_lies_in_its_country() {
        for (code, lat_deg, lng_deg) in [("AD", 42.55, 1.6), ("AE", 24.0, 54.0), ("AF", 33.9, 66.0)] {
            let (centre, radius_km) = country_centre(iso(code)).expect("a country of the table");
            let inside = LatLng::from_degrees(lat_deg, lng_deg).expect("valid");
            assert!(distance_km(centre, inside) < f64::from(radius_km), "{code}: {centre:?}");
        }
        assert_eq!(country_centre(iso("QQ")), None);
    }

    #[test]
    fn a_missing_radius_is_the_citys_or_the_countrys_own() {
        let mut place = Place {
            kind: PlaceKind::Country,
            position: LatLng::default(),
            country_iso: Some(iso("AE")),
            city: None,
            accuracy_radius_km: None,
        };
        assert_eq!(Some(assumed_radius_km(&place)), country_centre(iso("AE")).map(|(_, extent_km)| extent_km));
        place.city = Some(Arc::from("Dubai"));
        assert_eq!(assumed_radius_km(&place), 50.0);
        place.accuracy_radius_km = Some(7.0);
        assert_eq!(assumed_radius_km(&place), 7.0);
    }
}
