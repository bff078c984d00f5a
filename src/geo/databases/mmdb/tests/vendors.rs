//! Databases in the schemas of several vendors, written from their published field lists.

use super::{
    super::{
        writer::{Value, encode, map, text},
        *,
    },
    ip, place_of,
};

/// An address that every database contains, and its network.
const NETWORK: (&str, u8) = ("81.2.69.0", 24);
const ADDRESS: &str = "81.2.69.142";

fn open(database_type: &str, record: Value) -> Result<AnyDatabase, MmdbError> {
    let bytes = encode(database_type, &[(NETWORK.0, NETWORK.1, record), ("2001:218::", 32, map([]))]);
    AnyDatabase::from_bytes(Bytes::Owned(bytes), Arc::from(database_type))
}

/// Place and operator of the address.
fn answer(database_type: &str, record: Value) -> (String, String) {
    let (city, operators) = match open(database_type, record).expect(database_type) {
        AnyDatabase::City(city) => (Some(city), None),
        AnyDatabase::Asn(operators) => (None, Some(operators)),
        AnyDatabase::Both(city, operators) => (Some(city), Some(operators)),
    };
    let operator = operators.and_then(|database| database.lookup(ip(ADDRESS)).expect("sound"));
    let operator = operator.map(|it| format!("{} {}", it.asn, it.organization.as_deref().unwrap_or("without a name")));
    (city.map_or("-".to_owned(), |city| place_of(&city, ADDRESS)), operator.unwrap_or("-".to_owned()))
}

#[test]
fn the_databases_of_several_makers_are_read() {
    let named = |name| map([("names", map([("de", text("anders")), ("en", text(name))]))]);
    let nested_place = |city, lat, lng| {
        map([
            ("city", named(city)),
            ("continent", map([("code", text("EU")), ("geoname_id", Value::U32(6_255_148))])),
            ("country", map([("iso_code", text("GB")), ("is_in_european_union", Value::Bool(false))])),
            ("location", map([("latitude", lat), ("longitude", lng), ("time_zone", text("Europe/London"))])),
            ("postal", map([("code", text("EC4R"))])),
            ("subdivisions", Value::List(vec![map([("iso_code", text("ENG"))])])),
        ])
    };
    let (lat, lng) = (Value::Double(51.5142), Value::Double(-0.0931));
    for (database_type, record, place, operator) in [
        (
            "MaxMind GeoLite2-City",
            nested_place("London", lat.clone(), lng.clone()),
            "city London, GB 51.5142,-0.0931 None",
            "-",
        ),
        (
            "MaxMind GeoIP2-Enterprise",
            map([
                ("country", map([("iso_code", text("GB"))])),
                (
                    "location",
                    map([("latitude", lat.clone()), ("longitude", lng.clone()), ("accuracy_radius", Value::U16(10))]),
                ),
                (
                    "traits",
                    map([
                        ("autonomous_system_number", Value::U32(20_712)),
                        ("autonomous_system_organization", text("Andrews & Arnold Ltd")),
                    ]),
                ),
            ]),
            "country GB 51.5142,-0.0931 Some(10.0)",
            "AS20712 Andrews & Arnold Ltd",
        ),
        (
            "DBIP-City-Lite",
            nested_place("London", Value::Float(51.5), Value::Float(-0.125)),
            "city London, GB 51.5000,-0.1250 None",
            "-",
        ),
        // Unknown values are `-`, and unknown coordinates are 0, 0.
        (
            "IP2LOCATION-LITE-DB11",
            nested_place("-", Value::Double(0.0), Value::Double(0.0)),
            "country GB 53.8261,-2.4122 Some(551.8)",
            "-",
        ),
        (
            "IP2LOCATION-LITE-ASN",
            map([
                ("autonomous_system_number", Value::U64(20_712)),
                ("autonomous_system_organization", text("Andrews & Arnold Ltd")),
            ]),
            "-",
            "AS20712 Andrews & Arnold Ltd",
        ),
        (
            "ipinfo standard_location.mmdb",
            map([
                ("city", text("London")),
                ("country", text("GB")),
                ("country_name", text("United Kingdom")),
                ("geoname_id", text("2643743")),
                ("lat", text("51.5142")),
                ("lng", text("-0.0931")),
                ("postal_code", text("EC4R")),
                ("radius", text("20")),
                ("region", text("England")),
                ("timezone", text("Europe/London")),
            ]),
            "city London, GB 51.5142,-0.0931 Some(20.0)",
            "-",
        ),
        (
            "ipinfo generic_country_free_country_asn.mmdb",
            map([
                ("as_domain", text("aa.net.uk")),
                ("as_name", text("Andrews & Arnold Ltd")),
                ("asn", text("AS20712")),
                ("continent", text("EU")),
                ("continent_name", text("Europe")),
                ("country", text("GB")),
                ("country_name", text("United Kingdom")),
            ]),
            "country GB 53.8261,-2.4122 Some(551.8)",
            "AS20712 Andrews & Arnold Ltd",
        ),
        (
            "ipinfo bundle_location_lite.mmdb",
            map([
                ("as_name", text("Andrews & Arnold Ltd")),
                ("asn", text("AS20712")),
                ("continent", text("Europe")),
                ("continent_code", text("EU")),
                ("country", text("United Kingdom")),
                ("country_code", text("GB")),
            ]),
            "country GB 53.8261,-2.4122 Some(551.8)",
            "AS20712 Andrews & Arnold Ltd",
        ),
        (
            "ipinfo standard_asn.mmdb",
            map([
                ("asn", text("AS20712")),
                ("domain", text("aa.net.uk")),
                ("name", text("Andrews & Arnold Ltd")),
                ("route", text("81.2.64.0/18")),
                ("type", text("isp")),
            ]),
            "-",
            "AS20712 Andrews & Arnold Ltd",
        ),
        (
            "ip-location-db geolite2-city",
            map([
                ("city", text("London")),
                ("country_code", text("GB")),
                ("latitude", Value::Float(51.5)),
                ("longitude", Value::Float(-0.125)),
                ("postcode", text("EC4R")),
                ("state1", text("England")),
                ("state2", text("")),
                ("timezone", text("Europe/London")),
            ]),
            "city London, GB 51.5000,-0.1250 None",
            "-",
        ),
        (
            "ip-location-db iptoasn-country",
            map([("country_code", text("GB"))]),
            "country GB 53.8261,-2.4122 Some(551.8)",
            "-",
        ),
        (
            "ip-location-db iptoasn-asn",
            map([
                ("autonomous_system_number", Value::U32(20_712)),
                ("autonomous_system_organization", text("Andrews & Arnold Ltd")),
            ]),
            "-",
            "AS20712 Andrews & Arnold Ltd",
        ),
    ] {
        assert_eq!(answer(database_type, record), (place.to_owned(), operator.to_owned()), "{database_type}");
    }
}

#[test]
fn a_database_reports_its_name_and_the_day_it_was_built() {
    let city = open("ip-location-db flat", map([("country_code", text("GB"))])).and_then(AnyDatabase::into_city);
    let stamp = city.expect("places").stamp().clone();
    assert_eq!((stamp.name.as_ref(), stamp.built.as_ref()), ("ip-location-db flat", "2026-06-01"));
}

#[test]
fn numbers_are_read_whatever_their_kind() {
    let point = |lat: Value, lng: Value| answer("points", map([("lat", lat), ("lng", lng)])).0;
    assert_eq!(point(Value::U16(51), Value::I32(-1)), "country unnamed place 51.0000,-1.0000 None");
    assert_eq!(point(Value::U128(51), Value::Float(-1.5)), "country unnamed place 51.0000,-1.5000 None");
    assert_eq!(point(text(" 51.25 "), Value::Double(-1.5)), "country unnamed place 51.2500,-1.5000 None");
    for number in [
        Value::U16(20_712),
        Value::U32(20_712),
        Value::U64(20_712),
        Value::U128(20_712),
        Value::I32(20_712),
        Value::Double(20_712.0),
        text("20712"),
        text("AS20712"),
    ] {
        let record = map([("asn", number.clone()), ("org", text("N/A"))]);
        assert_eq!(answer("numbers", record).1, "AS20712 without a name", "{number:?}");
    }
}

#[test]
fn a_field_that_does_not_fit_costs_nothing_else() {
    let strange = [
        Value::Bool(true),
        Value::Bytes(vec![1, 2]),
        Value::List(vec![text("a"), map([("b", Value::U16(1))])]),
        map([("names", Value::List(vec![])), ("iso_code", Value::Double(1.0)), ("latitude", map([]))]),
        Value::Double(f64::NAN),
        text("N/A"),
    ];
    for wrong in strange {
        let record = map([
            ("accuracy_radius", wrong.clone()),
            ("asn", Value::U32(20_712)),
            ("as_name", wrong.clone()),
            ("city", wrong.clone()),
            ("country", wrong.clone()),
            ("country_code", text("GB")),
            ("lat", wrong.clone()),
            ("latitude", Value::Double(51.5)),
            ("lng", wrong.clone()),
            ("location", wrong.clone()),
            ("longitude", Value::Double(-0.25)),
            ("traits", wrong.clone()),
        ]);
        let expected = ("country GB 51.5000,-0.2500 None".to_owned(), "AS20712 without a name".to_owned());
        assert_eq!(answer("strange", record), expected, "{wrong:?}");
    }
}

#[test]
fn a_database_in_which_nothing_helps_is_refused_and_says_what_was_looked_for() {
    for record in [
        map([("domain", text("example.org"))]),
        map([("country", text("United Kingdom")), ("asn", text("-")), ("latitude", text("51.5"))]),
        map([("country_code", text("-")), ("lat", Value::Double(0.0)), ("lng", Value::Double(0.0))]),
        map([]),
        text("GB"),
        Value::List(vec![text("GB")]),
        Value::U32(20_712),
    ] {
        let said = open("of another kind", record.clone()).expect_err("refused").to_string();
        for words in ["no places or operators were found", "country_code", "lat and lng", "asn", "\"of another kind\""]
        {
            assert!(said.contains(words), "{words} is not in {said}: {record:?}");
        }
    }
    let operators = || open("operators", map([("asn", Value::U16(1))])).expect("usable");
    assert!(operators().into_asn().is_ok());
    let said = operators().into_city().expect_err("refused").to_string();
    assert!(said.contains("no places were found") && !said.contains("as_number"), "{said}");
}
