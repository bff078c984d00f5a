//! Tests of the program's environment: `doctor`, limits of open files and of file size, homes of other users, readers
//! that close the output.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

#[path = "../support/mmdb_writer.rs"]
mod mmdb_writer;
#[path = "../support/mod.rs"]
mod support;

use mmdb_writer::{Value as Field, encode, map, text};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    net::UdpSocket,
    path::Path,
    process::Stdio,
    time::Instant,
};
use support::{Killed, PATIENCE, User, maxmind_file, wait_until};

/// The check with this name.
fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().expect("a list");
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

/// The first number in a text.
fn first_number(text: &str) -> usize {
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no number in {text}"))
}

#[test]
fn doctor_tells_the_same_as_text_and_as_one_json_object() {
    let user = User::new();
    let json = user.run(&["doctor", "--json"]);
    json.assert_clean("doctor --json");
    let [report] = json.json_lines().try_into().unwrap_or_else(|lines| panic!("one line, not {lines:?}"));
    assert_eq!((&report["schema"], &report["version"]), (&1.into(), &env!("CARGO_PKG_VERSION").into()));
    assert_eq!(report.as_object().map(serde_json::Map::len), Some(3), "{report:#}");
    let mut of_machine = Vec::new();
    for check in report["checks"].as_array().expect("a list") {
        let fields: Vec<_> = check.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(fields, ["detail", "name", "remedy", "status"]);
        let [name, status] = ["name", "status"].map(|field| check[field].as_str().expect("text"));
        assert!(["ok", "partly", "no"].contains(&status), "{check}");
        assert!(check["detail"].as_str().is_some_and(|detail| !detail.is_empty()) && check["remedy"].is_string());
        of_machine.extend((!name.starts_with("degraded-")).then_some(name));
    }
    // The results may change between two runs, but not the list of checks.
    let text = user.run(&["doctor"]).stdout;
    let lines = text.lines().skip(1).take_while(|line| line.starts_with("  "));
    let checks = lines.filter(|line| !line.starts_with("     ")).map(|line| line[11..27].trim_end());
    assert_eq!(checks.collect::<Vec<_>>(), of_machine, "{text}");
    assert_eq!(check(&report, "sandbox")["status"], "ok");
}

#[test]
fn doctor_counts_the_sockets_that_there_are() {
    let user = User::new();
    // More than other programs on this machine open and close between the two samples.
    let held: Vec<_> = (0..200).map(|_| UdpSocket::bind("127.0.0.1:0").expect("a port")).collect();
    let outcome = user.run(&["doctor", "--json"]);
    let report = &outcome.json_lines()[0];
    for name in ["sock-diag", "netstat2"] {
        let detail = check(report, name)["detail"].as_str().expect("text");
        assert!(first_number(detail) >= held.len(), "{name}: {detail}");
    }
    let owners = check(report, "owners")["detail"].as_str().expect("text");
    assert!(first_number(owners) >= held.len(), "{owners}");
}

#[test]
#[cfg(unix)]
fn a_watch_that_has_nothing_to_tell_ends_with_its_reader() {
    let user = User::new();
    for form in [&[][..], &["--json"]] {
        let args = [&["list", "--watch", "--filter", "process:no-such-process"], form].concat();
        let child = user.netglobe(&args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
        let mut child = Killed(child);
        let mut lines = BufReader::new(child.0.stdout.take().expect("piped"));
        let mut line = String::new();
        // The table ends with its summary.
        while form.is_empty() && !line.starts_with("# ") {
            line.clear();
            assert!(lines.read_line(&mut line).expect("text") > 0, "{args:?}");
        }
        assert_eq!(child.0.try_wait().expect("a child"), None, "it watches");
        drop(lines);
        let ended = wait_until(Instant::now() + PATIENCE, || child.0.try_wait().expect("a child"));
        assert_eq!(ended.and_then(|status| status.code()), Some(0), "{args:?}");
    }
}

/// Another user, in whose home root works with that user's environment (`sudo -E`).
#[cfg(unix)]
mod others_home {
    use super::*;
    use std::os::unix::fs::{MetadataExt, chown};

    const UID: u32 = 12_345;
    const GID: u32 = 23_456;

    /// The home, or `None` if this test does not run as root.
    fn home(test: &str) -> Option<tempfile::TempDir> {
        let home = tempfile::tempdir().expect("a directory");
        if let Err(error) = chown(home.path(), Some(UID), Some(GID)) {
            support::not_run(&format!("surroundings::others_home::{test}"), &format!("not root: {error}"));
            return None;
        }
        Some(home)
    }

    /// Runs the program as root with that user's environment.
    fn run(home: &Path, args: &[&str]) -> support::Outcome {
        let mut command = std::process::Command::new(support::netglobe_path());
        command.args(args).current_dir(home).env("HOME", home);
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "DISPLAY", "WAYLAND_DISPLAY"] {
            command.env_remove(name);
        }
        support::run(command, PATIENCE)
    }

    /// All files below `directory` that do not belong to that user, and the total number of files.
    fn not_his(directory: &Path) -> (Vec<String>, usize) {
        let (mut others, mut his) = (Vec::new(), 0);
        for entry in fs::read_dir(directory).expect("readable") {
            let path = entry.expect("readable").path();
            let metadata = fs::symlink_metadata(&path).expect("there");
            if (metadata.uid(), metadata.gid()) == (UID, GID) {
                his += 1;
            } else {
                others.push(path.display().to_string());
            }
            if metadata.is_dir() {
                let (below, count) = not_his(&path);
                others.extend(below);
                his += count;
            }
        }
        (others, his)
    }

    #[test]
    fn the_cache_is_his() {
        let Some(home) = home("the_cache_is_his") else { return };
        for _ in 0..2 {
            let outcome = run(home.path(), &["lookup", "81.2.69.142", "--json"]);
            assert_eq!(outcome.json_lines()[0]["place"]["country_iso"], "GB", "{outcome:?}");
            assert_eq!(outcome.stderr, "");
            let (others, his) = not_his(home.path());
            assert_eq!((others, his), (vec![], 4), ".cache, netglobe, and two databases are his");
        }
        // Files that an earlier version left owned by root are given to the user at the next write.
        let directory = home.path().join(".cache/netglobe");
        for entry in fs::read_dir(&directory).expect("there") {
            fs::remove_file(entry.expect("there").path()).expect("removed");
        }
        chown(&directory, Some(0), Some(0)).expect("changed");
        run(home.path(), &["doctor"]);
        assert_eq!(not_his(home.path()), (vec![], 4));
    }

    #[test]
    fn the_configuration_and_a_picture_are_his() {
        let Some(home) = home("the_configuration_and_a_picture_are_his") else { return };
        let path = home.path().join(".config/netglobe/config.toml");
        let position = netglobe::geodesy::LatLng::from_degrees(1.0, 2.0).expect("a position");
        for count in [3, 3] {
            netglobe::config::save_home(&path, Some(netglobe::cli::HomeChoice::At(position))).expect("kept");
            assert_eq!(not_his(home.path()), (vec![], count), ".config, netglobe, config.toml");
        }
        let outcome = run(home.path(), &["snapshot", "x.png", "--size", "16x16", "--source", "demo:everyday"]);
        if outcome.code == Some(0) {
            assert!(home.path().join("x.png").is_file());
        }
        assert_eq!(not_his(home.path()).0, Vec::<String>::new(), "{outcome:?}");
    }

    #[test]
    fn a_directory_for_everybody_is_nobodys() {
        use std::os::unix::fs::PermissionsExt;
        let Some(home) = home("a_directory_for_everybody_is_nobodys") else { return };
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o1777)).expect("set");
        run(home.path(), &["lookup", "81.2.69.142"]);
        let cache = fs::metadata(home.path().join(".cache")).expect("made");
        assert_eq!(cache.uid(), 0, "root wrote it for root");
    }
}

#[test]
#[cfg(unix)]
fn a_limit_to_the_size_of_files_is_a_line_and_not_the_end() {
    let user = User::new();
    let cache = user.home().join("cache");
    let run = |command: &str| {
        let mut shell = std::process::Command::new("bash");
        user.surround(&mut shell);
        // In blocks of 1,024 bytes: less than any database.
        shell.env("XDG_CACHE_HOME", &cache).args(["-c", &format!("ulimit -f 8; {command}"), support::netglobe_path()]);
        support::run(shell, PATIENCE)
    };
    let outcome = run("exec \"$0\" lookup 81.2.69.142 --json");
    outcome.assert_clean("lookup");
    assert_eq!(
        (outcome.code, &outcome.json_lines()[0]["place"]["country_iso"]),
        (Some(0), &"GB".into()),
        "{outcome:?}"
    );
    assert!(
        outcome.stderr.contains("cannot cache an unpacked database") && outcome.stderr.contains("too large"),
        "{outcome:?}"
    );
    let left = fs::read_dir(cache.join("netglobe")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "nothing is left half written");
    // Rows are also written to a file.
    let held: Vec<_> = (0..200).map(|_| UdpSocket::bind("127.0.0.1:0").expect("a port")).collect();
    let outcome = run("exec \"$0\" list --json > rows");
    outcome.assert_clean("list");
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("cannot write the list"), "{outcome:?}");
    drop(held);
}

#[test]
fn directories_follow_the_environment() {
    let user = User::new();
    let here = |path: &str| user.home().join(path).display().to_string();
    for (variables, expected) in [
        (&[("XDG_CACHE_HOME", here("c"))][..], here("c/netglobe")),
        // Relative paths are ignored.
        (&[("XDG_CACHE_HOME", "c".to_owned())], here(".cache/netglobe")),
        (&[("XDG_CACHE_HOME", String::new()), ("HOME", here("h"))], here("h/.cache/netglobe")),
    ] {
        let mut command = user.netglobe(&["doctor", "--json", "--source", "demo:everyday"]);
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        let outcome = support::run(command, PATIENCE);
        assert_eq!(check(&outcome.json_lines()[0], "cache")["detail"], expected, "{variables:?}");
    }
    let data = user.home().join("data/netglobe");
    fs::create_dir_all(&data).expect("made");
    fs::copy(maxmind_file("GeoLite2-City-Test.mmdb"), data.join("GeoLite2-City.mmdb")).expect("copied");
    let outcome = user.run(&["lookup", "175.16.199.1", "--json"]);
    assert_eq!(outcome.json_lines()[0]["database"]["name"], "GeoLite2-City", "{outcome:?}");
}

#[test]
fn a_tilde_is_the_home_in_flags_and_in_the_file() {
    let user = User::new();
    fs::copy(maxmind_file("GeoLite2-City-Test.mmdb"), user.home().join("mine.mmdb")).expect("copied");
    let name = |args: &[&str]| {
        let outcome = user.run(args);
        outcome.json_lines().first().map_or_else(|| panic!("{outcome:?}"), |line| line["database"]["name"].clone())
    };
    assert_eq!(name(&["lookup", "175.16.199.1", "--json", "--geo-db=~/mine.mmdb"]), "GeoLite2-City");
    fs::write(user.config_file(), "geo_db = ['~/mine.mmdb']\n").expect("written");
    assert_eq!(name(&["lookup", "175.16.199.1", "--json"]), "GeoLite2-City");
    fs::rename(user.config_file(), user.home().join("other.toml")).expect("renamed");
    assert_eq!(name(&["lookup", "175.16.199.1", "--json", "--config=~/other.toml"]), "GeoLite2-City");
}

#[test]
fn an_address_is_looked_up_in_every_form_in_which_it_is_copied() {
    let user = User::new();
    for (text, ip) in [
        ("81.2.69.142:443", "81.2.69.142"),
        ("[2001:218::1]:443", "2001:218::1"),
        ("[2001:218::1]", "2001:218::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%eth0]:22", "fe80::1"),
        ("[::ffff:81.2.69.142]:443", "81.2.69.142"),
    ] {
        let outcome = user.run(&["lookup", text, "--json"]);
        assert_eq!(outcome.json_lines()[0]["ip"], ip, "{text}: {outcome:?}");
    }
}

#[test]
fn a_database_of_another_maker_tells_places_and_operators() {
    let user = User::new();
    let write = |name: &str, fields: Field| {
        let path = user.home().join(name);
        fs::write(&path, encode(name, &[("81.2.69.0", 24, fields)])).expect("written");
        path.display().to_string()
    };
    let flat = write(
        "flat.mmdb",
        map([
            ("asn", text("AS64500")),
            ("as_name", text("A Network")),
            ("city", text("London")),
            ("country", text("GB")),
            ("lat", text("51.5142")),
            ("lng", text("-0.0931")),
        ]),
    );
    let outcome = user.run(&["lookup", "81.2.69.142", "--json", "--geo-db", &flat]);
    let line = &outcome.json_lines()[0];
    let expected: [Value; 5] = ["London".into(), "GB".into(), 51.5142.into(), 64_500.into(), "A Network".into()];
    let place = &line["place"];
    let found = [&place["city"], &place["country_iso"], &place["lat_deg"], &line["asn"], &line["as_organization"]];
    assert_eq!(found, expected.each_ref(), "{line:#}");
    let useless = write("useless.mmdb", map([("country", text("-")), ("domain", text("example.org"))]));
    let outcome = user.run(&["lookup", "81.2.69.142", "--geo-db", &useless]);
    assert_eq!((outcome.code, outcome.stderr.lines().count()), (Some(1), 1), "{outcome:?}");
    for words in ["useless.mmdb", "looked for", "country_code", "asn"] {
        assert!(outcome.stderr.contains(words), "{words}: {outcome:?}");
    }
}

#[test]
#[cfg(unix)]
fn few_open_files_are_a_line_and_not_a_panic() {
    let user = User::new();
    // Unpack the databases first, so that only the commands themselves need files.
    user.run(&["lookup", "81.2.69.142"]);
    for limit in [5, 6, 8, 12] {
        for command in [
            "list",
            "list --json --source netstat2",
            "lookup 81.2.69.142",
            "doctor",
            "bench --sampler --polls 1",
            "snapshot x.png --size 16x16",
        ] {
            let mut shell = std::process::Command::new("bash");
            user.surround(&mut shell);
            let command = format!("ulimit -n {limit}; exec \"$0\" {command}");
            // RUST_BACKTRACE may be set because of another program; messages must still be one line.
            shell.env("RUST_BACKTRACE", "1").args(["-c", &command, support::netglobe_path()]);
            let outcome = support::run(shell, PATIENCE);
            // If libraries cannot be loaded, the program has not started.
            if outcome.code == Some(127) {
                continue;
            }
            outcome.assert_clean(&command);
            assert!(outcome.code.is_some_and(|code| code <= 1), "{command}: {outcome:?}");
            assert!(outcome.code == Some(0) || !outcome.stderr.is_empty(), "{command}: {outcome:?}");
        }
    }
}
