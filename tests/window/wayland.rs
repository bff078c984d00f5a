//! Tests of the window on a real Wayland compositor without a screen: sway.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(dead_code, reason = "the helpers can do more than is needed here")]
#![allow(clippy::reversed_empty_ranges, reason = "below zero they count from the far edge")]

#[path = "../support/window/compositor.rs"]
mod compositor;
#[path = "../support/window/desktop.rs"]
mod desktop;
#[path = "../support/window/program.rs"]
mod program;
#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "../support/window/turn.rs"]
mod turn;

use compositor::Compositor;
use desktop::{Desktop, PATIENCE};
use program::{count, is_arc};
use std::{
    fs,
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};
use turn::turn;

/// Waits until a program that lost its window lists the connections, ends it, and returns its standard error.
fn wait_for_list(mut child: Child, errors: &Path, rows: &Path) -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let start = Instant::now();
    while !read(errors).contains("here is the list") || read(rows).lines().count() < 4 {
        assert!(matches!(child.try_wait(), Ok(None)), "it ended without a list: {}", read(errors));
        assert!(start.elapsed() < PATIENCE, "no list comes: {}", read(errors));
        thread::sleep(Duration::from_millis(100));
    }
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    read(errors)
}

fn compositor(test: &str) -> Option<Compositor> {
    match compositor::why_none() {
        None => Some(Compositor::start()),
        Some(why) => {
            turn::not_run(test, &why);
            None
        }
    }
}

#[test]
fn the_globe_shows_on_wayland_and_a_compositor_that_dies_gives_the_list() {
    const NAME: &str = "window_wayland::the_globe_shows_on_wayland_and_a_compositor_that_dies_gives_the_list";
    let Some(_turn) = turn(NAME) else { return };
    let Some(mut compositor) = compositor(NAME) else { return };
    let (child, errors, rows) = compositor.start_program(&[]);
    compositor.wait_for("the globe is there on Wayland", |picture| {
        count(picture, &(300..picture.width(), 60..picture.height()), is_arc) > 300
    });
    compositor.kill();
    let said = wait_for_list(child, &errors, &rows);
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(said.lines().filter(|line| line.contains("no window: ")).count(), 1, "one line: {said}");
}

#[test]
fn without_vulkan_opengl_draws_on_wayland() {
    const NAME: &str = "window_wayland::without_vulkan_opengl_draws_on_wayland";
    let Some(_turn) = turn(NAME) else { return };
    let Some(compositor) = compositor(NAME) else { return };
    if let Err(why) = rasterizer::opengl() {
        turn::not_run(NAME, why);
        return;
    }
    let none = [("VK_DRIVER_FILES", "/nonexistent"), ("VK_ICD_FILENAMES", "/nonexistent"), ("WGPU_BACKEND", "")];
    let (mut child, errors, _) = compositor.start_program(&none);
    compositor.wait_for("the globe is there on Wayland with OpenGL", |picture| {
        count(picture, &(300..picture.width(), 60..picture.height()), is_arc) > 300
    });
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    let said = fs::read_to_string(errors).unwrap_or_default();
    assert!(!said.contains("panicked") && !said.contains("no window"), "{said}");
}

#[test]
fn without_the_library_of_wayland_the_x_server_that_answers_is_taken() {
    const NAME: &str = "window_wayland::without_the_library_of_wayland_the_x_server_that_answers_is_taken";
    let Some(_turn) = turn(NAME) else { return };
    let Some(compositor) = compositor(NAME) else { return };
    let desktop = Desktop::bare("800x600x24", &[]);
    // The loader finds an invalid library file first.
    let directory = tempfile::tempdir().expect("a temporary directory");
    for name in ["libwayland-client.so", "libwayland-client.so.0"] {
        fs::write(directory.path().join(name), "no library").expect("written");
    }
    let socket = compositor.socket();
    let doctor = |variables: &[(&str, &str)]| {
        let mut command = desktop.command(env!("CARGO_BIN_EXE_netglobe"));
        let command = command.arg("doctor").env("WAYLAND_DISPLAY", &socket).envs(variables.iter().copied());
        let output = command.stderr(Stdio::null()).output().expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find(|line| line.contains(" display ")).unwrap_or_else(|| panic!("{text}"));
        line.trim().to_owned()
    };
    let line = doctor(&[]);
    assert!(line.starts_with("ok") && line.contains("Wayland"), "{line}");
    let line = doctor(&[("LD_LIBRARY_PATH", &directory.path().to_string_lossy())]);
    assert!(line.starts_with("ok") && line.contains("X11") && line.contains("libwayland-client"), "{line}");
}
