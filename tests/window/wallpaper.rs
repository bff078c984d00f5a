//! The background of the desktop, on a real X server and a real Wayland compositor: the globe is there, rests while a full-screen
//! window covers it, and ends with its first process.
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
use image::RgbImage;
use nix_ptrace::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use program::{count, is_arc};
use std::{
    fs,
    process::Child,
    thread,
    time::{Duration, Instant},
};
use turn::{not_run, turn};
use x11rb::{
    connection::Connection,
    protocol::xproto::{AtomEnum, ConnectionExt as _, CreateWindowAux, PropMode, WindowClass},
    wrapper::ConnectionExt as _,
};

const FLAGS: [&str; 3] = ["--wallpaper", "--source", "demo:everyday,3"];

/// Processes that `parent` has started.
fn parts(parent: u32) -> Vec<u32> {
    let text = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// CPU time of a process, in clock ticks.
fn ticks(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Whether a process uses more than `percent` of a core for two seconds.
fn uses_more_than(pid: u32, percent: u64) -> bool {
    let before = ticks(pid);
    thread::sleep(Duration::from_secs(2));
    ticks(pid) - before > 2 * percent
}

fn has_globe(picture: &RgbImage) -> bool {
    count(picture, &(0..picture.width(), 0..picture.height()), is_arc) > 300
}

/// Ends the program as the desktop does, and checks that nothing of it is left.
fn end(mut program: Child) {
    let parts = parts(program.id());
    assert!(!parts.is_empty(), "each monitor has a process");
    kill(Pid::from_raw(program.id().cast_signed()), Signal::SIGTERM).expect("it runs");
    program.wait().expect("it ended");
    wait_until("all have ended", || parts.iter().all(|pid| !fs::exists(format!("/proc/{pid}/exe")).unwrap_or(false)));
}

#[test]
fn the_globe_is_on_the_background_of_x11_and_rests_below_a_full_screen_window() {
    let Some(_turn) = turn("window_wallpaper::the_globe_is_on_the_background_of_x11") else { return };
    let desktop = Desktop::start();
    let (said, log) = desktop.log_file();
    let program = desktop
        .command(env!("CARGO_BIN_EXE_netglobe"))
        .args(FLAGS)
        .args(["--home", "52.5,13.4", "--quality", "low"])
        .envs(rasterizer::lavapipe().expect("lavapipe").environment())
        .stderr(log)
        .spawn()
        .expect("netglobe starts");
    desktop.wait_for("the globe is on the background", |picture| {
        assert_eq!(fs::read_to_string(&said).expect("its log"), "", "nothing is wrong");
        has_globe(picture)
    });
    let part = parts(program.id())[0];
    wait_until("it draws", || uses_more_than(part, 10));

    // A window that fills the screen.
    let (connection, screen) = x11rb::connect(Some(desktop.display())).expect("the X server");
    let (root, width, height) = {
        let screen = &connection.setup().roots[screen];
        (screen.root, screen.width_in_pixels, screen.height_in_pixels)
    };
    let window = connection.generate_id().expect("an identifier");
    let white = CreateWindowAux::new().background_pixel(0x00ff_ffff);
    let class = WindowClass::INPUT_OUTPUT;
    connection.create_window(0, window, root, 0, 0, width, height, 0, class, 0, &white).expect("a window");
    let atom = |name: &[u8]| connection.intern_atom(false, name).expect("asked").reply().expect("an atom").atom;
    let full = [atom(b"_NET_WM_STATE_FULLSCREEN")];
    connection
        .change_property32(PropMode::REPLACE, window, atom(b"_NET_WM_STATE"), AtomEnum::ATOM, &full)
        .expect("a property");
    connection.map_window(window).expect("mapped");
    connection.sync().expect("done");
    desktop.wait_for("the window is over it", |picture| !has_globe(picture));
    wait_until("it rests", || !uses_more_than(part, 10));
    connection.destroy_window(window).expect("asked");
    connection.sync().expect("done");
    desktop.wait_for("the globe is there again", has_globe);
    wait_until("it draws again", || uses_more_than(part, 10));

    // Another process draws when one has crashed.
    kill(Pid::from_raw(part.cast_signed()), Signal::SIGKILL).expect("it runs");
    desktop.wait_for("nothing is on the background", |picture| !has_globe(picture));
    desktop.wait_for("another process draws on the background", has_globe);
    assert!(parts(program.id()).iter().all(|pid| *pid != part), "it is another one");
    end(program);
}

#[test]
fn the_globe_is_on_the_background_of_wayland() {
    let name = "window_wallpaper::the_globe_is_on_the_background_of_wayland";
    let Some(_turn) = turn(name) else { return };
    if let Some(why) = compositor::why_none() {
        return not_run(name, &why);
    }
    let compositor = Compositor::start();
    let (program, ..) = compositor.start_with(&FLAGS, &[]);
    compositor.wait_for("the globe is on the background of Wayland", has_globe);
    let part = parts(program.id())[0];
    // A window that fills the screen: the compositor asks for no frames of what is below.
    wait_until("it draws", || uses_more_than(part, 10));
    let flags = ["--ambient", "--source", "demo:port-scan", "--cpu-limit", "5%"];
    let (mut window, ..) = compositor.start_with(&flags, &[]);
    wait_until("it rests", || !uses_more_than(part, 10));
    window.kill().expect("it runs");
    window.wait().expect("it ended");
    wait_until("it draws again", || uses_more_than(part, 10));
    end(program);
}

#[test]
fn without_vulkan_opengl_draws_on_the_background() {
    let name = "window_wallpaper::without_vulkan_opengl_draws_on_the_background";
    let Some(_turn) = turn(name) else { return };
    let environment = match rasterizer::opengl() {
        Ok(environment) => environment,
        Err(why) => return not_run(name, why),
    };
    let desktop = Desktop::start();
    let (said, log) = desktop.log_file();
    let program = desktop
        .command(env!("CARGO_BIN_EXE_netglobe"))
        .args(FLAGS)
        .args(["--home", "52.5,13.4", "--quality", "low", "-v"])
        .env_remove("WGPU_BACKEND")
        .envs(environment.clone())
        .stderr(log)
        .spawn()
        .expect("netglobe starts");
    desktop.wait_for("the globe is on the background with OpenGL", has_globe);
    let said = fs::read_to_string(&said).expect("its log");
    assert!(said.contains("OpenGL draws:"), "it is said why: {said}");
    end(program);

    if let Some(why) = compositor::why_none() {
        return not_run(name, &why);
    }
    let compositor = Compositor::start();
    let variables: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (*name, value.to_str().expect("a text"))).collect();
    let variables = [&variables[..], &[("WGPU_BACKEND", "")]].concat();
    let (program, ..) = compositor.start_with(&FLAGS, &variables);
    compositor.wait_for("the globe is on the background of Wayland with OpenGL", has_globe);
    end(program);
}
