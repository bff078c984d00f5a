//! The program can open no socket of the network: the kernel refuses it. It does not even try to, nor to load something
//! into the kernel.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "helpers of a test need no names")]
#![allow(dead_code, reason = "the helpers can do more than is needed here")]

#[path = "../support/window/bus.rs"]
mod bus;
#[path = "../support/command.rs"]
mod command;
#[path = "../support/window/compositor.rs"]
mod compositor;
#[path = "../support/window/desktop.rs"]
mod desktop;
#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "../support/mod.rs"]
mod support;
#[path = "sandbox/trace.rs"]
mod trace;

use bus::Bus;
use command::netglobe;
use compositor::Compositor;
use desktop::{Desktop, PATIENCE};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use support::not_run;

/// `AF_UNIX`, `AF_INET` and `AF_NETLINK`, address_families(7).
const LOCAL: i32 = 1;
const INTERNET: i32 = 2;
const KERNEL: i32 = 16;

/// The checks of `doctor --json` about the sandbox: name, status and detail.
fn checks(flags: &[&str]) -> Vec<(String, String, String)> {
    let home = tempfile::tempdir().expect("a directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_netglobe"));
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
        command.env(name, home.path());
    }
    let output = command.args(flags).args(["doctor", "--json"]).env_remove("DISPLAY").output().expect("it runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |check: &Value, field: &str| check[field].as_str().expect("a text").to_owned();
    let all = report["checks"].as_array().expect("checks").iter();
    let of_sandbox = all.filter(|check| text(check, "name").starts_with("sandbox"));
    of_sandbox.map(|check| (text(check, "name"), text(check, "status"), text(check, "detail"))).collect()
}

#[test]
fn every_thread_and_child_is_refused_every_socket_of_the_network() {
    let checks = checks(&[]);
    assert!(checks.len() >= 9, "{checks:?}");
    for (name, status, detail) in &checks {
        assert_eq!(status, "ok", "{name}: {detail}");
    }
    for kind in ["tcp", "udp", "tcp6", "udp6", "raw", "packet", "vsock"] {
        let (.., detail) = checks.iter().find(|(name, ..)| *name == format!("sandbox-{kind}")).expect(kind);
        let refused = detail.matches("Operation not permitted").count();
        assert_eq!(refused, 3, "{kind}: {detail}");
    }
}

#[test]
fn without_the_sandbox_it_is_said_and_sockets_can_be_opened() {
    let checks = checks(&["--no-sandbox"]);
    let (_, status, detail) = checks.iter().find(|(name, ..)| name == "sandbox").expect("a check");
    assert!(status == "partly" && detail.contains("switched off"), "{status}: {detail}");
    let (.., detail) = checks.iter().find(|(name, ..)| name == "sandbox-udp").expect("a check");
    assert_eq!(detail.matches("opened").count(), 3, "the attempts are real: {detail}");
}

#[test]
fn nothing_but_local_sockets_and_those_of_the_kernel_is_even_tried() {
    const NAME: &str = "nothing_but_local_sockets_and_those_of_the_kernel_is_even_tried";
    let home = tempfile::tempdir().expect("a directory");
    // What proves the sandbox tries others: the trace finds them.
    let proof = match trace::run(&netglobe(home.path(), &["doctor"]), |_| ()) {
        Ok(proof) => proof,
        Err(why) => return not_run(NAME, &format!("a program cannot be traced here: {why}")),
    };
    assert!(proof.families.contains(&INTERNET) && proof.calls > 100, "{proof:?}");
    let picture = home.path().join("out.png").display().to_string();
    let film = home.path().join("film").display().to_string();
    let mut commands = vec![vec!["list"], vec!["list", "--source", "demo:everyday"], vec!["history", "status"]];
    if rasterizer::lavapipe().is_ok() {
        commands.push(vec!["snapshot", &picture, "--size", "320x200", "--source", "demo:everyday"]);
        commands.push(vec![
            "film",
            &film,
            "--size",
            "160x100",
            "--seconds",
            "0.2",
            "--fps",
            "10",
            "--source",
            "demo:everyday",
        ]);
    }
    for words in commands {
        let tried = trace::run(&netglobe(home.path(), &words), |_| ()).expect("traced before");
        assert!(tried.calls > 100, "{words:?}: {tried:?}");
        assert!(tried.families.iter().all(|family| [LOCAL, KERNEL].contains(family)), "{words:?}: {tried:?}");
        assert!(tried.in_kernel.is_empty(), "{words:?}: {tried:?}");
    }
}

#[test]
fn the_trace_finds_calls_that_load_something_into_the_kernel() {
    const NAME: &str = "the_trace_finds_calls_that_load_something_into_the_kernel";
    // All with arguments that the kernel refuses.
    let calls: Vec<String> = trace::IN_KERNEL.iter().map(|(number, _)| number.to_string()).collect();
    let script =
        format!("import ctypes\nfor call in ({}): ctypes.CDLL(None).syscall(call, -1, 0, 0, 0, 0)", calls.join(","));
    let mut python = Command::new("python3");
    python.args(["-c", &script]);
    match trace::run(&python, |_| ()) {
        Ok(tried) if tried.calls > 100 => {
            assert_eq!(tried.in_kernel, trace::IN_KERNEL.iter().map(|(_, name)| *name).collect(), "{tried:?}");
        }
        Ok(_) => not_run(NAME, "python3 is not installed"),
        Err(why) => not_run(NAME, &format!("a program cannot be traced here: {why}")),
    }
}

/// Whether a command for the display succeeds.
fn on_display(display: &str, words: &[&str]) -> bool {
    let output = Command::new("xdotool").args(words).env("DISPLAY", display).output();
    output.is_ok_and(|output| output.status.success())
}

const IS_THERE: [&str; 4] = ["search", "--onlyvisible", "--name", "^netglobe"];

/// Waits for the window on a display, uses it, and closes it.
fn use_window(display: &str, act: impl FnOnce()) {
    let start = Instant::now();
    while !on_display(display, &IS_THERE) && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(200));
    }
    act();
    let start = Instant::now();
    while on_display(display, &IS_THERE) && start.elapsed() < PATIENCE {
        on_display(display, &["key", "ctrl+q"]);
        thread::sleep(Duration::from_millis(500));
    }
}

/// The window under the trace, and what it tried. `None` if that cannot be done here, which is reported.
fn assert_silent(name: &str, command: &Command, meanwhile: impl FnOnce(u32) + Send + 'static) {
    match trace::run(command, meanwhile) {
        Ok(tried) => {
            assert!(tried.calls > 1_000, "{name}: {tried:?}");
            assert!(tried.families.iter().all(|family| [LOCAL, KERNEL].contains(family)), "{name}: {tried:?}");
            assert!(tried.in_kernel.is_empty(), "{name}: {tried:?}");
        }
        Err(why) => not_run(name, &format!("a program cannot be traced here: {why}")),
    }
}

/// Asks a program to end, and waits until it has.
fn end(pid: u32) {
    let kill = |words: &[&str]| Command::new("kill").args(words).arg(pid.to_string()).output();
    assert!(kill(&[]).expect("it runs").status.success());
    let start = Instant::now();
    while kill(&["-0"]).is_ok_and(|output| output.status.success()) && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(100));
    }
}

fn why_no_window() -> Option<String> {
    desktop::why_none().or(rasterizer::lavapipe().err().map(str::to_owned))
}

#[test]
fn the_window_tries_no_socket_of_the_network_either() {
    const NAME: &str = "the_window_tries_no_socket_of_the_network_either";
    if let Some(why) = why_no_window() {
        return not_run(NAME, &why);
    }
    let desktop = Desktop::start();
    let mut command = desktop.command(env!("CARGO_BIN_EXE_netglobe"));
    command.args(["--quality", "low", "--source", "demo:everyday"]);
    command.envs(rasterizer::lavapipe().expect("lavapipe").environment());
    let display = desktop.display().to_owned();
    assert_silent(NAME, &command, move |_| {
        use_window(&display, || {
            // The clipboard, a lesson, the time bar.
            for key in ["l", "ctrl+c", "ctrl+v", "e", "Escape", "h"] {
                on_display(&display, &["key", key]);
            }
        });
    });
}

#[test]
fn with_opengl_and_a_screen_reader_the_window_tries_none() {
    const NAME: &str = "with_opengl_and_a_screen_reader_the_window_tries_none";
    if let Some(why) = why_no_window().or(Bus::why_none().map(str::to_owned)) {
        return not_run(NAME, &why);
    }
    let environment = match rasterizer::opengl() {
        Ok(environment) => environment,
        Err(why) => return not_run(NAME, why),
    };
    let desktop = Desktop::start();
    let bus = Bus::start(desktop.home());
    let mut command = desktop.command(env!("CARGO_BIN_EXE_netglobe"));
    command.args(["demo", "--seed", "3", "--home", "52.5,13.4", "--quality", "low"]).envs(environment);
    command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    let (display, address, runtime) = (desktop.display().to_owned(), bus.address.clone(), desktop.home().to_path_buf());
    assert_silent(NAME, &command, move |_| {
        use_window(&display, || {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/window/at_spi.py");
            let mut reader = Command::new("/usr/bin/python3");
            reader.arg(script).env("DBUS_SESSION_BUS_ADDRESS", address).env("XDG_RUNTIME_DIR", runtime);
            let read = reader.output().expect("python runs");
            let text = String::from_utf8_lossy(&read.stdout);
            assert!(text.contains("push button"), "{text} {}", String::from_utf8_lossy(&read.stderr));
        });
    });
}

/// What a desktop with a settings portal consists of: files, and their packages in Debian and Ubuntu.
const PORTAL: [(&str, &str); 4] = [
    ("/usr/share/dbus-1/services/org.freedesktop.portal.Desktop.service", "xdg-desktop-portal"),
    ("/usr/share/dbus-1/services/org.freedesktop.impl.portal.desktop.gtk.service", "xdg-desktop-portal-gtk"),
    ("/usr/share/glib-2.0/schemas/org.gnome.desktop.interface.gschema.xml", "gsettings-desktop-schemas"),
    ("/usr/bin/gsettings", "libglib2.0-bin"),
];

#[test]
fn the_settings_of_a_desktop_are_followed_without_any() {
    const NAME: &str = "the_settings_of_a_desktop_are_followed_without_any";
    let missing = PORTAL.iter().find(|(file, _)| !Path::new(file).exists());
    let why = missing.map(|(_, package)| format!("not installed: apt install {package}"));
    if let Some(why) = why_no_window().or(Bus::why_none().map(str::to_owned)).or(why) {
        return not_run(NAME, &why);
    }
    let desktop = Desktop::start();
    // Settings are in a file, not with a service of GNOME.
    let with_settings = |program: &str| {
        let mut command = desktop.command(program);
        command.env("GSETTINGS_BACKEND", "keyfile").env("XDG_CURRENT_DESKTOP", "GNOME").stderr(Stdio::null());
        command
    };
    let animations = |mut gsettings: Command, value: &str| {
        let words = ["set", "org.gnome.desktop.interface", "enable-animations", value];
        assert!(gsettings.args(words).status().expect("it runs").success());
    };
    animations(with_settings("gsettings"), "false");
    let bus = Bus::start_by(with_settings("dbus-daemon"), desktop.home());
    let said = desktop.home().join("said.txt");
    let mut command = desktop.command("sh");
    command.args(["-c", &format!("exec \"$0\" \"$@\" 2>'{}'", said.display()), env!("CARGO_BIN_EXE_netglobe")]);
    command.args(["demo", "--seed", "3", "--home", "52.5,13.4", "--quality", "low", "-v"]);
    command.envs(rasterizer::lavapipe().expect("lavapipe").environment());
    command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    let (display, gsettings) = (desktop.display().to_owned(), with_settings("gsettings"));
    assert_silent(NAME, &command, move |_| {
        let wait = |words: &str| {
            let start = Instant::now();
            let read = || fs::read_to_string(&said).unwrap_or_default();
            while !read().contains(words) {
                assert!(start.elapsed() < PATIENCE, "it does not say {words:?}: {}", read());
                thread::sleep(Duration::from_millis(100));
            }
        };
        use_window(&display, || {
            wait("the desktop asks for reduced motion: true");
            animations(gsettings, "true");
            wait("the desktop asks for reduced motion: false");
        });
        drop(bus);
    });
}

#[test]
fn on_wayland_with_an_inhibited_screen_saver_the_window_tries_none() {
    const NAME: &str = "on_wayland_with_an_inhibited_screen_saver_the_window_tries_none";
    let why = why_no_window().or(compositor::why_none()).or(Bus::why_none().map(str::to_owned));
    if let Some(why) = why {
        return not_run(NAME, &why);
    }
    let directory = tempfile::tempdir().expect("a directory");
    let bus = Bus::start(directory.path());
    let compositor = Compositor::start();
    let mut command = netglobe(directory.path(), &["demo", "--ambient", "--quality", "low"]);
    command.env("WAYLAND_DISPLAY", compositor.socket()).env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    assert_silent(NAME, &command, move |pid| {
        compositor.wait_for("the globe is there on Wayland", |picture| {
            // The screen without it is grey.
            let has_colour = |pixel: &&image::Rgb<u8>| {
                pixel.0.iter().max() > pixel.0.iter().min().map(|it| it.saturating_add(24)).as_ref()
            };
            picture.pixels().filter(has_colour).count() > 20_000
        });
        end(pid);
        // The compositor lives as long as the program.
        drop(compositor);
    });
}

#[test]
fn a_recorder_tries_none() {
    const NAME: &str = "a_recorder_tries_none";
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("history.db");
    let path = file.display().to_string();
    let words = ["history", "record", "--history", &path, "--source", "demo:everyday"];
    assert_silent(NAME, &netglobe(home.path(), &words), move |pid| {
        let start = Instant::now();
        while fs::metadata(&file).map_or(0, |file| file.len()) == 0 && start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(100));
        }
        thread::sleep(Duration::from_secs(2));
        end(pid);
    });
}
