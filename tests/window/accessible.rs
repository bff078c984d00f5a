//! The window for those who do not see it: a screen reader's program reads its panels on a real AT-SPI bus and presses a
//! button.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::reversed_empty_ranges, reason = "below zero they count from the far edge")]
#![allow(dead_code, reason = "the desktop and the program can do more than is needed here")]

#[path = "../support/window/bus.rs"]
mod bus;
#[path = "../support/window/desktop.rs"]
mod desktop;
#[path = "../support/window/program.rs"]
mod program;
#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "../support/window/turn.rs"]
mod turn;

use bus::Bus;
use desktop::Desktop;
use program::Program;
use std::{path::Path, process::Command};
use turn::{not_run, turn};

/// The interpreter of the system, whose modules the packages install.
const PYTHON: &str = "/usr/bin/python3";

/// Why no screen reader can be run here.
fn why_no_reader() -> Option<&'static str> {
    let has = |code: &str| Command::new(PYTHON).args(["-c", code]).output().is_ok_and(|output| output.status.success());
    if !has("import gi; gi.require_version('Atspi', '2.0')") {
        return Some("not installed: apt install at-spi2-core python3-gi gir1.2-atspi-2.0");
    }
    Bus::why_none()
}

#[test]
fn a_screen_reader_reads_the_panels_and_presses_a_button() {
    let test = "window_accessible::a_screen_reader_reads_the_panels_and_presses_a_button";
    if let Some(why) = why_no_reader() {
        return not_run(test, why);
    }
    let Some(_turn) = turn(test) else { return };
    let desktop = Desktop::start();
    let bus = Bus::start(desktop.home());
    let program = Program::open(&desktop, &[], &[("DBUS_SESSION_BUS_ADDRESS", &bus.address)]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/window/at_spi.py");
    let read = Command::new(PYTHON)
        .arg(script)
        .env("DBUS_SESSION_BUS_ADDRESS", &bus.address)
        .env("XDG_RUNTIME_DIR", desktop.home())
        .output()
        .expect("python runs");
    let text = String::from_utf8_lossy(&read.stdout);
    assert!(read.status.success(), "{}\n{text}", String::from_utf8_lossy(&read.stderr));
    for line in [
        "frame\tnetglobe\t",
        "entry\tFilter\t",
        "push button\tWhole earth\t",
        "push button\tSort by age, ascending\t",
        "table\tConnections\t",
        "push button\tHelp: keys, legend, glossary\t",
    ] {
        assert!(text.lines().any(|own| own == line), "{line}:\n{text}");
    }
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("table row\t")).collect();
    assert!(rows.len() > 5 && rows.iter().any(|row| row.contains("web-browser, ") && row.contains("tcp")), "{text}");
    assert!(text.ends_with("pressed\n"), "{text}");
    program.end();
}
