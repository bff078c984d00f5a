//! Faults of the surroundings while the program runs; `faults.md` is the table of all of them, and of what is lost.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::reversed_empty_ranges, reason = "below zero they count from the far edge")]
#![allow(clippy::disallowed_methods, reason = "helpers of a test need no names")]
#![allow(clippy::duplicate_mod, reason = "helpers of windows and of commands both report tests that cannot run")]
#![allow(dead_code, reason = "the helpers can do more than is needed here")]

#[path = "../support/window/desktop.rs"]
mod desktop;
#[path = "../support/isolated.rs"]
mod isolated;
#[path = "../support/network.rs"]
mod network;
#[path = "../support/window/program.rs"]
mod program;
#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "../support/sockets.rs"]
mod sockets;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/window/turn.rs"]
mod turn;

use desktop::Desktop;
use netglobe::geo::{GeoOptions, GeoService};
use program::{Program, count, is_letter};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use support::{PATIENCE, User, maxmind_file, not_run, test_file};
use turn::turn;

/// Sends a signal to a process, or runs another tool of the system.
fn tool(program: &str, args: &[&str]) {
    assert!(Command::new(program).args(args).status().expect("it runs").success(), "{program} {args:?}");
}

fn wait_until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// `netglobe list --watch --json`, with its output in files. It ends when it is dropped.
struct Watch {
    child: Child,
    out: std::path::PathBuf,
    said: std::path::PathBuf,
}

impl Watch {
    fn start(user: &User) -> Self {
        let (out, said) = (user.home().join("watch.out"), user.home().join("watch.err"));
        let mut command = user.netglobe(&["list", "--watch", "--json"]);
        command.stdin(Stdio::null()).stdout(File::create(&out).expect("a file"));
        let child = command.stderr(File::create(&said).expect("a file")).spawn().expect("it starts");
        Self { child, out, said }
    }

    /// The connection to this port, if it has been told, as the last line about it.
    fn to_port(&self, port: u16) -> Option<Value> {
        let text = fs::read_to_string(&self.out).unwrap_or_default();
        let mut lines = text.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.find(|line| line.to_string().contains(&format!("\"port\":{port}")))
    }

    fn assert_runs(&mut self) {
        let said = fs::read_to_string(&self.said).unwrap_or_default();
        assert!(matches!(self.child.try_wait(), Ok(None)) && !said.contains("panicked"), "{said}");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).ok();
    }
}

#[test]
fn while_no_file_can_be_opened_a_watch_goes_on_and_afterwards_it_sees_everything() {
    const NAME: &str = "while_no_file_can_be_opened_a_watch_goes_on_and_afterwards_it_sees_everything";
    isolated::in_own_network("faults", NAME, Duration::from_mins(10), || {
        let user = User::new();
        let mut holder = isolated::holder("ng-holder", &[]);
        let first = holder.tcp_listen("127.0.0.1:4001");
        let mut watch = Watch::start(&user);
        wait_until("the first socket is told", || watch.to_port(4_001));
        let pid = watch.child.id().to_string();
        // What is open stays open.
        tool("prlimit", &["--pid", &pid, "--nofile=3:"]);
        holder.close(first);
        let _second = holder.tcp_listen("127.0.0.1:4002");
        thread::sleep(Duration::from_secs(3));
        watch.assert_runs();
        tool("prlimit", &["--pid", &pid, "--nofile=1024:"]);
        let _third = holder.tcp_listen("127.0.0.1:4003");
        for port in [4_002, 4_003] {
            wait_until("every socket is told once files can be opened again", || watch.to_port(port));
        }
        watch.assert_runs();
    });
}

#[test]
fn a_database_that_is_cut_off_or_replaced_while_it_is_used_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("GeoIP2-City-Test.mmdb");
    fs::copy(maxmind_file("GeoIP2-City-Test.mmdb"), &path).expect("copied");
    let options = || GeoOptions { geo_db: Some(path.clone()), ..GeoOptions::default() };
    let geo = GeoService::open_blocking(options()).expect("a database");
    let city = |geo: &GeoService, ip: &str| {
        let location = geo.locate(ip.parse().expect("an address"));
        location.place.as_ref().ok().and_then(|place| place.city.as_deref().map(str::to_owned))
    };
    let (london, linkoeping) = (Some("London".to_owned()), Some("Linköping".to_owned()));
    assert_eq!(city(&geo, "81.2.69.160"), london);
    fs::write(&path, "cut off").expect("written");
    assert_eq!(city(&geo, "89.160.20.112"), linkoeping, "it was never asked before");
    fs::remove_file(&path).expect("removed");
    assert_eq!((city(&geo, "81.2.69.160"), city(&geo, "2.125.160.216").is_some()), (london, true));
    assert!(GeoService::open_blocking(options()).is_err(), "a new start says that it is gone");
}

/// Whether this user may write anywhere; then permissions are no obstacle.
fn is_root() -> bool {
    File::create("/proc/self/oom_score_adj").is_ok()
        && fs::metadata("/root").is_ok_and(|it| it.permissions().mode() > 0)
        && fs::read_dir("/root").is_ok()
}

#[test]
fn a_home_that_cannot_be_written_keeps_nothing_from_being_shown_and_says_what_is_not_kept() {
    const NAME: &str = "a_home_that_cannot_be_written_keeps_nothing_from_being_shown_and_says_what_is_not_kept";
    let user = User::new();
    for directory in ["config", "data", "cache"] {
        fs::create_dir(user.home().join(directory)).expect("a directory");
        fs::set_permissions(user.home().join(directory), fs::Permissions::from_mode(0o555)).expect("its permissions");
    }
    fs::set_permissions(user.home(), fs::Permissions::from_mode(0o555)).expect("its permissions");
    let run = |words: &[&str]| {
        // Root may write everywhere, so another user is taken.
        let mut command = Command::new(if is_root() { "setpriv" } else { "env" });
        if is_root() {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        }
        user.surround(&mut command);
        command.env("XDG_CACHE_HOME", user.home().join("cache")).arg(support::netglobe_path()).args(words);
        support::run(command, PATIENCE)
    };
    let probe = run(&["--version"]);
    if probe.code != Some(0) {
        return not_run(&format!("faults::{NAME}"), &format!("another user cannot run the program: {}", probe.stderr));
    }
    for words in [&["list"][..], &["list", "--source", "demo:everyday"], &["lookup", "81.2.69.142"], &["doctor"]] {
        let outcome = run(words);
        outcome.assert_clean(&words.join(" "));
        assert_eq!(outcome.code, Some(0), "{words:?}: {outcome:?}");
    }
    let doctor = run(&["doctor"]).stdout;
    assert!(doctor.lines().any(|line| line.contains("cache") && line.contains("ermission")), "{doctor}");
    assert!(doctor.lines().any(|line| line.contains("history.db cannot be written")), "{doctor}");
    let outcome = run(&["history", "record"]);
    outcome.assert_clean("history record");
    assert!(outcome.code == Some(1) && outcome.stderr.lines().count() == 1, "{outcome:?}");
}

#[test]
fn a_history_that_another_program_holds_is_told_and_recorded_once_it_is_free() {
    let user = User::new();
    let file = user.home().join("history.db");
    let path = file.display().to_string();
    // A file that netglobe made, held by a program that is not netglobe.
    let record = || {
        let mut command = user.netglobe(&["history", "record", "--history", &path, "--source", "demo:everyday"]);
        let said = File::create(user.home().join("said")).expect("a file");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said).spawn().expect("it starts")
    };
    let opened = || {
        let status = user.run(&["history", "status", "--json", "--history", &path]);
        let status: Value = serde_json::from_str(&status.stdout).ok()?;
        status["opened"].as_u64()
    };
    let end = |mut child: Child| {
        tool("kill", &[&child.id().to_string()]);
        let status = child.wait().expect("it ends");
        assert!(status.success(), "{status}: {}", fs::read_to_string(user.home().join("said")).unwrap_or_default());
    };
    let child = record();
    wait_until("something is recorded", || opened().filter(|opened| *opened > 0));
    end(child);
    // What happened last is recorded at the end.
    let before = wait_until("it can be read", opened);
    let holder = rusqlite::Connection::open(&file).expect("a database");
    holder.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").expect("held");
    let child = record();
    let said = || fs::read_to_string(user.home().join("said")).unwrap_or_default();
    wait_until("that it is held is told", || said().contains("Another program uses it").then_some(()));
    drop(holder);
    wait_until("it is recorded again", || opened().filter(|opened| *opened > before));
    end(child);
    assert!(!said().contains("panicked"), "{}", said());
}

#[test]
fn what_is_started_to_survive_its_terminal_does() {
    let user = User::new();
    let path = user.home().join("history.db").display().to_string();
    let mut command = Command::new("sh");
    user.surround(&mut command);
    // As nohup(1) does.
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", support::netglobe_path(), "history", "record"]);
    command.args(["--history", &path, "--source", "demo:everyday"]);
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let opened = || {
        let status = user.run(&["history", "status", "--json", "--history", &path]);
        serde_json::from_str::<Value>(&status.stdout).ok()?["opened"].as_u64()
    };
    let pid = child.id().to_string();
    let before = wait_until("something is recorded", || opened().filter(|opened| *opened > 0));
    tool("kill", &["-HUP", &pid]);
    wait_until("it goes on", || opened().filter(|opened| *opened > before));
    assert!(matches!(child.try_wait(), Ok(None)), "it has not ended");
    tool("kill", &[&pid]);
    let status = child.wait().expect("it ends");
    assert!(status.success(), "{status}: {}", fs::read_to_string(user.home().join("said")).unwrap_or_default());
}

#[test]
fn a_request_to_end_closes_the_window_in_order_and_a_stopped_window_goes_on() {
    const NAME: &str = "faults::a_request_to_end_closes_the_window_in_order_and_a_stopped_window_goes_on";
    let Some(_turn) = turn(NAME) else { return };
    let desktop = Desktop::start();
    // With nohup the tests, and programs that they start, ignore it.
    let ignored = fs::read_to_string("/proc/self/status").expect("Linux");
    let ignored = ignored.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("a mask");
    let ignores_hangup = u64::from_str_radix(ignored.trim(), 16).expect("a number") & 1 != 0;
    for signal in if ignores_hangup { &["TERM"][..] } else { &["TERM", "HUP"] } {
        let file = desktop.home().join(format!("{signal}.db")).display().to_string();
        let (mut command, said) = Program::command(&desktop, &["--history", &file], &[]);
        let mut child = command.spawn().expect("netglobe starts");
        let pid = child.id().to_string();
        let is_there = |picture: &image::RgbImage| count(picture, &(0..600, 0..900), is_letter) > 500;
        desktop.wait_for("the panels are there", is_there);
        tool("kill", &["-STOP", &pid]);
        thread::sleep(Duration::from_secs(2));
        tool("kill", &["-CONT", &pid]);
        let before = desktop.picture();
        desktop.key("Tab");
        desktop.wait_for("it draws again", |picture| *picture != before);
        tool("kill", &[&format!("-{signal}"), &pid]);
        let status = child.wait().expect("it ends");
        let words = fs::read_to_string(&said).unwrap_or_default();
        assert!(status.success(), "{signal}: {status} {words}");
        assert!(!words.contains("panicked"), "{words}");
        let mut command = desktop.command(env!("CARGO_BIN_EXE_netglobe"));
        let told = command.args(["history", "status", "--json", "--history", &file]).output().expect("it runs");
        let told: Value = serde_json::from_slice(&told.stdout).expect("JSON");
        assert!(told["opened"].as_u64() > Some(0), "what was open until the end is kept: {told}");
    }
}

/// At the end of a session the display goes while programs are asked to end.
#[test]
fn a_display_that_goes_with_a_request_to_end_leaves_no_list_behind() {
    const NAME: &str = "faults::a_display_that_goes_with_a_request_to_end_leaves_no_list_behind";
    let Some(_turn) = turn(NAME) else { return };
    let mut desktop = Desktop::start();
    let (mut command, said) = Program::command(&desktop, &[], &[]);
    let mut child = command.stdout(Stdio::null()).spawn().expect("netglobe starts");
    desktop.wait_for("the panels are there", |picture| count(picture, &(0..600, 0..900), is_letter) > 500);
    let pid = child.id().to_string();
    // It learns of both at once.
    tool("kill", &["-STOP", &pid]);
    tool("kill", &["-TERM", &pid]);
    desktop.end_server();
    tool("kill", &["-CONT", &pid]);
    let ended = wait_until("it ends", || child.try_wait().expect("it is known"));
    let words = fs::read_to_string(&said).unwrap_or_default();
    assert!(!words.contains("here is the list") && !words.contains("panicked"), "{ended}: {words}");
}

/// Every test that the table names exists.
#[test]
fn the_table_of_faults_names_tests_that_exist() {
    let table = fs::read_to_string(test_file("faults.md")).expect("the table");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| fault")).collect();
    assert!(rows.len() >= 20, "{rows:#?}");
    let mut sources = Vec::new();
    collect(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path(), &mut sources);
    collect(&test_file(""), &mut sources);
    let mut missing = BTreeSet::new();
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test: {row}");
        for name in names {
            let function = format!("fn {}(", name.rsplit("::").next().unwrap_or(name));
            if !sources.iter().any(|text| text.contains(&function)) {
                missing.insert(name);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The texts of all source files below a directory.
fn collect(directory: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(fs::read_to_string(&path).expect("a text"));
        }
    }
}
