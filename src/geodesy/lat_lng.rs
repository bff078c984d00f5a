//! A point on the sphere.

use glam::DVec3;
use serde::{Deserialize, Serialize};

/// Latitude and longitude in radians, in this order; north and east are positive. Latitude is in [−π/2, π/2], longitude
/// in (−π, π].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatLng {
    /// Geographic latitude, radians.
    pub lat: f64,
    /// Geographic longitude, radians.
    pub lng: f64,
}

/// Cells per degree.
const CELLS_PER_DEG: f64 = 5.0;

/// A cell of a fifth of a degree: positions in one cell are drawn as one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlaceCell {
    /// From the equator, north positive.
    lat: i32,
    /// From 0° eastward around the earth, 0 to 1,799.
    lng: i32,
}

/// Mean radius of the earth in kilometres (IUGG R₁).
pub const EARTH_RADIUS_KM: f64 = 6_371.008_8;

impl LatLng {
    /// From degrees. Wraps the longitude; `None` if the latitude is beyond a pole or a number is not finite.
    #[must_use]
    pub fn from_degrees(lat_deg: f64, lng_deg: f64) -> Option<Self> {
        if !lat_deg.is_finite() || !lng_deg.is_finite() || lat_deg.abs() > 90.0 || lng_deg.abs() > 360.0 {
            return None;
        }
        let mut lng_deg = lng_deg;
        if lng_deg > 180.0 {
            lng_deg -= 360.0;
        } else if lng_deg <= -180.0 {
            lng_deg += 360.0;
        }
        Some(Self { lat: lat_deg.to_radians(), lng: lng_deg.to_radians() })
    }

    /// Latitude in degrees.
    #[must_use]
    pub fn lat_deg(self) -> f64 {
        self.lat.to_degrees()
    }

    /// Longitude in degrees.
    #[must_use]
    pub fn lng_deg(self) -> f64 {
        self.lng.to_degrees()
    }

    /// The cell that contains it. Both sides of the date line are in one cell, and so is the whole surrounding of a pole.
    #[must_use]
    pub fn cell(self) -> PlaceCell {
        let lat = (self.lat_deg() * CELLS_PER_DEG).round() as i32;
        let (around, pole) = ((360.0 * CELLS_PER_DEG) as i32, (90.0 * CELLS_PER_DEG) as i32);
        let lng = if lat.abs() == pole { 0 } else { (self.lng_deg() * CELLS_PER_DEG).round() as i32 };
        PlaceCell { lat, lng: lng.rem_euclid(around) }
    }

    /// Unit vector in globe space: +Y is the north pole, +Z is (0°, 0°), +X is (0°, 90° E).
    #[must_use]
    pub fn to_unit(self) -> DVec3 {
        let (sin_lat, cos_lat) = self.lat.sin_cos();
        let (sin_lng, cos_lng) = self.lng.sin_cos();
        DVec3::new(cos_lat * sin_lng, sin_lat, cos_lat * cos_lng)
    }

    /// The point below a vector of nonzero length (globe space as in [`LatLng::to_unit`]).
    #[must_use]
    pub fn from_direction(direction: DVec3) -> Self {
        Self { lat: direction.y.atan2(direction.x.hypot(direction.z)), lng: direction.x.atan2(direction.z) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(lat_deg: f64, lng_deg: f64) -> PlaceCell {
        LatLng::from_degrees(lat_deg, lng_deg).expect("valid").cell()
    }

    #[test]
    fn what_is_near_is_one_place_across_the_date_line_and_around_a_pole_too() {
        assert_eq!(cell(0.0, 180.0), cell(0.0, -179.96));
        assert_eq!(cell(-16.8, 179.95), cell(-16.8, -179.95));
        assert_ne!(cell(0.0, 180.0), cell(0.0, -179.6));
        assert_eq!(cell(0.0, -0.04), cell(0.0, 0.04));
        assert_eq!(cell(90.0, 10.0), cell(89.95, -120.0));
        assert_ne!(cell(52.5, 13.4), cell(-52.5, 13.4));
    }
}
