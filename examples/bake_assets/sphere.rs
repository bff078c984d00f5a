//! Distances on a spherical earth, and an equal-area projection for measuring countries.

/// Mean radius of the earth in km (IUGG).
pub const EARTH_RADIUS_KM: f64 = 6371.0088;
/// Length of one degree of latitude in km.
pub const KM_PER_DEG: f64 = EARTH_RADIUS_KM * std::f64::consts::PI / 180.0;

/// A unit vector, or a sum of them.
pub type Vector = [f64; 3];

/// Unit vector of `[lng_deg, lat_deg]`: x to 0°,0°, y to 90°E, z to the North Pole.
pub fn to_vector([lng_deg, lat_deg]: [f64; 2]) -> Vector {
    let (sin_lat, cos_lat) = lat_deg.to_radians().sin_cos();
    let (sin_lng, cos_lng) = lng_deg.to_radians().sin_cos();
    [cos_lat * cos_lng, cos_lat * sin_lng, sin_lat]
}

/// `[lng_deg, lat_deg]` of a non-zero vector.
pub fn to_lng_lat([x, y, z]: Vector) -> [f64; 2] {
    [y.atan2(x).to_degrees(), z.atan2(x.hypot(y)).to_degrees()]
}

/// Great-circle distance in km between two `[lng_deg, lat_deg]` points.
pub fn distance_km(a: [f64; 2], b: [f64; 2]) -> f64 {
    let (a, b) = (to_vector(a), to_vector(b));
    let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    dot(cross, cross).sqrt().atan2(dot(a, b)) * EARTH_RADIUS_KM
}

/// Lambert's azimuthal equal-area projection around a point, in km (Snyder 1987, "Map Projections", page 182).
pub struct EqualArea {
    centre: Vector,
    east: Vector,
    north: Vector,
}

impl EqualArea {
    /// The plane tangent to the sphere in the direction of `centre`.
    pub fn new(centre: Vector) -> Self {
        let [lng_deg, lat_deg] = to_lng_lat(centre);
        Self {
            centre: to_vector([lng_deg, lat_deg]),
            east: to_vector([lng_deg + 90.0, 0.0]),
            north: to_vector([lng_deg, lat_deg + 90.0]),
        }
    }

    /// Kilometres east and north of the centre.
    pub fn project(&self, lng_lat: [f64; 2]) -> [f64; 2] {
        let point = to_vector(lng_lat);
        let scale = (2.0 / (1.0 + dot(self.centre, point)).max(1e-9)).sqrt() * EARTH_RADIUS_KM;
        [dot(self.east, point) * scale, dot(self.north, point) * scale]
    }

    /// The inverse of [`EqualArea::project`].
    pub fn unproject(&self, [x_km, y_km]: [f64; 2]) -> [f64; 2] {
        let (x, y) = (x_km / EARTH_RADIUS_KM, y_km / EARTH_RADIUS_KM);
        let along = 1.0 - f64::midpoint(x * x, y * y);
        let across = (1.0 - (x * x + y * y) / 4.0).max(0.0).sqrt();
        to_lng_lat([0, 1, 2].map(|i| self.centre[i] * along + (self.east[i] * x + self.north[i] * y) * across))
    }
}

fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_projection_and_its_reverse_agree() {
        for (centre, point) in
            [([10.0, 50.0], [11.5, 42.0]), ([179.0, -17.0], [-179.5, -16.0]), ([0.0, -90.0], [77.0, -70.0])]
        {
            let plane = EqualArea::new(to_vector(centre));
            let back = plane.unproject(plane.project(point));
            assert!(distance_km(back, point) < 1e-6, "{point:?} became {back:?}");
        }
    }

    #[test]
    fn a_quarter_of_the_equator_is_ten_thousand_kilometres() {
        assert!((distance_km([0.0, 0.0], [90.0, 0.0]) - 10_007.557).abs() < 0.01);
    }
}
