//! `netglobe bench --filter`: changes the filter, and measures what that costs the main thread.
//!
//! The same connections and pictures as `netglobe bench`. For each query it draws frames for a second of the clock, and
//! measures the CPU time of the main thread in each, and what is uploaded. What an ordinary frame costs is subtracted from
//! the total.

use super::frames::{Bench, BenchError, rounded};
use crate::{
    app::{Adapter, GpuWish, quality_for},
    cli::BenchArgs,
    config::Settings,
    connections::Clock,
    globe::GlobeStats,
    sampler::thread_cpu_time,
    view::{ConnectionTable, FilterInForce},
};
use serde::Serialize;
use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

/// Queries, and whether connections that do not match are hidden: those that match are about half of the connections, a
/// few, none, or all.
const CHANGES: [(&str, bool); 8] = [
    ("rate>200k", false),
    ("port>30000", false),
    ("process:nobody", false),
    ("", false),
    ("rate>500k", true),
    ("rate>500k", false),
    ("-rate>200k", false),
    ("", false),
];
/// Frames measured before the changes, and after each of them.
const ORDINARY_FRAMES: usize = 12;
const FRAMES: usize = 14;
/// Time between frames, on the clock and really.
const STEP_MS: u64 = 60;
/// A frame that takes longer than an ordinary one by this much is one that the change concerns.
const CONCERNED_MS: f64 = 0.25;

/// What a change of the filter costs. Times are CPU times of the main thread in ms.
#[derive(Clone, Debug, Serialize)]
struct Change {
    query: &'static str,
    hides_rest: bool,
    matching: usize,
    main_thread_ms_total: Option<f64>,
    worst_frame_ms: Option<f64>,
    upload_bytes: u64,
    frames: usize,
}

/// The result; its figures are those of the worst change.
#[derive(Clone, Debug, Serialize)]
struct Report {
    connections: usize,
    main_thread_ms_total: Option<f64>,
    worst_frame_ms: Option<f64>,
    ordinary_frame_ms: Option<f64>,
    upload_bytes: u64,
    frames: usize,
    changes: Vec<Change>,
}

/// Measures and reports.
///
/// # Errors
/// See [`BenchError`].
pub fn run(args: &BenchArgs, settings: &Settings) -> Result<(), BenchError> {
    let adapter = Adapter::find(&GpuWish::new(settings))?;
    let quality = quality_for(settings.quality, &adapter).at_scale(settings.render_scale);
    let mut bench = Bench::new(args, settings, &adapter, quality)?;
    bench.off_screen.check()?;
    // The table is rebuilt in some of the first frames.
    measured_frames(&mut bench, FRAMES)?;
    let mut ordinary = measured_frames(&mut bench, ORDINARY_FRAMES)?;
    ordinary.sort_by(f64::total_cmp);
    let ordinary_ms = ordinary.get(ordinary.len() / 2).copied();
    let changes = CHANGES.map(|change| measure(&mut bench, change, ordinary_ms));
    let changes = changes.into_iter().collect::<Result<Vec<_>, _>>()?;
    let table = bench.off_screen.app.world().resource::<ConnectionTable>();
    let most = |of: fn(&Change) -> Option<f64>| changes.iter().filter_map(of).max_by(f64::total_cmp);
    let report = Report {
        connections: table.rows.len(),
        main_thread_ms_total: most(|change| change.main_thread_ms_total),
        worst_frame_ms: most(|change| change.worst_frame_ms),
        ordinary_frame_ms: ordinary_ms.map(rounded),
        upload_bytes: changes.iter().map(|change| change.upload_bytes).max().unwrap_or_default(),
        frames: changes.iter().map(|change| change.frames).max().unwrap_or_default(),
        changes,
    };
    let text = if args.json { serde_json::to_string(&report) } else { serde_json::to_string_pretty(&report) };
    let text = text.map_err(|error| BenchError::Output(error.into()))?;
    writeln!(io::stdout(), "{text}").map_err(BenchError::Output)
}

fn measure(
    bench: &mut Bench,
    (query, hides_rest): (&'static str, bool),
    ordinary_ms: Option<f64>,
) -> Result<Change, BenchError> {
    let uploaded = |bench: &Bench| bench.off_screen.app.world().resource::<GlobeStats>().uploaded_bytes;
    let before = uploaded(bench);
    measured_frames(bench, FRAMES)?;
    let in_ordinary = uploaded(bench) - before;
    let before = uploaded(bench);
    let mut filter = bench.off_screen.app.world_mut().resource_mut::<FilterInForce>();
    filter.set_text(query);
    filter.set_hides_rest(hides_rest);
    let times = measured_frames(bench, FRAMES)?;
    let table = bench.off_screen.app.world().resource::<ConnectionTable>();
    let above = ordinary_ms.map(|ordinary_ms| times.iter().map(|ms| ms - ordinary_ms).collect::<Vec<_>>());
    let is_concerned = |above: &f64| *above > CONCERNED_MS;
    Ok(Change {
        query,
        hides_rest,
        matching: table.matching_rows(),
        main_thread_ms_total: above.as_ref().map(|it| rounded(it.iter().filter(|it| is_concerned(it)).sum())),
        worst_frame_ms: times.iter().copied().max_by(f64::total_cmp).map(rounded),
        // The view's uniform is uploaded in each frame.
        upload_bytes: (uploaded(bench) - before).saturating_sub(in_ordinary),
        frames: above.map_or(0, |it| it.iter().filter(|it| is_concerned(it)).count()),
    })
}

/// Draws frames; returns the CPU time of the main thread in each, ms, if the system reports it.
fn measured_frames(bench: &mut Bench, count: usize) -> Result<Vec<f64>, BenchError> {
    let mut times = Vec::new();
    for _ in 0..count {
        bench.off_screen.app.world_mut().resource_mut::<Clock>().run(STEP_MS);
        let (start, before) = (Instant::now(), thread_cpu_time());
        bench.off_screen.frame()?;
        let spent = before.zip(thread_cpu_time()).map(|(before, after)| after.saturating_sub(before));
        times.extend(spent.map(|spent| spent.as_secs_f64() * 1e3));
        // What other threads do takes as long as it does in a window.
        std::thread::sleep(Duration::from_millis(STEP_MS / 4).saturating_sub(start.elapsed()));
    }
    Ok(times)
}
