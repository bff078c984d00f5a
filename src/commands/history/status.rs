//! `netglobe history status`: what is recorded, how large it is, and how far back the limits reach.

use super::{HistoryCommandError, file, print};
use crate::{
    cli::StatusArgs,
    config::Settings,
    history::{BlockHead, Gap, Limits, Store, WriterLock, activity_bar},
    model::UnixMillis,
    sampler::DataClock,
    text::{escape_in_json, escape_untrusted, format_bytes, format_duration},
};
use serde::Serialize;
use std::{fmt::Write as _, path::Path};

/// Number of the schema of [`StatusRecord`].
const SCHEMA: u32 = 1;
/// The present rate is that of this time, ms.
const RECENT_MS: i64 = 7 * 86_400_000;
/// Gaps that are printed; the latest.
const GAPS_SHOWN: usize = 10;

/// `history status --json`, schema 1.
#[derive(Serialize)]
struct StatusRecord {
    schema: u32,
    file: String,
    /// Bytes of the file with its log.
    bytes: u64,
    limit_bytes: u64,
    limit_age_s: i64,
    /// First and last moment; null without any.
    from: Option<String>,
    to: Option<String>,
    /// Connections that opened.
    opened: u64,
    blocks: usize,
    runs: usize,
    /// Whether a netglobe records now.
    recording: bool,
    /// What a day takes at the present rate; null if it is not known yet.
    bytes_per_day: Option<u64>,
    /// How far back the limits reach at the present rate, s; null if it is not known yet.
    reach_s: Option<i64>,
    gaps: Vec<GapRecord>,
}

#[derive(Serialize)]
struct GapRecord {
    from: String,
    to: String,
    reason: &'static str,
    /// Number of lost events, if it is known.
    count: Option<u64>,
}

/// What a history contains.
struct Contents {
    ends: Option<(UnixMillis, UnixMillis)>,
    opened: u64,
    blocks: usize,
    runs: usize,
    bytes: u64,
    bytes_per_day: Option<u64>,
    reach_ms: Option<i64>,
    gaps: Vec<Gap>,
}

pub(super) fn run(args: &StatusArgs, settings: &Settings) -> Result<(), HistoryCommandError> {
    let path = file(settings)?;
    let store = Store::open_for_reading(path)?;
    let limits = settings.history_limits;
    let contents = contents(&store, limits, DataClock::default().now())?;
    let is_recording = WriterLock::is_taken(path);
    if args.json {
        let record = record(&contents, path, limits, is_recording);
        let line = serde_json::to_string(&record).map_err(|error| HistoryCommandError::Output(error.into()))?;
        return print(&(escape_in_json(&line).into_owned() + "\n"));
    }
    print(&words(&contents, path, limits, is_recording))
}

fn contents(store: &Store, limits: Limits, now: UnixMillis) -> Result<Contents, HistoryCommandError> {
    let heads = store.heads()?;
    // With the block that is being written.
    let opened = activity_bar(store, UnixMillis(0), UnixMillis(i64::MAX / 2), 1)?.bins;
    let bytes = store.size().total();
    let rate = store.bytes_per_ms(now.plus_ms(-RECENT_MS))?;
    let reach_ms = rate.map(|rate| (limits.bytes as f64 / rate) as i64).map(|ms| ms.min(limits.age_ms));
    Ok(Contents {
        ends: BlockHead::ends(&heads),
        opened: opened.iter().map(|bin| bin.opened).sum::<u64>(),
        blocks: heads.len(),
        runs: store.runs()?.len(),
        bytes,
        bytes_per_day: rate.map(|rate| (rate * 86_400_000.0) as u64),
        reach_ms,
        gaps: store.gaps()?,
    })
}

fn record(contents: &Contents, path: &Path, limits: Limits, recording: bool) -> StatusRecord {
    StatusRecord {
        schema: SCHEMA,
        file: path.display().to_string(),
        bytes: contents.bytes,
        limit_bytes: limits.bytes,
        limit_age_s: limits.age_ms / 1000,
        from: contents.ends.map(|(first, _)| first.to_string()),
        to: contents.ends.map(|(_, last)| last.to_string()),
        opened: contents.opened,
        blocks: contents.blocks,
        runs: contents.runs,
        recording,
        bytes_per_day: contents.bytes_per_day,
        reach_s: contents.reach_ms.map(|ms| ms / 1000),
        gaps: contents
            .gaps
            .iter()
            .map(|gap| GapRecord {
                from: gap.from.to_string(),
                to: gap.to.to_string(),
                reason: gap.reason.name(),
                count: (gap.count > 0).then_some(gap.count),
            })
            .collect(),
    }
}

fn words(contents: &Contents, path: &Path, limits: Limits, is_recording: bool) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: String| {
        if writeln!(text, "{label:<12}{}", escape_untrusted(&value)).is_err() {
            // Writing to memory cannot fail.
        }
    };
    line("file", path.display().to_string());
    line("recording", if is_recording { "yes, by a netglobe that runs now" } else { "no" }.to_owned());
    match contents.ends {
        Some((first, last)) => {
            line("from", first.to_string());
            line("to", format!("{last} ({})", format_duration(last.seconds_since(first))));
        }
        None => line("from", "nothing is recorded yet".to_owned()),
    }
    line("opened", format!("{} connections", contents.opened));
    let days = limits.age_ms as f64 / 86_400_000.0;
    line(
        "size",
        format!("{} of at most {}, or {days:.0} days", format_bytes(contents.bytes), format_bytes(limits.bytes)),
    );
    let reach = match (contents.bytes_per_day, contents.reach_ms) {
        (Some(bytes), Some(ms)) => {
            format!("{} back at the present rate of {} a day", format_duration(ms as f64 / 1000.0), format_bytes(bytes))
        }
        _ => "not known yet: too little is recorded".to_owned(),
    };
    line("reach", reach);
    for gap in contents.gaps.iter().rev().take(GAPS_SHOWN).rev() {
        let count = if gap.count > 0 { format!(" ({})", gap.count) } else { String::new() };
        line("gap", format!("{} to {}: {}{count}", gap.from, gap.to, gap.reason.words()));
    }
    let hidden = contents.gaps.len().saturating_sub(GAPS_SHOWN);
    if hidden > 0 {
        line("", format!("and {hidden} earlier gaps (--json prints all)"));
    }
    text
}
