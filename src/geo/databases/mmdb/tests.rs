//! Opens every test database of MaxMind, valid or damaged; none may panic or hang.

mod vendors;

use super::{writer::assemble, *};
use crate::{
    geo::databases::record::tests::place_line,
    model::{CountryIso, PlaceKind},
};
use std::{
    path::PathBuf,
    sync::mpsc::{RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

const TEST_DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/maxmind");

fn test_file(name: &str) -> PathBuf {
    Path::new(TEST_DATA).join("test-data").join(name)
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("a literal address")
}

/// Opens a city database without probing its records, so that damage is found only by lookups.
pub(in crate::geo) fn open_unprobed(name: &str) -> CityDatabase {
    let path = test_file(name);
    let bytes = std::fs::read(&path).expect("readable");
    CityDatabase(Mmdb::new(Bytes::Owned(bytes), Arc::from(path.display().to_string())).expect("sound metadata").into())
}

/// The place of an address in the format of [`place_line`].
fn place_of(database: &CityDatabase, address: &str) -> String {
    place_line(&database.lookup(ip(address)).expect(address), 4)
}

#[test]
fn the_published_test_addresses_have_their_places() {
    let database = CityDatabase::open(&test_file("GeoLite2-City-Test.mmdb")).expect("a city database");
    for (address, expected) in [
        ("2.125.160.216", "city Boxford, GB 51.7500,-1.2500 Some(100.0)"),
        ("81.2.69.142", "city London, GB 51.5142,-0.0931 Some(10.0)"),
        ("89.160.20.112", "city Linköping, SE 58.4167,15.6167 Some(76.0)"),
        ("175.16.199.1", "city Changchun, CN 43.8800,125.3228 Some(100.0)"),
        ("216.160.83.56", "city Milton, US 47.2513,-122.3149 Some(22.0)"),
        ("67.43.156.1", "country BT 27.5000,90.5000 Some(534.0)"),
        ("202.196.224.1", "country PH 13.0000,122.0000 Some(121.0)"),
        ("2001:218::1", "country JP 35.6854,139.7531 Some(100.0)"),
        ("2a02:d500::1", "country unnamed place 48.6910,9.1406 Some(100.0)"),
        ("8.8.8.8", "not-in-database"),
        ("2001:4b98::1", "not-in-database"),
    ] {
        assert_eq!(place_of(&database, address), expected, "{address}");
    }
    assert_eq!(database.stamp().name.as_ref(), "GeoLite2-City");
    assert_eq!(database.stamp().built.len(), "2026-06-01".len(), "{:?}", database.stamp());
}

#[test]
fn a_record_without_a_location_says_so() {
    let database = CityDatabase::open(&test_file("GeoIP2-City-Test.mmdb")).expect("a city database");
    for address in ["2.3.3.1", "214.1.1.1"] {
        assert_eq!(place_of(&database, address), "no-location", "{address}");
    }
}

#[test]
fn a_country_database_gives_centres_of_countries() {
    let database = CityDatabase::open(&test_file("GeoLite2-Country-Test.mmdb")).expect("a country database");
    let place = database.lookup(ip("81.2.69.142")).expect("sound").expect("a place");
    assert_eq!(
        (place.kind, place.country_iso, place.city.as_deref()),
        (PlaceKind::Country, CountryIso::parse("GB"), None)
    );
    assert_eq!(
        crate::geo::country_centre(CountryIso::parse("GB").expect("a code")),
        Some((place.position, place.accuracy_radius_km.expect("an extent")))
    );
}

#[test]
fn the_published_operators_are_found() {
    let database = AsnDatabase::open(&test_file("GeoLite2-ASN-Test.mmdb")).expect("an ASN database");
    for (address, expected) in [
        ("1.128.0.1", Some((1221, Some("Telstra Pty Ltd")))),
        ("12.81.92.1", Some((7018, Some("AT&T Services")))),
        ("12.81.96.1", Some((7018, None))),
        ("89.160.20.112", Some((29518, Some("Bredband2 AB")))),
        ("10.0.0.1", None),
    ] {
        let operator = database.lookup(ip(address)).expect("sound");
        let operator = operator.as_ref().map(|it| (it.asn.0, it.organization.as_deref()));
        assert_eq!(operator, expected, "{address}");
    }
}

#[test]
fn an_ipv4_database_knows_no_ipv6_address_and_does_not_fail() {
    let database = open_unprobed("MaxMind-DB-test-ipv4-24.mmdb");
    assert!(!database.covers(ip("2001:218::1")) && database.covers(ip("1.1.1.1")));
    assert_eq!(database.lookup(ip("2001:218::1")), Ok(Err(PlaceMissing::NotInDatabase)));
}

#[test]
fn what_is_no_database_of_places_is_refused_with_its_name_and_type() {
    let refusal = |path: &Path| AnyDatabase::open(path).expect_err("refused").to_string();
    let domains = refusal(&test_file("GeoIP2-Domain-Test.mmdb"));
    assert!(domains.contains("GeoIP2-Domain-Test.mmdb") && domains.contains("\"GeoIP2-Domain\""), "{domains}");
    let asn = CityDatabase::open(&test_file("GeoLite2-ASN-Test.mmdb")).expect_err("refused").to_string();
    assert!(asn.contains("\"GeoLite2-ASN\", in which no places"), "{asn}");
    let city = AsnDatabase::open(&test_file("GeoLite2-City-Test.mmdb")).expect_err("refused").to_string();
    assert!(city.contains("no operators"), "{city}");

    let directory = tempfile::tempdir().expect("a directory");
    let write = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).expect("writable");
        path
    };
    let sound = std::fs::read(test_file("GeoLite2-City-Test.mmdb")).expect("readable");
    for (path, expected) in [
        (directory.path().join("missing.mmdb"), "cannot read"),
        (directory.path().to_owned(), "not a regular file"),
        (write("empty.mmdb", b""), "it is empty"),
        (write("text.mmdb", b"hello, this is text"), "not a valid database"),
        (write("truncated.mmdb", &sound[..sound.len() / 2]), "not a valid database"),
        (write("beheaded.mmdb", &sound[sound.len() / 2..]), "not a valid database"),
    ] {
        let said = refusal(&path);
        assert!(said.contains(expected) && said.contains(&path.display().to_string()), "{said}");
    }
    #[cfg(unix)]
    assert!(refusal(Path::new("/dev/zero")).contains("not a regular file"));
}

#[test]
fn a_tree_with_more_branches_than_time_has_seconds_is_given_up() {
    // Both branches of each node lead to the next node, and those of the last one to nothing: 2³² valid paths.
    let tree: Vec<[u32; 2]> = (1..=32).map(|next| [next, next]).collect();
    let bytes = assemble("branches", 4, &tree, &[]);
    let refused =
        in_time("branches", move || AnyDatabase::from_bytes(Bytes::Owned(bytes), Arc::from("branches")).is_err());
    assert!(refused, "no record can be found in it");
}

#[test]
fn a_database_whose_numbers_are_broken_is_refused() {
    let error = AnyDatabase::open(&test_file("GeoIP2-City-Test-Broken-Double-Format.mmdb")).expect_err("refused");
    assert!(matches!(error, MmdbError::Corrupt { .. }), "{error}");
}

/// All test files below `directory`.
fn databases(directory: &Path) -> Vec<PathBuf> {
    let entries = directory.read_dir().expect("the test data").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = folders.iter().flat_map(|folder| databases(folder));
    files.into_iter().filter(|path| path.extension().is_some_and(|it| it == "mmdb")).chain(below).collect()
}

/// Runs `job` on a thread; fails if it panics or takes longer than half a minute.
fn in_time<T: Send + 'static>(name: &str, job: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = sync_channel(1);
    thread::Builder::new().name("in-time".to_owned()).spawn(move || sender.send(job())).expect("a thread");
    match receiver.recv_timeout(Duration::from_secs(30)) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => panic!("{name}: hangs"),
        Err(RecvTimeoutError::Disconnected) => panic!("{name}: panics"),
    }
}

/// Looks up many addresses in `bytes`, without probing first. Returns the numbers of answers and errors.
fn walk(bytes: Vec<u8>, origin: &str) -> (usize, usize) {
    let Ok(database) = Mmdb::new(Bytes::Owned(bytes), Arc::from(origin)) else { return (0, 1) };
    let v4 = (0..=255_u8).flat_map(|a| [0, 1, 81, 255].map(|b| IpAddr::from([a, b, 69, 142])));
    let v6 = (0..=255_u8)
        .flat_map(|a| [0, 1, 0x18, 0xd5].map(|b| IpAddr::from([0x20, a, b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a])));
    let low = (0..=255_u8).map(|a| IpAddr::from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, a]));
    let (mut answers, mut errors) = (0, usize::from(database.probe().is_err()));
    for address in v4.chain(v6).chain(low) {
        match database.record(address, |record| (record.place().is_ok(), record.operator().is_some())) {
            Ok(_) => answers += 1,
            Err(error) => {
                assert!(error.to_string().contains(origin), "{error}");
                errors += 1;
            }
        }
    }
    (answers, errors)
}

#[test]
fn no_test_database_good_or_bad_panics_or_hangs() {
    let paths = databases(Path::new(TEST_DATA));
    assert!(paths.len() >= 50, "only {} test databases are there", paths.len());
    let mut refused = Vec::new();
    for path in paths {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let (answers, errors) = in_time(&name, {
            let (path, name) = (path.clone(), name.clone());
            move || walk(std::fs::read(path).expect("readable"), &name)
        });
        assert!(answers + errors > 0, "{name}");
        if let Err(error) = in_time(&name, move || AnyDatabase::open(&path)) {
            assert!(error.to_string().contains(&name), "{name}: {error}");
            refused.push(name);
        }
    }
    for bad in [
        "cyclic-data-structure",
        "invalid-bytes-length",
        "invalid-data-record-offset",
        "invalid-map-key-length",
        "invalid-string-length",
        "metadata-is-an-uint128",
        "unexpected-bytes",
        "bad-unicode-in-map-key",
    ] {
        assert!(refused.contains(&format!("{bad}.mmdb")), "{bad} was taken for a good database");
    }
}

#[test]
fn no_single_damaged_byte_makes_a_panic_or_a_hang() {
    let sound = std::fs::read(test_file("GeoLite2-City-Test.mmdb")).expect("readable");
    in_time("damaged bytes", move || {
        for at in (0..sound.len()).step_by(199) {
            let mut damaged = sound.clone();
            damaged[at] ^= 0xff;
            let (answers, errors) = walk(damaged, "damaged");
            assert!(answers + errors > 0, "byte {at}");
        }
    });
}
