//! `netglobe bench --soak`: a day with a million connections in less than an hour, to see whether anything grows.
//!
//! The clocks jump; everything else is the program itself, drawing offscreen. In each hour connections open and close while the
//! filter changes and hides, the quality and the resolution change, the past is shown and left again, and now and then there is
//! a burst. What is left after the first hour is compared with what is left at the end.

use super::{
    frames::{BenchError, rounded},
    heap,
    long_run::{HOUR_MS, LongRun, growth_percent},
};
use crate::{
    cli::BenchArgs,
    config::Settings,
    connections::ConnectionIndex,
    globe::{
        arcs::ArcStore,
        dots::DotStore,
        quality::{Quality, Tier},
    },
    model::{ConnectionKey, SnapshotDelta},
    sampler::hub_scenario,
    view::FilterInForce,
};
use serde::Serialize;
use std::{
    fs,
    io::{self, Write},
    thread,
    time::{Duration, Instant},
};

/// Connections that are open all the time.
const ALWAYS: usize = 200;
/// Connections that open and close in a day.
const PER_DAY: usize = 1_000_000;
/// Steps of an hour in which something changes.
const STEPS: usize = 12;
/// Hours between two bursts, and connections that open in one at once.
const BURST_EVERY: u64 = 6;
const BURST: usize = 60_000;
/// Connections that the past has more.
const PAST: usize = 2_000;
/// Frames after which capacity that nobody needs has been given back.
const REST_FRAMES: usize = 700;
const QUERIES: [&str; 6] = ["", "rate>200k", "port>30000", "process:nobody", "country:US,DE", "-rate>200k"];
const TIERS: [Tier; 3] = [Tier::Low, Tier::Medium, Tier::High];
const SCALES: [f32; 3] = [1.0, 0.75, 0.5];

/// What is there at a moment of rest.
#[derive(Clone, Debug, Serialize)]
struct Rest {
    rss_mib: Option<f64>,
    heap_mib: Option<f64>,
    gpu_mib: Option<f64>,
    connections: usize,
    entities: u32,
    arc_slots: u32,
    dot_slots: u32,
    handles: Option<usize>,
}

/// A line of `bench --soak --json`.
#[derive(Clone, Debug, Serialize)]
struct Report {
    hours: u64,
    connections: u64,
    frames: u64,
    filters: u64,
    jumps_in_time: u64,
    changes_of_quality: u64,
    bursts: u64,
    first_hour: Rest,
    end: Rest,
    rss_growth_percent: Option<f64>,
    heap_growth_percent: Option<f64>,
    gpu_growth_percent: Option<f64>,
    /// Resident memory after each hour, MiB.
    rss_mib_by_hour: Vec<Option<f64>>,
    wall_s: f64,
}

/// Runs the day and reports.
///
/// # Errors
/// See [`BenchError`].
pub fn run(args: &BenchArgs, settings: &Settings) -> Result<(), BenchError> {
    let start = Instant::now();
    let mut soak = Soak { run: LongRun::begin(args, settings, hub_scenario(ALWAYS, 1, 0.3))?, counts: [0; 4] };
    let mut first = None;
    let mut by_hour = Vec::new();
    for hour in 0..args.hours {
        soak.hour(hour)?;
        if hour == 0 {
            first = Some(soak.rest()?);
        }
        by_hour.push(soak.run.memory().0.map(rounded));
    }
    let end = soak.rest()?;
    let first = first.unwrap_or_else(|| end.clone());
    let [filters, jumps_in_time, changes_of_quality, bursts] = soak.counts;
    let report = Report {
        hours: args.hours,
        connections: soak.run.opened,
        frames: soak.run.frames,
        filters,
        jumps_in_time,
        changes_of_quality,
        bursts,
        rss_growth_percent: growth_percent(first.rss_mib, end.rss_mib).map(rounded),
        heap_growth_percent: growth_percent(first.heap_mib, end.heap_mib).map(rounded),
        gpu_growth_percent: growth_percent(first.gpu_mib, end.gpu_mib).map(rounded),
        first_hour: first,
        end,
        rss_mib_by_hour: by_hour,
        wall_s: rounded(start.elapsed().as_secs_f64()),
    };
    let text = if args.json { serde_json::to_string(&report) } else { serde_json::to_string_pretty(&report) };
    let text = text.map_err(|error| BenchError::Output(error.into()))?;
    writeln!(io::stdout(), "{text}").map_err(BenchError::Output)
}

struct Soak {
    run: LongRun,
    /// Filters, jumps in time, changes of the quality, bursts.
    counts: [u64; 4],
}

impl Soak {
    fn hour(&mut self, hour: u64) -> Result<(), BenchError> {
        let share = PER_DAY / 24 / (STEPS / 2);
        let mut open: Vec<ConnectionKey> = Vec::new();
        for step in 0..STEPS {
            let turn = hour as usize * STEPS + step;
            self.change_quality(turn);
            self.change_filter(turn);
            let count = if step.is_multiple_of(2) { share } else { 0 };
            open = self.exchange(open, count, 2 + hour % 50)?;
        }
        if hour.is_multiple_of(BURST_EVERY) {
            self.counts[3] += 1;
            open = self.exchange(open, BURST, 3)?;
        }
        self.exchange(open, 0, 0)?;
        self.show_the_past()?;
        self.change_quality(0);
        self.change_filter(0);
        self.settle()?;
        self.run.frame(HOUR_MS / 2)
    }

    /// New connections take the place of these.
    fn exchange(
        &mut self,
        closed: Vec<ConnectionKey>,
        count: usize,
        seed: u64,
    ) -> Result<Vec<ConnectionKey>, BenchError> {
        let at = self.run.now();
        let opened = self.run.new_connections(count, seed, at);
        let keys = opened.iter().map(|connection| connection.key).collect();
        self.run.push(SnapshotDelta { at, opened, closed, ..SnapshotDelta::default() });
        for _ in 0..4 {
            self.run.frame(2_000)?;
        }
        Ok(keys)
    }

    fn change_filter(&mut self, turn: usize) {
        self.counts[0] += 1;
        let mut filter = self.run.world_mut().resource_mut::<FilterInForce>();
        filter.set_text(QUERIES[turn % QUERIES.len()]);
        filter.set_hides_rest(turn % 4 == 3);
    }

    fn change_quality(&mut self, turn: usize) {
        self.counts[2] += 1;
        let mut quality = self.run.world_mut().resource_mut::<Quality>();
        quality.tier = TIERS[turn % TIERS.len()];
        quality.render_scale = SCALES[turn / TIERS.len() % SCALES.len()];
    }

    /// Shows another moment, and the present again.
    fn show_the_past(&mut self) -> Result<(), BenchError> {
        for more in [PAST, 0] {
            self.counts[1] += 1;
            let at = self.run.now();
            let mut all = hub_scenario(ALWAYS, 1, 0.3);
            all.extend(self.run.new_connections(more, 60, at));
            self.run.push(SnapshotDelta::reset_to(at, all));
            self.run.frame(2_000)?;
            self.run.frame(2_000)?;
        }
        Ok(())
    }

    /// Draws frames until nothing is left to follow.
    fn settle(&mut self) -> Result<(), BenchError> {
        for _ in 0..200 {
            self.run.frame(250)?;
            let world = self.run.world();
            if !world.resource::<FilterInForce>().is_late() && !world.resource::<ArcStore>().is_late() {
                break;
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    fn rest(&mut self) -> Result<Rest, BenchError> {
        for _ in 0..REST_FRAMES {
            self.run.frame(250)?;
        }
        let (rss_mib, gpu_mib) = self.run.memory();
        let world = self.run.world();
        Ok(Rest {
            rss_mib: rss_mib.map(rounded),
            heap_mib: heap::in_use_bytes().map(|bytes| rounded(bytes as f64 / f64::from(1 << 20))),
            gpu_mib: gpu_mib.map(rounded),
            connections: world.resource::<ConnectionIndex>().len(),
            entities: world.entities().count_spawned(),
            arc_slots: world.resource::<ArcStore>().slots(),
            dot_slots: world.resource::<DotStore>().slots(),
            handles: fs::read_dir("/proc/self/fd").ok().map(Iterator::count),
        })
    }
}
