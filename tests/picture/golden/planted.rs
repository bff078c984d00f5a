//! Tests that the comparison detects deliberate errors that a reviewer might overlook.
//!
//! Some are in the scene, some in a shader, and some in a stored picture, so that they are tested with any rasterizer,
//! or none.

use super::{
    compare::{Difference, off_by},
    expected,
    globe::Globe,
    lavapipe_or_not_run,
    snapshot::{Shot, recording},
};
use bevy::{
    asset::Assets,
    math::{Vec2, Vec3},
    shader::Shader,
};
use image::RgbImage;
use netglobe::{
    app::{Adapter, GpuWish},
    cli::{PictureSize, QualityChoice},
    geodesy::{ArcShape, LatLng},
    globe::spaces::CameraView,
};
use std::{env, fs, path::Path, process::Command};

fn assert_found(error: &str, wrong: &RgbImage, right: &RgbImage) {
    let complaint = Difference::between(wrong, right).complaint();
    println!("{error}: {complaint:?}");
    assert!(complaint.is_some(), "{error}, and nothing is said");
}

#[test]
fn an_error_in_what_is_drawn_is_found() {
    let Some(lavapipe) = lavapipe_or_not_run("an_error_in_what_is_drawn_is_found") else { return };
    let terminator = Shot { at: "2026-03-20T18:30:00Z", camera: "20,-8,4.2", ..Shot::of("one-arc") };
    let hub = Shot { camera: "40,2,4.2", home: Some("48.9,2.35"), ..Shot::of("hub") };
    let directory = tempfile::tempdir().expect("a directory");
    let without = |line: usize| {
        let path = directory.path().join("hub.ndjson");
        let text = fs::read_to_string(recording("hub")).expect("a recording");
        let lines: Vec<&str> = text.lines().enumerate().filter(|(at, _)| *at != line).map(|(_, line)| line).collect();
        fs::write(&path, lines.join("\n")).expect("written");
        path
    };
    for (error, shot, wrong) in [
        ("the sun is off by three degrees", &terminator, Shot { at: "2026-03-20T18:42:00Z", ..terminator.clone() }),
        ("the camera is off by half a degree", &terminator, Shot { camera: "20,-7.5,4.2", ..terminator.clone() }),
        ("home is off by a degree", &terminator, Shot { home: Some("52.5,14.4"), ..terminator.clone() }),
        ("one arc of 300 is missing", &hub, Shot { recording: without(3), ..hub.clone() }),
        ("the tier is another one", &terminator, Shot { flags: vec!["--quality", "high"], ..terminator.clone() }),
    ] {
        assert_found(error, &wrong.draw(lavapipe), &shot.draw(lavapipe));
    }
}

/// An error, its shader, the correct source, and its replacement.
const IN_SHADERS: [(&str, &str, &str, &str); 6] = [
    ("arcs have no slope", "arcs.wgsl", " + radial * slope;", ";"),
    (
        "arcs have each other's colours",
        "arcs.wgsl",
        "mix(start_colour, end_colour, t)",
        "mix(end_colour, start_colour, t)",
    ),
    ("arcs are a fifth too low", "arcs.wgsl", "* (1.0 / 128.0));", "* (0.8 / 128.0));"),
    ("comets are too short", "arcs.wgsl", "let length = 0.10 +", "let length = 0.06 +"),
    ("dots are a fifth too small", "dots.wgsl", "* (1.0 / 16.0) * view.px_per_pt", "* (0.8 / 16.0) * view.px_per_pt"),
    ("the glow ends too early", "earth.wgsl", "exp(-h / 0.050)", "exp(-h / 0.040)"),
];
/// Output directory of the process that draws them.
const OUT: &str = "NETGLOBE_TEST_PLANTED";

#[test]
fn an_error_in_a_shader_is_found() {
    const NAME: &str = "planted::an_error_in_a_shader_is_found";
    if let Some(out) = env::var_os(OUT) {
        return draw_with_errors(Path::new(&out));
    }
    let Some(lavapipe) = lavapipe_or_not_run(NAME) else { return };
    let out = tempfile::tempdir().expect("a directory");
    // Restart with lavapipe as the only driver.
    let status = Command::new(env::current_exe().expect("a path"))
        .args(["--exact", NAME, "--nocapture"])
        .env(OUT, out.path())
        .envs(lavapipe.environment())
        .status()
        .expect("started");
    assert!(status.success(), "{status}");
    let picture = |name: &str| image::open(out.path().join(name)).expect(name).into_rgb8();
    let right = picture("right.png");
    for (at, (error, ..)) in IN_SHADERS.iter().enumerate() {
        assert_found(error, &picture(&format!("{at}.png")), &right);
    }
    assert_eq!(Difference::between(&picture("right-again.png"), &right).complaint(), None);
}

fn draw_with_errors(out: &Path) {
    let adapter = Adapter::find(&GpuWish::default()).expect("an adapter");
    let size = PictureSize { width: 256, height: 256 };
    let globe = Globe { arcs: 12, size, quality: QualityChoice::Low, overlay: 0.0, distance_radii: 4.2 };
    let draw = |name: &str, change: Option<(&str, &str, &str)>| {
        let mut off_screen = globe.on(&adapter);
        if let Some((file, right, wrong)) = change {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders").join(file);
            let source = fs::read_to_string(path).expect("a shader");
            assert_eq!(source.matches(right).count(), 1, "{file}: {right}");
            let mut shaders = off_screen.app.world_mut().resource_mut::<Assets<Shader>>();
            let id = shaders.iter().find(|(_, shader)| shader.path == file).map(|(id, _)| id).expect("a shader");
            shaders.insert(id, Shader::from_wgsl(source.replace(right, wrong), file.to_owned())).expect("replaced");
        }
        off_screen.picture().expect("a picture").save(out.join(name)).expect("written");
    };
    draw("right.png", None);
    draw("right-again.png", None);
    for (at, (_, file, right, wrong)) in IN_SHADERS.into_iter().enumerate() {
        draw(&format!("{at}.png"), Some((file, right, wrong)));
    }
}

/// A stored picture.
fn kept(name: &str) -> RgbImage {
    image::open(expected(name)).expect(name).into_rgb8()
}

fn unit((lat_deg, lng_deg): (f64, f64)) -> Vec3 {
    LatLng::from_degrees(lat_deg, lng_deg).expect("a place").to_unit().as_vec3()
}

/// The camera of the picture `day`, which differs from `nothing-open` only in arcs and dots.
fn camera_of_day() -> CameraView {
    CameraView::new(unit((42.0, 13.4)).as_dvec3(), 4.2, Vec2::splat(256.0), 1.0)
}

/// Applies a rule to the pixels of `day` near some points, from their colours with and without arcs.
fn day_changed_near(points: &[Vec3], reach_px: f32, rule: fn([u8; 3], [u8; 3]) -> [u8; 3]) -> RgbImage {
    let (mut day, empty, camera) = (kept("day.png"), kept("nothing-open.png"), camera_of_day());
    let marked: Vec<Vec2> = points.iter().filter_map(|point| camera.project(*point)).collect();
    let mut changed = 0;
    for (x, y, pixel) in day.enumerate_pixels_mut() {
        let here = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
        let bare = empty.get_pixel(x, y);
        if marked.iter().any(|point| point.distance(here) < reach_px) && off_by(pixel, bare) > 2 {
            pixel.0 = rule(pixel.0, bare.0);
            changed += 1;
        }
    }
    assert!(changed > 8, "there is something to change: {changed} pixels");
    day
}

/// Cairo and Moscow, where connections of `day` end.
const ENDS_OF_DAY: [(f64, f64); 2] = [(30.04, 31.24), (55.76, 37.62)];

#[test]
fn a_missing_dot_is_found() {
    for end in ENDS_OF_DAY {
        let wrong = day_changed_near(&[unit(end) * 1.001], 2.6, |_, bare| bare);
        assert_found(&format!("the dot at {end:?} is missing"), &wrong, &kept("day.png"));
    }
}

#[test]
fn an_arc_of_another_colour_is_found() {
    for end in ENDS_OF_DAY {
        let home = unit((52.5, 13.4)).as_dvec3();
        let arc = ArcShape { start: home, end: unit(end).as_dvec3(), apex_factor: 1.0 };
        let line: Vec<Vec3> = (20..=380).map(|step| arc.point(f64::from(step) / 400.0).as_vec3()).collect();
        // Only the light of the arc, with green and blue swapped.
        let wrong = day_changed_near(&line, 4.0, |lit, bare| {
            let light = [0, 1, 2].map(|channel| i16::from(lit[channel]) - i16::from(bare[channel]));
            let other = [light[0], light[2], light[1]];
            [0, 1, 2].map(|channel| (i16::from(bare[channel]) + other[channel]).clamp(0, 255) as u8)
        });
        assert_found(&format!("the arc to {end:?} has another colour"), &wrong, &kept("day.png"));
    }
}

#[test]
fn a_label_that_stands_elsewhere_is_found() {
    let right = kept("labels.png");
    // The name of Warsaw and its surroundings.
    let (columns, rows, by) = (700..756, 162..184, 4);
    let mut wrong = right.clone();
    for (x, y) in rows.flat_map(|y| columns.clone().map(move |x| (x, y))) {
        wrong.put_pixel(x + by, y, *right.get_pixel(x, y));
    }
    assert_found("a label is off by four pixels", &wrong, &right);
}
