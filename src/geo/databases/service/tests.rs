//! Tests of the service with MaxMind's test databases and the embedded ones.

use super::*;
use crate::geo::databases::mmdb::tests::open_unprobed;
use std::{fs, sync::LazyLock};
use tempfile::TempDir;

const TEST_DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/maxmind/test-data");
const LONDON: &str = "81.2.69.142";

/// A cache directory shared by all tests, not the user's own.
static CACHE: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a directory"));

fn test_file(name: &str) -> PathBuf {
    Path::new(TEST_DATA).join(name)
}

fn service(options: GeoOptions) -> Result<GeoService, GeoError> {
    let service = GeoService::open(GeoOptions { cache_dir: Some(CACHE.path().to_owned()), ..options })?;
    service.wait_ready();
    Ok(service)
}

fn explicit(name: &str) -> GeoOptions {
    GeoOptions { geo_db: Some(test_file(name)), ..GeoOptions::default() }
}

fn locate(service: &GeoService, ip: &str) -> Arc<Location> {
    service.locate(ip.parse().expect("a literal address"))
}

/// Kind and label of the place, or why there is none; the AS number; the database.
fn words(service: &GeoService, ip: &str) -> String {
    let location = locate(service, ip);
    let place = match &location.place {
        Ok(place) => format!("{} {}", place.kind.name(), place.label()),
        Err(reason) => reason.name().to_owned(),
    };
    let asn = location.asn.map_or("-".to_owned(), |asn| asn.to_string());
    let database = location.database.as_ref().map_or("-", |stamp| stamp.name.as_ref());
    format!("{place} | {asn} | {database}")
}

#[test]
fn the_users_database_answers_for_places_and_the_embedded_one_for_operators() {
    let service = service(explicit("GeoLite2-City-Test.mmdb")).expect("usable");
    for (ip, expected) in [
        (LONDON, "city London, GB | AS20712 | GeoLite2-City"),
        ("::ffff:81.2.69.142", "city London, GB | AS20712 | GeoLite2-City"),
        ("2002:5102:458e::1", "city London, GB | AS20712 | GeoLite2-City"),
        ("64:ff9b::5102:458e", "city London, GB | AS20712 | GeoLite2-City"),
        ("10.0.0.1", "not-public | - | -"),
        ("::ffff:10.0.0.1", "not-public | - | -"),
        ("127.0.0.1", "not-public | - | -"),
        ("2001:db8::1", "not-public | - | -"),
        ("8.8.8.8", "not-in-database | AS15169 | GeoLite2-City"),
    ] {
        assert_eq!(words(&service, ip), expected, "{ip}");
    }
    assert_eq!(service.stamps().len(), 2);
}

#[test]
fn an_operator_database_is_used_for_operators_and_places_come_from_the_embedded_one() {
    let service = service(explicit("GeoLite2-ASN-Test.mmdb")).expect("usable");
    let location = locate(&service, "89.160.20.112");
    assert_eq!(location.as_organization.as_deref(), Some("Bredband2 AB"));
    assert_eq!(location.database.as_ref().map(|stamp| stamp.name.as_ref()), Some("DB-IP City Lite (reduced)"));
}

#[test]
fn a_country_database_gives_countries_only() {
    let service = service(explicit("GeoLite2-Country-Test.mmdb")).expect("usable");
    assert_eq!(words(&service, LONDON), "country GB | AS20712 | GeoLite2-Country");
}

#[test]
fn an_explicit_database_that_cannot_be_used_is_an_error_that_names_it() {
    for name in ["GeoIP2-Domain-Test.mmdb", "no-such-file.mmdb", "GeoIP2-City-Test-Broken-Double-Format.mmdb"] {
        let error = service(explicit(name)).expect_err(name).to_string();
        assert!(error.contains("--geo-db") && error.contains(name), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn a_configured_database_that_cannot_be_used_is_passed_over_with_a_degradation() {
    let configured = ["no-such-file.mmdb", "GeoLite2-City-Test.mmdb"].map(test_file).into();
    let service = service(GeoOptions { configured, ..GeoOptions::default() }).expect("no error");
    assert_eq!(words(&service, LONDON), "city London, GB | AS20712 | GeoLite2-City");
    let passed_over = |it: &Degradation| it.kind == DegradationKind::Places && it.what.contains("no-such-file.mmdb");
    assert_eq!(service.degradations().iter().filter(|it| passed_over(it)).count(), 1);
}

#[test]
fn the_flag_goes_before_the_configuration() {
    let configured = vec![test_file("GeoLite2-Country-Test.mmdb")];
    let service = service(GeoOptions { configured, ..explicit("GeoLite2-City-Test.mmdb") }).expect("usable");
    assert_eq!(words(&service, LONDON), "city London, GB | AS20712 | GeoLite2-City");
}

#[test]
fn databases_in_the_data_directory_are_found_by_name() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::copy(test_file("GeoLite2-City-Test.mmdb"), directory.path().join("GeoLite2-City.mmdb")).expect("copied");
    fs::copy(test_file("GeoLite2-ASN-Test.mmdb"), directory.path().join("GeoLite2-ASN.mmdb")).expect("copied");
    let service =
        service(GeoOptions { data_dir: Some(directory.path().to_owned()), ..GeoOptions::default() }).expect("no error");
    assert_eq!(words(&service, "1.128.0.1"), "not-in-database | AS1221 | GeoLite2-City");
}

#[test]
fn the_embedded_databases_know_places_and_mark_anycast() {
    let service = service(GeoOptions::default()).expect("no error");
    for (ip, country) in [(LONDON, "GB"), ("89.160.20.112", "SE"), ("193.99.144.80", "DE"), ("2001:218::1", "JP")] {
        let place = locate(&service, ip).place.clone().expect(ip);
        assert_eq!(place.country_iso.map(|iso| iso.to_string()).as_deref(), Some(country), "{ip}");
        assert_ne!(place.kind, PlaceKind::Anycast, "{ip}");
    }
    for ip in ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "193.0.14.129"] {
        let location = locate(&service, ip);
        assert!(location.anycast_reason.is_some(), "{ip}");
        assert!(location.place.as_ref().is_ok_and(|place| place.kind == PlaceKind::Anycast), "{ip}: {location:?}");
    }
    let maybe = locate(&service, "104.16.132.229");
    assert_eq!(maybe.asn.map(|asn| asn.0), Some(13335));
    assert!(maybe.anycast_reason.as_ref().is_some_and(|reason| reason.starts_with("may be")));
    assert!(maybe.place.as_ref().is_ok_and(|place| place.kind != PlaceKind::Anycast), "{maybe:?}");
}

#[test]
fn a_second_question_is_answered_from_memory() {
    let service = service(explicit("GeoLite2-City-Test.mmdb")).expect("usable");
    for ip in [LONDON, LONDON, "::ffff:81.2.69.142", "10.0.0.1"] {
        locate(&service, ip);
    }
    assert_eq!(service.cache_stats(), CacheStats { hits: 2, misses: 1, entries: 1 });
}

#[test]
fn until_the_databases_are_open_public_addresses_are_unavailable_and_that_is_not_remembered() {
    let inner = Inner {
        databases: OnceLock::new(),
        cache: Mutex::new(LocationCache::new(CAPACITY)),
        not_public: Arc::new(Location::missing(PlaceMissing::NotPublic)),
        unavailable: Arc::new(Location::missing(PlaceMissing::DatabaseUnavailable)),
    };
    let service = GeoService { inner: Arc::new(inner) };
    assert!(!service.is_ready() && service.stamps().is_empty() && service.degradations().is_empty());
    assert_eq!(words(&service, LONDON), "database-unavailable | - | -");
    assert_eq!(words(&service, "192.168.1.1"), "not-public | - | -");
    let database = AnyDatabase::open(&test_file("GeoLite2-City-Test.mmdb")).expect("usable");
    service.inner.databases.get_or_init(|| {
        let mut databases = Databases::default();
        databases.take(database);
        databases
    });
    assert_eq!(words(&service, LONDON), "city London, GB | - | GeoLite2-City");
}

#[test]
fn a_database_damaged_inside_leaves_the_answer_to_the_next_and_says_so() {
    let broken = open_unprobed("GeoIP2-City-Test-Broken-Double-Format.mmdb");
    let sound = CityDatabase::open(&test_file("GeoLite2-City-Test.mmdb")).expect("usable");
    let databases = Databases { cities: vec![broken.into(), sound.into()], ..Databases::default() };
    assert!(databases.degradations(UnixMillis(0)).is_empty());
    let location = databases.locate(LONDON.parse().expect("an address"));
    assert_eq!(location.place.map(|place| place.label()), Ok("London, GB".to_owned()));
    assert_eq!(location.database.map(|stamp| stamp.name.to_string()).as_deref(), Some("GeoLite2-City"));
    let degradations = databases.degradations(UnixMillis(0));
    assert!(degradations.iter().any(|it| it.what.contains("Broken-Double-Format.mmdb")), "{degradations:?}");
}

#[test]
fn an_ipv6_address_goes_past_a_database_of_ipv4() {
    let narrow = open_unprobed("MaxMind-DB-test-ipv4-24.mmdb");
    let wide = CityDatabase::open(&test_file("GeoLite2-City-Test.mmdb")).expect("usable");
    let databases = Databases { cities: vec![narrow.into(), wide.into()], ..Databases::default() };
    let location = databases.locate("2001:218::1".parse().expect("an address"));
    assert_eq!(location.place.map(|place| place.label()), Ok("JP".to_owned()));
    assert!(databases.degradations(UnixMillis(0)).is_empty());
}

#[test]
fn an_old_database_is_a_degradation_and_geolite2_is_old_sooner() {
    let stamp = DatabaseStamp { name: Arc::from("X"), built: Arc::from("2026-06-01") };
    let day_ms = 86_400_000;
    for (database_type, age_days, is_old) in [
        ("DBIP-City-Lite", 0, false),
        ("DBIP-City-Lite", 365, false),
        ("DBIP-City-Lite", 366, true),
        ("GeoLite2-City", 30, false),
        ("GeoLite2-City", 31, true),
        ("GeoIP2-City", 31, false),
        ("GeoLite2-City", -400, false),
    ] {
        let now = UnixMillis(day_ms * age_days);
        let said = age_degradation(DegradationKind::Places, &stamp, database_type, UnixMillis(0), now);
        assert_eq!(said.is_some(), is_old, "{database_type} after {age_days} days: {said:?}");
    }
}
