//! The subsolar point: where the sun is in the zenith.
//!
//! Low-precision solar coordinates of the *Astronomical Almanac* (section C, "Low-precision formulas for the Sun"),
//! accurate to 0.01° between 1950 and 2050, with Greenwich mean sidereal time from the same source. UTC is used as UT1
//! (an error of at most 0.9 s: 0.004°).

use super::LatLng;

/// The point under the sun at `unix_ms` (milliseconds since 1970-01-01T00:00:00 UTC).
#[must_use]
pub fn subsolar_point(unix_ms: i64) -> LatLng {
    let days_since_j2000 = unix_ms as f64 / 86_400_000.0 - 10_957.5;
    let n = days_since_j2000;
    let mean_longitude = (280.460 + 0.985_647_4 * n).to_radians();
    let mean_anomaly = (357.528 + 0.985_600_3 * n).to_radians();
    let ecliptic_longitude =
        mean_longitude + (1.915 * mean_anomaly.sin() + 0.020 * (2.0 * mean_anomaly).sin()).to_radians();
    let obliquity = (23.439 - 0.000_000_4 * n).to_radians();
    let right_ascension = (obliquity.cos() * ecliptic_longitude.sin()).atan2(ecliptic_longitude.cos());
    let declination = (obliquity.sin() * ecliptic_longitude.sin()).asin();
    let sidereal = (280.460_618_37 + 360.985_647_366_29 * n).to_radians();
    let lng =
        (right_ascension - sidereal + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
    LatLng { lat: declination, lng }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::distance_km;

    /// Published subsolar points: UTC, latitude and longitude in degrees (computed with a full solar ephemeris).
    const PUBLISHED: &str = include_str!("../../tests/data/subsolar.tsv");

    #[test]
    fn the_sun_stands_where_it_was_published_to_stand() {
        let mut rows = 0;
        for line in PUBLISHED.lines().skip(1) {
            let mut columns = line.split('\t');
            let utc: jiff::Timestamp = columns.next().expect("time").parse().expect("RFC 3339");
            let mut degrees = || columns.next().expect("degrees").parse::<f64>().expect("a number");
            let published = LatLng::from_degrees(degrees(), degrees()).expect("a position");
            let computed = subsolar_point(utc.as_millisecond());
            let off_deg = (distance_km(published, computed) / 6371.0088).to_degrees();
            assert!(off_deg < 0.3, "{line}: off by {off_deg:.3}°");
            rows += 1;
        }
        assert_eq!(rows, 14);
    }
}
