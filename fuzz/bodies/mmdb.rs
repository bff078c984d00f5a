//! Location databases in MaxMind's format.

use netglobe::{
    geo::{AnyDatabase, AsnDatabase, CityDatabase, MmdbError},
    model::PlaceKind,
};
use std::net::IpAddr;

const ORIGIN: &str = "a/file.mmdb";
/// Longest text of a record, characters and then an ellipsis.
const LONGEST: usize = 201;

/// Errors name the file; places are on the earth; names have a limited length; the same address has the same place again.
pub(crate) fn run(data: &[u8]) {
    match AnyDatabase::from_memory(data.to_vec(), ORIGIN) {
        Ok(AnyDatabase::City(places)) => check_places(&places),
        Ok(AnyDatabase::Asn(operators)) => check_operators(&operators),
        Ok(AnyDatabase::Both(places, operators)) => {
            check_places(&places);
            check_operators(&operators);
        }
        Err(error) => check_error(&error),
    }
}

fn addresses() -> [IpAddr; 6] {
    [
        [81, 2, 69, 142].into(),
        [0; 4].into(),
        [255; 4].into(),
        [0x2001, 0x218, 0, 0, 0, 0, 0, 1].into(),
        [0_u16; 8].into(),
        [u16::MAX; 8].into(),
    ]
}

fn check_error(error: &MmdbError) {
    assert!(error.to_string().contains(ORIGIN), "{error}");
}

fn check_places(places: &CityDatabase) {
    assert!(places.database_type().chars().count() <= 80);
    for ip in addresses() {
        let found = places.lookup(ip);
        match &found {
            Ok(Ok(place)) => {
                assert!(place.position.lat_deg().abs() <= 90.0 && place.position.lng_deg().abs() <= 180.0);
                assert!(place.accuracy_radius_km.is_none_or(|km| km.is_finite() && km > 0.0));
                assert!(place.city.as_ref().is_none_or(|city| city.chars().count() <= LONGEST));
                assert!(place.kind != PlaceKind::Anycast && places.covers(ip));
            }
            Ok(Err(_)) => {}
            Err(error) => check_error(error),
        }
        assert_eq!(places.lookup(ip), found);
    }
}

fn check_operators(operators: &AsnDatabase) {
    assert!(operators.stamp().built.len() >= "2026-06-01".len());
    for ip in addresses() {
        match operators.lookup(ip) {
            Ok(Some(operator)) => {
                assert!(operator.asn.0 > 0 && operators.covers(ip));
                assert!(operator.organization.is_none_or(|name| name.chars().count() <= LONGEST));
            }
            Ok(None) => {}
            Err(error) => check_error(&error),
        }
    }
}
