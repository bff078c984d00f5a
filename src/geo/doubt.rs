//! Checks whether the location of a connection is plausible: the light-speed check of [`crate::geodesy::RoundTrip`],
//! with what is known about both ends.
//!
//! The place keeps its kind from the database. An address of the anycast table already has the kind anycast. A doubtful
//! place whose operator may use anycast is probably anycast. For all others, either the database is wrong or a nearer
//! machine answers.

use super::{Home, assumed_radius_km};
use crate::{
    geodesy::{PlaceDoubt, RoundTrip},
    model::{Connection, Location},
};

/// Checks the place of the far end of `connection` against the speed of light. `None` if it is plausible or cannot be
/// checked: without a place, a home, or a measured round trip. The uncertainty of the home is its radius, so with a
/// home from the time zone, a place is doubtful only if it is too far away from every point within that radius.
#[must_use]
pub fn place_doubt(connection: &Connection, location: &Location, home: Option<&Home>) -> Option<PlaceDoubt> {
    round_trip(connection, location, home?)?.doubt()
}

/// The same, assuming that this computer is exactly at the point of a home that comes from the time zone: the result if
/// that point were set as home. `None` for a home that is set.
#[must_use]
pub fn place_doubt_at_set_home(connection: &Connection, location: &Location, home: &Home) -> Option<PlaceDoubt> {
    home.uncertainty_km?;
    RoundTrip { home_radius_km: 0.0, ..round_trip(connection, location, home)? }.doubt()
}

fn round_trip(connection: &Connection, location: &Location, home: &Home) -> Option<RoundTrip> {
    // The round trip was measured from the connection's host.
    if connection.key.host != home.host {
        return None;
    }
    let least_ms = connection.traffic?.min_rtt_ms?;
    let place = location.place.as_ref().ok()?;
    Some(RoundTrip {
        home: home.position,
        home_radius_km: f64::from(home.uncertainty_km.unwrap_or(0.0)),
        place: place.position,
        place_radius_km: f64::from(assumed_radius_km(place)),
        least_ms: f64::from(least_ms),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geo::{HomeSource, country_centre, home_from_time_zone},
        geodesy::{DoubtKind, LatLng},
        model::{CountryIso, Place, PlaceKind, PlaceMissing, Traffic},
        sampler::hub_scenario,
    };

    fn berlin() -> Home {
        Home::at(LatLng::from_degrees(52.5, 13.4).unwrap(), HomeSource::Flag)
    }

    fn connection(min_rtt_ms: Option<f32>) -> Connection {
        let traffic = Some(Traffic { min_rtt_ms, rtt_ms: Some(1.0), ..Traffic::default() });
        let mut connection = hub_scenario(1, 1, 0.0).remove(0);
        connection.traffic = traffic;
        connection
    }

    fn located(place: Place) -> Location {
        Location { place: Ok(place), ..Location::missing(PlaceMissing::NoLocation) }
    }

    fn new_york() -> Place {
        Place {
            kind: PlaceKind::City,
            position: LatLng::from_degrees(40.71, -74.01).unwrap(),
            country_iso: CountryIso::parse("US"),
            city: Some("New York".into()),
            accuracy_radius_km: None,
        }
    }

    #[test]
    fn a_place_is_doubted_only_where_all_is_known() {
        let (new_york, home) = (located(new_york()), berlin());
        let kind = |connection: &Connection, location: &Location, home: Option<&Home>| {
            place_doubt(connection, location, home).map(|doubt| doubt.kind)
        };
        let quick = connection(Some(3.6));
        assert_eq!(kind(&quick, &new_york, Some(&home)), Some(DoubtKind::Impossible));
        assert_eq!(kind(&connection(Some(50.0)), &new_york, Some(&home)), Some(DoubtKind::Unlikely));
        assert_eq!(kind(&connection(Some(90.0)), &new_york, Some(&home)), None);
        assert_eq!(kind(&connection(None), &new_york, Some(&home)), None, "no least round trip was measured");
        let mut unmeasured = quick.clone();
        unmeasured.traffic = None;
        assert_eq!(kind(&unmeasured, &new_york, Some(&home)), None);
        let elsewhere = Home { host: serde_json::from_str("7").unwrap(), ..berlin() };
        assert_eq!(kind(&quick, &new_york, Some(&elsewhere)), None, "another machine measured");
        assert_eq!(kind(&quick, &Location::missing(PlaceMissing::NotInDatabase), Some(&home)), None);
        assert_eq!(kind(&quick, &new_york, None), None);
    }

    #[test]
    fn a_country_is_doubted_as_a_whole() {
        let united_states = CountryIso::parse("US");
        let (centre, extent_km) = united_states.and_then(country_centre).unwrap();
        let place = Place { kind: PlaceKind::Country, position: centre, city: None, ..new_york() };
        let doubt = place_doubt(&connection(Some(3.6)), &located(place), Some(&berlin()));
        // Part of the country may be near: Alaska and Hawaii extend its radius.
        assert!(extent_km > 2_000.0 && doubt.is_none_or(|doubt| doubt.radii_km == extent_km), "{extent_km} {doubt:?}");
        let wide = Place { accuracy_radius_km: Some(6_200.0), ..new_york() };
        assert_eq!(place_doubt(&connection(Some(3.6)), &located(wide), Some(&berlin())), None);
    }

    #[test]
    fn a_home_by_its_time_zone_says_what_a_set_one_would_report() {
        let zone = home_from_time_zone("America/Los_Angeles").unwrap();
        let seattle = Place { position: LatLng::from_degrees(47.61, -122.33).unwrap(), ..new_york() };
        let (seattle, quick) = (located(seattle), connection(Some(2.0)));
        assert_eq!(place_doubt(&quick, &seattle, Some(&zone)), None, "this computer may be in Seattle");
        let would_be = place_doubt_at_set_home(&quick, &seattle, &zone);
        assert_eq!(would_be.map(|doubt| doubt.kind), Some(DoubtKind::Impossible));
        let set = Home { uncertainty_km: None, ..zone };
        assert!(place_doubt(&quick, &seattle, Some(&set)).is_some());
        assert_eq!(place_doubt_at_set_home(&quick, &seattle, &set), None, "it is set");
    }
}
