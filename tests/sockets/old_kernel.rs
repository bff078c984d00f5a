//! The program works where the kernel lacks every system call that came after Linux 4.19. What such a kernel does not say
//! about sockets is not imitated here.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(dead_code, reason = "the helpers can do more than is needed here")]
#![allow(clippy::reversed_empty_ranges, reason = "below zero they count from the far edge")]

#[path = "../support/command.rs"]
mod command;
#[path = "../support/window/desktop.rs"]
mod desktop;
#[path = "../support/window/program.rs"]
mod program;
#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "../support/window/turn.rs"]
mod turn;

use command::netglobe;
use desktop::{Desktop, PATIENCE};
use nix_ptrace::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use program::{Program, count, is_arc};
use rustix::{
    io::Errno,
    process::{PidfdFlags, getpid, pidfd_open},
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env::consts::ARCH,
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    thread,
    time::{Duration, Instant},
};
use turn::{not_run, turn};

/// The first system call after Linux 4.19, `pidfd_send_signal` of 5.1, has this number on all processors.
const FIRST: i64 = 424;
/// Above those of Linux 6.18.
const LAST: i64 = 600;
/// `ENOSYS`, errno(3).
const NO_SUCH_CALL: u32 = 38;

/// Runs a function, and what it starts, as if the kernel were 4.19.
fn on_an_old_kernel(act: impl FnOnce() + Send + 'static) {
    let run = move || {
        let missing: BTreeMap<i64, _> = (FIRST..=LAST).map(|call| (call, Vec::new())).collect();
        let (others, answer) = (SeccompAction::Allow, SeccompAction::Errno(NO_SUCH_CALL));
        let filter = SeccompFilter::new(missing, others, answer, ARCH.try_into().expect("a processor")).expect("rules");
        apply_filter(&BpfProgram::try_from(filter).expect("a filter")).expect("the kernel takes it");
        assert_eq!(pidfd_open(getpid(), PidfdFlags::empty()).err(), Some(Errno::NOSYS), "calls are missing");
        act();
    };
    thread::Builder::new().name("old kernel".to_owned()).spawn(run).expect("a thread").join().expect("no panic");
}

/// Status of each check of `doctor`, by name.
fn statuses(home: &Path) -> BTreeMap<String, String> {
    let output = netglobe(home, &["doctor", "--json"]).output().expect("it runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |check: &Value, field: &str| check[field].as_str().expect("a text").to_owned();
    report["checks"].as_array().expect("checks").iter().map(|it| (text(it, "name"), text(it, "status"))).collect()
}

#[test]
fn without_newer_system_calls_everything_but_the_window_works() {
    let home = tempfile::tempdir().expect("a directory");
    let usual = statuses(home.path());
    assert!(usual.len() > 10, "{usual:?}");
    on_an_old_kernel(move || {
        let home = home.path();
        assert_eq!(statuses(home), usual, "doctor finds the same");

        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = listener.local_addr().expect("an address");
        let client = TcpStream::connect(server).expect("connected");
        let (port, pid) = (client.local_addr().expect("an address").port(), std::process::id());
        let listed = netglobe(home, &["list", "--json"]).output().expect("it runs");
        assert!(listed.status.success(), "{listed:?}");
        let text = String::from_utf8(listed.stdout).expect("a text");
        let mut connections = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let own = connections.find(|it| it["local"]["port"] == port && it["remote"]["port"] == server.port());
        let own = own.unwrap_or_else(|| panic!("{port} to {server} in {text}"));
        assert_eq!(own["process"]["pid"], pid, "with its process: {own}");
        drop((client, listener));

        let history = home.join("history.db");
        let path = history.display().to_string();
        let words = ["history", "record", "--history", &path, "--source", "demo:everyday"];
        let mut recorder = netglobe(home, &words).spawn().expect("it starts");
        let start = Instant::now();
        while fs::metadata(&history).map_or(0, |file| file.len()) == 0 {
            assert!(start.elapsed() < PATIENCE, "nothing is recorded");
            thread::sleep(Duration::from_millis(100));
        }
        kill(Pid::from_raw(recorder.id().cast_signed()), Signal::SIGTERM).expect("it runs");
        assert!(recorder.wait().expect("it ended").success());

        if let Err(why) = rasterizer::lavapipe() {
            return not_run("without_newer_system_calls_everything_but_the_window_works", why);
        }
        let picture = home.join("out.png");
        let words = ["snapshot", &picture.display().to_string(), "--size", "640x400", "--source", "demo:everyday,3"];
        let drawn = netglobe(home, &words).output().expect("it runs");
        assert!(drawn.status.success(), "{drawn:?}");
        let picture = image::open(&picture).expect("a picture").into_rgb8();
        assert!(count(&picture, &(0..640, 0..400), is_arc) > 100, "arcs are in it");
    });
}

#[test]
fn without_newer_system_calls_the_window_works() {
    let Some(_turn) = turn("without_newer_system_calls_the_window_works") else { return };
    on_an_old_kernel(|| {
        let desktop = Desktop::start();
        let program = Program::start(&desktop);
        let globe = program.globe(&desktop);
        desktop
            .wait_for("the globe is there without newer system calls", |picture| count(picture, &globe, is_arc) > 300);
        program.quit(&desktop);
    });
}
