//! Great circles: shortest paths on a sphere. (A *geodesic* would be on the ellipsoid.)

use super::{EARTH_RADIUS_KM, LatLng};
use glam::DVec3;

/// Angle between two unit vectors, radians in [0, π]. `atan2(|a×b|, a·b)` is accurate near 0 and π, where `acos` loses
/// half of its digits.
#[must_use]
pub fn central_angle(a: DVec3, b: DVec3) -> f64 {
    a.cross(b).length().atan2(a.dot(b))
}

/// Great-circle distance in kilometres on the sphere of radius [`EARTH_RADIUS_KM`].
#[must_use]
pub fn distance_km(a: LatLng, b: LatLng) -> f64 {
    central_angle(a.to_unit(), b.to_unit()) * EARTH_RADIUS_KM
}

/// Unit vector perpendicular to `a` in the plane of `a` and `b`, towards `b`. For equal or antipodal points the plane
/// is undefined; then uses the one through the axis least aligned with `a`, as the shader does.
#[must_use]
pub(super) fn towards(a: DVec3, b: DVec3) -> DVec3 {
    let along = b - a * a.dot(b);
    if along.length_squared() > 1e-10 {
        return along.normalize();
    }
    let axis = if a.y.abs() < 0.9 { DVec3::Y } else { DVec3::X };
    (axis - a * a.dot(axis)).normalize()
}

/// The point at fraction `t` of the great circle from `a` to `b` (unit vectors), a unit vector. `t` = 0 gives `a`,
/// `t` = 1 gives `b` (spherical linear interpolation).
#[must_use]
pub fn great_circle(a: DVec3, b: DVec3, t: f64) -> DVec3 {
    let omega = central_angle(a, b);
    let (sin, cos) = (t * omega).sin_cos();
    a * cos + towards(a, b) * sin
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lat_deg: f64, lng_deg: f64) -> LatLng {
        LatLng::from_degrees(lat_deg, lng_deg).expect("a valid position")
    }

    #[test]
    fn known_distances_come_out() {
        // Reference values by the haversine formula on the same sphere, published for these airports.
        for (a, b, km) in [
            (at(51.4775, -0.4614), at(40.6397, -73.7789), 5540.0),
            (at(0.0, 0.0), at(0.0, 180.0), 20_015.1),
            (at(90.0, 0.0), at(-90.0, 55.0), 20_015.1),
            (at(10.0, 20.0), at(10.0, 20.0), 0.0),
            (at(0.0, 179.5), at(0.0, -179.5), 111.2),
        ] {
            assert!((distance_km(a, b) - km).abs() < 5.0, "{a:?} {b:?}: {}", distance_km(a, b));
        }
    }

    #[test]
    fn antipodal_ends_still_have_one_way() {
        let (a, b) = (at(20.0, 30.0).to_unit(), at(-20.0, -150.0).to_unit());
        let middle = great_circle(a, b, 0.5);
        assert!((middle.length() - 1.0).abs() < 1e-9);
        assert!(middle.dot(a).abs() < 1e-6, "half way is at right angles to both ends");
    }

    proptest! {
        #[test]
        fn every_point_of_the_way_is_on_the_unit_sphere(
            lat1 in -90.0..90.0f64, lng1 in -180.0..180.0f64, lat2 in -90.0..90.0f64, lng2 in -180.0..180.0f64,
            t in 0.0..1.0f64,
        ) {
            let (a, b) = (at(lat1, lng1).to_unit(), at(lat2, lng2).to_unit());
            let p = great_circle(a, b, t);
            prop_assert!((p.length() - 1.0).abs() < 1e-9);
            prop_assert!((central_angle(a, p) + central_angle(p, b) - central_angle(a, b)).abs() < 1e-6);
            prop_assert!(great_circle(a, b, 1.0).distance(b) < 1e-6);
        }

        #[test]
        fn position_and_direction_are_the_same_thing(lat in -90.0..90.0f64, lng in -180.0..180.0f64) {
            let back = LatLng::from_direction(at(lat, lng).to_unit());
            prop_assert!((back.lat_deg() - lat).abs() < 1e-9);
            if lat.abs() < 89.999 {
                let turn = (back.lng_deg() - lng).rem_euclid(360.0);
                prop_assert!(turn.min(360.0 - turn) < 1e-6);
            }
        }
    }
}
