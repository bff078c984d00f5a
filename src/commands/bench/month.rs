//! `netglobe bench --month`: a month of ambient display in some minutes, to see whether memory grows.
//!
//! The clocks jump; everything else is the program itself, drawing offscreen: a million connections open and close, the tour
//! visits places, and the picture is hidden and shown. Memory after the first hour is compared with memory at the end.

use super::{
    frames::{BenchError, rounded},
    long_run::{HOUR_MS, LongRun, growth_percent},
};
use crate::{
    app::{Ambient, GlobeCamera},
    cli::BenchArgs,
    config::Settings,
    connections::ConnectionIndex,
    model::{ConnectionKey, SnapshotDelta},
    sampler::hub_scenario,
};
use serde::Serialize;
use std::{
    io::{self, Write},
    time::Instant,
};

const HOURS: u64 = 30 * 24;
/// Connections that open and close in an hour: a million in a month.
const PER_HOUR: usize = 1_389;
/// Connections that are open all the time.
const ALWAYS: usize = 60;
/// Frames drawn in an hour: for a stop of the tour, and for connections that open and close.
const FRAMES: usize = 12;
/// Maximum number of frames until the tour has gone to another place.
const GLIDE_FRAMES: usize = 240;
/// Hidden and shown after this many hours.
const HIDE_EVERY: u64 = 3;

/// A line of `bench --month --json`.
#[derive(Clone, Debug, Serialize)]
struct Report {
    hours: u64,
    connections: u64,
    left_at_end: usize,
    frames: u64,
    hidden: u64,
    moves_of_the_tour: u64,
    rss_mib_first_hour: Option<f64>,
    rss_mib: Option<f64>,
    rss_growth_percent: Option<f64>,
    gpu_mib_first_hour: Option<f64>,
    gpu_mib: Option<f64>,
    gpu_growth_percent: Option<f64>,
    wall_s: f64,
}

/// Runs the month and reports.
///
/// # Errors
/// See [`BenchError`].
pub fn run(args: &BenchArgs, settings: &Settings) -> Result<(), BenchError> {
    let start = Instant::now();
    let always = hub_scenario(ALWAYS, 1, 0.3);
    let mut month = Month { run: LongRun::begin(args, settings, always)?, hidden: 0 };
    let mut first = None;
    for hour in 0..HOURS {
        month.hour(hour)?;
        if hour == 0 {
            first = Some(month.run.memory());
        }
    }
    let (first_rss, first_gpu) = first.unwrap_or_default();
    let (rss, gpu) = month.run.memory();
    let report = Report {
        hours: HOURS,
        connections: month.run.opened,
        left_at_end: month.run.world().resource::<ConnectionIndex>().len(),
        frames: month.run.frames,
        hidden: month.hidden,
        moves_of_the_tour: month.run.world().resource::<Ambient>().moves(),
        rss_mib_first_hour: first_rss.map(rounded),
        rss_mib: rss.map(rounded),
        rss_growth_percent: growth_percent(first_rss, rss).map(rounded),
        gpu_mib_first_hour: first_gpu.map(rounded),
        gpu_mib: gpu.map(rounded),
        gpu_growth_percent: growth_percent(first_gpu, gpu).map(rounded),
        wall_s: rounded(start.elapsed().as_secs_f64()),
    };
    let text = if args.json { serde_json::to_string(&report) } else { serde_json::to_string_pretty(&report) };
    let text = text.map_err(|error| BenchError::Output(error.into()))?;
    writeln!(io::stdout(), "{text}").map_err(BenchError::Output)
}

struct Month {
    run: LongRun,
    hidden: u64,
}

impl Month {
    /// Connections open and close in the frames of an hour, while the tour goes on.
    fn hour(&mut self, hour: u64) -> Result<(), BenchError> {
        let share = PER_HOUR.div_ceil(FRAMES / 2);
        let mut open: Vec<ConnectionKey> = Vec::new();
        for part in 0..FRAMES {
            let at = self.run.now();
            let opened =
                if part < FRAMES / 2 { self.run.new_connections(share, 2 + hour % 50, at) } else { Vec::new() };
            let closed = std::mem::take(&mut open);
            open = opened.iter().map(|connection| connection.key).collect();
            let delta = SnapshotDelta { at, opened, closed, ..SnapshotDelta::default() };
            self.run.push(delta);
            self.run.frame(2_000)?;
        }
        let mut drawn_ms = 2_000 * FRAMES as u64;
        // The tour goes to another place; a frame moves the camera by a quarter of a second at most.
        for _ in 0..GLIDE_FRAMES {
            drawn_ms += 250;
            self.run.frame(250)?;
            let world = self.run.world();
            let has_moved = world.resource::<Ambient>().moves() > hour;
            if has_moved && !world.resource::<GlobeCamera>().orbit.is_moving_by_itself() {
                break;
            }
        }
        if hour.is_multiple_of(HIDE_EVERY) {
            self.run.show(false);
            self.run.frame(HOUR_MS - drawn_ms - 16)?;
            self.run.show(true);
            self.run.frame(16)?;
            self.hidden += 1;
        } else {
            self.run.frame(HOUR_MS - drawn_ms)?;
        }
        Ok(())
    }
}
