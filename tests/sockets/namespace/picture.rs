//! Tests that a picture shows connections at their ends.

use super::{
    in_own_network,
    isolated::holder,
    other_machine,
    support::{User, maxmind_file, not_run},
};
use std::ops::Range;

/// A picture centred on a place.
fn picture(user: &User, lat_deg: f64, lng_deg: f64) -> image::RgbaImage {
    let database = maxmind_file("GeoLite2-City-Test.mmdb");
    let camera = format!("{lat_deg},{lng_deg},1.6");
    let args = ["snapshot", "out.png", "--size", "400x400", "--quality", "low", "--home", "40.4,-3.7"];
    let more = ["--at", "2026-06-21T12:00:00Z", "--camera", &camera, "--geo-db", &database];
    let outcome = user.run(&[&args[..], &more].concat());
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    image::open(user.home().join("out.png")).expect("a picture").into_rgba8()
}

/// Number of pixels that differ clearly in these columns and rows, counted from the middle, right and down.
fn differing(a: &image::RgbaImage, b: &image::RgbaImage, columns: Range<i32>, rows: Range<i32>) -> usize {
    let at = |middle: u32, offset: i32| (middle / 2).saturating_add_signed(offset);
    let area = rows.flat_map(|y| columns.clone().map(move |x| (x, y)));
    area.filter(|&(x, y)| {
        let (x, y) = (at(a.width(), x), at(a.height(), y));
        let (a, b) = (a.get_pixel(x, y).0, b.get_pixel(x, y).0);
        a.iter().zip(b).any(|(a, b)| a.abs_diff(b) > 40)
    })
    .count()
}

#[test]
fn a_picture_shows_each_end_at_its_place_and_none_elsewhere() {
    const NAME: &str = "a_picture_shows_each_end_at_its_place_and_none_elsewhere";
    if let Some(why) = User::new().why_no_picture() {
        return not_run(&format!("namespace::{NAME}"), &why);
    }
    in_own_network(&format!("picture::{NAME}"), || {
        let user = User::new();
        let mut other = other_machine();
        let mut client = holder("ng-client", &[]);
        // A place where a connection ends, and one without.
        let views = [
            ("London", 51.5142, -0.0931, true),
            ("Linköping", 58.4167, 15.6167, true),
            ("Rome", 41.9, 12.5, false),
            ("Warsaw", 52.2, 21.0, false),
        ];
        let empty = views.map(|(_, lat_deg, lng_deg, _)| picture(&user, lat_deg, lng_deg));
        let listeners = ["81.2.69.142:443", "89.160.20.112:443"].map(|at| other.tcp_listen(at));
        let connections = listeners.map(|listener| client.tcp_connect(listener.local, None));
        for ((name, lat_deg, lng_deg, has_end), empty) in views.iter().zip(&empty) {
            let there = picture(&user, *lat_deg, *lng_deg);
            let changed = differing(empty, &there, -3..3, -3..3);
            assert_eq!(changed > 0, *has_end, "{name}: {changed} pixels in the middle have changed");
            // The arcs come from the south and end there.
            if matches!(*name, "London" | "Linköping") {
                let north = differing(empty, &there, -10..10, -60..-12);
                assert_eq!(north, 0, "{name}: pixels north of the end have changed");
                let south = differing(empty, &there, -20..20, 8..20);
                assert!(south > 0, "{name}: nothing comes from the south");
            }
        }
        for held in connections {
            client.close(held);
        }
    });
}
