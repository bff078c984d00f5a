//! End to end: real processes hold real connections to public addresses, in a network that exists only for the test, and
//! the program must show exactly those.
//!
//! Each test starts itself again in a new network namespace (see `support/network.rs`). The addresses are those of
//! MaxMind's test database, so that the places are known. Both ways of having them are tested: on `lo`, where both ends
//! of each connection are on this machine, and at the other end of a virtual cable, where one is.
#![allow(clippy::items_after_statements, reason = "what a test needs stands where it needs it")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "helpers of a test need no names")]
#![cfg(target_os = "linux")]

#[path = "support/network.rs"]
mod network;
#[path = "support/sockets.rs"]
mod sockets;
mod support;

use netglobe::{model::UnixMillis, sampler::DataClock};
use serde_json::{Value, json};
use sockets::{Held, Holder};
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    ops::Range,
    process::{Command, Stdio},
    sync::mpsc::{Receiver, sync_channel},
    thread,
    time::{Duration, Instant},
};
use support::{Busy, Killed, User, maxmind_file, not_run};

const LONDON: &str = "81.2.69.142";
const BOXFORD: &str = "2.125.160.216";
const LINKOEPING: &str = "89.160.20.112";
const CHANGCHUN: &str = "175.16.199.1";
const BHUTAN: &str = "67.43.156.1";
const JAPAN: &str = "2001:218::1";
const WITHOUT_COUNTRY: &str = "2a02:d500::1";
const UNKNOWN: &str = "2001:4b98::1";
const SOURCES: [&str; 2] = ["sock-diag", "netstat2"];

/// Runs the test `name` in a network of its own.
fn in_own_network(name: &str, body: impl FnOnce()) {
    if network::is_inside() {
        network::ip("link set lo up");
        return body();
    }
    let mut command = match network::inside(&["--exact", name, "--nocapture", "--test-threads=1"]) {
        Ok(command) => command,
        Err(why) => return not_run(&format!("namespace::{name}"), &why),
    };
    command.env_remove("NETGLOBE_NOT_RUN_FILE");
    let outcome = support::run(command, Duration::from_mins(3));
    assert!(
        outcome.code == Some(0) && outcome.stdout.contains("1 passed"),
        "in its own network:\n{}\n{}",
        outcome.stdout,
        outcome.stderr
    );
}

/// Not a test: the process that holds sockets for the others.
#[test]
#[ignore = "a helper of the other tests, which start it"]
fn socket_holder() {
    if network::is_inside() {
        sockets::serve();
    }
}

fn holder(name: &str, before: &[&str]) -> Holder {
    let program = network::this_program().display().to_string();
    let words: Vec<&str> = before
        .iter()
        .copied()
        .chain([program.as_str(), "--exact", "socket_holder", "--ignored", "--nocapture"])
        .collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    Holder::start(command, name)
}

/// A process's part of a line.
#[derive(Clone)]
struct Who {
    pid: u32,
    name: &'static str,
}

impl Who {
    fn new(holder: &Holder, name: &'static str) -> Self {
        Self { pid: holder.pid(), name }
    }

    /// The line of a socket of this process, without operator and times.
    fn line(
        &self,
        protocol: &str,
        state: &str,
        direction: Option<&str>,
        local: SocketAddr,
        remote: Option<SocketAddr>,
    ) -> Value {
        let end = |address: SocketAddr| json!({ "ip": address.ip().to_canonical(), "port": address.port() });
        let subject = remote.unwrap_or(local).ip().to_canonical().to_string();
        let (scope, place, missing) = place_of(&subject);
        json!({
            "schema": 1, "protocol": protocol, "state": state, "direction": direction,
            "local": end(local), "remote": remote.map(end), "interface": null, "scope": scope,
            "process": { "pid": self.pid, "name": self.name, "path": network::this_program() },
            "owner_missing": null, "place": place, "place_missing": missing,
        })
    }

    fn listener(&self, held: Held) -> Value {
        self.line("tcp", "listen", None, held.local, None)
    }

    fn tcp(&self, direction: &str, held: Held) -> Value {
        self.line("tcp", "established", Some(direction), held.local, Some(held.remote))
    }

    /// A UDP socket: only sock-diag knows whether it has a peer.
    fn udp(&self, source: &str, direction: &str, held: Held) -> Value {
        if source != "sock-diag" {
            // Its own end has a place, and that is not where the other end is.
            let mut line = self.line("udp", "unknown", Some("unknown"), held.local, None);
            line["scope"] = json!("unspecified");
            line["place"] = Value::Null;
            line["place_missing"] = json!("remote-unknown");
            return line;
        }
        if held.remote == held.local {
            return self.line("udp", "unconnected", None, held.local, None);
        }
        self.line("udp", "connected", Some(direction), held.local, Some(held.remote))
    }
}

/// Scope, place and reason of an address, as GeoLite2-City-Test has it.
fn place_of(address: &str) -> (&'static str, Value, Value) {
    let place = |kind, lat_deg: f64, lng_deg: f64, country_iso: Option<&str>, city: Option<&str>, km: f64| {
        let place = json!({ "kind": kind, "lat_deg": lat_deg, "lng_deg": lng_deg, "country_iso": country_iso,
            "city": city, "accuracy_radius_km": km });
        ("public", place, Value::Null)
    };
    let nowhere = |scope, reason| (scope, Value::Null, json!(reason));
    match address {
        LONDON => place("city", 51.5142, -0.0931, Some("GB"), Some("London"), 10.0),
        BOXFORD => place("city", 51.75, -1.25, Some("GB"), Some("Boxford"), 100.0),
        LINKOEPING => place("city", 58.4167, 15.6167, Some("SE"), Some("Linköping"), 76.0),
        CHANGCHUN => place("city", 43.88, 125.3228, Some("CN"), Some("Changchun"), 100.0),
        BHUTAN => place("country", 27.5, 90.5, Some("BT"), None, 534.0),
        JAPAN => place("country", 35.68536, 139.75309, Some("JP"), None, 100.0),
        WITHOUT_COUNTRY => place("country", 48.69096, 9.14062, None, None, 100.0),
        UNKNOWN => nowhere("public", "not-in-database"),
        "0.0.0.0" | "::" => nowhere("unspecified", "not-public"),
        _ => nowhere("private", "not-public"),
    }
}

/// What `list --json` shows, without operators and times, sorted.
fn listed(user: &User, source: &str, more: &[&str]) -> Vec<String> {
    let database = maxmind_file("GeoLite2-City-Test.mmdb");
    let args = [&["list", "--json", "--source", source, "--geo-db", &database], more].concat();
    let outcome = user.run(&args);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    outcome.assert_clean(source);
    sorted(outcome.json_lines().into_iter().map(|mut line| {
        let fields = line.as_object_mut().expect("an object");
        let seen_at = fields.remove("first_seen_at").expect("always there");
        let seen_at: jiff::Timestamp = seen_at.as_str().expect("text").parse().expect("RFC 3339");
        let (seen_at, now) = (UnixMillis(seen_at.as_millisecond()), DataClock::default().now());
        assert!(now.seconds_since(seen_at) < 60.0 && seen_at.seconds_since(now) < 60.0, "{seen_at}");
        assert_eq!(fields.remove("opened_at"), Some(Value::Null), "nobody saw it open");
        let is_counted = source == "sock-diag" && fields["state"] == "established";
        for (field, value) in [
            ("bytes_sent", json!(0)),
            ("bytes_received", json!(0)),
            ("bytes_received_error", json!(0)),
            ("rate_sent_bytes_per_sec", Value::Null),
            ("rate_received_bytes_per_sec", Value::Null),
        ] {
            let expected = if is_counted { value } else { Value::Null };
            assert_eq!(fields.remove(field), Some(expected), "{field} of {fields:?}");
        }
        // The first SYN may have been sent again.
        let again = fields.remove("retransmits").expect("always there");
        assert_eq!(again.is_u64(), is_counted, "{again}");
        for field in ["rtt_ms", "min_rtt_ms"] {
            let value = fields.remove(field).expect("always there");
            assert!(if is_counted { value.as_f64() > Some(0.0) } else { value.is_null() }, "{field}: {value}");
        }
        let owner = fields.remove("owner").expect("always there");
        let process = &fields["process"];
        assert_eq!(
            (&owner["kind"], &owner["pid"], &owner["name"]),
            (&json!("process"), &process["pid"], &process["name"])
        );
        assert_eq!((&owner["pids"], &owner["reason"]), (&json!([process["pid"]]), &Value::Null));
        for field in ["delivery_rate_bytes_per_sec", "delivery_rate_app_limited", "counters_final"] {
            assert_eq!(fields.remove(field), Some(Value::Null), "nothing was sent, and it is not closed");
        }
        for operator in ["asn", "as_organization", "flags"] {
            assert!(fields.remove(operator).is_some(), "{operator}");
        }
        line
    }))
}

fn sorted(lines: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut lines: Vec<String> = lines.into_iter().map(|line| line.to_string()).collect();
    lines.sort();
    lines
}

fn assert_same(listed: &[String], expected: &[String], what: &str) {
    let missing: Vec<_> = expected.iter().filter(|line| !listed.contains(line)).collect();
    let surplus: Vec<_> = listed.iter().filter(|line| !expected.contains(line)).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "{what}: not shown: {missing:#?}\nshown: {surplus:#?}");
    assert_eq!(listed.len(), expected.len(), "{what}: something is shown twice");
}

#[test]
fn connections_within_this_machine_are_shown_once_from_the_end_that_connected() {
    in_own_network("connections_within_this_machine_are_shown_once_from_the_end_that_connected", || {
        let _busy = Busy::start();
        for address in [LONDON, BOXFORD, LINKOEPING] {
            network::ip(&format!("addr add {address}/32 dev lo"));
        }
        for address in [JAPAN, WITHOUT_COUNTRY] {
            network::ip(&format!("-6 addr add {address}/128 dev lo nodad"));
        }
        let user = User::new();
        let (mut server, mut client) = (holder("ng-server", &[]), holder("ng-client", &[]));
        let (serves, asks) = (Who::new(&server, "ng-server"), Who::new(&client, "ng-client"));

        let listeners = [
            server.tcp_listen("81.2.69.142:443"),
            server.tcp_listen("[2001:218::1]:443"),
            // Both families, with an IPv4 and an IPv6 peer.
            server.tcp_listen("[::]:8080"),
        ];
        let mut connections = Vec::new();
        for (listener, to, from) in [
            (0, "81.2.69.142:443", None),
            (0, "81.2.69.142:443", Some("89.160.20.112:0")),
            (1, "[2001:218::1]:443", None),
            (2, "2.125.160.216:8080", Some("2.125.160.216:0")),
            (2, "[2a02:d500::1]:8080", None),
        ] {
            connections.push(client.tcp_connect(to.parse().expect("an address"), from));
            server.tcp_accept(listeners[listener]);
        }
        let answering = server.udp("89.160.20.112:53", None);
        let asking = client.udp("89.160.20.112:0", Some("89.160.20.112:53"));
        let asking_v6 = client.udp("[2001:218::1]:0", Some("[2a02:d500::1]:4433"));
        // Connected to each other: one row, by sock-diag.
        let mine = client.udp("2.125.160.216:40000", Some("81.2.69.142:4433"));
        let theirs = server.udp("81.2.69.142:4433", Some("2.125.160.216:40000"));

        for source in SOURCES {
            let mut expected: Vec<Value> = listeners.iter().map(|held| serves.listener(*held)).collect();
            expected.extend(connections.iter().map(|held| asks.tcp("out", *held)));
            expected.extend([asking, asking_v6, mine].map(|held| asks.udp(source, "out", held)));
            expected.push(serves.udp(source, "", answering));
            if source == "netstat2" {
                expected.push(serves.udp(source, "", theirs));
            }
            assert_same(&listed(&user, source, &[]), &sorted(expected), source);
        }
    });
}

/// A process on another machine, which is at the end of a cable, and has the public addresses.
fn other_machine() -> Holder {
    let way = network::new_network().expect("it worked before");
    // Whoever is inside has the right to make another network.
    let mut other = holder("other-machine", &[way[0], "--net"]);
    network::ip(&format!("link add cable type veth peer name cable netns {}", other.pid()));
    network::ip("addr add 10.77.0.1/24 dev cable");
    network::ip("-6 addr add fd00:77::1/64 dev cable nodad");
    network::ip("link set cable up");
    other.ip("link set lo up");
    other.ip("addr add 10.77.0.2/24 dev cable");
    other.ip("-6 addr add fd00:77::2/64 dev cable nodad");
    other.ip("link set cable up");
    for address in [LONDON, BOXFORD, LINKOEPING, CHANGCHUN, BHUTAN] {
        other.ip(&format!("addr add {address}/32 dev cable"));
        network::ip(&format!("route add {address} via 10.77.0.2"));
    }
    for address in [JAPAN, WITHOUT_COUNTRY, UNKNOWN] {
        other.ip(&format!("-6 addr add {address}/128 dev cable nodad"));
        network::ip(&format!("-6 route add {address} via fd00:77::2"));
    }
    other
}

#[test]
fn connections_with_another_machine_have_their_process_direction_and_place() {
    in_own_network("connections_with_another_machine_have_their_process_direction_and_place", || {
        let _busy = Busy::start();
        let user = User::new();
        let mut other = other_machine();
        let (mut server, mut client) = (holder("ng-server", &[]), holder("ng client é", &[]));
        let (serves, asks) = (Who::new(&server, "ng-server"), Who::new(&client, "ng client é"));

        let mut out = Vec::new();
        for at in ["81.2.69.142:443", "175.16.199.1:80", "67.43.156.1:22", "[2001:218::1]:443", "[2001:4b98::1]:443"] {
            let listener = other.tcp_listen(at);
            out.push(client.tcp_connect(listener.local, None));
        }
        let udp = [("0.0.0.0:0", "89.160.20.112:4433"), ("[::]:0", "[2a02:d500::1]:4433")]
            .map(|(at, to)| client.udp(at, Some(to)));

        let (v4, dual) = (server.tcp_listen("10.77.0.1:8080"), server.tcp_listen("[::]:9090"));
        let mut accepted = Vec::new();
        for (listener, to, from) in [
            (v4, "10.77.0.1:8080", "89.160.20.112:0"),
            (dual, "10.77.0.1:9090", "2.125.160.216:0"),
            (dual, "[fd00:77::1]:9090", "[2001:218::1]:0"),
        ] {
            other.tcp_connect(to.parse().expect("an address"), Some(from));
            accepted.push(server.tcp_accept(listener));
        }
        // A server that gives a client a socket of its own, at the port where it waits for others.
        let waiting = server.udp("0.0.0.0:5300", None);
        let answering = server.udp("0.0.0.0:5300", Some("81.2.69.142:5555"));

        for source in SOURCES {
            let mut expected = vec![serves.listener(v4), serves.listener(dual)];
            expected.extend(out.iter().map(|held| asks.tcp("out", *held)));
            expected.extend(accepted.iter().map(|held| serves.tcp("in", *held)));
            expected.extend(udp.map(|held| asks.udp(source, "out", held)));
            expected.push(serves.udp(source, "", waiting));
            expected.push(serves.udp(source, "in", answering));
            assert_same(&listed(&user, source, &[]), &sorted(expected), source);
            let filtered = sorted([asks.tcp("out", out[0]), serves.tcp("in", accepted[1])]);
            assert_same(&listed(&user, source, &["--filter", "country:GB proto:tcp"]), &filtered, "only Great Britain");
        }
        operators_come_from_the_named_database(&user);
    });
}

/// `--geo-db` with a database of operators: the numbers are MaxMind's, not those of the embedded one.
fn operators_come_from_the_named_database(user: &User) {
    let database = maxmind_file("GeoLite2-ASN-Test.mmdb");
    let outcome = user.run(&["list", "--json", "--geo-db", &database, "--filter", "ip:89.160.20.112"]);
    let operators: Vec<_> =
        outcome.json_lines().iter().map(|line| (line["asn"].clone(), line["as_organization"].clone())).collect();
    assert_eq!(
        operators,
        [(json!(29518), json!("Bredband2 AB")), (json!(29518), json!("Bredband2 AB"))],
        "{outcome:?}"
    );
}

/// A picture with the middle above a place.
fn picture(user: &User, lat_deg: f64, lng_deg: f64) -> image::RgbaImage {
    let database = maxmind_file("GeoLite2-City-Test.mmdb");
    let camera = format!("{lat_deg},{lng_deg},1.6");
    let args = ["snapshot", "out.png", "--size", "400x400", "--quality", "low", "--home", "40.4,-3.7"];
    let more = ["--at", "2026-06-21T12:00:00Z", "--camera", &camera, "--geo-db", &database];
    let outcome = user.run(&[&args[..], &more].concat());
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    image::open(user.home().join("out.png")).expect("a picture").into_rgba8()
}

/// How many pixels differ clearly in the columns and rows given, counted from the middle, right and down.
fn differing(a: &image::RgbaImage, b: &image::RgbaImage, columns: Range<i32>, rows: Range<i32>) -> usize {
    let at = |middle: u32, offset: i32| (middle / 2).saturating_add_signed(offset);
    let area = rows.flat_map(|y| columns.clone().map(move |x| (x, y)));
    area.filter(|&(x, y)| {
        let (x, y) = (at(a.width(), x), at(a.height(), y));
        let (a, b) = (a.get_pixel(x, y).0, b.get_pixel(x, y).0);
        a.iter().zip(b).any(|(a, b)| a.abs_diff(b) > 40)
    })
    .count()
}

#[test]
fn a_picture_shows_each_end_at_its_place_and_none_elsewhere() {
    const NAME: &str = "a_picture_shows_each_end_at_its_place_and_none_elsewhere";
    if let Some(why) = User::new().why_no_picture() {
        return not_run(&format!("namespace::{NAME}"), &why);
    }
    in_own_network(NAME, || {
        let user = User::new();
        let mut other = other_machine();
        let mut client = holder("ng-client", &[]);
        // Where something ends, and where nothing does.
        let views = [
            ("London", 51.5142, -0.0931, true),
            ("Linköping", 58.4167, 15.6167, true),
            ("Rome", 41.9, 12.5, false),
            ("Warsaw", 52.2, 21.0, false),
        ];
        let empty = views.map(|(_, lat_deg, lng_deg, _)| picture(&user, lat_deg, lng_deg));
        let listeners = ["81.2.69.142:443", "89.160.20.112:443"].map(|at| other.tcp_listen(at));
        let connections = listeners.map(|listener| client.tcp_connect(listener.local, None));
        for ((name, lat_deg, lng_deg, has_end), empty) in views.iter().zip(&empty) {
            let there = picture(&user, *lat_deg, *lng_deg);
            let changed = differing(empty, &there, -3..3, -3..3);
            assert_eq!(changed > 0, *has_end, "{name}: {changed} pixels in the middle have changed");
            // The arcs come from the south, and end there.
            if matches!(*name, "London" | "Linköping") {
                let north = differing(empty, &there, -10..10, -60..-12);
                assert_eq!(north, 0, "{name}: pixels north of the end have changed");
                let south = differing(empty, &there, -20..20, 8..20);
                assert!(south > 0, "{name}: nothing comes from the south");
            }
        }
        for held in connections {
            client.close(held);
        }
    });
}

/// A running `list --watch --json`.
struct Watch {
    lines: Receiver<Value>,
    _child: Killed,
}

impl Watch {
    fn start(user: &User, source: &str) -> Self {
        let database = maxmind_file("GeoLite2-City-Test.mmdb");
        let args = ["list", "--watch", "--json", "--interval", "50ms", "--source", source, "--geo-db", &database];
        Self::of(user.netglobe(&args))
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("started");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, lines) = sync_channel(1000);
        let read = move || {
            for line in stdout.lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).expect("one object a line");
                if sender.send(line).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("watch".to_owned()).spawn(read).expect("a thread");
        Self { lines, _child: Killed(child) }
    }

    /// Every line of the next while.
    fn during(&self, time: Duration) -> Vec<Value> {
        let end = Instant::now() + time;
        let next = || self.lines.recv_timeout(end.saturating_duration_since(Instant::now())).ok();
        std::iter::from_fn(next).collect()
    }

    /// The next line about the socket at `local` that tells `event`, and `state` if that is not empty. Only changes may
    /// be passed over: a look can fall into the middle of a handshake.
    fn until(&self, local: SocketAddr, event: &str, state: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let rest = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(rest).unwrap_or_else(|_| panic!("no line tells {event} {state}"));
            if line["local"]["port"] != local.port() || line["remote"] == Value::Null {
                continue;
            }
            if line["event"] == event && (state.is_empty() || line["state"] == state) {
                return line;
            }
            assert_eq!(line["event"], "changed", "waiting for {event} {state}: {line}");
        }
    }
}

#[test]
fn a_watch_sees_a_connection_open_and_close() {
    in_own_network("a_watch_sees_a_connection_open_and_close", || {
        let _busy = Busy::start();
        let user = User::new();
        let mut other = other_machine();
        let mut client = holder("ng-client", &[]);
        let listener = other.tcp_listen("81.2.69.142:443");
        let old = client.tcp_connect(listener.local, None);
        other.tcp_accept(listener);
        for source in SOURCES {
            let watch = Watch::start(&user, source);
            let line = watch.until(old.local, "present", "established");
            assert_eq!(line["opened_at"], Value::Null, "{source}");
            for is_ours_closed_first in [true, false] {
                let ours = client.tcp_connect(listener.local, None);
                let theirs = other.tcp_accept(listener);
                let line = watch.until(ours.local, "opened", "");
                assert_eq!(line["process"]["pid"], client.pid(), "{source}");
                assert_eq!(line["place"]["city"], "London", "{source}");
                assert_eq!(line["opened_at"], line["first_seen_at"], "{source}");
                if is_ours_closed_first {
                    client.close(ours);
                    watch.until(ours.local, "changed", "fin-wait-2");
                    other.close(theirs);
                } else {
                    other.close(theirs);
                    watch.until(ours.local, "changed", "close-wait");
                    client.close(ours);
                }
                // Not only a minute later, when the kernel has forgotten it.
                let line = watch.until(ours.local, "closed", "");
                // Its last process is still told.
                assert_eq!(line["process"]["pid"], client.pid(), "{source}");
            }
        }
    });
}

/// State, payload sent and received, and the doubt about what was received, of the connection `held`.
fn counted(user: &User, held: Held) -> (String, Value, Value, Value) {
    let outcome =
        user.run(&["list", "--json", "--source", "sock-diag", "--filter", &format!("port:{}", held.remote.port())]);
    let mut lines = outcome.json_lines();
    lines.retain(|line| line["local"]["port"] == held.local.port() && line["remote"]["port"] == held.remote.port());
    assert_eq!(lines.len(), 1, "{outcome:?}");
    let line = &lines[0];
    let state = line["state"].as_str().expect("text").to_owned();
    (state, line["bytes_sent"].clone(), line["bytes_received"].clone(), line["bytes_received_error"].clone())
}

#[test]
fn the_bytes_of_a_live_transfer_are_exact_whoever_connected_and_whoever_ends_first() {
    in_own_network("the_bytes_of_a_live_transfer_are_exact_whoever_connected_and_whoever_ends_first", || {
        let _busy = Busy::start();
        const SENT: usize = 3_000_000;
        const RECEIVED: usize = 200_001;
        let user = User::new();
        let mut other = other_machine();
        let mut ours = holder("ng-ours", &[]);
        let theirs_waits = other.tcp_listen("81.2.69.142:443");
        let ours_waits = ours.tcp_listen("[::]:8080");
        for is_ours_connecting in [true, false] {
            for is_ours_ending_first in [true, false] {
                let (here, there) = if is_ours_connecting {
                    (ours.tcp_connect(theirs_waits.local, None), other.tcp_accept(theirs_waits))
                } else {
                    let there = other.tcp_connect("10.77.0.1:8080".parse().expect("an address"), None);
                    (ours.tcp_accept(ours_waits), there)
                };
                let what = format!("connecting: {is_ours_connecting}, ending first: {is_ours_ending_first}");
                let assert_counted = |state: &str, sent: usize, received: usize| {
                    // The other end may acknowledge a little later.
                    let in_state = || Some(counted(&user, here)).filter(|found| found.0 == state);
                    let found = support::wait_until(Instant::now() + Duration::from_secs(5), in_state);
                    let expected = (state.to_owned(), json!(sent), json!(received), json!(0));
                    assert_eq!(found, Some(expected), "{what}");
                };
                assert_counted("established", 0, 0);
                // More than fits the buffers of both ends, so both have to take part.
                for _ in 0..30 {
                    ours.send(here, SENT / 30);
                    other.receive(there, SENT / 30);
                }
                other.send(there, RECEIVED);
                ours.receive(here, RECEIVED);
                assert_counted("established", SENT, RECEIVED);
                if is_ours_ending_first {
                    ours.end(here);
                    assert_counted("fin-wait-2", SENT, RECEIVED);
                    other.send(there, 5);
                    ours.receive(here, 5);
                    assert_counted("fin-wait-2", SENT, RECEIVED + 5);
                } else {
                    other.end(there);
                    assert_counted("close-wait", SENT, RECEIVED);
                    ours.send(here, 5);
                    other.receive(there, 5);
                    assert_counted("close-wait", SENT + 5, RECEIVED);
                }
                ours.close(here);
                other.close(there);
            }
        }
    });
}

#[test]
fn a_connection_that_carries_nothing_is_not_told_again_and_its_rate_comes_to_zero() {
    in_own_network("a_connection_that_carries_nothing_is_not_told_again_and_its_rate_comes_to_zero", || {
        let user = User::new();
        let mut other = other_machine();
        let mut client = holder("ng-client", &[]);
        let listener = other.tcp_listen("81.2.69.142:443");
        let (idle, busy) = (client.tcp_connect(listener.local, None), client.tcp_connect(listener.local, None));
        other.tcp_accept(listener);
        let there = other.tcp_accept(listener);
        client.send(busy, 1_000);
        let watch = Watch::start(&user, "sock-diag");
        let rates = |line: &Value| {
            [&line["rate_sent_bytes_per_sec"], &line["rate_received_bytes_per_sec"]].map(serde_json::Value::as_f64)
        };
        for socket in [idle, busy] {
            let line = watch.until(socket.local, "present", "established");
            assert_eq!(rates(&line), [None, None], "one look knows no rate");
        }
        let told = watch.during(Duration::from_secs(2));
        assert_eq!(told.len(), 2, "each rate becomes known, once: {told:#?}");
        assert!(told.iter().all(|line| rates(line) == [Some(0.0), Some(0.0)]), "{told:#?}");
        other.send(there, 500_000);
        client.receive(busy, 500_000);
        let told = watch.during(Duration::from_secs(11));
        let ports: Vec<_> = told.iter().map(|line| line["local"]["port"].as_u64()).collect();
        assert!(ports.iter().all(|port| *port == Some(busy.local.port().into())), "{ports:?}");
        assert!(rates(&told[0])[1] > Some(10_000.0) && rates(&told[0])[0] == Some(0.0), "{:#?}", told[0]);
        let last = told.last().expect("some");
        assert_eq!((rates(last)[1], &last["bytes_received"]), (Some(0.0), &json!(500_000)), "{last:#?}");
        assert!(watch.during(Duration::from_secs(1)).is_empty(), "and then there is nothing to tell");
    });
}

#[test]
fn a_thousand_connections_of_another_user_too_short_for_a_look_are_all_told() {
    in_own_network("a_thousand_connections_of_another_user_too_short_for_a_look_are_all_told", || {
        const COUNT: usize = 1_000;
        let mut other = other_machine();
        // Two users without privilege: who connects, and who looks. Both need files that they may read.
        let files = tempfile::tempdir().expect("a folder");
        let program = files.path().join("netglobe");
        std::fs::copy(support::netglobe_path(), &program).expect("copied");
        std::fs::set_permissions(files.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("allowed");
        let as_user = |uid: &str| {
            let mut command = Command::new("setpriv");
            command.args([&format!("--reuid={uid}"), &format!("--regid={uid}"), "--clear-groups"]);
            command
        };
        if !as_user("65534").arg("true").output().is_ok_and(|output| output.status.success()) {
            return not_run("namespace::a_thousand_connections", "no other user can be taken on here");
        }
        let helper = files.path().join("helper");
        std::fs::copy(network::this_program(), &helper).expect("copied");
        let mut command = as_user("65534");
        command.arg(helper).args(["--exact", "socket_holder", "--ignored", "--nocapture"]);
        let mut client = Holder::start(command, "ng-client");
        let mut command = as_user("65533");
        command.arg(&program).args(["list", "--watch", "--json", "--source", "sock-diag"]);
        command.env("HOME", files.path()).env("XDG_CACHE_HOME", "/nonexistent").stderr(Stdio::null());
        let waiting = other.tcp_listen("81.2.69.142:1");
        let known = client.tcp_connect(waiting.local, None);
        let watch = Watch::of(command);
        // Until it looks.
        watch.until(known.local, "present", "established");
        let _busy = Busy::start();
        // Closings that were counted alone, so far.
        let mut missed = 0;
        for (port, how) in [(443, "client"), (444, "server"), (445, "reset")] {
            let listener = other.tcp_listen(&format!("81.2.69.142:{port}"));
            other.answer(listener, COUNT, how);
            client.ask(listener.local, COUNT, how);
            let missed_before = missed;
            let mut closed: std::collections::HashMap<_, Vec<Value>> = std::collections::HashMap::new();
            let deadline = Instant::now() + Duration::from_mins(1);
            // And a while longer, in which nothing may be told again.
            let mut quiet = 0;
            while quiet < 3 && Instant::now() < deadline {
                for line in watch.during(Duration::from_millis(500)) {
                    if line["event"] == "closed" && line["remote"]["port"] == port {
                        closed.entry(line["local"]["port"].as_u64()).or_default().push(line);
                    } else if line["event"] == "gap" {
                        missed = line["closings_missed"].as_u64().expect("counted");
                        assert_eq!((&line["vanished"], &line["aborted"]), (&json!(0), &json!(0)), "{line:#}");
                    }
                }
                let accounted = closed.len() as u64 + missed - missed_before;
                quiet = if accounted >= COUNT as u64 { quiet + 1 } else { 0 };
            }
            let lines = || closed.values().flatten();
            let short = lines().filter(|line| line["owner_missing"] == "closed-too-soon").count();
            let exact = lines().filter(|line| line["bytes_received_error"] == 0).count();
            let not_final = lines().filter(|line| line["counters_final"] != true).count();
            println!(
                "{how}: {} of {COUNT} told, {} counted, {short} of them never seen, {exact} exact, {not_final} not final",
                closed.len(),
                missed - missed_before
            );
            assert!(closed.len() as u64 + missed - missed_before >= COUNT as u64, "{how}: told plus counted is all");
            assert!(short > 0, "{how}: each lived long enough to be seen");
            assert!(
                not_final as u64 <= missed - missed_before + COUNT as u64 / 100,
                "{how}: the kernel's word is heard"
            );
            for (local, lines) in &closed {
                assert_eq!(lines.len(), 1, "{how}: port {local:?} is told more than once: {lines:#?}");
                let line = &lines[0];
                assert_eq!((&line["remote"]["ip"], &line["direction"]), (&json!(LONDON), &json!("out")), "{how}");
                let (sent, received) = (line["bytes_sent"].as_u64(), line["bytes_received"].as_u64());
                if line["counters_final"] == true {
                    assert_eq!(sent, Some(1_000), "{how}: {line:#}");
                    let surplus = received.expect("counted").checked_sub(2_000).expect("all");
                    assert!(surplus <= line["bytes_received_error"].as_u64().expect("told"), "{how}: {line:#}");
                    assert!(line["rtt_ms"].as_f64() > Some(0.0), "{how}: {line:#}");
                } else {
                    assert_eq!(line["counters_final"] == false, sent.is_some(), "{how}: {line:#}");
                    assert!(sent <= Some(1_000) && received <= Some(2_001), "{how}: {line:#}");
                }
            }
        }
    });
}

#[test]
fn aborted_connections_are_counted_and_not_drawn() {
    in_own_network("aborted_connections_are_counted_and_not_drawn", || {
        let _busy = Busy::start();
        use netglobe::sampler::{SamplerConfig, SamplerHandle, SourceSpec};
        const COUNT: u64 = 200;
        let mut other = other_machine();
        let mut client = holder("ng-client", &[]);
        let listener = other.tcp_listen("81.2.69.142:443");
        // One look, then the next when events have come, so that none is seen alive.
        let config = SamplerConfig { interval: Duration::from_secs(1), adaptive: false };
        let sampler = SamplerHandle::spawn(SourceSpec::SockDiag, false, config, Box::new(|| {}));
        let next = || sampler.receiver().recv_timeout(Duration::from_secs(10)).expect("a message");
        next();
        other.answer(listener, usize::try_from(COUNT).expect("few"), "abort");
        client.ask(listener.local, usize::try_from(COUNT).expect("few"), "abort");
        let (mut told, mut seen) = (0, 0);
        let deadline = Instant::now() + Duration::from_secs(10);
        while told + seen < COUNT && Instant::now() < deadline {
            let message = next();
            told = message.report.unseen.aborted;
            assert_eq!(message.report.unseen.missed, 0);
            seen += message.delta.opened.iter().filter(|row| row.key.remote.is_some()).count() as u64;
            assert!(message.delta.ghosts.is_empty(), "{:?}", message.delta.ghosts);
        }
        assert_eq!(told + seen, COUNT, "{told} counted, {seen} seen alive");
    });
}
