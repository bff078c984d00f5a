//! Tests all of MaxMind's test databases, valid and invalid, with the program: it must print a result, or exit with
//! code 1 and one line that names the file. It must not panic or hang.
//!
//! The tests of the database reader check that results are correct and that no address in an invalid file causes
//! errors.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

#[path = "../support/mod.rs"]
mod support;

use netglobe::geo::{AnyDatabase, MmdbError};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc::sync_channel,
    thread,
};
use support::{PATIENCE, User, test_file};

/// Databases with places or operators, in one of the two schemas.
const USABLE: [&str; 12] = [
    "GeoIP2-City-Shield-Test",
    "GeoIP2-City-Test",
    "GeoIP2-Country-Shield-Test",
    "GeoIP2-Country-Test",
    "GeoIP2-Enterprise-Shield-Test",
    "GeoIP2-Enterprise-Test",
    "GeoIP2-ISP-Test",
    "GeoIP2-Precision-Enterprise-Shield-Test",
    "GeoIP2-Precision-Enterprise-Test",
    "GeoLite2-ASN-Test",
    "GeoLite2-City-Test",
    "GeoLite2-Country-Test",
];

/// All files below `directory`, sorted, regardless of their names.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn all_files() -> Vec<PathBuf> {
    let all = [files(&test_file("maxmind/test-data")), files(&test_file("maxmind/bad-data"))].concat();
    assert!(all.len() >= 55, "only {} files are there", all.len());
    all
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

#[test]
fn exactly_the_databases_of_places_and_operators_open_and_the_others_say_why() {
    let mut usable = Vec::new();
    for path in all_files() {
        let (sender, opened) = sync_channel(1);
        let file = path.clone();
        let open = move || sender.send(AnyDatabase::open(&file).map(|_| ()));
        thread::Builder::new().name("open".to_owned()).spawn(open).expect("a thread");
        let name = path.display().to_string();
        // A thread that panics disconnects the channel.
        match opened.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{name}: {error}")) {
            Ok(()) => usable.push(stem(&path)),
            Err(error) => {
                assert!(
                    matches!(error, MmdbError::Corrupt { .. } | MmdbError::Unsupported { .. }),
                    "{name}: {error:?}"
                );
                assert!(error.to_string().contains(&name), "{name}: {error}");
                assert_eq!(error.to_string().lines().count(), 1, "{name}: {error}");
            }
        }
    }
    usable.sort();
    assert_eq!(usable, USABLE);
}

#[test]
fn the_program_answers_with_every_file_or_names_it() {
    let user = User::new();
    for path in all_files() {
        let name = path.display().to_string();
        for ip in ["81.2.69.142", "1.128.0.1", "2001:218::1"] {
            let outcome = support::run(user.netglobe(&["lookup", ip, "--json", "--geo-db", &name]), PATIENCE);
            outcome.assert_clean(&name);
            match outcome.code {
                Some(0) => {
                    let lines = outcome.json_lines();
                    assert_eq!(lines.len(), 1, "{name} {ip}: {outcome:?}");
                    let is_told = lines[0]["place"].is_null() != lines[0]["place_missing"].is_null();
                    assert!(is_told, "a place, or why there is none: {name} {ip}: {outcome:?}");
                    let at_nowhere = (&lines[0]["place"]["lat_deg"], &lines[0]["place"]["lng_deg"]);
                    assert_ne!(at_nowhere, (&0.0.into(), &0.0.into()), "{name} {ip}");
                    assert!(USABLE.contains(&stem(&path).as_str()), "{name} is no database of places or operators");
                }
                Some(1) => {
                    assert!(outcome.stdout.is_empty() && outcome.stderr.lines().count() == 1, "{name}: {outcome:?}");
                    assert!(outcome.stderr.contains(&name), "{name}: {outcome:?}");
                    assert!(!USABLE.contains(&stem(&path).as_str()), "{name} is refused: {outcome:?}");
                }
                _ => panic!("{name} {ip}: {outcome:?}"),
            }
        }
    }
}
