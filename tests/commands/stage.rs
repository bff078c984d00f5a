//! Stage mode: nothing that leaves the program contains an original, neither in its texts and files nor in what is drawn, as
//! tesseract reads it.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::reversed_empty_ranges, reason = "below zero they count from the far edge")]
#![allow(clippy::duplicate_mod, reason = "the desktop and the program without a window share a module")]
#![allow(dead_code, reason = "the desktop can do more than is needed here")]

#[path = "../support/window/desktop.rs"]
mod desktop;
#[path = "../support/window/program.rs"]
mod program;
#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "stage/reader.rs"]
mod reader;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/window/turn.rs"]
mod turn;

use desktop::Desktop;
use program::Program;
use reader::{read_picture, why_no_reader};
use std::{fs, path::PathBuf, thread, time::Duration, time::Instant};
use support::{PATIENCE, User, not_run};
use turn::turn;

/// Parts of what must not be seen. Each is in the recording of [`private`], or in the flags.
const SECRETS: [&str; 9] = ["brunhilde", "81.2.69", "89.160", "192.168", "2001:218", "12.3", "wg-", "7c1f", "Leipzig"];

/// A recording of a computer whose user, addresses, paths, units and interfaces are private, at a private path.
fn private(user: &User) -> PathBuf {
    let directory = user.home().join("brunhilde");
    fs::create_dir_all(&directory).expect("writable");
    let row = |number: u16, remote: &str, port: u16, name: &str| {
        let local = if remote.contains(':') { "2001:218::99" } else { "192.168.17.23" };
        serde_json::json!({
            "key": {"protocol": "tcp", "local": {"ip": local, "port": 40_000 + number},
                    "remote": {"ip": remote, "port": port}, "identity": number},
            "state": "established", "direction": "out", "uid": 1717, "interface": "wg-brunhilde",
            "owner": {"process": {"pid": 1000 + number, "name": name, "path": format!("/home/brunhilde/bin/{name}")}},
            "context": {"unit": "app-brunhilde-7c1f.scope", "user": "brunhilde"},
            "traffic": {"bytes_sent": 1000, "bytes_received": 2000, "rtt_ms": 12.3, "min_rtt_ms": 12.3},
        })
    };
    let opened = [
        row(1, "81.2.69.142", 443, "courier"),
        row(2, "89.160.20.112", 22, "ssh"),
        row(3, "192.168.17.9", 445, "courier"),
        row(4, "2001:218::17", 443, "ssh"),
    ];
    let head = serde_json::json!({"netglobe_recording": 1, "label": "brunhilde", "started_at": 1_795_000_000_000_i64});
    let path = directory.join("brunhilde.ndjson");
    let delta = serde_json::json!({"at": 1_795_000_000_000_i64, "opened": opened});
    fs::write(&path, format!("{head}\n{delta}\n")).expect("written");
    path
}

/// The first secret in `text`.
fn secret_in(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    SECRETS.into_iter().find(|secret| text.contains(&secret.to_lowercase()))
}

/// A user with the private recording as the source, and a broken configuration, so that a message names its path.
fn setting() -> (User, Vec<String>) {
    let user = User::new();
    let source = format!("replay:{}", private(&user).display());
    let flags = ["--source", &source, "--home", "51.34,12.37"].map(str::to_owned);
    (user, flags.to_vec())
}

fn run(user: &User, words: &[&str], flags: &[String], is_stage: bool) -> support::Outcome {
    let mut args: Vec<&str> = words.to_vec();
    args.extend(flags.iter().map(String::as_str));
    args.extend(is_stage.then_some("--stage"));
    let outcome = user.run(&args);
    assert_eq!(outcome.code, Some(0), "{words:?}: {outcome:?}");
    outcome
}

#[test]
fn lists_contain_no_original_and_the_same_substitutes_each_time() {
    let (user, flags) = setting();
    for words in [&["list"][..], &["list", "--json"]] {
        let open = run(&user, words, &flags, false);
        assert!(secret_in(&open.stdout).is_some(), "the secrets are there without stage mode: {}", open.stdout);
        let masked = run(&user, words, &flags, true);
        for text in [&masked.stdout, &masked.stderr] {
            assert_eq!(secret_in(text), None, "{text}");
        }
        let couriers = masked.stdout.lines().filter(|line| line.contains("courier")).count();
        assert_eq!(couriers, 2, "programs keep their names: {}", masked.stdout);
        assert_eq!(run(&user, words, &flags, true).stdout, masked.stdout);
    }
    let rows = run(&user, &["list", "--json"], &flags, true).json_lines();
    assert_eq!(rows.len(), 4);
    for row in &rows {
        for end in ["local", "remote"] {
            assert!(row[end]["ip"].as_str().expect("an address").starts_with("2001:db8:"), "{row}");
        }
        assert!(row["flags"].as_array().expect("flags").contains(&"masked".into()), "{row}");
    }
    let place = |row: &serde_json::Value| row["place"]["city"].as_str().map(str::to_owned);
    assert!(rows.iter().filter_map(place).any(|city| city == "London"), "places of peers are found: {rows:?}");
}

#[test]
fn no_filter_finds_an_original() {
    let (user, flags) = setting();
    for query in
        ["ip:81.2.69.142", "ip:192.168.0.0/16", "user:brunhilde", "unit:7c1f", "process:brunhilde", "brunhilde"]
    {
        let count = |is_stage| run(&user, &["list", "--json", "--filter", query], &flags, is_stage).json_lines().len();
        assert!(count(false) > 0, "{query} matches without stage mode");
        assert_eq!(count(true), 0, "{query}");
    }
}

#[test]
fn pictures_and_films_show_no_original() {
    let test = "stage::pictures_and_films_show_no_original";
    let (user, flags) = setting();
    if let Some(why) = user.why_no_picture().or_else(why_no_reader) {
        return not_run(test, &why);
    }
    let draw = |is_stage: bool| {
        let name = format!("picture-{is_stage}.png");
        let words = ["snapshot", &name, "--overlay", "--show-home", "--size", "1500x900", "--ui-scale", "1.2"];
        run(&user, &words, &flags, is_stage);
        let path = user.home().join(&name);
        (fs::read(&path).expect("a picture"), read_picture(&image::open(&path).expect("a picture").into_rgb8()))
    };
    let (_, open) = draw(false);
    assert!(open.contains("brunhilde") && open.contains("Leipzig"), "read without stage mode: {open}");
    let (bytes, masked) = draw(true);
    assert!(masked.contains("STAGE") && masked.contains("courier"), "read in stage mode: {masked}");
    assert_eq!(secret_in(&masked), None, "{masked}");
    // Short ones are in any compressed picture.
    let bytes = String::from_utf8_lossy(&bytes).to_lowercase();
    let found = SECRETS.into_iter().find(|secret| secret.len() > 6 && bytes.contains(&secret.to_lowercase()));
    assert_eq!(found, None, "in the bytes of the file");
    let words = ["film", "film", "--overlay", "--seconds", "0.1", "--fps", "10", "--size", "1500x900"];
    run(&user, &words, &flags, true);
    let frame = fs::read_dir(user.home().join("film")).expect("a folder").flatten().next().expect("a frame").path();
    let film = read_picture(&image::open(frame).expect("a picture").into_rgb8());
    assert!(film.contains("courier") && secret_in(&film).is_none(), "{film}");
}

#[test]
fn the_key_masks_the_window_at_once_and_must_be_pressed_twice_to_end_it() {
    let test = "stage::the_key_masks_the_window_at_once_and_must_be_pressed_twice_to_end_it";
    let Some(_turn) = turn(test) else { return };
    if let Some(why) = why_no_reader() {
        return not_run(test, &why);
    }
    let desktop = Desktop::start();
    let program = Program::start(&desktop);
    // Reads the window until it shows, or no longer shows, these words.
    let wait = |what: &str, is_right: &dyn Fn(&str) -> bool| {
        let start = Instant::now();
        loop {
            let picture = desktop.picture();
            // The mode, the details and the notice: reading everything takes long.
            let parts = [(0..400, 0..90), (930..1_280, 0..600), (400..930, 500..720)]
                .map(|(x, y)| program.part(&desktop, x, y))
                .map(|(x, y)| image::imageops::crop_imm(&picture, x.start, y.start, x.len() as u32, y.len() as u32));
            let text = parts.map(|part| read_picture(&part.to_image())).concat();
            if is_right(&text) {
                return;
            }
            if start.elapsed() > PATIENCE {
                desktop::keep(&picture, "stage");
                panic!("{what}: {text}");
            }
            thread::sleep(Duration::from_millis(200));
        }
    };
    // A row of the table; its details contain the name of a user.
    let row = program.at(&desktop, (120, 420));
    desktop.click(row);
    let is_open = |text: &str| (text.contains("demo (uid") || text.contains("root (uid")) && !text.contains("STAGE");
    let is_masked = |text: &str| text.contains("user-") && text.contains("STAGE") && !text.contains("demo (uid");
    wait("the details show a user", &is_open);
    desktop.key("s");
    wait("it is masked", &is_masked);
    desktop.key("s");
    wait("the program asks", &|text| is_masked(text) && text.contains("once more"));
    // On a loaded machine the question may have gone before it was read; then it is asked again.
    wait("all is back", &|text| {
        let is_back = !text.contains("STAGE") && !text.contains("user-");
        if !is_back {
            desktop.key("s");
        }
        is_back
    });
    desktop.click(row);
    wait("the details show a user again", &is_open);
    program.quit(&desktop);
}
