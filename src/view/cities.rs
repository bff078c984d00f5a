//! City names for orientation: the closer the camera, the smaller the cities with names.

use crate::geo::cities;
use bevy::{math::Vec3, prelude::Resource};
use std::sync::OnceLock;

/// Maximum number of names on the globe; more would be unreadable.
const MOST: usize = 60;
/// Distance beyond which no city is named, earth radii.
const FARTHEST_RADII: f32 = 3.0;
/// Minimum population of a named city at a height of one earth radius, and the exponent by which it falls with height.
const PEOPLE_AT_ONE_RADIUS: f32 = 1_500_000.0;
const STEEPNESS: f32 = 2.2;
/// Factor for the population of a capital.
const CAPITAL_BONUS: f32 = 4.0;

/// A city that may be named.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CityName {
    /// Unit vector.
    pub direction: Vec3,
    /// English name, from the built-in table.
    pub name: &'static str,
    /// Importance: population, higher for a capital.
    pub weight: f32,
    /// Whether it is the capital of a country.
    pub is_capital: bool,
}

/// All cities that may be named, by importance; loaded at first use.
#[derive(Resource, Debug, Default)]
pub struct CityNames(OnceLock<Vec<CityName>>);

impl CityNames {
    fn read() -> Vec<CityName> {
        let mut names: Vec<_> = cities()
            .iter()
            .map(|city| CityName {
                direction: city.position.to_unit().as_vec3(),
                name: city.name,
                weight: city.population as f32 * if city.is_capital { CAPITAL_BONUS } else { 1.0 },
                is_capital: city.is_capital,
            })
            .collect();
        names.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        names
    }

    /// The cities to name from an eye at `eye` (earth radii from the centre) among those for which `is_seen`, by
    /// importance.
    pub fn named_from(&self, eye: Vec3, is_seen: impl Fn(Vec3) -> bool) -> Vec<CityName> {
        let distance = eye.length();
        if distance > FARTHEST_RADII {
            return Vec::new();
        }
        let least = PEOPLE_AT_ONE_RADIUS * (distance - 1.0).max(0.0).powf(STEEPNESS);
        let heavy = self.0.get_or_init(Self::read).iter().take_while(|city| city.weight >= least);
        heavy.filter(|city| is_seen(city.direction)).take(MOST).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::LatLng;

    fn above(lat_deg: f64, lng_deg: f64, distance: f32) -> Vec3 {
        LatLng::from_degrees(lat_deg, lng_deg).expect("valid").to_unit().as_vec3() * distance
    }

    #[test]
    fn nearer_eyes_read_smaller_cities_and_none_from_afar() {
        let names = CityNames::default();
        let count = |distance: f32| {
            let eye = above(48.0, 8.0, distance);
            names.named_from(eye, |direction| direction.dot(eye.normalize()) > 0.995).len()
        };
        assert_eq!(count(3.5), 0);
        assert!((1..20).contains(&count(2.2)), "{}", count(2.2));
        assert!(count(1.4) > count(2.2) && count(1.15) <= MOST);
    }

    #[test]
    fn what_matters_most_comes_first() {
        let eye = above(48.9, 2.4, 1.2);
        let named = CityNames::default().named_from(eye, |direction| direction.dot(eye.normalize()) > 0.99);
        assert!(named.is_sorted_by(|a, b| a.weight >= b.weight) && named.len() > 20);
        assert!(named.iter().any(|city| city.name == "Paris" && city.is_capital));
    }
}
