//! Films: the same flags give the same frames, reduced motion moves nothing, and what fails is told.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

#[path = "../support/not_run.rs"]
mod not_run;
#[path = "../support/rasterizer.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod rasterizer;

use not_run::not_run;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Two connections that are always there; `TRAFFIC` is replaced.
const SCENARIO: &str = "title = \"Two connections\"\n\
    [programs.ssh]\npid = 2000\npath = \"/usr/bin/ssh\"\n\
    [operators.cloud]\nasn = 64496\nname = \"Example Cloud\"\n\
    [[connections]]\nprogram = \"ssh\"\npeer = \"Cairo\"\noperators = [\"cloud\"]\nport = 22\nalways = true\nTRAFFIC\n\
    [[connections]]\nprogram = \"ssh\"\npeer = \"Oslo\"\noperators = [\"cloud\"]\nport = 22\nalways = true\nTRAFFIC\n";

/// Runs `netglobe film OUT` with these flags; `None` if nothing can be drawn here.
fn film(test: &str, out: &Path, flags: &[&str], path: Option<&str>) -> Option<Output> {
    let lavapipe = match rasterizer::lavapipe() {
        Ok(lavapipe) => lavapipe,
        Err(why) => {
            not_run(test, why);
            return None;
        }
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_netglobe"));
    command
        .arg("film")
        .arg(out)
        .args(["--home", "40,10", "--size", "240x160", "--quality", "low"])
        .args(flags)
        .envs(lavapipe.environment())
        .env("XDG_CONFIG_HOME", out.with_extension("config"))
        .env("TZ", "UTC")
        .env("LC_ALL", "C.UTF-8");
    if let Some(path) = path {
        command.env("PATH", path);
    }
    Some(command.output().expect("netglobe runs"))
}

fn frames(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a frame")).collect()
}

/// The largest difference of a colour of two pictures.
fn largest_change(a: &[u8], b: &[u8]) -> u8 {
    let [a, b] = [a, b].map(|bytes| image::load_from_memory(bytes).expect("a picture").into_rgb8().into_raw());
    a.iter().zip(&b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or_default()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_same_seed_gives_the_same_frames() {
    let directory = tempfile::tempdir().unwrap();
    let flags = ["--source", "demo:web-page,5", "--seconds", "2", "--fps", "5", "--overlay", "--camera", "40,10,3.85"];
    let run = |name: &str| {
        let out = directory.path().join(name);
        let output = film("film::the_same_seed_gives_the_same_frames", &out, &flags, None)?;
        assert!(output.status.success(), "{}", said(&output));
        assert!(said(&output).contains("10 frames, 2.0 s at 5 frames per second (240x160)"), "{}", said(&output));
        Some(frames(&out))
    };
    let Some(first) = run("a") else { return };
    assert_eq!(first.len(), 10);
    assert!(first.windows(2).all(|pair| pair[0] != pair[1]), "the earth turns");
    assert!(first == run("b").expect("it ran before"), "the same frames");
}

#[test]
fn with_reduced_motion_frames_differ_only_where_data_changed() {
    let directory = tempfile::tempdir().unwrap();
    let run = |name: &str, traffic: &str, flags: &[&str]| {
        let file = directory.path().join(format!("{name}.toml"));
        fs::write(&file, SCENARIO.replace("TRAFFIC", traffic)).unwrap();
        let (out, source) = (directory.path().join(name), format!("demo:{}", file.display()));
        let all = [&["--source", &source, "--seconds", "1", "--fps", "6", "--camera", "45,15,2.5"], flags].concat();
        let output = film("film::with_reduced_motion_frames_differ_only_where_data_changed", &out, &all, None)?;
        assert!(output.status.success(), "{}", said(&output));
        Some(frames(&out))
    };
    let busy = "traffic = \"both\"\nbytes_per_sec = 200000";
    let Some(moving) = run("moving", busy, &["--turn", "0"]) else { return };
    assert!(moving.windows(2).all(|pair| largest_change(&pair[0], &pair[1]) > 20), "comets move");
    let idle = run("idle", "traffic = \"none\"", &["--reduced-motion"]).expect("it ran before");
    // The sun moves by a hundredth of a degree.
    assert!(idle.windows(2).all(|pair| largest_change(&pair[0], &pair[1]) <= 2), "nothing else moves");
}

#[test]
fn without_ffmpeg_or_if_it_fails_half_way_it_is_told_and_what_was_made_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let test = "film::without_ffmpeg_or_if_it_fails_half_way_it_is_told_and_what_was_made_is_kept";
    let out = directory.path().join("film.mp4");
    let flags = ["--source", "demo:everyday", "--seconds", "2", "--fps", "10"];
    let Some(without) = film(test, &out, &flags, Some("/nowhere")) else { return };
    assert!(!without.status.success());
    assert!(said(&without).contains("cannot start ffmpeg") && said(&without).contains("a folder or a .gif"));
    // Reads one frame, writes something, and fails.
    let tools = directory.path().join("bin");
    fs::create_dir(&tools).unwrap();
    let script = "#!/bin/sh\nfor part; do :; done\nhead -c 100000 >/dev/null\necho begun >\"$part\"\necho disk full >&2\nexit 1\n";
    fs::write(tools.join("ffmpeg"), script).unwrap();
    fs::set_permissions(tools.join("ffmpeg"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", tools.display());
    let failed = film(test, &out, &flags, Some(&path)).expect("it ran before");
    assert!(!failed.status.success());
    let kept = directory.path().join("film.mp4.part");
    let expected = format!("ffmpeg failed: disk full; what was made is in {}", kept.display());
    assert!(said(&failed).contains(&expected), "{}", said(&failed));
    assert!(kept.exists() && !out.exists());
}
