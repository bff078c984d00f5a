//! End-to-end tests of close events: under all conditions of the reader, each closed socket is reported, drawn or
//! counted, and memory does not grow.
//!
//! Each test restarts itself in a new network namespace (see `support/network.rs`); all traffic is on its loopback.
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

use bevy::prelude::*;
use netglobe::{
    connections::{Clock, ConnectionsPlugin, Ghost, Inbox, Observed, Places, SamplerStatus},
    geo::{GeoOptions, GeoService, Home, HomeSource},
    geodesy::LatLng,
    globe::{GlobePlugin, arcs::ArcStore},
    model::UnixMillis,
    sampler::{SamplerConfig, SamplerHandle, SourceSpec},
    view::{HomeInForce, ViewPlugin},
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sockets::Holder;
use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use support::{Busy, Killed, PATIENCE, User, maxmind_file};

/// London, in MaxMind's test database.
const LONDON: &str = "81.2.69.142";
/// Destination of connected UDP sockets, with no receiver.
const NOBODY: &str = "127.0.0.1:9";

fn in_own_network(name: &str, patience: Duration, body: impl FnOnce()) {
    isolated::in_own_network("events", name, patience, || {
        network::ip(&format!("addr add {LONDON}/32 dev lo"));
        body();
    });
}

fn holder(name: &str) -> Holder {
    isolated::holder(name, &[])
}

/// Counts of the events of a watch so far.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// Connections; sockets without a remote end are counted separately.
    opened: u64,
    listeners_opened: u64,
    closed: u64,
    /// Of these, the number that were never in a sample.
    short: u64,
    closings_missed: u64,
    aborted: u64,
    vanished: u64,
    is_ready: bool,
}

impl Told {
    /// Number of closed sockets that were reported or counted.
    fn accounted(&self) -> u64 {
        self.closed + self.closings_missed + self.aborted + self.vanished
    }
}

/// A running `list --watch --json`, whose events are counted.
struct Watch {
    told: Arc<Mutex<Told>>,
    child: Killed,
}

impl Watch {
    fn start(user: &User, more: &[&str]) -> Self {
        let args = [&["list", "--watch", "--json", "--source", "sock-diag"], more].concat();
        let mut child = user.netglobe(&args).stdout(Stdio::piped()).spawn().expect("started");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let told = Arc::new(Mutex::new(Told::default()));
        let shared = Arc::clone(&told);
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let line: Value = serde_json::from_str(&line).expect("one object a line");
                let mut told = shared.lock().expect("sound");
                match line["event"].as_str().expect("an event") {
                    "closed" => {
                        told.closed += 1;
                        told.short += u64::from(line["owner_missing"] == "closed-too-soon");
                        if line["remote"] != Value::Null && line["protocol"] == "udp" {
                            assert_eq!(line["remote"]["port"], 9, "{line}");
                        }
                    }
                    "opened" if line["remote"].is_null() => told.listeners_opened += 1,
                    "opened" => told.opened += 1,
                    "gap" => {
                        let count = |key: &str| line[key].as_u64().expect("a number");
                        told.closings_missed = count("closings_missed");
                        told.aborted = count("aborted");
                        told.vanished = count("vanished");
                    }
                    _ => {}
                }
                told.is_ready = true;
            }
        });
        let watch = Self { told, child: Killed(child) };
        watch.until("it samples", |told| told.is_ready);
        // What closes before that is neither told nor counted.
        let deadline = Instant::now() + PATIENCE;
        while !is_listened_to() {
            assert!(Instant::now() < deadline, "nobody listens");
            thread::sleep(Duration::from_millis(50));
        }
        watch
    }

    fn now(&self) -> Told {
        *self.told.lock().expect("sound")
    }

    fn until(&self, what: &str, is_so: impl Fn(&Told) -> bool) -> Told {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let told = self.now();
            if is_so(&told) {
                return told;
            }
            assert!(Instant::now() < deadline, "never: {what}: {told:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The counts after two more samples, in which nothing may be reported again. Waits for a new listener, which is in
    /// the next sample, and then for another one in a later sample.
    fn after_two_samples(&self, holder: &mut Holder) -> Told {
        for _ in 0..2 {
            let before = self.now().listeners_opened;
            holder.tcp_listen("127.0.0.1:0");
            self.until("a new listener is told", |told| told.listeners_opened > before);
        }
        self.now()
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child.0);
        kill_process(pid, signal).expect("a process of ours");
    }

    fn memory_kib(&self) -> u64 {
        memory_kib(&self.child.0.id().to_string())
    }
}

/// Resident memory of a process (proc(5), `VmRSS`).
fn memory_kib(pid: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("told");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number")
}

/// Number of events that the kernel has dropped, for all listeners in this network namespace (the column `Drops`).
fn events_dropped() -> u64 {
    let table = fs::read_to_string("/proc/net/netlink").expect("Linux");
    let rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|cells| cells[1] == "4").map(|cells| cells[8].parse::<u64>().expect("a number")).sum()
}

/// Whether somebody in this network namespace listens to events of sockets (the column `Groups`).
fn is_listened_to() -> bool {
    let table = fs::read_to_string("/proc/net/netlink").expect("Linux");
    let mut rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.any(|cells| cells[1] == "4" && cells[3].contains(|digit| digit != '0'))
}

/// Checks that each of `count` closed sockets is accounted for. If its close event was lost, a socket in a sample is
/// still reported by the next one, so it may be counted twice.
fn assert_accounted(told: &Told, count: u64) {
    let accounted = told.accounted();
    assert!(accounted >= count && accounted <= count + told.opened, "{count} closed: {told:?}");
}

#[test]
fn of_two_hundred_thousand_closed_sockets_each_is_reported_or_counted() {
    const NAME: &str = "of_two_hundred_thousand_closed_sockets_each_is_reported_or_counted";
    in_own_network(NAME, Duration::from_mins(10), || {
        const COUNT: u64 = 200_000;
        let _busy = Busy::start();
        let user = User::new();
        let mut client = holder("ng-client");
        let _listens = client.tcp_listen("127.0.0.1:80");
        let watch = Watch::start(&user, &[]);
        let before = watch.now();
        client.flash(NOBODY.parse().expect("an address"), usize::try_from(COUNT).expect("few"));
        let told = watch.until("every one is accounted for", |told| told.accounted() >= before.accounted() + COUNT);
        // No events arrive late.
        let last = watch.after_two_samples(&mut client);
        assert_eq!(last.accounted(), told.accounted());
        assert_accounted(&last, COUNT);
        println!("measured: {last:?}");
    });
}

#[test]
fn a_reader_that_was_stopped_loses_nothing_silently() {
    const NAME: &str = "a_reader_that_was_stopped_loses_nothing_silently";
    in_own_network(NAME, Duration::from_mins(10), || {
        const COUNT: u64 = 60_000;
        let _busy = Busy::start();
        let user = User::new();
        let mut client = holder("ng-client");
        let _listens = client.tcp_listen("127.0.0.1:80");
        let watch = Watch::start(&user, &[]);
        watch.signal(Signal::STOP);
        client.flash(NOBODY.parse().expect("an address"), usize::try_from(COUNT).expect("few"));
        // Wait until the kernel's buffer is full.
        let deadline = Instant::now() + Duration::from_mins(1);
        while events_dropped() == 0 {
            assert!(Instant::now() < deadline, "the kernel has dropped nothing");
            thread::sleep(Duration::from_millis(50));
        }
        watch.signal(Signal::CONT);
        let told = watch.until("every one is accounted for", |told| told.accounted() >= COUNT);
        assert_accounted(&told, COUNT);
        assert!(told.closings_missed > 0, "more than the kernel's buffer holds: {told:?}");
        println!("measured: {told:?}");
    });
}

#[test]
fn connections_that_this_end_resets_are_reported_or_counted() {
    const NAME: &str = "connections_that_this_end_resets_are_reported_or_counted";
    in_own_network(NAME, Duration::from_mins(10), || {
        const COUNT: u64 = 1_000;
        let _busy = Busy::start();
        let user = User::new();
        let (mut server, mut client) = (holder("ng-server"), holder("ng-client"));
        let listener = server.tcp_listen(&format!("{LONDON}:443"));
        let watch = Watch::start(&user, &[]);
        server.answer(listener, usize::try_from(COUNT).expect("few"), "client-reset");
        client.ask(listener.local, usize::try_from(COUNT).expect("few"), "client-reset");
        // The kernel sends two events per connection: that of the aborting end has no remote address, the other one
        // has.
        let told = watch.until("each is told or counted", |told| told.closed + told.closings_missed >= COUNT);
        assert!(told.aborted + told.closings_missed > 0 && told.aborted <= COUNT, "{told:?}");
        // No connection is reported again.
        let last = watch.after_two_samples(&mut client);
        assert!(last.closed <= COUNT, "{last:?}");
        println!("measured: {last:?}");
    });
}

#[test]
fn connections_within_this_machine_are_reported_once_whoever_ends_them() {
    const NAME: &str = "connections_within_this_machine_are_reported_once_whoever_ends_them";
    in_own_network(NAME, Duration::from_mins(10), || {
        const COUNT: u64 = 1_000;
        let user = User::new();
        let (mut server, mut client) = (holder("ng-server"), holder("ng-client"));
        let listeners = [443, 444, 445].map(|port| server.tcp_listen(&format!("{LONDON}:{port}")));
        let watch = Watch::start(&user, &[]);
        let _busy = Busy::start();
        for (listener, how) in listeners.into_iter().zip(["client", "server", "reset"]) {
            let before = watch.now();
            let told = |now: &Told| (now.closed - before.closed, now.closings_missed - before.closings_missed);
            server.answer(listener, usize::try_from(COUNT).expect("few"), how);
            client.ask(listener.local, usize::try_from(COUNT).expect("few"), how);
            // Both ends are destroyed separately; only one of them is reported.
            watch.until("each is told or counted", |now| told(now).0 + told(now).1 >= COUNT);
            // No connection is reported again.
            let now = watch.after_two_samples(&mut client);
            let ((closed, missed), opened) = (told(&now), now.opened - before.opened);
            println!("measured: {how}: {closed} closed, {missed} counted, {opened} opened");
            assert!(closed <= COUNT && closed + missed >= COUNT, "{how}: {closed} closed, {missed} counted");
            assert!(now.short - before.short + opened <= COUNT, "{how}: {now:?}");
        }
    });
}

/// The program without a window, with the real sampler.
struct Globe {
    app: App,
    start: Instant,
    most_waiting: usize,
    longest_frame: Duration,
    _sampler: SamplerHandle,
}

impl Globe {
    fn new() -> Self {
        let sampler = SamplerHandle::spawn(SourceSpec::SockDiag, false, SamplerConfig::default(), Box::new(|| {}));
        let options =
            GeoOptions { geo_db: Some(maxmind_file("GeoLite2-City-Test.mmdb").into()), ..GeoOptions::default() };
        let geo = GeoService::open_blocking(options).expect("a sound database");
        let home = LatLng::from_degrees(40.4, -3.7).map(|position| Home::at(position, HomeSource::Flag));
        let mut app = App::new();
        app.add_plugins((TaskPoolPlugin::default(), ConnectionsPlugin, ViewPlugin, GlobePlugin))
            .insert_resource(Inbox::from_channel(sampler.receiver().clone()))
            .insert_resource(Places::new(geo))
            .insert_resource(HomeInForce { home, missing: String::new() });
        Self { app, start: Instant::now(), most_waiting: 0, longest_frame: Duration::ZERO, _sampler: sampler }
    }

    /// Draws frames in real time, thirty per second, for this time or until `is_enough`.
    fn run(&mut self, time: Duration, mut is_enough: impl FnMut(&mut App) -> bool) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            let ms = 1_000 + u64::try_from(self.start.elapsed().as_millis()).expect("short");
            self.app.insert_resource(Clock::fixed(ms, UnixMillis::default()));
            let began = Instant::now();
            self.app.update();
            self.longest_frame = self.longest_frame.max(began.elapsed());
            self.most_waiting = self.most_waiting.max(self.app.world().resource::<Inbox>().waiting());
            if is_enough(&mut self.app) {
                return;
            }
            thread::sleep(Duration::from_millis(33));
        }
    }

    fn status(&self) -> SamplerStatus {
        self.app.world().resource::<SamplerStatus>().clone()
    }

    fn entities(&mut self) -> usize {
        self.app.world_mut().query::<&Observed>().iter(self.app.world()).count()
    }
}

#[test]
fn short_connections_rise_as_ghosts_and_a_burst_of_them_neither_waits_nor_grows() {
    const NAME: &str = "short_connections_rise_as_ghosts_and_a_burst_of_them_neither_waits_nor_grows";
    in_own_network(NAME, Duration::from_mins(10), || {
        const COUNT: u64 = 1_000;
        const BURST: u64 = 10_000;
        let (mut server, mut client) = (holder("ng-server"), holder("ng-client"));
        let listener = server.tcp_listen(&format!("{LONDON}:443"));
        let mut globe = Globe::new();
        globe.run(Duration::from_secs(20), |app| app.world().resource::<SamplerStatus>().messages > 0);
        server.answer(listener, usize::try_from(COUNT).expect("few"), "client");
        let asking = thread::spawn(move || {
            client.ask(listener.local, usize::try_from(COUNT).expect("few"), "client");
            client
        });
        let mut most_arcs = 0;
        let mut most_together = 0;
        globe.run(Duration::from_secs(20), |app| {
            most_arcs = most_arcs.max(app.world().resource::<ArcStore>().len());
            let mut ghosts = app.world_mut().query::<&Ghost>();
            let stood_for = ghosts.iter(app.world()).map(|ghost| 1 + ghost.others);
            most_together = most_together.max(stood_for.max().unwrap_or_default());
            app.world().resource::<SamplerStatus>().short >= COUNT * 9 / 10
        });
        let mut client = asking.join().expect("asked");
        let status = globe.status();
        // Some live long enough to be in a sample, and are drawn like other connections.
        assert!(status.short >= COUNT * 9 / 10, "{} of {COUNT} are ghosts", status.short);
        assert_eq!(
            (status.short_not_drawn, status.report.unseen.missed),
            (0, 0),
            "all rise, each by itself or with others"
        );
        assert!(most_arcs > 50, "{most_arcs} arcs at most");
        println!(
            "measured: {} short, {} joined, one for {most_together} at most, {most_arcs} arcs at most",
            status.short, status.short_joined
        );

        let (short_before, memory_before) = (status.short, memory_kib("self"));
        let flashing = thread::spawn(move || {
            client.flash(format!("{LONDON}:9").parse().expect("an address"), usize::try_from(BURST).expect("few"));
            client
        });
        globe.run(Duration::from_secs(20), |app| {
            let status = app.world().resource::<SamplerStatus>();
            status.short + status.report.unseen.missed + status.report.vanished >= short_before + BURST
        });
        flashing.join().expect("flashed");
        let status = globe.status();
        assert!(
            status.short + status.report.unseen.missed + status.report.vanished >= short_before + BURST - 5,
            "{status:?}"
        );
        assert!(globe.most_waiting < 5_000, "{} rows waited", globe.most_waiting);
        assert!(globe.entities() < 1_500, "{} entities", globe.entities());
        globe.run(Duration::from_secs(4), |_| false);
        assert!(globe.entities() < 20, "all fade: {}", globe.entities());
        let grown = memory_kib("self").saturating_sub(memory_before);
        assert!(grown < 40 * 1024, "{grown} KiB more after a burst");
        println!("measured: longest frame {:?}, {grown} KiB more, {status:?}", globe.longest_frame);
    });
}

/// Maximum growth, KiB per round of 1,200 connections; a leak of a small record per connection would exceed it.
const MOST_GROWTH_KIB: u64 = 200;

/// Opens and closes short connections for this time. Memory of the watch and of the globe may grow in steps, when a
/// list or a table grows for a burst, but not in every round: the median growth after the first fifth of the rounds is
/// less than [`MOST_GROWTH_KIB`].
fn churn(time: Duration) {
    let user = User::new();
    let (mut server, mut client) = (holder("ng-server"), holder("ng-client"));
    let listener = server.tcp_listen(&format!("{LONDON}:443"));
    let watch = Watch::start(&user, &[]);
    let mut globe = Globe::new();
    let (start, mut samples) = (Instant::now(), Vec::new());
    while start.elapsed() < time {
        server.answer(listener, 200, "client");
        client.ask(listener.local, 200, "client");
        client.flash(NOBODY.parse().expect("an address"), 1_000);
        globe.run(Duration::from_millis(500), |_| false);
        samples.push([watch.memory_kib(), memory_kib("self")]);
    }
    let (rounds, entities_after) = (samples.len(), globe.entities());
    println!(
        "measured: {rounds} rounds of 1,200 connections in {:?}: {samples:?} KiB, {entities_after} entities; {:?}",
        start.elapsed(),
        watch.now()
    );
    for (at, what) in ["watch", "globe"].iter().enumerate() {
        let mut growth: Vec<u64> =
            samples[rounds / 5..].windows(2).map(|pair| pair[1][at].saturating_sub(pair[0][at])).collect();
        growth.sort_unstable();
        let median = growth[growth.len() / 2];
        assert!(median < MOST_GROWTH_KIB, "{what}: {median} KiB more in half of the rounds");
    }
    assert!(entities_after < 2_000, "{entities_after} entities");
}

#[test]
fn churn_does_not_grow() {
    in_own_network("churn_does_not_grow", Duration::from_mins(10), || churn(Duration::from_secs(15)));
}

#[test]
#[ignore = "it takes ten minutes; run it by its name"]
fn ten_minutes_of_churn_do_not_grow() {
    in_own_network("ten_minutes_of_churn_do_not_grow", Duration::from_mins(15), || churn(Duration::from_mins(10)));
}

/// For scripts/soak: `NETGLOBE_SOAK_MINUTES`, 60 by default.
#[test]
#[ignore = "it takes an hour; scripts/soak runs it"]
fn an_hour_of_churn_does_not_grow() {
    let minutes = std::env::var("NETGLOBE_SOAK_MINUTES").ok().and_then(|minutes| minutes.parse().ok()).unwrap_or(60);
    let patience = Duration::from_mins(minutes + 10);
    in_own_network("an_hour_of_churn_does_not_grow", patience, || churn(Duration::from_mins(minutes)));
}
