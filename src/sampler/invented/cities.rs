//! Real cities for demo peers, with weights.
//!
//! Positions are rounded to a hundredth of a degree. Weights follow the distribution of data centres, so that the arcs
//! of a demo resemble those of a typical computer.

use super::seeded::unit;
use crate::{
    geodesy::LatLng,
    model::{CountryIso, Place, PlaceKind},
};
use std::sync::Arc;

/// A city.
#[derive(Clone, Copy, Debug)]
pub(super) struct City {
    name: &'static str,
    country_iso: &'static str,
    lat_deg: f64,
    lng_deg: f64,
    weight: u32,
}

const fn city(name: &'static str, country_iso: &'static str, lat_deg: f64, lng_deg: f64, weight: u32) -> City {
    City { name, country_iso, lat_deg, lng_deg, weight }
}

/// The cities.
pub(super) const CITIES: &[City] = &[
    city("New York City", "US", 40.71, -74.01, 7),
    city("Los Angeles", "US", 34.05, -118.24, 6),
    city("Chicago", "US", 41.85, -87.65, 4),
    city("Dallas", "US", 32.78, -96.81, 5),
    city("Seattle", "US", 47.61, -122.33, 5),
    city("Miami", "US", 25.77, -80.19, 2),
    city("Ashburn", "US", 39.04, -77.49, 9),
    city("Toronto", "CA", 43.71, -79.40, 3),
    city("Montréal", "CA", 45.51, -73.59, 2),
    city("Mexico City", "MX", 19.43, -99.13, 2),
    city("Bogotá", "CO", 4.61, -74.08, 1),
    city("Lima", "PE", -12.04, -77.03, 1),
    city("Santiago", "CL", -33.46, -70.65, 2),
    city("Buenos Aires", "AR", -34.61, -58.38, 2),
    city("São Paulo", "BR", -23.55, -46.64, 4),
    city("Fortaleza", "BR", -3.72, -38.54, 1),
    city("London", "GB", 51.51, -0.13, 7),
    city("Dublin", "IE", 53.33, -6.25, 6),
    city("Paris", "FR", 48.85, 2.35, 5),
    city("Marseille", "FR", 43.30, 5.38, 2),
    city("Madrid", "ES", 40.42, -3.70, 3),
    city("Lisbon", "PT", 38.73, -9.15, 1),
    city("Amsterdam", "NL", 52.37, 4.89, 7),
    city("Frankfurt am Main", "DE", 50.12, 8.68, 9),
    city("Zürich", "CH", 47.37, 8.55, 3),
    city("Milan", "IT", 45.46, 9.19, 2),
    city("Stockholm", "SE", 59.33, 18.07, 4),
    city("Oslo", "NO", 59.91, 10.75, 1),
    city("Helsinki", "FI", 60.17, 24.94, 2),
    city("Warsaw", "PL", 52.23, 21.01, 2),
    city("Vienna", "AT", 48.21, 16.37, 2),
    city("Athens", "GR", 37.98, 23.73, 1),
    city("Istanbul", "TR", 41.01, 28.95, 2),
    city("Reykjavík", "IS", 64.14, -21.90, 1),
    city("Cairo", "EG", 30.06, 31.25, 1),
    city("Lagos", "NG", 6.45, 3.39, 1),
    city("Nairobi", "KE", -1.28, 36.82, 1),
    city("Johannesburg", "ZA", -26.20, 28.04, 2),
    city("Cape Town", "ZA", -33.93, 18.42, 1),
    city("Casablanca", "MA", 33.59, -7.61, 1),
    city("Tel Aviv", "IL", 32.08, 34.78, 1),
    city("Dubai", "AE", 25.08, 55.31, 2),
    city("Mumbai", "IN", 19.07, 72.88, 4),
    city("Chennai", "IN", 13.09, 80.28, 2),
    city("Singapore", "SG", 1.29, 103.85, 7),
    city("Bangkok", "TH", 13.75, 100.50, 1),
    city("Jakarta", "ID", -6.21, 106.85, 2),
    city("Manila", "PH", 14.60, 120.98, 1),
    city("Hong Kong", "HK", 22.28, 114.17, 4),
    city("Taipei", "TW", 25.05, 121.53, 2),
    city("Seoul", "KR", 37.57, 126.98, 3),
    city("Tokyo", "JP", 35.69, 139.69, 6),
    city("Osaka", "JP", 34.69, 135.50, 2),
    city("Sydney", "AU", -33.87, 151.21, 4),
    city("Perth", "AU", -31.95, 115.86, 1),
    city("Auckland", "NZ", -36.85, 174.76, 1),
    city("Honolulu", "US", 21.31, -157.86, 1),
    city("Almaty", "KZ", 43.25, 76.91, 1),
];

impl City {
    /// Its name.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The city in the form of a lookup result.
    pub(super) fn place(&self) -> Place {
        Place {
            kind: PlaceKind::City,
            position: LatLng::from_degrees(self.lat_deg, self.lng_deg).unwrap_or_default(),
            country_iso: CountryIso::parse(self.country_iso),
            city: Some(Arc::from(self.name)),
            accuracy_radius_km: None,
        }
    }
}

/// Random choice among [`CITIES`] by weight.
#[derive(Clone, Debug)]
pub(super) struct CityChooser {
    sums: Vec<u32>,
}

impl CityChooser {
    /// Creates a chooser.
    pub(super) fn new() -> Self {
        let sum = |sum: &mut u32, city: &City| {
            *sum += city.weight;
            Some(*sum)
        };
        Self { sums: CITIES.iter().scan(0, sum).collect() }
    }

    /// Index into [`CITIES`] for 64 random bits.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the sum of the weights")]
    pub(super) fn choose(&self, bits: u64) -> usize {
        let point = unit(bits) * f64::from(self.sums.last().copied().unwrap_or(1));
        self.sums.partition_point(|sum| *sum <= point as u32).min(CITIES.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::seeded::Seeded, *};

    #[test]
    fn every_city_has_a_place_and_a_country() {
        assert!(CITIES.len() >= 40);
        for city in CITIES {
            let place = city.place();
            assert!(place.country_iso.is_some(), "{}", city.name);
            assert!((place.position.lat_deg() - city.lat_deg).abs() < 1e-9, "{}", city.name);
            assert!((place.position.lng_deg() - city.lng_deg).abs() < 1e-9, "{}", city.name);
            assert!(city.lat_deg.abs() + city.lng_deg.abs() > 1.0, "{}", city.name);
        }
    }

    #[test]
    fn a_heavier_city_is_chosen_more_often() {
        let chooser = CityChooser::new();
        let mut seeded = Seeded::new(5);
        let mut chosen = vec![0_u32; CITIES.len()];
        for _ in 0..100_000 {
            chosen[chooser.choose(seeded.bits())] += 1;
        }
        let total: u32 = CITIES.iter().map(|city| city.weight).sum();
        for (city, count) in CITIES.iter().zip(chosen) {
            let expected = 100_000.0 * f64::from(city.weight) / f64::from(total);
            assert!((f64::from(count) - expected).abs() < 6.0 * expected.sqrt(), "{}: {count}, {expected}", city.name);
        }
        assert_eq!(chooser.choose(0), 0);
        assert_eq!(chooser.choose(u64::MAX), CITIES.len() - 1);
    }
}
