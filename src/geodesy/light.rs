//! Light-speed check of a location: a reply cannot come from farther away than light travels within the round-trip time.
//!
//! A round trip of `m` ms reaches at most `m` × 149.9 km in a vacuum, and `m` × 99.9 km in optical fibre, where light is a
//! third slower. The check is one-sided: detours, queues and slow machines make a round trip longer, so a long one proves
//! nothing. Sources: Gueye, Ziviani, Crovella and Fdida, "Constraint-Based Geolocation of Internet Hosts" (2006); Cicalese
//! et al., "Latency-Based Anycast Geolocation" (2016).

use super::{LatLng, distance_km};

/// Half the distance that light travels in a vacuum in a millisecond, km: the one-way distance of a round trip of 1 ms.
pub const VACUUM_KM_PER_MS: f64 = 299_792.458 / 2_000.0;
/// The same in optical fibre, whose refractive index is about 1.5.
pub const FIBRE_KM_PER_MS: f64 = VACUUM_KM_PER_MS * 2.0 / 3.0;

/// How certain it is that a place is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DoubtKind {
    /// Faster than light in optical fibre: possible only by radio or laser links through air or space.
    Unlikely,
    /// Faster than light in a vacuum: impossible.
    Impossible,
}

impl DoubtKind {
    /// The name in JSON: `place-unlikely` or `place-impossible`.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Self::Unlikely => "place-unlikely",
            Self::Impossible => "place-impossible",
        }
    }
}

/// Two points with accuracy radii, and the minimum measured round-trip time between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoundTrip {
    /// Location of this end.
    pub home: LatLng,
    /// Accuracy radius of this end, km.
    pub home_radius_km: f64,
    /// Location of the other end according to the database.
    pub place: LatLng,
    /// Accuracy radius of the other end, km.
    pub place_radius_km: f64,
    /// Minimum round-trip time, ms.
    pub least_ms: f64,
}

/// Numbers that explain why a place is doubtful.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaceDoubt {
    /// How certain it is that the place is wrong.
    pub kind: DoubtKind,
    /// Distance from home to the place, km.
    pub distance_km: f32,
    /// Sum of the accuracy radii of home and place, km, by which the distance could be shorter.
    pub radii_km: f32,
    /// The measured round-trip time, ms.
    pub measured_ms: f32,
    /// Minimum round-trip time between the two circles in optical fibre, ms.
    pub least_fibre_ms: f32,
    /// Minimum round-trip time between the two circles in a vacuum, ms.
    pub least_vacuum_ms: f32,
    /// Maximum distance of the other end in optical fibre, km.
    pub reach_fibre_km: f32,
    /// Maximum distance of the other end in a vacuum, km.
    pub reach_vacuum_km: f32,
}

impl RoundTrip {
    /// Checks the place against the speed of light. `None` if it is plausible, or if an input is invalid (a time that
    /// is not positive, a number that is not finite).
    #[must_use]
    pub fn doubt(&self) -> Option<PlaceDoubt> {
        let distance_km = distance_km(self.home, self.place);
        let radii_km = self.home_radius_km + self.place_radius_km;
        let least_km = distance_km - radii_km;
        let (reach_fibre_km, reach_vacuum_km) = (self.least_ms * FIBRE_KM_PER_MS, self.least_ms * VACUUM_KM_PER_MS);
        if !(self.least_ms > 0.0 && least_km.is_finite() && reach_vacuum_km.is_finite()) || least_km <= reach_fibre_km {
            return None;
        }
        Some(PlaceDoubt {
            kind: if least_km > reach_vacuum_km { DoubtKind::Impossible } else { DoubtKind::Unlikely },
            distance_km: distance_km as f32,
            radii_km: radii_km as f32,
            measured_ms: self.least_ms as f32,
            least_fibre_ms: (least_km / FIBRE_KM_PER_MS) as f32,
            least_vacuum_ms: (least_km / VACUUM_KM_PER_MS) as f32,
            reach_fibre_km: reach_fibre_km as f32,
            reach_vacuum_km: reach_vacuum_km as f32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lat_deg: f64, lng_deg: f64) -> LatLng {
        LatLng::from_degrees(lat_deg, lng_deg).expect("a valid position")
    }

    fn berlin_to_new_york(least_ms: f64) -> RoundTrip {
        let (home, place) = (at(52.52, 13.4), at(40.71, -74.01));
        RoundTrip { home, home_radius_km: 0.0, place, place_radius_km: 50.0, least_ms }
    }

    #[test]
    fn an_answer_from_new_york_takes_its_time() {
        let doubt = berlin_to_new_york(3.6).doubt().unwrap();
        assert_eq!(doubt.kind, DoubtKind::Impossible);
        assert!((doubt.distance_km - 6_385.0).abs() < 5.0, "{doubt:?}");
        assert!((doubt.least_fibre_ms - 63.4).abs() < 0.1 && (doubt.least_vacuum_ms - 42.3).abs() < 0.1, "{doubt:?}");
        assert!((doubt.reach_fibre_km - 359.8).abs() < 0.1 && (doubt.reach_vacuum_km - 539.6).abs() < 0.1, "{doubt:?}");
        for (least_ms, kind) in [
            (42.2, Some(DoubtKind::Impossible)),
            (42.4, Some(DoubtKind::Unlikely)),
            (63.3, Some(DoubtKind::Unlikely)),
            (63.5, None),
            (90.0, None),
        ] {
            assert_eq!(berlin_to_new_york(least_ms).doubt().map(|doubt| doubt.kind), kind, "{least_ms} ms");
        }
    }

    #[test]
    fn what_is_not_a_measurement_doubts_nothing() {
        for least_ms in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(berlin_to_new_york(least_ms).doubt(), None, "{least_ms}");
        }
        for home_radius_km in [f64::NAN, f64::INFINITY] {
            let trip = RoundTrip { home_radius_km, ..berlin_to_new_york(1.0) };
            assert_eq!(trip.doubt(), None, "{home_radius_km}");
        }
    }

    #[test]
    fn a_home_that_could_be_anywhere_in_its_country_doubts_what_survives_that() {
        // From Los Angeles or from Seattle: both have the same time zone.
        let (home, place) = (at(34.05, -118.24), at(47.61, -122.33));
        let trip = |home_radius_km| RoundTrip { home, home_radius_km, place, place_radius_km: 50.0, least_ms: 2.0 };
        assert!(trip(0.0).doubt().is_some());
        assert_eq!(trip(1_544.0).doubt(), None);
    }

    proptest! {
        #[test]
        fn every_place_beyond_the_bound_is_doubted_and_none_within(
            lat in -90.0..90.0f64, lng in -180.0..180.0f64, to_lat in -90.0..90.0f64, to_lng in -180.0..180.0f64,
            home_radius_km in 0.0..3_000.0f64, place_radius_km in 0.0..1_000.0f64, least_ms in 0.01..150.0f64,
        ) {
            let (home, place) = (at(lat, lng), at(to_lat, to_lng));
            let trip = RoundTrip { home, home_radius_km, place, place_radius_km, least_ms };
            // The same check by time instead of distance: between the nearest points of the two circles, at 2/3 c and c.
            let least_km = distance_km(home, place) - home_radius_km - place_radius_km;
            let (fibre_ms, vacuum_ms) = (least_km * 2.0 / 199_861.638_67 * 1000.0, least_km * 2.0 / 299_792.458 * 1000.0);
            prop_assume!((fibre_ms - least_ms).abs() > 1e-6 && (vacuum_ms - least_ms).abs() > 1e-6);
            let expected = match () {
                () if least_ms < vacuum_ms => Some(DoubtKind::Impossible),
                () if least_ms < fibre_ms => Some(DoubtKind::Unlikely),
                () => None,
            };
            prop_assert_eq!(trip.doubt().map(|doubt| doubt.kind), expected);
        }

        #[test]
        fn a_longer_time_and_a_wider_circle_never_doubt_more(
            to_lat in -90.0..90.0f64, to_lng in -180.0..180.0f64, home_radius_km in 0.0..3_000.0f64,
            place_radius_km in 0.0..1_000.0f64, least_ms in 0.01..150.0f64, more in 0.0..500.0f64,
        ) {
            let trip = RoundTrip {
                home: at(52.5, 13.4), home_radius_km, place: at(to_lat, to_lng), place_radius_km, least_ms,
            };
            let kind = |trip: RoundTrip| trip.doubt().map(|doubt| doubt.kind);
            for gentler in [
                RoundTrip { least_ms: least_ms + more, ..trip },
                RoundTrip { home_radius_km: home_radius_km + more, ..trip },
                RoundTrip { place_radius_km: place_radius_km + more, ..trip },
            ] {
                prop_assert!(kind(gentler) <= kind(trip));
            }
        }
    }
}
