//! The history on a disk that is full or cannot be written: real small file systems in a mount namespace, and the real
//! program. What happens meanwhile is kept or told, nothing is broken, and each error says what to do.
//!
//! Each test restarts itself in a mount namespace of its own, so that no other program sees its file systems.
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
    history::{BlockId, Gap, GapReason, Limits, Recorder, Store, codec::Decoder},
    model::{Connection, Location, SnapshotDelta, UnixMillis},
    sampler::{SamplerMessage, SamplerReport, hub_scenario},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use support::{Killed, Outcome, PATIENCE, User, not_run, run, wait_until};

/// Marks a restarted test, and names the mount namespace that it must have left.
const OUTER_MOUNTS: &str = "NETGLOBE_OUTER_MOUNTS";
/// How long a restarted test may take.
const TEST_PATIENCE: Duration = Duration::from_mins(20);
/// Ticks of the processor's clock per second, in `/proc`: the same on every Linux.
const TICKS_PER_S: f64 = 100.0;

fn this_mounts() -> PathBuf {
    fs::read_link("/proc/self/ns/mnt").expect("Linux")
}

/// Runs `body` in its own mount namespace. `name` is that of the calling test.
fn in_own_mounts(name: &str, body: impl FnOnce()) {
    const WAYS: [&[&str]; 2] = [&["unshare", "--mount"], &["unshare", "--user", "--map-root-user", "--mount"]];
    if let Some(outer) = std::env::var_os(OUTER_MOUNTS) {
        assert_ne!(PathBuf::from(outer), this_mounts(), "these are the machine's own mounts");
        return body();
    }
    let probe = tempfile::tempdir().expect("a directory");
    let mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs"];
    let mut why = String::new();
    for way in WAYS {
        match Command::new(way[0]).args(&way[1..]).args(mount).arg(probe.path()).output() {
            Ok(output) if output.status.success() => {
                let mut command = Command::new(way[0]);
                command.args(&way[1..]).arg(network::this_program());
                command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(OUTER_MOUNTS, this_mounts());
                let outcome = run(command, TEST_PATIENCE);
                let output = format!("in its own mounts:\n{}\n{}", outcome.stdout, outcome.stderr);
                assert!(outcome.code == Some(0) && outcome.stdout.contains("1 passed"), "{output}");
                return;
            }
            Ok(output) => why = String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => why = error.to_string(),
        }
    }
    let why = format!("nothing can be mounted here (neither as root nor with user namespaces): {why}");
    not_run(&format!("history_disk::{name}"), &why);
}

/// A small file system.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: PathBuf, kib: u64) -> Self {
        assert!(std::env::var_os(OUTER_MOUNTS).is_some(), "only in mounts of one's own");
        fs::create_dir(&at).expect("a directory");
        let size = format!("size={kib}k,mode=700");
        let output = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&at).output();
        let output = output.expect("mount");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self(at)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes until there is no space left.
    fn fill(&self) {
        let mut filler = OpenOptions::new().append(true).create(true).open(self.file("filler")).expect("writable");
        // Far more than any of these file systems has.
        for _ in 0..100_000 {
            match filler.write(&[0; 4096]) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => return,
                Err(error) => panic!("{error}"),
            }
        }
        panic!("it never gets full");
    }

    /// Gives this much of the space back.
    fn free(&self, kib: u64) {
        let filler = OpenOptions::new().write(true).open(self.file("filler")).expect("there");
        let length = filler.metadata().expect("there").len();
        filler.set_len(length.checked_sub(kib << 10).expect("so much was filled")).expect("shorter");
    }

    /// Gives all of it back.
    fn empty(&self) {
        fs::remove_file(self.file("filler")).expect("there");
    }

    fn set_read_only(&self, is_read_only: bool) {
        let how = if is_read_only { "remount,ro" } else { "remount,rw" };
        let output = Command::new("mount").args(["-o", how]).arg(&self.0).output().expect("mount");
        assert!(output.status.success(), "{how}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Names of the files in it, without the filler.
    fn names(&self) -> BTreeSet<String> {
        let names = fs::read_dir(&self.0).expect("there");
        let names = names.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned());
        names.filter(|name| name != "filler").collect()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // It goes with the namespace, but its directory is removed before.
        Command::new("umount").arg("--lazy").arg(&self.0).status().map(|_| ()).unwrap_or_default();
    }
}

/// A `netglobe history record` that runs.
struct Recording {
    child: Killed,
    said: PathBuf,
}

impl Recording {
    /// Starts it, and waits until it records.
    fn start(user: &User, file: &Path, flags: &[&str]) -> Self {
        let said = user.home().join("said.txt");
        let path = file.display().to_string();
        let args: Vec<&str> = ["history", "record", "--history", &path].iter().chain(flags).copied().collect();
        let mut command = user.netglobe(&args);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&said).expect("writable"));
        let recording = Self { child: Killed(command.spawn().expect("it starts")), said };
        let is_recording = wait_until(Instant::now() + PATIENCE, || {
            let heads = Store::open_for_reading(file).and_then(|store| store.heads()).unwrap_or_default();
            heads.iter().any(|head| head.id == BlockId::Tail).then_some(())
        });
        assert!(is_recording.is_some(), "nothing is recorded; it said:\n{}", recording.said());
        recording
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.said).expect("there")
    }

    /// How often it has said this.
    fn count(&self, what: &str) -> usize {
        self.said().matches(what).count()
    }

    /// The seconds of processor time that it has taken.
    fn processor_s(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.0.id())).expect("it runs");
        let (_, fields) = stat.rsplit_once(") ").expect("the name comes first");
        let fields: Vec<&str> = fields.split(' ').collect();
        // `utime` and `stime`, fields 14 and 15 (proc_pid_stat(5)); the state is field 3.
        fields[11..=12].iter().map(|ticks| ticks.parse::<f64>().expect("a number")).sum::<f64>() / TICKS_PER_S
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.child.0.id()).expect("small");
        let pid = rustix::process::Pid::from_raw(pid).expect("a process");
        rustix::process::kill_process(pid, signal).expect("it runs");
    }

    /// Ends it as Ctrl-C does; returns its exit code and what it has said.
    fn interrupt(mut self) -> (Option<i32>, String) {
        self.signal(rustix::process::Signal::INT);
        let status = wait_until(Instant::now() + PATIENCE, || self.child.0.try_wait().expect("a child"));
        let said = self.said();
        let status = status.unwrap_or_else(|| panic!("it does not end; it said:\n{said}"));
        assert!(!said.contains("panicked"), "{said}");
        (status.code(), said)
    }

    /// Ends it as `kill -9` does.
    fn kill(mut self) {
        self.child.0.kill().expect("it runs");
        self.child.0.wait().expect("it ended");
    }
}

/// Runs a command with this history.
fn with_history(user: &User, file: &Path, args: &[&str]) -> Outcome {
    let path = file.display().to_string();
    let args: Vec<&str> = args.iter().copied().chain(["--history", &path]).collect();
    let outcome = user.run(&args);
    outcome.assert_clean(&args.join(" "));
    outcome
}

fn status(user: &User, file: &Path) -> Value {
    let outcome = with_history(user, file, &["history", "status", "--json"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    outcome.json_lines().remove(0)
}

/// Everything that opened, read from each block; the file must be whole.
fn opened(file: &Path) -> Vec<(UnixMillis, Connection)> {
    let all = try_opened(file).expect("a history that can be read");
    let db = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).expect("opened");
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
    assert_eq!(sound, "ok");
    all
}

/// The same; `None` if it changes meanwhile.
fn try_opened(file: &Path) -> Option<Vec<(UnixMillis, Connection)>> {
    let store = Store::open_for_reading(file).ok()?;
    let mut all = Vec::new();
    for head in store.heads().ok()? {
        let content = store.block(head.id).ok()??;
        let mut block = Decoder::new(content).ok()?;
        if !block.continues() {
            all.extend(block.connections().map(|it| (block.at(), it.clone())));
        }
        while let Some(moment) = block.step().ok()? {
            let new = moment.delta.opened.into_iter().chain(moment.delta.ghosts);
            all.extend(new.map(|it| (moment.delta.at, it)));
        }
    }
    Some(all)
}

/// One line, which says what to do.
fn assert_one_line(outcome: &Outcome, code: i32, said: &[&str]) {
    assert_eq!(outcome.code, Some(code), "{outcome:?}");
    let errors: Vec<&str> = outcome.stderr.lines().filter(|line| line.contains("Cannot use")).collect();
    assert_eq!(errors.len(), 1, "{outcome:?}");
    for said in said {
        assert!(errors[0].contains(said), "{said}: {outcome:?}");
    }
    assert!(!errors[0].contains(".;"), "{outcome:?}");
}

#[test]
fn a_full_disk_is_told_and_nothing_is_lost_when_there_is_space_again() {
    const NAME: &str = "a_full_disk_is_told_and_nothing_is_lost_when_there_is_space_again";
    in_own_mounts(NAME, || {
        in_own_network("history_disk", NAME, TEST_PATIENCE, || {
            let user = User::new();
            let disk = Disk::mount(user.home().join("disk"), 2_000);
            let file = disk.file("history.db");
            let (mut server, mut client) = (holder("ng-server", &[]), holder("ng-client", &[]));
            let listener = server.tcp_listen("127.0.0.1:0");
            let recording = Recording::start(&user, &file, &[]);
            let mut ports = BTreeSet::new();
            // Each goes on once it is in a sample: of another program, at about the moments of the recorder.
            let mut connect = |stays: bool| {
                let (there, accepted) = (client.tcp_connect(listener.local, None), server.tcp_accept(listener));
                ports.insert(there.local.port());
                let is_listed = wait_until(Instant::now() + PATIENCE, || {
                    let listed = user.run(&["list", "--json"]).json_lines();
                    // Of both ends, one is listed.
                    let is_it = |line: &Value| {
                        ["local", "remote"].into_iter().any(|end| line[end]["port"] == there.local.port())
                    };
                    listed.iter().any(is_it).then_some(())
                });
                assert!(is_listed.is_some(), "it is never listed");
                if !stays {
                    client.close(there);
                    server.close(accepted);
                }
            };
            connect(true);
            let full = "Free some space";
            for round in 1..=2 {
                let (begin, processor_s) = (Instant::now(), recording.processor_s());
                // A merged log would leave space again, so fill it until the recorder notices.
                let is_told = wait_until(Instant::now() + PATIENCE, || {
                    disk.fill();
                    (recording.count(full) == round).then_some(())
                });
                assert!(is_told.is_some(), "round {round}, it said:\n{}", recording.said());
                for stays in [false, true, false] {
                    connect(stays);
                }
                // What was recorded before can be read.
                assert_eq!(status(&user, &file)["recording"], true);
                assert_eq!(recording.count(full), round, "it is told once:\n{}", recording.said());
                let (taken, elapsed) = (recording.processor_s() - processor_s, begin.elapsed().as_secs_f64());
                assert!(taken < 0.5 * elapsed, "{taken} s of processor time in {elapsed} s");
                disk.empty();
                let goes_on = wait_until(Instant::now() + PATIENCE, || {
                    (recording.count("can be written again") == round).then_some(())
                });
                assert!(goes_on.is_some(), "round {round}, it said:\n{}", recording.said());
            }
            let ends = |it: &Connection| [Some(it.key.local.port), it.key.remote.map(|remote| remote.port)];
            let of = |opened: &[(UnixMillis, Connection)]| -> BTreeSet<u16> {
                opened.iter().flat_map(|(_, it)| ends(it)).flatten().collect()
            };
            // The recorder takes samples less often than `list` was called.
            let are_recorded = wait_until(Instant::now() + PATIENCE, || {
                try_opened(&file).filter(|opened| ports.is_subset(&of(opened))).map(drop)
            });
            assert!(are_recorded.is_some(), "{ports:?} were open, {:?} are recorded", try_opened(&file));
            let (code, said) = recording.interrupt();
            assert_eq!(code, Some(0), "{said}");
            let told = said.lines().find(|line| line.contains(full)).expect("it was counted");
            assert!(told.contains("history.db") && told.contains("full") && !told.contains(".;"), "{told}");
            let recorded = of(&opened(&file));
            assert!(ports.is_subset(&recorded), "{ports:?} were open, {recorded:?} are recorded");
            let status = status(&user, &file);
            assert_eq!(status["recording"], false);
            assert!(!status["gaps"].to_string().contains("not-written"), "{status}");
        });
    });
}

#[test]
fn what_does_not_fit_into_memory_while_the_disk_is_full_is_a_gap() {
    const BEGIN: UnixMillis = UnixMillis(1_780_315_200_000);
    /// Connections that open and close in a step.
    const AT_ONCE: usize = 5_000;
    in_own_mounts("what_does_not_fit_into_memory_while_the_disk_is_full_is_a_gap", || {
        let user = User::new();
        let disk = Disk::mount(user.home().join("disk"), 2_000);
        let file = disk.file("history.db");
        let locate = |_: &Connection| -> Arc<Location> { panic!("it is simulated") };
        let report = Arc::new(SamplerReport::default());
        let message = |delta| SamplerMessage { delta, report: Arc::clone(&report) };
        let (mut recorder, aside) = Recorder::begin(&file, false, Limits::default(), None, BEGIN).expect("it opens");
        assert_eq!(aside, None);
        let mut all = hub_scenario(AT_ONCE, 1, 0.5);
        let lasting = all.split_off(AT_ONCE - 3);
        let (opened, keys) = (all, lasting.iter().map(|it| it.key).collect::<BTreeSet<_>>());
        let first = SnapshotDelta { at: BEGIN, opened: lasting, ..SnapshotDelta::default() };
        recorder.message(message(first), &locate);
        recorder.flush(BEGIN.plus_ms(500)).expect("written");

        disk.fill();
        let mut now = BEGIN;
        for step in 1.. {
            assert!(step < 500, "it never becomes too much");
            let open = SnapshotDelta { at: now.plus_ms(400), opened: opened.clone(), ..SnapshotDelta::default() };
            let closed = opened.iter().map(|it| it.key).collect();
            let close = SnapshotDelta { at: now.plus_ms(800), closed, ..SnapshotDelta::default() };
            recorder.message(message(open), &locate);
            recorder.message(message(close), &locate);
            now = now.plus_ms(1_000);
            let error = recorder.flush(now).expect_err("there is no space");
            assert!(error.is_full() && !error.remedy().is_empty(), "{error:?}");
            if recorder.lost_since().is_some() {
                break;
            }
        }
        let lost_since = recorder.lost_since().expect("it became too much");
        let within = UnixMillis(i64::midpoint(lost_since.0, now.0));
        disk.empty();
        let again = now.plus_ms(1_000);
        recorder.flush(again).expect("there is space");
        assert_eq!(recorder.lost_since(), None);
        recorder.end(again.plus_ms(5_000)).expect("it ends");

        let store = Store::open_for_reading(&file).expect("a history");
        let gap = Gap { from: lost_since, to: again, reason: GapReason::NotWritten, count: 0 };
        assert_eq!(store.gaps().expect("whole"), [gap]);
        drop(store);
        let status = status(&user, &file);
        assert_eq!(status["gaps"][0]["reason"], "not-written", "{status}");
        let source = format!("history:{within}");
        let outcome = with_history(&user, &file, &["list", "--source", &source]);
        assert!(outcome.stderr.contains("the file could not be written"), "{outcome:?}");
        // Afterwards it goes on with what was still open.
        let after: BTreeSet<_> =
            crate::opened(&file).into_iter().filter(|(at, _)| *at >= again).map(|(_, it)| it.key).collect();
        assert_eq!(after, keys);
    });
}

#[test]
fn an_end_that_cannot_be_written_is_told() {
    in_own_mounts("an_end_that_cannot_be_written_is_told", || {
        let user = User::new();
        let disk = Disk::mount(user.home().join("disk"), 400);
        let file = disk.file("history.db");
        let recording = Recording::start(&user, &file, &["--source", "demo:everyday"]);
        let is_told = wait_until(Instant::now() + PATIENCE, || {
            disk.fill();
            (recording.count("Free some space") == 1).then_some(())
        });
        assert!(is_told.is_some(), "it said:\n{}", recording.said());
        let before = opened(&file).len();
        disk.fill();
        let (code, said) = recording.interrupt();
        assert_eq!(code, Some(1), "{said}");
        assert!(said.lines().any(|line| line.contains("may be lost") && line.contains("Free some space")), "{said}");
        disk.empty();
        // The next one finishes what is there.
        let recording = Recording::start(&user, &file, &["--source", "demo:everyday"]);
        let begins = || (recording.count("recording to") == 1).then_some(());
        assert!(wait_until(Instant::now() + PATIENCE, begins).is_some(), "it said:\n{}", recording.said());
        let (code, said) = recording.interrupt();
        assert_eq!(code, Some(0), "{said}");
        assert!(opened(&file).len() >= before && before > 0);
        assert_eq!(status(&user, &file)["runs"], 2);
    });
}

#[test]
fn a_first_start_on_a_full_disk_says_so_and_leaves_a_file_that_can_be_used() {
    in_own_mounts("a_first_start_on_a_full_disk_says_so_and_leaves_a_file_that_can_be_used", || {
        let user = User::new();
        let disk = Disk::mount(user.home().join("disk"), 400);
        let file = disk.file("history.db");
        for free_kib in [0, 4, 8, 16, 24, 36, 60] {
            disk.fill();
            disk.free(free_kib);
            let outcome = with_history(&user, &file, &["history", "record", "--source", "demo:everyday"]);
            assert_one_line(&outcome, 1, &["history.db", "Free some space"]);
            // Nothing waits: the program has ended.
            assert!(!outcome.stderr.contains("memory"), "{free_kib} KiB: {outcome:?}");
            disk.empty();
            let outcome = with_history(&user, &file, &["history", "status"]);
            assert_eq!(outcome.code, Some(1), "{free_kib} KiB: {outcome:?}");
            assert!(outcome.stderr.contains("is empty"), "{free_kib} KiB: {outcome:?}");
            let (code, said) = Recording::start(&user, &file, &["--source", "demo:everyday"]).interrupt();
            assert_eq!(code, Some(0), "{free_kib} KiB: {said}");
            assert!(!said.contains("renamed"), "{free_kib} KiB: {said}");
            assert!(!opened(&file).is_empty());
            for name in disk.names() {
                fs::remove_file(disk.file(&name)).expect("a file");
            }
        }
    });
}

#[test]
fn a_read_only_directory_can_be_read_and_is_told_when_it_is_to_be_written() {
    in_own_mounts("a_read_only_directory_can_be_read_and_is_told_when_it_is_to_be_written", || {
        let user = User::new();
        let disk = Disk::mount(user.home().join("disk"), 4_000);
        let file = disk.file("history.db");
        let demo = ["--source", "demo:everyday"];
        let record = ["history", "record", "--source", "demo:everyday"];
        let refused = ["Read-only file system", "Check the rights"];
        disk.set_read_only(true);
        assert_one_line(&with_history(&user, &file, &record), 1, &refused);
        assert_one_line(&with_history(&user, &disk.file("new/history.db"), &record), 1, &refused);
        assert!(disk.names().is_empty(), "{:?}", disk.names());
        disk.set_read_only(false);

        // One that ended in order, and one that was killed: its newest part is in the log.
        for is_killed in [false, true] {
            let recording = Recording::start(&user, &file, &demo);
            if is_killed {
                recording.kill();
            } else {
                let (code, said) = recording.interrupt();
                assert_eq!(code, Some(0), "{said}");
            }
            let status = status(&user, &file);
            let (begin, end) = (status["from"].as_str().expect("a moment"), status["to"].as_str().expect("a moment"));
            let source = format!("history:{end}");
            let (list, window) = (["list", "--source", &source], format!("{begin}..{end}"));
            let compare = ["history", "compare", &window, &window];
            let expected = [with_history(&user, &file, &list), with_history(&user, &file, &compare)];
            assert!(expected.iter().all(|it| it.code == Some(0) && it.stdout.lines().count() > 3), "{expected:?}");
            disk.set_read_only(true);
            for (args, expected) in [&list[..], &compare[..]].into_iter().zip(&expected) {
                let outcome = with_history(&user, &file, args);
                assert_eq!((outcome.code, &outcome.stdout), (Some(0), &expected.stdout), "{args:?}: {outcome:?}");
            }
            assert_eq!(crate::status(&user, &file)["to"], end);
            let out = user.home().join("out.netglobe").display().to_string();
            let outcome = with_history(&user, &file, &["history", "export", &out]);
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
            assert_one_line(&with_history(&user, &file, &record), 1, &refused);
            assert_one_line(&with_history(&user, &file, &["history", "forget", "--all"]), 1, &refused);
            disk.set_read_only(false);
        }

        // Without the shared memory, the log cannot be read there. It must not look as if it were not there.
        assert!(fs::metadata(disk.file("history.db-wal")).expect("it was killed").len() > 0);
        fs::remove_file(disk.file("history.db-shm")).expect("it was killed");
        disk.set_read_only(true);
        let all: [&[&str]; 3] = [&["history", "status"], &["list", "--source", "history:-1s"], &record];
        for args in all {
            let outcome = with_history(&user, &file, args);
            assert_eq!(outcome.code, Some(1), "{args:?}: {outcome:?}");
        }
        let outcome = with_history(&user, &file, &["history", "status"]);
        assert!(outcome.stderr.contains("-wal") && outcome.stderr.contains("Copy the file"), "{outcome:?}");
        disk.set_read_only(false);
        assert!(!opened(&file).is_empty());
    });
}

#[test]
fn a_recording_that_does_not_fit_leaves_nothing_and_a_pipe_is_not_replaced() {
    in_own_mounts("a_recording_that_does_not_fit_leaves_nothing_and_a_pipe_is_not_replaced", || {
        let user = User::new();
        let disk = Disk::mount(user.home().join("disk"), 64);
        let file = user.home().join("history.db");
        let (code, said) = Recording::start(&user, &file, &["--source", "demo:everyday"]).interrupt();
        assert_eq!(code, Some(0), "{said}");
        let out = disk.file("out.netglobe");
        let export = |flags: &[&str]| {
            let out = out.display().to_string();
            let args: Vec<&str> = ["history", "export", &out].iter().chain(flags).copied().collect();
            with_history(&user, &file, &args)
        };
        let kinds: [&[&str]; 2] = [&[], &["--scrub"]];
        for text in [None, Some("an older one")] {
            if let Some(text) = text {
                fs::write(&out, text).expect("written");
            }
            disk.fill();
            for flags in kinds {
                let outcome = export(flags);
                assert_eq!(outcome.code, Some(1), "{outcome:?}");
                assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
                for said in ["out.netglobe", "No space left", "check the rights and the free space"] {
                    assert!(outcome.stderr.contains(said), "{said}: {outcome:?}");
                }
                assert_eq!(fs::read_to_string(&out).ok().as_deref(), text);
                assert_eq!(disk.names().len(), usize::from(text.is_some()), "{:?}", disk.names());
            }
            disk.empty();
        }
        let outcome = export(&[]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");

        // As root, it would replace /dev/null and break the machine.
        fs::remove_file(&out).expect("there");
        assert!(Command::new("mkfifo").arg(&out).status().expect("mkfifo").success());
        let outcome = export(&[]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.stderr.contains("a device or a pipe"), "{outcome:?}");
        assert!(fs::symlink_metadata(&out).expect("there").file_type().is_fifo());
    });
}
