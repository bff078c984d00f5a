//! Finds a camera position that shows several places at once.
//!
//! Computes the centre of the smallest enclosing cap by moving towards the farthest point in decreasing steps (Bădoiu
//! and Clarkson, "Smaller Core-Sets for Balls", 2003).

use super::WHOLE_EARTH_RADII;
use crate::geodesy::LatLng;
use bevy::math::DVec3;

const STEPS: u32 = 40;
/// All places must be within this angle (tangent) from the middle of the picture: 0.72 of half its height, to leave
/// room for dots and names.
const TAN_WITHIN: f64 = 0.72 * 0.364;
/// Minimum distance, earth radii: there is no more detail closer up.
const NEAREST_RADII: f64 = 1.6;
/// Maximum number of places whose pairs are tried.
const MOST_CANDIDATES: usize = 24;
/// Cosine of the angular radius of the largest cap that fits on one side of the earth.
const COS_WIDEST: f64 = 0.35;

/// Position to be above, and distance from the earth's centre in earth radii, to show all of `places` (unit vectors).
/// If they do not fit on one side of the earth, the whole earth from where most of them are visible. `None` if there are no places.
#[must_use]
pub fn pose_that_shows(places: &[DVec3]) -> Option<(LatLng, f64)> {
    let first = *places.first()?;
    let mean = places.iter().sum::<DVec3>() / places.len() as f64;
    let mut middle = mean.try_normalize().unwrap_or(first);
    let farthest = |from: DVec3| {
        let distances = places.iter().map(|place| (from.dot(*place), *place));
        distances.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((1.0, first))
    };
    for step in 1..=STEPS {
        let (_, place) = farthest(middle);
        middle = middle.lerp(place, 1.0 / f64::from(step + 1)).try_normalize().unwrap_or(middle);
    }
    let (cos, _) = farthest(middle);
    if cos < COS_WIDEST {
        return Some((LatLng::from_direction(view_of_most(places, mean)), WHOLE_EARTH_RADII));
    }
    let sin = (1.0 - cos * cos).max(0.0).sqrt();
    let distance = (cos + sin / TAN_WITHIN).clamp(NEAREST_RADII, WHOLE_EARTH_RADII);
    Some((LatLng::from_direction(middle), distance))
}

/// The direction from which most of `places` are visible; among equals, the one nearest to all that are.
///
/// The places that are visible from a direction are those in a cap. A cap that holds most of them can be moved until two
/// lie on its edge, or one is its middle; trying the middles of all pairs is close to that, and enough here.
fn view_of_most(places: &[DVec3], mean: DVec3) -> DVec3 {
    let step = places.len().div_ceil(MOST_CANDIDATES);
    let some: Vec<DVec3> = places.iter().copied().step_by(step).collect();
    let pairs = some.iter().enumerate().flat_map(|(index, a)| some[index + 1..].iter().map(move |b| *a + *b));
    let candidates = some.iter().copied().chain(pairs).chain([mean]).filter_map(DVec3::try_normalize);
    let rank = |from: DVec3| {
        let seen = places.iter().map(|place| from.dot(*place)).filter(|cos| *cos > COS_WIDEST);
        seen.fold((0_usize, 0.0_f64), |(count, sum), cos| (count + 1, sum + cos))
    };
    let best = candidates.map(|from| (rank(from), from));
    let best = best.max_by(|((a, near_a), _), ((b, near_b), _)| a.cmp(b).then(near_a.total_cmp(near_b)));
    best.map_or(DVec3::Z, |(_, from)| from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::globe::spaces::CameraView;
    use bevy::math::Vec2;
    use proptest::prelude::*;

    fn at(lat_deg: f64, lng_deg: f64) -> DVec3 {
        LatLng::from_degrees(lat_deg, lng_deg).expect("valid").to_unit()
    }

    #[test]
    fn one_place_is_seen_from_above_and_none_from_nowhere() {
        let (position, distance) = pose_that_shows(&[at(51.5, -0.1)]).expect("a place");
        assert!((position.lat_deg() - 51.5).abs() < 1e-6 && distance == NEAREST_RADII);
        assert_eq!(pose_that_shows(&[]), None);
    }

    #[test]
    fn what_lies_on_both_sides_is_seen_with_the_whole_earth() {
        let (_, distance) = pose_that_shows(&[at(0.0, 0.0), at(0.0, 120.0), at(0.0, -120.0)]).expect("places");
        assert_eq!(distance, WHOLE_EARTH_RADII);
    }

    #[test]
    fn beyond_a_hemisphere_most_of_the_places_are_seen() {
        // Three on one side, two on the other: the mean is between them, where few are visible.
        let places = [at(10.0, 0.0), at(-10.0, 20.0), at(5.0, 40.0), at(0.0, -140.0), at(0.0, 179.0)];
        let (position, distance) = pose_that_shows(&places).expect("places");
        let camera = CameraView::new(position.to_unit(), distance, Vec2::splat(1000.0), 1.0);
        let seen = places.iter().filter(|place| !camera.is_hidden(place.as_vec3() * 1.0001)).count();
        assert!(seen >= 3, "{seen} from {position:?}");
        // A ring around the equator has no middle; still, almost half of it is visible.
        let ring: Vec<_> = (0..36).map(|step| at(0.0, f64::from(step) * 10.0 - 180.0)).collect();
        let (position, distance) = pose_that_shows(&ring).expect("places");
        let camera = CameraView::new(position.to_unit(), distance, Vec2::splat(1000.0), 1.0);
        let seen = ring.iter().filter(|place| !camera.is_hidden(place.as_vec3() * 1.0001)).count();
        assert!(seen >= 13, "{seen} from {position:?}");
    }

    proptest! {
        #[test]
        fn all_places_are_in_the_picture(
            (lat, lng) in (-80.0..80.0f64, -180.0..180.0f64),
            around in proptest::collection::vec((-25.0..25.0f64, -25.0..25.0f64), 1..20),
        ) {
            let places: Vec<_> = around
                .iter()
                .map(|(up, right)| at((lat + up).clamp(-89.0, 89.0), lng + right))
                .collect();
            let (position, distance) = pose_that_shows(&places).expect("places");
            let camera = CameraView::new(position.to_unit(), distance, Vec2::splat(1000.0), 1.0);
            if distance < WHOLE_EARTH_RADII {
                for place in places {
                    let pixel = camera.project(place.as_vec3()).expect("in front");
                    prop_assert!(pixel.distance(Vec2::splat(500.0)) < 460.0, "{pixel} from {distance}");
                    prop_assert!(!camera.is_hidden(place.as_vec3() * 1.0001));
                }
            }
        }
    }
}
