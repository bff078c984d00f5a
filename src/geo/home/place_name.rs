//! Names a point of the earth after the nearest city of the list.

use super::rounded_km;
use crate::{
    geo::{City, cities, country_at},
    geodesy::{EARTH_RADIUS_KM, LatLng, central_angle},
    language::{self, t},
    model::{country_name, country_name_in},
};

/// Within this distance a point belongs to a city, km; to the largest of several, because the list also contains districts.
const IN_CITY_KM: f64 = 12.0;
/// Within this distance it is near the city, km; beyond it, the distance is stated.
const NEAR_KM: f64 = 60.0;
/// Beyond this distance no city is used, km.
const FARTHEST_KM: f64 = 1_500.0;

/// `Strasbourg, France`, `near Strasbourg, France`, `210 km from Gao, Mali`; coordinates if every city is too far away.
pub(super) fn place_name(position: LatLng) -> String {
    let here = position.to_unit();
    let near = || cities().iter().map(|city| (city, central_angle(here, city.position.to_unit()) * EARTH_RADIUS_KM));
    if let Some((city, _)) = near().filter(|(_, km)| *km <= IN_CITY_KM).max_by_key(|(city, _)| city.population) {
        return with_country(city);
    }
    match near().min_by(|a, b| a.1.total_cmp(&b.1)) {
        Some((city, km)) if km <= NEAR_KM => t!("home-near", place = with_country(city)),
        Some((city, km)) if km <= FARTHEST_KM => {
            t!("home-away", km = rounded_km(km as f32), place = with_country(city))
        }
        _ => coordinates(position),
    }
}

fn with_country(city: &City) -> String {
    let country = country_at(city.position).filter(|iso| country_name(*iso).is_some_and(|name| name != city.name));
    match country.and_then(|iso| country_name_in(language::current(), iso)) {
        Some(country) => format!("{}, {country}", city.name),
        None => city.name.to_owned(),
    }
}

/// `33.90° S, 151.20° E`.
pub(super) fn coordinates(position: LatLng) -> String {
    let (lat_deg, lng_deg) = (position.lat_deg(), position.lng_deg());
    let (north, east) = (if lat_deg < 0.0 { 'S' } else { 'N' }, if lng_deg < 0.0 { 'W' } else { 'E' });
    format!("{:.2}° {north}, {:.2}° {east}", lat_deg.abs(), lng_deg.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_named_after_the_nearest_city() {
        for (lat_deg, lng_deg, name) in [
            (48.58, 7.75, "Strasbourg, France"),
            (52.50, 13.40, "Berlin, Germany"),
            (48.80, 7.60, "near Strasbourg, France"),
            (1.29, 103.85, "Singapore"),
            (-45.0, -120.0, "45.00° S, 120.00° W"),
        ] {
            assert_eq!(place_name(LatLng::from_degrees(lat_deg, lng_deg).expect("a point")), name);
        }
        let desert = place_name(LatLng::from_degrees(23.0, 12.0).expect("a point"));
        assert!(desert.contains(" km from "), "{desert}");
    }
}
