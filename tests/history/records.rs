//! End-to-end tests of the history: real sockets in a network namespace are recorded by the real program, across
//! restarts and kills, and shown again by it.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "helpers of a test need no names")]
#![cfg(target_os = "linux")]

#[path = "../support/isolated.rs"]
mod isolated;
#[path = "../support/network.rs"]
mod network;
#[path = "../support/sockets.rs"]
mod sockets;
#[path = "../support/mod.rs"]
mod support;

use isolated::{holder, in_own_network};
use netglobe::{
    history::{BlockId, HistoryError, Store, WriterLock},
    model::UnixMillis,
    sampler::DataClock,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};
use support::{PATIENCE, User, wait_until};

const LONDON: &str = "81.2.69.142";
const SWEDEN: &str = "89.160.20.112";
/// How often a recorder is killed.
const KILLS: usize = 200;
/// Short connections between two samples.
const FLASHES: usize = 20;

fn history_of(user: &User) -> PathBuf {
    user.home().join("data").join("netglobe").join("history.db")
}

/// Starts `netglobe history record`, and waits until it records.
fn record(user: &User, flags: &[&str]) -> Child {
    let args: Vec<&str> = ["history", "record"].iter().chain(flags).copied().collect();
    let child = user.netglobe(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let path = history_of(user);
    let recorded = wait_until(Instant::now() + PATIENCE, || {
        let blocks = Store::open_for_reading(&path).and_then(|store| store.heads()).unwrap_or_default();
        (WriterLock::is_taken(&path) && blocks.iter().any(|head| head.id == BlockId::Tail)).then_some(())
    });
    assert!(recorded.is_some(), "nothing is recorded");
    child
}

/// Ends it as Ctrl-C does.
fn interrupt(mut child: Child) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("small")).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    assert_eq!(child.wait().expect("it ended").code(), Some(0));
}

/// What must be the same in the past: identity, owner, place, state and direction.
fn what_lasts(lines: Vec<Value>) -> Vec<Value> {
    let keys =
        ["protocol", "state", "direction", "local", "remote", "scope", "process", "owner", "place", "asn", "flags"];
    let mut all: Vec<Value> = lines
        .into_iter()
        .filter(|line| line["state"] != "time-wait")
        .map(|line| {
            keys.iter().map(|key| ((*key).to_owned(), line[*key].clone())).collect::<serde_json::Map<_, _>>().into()
        })
        .collect();
    all.sort_by_key(ToString::to_string);
    all
}

fn now() -> UnixMillis {
    DataClock::default().now()
}

/// The list of now, and a moment at which it was true: nothing changed while it was made, and the recorder, which samples
/// at moments of its own, had seen it.
fn list_now(user: &User) -> (UnixMillis, Vec<Value>) {
    let mut seen = (Vec::new(), Vec::new());
    let found = wait_until(Instant::now() + PATIENCE, || {
        let before = what_lasts(user.run(&["list", "--json"]).json_lines());
        let at = now();
        let past = user.run(&["list", "--json", "--source", &format!("history:{at}")]);
        let after = what_lasts(user.run(&["list", "--json"]).json_lines());
        let past = what_lasts(past.json_lines());
        let is_same = before == after && past == after && !after.is_empty();
        seen = (past, after.clone());
        is_same.then_some((at, after))
    });
    found.unwrap_or_else(|| panic!("the past never becomes the present:\n{:#?}\nexpected:\n{:#?}", seen.0, seen.1))
}

/// Waits until the history says this of the moment.
fn assert_was(user: &User, at: UnixMillis, expected: &[Value]) {
    let source = format!("history:{at}");
    let mut last = Vec::new();
    let found = wait_until(Instant::now() + PATIENCE, || {
        let outcome = user.run(&["list", "--json", "--source", &source]);
        last = what_lasts(outcome.json_lines());
        (last == expected).then_some(())
    });
    assert!(found.is_some(), "at {at}:\n{last:#?}\nexpected:\n{expected:#?}");
}

#[test]
fn the_list_of_the_past_is_that_of_the_moment_across_restarts() {
    in_own_network(
        "history",
        "the_list_of_the_past_is_that_of_the_moment_across_restarts",
        Duration::from_mins(20),
        || {
            for address in [LONDON, SWEDEN] {
                network::ip(&format!("addr add {address}/32 dev lo"));
            }
            let user = User::new();
            let (mut server, mut client) = (holder("ng-server", &[]), holder("ng-client", &[]));
            let listeners = [server.tcp_listen("81.2.69.142:443"), server.tcp_listen("89.160.20.112:22")];
            let recorder = record(&user, &[]);
            let mut moments = Vec::new();
            let first = client.tcp_connect("81.2.69.142:443".parse().expect("an address"), None);
            let accepted = server.tcp_accept(listeners[0]);
            moments.push(list_now(&user));
            let second = client.tcp_connect("89.160.20.112:22".parse().expect("an address"), None);
            let also_accepted = server.tcp_accept(listeners[1]);
            moments.push(list_now(&user));
            client.close(first);
            server.close(accepted);
            moments.push(list_now(&user));
            for (at, lines) in &moments {
                assert_was(&user, *at, lines);
            }
            interrupt(recorder);
            let between = now();
            let recorder = record(&user, &[]);
            client.tcp_connect("81.2.69.142:443".parse().expect("an address"), None);
            server.tcp_accept(listeners[0]);
            moments.push(list_now(&user));
            client.close(second);
            server.close(also_accepted);
            moments.push(list_now(&user));
            for (at, lines) in &moments {
                assert_was(&user, *at, lines);
            }
            // In between, nothing is known, and the reason is told.
            let gap = user.run(&["list", "--source", &format!("history:{between}")]);
            assert!(gap.stderr.contains("netglobe did not run"), "{gap:?}");
            interrupt(recorder);
            for (at, lines) in &moments {
                assert_was(&user, *at, lines);
            }
            let status = user.run(&["history", "status", "--json"]).json_lines().remove(0);
            assert_eq!((&status["schema"], &status["recording"]), (&1.into(), &false.into()));
            assert_eq!(status["gaps"][0]["reason"], "not-running");

            // A recording shows the same, and scrubbed, nothing of it is left.
            let outcome = user.run(&["history", "export", "all.netglobe"]);
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
            for (at, lines) in &moments {
                let outcome = user.run(&["list", "--json", "--source", &format!("replay:all.netglobe,{at}")]);
                assert_eq!(&what_lasts(outcome.json_lines()), lines, "{at}");
            }
            let outcome = user.run(&["history", "export", "scrubbed.netglobe", "--scrub"]);
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
            let listed = user.run(&["list", "--json", "--source", "replay:scrubbed.netglobe"]);
            assert!(!listed.stdout.contains("ng-") && !listed.stdout.contains(LONDON), "{listed:?}");
            assert!(listed.stdout.contains("\"GB\""), "{listed:?}");

            let outcome = user.run(&["history", "forget", "--process", "ng-client"]);
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
            for (at, lines) in &moments {
                let left: Vec<Value> =
                    lines.iter().filter(|line| line["process"]["name"] != "ng-client").cloned().collect();
                assert_was(&user, *at, &left);
            }
        },
    );
}

#[test]
fn what_happened_since_the_last_sample_is_recorded_at_the_end() {
    in_own_network(
        "history",
        "what_happened_since_the_last_sample_is_recorded_at_the_end",
        Duration::from_mins(20),
        || {
            network::ip(&format!("addr add {LONDON}/32 dev lo"));
            let user = User::new();
            let (mut server, mut client) = (holder("ng-server", &[]), holder("ng-client", &[]));
            let listener = server.tcp_listen("81.2.69.142:443");
            let address = "81.2.69.142:443".parse().expect("an address");
            let mut last = String::new();
            // A machine under load may be too slow for the last sample, so there are several attempts.
            let seen = wait_until(Instant::now() + PATIENCE, || {
                let (closing, accepted) = (client.tcp_connect(address, None), server.tcp_accept(listener));
                // Another sample comes tomorrow.
                let recorder = record(&user, &["--interval", "1d"]);
                client.close(closing);
                server.close(accepted);
                client.flash("81.2.69.142:9".parse().expect("an address"), FLASHES);
                let (opened, also_accepted) = (client.tcp_connect(address, None), server.tcp_accept(listener));
                interrupt(recorder);
                let end = check(&history_of(&user));
                let listed = user.run(&["list", "--json", "--source", &format!("history:{end}")]);
                let status = user.run(&["history", "status", "--json"]);
                let there: Vec<Value> = (listed.json_lines().into_iter())
                    .filter(|line| line["process"]["name"] == "ng-client" && line["state"] == "established")
                    .collect();
                client.close(opened);
                server.close(also_accepted);
                last = format!("{there:?}\n{status:?}");
                let knows_ends = there.len() == 1 && !there[0]["opened_at"].is_null();
                user.run(&["history", "forget", "--all"]);
                (knows_ends && status.json_lines()[0]["opened"] == FLASHES + 1).then_some(())
            });
            assert!(seen.is_some(), "{last}");
        },
    );
}

#[test]
fn a_program_that_is_killed_at_any_moment_leaves_a_whole_history() {
    let directory = tempfile::tempdir().expect("a directory");
    let kill_some = |number: usize| {
        let path = directory.path().join(format!("history-{number}.db"));
        let user = User::new();
        let (mut last, mut random) = (UnixMillis(0), StdRng::seed_from_u64(number as u64));
        for _ in 0..KILLS / 4 {
            let file = path.display().to_string();
            let mut command = user.netglobe(&["history", "record", "--source", "demo:everyday", "--history", &file]);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
            // A random moment: the time does not decide what the test says.
            std::thread::sleep(Duration::from_millis(random.random_range(5..900)));
            child.kill().expect("it runs");
            child.wait().expect("it ended");
            last = check(&path).max(last);
        }
        // What was left is finished by the next one, and nothing is set aside.
        let (recorder, aside) =
            netglobe::history::Recorder::begin(&path, false, netglobe::history::Limits::default(), None, last)
                .expect("it opens");
        assert_eq!(aside, None);
        recorder.end(last).expect("it ends");
        check(&path);
    };
    let kill_some = &kill_some;
    std::thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || kill_some(number));
        }
    });
}

/// Reads everything in a history, and returns its last moment.
fn check(path: &Path) -> UnixMillis {
    let store = match Store::open_for_reading(path) {
        // It was killed before it made the file.
        Err(HistoryError::None { .. } | HistoryError::Empty { .. }) => return UnixMillis(0),
        store => store.expect("a history"),
    };
    let heads = store.heads().expect("whole");
    for head in &heads {
        let content = store.block(head.id).expect("whole").expect("there");
        let mut block = netglobe::history::codec::Decoder::new(content).expect("whole");
        while block.step().expect("whole").is_some() {}
    }
    let db = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).expect("opened");
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
    assert_eq!(sound, "ok");
    heads.iter().map(|head| head.last).max().unwrap_or_default()
}

#[test]
fn what_cannot_be_recorded_or_shown_is_told_with_what_to_do() {
    let user = User::new();
    let fails = |args: &[&str], code: i32, said: &[&str]| {
        let outcome = user.run(args);
        assert_eq!(outcome.code, Some(code), "{args:?}: {outcome:?}");
        outcome.assert_clean(&args.join(" "));
        for said in said {
            assert!(outcome.stderr.contains(said), "{args:?}: {outcome:?}");
        }
    };
    fails(&["history", "status"], 1, &["There is no history", "netglobe history record"]);
    fails(&["list", "--source", "history:-1h"], 1, &["There is no history"]);
    fails(&["history", "record", "--source", "demo:everyday"], 1, &["--history"]);
    fails(&["history", "record", "--no-history"], 1, &["switched off"]);
    fails(&["history", "forget"], 2, &["--all"]);
    fails(&["history", "forget", "--all", "--process", "x"], 2, &["cannot be used with"]);
    fails(&["history", "compare", "-1h", "-2h..-1h"], 2, &["FROM..TO"]);
    fails(&["list", "--source", "history:yesterday"], 2, &["history:-2h"]);

    std::fs::write(user.home().join("text.db"), "a text").expect("written");
    fails(&["history", "status", "--history", "text.db"], 1, &["text.db"]);
    fails(&["history", "record", "--history", "text.db"], 1, &["text.db"]);
    assert_eq!(std::fs::read_to_string(user.home().join("text.db")).expect("there"), "a text");

    let child = record(&user, &[]);
    let old = "2001-01-01T00:00:00Z";
    fails(&["list", "--source", &format!("history:{old}")], 1, &["before the beginning"]);
    fails(&["list", "--source", "history:2999-01-01T00:00:00Z"], 1, &["after the end"]);
    fails(&["history", "compare", "now..-1h", "-1h..now"], 1, &["earlier moment first"]);
    let status = user.run(&["history", "status"]);
    assert!(status.stdout.contains("yes, by a netglobe that runs now"), "{status:?}");
    interrupt(child);
}
