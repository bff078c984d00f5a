//! A point on the sphere.

use glam::DVec3;
use serde::{Deserialize, Serialize};

/// Latitude and longitude in radians, that order; north and east positive. Latitude lies in [−π/2, π/2],
/// longitude in (−π, π].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatLng {
    /// Geographic latitude, radians.
    pub lat: f64,
    /// Geographic longitude, radians.
    pub lng: f64,
}

/// Mean radius of the earth in kilometres (IUGG R₁).
pub const EARTH_RADIUS_KM: f64 = 6_371.008_8;

impl LatLng {
    /// From degrees. Longitude is wrapped; a latitude beyond a pole, or a number that is not finite, gives `None`.
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

    /// Unit vector in globe space: +Y is the north pole, +Z is (0°, 0°), +X is (0°, 90° E).
    #[must_use]
    pub fn to_unit(self) -> DVec3 {
        let (sin_lat, cos_lat) = self.lat.sin_cos();
        let (sin_lng, cos_lng) = self.lng.sin_cos();
        DVec3::new(cos_lat * sin_lng, sin_lat, cos_lat * cos_lng)
    }

    /// The point below a direction of any length greater than zero (globe space as in [`LatLng::to_unit`]).
    #[must_use]
    pub fn from_direction(direction: DVec3) -> Self {
        Self { lat: direction.y.atan2(direction.x.hypot(direction.z)), lng: direction.x.atan2(direction.z) }
    }
}
