//! Tests of the window where monitors come and go: on an X server whose monitors are in memory.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(dead_code, reason = "the helpers can do more than is needed here")]

#[path = "../support/window/desktop.rs"]
mod desktop;
#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "../support/window/turn.rs"]
mod turn;

use desktop::{Desktop, PATIENCE};
use std::{
    fs::{self, File},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};
use turn::{not_run, turn};

/// The program. It ends when it is dropped, also when a test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        self.0.kill().unwrap_or_default();
        self.0.wait().ok();
    }
}

/// Left edge and width of the window, px; `None` if there is none.
fn place(desktop: &Desktop) -> Option<(i32, i32)> {
    let said = desktop.xdotool(["search", "--onlyvisible", "--name", "^netglobe$", "getwindowgeometry", "--shell"]);
    let value = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)?.parse().ok());
    Some((value("X=")?, value("WIDTH=")?))
}

/// Waits until the window covers the monitor whose left edge this is.
fn wait_for(desktop: &Desktop, program: &mut Running, left: i32) {
    let start = Instant::now();
    while place(desktop) != Some((left, 1280)) {
        let said = || fs::read_to_string(desktop.home().join("errors.txt")).unwrap_or_default();
        assert!(matches!(program.0.try_wait(), Ok(None)), "it ended: {}", said());
        assert!(start.elapsed() < PATIENCE, "{:?} and not at {left}: {}", place(desktop), said());
        thread::sleep(Duration::from_millis(100));
    }
}

/// Starts the demo in full screen on the second monitor.
fn start(desktop: &Desktop) -> Running {
    let mut command = desktop.command(env!("CARGO_BIN_EXE_netglobe"));
    command.args(["--source", "demo:everyday,3", "--ambient", "--monitor", "DUMMY1", "--quality", "low"]);
    command.envs(rasterizer::lavapipe().expect("lavapipe").environment()).stdout(Stdio::null());
    let errors = File::create(desktop.home().join("errors.txt")).expect("a file");
    Running(command.stderr(errors).spawn().expect("netglobe starts"))
}

fn xrandr(desktop: &Desktop, words: &[&str]) {
    assert!(desktop.command("xrandr").args(words).status().expect("it runs").success());
}

/// The number of handles that a process holds.
fn handles(program: &Running) -> usize {
    fs::read_dir(format!("/proc/{}/fd", program.0.id())).expect("it runs").count()
}

#[test]
fn two_hundred_times_off_and_on_change_nothing() {
    const NAME: &str = "window_monitors::two_hundred_times_off_and_on_change_nothing";
    let Some(_turn) = turn(NAME) else { return };
    let desktop = match Desktop::with_two_monitors() {
        Ok(desktop) => desktop,
        Err(why) => return not_run(NAME, &why),
    };
    let mut program = start(&desktop);
    let xrandr = |words: &[&str]| xrandr(&desktop, words);
    let off_and_on = |times: u32| {
        for _ in 0..times {
            xrandr(&["--output", "DUMMY1", "--off"]);
            xrandr(&["--output", "DUMMY1", "--mode", "1280x720", "--right-of", "DUMMY0"]);
        }
    };
    wait_for(&desktop, &mut program, 1280);
    off_and_on(5);
    wait_for(&desktop, &mut program, 1280);
    let before = handles(&program);
    off_and_on(195);
    wait_for(&desktop, &mut program, 1280);
    let after = handles(&program);
    assert!(after <= before + 4, "{before} handles became {after}");
    let said = fs::read_to_string(desktop.home().join("errors.txt")).unwrap_or_default();
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn full_screen_survives_its_monitor_and_goes_back_to_it() {
    const NAME: &str = "window_monitors::full_screen_survives_its_monitor_and_goes_back_to_it";
    let Some(_turn) = turn(NAME) else { return };
    let desktop = match Desktop::with_two_monitors() {
        Ok(desktop) => desktop,
        Err(why) => return not_run(NAME, &why),
    };
    let mut program = start(&desktop);
    let xrandr = |words: &[&str]| xrandr(&desktop, words);
    for _ in 0..2 {
        wait_for(&desktop, &mut program, 1280);
        xrandr(&["--output", "DUMMY1", "--off"]);
        wait_for(&desktop, &mut program, 0);
        xrandr(&["--output", "DUMMY1", "--mode", "1280x720", "--right-of", "DUMMY0"]);
    }
    wait_for(&desktop, &mut program, 1280);
}
