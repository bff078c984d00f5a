//! Ambient mode on a real X server with a real session bus: the screen stays on while the globe is shown, and the
//! program draws nothing while the screen is blanked.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(dead_code, reason = "the desktop and the program can do more than is needed here")]
#![allow(clippy::reversed_empty_ranges, reason = "below zero they count from the far edge")]

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

use self::{
    bus::Bus,
    desktop::{Desktop, PATIENCE},
    program::Program,
    turn::{not_run, turn},
};
use std::{
    fs,
    path::Path,
    process::Child,
    sync::{
        MutexGuard,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};
use zbus::blocking::{Connection, connection::Builder};

/// What the screen saver of the desktop is told.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Inhibit(String),
    UnInhibit(u32),
}

/// The screen saver service of a desktop.
struct ScreenSaver(SyncSender<Told>);

const COOKIE: u32 = 4_711;

#[zbus::interface(name = "org.freedesktop.ScreenSaver")]
impl ScreenSaver {
    fn inhibit(&self, application: &str, reason: &str) -> u32 {
        assert!(!reason.is_empty(), "a reason is given");
        self.0.send(Told::Inhibit(application.to_owned())).expect("the test listens");
        COOKIE
    }

    fn un_inhibit(&self, cookie: u32) {
        self.0.send(Told::UnInhibit(cookie)).expect("the test listens");
    }
}

/// A session bus with a screen saver on it. It ends when it is dropped.
struct SaverBus {
    bus: Bus,
    _service: Connection,
    told: Receiver<Told>,
}

impl SaverBus {
    fn start(directory: &Path) -> Self {
        let bus = Bus::start(directory);
        let (sender, told) = sync_channel(64);
        let service = Builder::address(bus.address.as_str())
            .and_then(|bus| bus.name("org.freedesktop.ScreenSaver"))
            .and_then(|bus| bus.serve_at("/org/freedesktop/ScreenSaver", ScreenSaver(sender)))
            .and_then(Builder::build)
            .expect("a service on the bus");
        Self { bus, _service: service, told }
    }

    fn next(&self) -> Told {
        self.told.recv_timeout(PATIENCE).expect("the screen saver is told")
    }
}

/// Waits for the turn of a test; `None` if this machine lacks something for it.
fn turn_with_bus(test: &str) -> Option<MutexGuard<'static, ()>> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let has = |program: &str| std::env::split_paths(&search).any(|directory| directory.join(program).is_file());
    let missing = [("dbus-daemon", "dbus-daemon"), ("xset", "x11-xserver-utils")].into_iter().find(|(it, _)| !has(it));
    match missing {
        Some((_, package)) => {
            not_run(test, &format!("not installed: apt install {package}"));
            None
        }
        None => turn(test),
    }
}

/// The program in ambient mode.
struct Running(Child);

impl Running {
    fn start(desktop: &Desktop, flags: &[&str], bus: &str) -> (Self, std::path::PathBuf) {
        let (mut command, said) = Program::command(desktop, flags, &[("DBUS_SESSION_BUS_ADDRESS", bus)]);
        (Self(command.spawn().expect("the program starts")), said)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).expect("it ran");
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn the_screen_stays_on_while_the_globe_is_shown_and_no_longer() {
    let Some(_turn) = turn_with_bus("the_screen_stays_on_while_the_globe_is_shown_and_no_longer") else { return };
    let desktop = Desktop::start();
    let bus = SaverBus::start(desktop.home());
    let (_running, _) = Running::start(&desktop, &["--ambient"], &bus.bus.address);
    assert_eq!(bus.next(), Told::Inhibit("netglobe".to_owned()));
    // Leaving full screen ends ambient mode.
    desktop.key("f");
    assert_eq!(bus.next(), Told::UnInhibit(COOKIE));
    desktop.key("b");
    assert_eq!(bus.next(), Told::Inhibit("netglobe".to_owned()));
    // Minimised, nothing is shown.
    let window = desktop.xdotool(["search", "--name", "^netglobe$"]);
    desktop.xdotool(["windowminimize", window.lines().last().unwrap_or_default()]);
    assert_eq!(bus.next(), Told::UnInhibit(COOKIE));
}

#[test]
fn nothing_is_drawn_while_the_screen_saver_blanks_the_screen_and_a_signal_ends_the_program() {
    let name = "nothing_is_drawn_while_the_screen_saver_blanks_the_screen_and_a_signal_ends_the_program";
    let Some(_turn) = turn_with_bus(name) else { return };
    let desktop = Desktop::start();
    let bus = SaverBus::start(desktop.home());
    let (mut running, said) = Running::start(&desktop, &["--ambient", "--no-inhibit", "-v"], &bus.bus.address);
    wait_until("the window is there", || !desktop.xdotool(["search", "--name", "^netglobe$"]).trim().is_empty());
    let has_said = |text: &str| fs::read_to_string(&said).unwrap_or_default().contains(text);
    let xset = |words: &[&str]| assert!(desktop.command("xset").args(words).status().expect("xset runs").success());
    xset(&["s", "blank", "s", "1", "1"]);
    wait_until("the window is hidden", || has_said("the window is hidden: nothing is drawn"));
    xset(&["s", "off", "s", "reset"]);
    wait_until("the window is back", || has_said("the window is back after"));
    assert!(has_said(" 0 frames drawn"), "{}", fs::read_to_string(&said).unwrap_or_default());
    assert!(bus.told.try_recv().is_err(), "nobody was told anything");
    xset(&["s", "1", "1"]);
    let pid = rustix::process::Pid::from_child(&running.0);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
    wait_until("the program has ended", || running.0.try_wait().expect("its status").is_some());
}
