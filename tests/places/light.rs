//! Tests of the check of places against the speed of light with the whole program: plays and lists a recording of
//! connections with known places and round trips.
//!
//! The expected flags are calculated differently from the program: with the haversine formula, and in terms of time.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

#[path = "../support/mod.rs"]
mod support;

use netglobe::{
    geodesy::LatLng,
    model::{
        ConnectionKey, Direction, Endpoint, HostId, Owner, OwnerMissing, Place, PlaceKind, Protocol, Simulated,
        SnapshotDelta, SocketRow, SocketState, Traffic, UnixMillis,
    },
    sampler::RecordingWriter,
};
use serde_json::Value;
use std::{fs::File, net::Ipv4Addr, path::Path};
use support::User;

const BERLIN: (f64, f64) = (52.52, 13.405);

/// A test case.
struct Case {
    at: (f64, f64),
    radius_km: f64,
    min_rtt_ms: f64,
}

/// Haversine, km.
fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat, lng) = ((b.0 - a.0).to_radians(), (b.1 - a.1).to_radians());
    let h = (lat / 2.0).sin().powi(2) + a.0.to_radians().cos() * b.0.to_radians().cos() * (lng / 2.0).sin().powi(2);
    2.0 * 6_371.008_8 * h.sqrt().min(1.0).asin()
}

/// The expected flag: set if the round trip was faster than light between the nearest points.
fn flag(case: &Case, home: (f64, f64), home_radius_km: f64) -> Option<&'static str> {
    let way_km = 2.0 * (distance_km(home, case.at) - case.radius_km - home_radius_km);
    let (vacuum_ms, fibre_ms) = (way_km / 299.792_458, way_km / 199.861_639);
    match case.min_rtt_ms {
        ms if ms < vacuum_ms => Some("place-impossible"),
        ms if ms < fibre_ms => Some("place-unlikely"),
        _ => None,
    }
}

/// Places all over the earth, with round trips one percent below or above a limit, and some far from both limits.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for lat in (-80..=80).step_by(20) {
        for lng in (-180..180).step_by(40) {
            for (step, part) in [0.1, 0.657, 0.677, 0.99, 1.01, 3.0].into_iter().enumerate() {
                let at = (f64::from(lat), f64::from(lng) + 3.0);
                let radius_km = [0.0, 10.0, 50.0, 300.0][(cases.len() + step) % 4];
                let fibre_ms = 2.0 * (distance_km(BERLIN, at) - radius_km) / 199.861_639;
                cases.push(Case { at, radius_km, min_rtt_ms: (fibre_ms * part).max(0.05) });
            }
        }
    }
    cases
}

fn record(cases: &[Case], path: &Path) {
    let end = |ip: Ipv4Addr, port| Endpoint::new(ip.into(), port);
    let opened = (0_u16..).zip(cases).map(|(number, case)| {
        let place = Place {
            kind: PlaceKind::City,
            position: LatLng::from_degrees(case.at.0, case.at.1).expect("on the earth"),
            country_iso: None,
            city: Some("Somewhere".into()),
            accuracy_radius_km: Some(case.radius_km as f32),
        };
        SocketRow {
            key: ConnectionKey {
                host: HostId::THIS,
                protocol: Protocol::Tcp,
                local: end(Ipv4Addr::new(192, 168, 1, 5), number + 1),
                remote: Some(end(Ipv4Addr::new(81, 2, 69, 142), 443)),
                identity: u64::from(number) + 1,
            },
            state: SocketState::Established,
            direction: Some(Direction::Out),
            owner: Owner::Missing(OwnerMissing::NotMeasured),
            uid: None,
            context: None,
            traffic: Some(Traffic { min_rtt_ms: Some(case.min_rtt_ms as f32), ..Traffic::default() }),
            interface: None,
            simulated: Some(Box::new(Simulated { place: Some(place), asn: None, as_organization: None })),
        }
        .seen(UnixMillis(0), None)
    });
    let delta =
        SnapshotDelta { at: UnixMillis(1_780_315_200_000), opened: opened.collect(), ..SnapshotDelta::default() };
    let file = File::create(path).expect("writable");
    let mut writer = RecordingWriter::new(file, "a simulated set", delta.at).expect("a heading");
    writer.write(&delta).expect("written");
}

/// The flag of each case, in order.
fn flags(lines: &[Value]) -> Vec<Option<&str>> {
    let flag = |line: &Value| match line["flags"].as_array().expect("a list").as_slice() {
        [simulated] if simulated == "simulated" => None,
        [simulated, flag] if simulated == "simulated" => Some(flag.as_str().expect("text").to_owned()),
        other => panic!("{other:?}"),
    };
    let names = ["place-impossible", "place-unlikely"];
    lines.iter().map(|line| flag(line).map(|flag| *names.iter().find(|name| **name == flag).expect("known"))).collect()
}

#[test]
fn every_place_beyond_the_bound_is_flagged_and_none_within_it() {
    let user = User::new();
    let (path, cases) = (user.home().join("set.ndjson"), cases());
    record(&cases, &path);
    let source = format!("replay:{}", path.display());
    let list = |home: &[&str], filter: &str, zone: &str| {
        let mut command = user.netglobe(&["list", "--json", "--source", &source, "--filter", filter]);
        command.args(home).env("TZ", zone);
        let outcome = support::run(command, support::PATIENCE);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome.json_lines()
    };

    let berlin = ["--home", "52.52,13.405"];
    let lines = list(&berlin, "", "UTC");
    assert_eq!(lines.len(), cases.len());
    let expected: Vec<_> = cases.iter().map(|case| flag(case, BERLIN, 0.0)).collect();
    assert_eq!(flags(&lines), expected);
    let count = |name| expected.iter().filter(|flag| **flag == Some(name)).count();
    let (impossible, unlikely) = (count("place-impossible"), count("place-unlikely"));
    println!("{} places: {impossible} impossible, {unlikely} unlikely, all as reckoned", cases.len());
    assert!(impossible > 100 && unlikely > 100 && impossible + unlikely < cases.len() - 100);

    assert_eq!(list(&berlin, "flagged:place", "UTC").len(), impossible + unlikely);
    assert_eq!(list(&berlin, "flagged:place-impossible", "UTC").len(), impossible);
    assert_eq!(list(&berlin, "-flagged:place", "UTC").len(), cases.len() - impossible - unlikely);
    assert_eq!(list(&[], "flagged:place", "UTC"), [] as [Value; 0], "without a home nothing can be said");
}

#[test]
fn a_home_by_its_time_zone_flags_only_what_survives_its_reach() {
    let user = User::new();
    let path = user.home().join("set.ndjson");
    let los_angeles = (34.05, -118.24);
    // Seattle and New York answer within 2 ms, Tokyo within 2 ms and within 30 ms.
    let cases = [((47.61, -122.33), 2.0), ((40.71, -74.01), 2.0), ((35.68, 139.69), 2.0), ((35.68, 139.69), 30.0)]
        .map(|(at, min_rtt_ms)| Case { at, radius_km: 50.0, min_rtt_ms });
    record(&cases, &path);
    let source = format!("replay:{}", path.display());
    let list = |home: &[&str], zone: &str| {
        let mut command = user.netglobe(&["list", "--json", "--source", &source]);
        command.args(home).env("TZ", zone);
        support::run(command, support::PATIENCE).json_lines()
    };
    let set = list(&["--home", "34.05,-118.24"], "UTC");
    assert_eq!(flags(&set), cases.iter().map(|case| flag(case, los_angeles, 0.0)).collect::<Vec<_>>());
    assert_eq!(flags(&set).iter().flatten().count(), 4, "a set home doubts all of them");
    let guessed = list(&[], "America/Los_Angeles");
    let guessed = flags(&guessed);
    assert_eq!(guessed[..2], [None, None], "this computer may be anywhere in its country");
    assert_eq!(guessed[2], Some("place-impossible"), "Tokyo is too far from all of it");
}
