//! Tests of how the window opens, and what happens if it cannot: on displays that do not respond, on screens of all
//! sizes and depths, without libraries, and after the loss of the display.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::reversed_empty_ranges, reason = "below zero they count from the far edge")]
#![allow(dead_code, reason = "the desktop can do more than is needed here")]

#[path = "../support/window/desktop.rs"]
mod desktop;
#[path = "../support/window/program.rs"]
mod program;
#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "../support/window/turn.rs"]
mod turn;

use desktop::{Desktop, PATIENCE};
use program::{Frame, Program, count, is_arc, is_letter};
use std::{
    fs::{self, File},
    os::unix::net::{UnixListener, UnixStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use turn::turn;

/// A Wayland display that has ended: its socket exists, but nothing answers.
fn left_over_wayland(desktop: &Desktop) {
    drop(UnixListener::bind(desktop.home().join("wayland-0")).expect("a socket"));
    assert!(desktop.home().join("wayland-0").exists());
}

/// The result of `netglobe doctor` for the display.
fn doctor_on_display(desktop: &Desktop, variables: &[(&str, &str)]) -> String {
    let mut command = desktop.command(env!("CARGO_BIN_EXE_netglobe"));
    let output = command.arg("doctor").envs(variables.iter().copied()).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.contains(" display "));
    line.unwrap_or_else(|| panic!("no line about the display: {text}")).trim().to_owned()
}

/// Runs a program that shows the list instead of a window: waits for the list, ends the program, and returns its log.
fn list_instead(mut command: Command, said: &std::path::Path, rows: &std::path::Path) -> String {
    let child = command.stdout(File::create(rows).expect("a file")).spawn().expect("netglobe starts");
    wait_for_list(child, said, rows)
}

fn wait_for_list(mut child: Child, said: &std::path::Path, rows: &std::path::Path) -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let start = Instant::now();
    loop {
        let (words, rows) = (read(said), read(rows));
        if words.contains("here is the list") && rows.lines().count() > 3 {
            break;
        }
        let is_running = matches!(child.try_wait(), Ok(None));
        assert!(is_running, "it ended without a list: {words}");
        assert!(start.elapsed() < PATIENCE, "no list comes: {words}");
        thread::sleep(Duration::from_millis(100));
    }
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    let words = read(said);
    assert!(!words.contains("panicked"), "{words}");
    assert_eq!(words.lines().filter(|line| line.contains("no window: ")).count(), 1, "one line: {words}");
    words
}

/// The log if no window can open on a desktop.
fn says_instead(desktop: &Desktop, variables: &[(&str, &str)]) -> String {
    let (command, said) = Program::command(desktop, &[], variables);
    list_instead(command, &said, &desktop.home().join("rows.txt"))
}

#[test]
fn a_wayland_display_that_is_gone_does_not_keep_the_window_from_an_x_server() {
    let Some(_turn) = turn("window_start::a_wayland_display_that_is_gone_does_not_keep_the_window_from_an_x_server")
    else {
        return;
    };
    let desktop = Desktop::start();
    left_over_wayland(&desktop);
    let wayland = [("WAYLAND_DISPLAY", "wayland-0")];
    let said = doctor_on_display(&desktop, &wayland);
    assert!(said.starts_with("ok") && said.contains("X11") && said.contains("wayland-0"), "{said}");
    let program = Program::open(&desktop, &[], &wayland);
    desktop.wait_for("the globe is there although wayland is gone", |picture| {
        count(picture, &program.globe(&desktop), is_arc) > 300
    });
    program.end();

    let neither = [wayland[0], ("DISPLAY", ":12345")];
    let said = doctor_on_display(&desktop, &neither);
    assert!(said.starts_with("no") && said.contains("wayland-0") && said.contains(":12345"), "{said}");
    let said = says_instead(&desktop, &neither);
    assert!(said.contains("wayland-0") && said.contains(":12345"), "{said}");
}

#[test]
fn an_x_server_without_a_file_is_one() {
    let Some(_turn) = turn("window_start::an_x_server_without_a_file_is_one") else { return };
    let mut desktop = Desktop::bare("800x600x24", &["-nolisten", "unix"]);
    // A previous server may have left a file.
    let file = format!("/tmp/.X11-unix/X{}", desktop.display().trim_start_matches(':'));
    assert!(UnixStream::connect(file).is_err(), "the server has a file");
    let said = doctor_on_display(&desktop, &[]);
    assert!(said.starts_with("ok") && said.contains("X11"), "{said}");
    let program = Program::open(&desktop, &[], &[]);
    desktop.wait_for("the globe is there", |picture| count(picture, &(0..800, 0..600), is_arc) > 100);
    program.end();
    desktop.end_server();
}

#[test]
fn on_screens_of_other_depths_there_is_the_globe_or_the_list() {
    let Some(_turn) = turn("window_start::on_screens_of_other_depths_there_is_the_globe_or_the_list") else { return };
    for depth in [15, 16, 30] {
        let desktop = Desktop::start_with(&format!("1600x900x{depth}"), &[]);
        let (mut command, said) = Program::command(&desktop, &[], &[]);
        let rows = desktop.home().join("rows.txt");
        let mut child = command.stdout(File::create(&rows).expect("a file")).spawn().expect("netglobe starts");
        let gave_up = || fs::read_to_string(&said).unwrap_or_default().contains("here is the list");
        // Not every driver supports such pictures; if the window stays black, the list is shown instead.
        desktop.wait_for(&format!("the globe or the list is there with {depth} bits"), |picture| {
            let globe = (410..1_590, 60..790);
            gave_up() || (count(picture, &globe, is_arc) > 300 && count(picture, &(0..600, 0..900), is_letter) > 500)
        });
        if gave_up() {
            let said = wait_for_list(child, &said, &rows);
            assert!(said.contains(&format!("{depth} bits per pixel")), "{said}");
        } else {
            child.kill().expect("it runs");
            child.wait().expect("it ended");
        }
    }
}

#[test]
fn a_display_that_cannot_show_the_globe_gives_the_list() {
    let Some(_turn) = turn("window_start::a_display_that_cannot_show_the_globe_gives_the_list") else { return };
    for (screen, words, why) in [
        ("800x600x8", &[][..], "pixel"),
        ("800x600x16", &["-extension", "Composite"], "pixel"),
        ("800x600x24", &["-extension", "RANDR"], "RANDR"),
    ] {
        let desktop = Desktop::bare(screen, words);
        let said = says_instead(&desktop, &[]);
        assert!(said.contains(why), "{screen} {words:?}: {said}");
        let windows = desktop.xdotool(["search", "--onlyvisible", "--name", "^netglobe$"]);
        assert!(windows.trim().is_empty(), "{screen}: no window is left: {windows}");
    }
}

#[test]
fn a_display_that_goes_gives_the_list() {
    let Some(_turn) = turn("window_start::a_display_that_goes_gives_the_list") else { return };
    let mut desktop = Desktop::start();
    let (mut command, said) = Program::command(&desktop, &[], &[]);
    let rows = desktop.home().join("rows.txt");
    let child = command.stdout(File::create(&rows).expect("a file")).spawn().expect("netglobe starts");
    desktop.wait_for("the globe is there", |picture| count(picture, &(410..1_500, 60..790), is_arc) > 300);
    desktop.end_server();
    let said = wait_for_list(child, &said, &rows);
    assert!(said.contains("display"), "{said}");
}

#[test]
fn a_library_that_is_missing_is_named() {
    let Some(_turn) = turn("window_start::a_library_that_is_missing_is_named") else { return };
    let desktop = Desktop::bare("800x600x24", &[]);
    for library in ["libXcursor.so.1", "libXi.so.6", "libxkbcommon-x11.so"] {
        // The loader finds an invalid library file first.
        let directory = tempfile::tempdir().expect("a temporary directory");
        let plain = library.split_inclusive(".so").next().expect("a name");
        for name in [plain.to_owned(), format!("{plain}.0"), library.to_owned()] {
            fs::write(directory.path().join(name), "no library").expect("written");
        }
        let path = directory.path().to_string_lossy().into_owned();
        let said = says_instead(&desktop, &[("LD_LIBRARY_PATH", &path)]);
        assert!(said.contains(library), "{library}: {said}");
        assert!(!said.contains("answers at"), "{library}: {said}");
    }
}

#[test]
fn the_window_fits_on_small_and_on_scaled_screens() {
    let Some(_turn) = turn("window_start::the_window_fits_on_small_and_on_scaled_screens") else { return };
    for (screen, scale) in [
        ((1366, 768), "1"),
        ((1024, 600), "1"),
        ((800, 480), "1"),
        ((640, 480), "1"),
        ((1920, 1080), "3"),
        ((1920, 1080), "1"),
    ] {
        let desktop = Desktop::start_with(&format!("{}x{}x24", screen.0, screen.1), &[]);
        let program = Program::open(&desktop, &[], &[("WINIT_X11_SCALE_FACTOR", scale)]);
        let mut frame = Frame::default();
        desktop.wait_for(&format!("the globe is there on {screen:?} at {scale}"), |picture| {
            frame = program.frame(&desktop);
            count(picture, &(0..screen.0, 0..screen.1), is_letter) > 300
        });
        let (right, bottom) = (frame.x + frame.width, frame.y + frame.height);
        assert!(right <= screen.0 && bottom <= screen.1, "{screen:?} at {scale}: {frame:?}");
        assert!(frame.width * 10 > screen.0 * 6, "{screen:?} at {scale}: it is as large as it may be: {frame:?}");
        program.quit(&desktop);
    }
}

#[test]
fn a_window_wider_than_what_can_be_drawn_is_held() {
    let Some(_turn) = turn("window_start::a_window_wider_than_what_can_be_drawn_is_held") else { return };
    // A desktop with a window manager, and one without, where size limits are not enforced.
    for desktop in [Desktop::start_with("18000x400x24", &[]), Desktop::bare("18000x400x24", &[])] {
        let program = Program::open(&desktop, &[], &[]);
        let has_panels =
            |picture: &image::RgbImage| count(picture, &program.part(&desktop, 0..480, 0..390), is_letter) > 300;
        desktop.wait_for("panels are there", has_panels);
        program.resize(&desktop, (17_500, 390));
        desktop.wait_for("a wide window is drawn", |picture| {
            has_panels(picture) && program.frame(&desktop).width > 15_000
        });
        program.resize(&desktop, (900, 390));
        desktop.wait_for("it has another size again", |picture| {
            has_panels(picture) && program.frame(&desktop).width == 900
        });
        let said = program.end();
        assert!(!said.contains("panicked") && !said.contains("no window"), "{said}");
    }
}

/// Variables with which there is no driver for Vulkan, and none for OpenGL, either.
const NO_VULKAN: [(&str, &str); 3] =
    [("VK_DRIVER_FILES", "/nonexistent"), ("VK_ICD_FILENAMES", "/nonexistent"), ("WGPU_BACKEND", "")];
const NO_OPENGL: [(&str, &str); 2] =
    [("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent"), ("LIBGL_DRIVERS_PATH", "/nonexistent")];

#[test]
fn without_vulkan_opengl_draws_and_without_both_there_is_the_list() {
    const NAME: &str = "window_start::without_vulkan_opengl_draws_and_without_both_there_is_the_list";
    let Some(_turn) = turn(NAME) else { return };
    if let Err(why) = rasterizer::opengl() {
        turn::not_run(NAME, why);
        return;
    }
    let desktop = Desktop::start();
    let doctor = |variables: &[(&str, &str)]| {
        let mut command = desktop.command(env!("CARGO_BIN_EXE_netglobe"));
        let output = command.arg("doctor").envs(variables.iter().copied()).output().expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find(|line| line.contains(" graphics ")).map(str::trim).map(str::to_owned);
        line.unwrap_or_else(|| panic!("no line about graphics: {text}"))
    };
    let line = doctor(&NO_VULKAN);
    assert!(line.starts_with("ok") && line.contains("OpenGL draws: no driver for Vulkan was found"), "{line}");
    let program = Program::open(&desktop, &[], &NO_VULKAN);
    desktop.wait_for("the globe is there with OpenGL", |picture| {
        let letters = count(picture, &(0..600, 0..900), is_letter);
        letters > 500 && count(picture, &program.globe(&desktop), is_arc) > 300
    });
    program.end();

    let neither = [&NO_VULKAN[..], &NO_OPENGL].concat();
    let line = doctor(&neither);
    assert!(line.starts_with("no") && line.contains("no graphics driver was found that works"), "{line}");
    let said = says_instead(&desktop, &neither);
    assert!(said.contains("no graphics driver was found that works"), "{said}");
}

/// The second software driver, if it is installed: SwiftShader, which is part of Chromium.
fn swiftshader() -> Option<&'static str> {
    let files = [
        "/usr/lib/chromium/vk_swiftshader_icd.json",
        "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
        "/opt/google/chrome/vk_swiftshader_icd.json",
    ];
    files.into_iter().find(|file| fs::metadata(file).is_ok())
}

#[test]
fn leaving_does_not_fail_with_another_driver() {
    const NAME: &str = "window_start::leaving_does_not_fail_with_another_driver";
    let Some(_turn) = turn(NAME) else { return };
    let Some(driver) = swiftshader() else {
        turn::not_run(NAME, "SwiftShader is not installed (Debian: apt install chromium-common)");
        return;
    };
    let desktop = Desktop::start();
    let variables = [("VK_DRIVER_FILES", driver), ("VK_ICD_FILENAMES", driver)];
    let picture = desktop.home().join("out.png").to_string_lossy().into_owned();
    for arguments in [
        &["snapshot", &picture, "--size", "320x240", "--source", "demo:everyday"][..],
        &["bench", "--arcs", "10", "--frames", "3", "--size", "320x240", "--json"],
        &["doctor"],
    ] {
        let mut command = desktop.command(env!("CARGO_BIN_EXE_netglobe"));
        let command = command.args(arguments).envs(variables).stdin(Stdio::null());
        let output = command.output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {:?} {said}", output.status);
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
    // It may not be able to draw on this display; then the list is shown.
    let (mut command, said) = Program::command(&desktop, &[], &variables);
    let rows = desktop.home().join("rows.txt");
    let mut child = command.stdout(File::create(&rows).expect("a file")).spawn().expect("netglobe starts");
    let gave_up = || fs::read_to_string(&said).unwrap_or_default().contains("here is the list");
    desktop.wait_for("the globe or the list is there with another driver", |picture| {
        gave_up() || count(picture, &(410..1_590, 60..790), is_arc) > 300
    });
    if gave_up() {
        wait_for_list(child, &said, &rows);
        return;
    }
    desktop.key("ctrl+q");
    let status = child.wait().expect("it ends");
    assert!(status.success(), "{status}: {}", fs::read_to_string(&said).unwrap_or_default());
}
