//! `netglobe bench --history`: what a history of many connections costs to write, to search and to show.
//!
//! A year of invented connections is recorded into a file of its own, with its limit lifted: 1,000 are open at any time, each
//! is seen opening, established and closed, with counters at its end. Then random moments are asked for, as the window
//! does, the activity bar is read at every zoom, and random windows are compared.

use crate::{
    cli::BenchArgs,
    history::{ExportOptions, HistoryError, Limits, PastSource, Recorder, Store, activity_bar, compare, export},
    model::{
        Asn, Connection, ConnectionKey, CountryIso, DatabaseStamp, Direction, Endpoint, Final, HostId, Location, Owner,
        Place, PlaceKind, Process, Protocol, Snapshot, SnapshotDelta, SocketRow, SocketState, TimeWindow, Traffic,
        UnixMillis,
    },
    sampler::{HomeThen, SamplerMessage, SamplerReport, SocketSource, SourceKind, hub_scenario, process_cpu_time},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Serialize;
use std::{
    collections::VecDeque,
    io::{self, Write},
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Connections that are open at any time.
const OPEN: usize = 1_000;
/// Openings and closings in a step.
const PER_STEP: usize = 10;
/// The time that is recorded, ms.
const YEAR_MS: i64 = 365 * 86_400_000;
/// First moment: 2025-06-01T00:00:00Z.
const BEGIN: UnixMillis = UnixMillis(1_748_736_000_000);
/// Moments that are asked for.
const SEEKS: usize = 200;
/// Different peers, programs and ports.
const PEERS: usize = 3_000;
const PROGRAMS: usize = 40;
const PORTS: [u16; 8] = [443, 80, 22, 993, 853, 8080, 5222, 123];

/// Why it fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchHistoryError {
    /// The history cannot be written or read.
    #[error("{}", .0.with_remedy())]
    History(#[from] HistoryError),
    /// The directory for it cannot be made.
    #[error("cannot make a directory for the history: {0}; set TMPDIR to one with more space")]
    Directory(#[source] io::Error),
    /// The output cannot be written.
    #[error("cannot write the figures: {0}")]
    Output(#[source] io::Error),
}

/// The figures.
#[derive(Serialize)]
struct Figures {
    rows: u64,
    events: u64,
    file_bytes: u64,
    bytes_per_row: f64,
    write_cpu_us_per_event: f64,
    /// From asking for a moment to the connections in the ECS and the instances, or without a window to the complete list.
    seek_ms_p50: f64,
    seek_ms_p99: f64,
    /// The part of it that reads the file.
    read_ms_p50: f64,
    read_ms_p99: f64,
    /// The slowest of all zooms.
    activity_bar_ms: f64,
    /// The slowest of ten.
    compare_ms: f64,
    open_ms: f64,
    /// Of the last part as a recording file.
    recording_bytes_per_event: f64,
}

/// Measures, and prints the figures.
///
/// # Errors
/// See [`BenchHistoryError`].
pub fn run(args: &BenchArgs) -> Result<(), BenchHistoryError> {
    let directory = tempfile::tempdir().map_err(BenchHistoryError::Directory)?;
    let path = directory.path().join("history.db");
    let (events, cpu) = write(&path, args.rows)?;
    let figures = measure(&path, args.rows, events, cpu)?;
    let text = if args.json {
        serde_json::to_string(&figures).map_err(|error| BenchHistoryError::Output(error.into()))? + "\n"
    } else {
        words(&figures)
    };
    io::stdout().lock().write_all(text.as_bytes()).map_err(BenchHistoryError::Output)
}

fn words(figures: &Figures) -> String {
    let Figures { rows, file_bytes, bytes_per_row, write_cpu_us_per_event, .. } = figures;
    format!(
        "{rows} connections in {file_bytes} bytes, {bytes_per_row:.1} each\n\
         writing: {write_cpu_us_per_event:.2} µs of CPU an event\n\
         a moment: {:.1} ms (median), {:.1} ms (99 %), of it reading {:.1} ms and {:.1} ms\n\
         activity bar: {:.1} ms; comparing: {:.0} ms; opening: {:.1} ms\n\
         a recording: {:.1} bytes an event\n",
        figures.seek_ms_p50,
        figures.seek_ms_p99,
        figures.read_ms_p50,
        figures.read_ms_p99,
        figures.activity_bar_ms,
        figures.compare_ms,
        figures.open_ms,
        figures.recording_bytes_per_event
    )
}

/// Invents connections.
struct Inventor {
    random: StdRng,
    peers: Vec<(IpAddr, Arc<Location>)>,
    programs: Vec<Owner>,
    identity: u64,
}

impl Inventor {
    fn new() -> Self {
        let mut random = StdRng::seed_from_u64(7);
        let stamp = DatabaseStamp { name: "DB-IP City Lite".into(), built: "2026-06-01".into() };
        let places: Vec<Place> =
            hub_scenario(PEERS, 1, 0.0).into_iter().filter_map(|it| it.row.simulated?.place).collect();
        let peers = (0..PEERS).map(|number| {
            let ip = Ipv4Addr::from(0x0500_0000 + number as u32 * 65_537).into();
            let place = places.get(number % places.len().max(1)).cloned();
            let operator = number % 150;
            let location = Location {
                place: Ok(place.unwrap_or(Place {
                    kind: PlaceKind::Country,
                    position: crate::geodesy::LatLng::default(),
                    country_iso: CountryIso::parse("FR"),
                    city: None,
                    accuracy_radius_km: None,
                })),
                asn: Some(Asn(64_496 + operator as u32)),
                as_organization: Some(format!("Example Operator {operator}").into()),
                anycast_reason: None,
                database: Some(stamp.clone()),
            };
            (ip, Arc::new(location))
        });
        let peers: Vec<_> = peers.collect();
        let programs = (0..PROGRAMS).map(|number| {
            let name = format!("program-{number}");
            let path = Some(format!("/usr/bin/{name}").into());
            Owner::Process(Arc::new(Process { pid: random.random_range(300..60_000), name: Some(name.into()), path }))
        });
        let programs = programs.collect();
        Self { random, peers, programs, identity: 1 }
    }

    fn open(&mut self, at: UnixMillis) -> Connection {
        let random = &mut self.random;
        self.identity += random.random_range(1..30);
        // Some peers and programs have most connections.
        let pick = |random: &mut StdRng, end: usize| (random.random::<f64>().powi(2) * end as f64) as usize;
        let (ip, location) = &self.peers[pick(random, self.peers.len())];
        let owner = self.programs[pick(random, self.programs.len())].clone();
        let row = SocketRow {
            key: ConnectionKey {
                host: HostId::THIS,
                protocol: Protocol::Tcp,
                local: Endpoint::new(Ipv4Addr::new(192, 168, 1, 23).into(), random.random_range(32_768..61_000)),
                remote: Some(Endpoint::new(*ip, PORTS[pick(random, PORTS.len())])),
                identity: self.identity,
            },
            state: SocketState::SynSent,
            direction: Some(Direction::Out),
            owner,
            uid: Some(1000),
            context: None,
            interface: None,
            traffic: Some(Traffic { bytes_sent: Some(0), bytes_received: Some(0), ..Traffic::default() }),
            simulated: None,
        };
        Connection { recorded_location: Some(Arc::clone(location)), ..row.seen(at, Some(at)) }
    }

    fn counters(&mut self) -> Traffic {
        let random = &mut self.random;
        Traffic {
            bytes_sent: Some(random.random_range(200..20_000)),
            bytes_received: Some(random.random_range(500..2_000_000)),
            rate_sent_bytes_per_sec: Some(0.0),
            rate_received_bytes_per_sec: Some(0.0),
            rtt_ms: Some(random.random_range(2_000..200_000) as f32 / 1000.0),
            min_rtt_ms: Some(random.random_range(2_000..100_000) as f32 / 1000.0),
            retransmits: Some(0),
            is_final: true,
            ..Traffic::default()
        }
    }
}

/// Records `rows` connections, and returns the number of events and the CPU time.
fn write(path: &Path, rows: u64) -> Result<(u64, Duration), BenchHistoryError> {
    let limits = Limits { bytes: u64::MAX / 2, age_ms: i64::MAX / 4 };
    let (mut recorder, _) = Recorder::begin(path, false, limits, None, BEGIN)?;
    recorder.set_home(HomeThen::Unknown);
    let mut inventor = Inventor::new();
    let report = Arc::new(SamplerReport::default());
    let locate = |connection: &Connection| {
        connection
            .recorded_location
            .clone()
            .unwrap_or_else(|| Arc::new(Location::missing(crate::model::PlaceMissing::NotInDatabase)))
    };
    let mut live: VecDeque<Connection> = (0..OPEN.min(rows as usize)).map(|_| inventor.open(BEGIN)).collect();
    let message = |delta| SamplerMessage { delta, report: Arc::clone(&report) };
    let first = SnapshotDelta { at: BEGIN, opened: live.iter().cloned().collect(), ..SnapshotDelta::default() };
    recorder.message(message(first), &locate);
    let mut done = live.len() as u64;
    let steps = (rows.saturating_sub(done) / PER_STEP as u64).max(1);
    let step_ms = (YEAR_MS / steps as i64).max(10);
    let mut at = BEGIN;
    let mut events = 0;
    let mut spent = Duration::ZERO;
    let mut established: Vec<Connection> = Vec::new();
    while done < rows {
        at = at.plus_ms(step_ms);
        let mut delta = SnapshotDelta { at, ..SnapshotDelta::default() };
        for mut connection in established.drain(..) {
            connection.state = SocketState::Established;
            delta.changed.push(connection);
        }
        for _ in 0..PER_STEP.min((rows - done) as usize) {
            if let Some(old) = live.pop_front() {
                delta.finals.push(Final { key: old.key, traffic: inventor.counters() });
                delta.closed.push(old.key);
            }
            let new = inventor.open(at);
            established.push(new.clone());
            live.push_back(new.clone());
            delta.opened.push(new);
            done += 1;
        }
        events += (delta.opened.len() + delta.changed.len() + delta.closed.len()) as u64;
        let before = process_cpu_time();
        recorder.message(message(delta), &locate);
        recorder.flush(at)?;
        recorder.keep_house(at)?;
        spent += process_cpu_time().zip(before).map(|(after, before)| after.saturating_sub(before)).unwrap_or_default();
    }
    recorder.end(at)?;
    Ok((events, spent))
}

fn measure(path: &Path, rows: u64, events: u64, cpu: Duration) -> Result<Figures, BenchHistoryError> {
    let file_bytes = Store::open_for_reading(path)?.size().total();
    let ms = |start: Instant| start.elapsed().as_secs_f64() * 1000.0;
    let start = Instant::now();
    let mut past = PastSource::new(Store::open_for_reading(path)?, SourceKind::History, "HISTORY".to_owned(), None)?;
    let open_ms = ms(start);
    let store = Store::open_for_reading(path)?;
    let heads = store.heads()?;
    let end = heads.iter().map(|head| head.last).max().unwrap_or(BEGIN);
    let mut random = StdRng::seed_from_u64(11);
    let mut scene = Scene::new();
    let (mut seeks, mut reads) = (Vec::new(), Vec::new());
    for _ in 0..SEEKS {
        let to = UnixMillis(random.random_range(BEGIN.0..end.0));
        let start = Instant::now();
        let failed = |error: crate::sampler::SamplerError| HistoryError::Refused {
            path: path.to_owned(),
            why: error.to_string(),
        };
        past.set_to(to).map_err(failed)?;
        let sample = past.sample(to).map_err(failed)?;
        reads.push(ms(start));
        if let Snapshot::Delta(delta) = sample.snapshot {
            scene.show(*delta);
        }
        seeks.push(ms(start));
    }
    let mut slowest: f64 = 0.0;
    let spans = [600_000, 3_600_000, 86_400_000, 7 * 86_400_000, end.0 - BEGIN.0];
    for span in spans {
        let latest = (end.0 - span).max(BEGIN.0);
        for from in [BEGIN.0, latest, random.random_range(BEGIN.0..=latest)] {
            let start = Instant::now();
            activity_bar(&store, UnixMillis(from), UnixMillis(from + span), 800)?;
            slowest = slowest.max(ms(start));
        }
    }
    let mut comparing: f64 = 0.0;
    for _ in 0..10 {
        let mut window = || {
            let (a, b) = (random.random_range(BEGIN.0..end.0), random.random_range(BEGIN.0..end.0));
            TimeWindow { from: UnixMillis(a.min(b)), to: UnixMillis(a.max(b) + 1) }
        };
        let (before, after) = (window(), window());
        let start = Instant::now();
        let differences = compare(&store.sums(before)?, &store.sums(after)?);
        comparing = comparing.max(ms(start));
        if differences.is_empty() {
            // A window may be too short for any.
        }
    }
    // A part of about a million events.
    let part_ms = ((end.0 - BEGIN.0) as f64 * (1e6 / events.max(1) as f64).min(1.0)) as i64;
    let options = ExportOptions {
        from: end.plus_ms(-part_ms),
        to: end,
        keeps: &mut |_, _| true,
        scrub: None,
        label: String::new(),
    };
    let exported = export(&mut Store::open_for_reading(path)?, io::sink(), options);
    let exported = exported.map_err(|error| HistoryError::Refused { path: path.to_owned(), why: error.to_string() })?;
    Ok(Figures {
        recording_bytes_per_event: exported.bytes as f64 / exported.events.max(1) as f64,
        rows,
        events,
        file_bytes,
        bytes_per_row: file_bytes as f64 / rows as f64,
        write_cpu_us_per_event: cpu.as_secs_f64() * 1e6 / events.max(1) as f64,
        seek_ms_p50: percentile(&mut seeks, 0.5),
        seek_ms_p99: percentile(&mut seeks, 0.99),
        read_ms_p50: percentile(&mut reads, 0.5),
        read_ms_p99: percentile(&mut reads, 0.99),
        activity_bar_ms: slowest,
        compare_ms: comparing,
        open_ms,
    })
}

fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

/// What shows the connections: the ECS with the globe's instances, where there is a window.
#[cfg(feature = "window")]
struct Scene(bevy::app::App);

#[cfg(feature = "window")]
impl Scene {
    fn new() -> Self {
        use crate::{
            connections::{Clock, ConnectionsPlugin, Inbox},
            globe::GlobePlugin,
            view::ViewPlugin,
        };
        use bevy::prelude::{App, TaskPoolPlugin};
        let mut app = App::new();
        app.add_plugins((TaskPoolPlugin::default(), ConnectionsPlugin, ViewPlugin, GlobePlugin));
        app.insert_resource(Inbox::default()).insert_resource(Clock::fixed(100_000, BEGIN));
        app.update();
        Self(app)
    }

    fn show(&mut self, delta: SnapshotDelta) {
        self.0.world_mut().resource_mut::<crate::connections::Inbox>().push(delta);
        self.0.update();
    }
}

/// Without a window, the complete list is what is shown.
#[cfg(not(feature = "window"))]
struct Scene(usize);

#[cfg(not(feature = "window"))]
impl Scene {
    fn new() -> Self {
        Self(0)
    }

    fn show(&mut self, delta: SnapshotDelta) {
        self.0 = delta.opened.len();
    }
}
