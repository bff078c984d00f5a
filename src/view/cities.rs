//! The names of cities, for orientation: the nearer the camera, the smaller the cities that are named.

use crate::geo::cities;
use bevy::{math::Vec3, prelude::Resource};
use std::sync::OnceLock;

/// Names on the globe at most; more could not be read.
const MOST: usize = 60;
/// Farther off than this no city is named, earth radii.
const FARTHEST_RADII: f32 = 3.0;
/// People of a city that is named from one earth radius above the ground, and how steeply that falls further down.
const PEOPLE_AT_ONE_RADIUS: f32 = 1_500_000.0;
const STEEPNESS: f32 = 2.2;
/// A capital counts as so many times its people.
const CAPITAL_BONUS: f32 = 4.0;

/// A city that could be named.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CityName {
    /// Unit vector.
    pub direction: Vec3,
    /// English name, from the table that is built in.
    pub name: &'static str,
    /// How much it matters: people, more for a capital.
    pub weight: f32,
    /// Whether a country is governed from there.
    pub is_capital: bool,
}

/// All that could be named, those that matter most first; read when the first is asked for.
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

    /// The cities to name from an eye at `eye` (earth radii from the centre) among those that `is_seen`, those that matter
    /// most first.
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
