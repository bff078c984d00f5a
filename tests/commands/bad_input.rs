//! Tests of bad input: each error is one clear line on standard error (what, why, what to do) with the right exit code,
//! and never a panic. Usage errors (exit code 2) may have several lines, with the error in the first one.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

#[path = "../support/mod.rs"]
mod support;

use std::{
    fs,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};
use support::{Killed, Outcome, User, maxmind_file, test_file};

/// Checks for exit code 1, no standard output, and one line on standard error with all `words`.
fn assert_fails(outcome: &Outcome, words: &[&str], what: &str) {
    outcome.assert_clean(what);
    assert_eq!(outcome.code, Some(1), "{what}: {outcome:?}");
    assert_eq!(outcome.stdout, "", "{what}: {outcome:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{what}: {outcome:?}");
    assert!(outcome.stderr.starts_with("netglobe: "), "{what}: {outcome:?}");
    for word in words {
        assert!(outcome.stderr.contains(word), "{what}: {word} is not in {outcome:?}");
    }
}

#[test]
fn wrong_usage_is_told_in_one_line_and_ends_with_2() {
    let user = User::new();
    for (args, words) in [
        (&["list", "--home", "200,5"][..], &["--home", "beyond a pole"][..]),
        (&["list", "--home", "5,181"], &["--home", "-180 to 180"]),
        (&["list", "--home", "here"], &["--home", "LAT,LNG"]),
        (&["list", "--home", "NaN,0"], &["--home", "LAT,LNG"]),
        (&["list", "--home", "inf,0"], &["--home", "LAT,LNG"]),
        (&["list", "--home", ""], &["--home"]),
        (&["list", "--home"], &["--home"]),
        (&["list", "--interval", "5"], &["--interval", "unit"]),
        (&["list", "--interval", "1ms"], &["--interval", "50ms"]),
        (&["list", "--interval", "-1s"], &["--interval"]),
        (&["list", "--interval", "99999999999999999999s"], &["--interval"]),
        (&["list", "--source", "ebpf"], &["--source", "sock-diag"]),
        (&["list", "--source", "demo:nothing"], &["--source", "everyday"]),
        (&["list", "--source", "replay:"], &["--source", "file"]),
        (&["list", "--quality", "best"], &["--quality", "low"]),
        (&["list", "--filter", "pid:many"], &["--filter", "pid"]),
        (&["list", "--filter", "nonsense:1"], &["--filter", "nonsense"]),
        (&["list", "--filter", "city:\"New York"], &["--filter", "quote"]),
        (&["list", "--filter", "ip:300.1.2.3"], &["--filter", "ip"]),
        (&["list", "--filter", "port:99999"], &["--filter", "port"]),
        (&["list", "--nothing"], &["--nothing"]),
        (&["list", "surplus"], &["surplus"]),
        (&["fly"], &["fly"]),
        (&["lookup"], &["IP"]),
        (&["lookup", "example.org"], &["expected an IPv4 or IPv6 address"]),
        (&["lookup", "300.1.2.3"], &["expected an IPv4 or IPv6 address"]),
        (&["lookup", "81.2.69.142:http"], &["expected an IPv4 or IPv6 address"]),
        (&["lookup", ""], &["IP"]),
        (&["snapshot"], &["OUT.png"]),
        (&["snapshot", "x.png", "--size", "640"], &["--size", "WIDTHxHEIGHT"]),
        (&["snapshot", "x.png", "--size", "0x0"], &["--size", "16 to 16384"]),
        (&["snapshot", "x.png", "--size", "-5x9"], &["--size", "16 to 16384"]),
        (&["snapshot", "x.png", "--size", "99999x99999"], &["--size", "16 to 16384"]),
        (&["snapshot", "x.png", "--camera", "1,2"], &["--camera", "LAT,LNG,DIST"]),
        (&["snapshot", "x.png", "--camera", "1,2,1"], &["--camera", "1.05"]),
        (&["snapshot", "x.png", "--camera", "91,2,4"], &["--camera", "pole"]),
        (&["snapshot", "x.png", "--camera", "1,2,NaN"], &["--camera", "number"]),
        (&["snapshot", "x.png", "--at", "noon"], &["--at", "RFC 3339"]),
        (&["demo", "nothing"], &["everyday"]),
        (&["demo", "--seed", "x"], &["--seed"]),
        (&["demo", "no/such.toml"], &["cannot read the scenario no/such.toml"]),
        (&["demo", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")], &["Cargo.toml, line ", "unknown field"]),
        (&["film", "x", "--seconds", "0"], &["--seconds", "3600"]),
        (&["film", "x", "--fps", "0"], &["--fps"]),
        (&["film", "x", "--turn", "99"], &["--turn", "from -30 to 30"]),
        (&["film", "x", "--overlay", "--ambient"], &["--ambient", "--overlay"]),
        (&["--cpu-limit", "0%"], &["--cpu-limit", "from 1%"]),
        (&["--ui-scale", "9"], &["--ui-scale", "0.75 to 2.5"]),
        (&["--monitor", "0"], &["--monitor", "from 1"]),
        (&["--palette", "pink"], &["--palette", "deuteranopia"]),
        (&["autostart", "perhaps"], &["perhaps", "status"]),
        (&["bench", "--active", "2"], &["--active", "from 0 to 1"]),
        (&["bench", "--arcs", "-1"], &["-1"]),
    ] {
        let outcome = user.run(args);
        let what = format!("{args:?}");
        outcome.assert_clean(&what);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""), "{what}: {outcome:?}");
        let first = outcome.stderr.lines().next().expect("a line");
        assert!(first.starts_with("error: "), "{what}: {outcome:?}");
        // A missing value is named after the first line.
        for word in words {
            assert!(outcome.stderr.contains(word), "{what}: {word} is not in {outcome:?}");
        }
    }
}

/// Files that are not valid databases, with words that the error must contain.
fn broken_databases(directory: &Path) -> Vec<(String, &'static str)> {
    let sound = fs::read(maxmind_file("GeoLite2-City-Test.mmdb")).expect("readable");
    let mut flipped = sound.clone();
    // The metadata stay valid, but the search tree is destroyed.
    flipped[..1000].fill(0xff);
    let write = |name: &str, content: &[u8]| {
        let path = directory.join(name);
        fs::write(&path, content).expect("writable");
        path.display().to_string()
    };
    let unreadable = write("unreadable.mmdb", &sound);
    fs::set_permissions(&unreadable, fs::Permissions::from_mode(0o000)).expect("changeable");
    let mut all = vec![
        (directory.join("missing.mmdb").display().to_string(), "cannot read"),
        (directory.display().to_string(), "cannot read"),
        ("/dev/zero".to_owned(), "cannot read"),
        (write("empty.mmdb", b""), "it is empty"),
        (write("truncated.mmdb", &sound[..sound.len() / 2]), "not a valid database"),
        (write("beheaded.mmdb", &sound[sound.len() / 2..]), ""),
        (write("text.mmdb", b"London is at 51.5142,-0.0931\n"), "not a valid database"),
        (write("flipped.mmdb", &flipped), ""),
        (write("e\u{1b}[31mvil\n.mmdb", b"x"), "not a valid database"),
        (maxmind_file("GeoIP2-Domain-Test.mmdb"), "GeoIP2-Domain"),
        (maxmind_file("MaxMind-DB-string-value-entries.mmdb"), "no places or operators"),
    ];
    // Root can read everything.
    if fs::read(&unreadable).is_err() {
        all.push((unreadable, "cannot read"));
    }
    all
}

#[test]
fn a_named_database_that_cannot_be_used_ends_with_1_and_its_name() {
    let user = User::new();
    for (path, why) in broken_databases(user.home()) {
        // Control characters are escaped.
        let name = path.rsplit('/').next().expect("a name");
        let name = name.split(char::is_control).next().expect("a beginning");
        for args in [&["lookup", "81.2.69.142", "--geo-db", &path][..], &["list", "--geo-db", &path]] {
            let outcome = user.run(args);
            assert_fails(&outcome, &["--geo-db", name, why], &format!("{args:?}"));
        }
    }
}

#[test]
fn a_database_of_the_configuration_that_cannot_be_used_gives_way_to_the_next() {
    let user = User::new();
    for (path, why) in broken_databases(user.home()).into_iter().filter(|(path, _)| !path.contains('\u{1b}')) {
        fs::write(user.config_file(), format!("geo_db = ['{path}']\n")).expect("writable");
        let outcome = user.run(&["lookup", "81.2.69.142", "--json"]);
        outcome.assert_clean(&path);
        assert_eq!(outcome.code, Some(0), "{path}: {outcome:?}");
        let line = &outcome.json_lines()[0];
        assert_eq!(line["place"]["country_iso"], "GB", "the embedded database answers: {outcome:?}");
        assert!(outcome.stderr.contains(&path) && outcome.stderr.contains(why), "{outcome:?}");
    }
    // The next database may also be configured by the user.
    let (bad, good) = (maxmind_file("GeoIP2-Domain-Test.mmdb"), maxmind_file("GeoLite2-City-Test.mmdb"));
    fs::write(user.config_file(), format!("geo_db = ['{bad}', '{good}']\n")).expect("writable");
    let outcome = user.run(&["lookup", "175.16.199.1", "--json"]);
    assert_eq!(outcome.json_lines()[0]["database"]["name"], "GeoLite2-City", "{outcome:?}");
}

#[test]
fn doctor_ends_with_all_that_is_degraded_each_thing_with_what_to_do() {
    let user = User::new();
    let whole = user.run(&["doctor", "--source", "demo:everyday"]);
    assert!(whole.code == Some(0) && whole.stdout.ends_with("no limitations with these settings\n"), "{whole:?}");
    let bad = maxmind_file("GeoIP2-Domain-Test.mmdb");
    fs::write(user.config_file(), format!("geo_db = ['{bad}']\nhoem = 1\n")).expect("writable");
    let outcome = user.run(&["doctor", "--source", "netstat2"]);
    outcome.assert_clean("doctor");
    let (_, last) = outcome.stdout.split_once("limitations with these settings:\n").expect("a list");
    // From the source, from the configuration, and all notes of list about both.
    for words in ["UDP peers", "hoem"] {
        assert!(last.contains(words), "{words}: {last}");
    }
    let told = user.run(&["list", "--source", "netstat2"]).stderr;
    assert!(told.lines().count() > 1, "{told}");
    for line in told.lines().filter_map(|line| line.strip_prefix("netglobe: ")) {
        let what = line.split("; ").next().expect("some");
        assert!(last.contains(what), "{what}: {last}");
    }
}

#[test]
fn a_broken_configuration_degrades_or_fails_by_whether_it_was_named() {
    for (content, words) in [
        ("home = ", &["line 1"][..]),
        ("\n\nhome = \"100,0\"", &["line 3", "home", "pole"]),
        ("hoem = \"1,2\"", &["line 1", "hoem"]),
        ("interval = \"soon\"", &["interval"]),
        ("interval = 5", &["line 1"]),
        ("source = \"ebpf\"", &["source", "sock-diag"]),
        ("quality = \"best\"", &["quality"]),
        ("geo_db = 5", &["line 1"]),
        ("[a", &["line 1"]),
        ("home = \"\u{1b}[31m\"", &["line 1"]),
    ] {
        let user = User::new();
        let path = user.config_file();
        fs::write(&path, content).expect("writable");
        let path = path.display().to_string();
        let words = [&["config.toml"][..], words].concat();

        let outcome = user.run(&["lookup", "10.0.0.1", "--config", &path]);
        assert_fails(&outcome, &words, content);

        let outcome = user.run(&["lookup", "10.0.0.1"]);
        outcome.assert_clean(content);
        assert_eq!(outcome.code, Some(0), "{content}: {outcome:?}");
        assert!(outcome.stdout.contains("10.0.0.1"), "{content}: {outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{content}: {outcome:?}");
        for word in words {
            assert!(outcome.stderr.contains(word), "{content}: {word} is not in {outcome:?}");
        }
    }
    let user = User::new();
    let outcome = user.run(&["lookup", "10.0.0.1", "--config", "missing.toml"]);
    assert_fails(&outcome, &["missing.toml"], "a configuration that is not there");
    fs::write(user.config_file(), b"home = \"\xff\xfe\"").expect("writable");
    let outcome = user.run(&["lookup", "10.0.0.1"]);
    assert_eq!((outcome.code, outcome.stderr.lines().count()), (Some(0), 1), "{outcome:?}");
}

#[test]
fn a_source_that_was_named_and_cannot_be_opened_fails() {
    let user = User::new();
    let broken = user.home().join("broken.ndjson");
    for content in ["", "x", "{}", "{\"netglobe_recording\":99}\n", "\u{0}\u{1}\u{1b}[31m"] {
        fs::write(&broken, content).expect("writable");
        let source = format!("replay:{}", broken.display());
        assert_fails(&user.run(&["list", "--source", &source]), &["broken.ndjson"], content);
    }
    assert_fails(&user.run(&["list", "--source", "replay:missing.ndjson"]), &["missing.ndjson"], "missing");
}

#[test]
fn a_reader_who_leaves_is_no_failure() {
    let user = User::new();
    for args in [
        &["list"][..],
        &["list", "--json"],
        &["list", "--watch", "--json", "--source", "demo:everyday", "--interval", "50ms"],
        &["list", "--watch", "--source", "demo:everyday", "--interval", "50ms"],
        &["lookup", "81.2.69.142"],
        &["lookup", "81.2.69.142", "--json"],
        &["doctor"],
        &["doctor", "--json"],
        &["--help"],
    ] {
        let mut child = user.netglobe(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        drop(child.stdout.take());
        let mut child = Killed(child);
        let ended =
            support::wait_until(std::time::Instant::now() + support::PATIENCE, || child.0.try_wait().expect("a child"));
        let mut said = String::new();
        child.0.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
        assert_eq!(ended.and_then(|status| status.code()), Some(0), "{args:?}: {said}");
        assert!(!said.contains("panicked") && !said.contains("Broken pipe"), "{args:?}: {said}");
    }
}

#[test]
fn both_outputs_closed_is_no_panic() {
    let user = User::new();
    for (args, code) in [("list", 0), ("lookup 10.0.0.1", 0), ("lookup 10.0.0.1 --config missing.toml", 1)] {
        let mut command = Command::new("sh");
        user.surround(&mut command);
        command.args(["-c", &format!("exec \"$0\" {args} >&- 2>&-"), support::netglobe_path()]);
        let outcome = support::run(command, support::PATIENCE);
        // Writing to a closed output may fail with exit code 1, but not with a signal.
        assert!(outcome.code == Some(code) || outcome.code == Some(1), "{args}: {outcome:?}");
    }
    let mut command = Command::new("sh");
    user.surround(&mut command);
    command.args(["-c", "exec \"$0\" list >/dev/full", support::netglobe_path()]);
    assert_fails(&support::run(command, support::PATIENCE), &["cannot write the list"], "a full disk");
}

#[test]
#[cfg(target_os = "linux")]
fn names_of_processes_are_never_printed_raw() {
    const NAME: &str = "e\u{1b}[31m\u{7}\r\n\u{202e}x";
    let user = User::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    // A copy of a harmless program with this file name has the socket as its standard input.
    let program = user.home().join(NAME);
    fs::copy("/bin/sleep", &program).expect("copied");
    let child = Command::new(&program).arg("60").stdin(std::os::fd::OwnedFd::from(listener)).spawn().expect("started");
    let child = Killed(child);
    for source in ["sock-diag", "netstat2"] {
        let filter = format!("port:{port}");
        let args = ["list", "--source", source, "--filter", &filter];
        let table = user.run(&args);
        table.assert_clean(source);
        assert!(table.stdout.contains(r"e\u{1b}[31m\u{7}\r\n\u{202e}x"), "{source}: {table:?}");
        let rows: Vec<_> = table.stdout.lines().filter(|line| line.contains("listen")).collect();
        assert_eq!(rows.len(), 2, "a row and the count: {source}: {table:?}");
        let json = user.run(&[&args[..], &["--json"]].concat());
        json.assert_clean(source);
        assert!(!json.stdout.contains('\u{202e}') && json.stdout.contains(r"\u202e"), "{source}: {json:?}");
        let line = &json.json_lines()[0];
        assert_eq!(line["process"]["pid"], child.0.id(), "{source}");
        assert_eq!(line["process"]["name"], NAME, "JSON keeps the name, by its own escapes: {source}");
        assert!(line["process"]["path"].as_str().expect("a path").ends_with(NAME), "{source}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn without_proc_the_list_is_there_and_says_what_is_missing() {
    let user = User::new();
    let name = "bad_input::without_proc_the_list_is_there_and_says_what_is_missing";
    let ways: [&[&str]; 2] = [&["unshare", "--mount"], &["unshare", "--user", "--map-root-user", "--mount"]];
    let works = |way: &&&[&str]| {
        let hidden = Command::new(way[0]).args(&way[1..]).args(["mount", "-t", "tmpfs", "none", "/proc"]).output();
        hidden.is_ok_and(|output| output.status.success())
    };
    let Some(way) = ways.iter().find(works) else {
        return support::not_run(name, "/proc cannot be hidden from a process here");
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    for source in ["sock-diag", "netstat2"] {
        let mut command = Command::new(way[0]);
        user.surround(&mut command);
        let script =
            format!("mount -t tmpfs none /proc && exec \"$0\" list --json --source {source} --filter port:{port}");
        command.args(&way[1..]).args(["sh", "-c", &script, support::netglobe_path()]);
        let outcome = support::run(command, support::PATIENCE);
        outcome.assert_clean(source);
        assert_eq!(outcome.code, Some(0), "{source}: {outcome:?}");
        let line = &outcome.json_lines()[0];
        assert!(line["process"].is_null() && line["owner_missing"] == "proc-unavailable", "{source}: {outcome:?}");
        assert!(outcome.stderr.contains("/proc"), "{source}: {outcome:?}");
    }
}

#[test]
fn a_picture_that_cannot_be_written_is_told_before_anything_is_drawn() {
    let user = User::new();
    fs::write(user.home().join("file"), "x").expect("writable");
    for out in ["missing/x.png", "file/x.png", "/proc/x.png", "/dev/null/x.png", "."] {
        let outcome = user.run(&["snapshot", out, "--size", "64x64"]);
        assert_fails(&outcome, &["cannot write the picture", out], out);
    }
    for out in ["x.gif", "x", "x.webp"] {
        assert_fails(&user.run(&["snapshot", out]), &["end its name in .png", out], out);
        assert!(!user.home().join(out).exists());
    }
}

#[test]
fn without_a_driver_there_is_no_picture_and_a_reason() {
    let user = User::new();
    let mut command = user.netglobe(&["snapshot", "x.png", "--size", "64x64"]);
    for variable in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
        command.env(variable, test_file("no-such-driver.json"));
    }
    command.env("LIBGL_DRIVERS_PATH", "/nonexistent").env("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent");
    let outcome = support::run(command, support::PATIENCE);
    assert_fails(&outcome, &["nothing here can draw: no graphics driver was found"], "no driver");
    assert!(!outcome.stderr.contains("requested"), "what nobody asked for is not listed: {outcome:?}");
    assert!(!user.home().join("x.png").exists());
}
