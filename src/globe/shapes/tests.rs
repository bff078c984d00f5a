//! Tests of the embedded shapes: complete lines, correct areas of countries, and few vertices from far away.

use super::{file::read, *};
use crate::{geodesy::LatLng, model::CountryIso};
use bevy::math::{DVec3, Vec2, Vec3};
use proptest::prelude::*;
use std::{collections::HashSet, sync::LazyLock};

static SHAPES: LazyLock<(ShapeBuffers, ShapeTables)> =
    LazyLock::new(|| decode(BUILT_IN, LEVELS).expect("the built-in shapes"));

fn iso(code: &str) -> CountryIso {
    CountryIso::parse(code).expect("two letters")
}

fn unit(lat_deg: f64, lng_deg: f64) -> DVec3 {
    LatLng::from_degrees(lat_deg, lng_deg).expect("a place").to_unit()
}

fn parts(code: &str, level: usize) -> &'static Parts {
    &SHAPES.1.countries[&iso(code)].levels[level]
}

fn triangles(code: &str, level: usize) -> Vec<[DVec3; 3]> {
    let buffers = &SHAPES.0.0[level];
    let indices = parts(code, level).fills.iter().flat_map(|fill| &buffers.indices[as_usize(&fill.range)]);
    let corners: Vec<DVec3> = indices.map(|index| unpack(buffers.corners[*index as usize]).as_dvec3()).collect();
    corners.as_chunks::<3>().0.to_vec()
}

fn as_usize(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// Signed area of a triangle on the sphere: positive if counterclockwise seen from outside.
fn area([a, b, c]: &[DVec3; 3]) -> f64 {
    let volume = a.dot(b.cross(*c));
    2.0 * volume.atan2(1.0 + a.dot(*b) + b.dot(*c) + c.dot(*a))
}

/// Number of triangles that contain a place.
fn over(triangles: &[[DVec3; 3]], place: DVec3) -> usize {
    let is_left = |a: DVec3, b: DVec3| a.cross(b).dot(place) >= 0.0;
    let is_over = |[a, b, c]: &&[DVec3; 3]| is_left(*a, *b) && is_left(*b, *c) && is_left(*c, *a) && a.dot(place) > 0.0;
    triangles.iter().filter(is_over).count()
}

#[test]
fn a_fill_is_as_large_as_its_country() {
    // km² from the CIA World Factbook; for Canada, Finland, Russia and the United States land only.
    for (code, km2, slack) in [
        ("DE", 357_022.0, 0.01),
        ("RU", 16_377_742.0, 0.03),
        ("ZA", 1_219_090.0, 0.01),
        ("LS", 30_355.0, 0.02),
        ("BR", 8_500_000.0, 0.01),
        ("CA", 9_250_000.0, 0.03),
        ("FI", 305_000.0, 0.04),
        ("FJ", 18_274.0, 0.24),
        ("US", 9_250_000.0, 0.03),
        ("AQ", 12_400_000.0, 0.06),
    ] {
        for level in 0..SHAPES.1.levels.len() {
            let km2_here = triangles(code, level).iter().map(area).sum::<f64>() * 6_371.0 * 6_371.0;
            let slack = slack + [0.06, 0.03, 0.015, 0.0][level];
            assert!((km2_here / km2 - 1.0).abs() < slack, "{code} at level {level}: {km2_here:.0} km²");
        }
    }
}

#[test]
fn triangles_cover_a_country_without_gaps_and_overlaps() {
    for (code, [south, west, north, east], level) in [
        ("DE", [47.2, 5.8, 55.1, 15.1], 0),
        ("DE", [47.2, 5.8, 55.1, 15.1], 3),
        ("NO", [57.9, 4.4, 71.3, 31.2], 1),
        ("RU", [62.0, 160.0, 70.0, 195.0], 2),
        ("AQ", [-90.0, -180.0, -64.0, 180.0], 0),
        ("FJ", [-19.5, 176.5, -15.5, 182.0], 3),
    ] {
        let triangles = triangles(code, level);
        let flipped: f64 = triangles.iter().map(area).filter(|area| *area < 0.0).sum();
        let whole: f64 = triangles.iter().map(area).sum();
        assert!(-flipped < 2e-4 * whole, "{code} at level {level}: {flipped} of {whole} lies over the rest");
        let (mut inside, mut twice) = (0, 0);
        for row in 0..40 {
            for column in 0..40 {
                let share = |low: f64, high: f64, step: i32| low + (high - low) * (f64::from(step) + 0.37) / 40.0;
                let lng_deg = (share(west, east, column) + 180.0).rem_euclid(360.0) - 180.0;
                let count = over(&triangles, unit(share(south, north, row), lng_deg));
                inside += usize::from(count == 1);
                twice += usize::from(count > 1);
            }
        }
        assert!(inside > 10 && twice == 0, "{code} at level {level}: {inside} inside, {twice} twice");
    }
}

#[test]
fn what_is_inside_is_filled_and_lakes_are_not() {
    for (code, lat_deg, lng_deg) in
        [("US", 47.6, -87.5), ("CA", 47.6, -86.0), ("US", 43.5, -87.0), ("TZ", -1.7, 33.0), ("UG", -0.3, 32.8)]
    {
        for level in 0..SHAPES.1.levels.len() {
            assert_eq!(over(&triangles(code, level), unit(lat_deg, lng_deg)), 0, "{code} {lat_deg} {lng_deg} {level}");
        }
    }
    for (code, lat_deg, lng_deg) in [
        ("DE", 50.5, 9.5),
        ("US", 44.5, -89.5),
        ("CA", 50.0, -86.0),
        ("TZ", -3.5, 33.0),
        ("RU", 66.5, 179.9),
        ("RU", 66.5, -179.5),
        ("AQ", -89.99, 77.0),
        ("GL", 75.0, -40.0),
        ("SJ", 78.2, 17.5),
    ] {
        for level in 0..SHAPES.1.levels.len() {
            assert_eq!(over(&triangles(code, level), unit(lat_deg, lng_deg)), 1, "{code} {lat_deg} {lng_deg} {level}");
        }
    }
    // Smaller lakes are cut out from finer levels on: Ladoga, and Baikal, in a country that crosses the date line.
    for (lat_deg, lng_deg, levels) in [(60.9, 31.5, [1, 0, 0, 0]), (53.4, 108.2, [0; 4])] {
        let over = [0, 1, 2, 3].map(|level| over(&triangles("RU", level), unit(lat_deg, lng_deg)));
        assert_eq!(over, levels, "{lat_deg} {lng_deg}");
    }
    // Islands without towns belong to the country of neighbouring islands: Nordaustlandet and Edgeøya.
    for place in [unit(79.8, 23.0), unit(77.8, 22.5)] {
        assert_eq!(["SJ", "NO"].map(|code| over(&triangles(code, 3), place)), [1, 0]);
    }
    assert_eq!(over(&triangles("HU", 3), unit(46.83, 17.73)), 0);
    assert_eq!(over(&triangles("LS", 3), unit(-29.5, 28.2)), 1);
    assert_eq!(over(&triangles("ZA", 3), unit(-29.5, 28.2)), 0, "Lesotho is not South Africa");
}

#[test]
fn fill_and_outline_have_the_same_points() {
    for level in 0..SHAPES.1.levels.len() {
        let buffers = &SHAPES.0.0[level];
        for code in ["CH", "US", "NO", "FJ", "AQ", "VA"] {
            let bare = |words: [u32; 2]| words.map(|word| word & 0xff_ffff);
            let fills = parts(code, level).fills.iter();
            let corners: HashSet<[u32; 2]> = fills
                .flat_map(|fill| &buffers.indices[as_usize(&fill.range)])
                .map(|index| bare(buffers.corners[*index as usize]))
                .collect();
            if corners.is_empty() {
                // The only country small enough for all its corners to coincide.
                assert_eq!(code, "VA", "level {level}");
                continue;
            }
            let lines = parts(code, level).outlines.iter();
            // Two vertices precede the first one that is drawn.
            let points: Vec<[u32; 2]> = lines
                .flat_map(|line| &buffers.lines[line.range.start as usize + 2..line.range.end as usize + 2])
                .filter(|words| [0x800_0000, 0x1000_0000].iter().all(|end| words[1] & end == 0))
                .map(|words| bare(*words))
                .collect();
            // At the date line, where the source data is cut, fill and outline are rounded separately.
            let is_cut = |words: [u32; 2]| unpack(words).x.abs() < 1e-4 && unpack(words).z < 0.0;
            let is_stray = |words: &&[u32; 2]| !corners.contains(*words) && !is_cut(**words);
            let strays = points.iter().filter(is_stray).count();
            assert!(
                points.len() >= 6 && strays <= (points.len() / 200).max(4),
                "{code} {level}: {strays} of {}",
                points.len()
            );
        }
    }
}

#[test]
fn no_piece_is_so_wide_that_it_leaves_the_sphere() {
    for level in 0..SHAPES.1.levels.len() {
        for code in ["RU", "AQ", "US", "FJ"] {
            let longest = triangles(code, level)
                .iter()
                .flat_map(|[a, b, c]| [a.distance(*b), b.distance(*c), c.distance(*a)])
                .fold(0.0, f64::max);
            assert!(longest < 0.2, "{code} at level {level}: {longest}");
        }
    }
}

#[test]
fn from_afar_there_is_little_and_near_no_more_than_what_is_seen() {
    let vertices: Vec<usize> = SHAPES.0.0.iter().map(|level| level.lines.len()).collect();
    assert!(vertices.windows(2).all(|pair| pair[0] * 2 < pair[1]) && vertices[0] < 30_000, "{vertices:?}");
    let drawn = |distance: f64| {
        let view = CameraView::new(unit(50.0, 10.0), distance, Vec2::new(1280.0, 720.0), 1.0);
        let mut draws = ShapeDraws::default();
        draws.choose(&SHAPES.1, &view, &AreaStore::default());
        (draws.level, draws.lines.iter().map(|range| range.end - range.start).sum::<u32>(), draws.lines.len())
    };
    for (distance, level) in [(3.85, 0), (2.2, 1), (1.5, 2), (1.2, 3)] {
        let (is, vertices, draws) = drawn(distance);
        assert_eq!(is, level, "{distance}");
        assert!(vertices < 60_000 && draws < 60, "{distance}: {vertices} in {draws}");
    }
}

#[test]
fn what_the_camera_sees_is_drawn_and_what_the_globe_hides_is_not() {
    let buffers = &SHAPES.0.0;
    for (lat_deg, lng_deg, distance, x, y) in [
        (50.0, 10.0, 1.2, 0.0, 0.1),
        (-17.0, 179.9, 1.4, 0.2, 0.0),
        (89.0, 0.0, 2.0, -0.1, -0.2),
        (-80.0, 40.0, 3.85, 0.0, 0.0),
    ] {
        let view = CameraView::new(unit(lat_deg, lng_deg), distance, Vec2::new(800.0, 500.0), 1.0);
        let view = CameraView { shift: Vec2::new(x, y), ..view };
        let mut draws = ShapeDraws::default();
        draws.choose(&SHAPES.1, &view, &AreaStore::default());
        let lines = &buffers[draws.level].lines;
        let mut is_drawn = vec![false; lines.len()];
        draws.lines.iter().for_each(|range| is_drawn[range.start as usize + 2..range.end as usize + 2].fill(true));
        let (mut seen, mut behind) = (0, 0);
        for (words, is_drawn) in lines.iter().zip(is_drawn).skip(2).take(lines.len() - 4) {
            let point = unpack(*words);
            let is_in_picture =
                view.project(point).is_some_and(|px| (0.0..800.0).contains(&px.x) && (0.0..500.0).contains(&px.y));
            if is_in_picture && !view.is_hidden(point * 1.0001) {
                seen += 1;
                assert!(is_drawn, "{point} from {lat_deg} {lng_deg}");
            }
            behind += usize::from(is_drawn && point.dot(view.eye.normalize()) < 0.0);
        }
        assert!(seen > 200 && behind < lines.len() / 4, "{lat_deg} {lng_deg}: {seen} seen, {behind} behind");
    }
}

#[test]
fn a_cap_is_around_its_points() {
    let points: Vec<Vec3> = [(50.0, 10.0), (51.0, 12.0), (48.0, 9.0)].map(|(lat, lng)| unit(lat, lng).as_vec3()).into();
    let cap = Cap::around(points.iter().copied());
    assert!(points.iter().all(|point| point.angle_between(cap.middle) <= cap.angle) && cap.angle < 0.06);
}

#[test]
fn a_file_that_is_cut_short_is_an_error() {
    for length in [0, 3, 100, BUILT_IN.len() / 2, BUILT_IN.len() * 3 / 4] {
        assert!(decode(&BUILT_IN[..length], LEVELS).is_err(), "{length}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&bytes, LEVELS);
        let _ = read(&[b"NGS1\x02DEFR\x01".as_slice(), &bytes].concat(), LEVELS);
    }
}
