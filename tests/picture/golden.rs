//! Golden pictures: compares pictures drawn on lavapipe with reviewed ones.
//!
//! `tests/picture/golden/expected` contains the pictures, and `made-with.txt` the rasterizer used. After an intended change,
//! `UPDATE_EXPECTED=1 cargo test --release --test golden` redraws them: review each before committing it.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

#[path = "golden/compare.rs"]
mod compare;
#[path = "golden/ends.rs"]
mod ends;
#[path = "../support/globe.rs"]
mod globe;
#[path = "golden/planted.rs"]
mod planted;
#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "../support/not_run.rs"]
mod said;
#[path = "golden/snapshot.rs"]
mod snapshot;

use compare::{Difference, difference_picture};
use netglobe::{
    model::{SnapshotDelta, UnixMillis},
    sampler::{RecordingWriter, hub_scenario},
};
use rasterizer::{Lavapipe, lavapipe};
use said::not_run;
use snapshot::Shot;
use std::{
    env, fs,
    io::BufWriter,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// The pictures, by name.
fn shots() -> Vec<(&'static str, Shot)> {
    let few = || Shot::of("few");
    let tier = |tier| Shot { camera: "40,14,2.1", flags: vec!["--quality", tier], ..few() };
    let overlay = vec!["--quality", "low", "--overlay", "--filter", "process:firefox"];
    vec![
        ("day", few()),
        ("night", Shot { at: "2026-12-21T23:10:00Z", ..few() }),
        ("terminator", Shot { at: "2026-03-20T18:30:00Z", camera: "20,-8,4.2", ..Shot::of("one-arc") }),
        ("north-pole", Shot { camera: "84,-40,4.2", ..few() }),
        ("south-pole", Shot { camera: "-84,20,4.2", at: "2026-12-21T12:00:00Z", ..few() }),
        (
            "date-line",
            Shot {
                at: "2026-03-20T00:00:00Z",
                camera: "12,180,4.2",
                home: Some("35.68,139.69"),
                ..Shot::of("date-line")
            },
        ),
        ("antipodes", Shot { camera: "15,-70,4.2", home: Some("10,20"), ..Shot::of("antipodes") }),
        ("hub", Shot { camera: "40,2,4.2", home: Some("48.9,2.35"), ..Shot::of("hub") }),
        (
            "hub-of-5000",
            Shot { recording: hub_of_5000(), camera: "40,2,4.2", home: Some("50.11,8.68"), size: "480x360", ..few() },
        ),
        ("no-home", Shot { home: None, camera: "35,20,4.2", ..few() }),
        ("nothing-open", Shot::of("empty")),
        ("filter", Shot { flags: vec!["--quality", "low", "--filter", "process:firefox"], ..few() }),
        ("filter-without-match", Shot { flags: vec!["--quality", "low", "--filter", "process:nobody"], ..few() }),
        ("tier-low", tier("low")),
        ("tier-medium", tier("medium")),
        ("tier-high", tier("high")),
        ("fewer-pixels-low", Shot { flags: vec!["--quality", "low", "--render-scale", "0.5"], ..tier("low") }),
        ("fewer-pixels-high", Shot { flags: vec!["--quality", "high", "--render-scale", "0.75"], ..tier("high") }),
        ("lan-ring", Shot { camera: "50,12,2.6", ..Shot::of("lan") }),
        ("lan-ring-without-home", Shot { home: None, camera: "35,20,4.2", size: "480x320", ..Shot::of("lan") }),
        ("unlocated-shell", Shot { camera: "42,13.4,4.2", ..Shot::of("unlocated") }),
        ("places", Shot { camera: "47,12,2.3", size: "384x320", ..Shot::of("places") }),
        ("accuracy-circle", Shot { camera: "53,2,1.4", ..Shot::of("places") }),
        ("marks-high", Shot { camera: "47,12,2.3", flags: vec!["--quality", "high"], ..Shot::of("places") }),
        ("overlay", Shot { size: "960x540", flags: overlay, ..few() }),
        (
            "labels",
            Shot { camera: "48,11,1.7", size: "800x500", flags: vec!["--quality", "low", "--overlay"], ..few() },
        ),
    ]
}

/// A recording of a hub with 5,000 arcs, generated because it is large; the same in every run.
fn hub_of_5000() -> PathBuf {
    static RECORDING: OnceLock<PathBuf> = OnceLock::new();
    let write = || {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hub-of-5000.ndjson");
        let file = fs::File::create(&path).expect("a file");
        let mut recording = RecordingWriter::new(BufWriter::new(file), "hub of 5,000", UnixMillis(0)).expect("written");
        let opened = hub_scenario(5_000, 1, 1.0);
        recording.write(&SnapshotDelta { opened, ..SnapshotDelta::default() }).expect("written");
        path
    };
    RECORDING.get_or_init(write).clone()
}

/// Where three borders meet in an acute angle, a triangle thinner than a pixel once made a pixel of this view black: values
/// in it were extrapolated far beyond those of its vertices, and the high tier keeps them.
#[test]
fn a_thin_triangle_makes_no_pixel_black() {
    let Some(lavapipe) = lavapipe_or_not_run("a_thin_triangle_makes_no_pixel_black") else { return };
    let flags = vec!["--quality", "high"];
    let shot =
        Shot { camera: "40.088,8.68,3.85", home: Some("50.11,8.68"), size: "1600x1000", flags, ..Shot::of("empty") };
    let picture = shot.draw(lavapipe);
    let black: Vec<_> =
        picture.enumerate_pixels().filter(|(.., pixel)| pixel.0 == [0; 3]).map(|(x, y, _)| (x, y)).collect();
    assert!(black.is_empty(), "even the sky is brighter: {black:?}");
}

#[test]
fn every_picture_is_the_one_that_was_looked_at() {
    let Some(lavapipe) = lavapipe_or_not_run("every_picture_is_the_one_that_was_looked_at") else { return };
    let is_update = env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1");
    let made_with = expected("made-with.txt");
    if is_update {
        fs::write(&made_with, format!("{}\n", lavapipe.version)).expect("written");
    }
    let mut complaints = Vec::new();
    for (name, shot) in shots() {
        let actual = shot.draw(lavapipe);
        let path = expected(&format!("{name}.png"));
        if is_update {
            actual.save(&path).expect("written");
            continue;
        }
        let expected = image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).into_rgb8();
        if let Some(complaint) = Difference::between(&actual, &expected).complaint() {
            let (actual_path, difference_path) = (kept(name, "actual"), kept(name, "difference"));
            actual.save(&actual_path).expect("written");
            difference_picture(&actual, &expected).save(&difference_path).expect("written");
            let (actual, difference) = (actual_path.display(), difference_path.display());
            complaints.push(format!(
                "{name}: {complaint}\n  expected {}\n  actual {actual}\n  difference {difference}",
                path.display()
            ));
        }
    }
    let made_with = fs::read_to_string(&made_with).unwrap_or_default();
    assert!(
        complaints.is_empty(),
        "{}\nThe expected pictures were made with {}\nand these with {}.\nWhere the change is meant: UPDATE_EXPECTED=1, and look at every picture.",
        complaints.join("\n"),
        made_with.trim(),
        lavapipe.version
    );
}

#[test]
fn the_same_command_draws_the_same_picture() {
    let Some(lavapipe) = lavapipe_or_not_run("the_same_command_draws_the_same_picture") else { return };
    let shot = Shot { camera: "40,2,4.2", home: Some("48.9,2.35"), ..Shot::of("hub") };
    assert!(Difference::between(&shot.draw(lavapipe), &shot.draw(lavapipe)).is_none());
}

/// With the low and the medium quality, OpenGL draws what Vulkan draws. With the high one there is no bloom, since drivers for
/// OpenGL lack the format that it needs, so that has a picture of its own.
#[test]
fn opengl_draws_the_same_pictures() {
    const NAME: &str = "opengl_draws_the_same_pictures";
    const NAMES: [&str; 9] =
        ["night", "terminator", "hub-of-5000", "filter", "tier-medium", "tier-high", "lan-ring", "places", "overlay"];
    let environment = match rasterizer::opengl() {
        Ok(environment) => environment,
        Err(why) => return not_run(&format!("golden::{NAME}"), why),
    };
    let is_update = env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1");
    let mut complaints = Vec::new();
    for (name, shot) in shots().into_iter().filter(|(name, _)| NAMES.contains(name)) {
        let is_high = name == "tier-high";
        let actual = shot.draw_in(environment.clone());
        let name = if is_high { "tier-high-opengl" } else { name };
        let path = expected(&format!("{name}.png"));
        if is_update && is_high {
            actual.save(&path).expect("written");
        }
        let picture = image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).into_rgb8();
        if let Some(complaint) = Difference::between(&actual, &picture).complaint() {
            let kept = kept(name, "opengl");
            actual.save(&kept).expect("written");
            complaints.push(format!("{name}: {complaint}\n  expected {}\n  actual {}", path.display(), kept.display()));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn expected(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/picture/golden/expected").join(file)
}

fn kept(name: &str, what: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("golden-{name}-{what}.png"))
}

/// Lavapipe; if it is not installed, reports that this test did not run.
fn lavapipe_or_not_run(test: &str) -> Option<&'static Lavapipe> {
    match lavapipe() {
        Ok(lavapipe) => Some(lavapipe),
        Err(why) => {
            not_run(&format!("golden::{test}"), why);
            None
        }
    }
}
