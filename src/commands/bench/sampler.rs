//! `netglobe bench --sampler`: measures the cost of a sample of the sockets on this machine, including its comparison
//! with the previous one.
//!
//! It samples as the sampler thread does, with a pause after each sample; the first samples, which search for owners,
//! are not measured. CPU time is that of the process, so it includes the thread that reads events.

use crate::{
    cli::BenchArgs,
    config::Settings,
    console::nobody_reads,
    model::{SocketState, Tracker},
    sampler::{DataClock, SamplerError, open_source, process_cpu_time},
};
use serde::Serialize;
use std::{
    io::{self, Write},
    thread,
    time::{Duration, Instant},
};

/// Number of samples that are not measured.
const WARM_UP: u32 = 5;
/// Pause after each sample.
const PAUSE: Duration = Duration::from_millis(20);

/// Why the measurement failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SamplerBenchError {
    /// The source cannot be opened, or cannot take a sample.
    #[error(transparent)]
    Source(#[from] SamplerError),
    /// The result cannot be written.
    #[error("cannot write the result: {0}")]
    Output(#[source] io::Error),
}

/// A line of `bench --sampler --json`. Times are means over all samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Report {
    /// Number of connections and listeners in the last sample.
    sockets: usize,
    polls: u32,
    /// `None` if the system does not report it.
    cpu_ms_per_poll: Option<f64>,
    wall_ms_per_poll: f64,
    /// Number of them with a known process.
    owners_resolved: usize,
    source: &'static str,
}

/// Measures and reports.
///
/// # Errors
/// See [`SamplerBenchError`].
pub fn run(args: &BenchArgs, settings: &Settings) -> Result<(), SamplerBenchError> {
    let report = measure(args.samples, settings)?;
    let text = if args.json {
        serde_json::to_string(&report).map_err(|error| SamplerBenchError::Output(error.into()))? + "\n"
    } else {
        let Report { sockets, polls, cpu_ms_per_poll, wall_ms_per_poll, owners_resolved, source } = report;
        let cpu = cpu_ms_per_poll.map_or(String::new(), |ms| format!("{ms} ms CPU time, "));
        format!(
            "{source}: {sockets} sockets, {owners_resolved} with a known process; {polls} samples, each {cpu}\
             {wall_ms_per_poll} ms wall time\n"
        )
    };
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if !nobody_reads(&error) => Err(SamplerBenchError::Output(error)),
        _ => Ok(()),
    }
}

fn measure(polls: u32, settings: &Settings) -> Result<Report, SamplerBenchError> {
    let mut source = open_source(&settings.source.clone().unwrap_or_default())?;
    let data_clock = DataClock::default();
    source.own_time().into_iter().for_each(|own| data_clock.follow(own));
    let mut tracker = Tracker::default();
    let (mut cpu, mut wall) = (Some(Duration::ZERO), Duration::ZERO);
    for poll in 0..WARM_UP + polls {
        let now = data_clock.now();
        let began = (process_cpu_time(), Instant::now());
        let sample = source.sample(now)?;
        drop(tracker.apply(sample, now));
        if poll >= WARM_UP {
            let spent = process_cpu_time().zip(began.0).map(|(now, began)| now.saturating_sub(began));
            cpu = cpu.zip(spent).map(|(sum, spent)| sum + spent);
            wall += began.1.elapsed();
        }
        thread::sleep(PAUSE);
    }
    let live =
        |is_counted: fn(&crate::model::Connection) -> bool| tracker.connections().filter(|it| is_counted(it)).count();
    Ok(Report {
        sockets: tracker.len(),
        polls,
        cpu_ms_per_poll: cpu.map(|cpu| mean_ms(cpu, polls)),
        wall_ms_per_poll: mean_ms(wall, polls),
        owners_resolved: live(|it| it.state != SocketState::TimeWait && it.owner.process().is_some()),
        source: source.kind().name(),
    })
}

/// Milliseconds, rounded to three decimals.
fn mean_ms(sum: Duration, count: u32) -> f64 {
    let ms = sum.as_secs_f64() * 1e3 / f64::from(count);
    (ms * 1e3).round() / 1e3
}
