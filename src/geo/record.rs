//! One record of a database, in either of the two schemas that are in use.
//!
//! *Nested* is MaxMind's (GeoLite2, DB-IP and the embedded databases): `city.names.en`, `country.iso_code`,
//! `location.latitude`. *Flat* has `city`, `country_code`, `latitude`, `longitude` at the top. One type reads both,
//! because `city` may be a text or a map; numbers may be of any width. Other fields are skipped undecoded.

use crate::{
    geo::country::country_centre,
    geodesy::LatLng,
    model::{Asn, CountryIso, Place, PlaceKind, PlaceMissing},
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{fmt, marker::PhantomData, sync::Arc};

/// Longest city or operator name that is kept, in characters; real ones stay below 120.
const MAX_NAME_CHARS: usize = 200;

/// What is read of a record.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    city: TextOr<'a, Named<'a>>,
    #[serde(borrow)]
    country: TextOr<'a, Coded<'a>>,
    #[serde(borrow)]
    country_code: Option<&'a str>,
    location: LocationRecord,
    latitude: Option<Number>,
    longitude: Option<Number>,
    autonomous_system_number: Option<u32>,
    #[serde(borrow)]
    autonomous_system_organization: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    names: Names<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Names<'a> {
    #[serde(borrow)]
    en: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Coded<'a> {
    #[serde(borrow)]
    iso_code: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LocationRecord {
    latitude: Option<Number>,
    longitude: Option<Number>,
    accuracy_radius: Option<Number>,
}

/// Who operates an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Number of the autonomous system.
    pub asn: Asn,
    /// Its name, where the record has one. Untrusted text.
    pub organization: Option<Arc<str>>,
}

impl Record<'_> {
    /// Whether the record has anything that leads to a place.
    pub(super) fn names_a_place(&self) -> bool {
        self.position().is_some() || self.country_iso().is_some()
    }

    /// The place, or [`PlaceMissing::NoLocation`].
    pub(super) fn place(&self) -> Result<Place, PlaceMissing> {
        let country_iso = self.country_iso();
        let city = self.city();
        let accuracy_radius_km = self.location.accuracy_radius.map(|radius| radius.0 as f32).filter(|km| *km > 0.0);
        let kind = if city.is_some() { PlaceKind::City } else { PlaceKind::Country };
        if let Some(position) = self.position() {
            return Ok(Place { kind, position, country_iso, city, accuracy_radius_km });
        }
        // Without a point the country is all that is known, even if a city has a name.
        let (position, extent_km) = country_iso.and_then(country_centre).ok_or(PlaceMissing::NoLocation)?;
        let accuracy_radius_km = Some(extent_km);
        Ok(Place { kind: PlaceKind::Country, position, country_iso, city: None, accuracy_radius_km })
    }

    /// The operator, if the record names one.
    pub(super) fn operator(&self) -> Option<Operator> {
        let asn = self.autonomous_system_number.filter(|number| *number > 0).map(Asn)?;
        Some(Operator { asn, organization: self.autonomous_system_organization.and_then(name) })
    }

    /// The point. Exactly 0°, 0° is what some databases write for "unknown": there is only sea there.
    fn position(&self) -> Option<LatLng> {
        let lat = self.location.latitude.or(self.latitude)?.0;
        let lng = self.location.longitude.or(self.longitude)?.0;
        LatLng::from_degrees(lat, lng).filter(|_| lat != 0.0 || lng != 0.0)
    }

    /// `ZZ` is reserved for "unknown".
    fn country_iso(&self) -> Option<CountryIso> {
        let nested = self.country.nested.as_ref().and_then(|country| country.iso_code);
        nested.or(self.country_code).and_then(CountryIso::parse).filter(|iso| iso.as_str() != "ZZ")
    }

    fn city(&self) -> Option<Arc<str>> {
        let nested = self.city.nested.as_ref().and_then(|city| city.names.en);
        nested.or(self.city.text).and_then(name)
    }
}

fn name(text: &str) -> Option<Arc<str>> {
    let text = text.trim();
    let end = text.char_indices().nth(MAX_NAME_CHARS).map_or(text.len(), |(at, _)| at);
    (!text.is_empty()).then(|| Arc::from(&text[..end]))
}

/// A number of any kind: doubles and floats in degrees, whole numbers in kilometres.
#[derive(Clone, Copy)]
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyNumber;
        impl Visitor<'_> for AnyNumber {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
                Ok(Number(number))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }
        }
        deserializer.deserialize_any(AnyNumber)
    }
}

/// A text (flat schema) or a map (nested schema).
struct TextOr<'a, T> {
    text: Option<&'a str>,
    nested: Option<T>,
}

impl<T> Default for TextOr<'_, T> {
    fn default() -> Self {
        Self { text: None, nested: None }
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for TextOr<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<'a, T>(PhantomData<TextOr<'a, T>>);
        impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for Either<'a, T> {
            type Value = TextOr<'a, T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a map")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(TextOr { text: Some(text), nested: None })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let nested = Some(T::deserialize(MapAccessDeserializer::new(map))?);
                Ok(TextOr { text: None, nested })
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a record says, in a line; JSON stands in for a database, the schema is the same.
    fn check(json: &str, expected: &str) {
        let record: Record<'_> = serde_json::from_str(json).expect(json);
        let said = match record.place() {
            Ok(place) => format!(
                "{} {} {:.2},{:.2} {:?}",
                place.kind.name(),
                place.label(),
                place.position.lat_deg(),
                place.position.lng_deg(),
                place.accuracy_radius_km
            ),
            Err(reason) => reason.name().to_owned(),
        };
        assert_eq!(said, expected, "{json}");
    }

    #[test]
    fn both_schemas_give_the_same_place() {
        let place = "city Bonn, DE 50.73,7.10 None";
        check(
            r#"{"city":{"names":{"en":"Bonn"}},"country":{"iso_code":"DE"},"location":{"latitude":50.73,"longitude":7.1}}"#,
            place,
        );
        check(r#"{"city":"Bonn","country_code":"DE","latitude":50.73,"longitude":7.1,"state1":"NRW"}"#, place);
        check(r#"{"city":"Bonn","country":"Germany","country_code":"de","latitude":50.73,"longitude":7.1}"#, place);
    }

    #[test]
    fn only_a_record_with_a_city_and_a_point_is_a_city() {
        check(
            r#"{"country":{"iso_code":"JP"},"location":{"latitude":35.69,"longitude":139.75}}"#,
            "country JP 35.69,139.75 None",
        );
        check(r#"{"city":"","country_code":"JP","latitude":35.69,"longitude":139.75}"#, "country JP 35.69,139.75 None");
        check(
            r#"{"location":{"latitude":48.69,"longitude":9.14,"accuracy_radius":100}}"#,
            "country unnamed place 48.69,9.14 Some(100.0)",
        );
        check(
            r#"{"city":{"names":{"en":"Andorra la Vella"}},"country":{"iso_code":"AD"}}"#,
            "country AD 42.54,1.56 Some(15.2)",
        );
    }

    #[test]
    fn nothing_is_ever_placed_at_zero_zero_or_off_the_globe() {
        check(r#"{"country_code":"AD","latitude":0.0,"longitude":0.0}"#, "country AD 42.54,1.56 Some(15.2)");
        check(r#"{"latitude":0.0,"longitude":0.0}"#, "no-location");
        check(r#"{"latitude":95.0,"longitude":10.0}"#, "no-location");
        check(r#"{"latitude":50.0}"#, "no-location");
        check(r#"{"country_code":"ZZ"}"#, "no-location");
        check(r#"{"country_code":""}"#, "no-location");
        check(r#"{"registered_country":{"iso_code":"US"},"continent":{"code":"EU"}}"#, "no-location");
        check("{}", "no-location");
        check(r#"{"country_code":"GH","latitude":5,"longitude":0}"#, "country GH 5.00,0.00 None");
    }

    #[test]
    fn a_name_without_end_is_cut() {
        let record = format!(r#"{{"city":"{}","latitude":1.0,"longitude":1.0}}"#, "é".repeat(5_000));
        let record: Record<'_> = serde_json::from_str(&record).expect("a record");
        assert_eq!(record.city().map(|city| city.chars().count()), Some(MAX_NAME_CHARS));
    }

    #[test]
    fn an_operator_has_a_number_and_perhaps_a_name() {
        let read = |json| serde_json::from_str::<Record<'_>>(json).expect(json).operator();
        let named = read(r#"{"autonomous_system_number":7018,"autonomous_system_organization":"AT&T"}"#);
        assert_eq!(named, Some(Operator { asn: Asn(7018), organization: Some(Arc::from("AT&T")) }));
        assert_eq!(read(r#"{"autonomous_system_number":7018}"#).map(|it| it.organization), Some(None));
        assert_eq!(read(r#"{"autonomous_system_number":0}"#), None);
        assert_eq!(read(r#"{"autonomous_system_organization":"AT&T"}"#), None);
    }
}
