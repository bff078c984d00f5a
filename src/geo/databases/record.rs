//! A record of a database, in one of the schemas in use.
//!
//! *Nested* is the schema of MaxMind (GeoLite2, GeoIP2, DB-IP, IP2Location and the embedded databases):
//! `city.names.en`, `country.iso_code`, `location.latitude`. *Flat* has all fields at the top level: `city`, `country`
//! or `country_code`, `latitude` or `lat`, `asn`, `as_name` (IPinfo, ip-location-db, iptoasn). One type reads both,
//! because a field may be a string or a map. Numbers may have any width or be strings. Fields of an unexpected type
//! count as absent; unknown fields are skipped without decoding.

mod value;

use self::value::{AsNumber, CountryCode, Field, Name, Number, Value, as_number, country_code, name, read_map};
use crate::{
    geo::country::country_centre,
    geodesy::LatLng,
    language::t,
    model::{Asn, CountryIso, Place, PlaceKind, PlaceMissing},
};
use serde::{Deserialize, Deserializer};
use std::sync::Arc;

/// Maximum length of a city or operator name, in characters; real ones are shorter than 120.
const MAX_NAME_CHARS: usize = 200;

/// Fields that provide a place.
pub(super) fn place_fields() -> String {
    t!("mmdb-place-fields", country = "country, country_code, country.iso_code", location = "location")
}

/// Fields that provide an operator.
pub(super) fn operator_fields() -> String {
    t!("mmdb-operator-fields", number = "autonomous_system_number, asn, as_number")
}

/// The decoded fields of a record; all absent if the record is not a map.
#[derive(Default)]
pub(super) struct Record<'a>(Fields<'a>);

read_map! {
    /// Top-level fields.
    struct Fields {
        "city" => city: City<'a>,
        "country" => country: Country<'a>,
        "country_code" | "country_iso_code" => country_code: CountryCode<'a>,
        "location" => location: Point<'a>,
        "latitude" | "lat" => lat: Number<'a>,
        "longitude" | "lng" | "lon" => lng: Number<'a>,
        "accuracy_radius" | "radius" => radius_km: Number<'a>,
        "autonomous_system_number" | "asn" | "as_number" => asn: AsNumber<'a>,
        "autonomous_system_organization" | "as_name" | "as_organization" => as_name: Name<'a>,
        "org" | "organization" => organization: Name<'a>,
        "name" => name: Name<'a>,
        "traits" => traits: Traits<'a>,
    }
}

read_map! {
    struct CityFields {
        "names" => names: Names<'a>,
    }
}

read_map! {
    struct NamesFields {
        "en" => en: Name<'a>,
    }
}

read_map! {
    struct CountryFields {
        "iso_code" => iso_code: CountryCode<'a>,
    }
}

read_map! {
    struct PointFields {
        "latitude" | "lat" => lat: Number<'a>,
        "longitude" | "lng" | "lon" => lng: Number<'a>,
        "accuracy_radius" | "radius" => radius_km: Number<'a>,
    }
}

read_map! {
    struct TraitsFields {
        "autonomous_system_number" => asn: AsNumber<'a>,
        "autonomous_system_organization" => as_name: Name<'a>,
    }
}

/// A field that should be a map; absent if it is not.
macro_rules! nested {
    ($($name:ident($fields:ident)),*) => {$(
        #[derive(Default)]
        struct $name<'a>($fields<'a>);
        impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(match Value::deserialize(deserializer)? {
                    Value::Map(fields) => Self(fields),
                    Value::Text(_) | Value::Number(_) | Value::Other => Self::default(),
                })
            }
        }
        impl Field for $name<'_> {
            fn is_absent(&self) -> bool {
                self.0.is_absent()
            }
        }
    )*};
}
nested!(Names(NamesFields), Point(PointFields), Traits(TraitsFields));

/// The name of a city, as a string or a map by language.
#[derive(Default)]
struct City<'a>(Option<&'a str>);

/// The code of a country, as a string or in a map. A string that is not two letters long is the country's name.
#[derive(Default)]
struct Country<'a>(Option<CountryIso>, std::marker::PhantomData<&'a ()>);

impl<'de: 'a, 'a> Deserialize<'de> for Record<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Map(fields) => Self(fields),
            Value::Text(_) | Value::Number(_) | Value::Other => Self::default(),
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for City<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::<CityFields<'a>>::deserialize(deserializer)? {
            Value::Map(fields) => fields.names.0.en.0,
            Value::Text(text) => name(text),
            Value::Number(_) | Value::Other => None,
        }))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Country<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = match Value::<CountryFields<'a>>::deserialize(deserializer)? {
            Value::Map(fields) => fields.iso_code.0,
            Value::Text(text) => country_code(text),
            Value::Number(_) | Value::Other => None,
        };
        Ok(Self(code, std::marker::PhantomData))
    }
}

impl Field for City<'_> {
    fn is_absent(&self) -> bool {
        self.0.is_none()
    }
}

impl Field for Country<'_> {
    fn is_absent(&self) -> bool {
        self.0.is_none()
    }
}

/// The operator of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Autonomous system number.
    pub asn: Asn,
    /// Its name, if the record has one. Untrusted text.
    pub organization: Option<Arc<str>>,
}

impl Record<'_> {
    /// Whether the record provides a place.
    pub(super) fn names_a_place(&self) -> bool {
        self.position().is_some() || self.country_iso().is_some()
    }

    /// The place, or [`PlaceMissing::NoLocation`].
    pub(super) fn place(&self) -> Result<Place, PlaceMissing> {
        let Self(fields) = self;
        let country_iso = self.country_iso();
        let city = self.city();
        let radius_km = fields.location.0.radius_km.0.or(fields.radius_km.0).map(|km| km as f32);
        let accuracy_radius_km = radius_km.filter(|km| *km > 0.0 && km.is_finite());
        let kind = if city.is_some() { PlaceKind::City } else { PlaceKind::Country };
        if let Some(position) = self.position() {
            return Ok(Place { kind, position, country_iso, city, accuracy_radius_km });
        }
        // Without coordinates only the country is known, even if there is a city name.
        let (position, extent_km) = country_iso.and_then(country_centre).ok_or(PlaceMissing::NoLocation)?;
        let accuracy_radius_km = Some(extent_km);
        Ok(Place { kind: PlaceKind::Country, position, country_iso, city: None, accuracy_radius_km })
    }

    /// The operator, if there is one.
    pub(super) fn operator(&self) -> Option<Operator> {
        let Self(fields) = self;
        let traits = &fields.traits.0;
        let organization = fields.organization.0;
        // `AS15169 Google LLC` contains a number and a name.
        let joined = organization.and_then(|text| text.split_once(' ')).and_then(|(number, rest)| {
            let is_marked = number.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("AS"));
            as_number(number).filter(|_| is_marked).zip(name(rest))
        });
        let asn = fields.asn.0.or(traits.asn.0).or(joined.map(|(asn, _)| asn))?;
        let organization = joined.map_or(organization, |(_, name)| Some(name));
        let organization = fields.as_name.0.or(traits.as_name.0).or(organization).or(fields.name.0);
        Some(Operator { asn, organization: organization.map(cut) })
    }

    /// The coordinates. Exactly 0°, 0° means "unknown" in some databases; it is in the sea.
    fn position(&self) -> Option<LatLng> {
        let Self(fields) = self;
        let lat = fields.location.0.lat.0.or(fields.lat.0)?;
        let lng = fields.location.0.lng.0.or(fields.lng.0)?;
        LatLng::from_degrees(lat, lng).filter(|_| lat != 0.0 || lng != 0.0)
    }

    fn country_iso(&self) -> Option<CountryIso> {
        // Prefer the code field: a two-letter string in `country` could in theory be a name.
        self.0.country_code.0.or(self.0.country.0)
    }

    fn city(&self) -> Option<Arc<str>> {
        self.0.city.0.map(cut)
    }
}

fn cut(text: &str) -> Arc<str> {
    let end = text.char_indices().nth(MAX_NAME_CHARS).map_or(text.len(), |(at, _)| at);
    Arc::from(&text[..end])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `kind label lat,lng radius` with `digits` decimals of a degree, or the reason why there is no place.
    pub(in crate::geo::databases) fn place_line(place: &Result<Place, PlaceMissing>, digits: usize) -> String {
        match place {
            Ok(place) => format!(
                "{} {} {:.digits$},{:.digits$} {:?}",
                place.kind.name(),
                place.label(),
                place.position.lat_deg(),
                place.position.lng_deg(),
                place.accuracy_radius_km
            ),
            Err(reason) => reason.name().to_owned(),
        }
    }

    /// Checks the place of a record. JSON represents the database record, with the same schema.
    fn check(json: &str, expected: &str) {
        let record: Record<'_> = serde_json::from_str(json).expect(json);
        assert_eq!(place_line(&record.place(), 2), expected, "{json}");
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

    /// Number and name of the operator.
    fn operator(json: &str) -> Option<(u32, Option<String>)> {
        let operator = serde_json::from_str::<Record<'_>>(json).expect(json).operator()?;
        Some((operator.asn.0, operator.organization.map(|name| name.to_string())))
    }

    #[test]
    fn an_operator_is_read_by_each_name_of_its_fields() {
        let google = Some((15_169, Some("Google LLC".to_owned())));
        for json in [
            r#"{"autonomous_system_number":15169,"autonomous_system_organization":"Google LLC"}"#,
            r#"{"asn":"AS15169","as_name":"Google LLC","as_domain":"google.com"}"#,
            r#"{"asn":"as15169","name":"Google LLC","domain":"google.com","type":"hosting"}"#,
            r#"{"asn":15169.0,"org":"Google LLC"}"#,
            r#"{"as_number":" 15169 ","as_organization":"Google LLC"}"#,
            r#"{"org":"AS15169 Google LLC"}"#,
            r#"{"asn":"AS15169","org":"AS15169 Google LLC"}"#,
            r#"{"asn":"-","as_number":15169,"as_name":"N/A","organization":"Google LLC"}"#,
            r#"{"traits":{"autonomous_system_number":15169,"autonomous_system_organization":"Google LLC"}}"#,
        ] {
            assert_eq!(operator(json), google, "{json}");
        }
        for nameless in ["-", "N/A", "Unknown", "", " ", "null"] {
            let json = format!(r#"{{"asn":15169,"as_name":"{nameless}"}}"#);
            assert_eq!(operator(&json), Some((15_169, None)), "{json}");
        }
        for json in [
            r#"{"asn":"AS"}"#,
            r#"{"asn":"ASIA"}"#,
            r#"{"asn":"AS0"}"#,
            r#"{"asn":"AS4294967296"}"#,
            r#"{"asn":"+5"}"#,
            r#"{"asn":-5}"#,
            r#"{"asn":1.5}"#,
            r#"{"asn":4294967296}"#,
            r#"{"asn":[15169]}"#,
            r#"{"org":"AS Roma"}"#,
            r#"{"org":"15169 Google"}"#,
        ] {
            assert_eq!(operator(json), None, "{json}");
        }
    }

    #[test]
    fn a_place_is_read_by_each_name_of_its_fields_and_from_texts() {
        let london = "city London, GB 51.51,-0.09 None";
        check(r#"{"city":"London","country":"GB","lat":"51.5142","lng":"-0.0931"}"#, london);
        check(r#"{"city":"London","country":"GB","latitude":"51.5142","longitude":"-0.0931"}"#, london);
        check(
            r#"{"city":"London","country":"United Kingdom","country_code":"GB","lat":51.5142,"lon":-0.0931}"#,
            london,
        );
        check(
            r#"{"city":"London","country":"GB","lat":"51.5142","lng":"-0.0931","radius":"20"}"#,
            "city London, GB 51.51,-0.09 Some(20.0)",
        );
        check(r#"{"country":"GB"}"#, "country GB 53.83,-2.41 Some(551.8)");
        for nowhere in ["-", "N/A", "unknown", ""] {
            check(
                &format!(r#"{{"city":"{nowhere}","country_code":"{nowhere}","country":"GB","lat":51,"lng":-1}}"#),
                "country GB 51.00,-1.00 None",
            );
        }
    }

    #[test]
    fn a_field_that_does_not_fit_counts_as_absent() {
        check(
            r#"{"city":["London"],"country":7,"country_code":"GB","latitude":true,"lat":51,"longitude":null,"lng":-1,
                "location":"Europe","accuracy_radius":{},"traits":[],"names":7}"#,
            "country GB 51.00,-1.00 None",
        );
        check(
            r#"{"city":{"names":["a"]},"country":{"iso_code":5},"latitude":"north","longitude":"1,5"}"#,
            "no-location",
        );
        check(r#"{"latitude":"NaN","longitude":"inf"}"#, "no-location");
        for no_map in ["7", "\"GB\"", "[1]", "null", "true"] {
            check(no_map, "no-location");
        }
    }
}
