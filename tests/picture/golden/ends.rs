//! Tests that arcs end at the right pixels, calculated from the camera for known connections.

use super::{
    compare::off_by,
    lavapipe_or_not_run,
    snapshot::{Shot, recording},
};
use bevy::math::{Vec2, Vec3};
use image::RgbImage;
use netglobe::{
    connections::Phase,
    geodesy::{ArcShape, LatLng},
    globe::{
        arcs::{ArcStyle, arc_instance},
        spaces::CameraView,
    },
    sampler::RecordingReader,
};
use std::{fs::File, io::BufReader};

const HOME: (f64, f64) = (52.5, 13.4);
const SIZE: Vec2 = Vec2::new(1000.0, 750.0);
/// Lower edge of the label "REPLAY …", px from the top.
const LABEL_BOTTOM: u32 = 60;
/// Distance from arcs and dots beyond which the picture is that of a globe without connections, px.
const REACH_PX: f32 = 9.0;

/// The ends of a recording's connections and their arcs, as unit vectors and points in globe space.
fn connections(home: LatLng) -> Vec<(LatLng, ArcShape)> {
    let file = File::open(recording("few")).expect("a recording");
    let mut reader = RecordingReader::new(BufReader::new(file)).expect("a heading");
    let mut found = Vec::new();
    while let Some(delta) = reader.next_delta().expect("a delta") {
        for connection in delta.opened {
            let place = connection.stated_location().expect("stated").place.as_ref().expect("a place").position;
            let style = ArcStyle { home: Some(home.to_unit().as_vec3()), ..ArcStyle::default() };
            let instance = arc_instance(&connection, Phase::Open, place, style, None, 0);
            let apex_factor = f64::from(instance.shape & 0xff) / 128.0;
            found.push((place, ArcShape { start: home.to_unit(), end: place.to_unit(), apex_factor }));
        }
    }
    found
}

fn at((lat_deg, lng_deg): (f64, f64)) -> LatLng {
    LatLng::from_degrees(lat_deg, lng_deg).expect("a place")
}

/// Whether a dot is drawn at a place: the pixel there differs from that of a globe without connections.
fn has_dot(place: LatLng, camera: &CameraView, drawn: &RgbImage, empty: &RgbImage) -> bool {
    let px = camera.project(place.to_unit().as_vec3() * 1.001).expect("before the eye");
    let (x, y) = (px.x as u32, px.y as u32);
    let (lit, bare) = (drawn.get_pixel(x, y), empty.get_pixel(x, y));
    off_by(lit, bare) > 40 && lit.0.iter().map(|part| u32::from(*part)).sum::<u32>() > 400
}

#[test]
fn arcs_end_at_the_right_pixels_and_touch_no_others() {
    let Some(lavapipe) = lavapipe_or_not_run("arcs_end_at_the_right_pixels_and_touch_no_others") else { return };
    // In daylight, so that no dot is hidden by the lights of its own city.
    let shot = |name| Shot { size: "1000x750", camera: "42,13.4,3.2", ..Shot::of(name) };
    let (drawn, empty) = (shot("few").draw(lavapipe), shot("empty").draw(lavapipe));
    let home = at(HOME);
    let camera = CameraView::new(at((42.0, 13.4)).to_unit(), 3.2, SIZE, 1.0);
    let connections = connections(home);

    let seen: Vec<LatLng> = connections
        .iter()
        .map(|(place, _)| *place)
        .filter(|place| !camera.is_hidden(place.to_unit().as_vec3() * 1.001))
        .collect();
    assert!(seen.len() >= 6, "the camera looks at {} ends", seen.len());
    for place in &seen {
        assert!(has_dot(*place, &camera, &drawn, &empty), "no dot at {place:?}");
    }
    // Verify that the check finds no dots elsewhere: at places mirrored to the other side of home.
    for place in &seen {
        let mirrored = at((place.lat_deg(), 2.0 * HOME.1 - place.lng_deg()));
        let is_seen = !camera.is_hidden(mirrored.to_unit().as_vec3() * 1.001);
        let is_far = (place.lng_deg() - HOME.1).abs() > 8.0;
        let is_dotted = is_seen && is_far && has_dot(mirrored, &camera, &drawn, &empty);
        assert!(!is_dotted, "a dot at {mirrored:?}");
    }

    let lines =
        connections.iter().flat_map(|(_, arc)| (0..=400).map(|step| arc.point(f64::from(step) / 400.0).as_vec3()));
    // Whole arcs, because they fade over a few pixels behind the limb.
    let marked: Vec<Vec2> =
        lines.chain([home.to_unit().as_vec3()]).filter_map(|point: Vec3| camera.project(point)).collect();
    let mut touched = 0;
    for (x, y, pixel) in drawn.enumerate_pixels() {
        if y < LABEL_BOTTOM || off_by(pixel, empty.get_pixel(x, y)) <= 2 {
            continue;
        }
        touched += 1;
        let here = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
        let off = marked.iter().map(|point| point.distance(here)).fold(f32::INFINITY, f32::min);
        assert!(off <= REACH_PX, "({x}, {y}) is another pixel, {off:.0} px from every arc");
    }
    assert!(touched > 1_500, "arcs touch only {touched} pixels");
}
