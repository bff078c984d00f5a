//! Flags of `netglobe history`.

use crate::{model::filter::Query, sampler::PastMoment};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `netglobe history`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct HistoryArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub wish: HistoryWish,
}

/// What to do with the history.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum HistoryWish {
    /// Record connections without a window, until Ctrl-C
    Record,
    /// Print what is recorded, how large it is, and how far back the limits reach
    Status(StatusArgs),
    /// Write a part of it into a recording, which another netglobe shows
    #[command(after_help = super::filter_help())]
    Export(ExportArgs),
    /// Compare two windows of time: what is new, gone, more and less, by process, country, operator and port
    Compare(CompareArgs),
    /// Remove a part of it for good
    Forget(ForgetArgs),
}

/// `netglobe history status`.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct StatusArgs {
    /// Print one JSON object (schema 1)
    #[arg(long)]
    pub json: bool,
}

/// Size of the history, from 1 MB to 1 TB: bytes with a decimal unit.
///
/// # Errors
/// What was expected.
pub fn parse_history_size(text: &str) -> Result<u64, String> {
    match crate::model::filter::parse_byte_count(text) {
        Some(bytes) if (1_000_000..=1_000_000_000_000).contains(&bytes) => Ok(bytes),
        _ => Err("expected a size from 1MB to 1TB, for example 500MB".to_owned()),
    }
}

/// Age of the history in ms, from an hour to 100 years.
///
/// # Errors
/// What was expected.
pub fn parse_history_age(text: &str) -> Result<i64, String> {
    match crate::model::filter::parse_duration_ms(text) {
        Some(ms) if (3_600_000..=36_525 * 86_400_000).contains(&ms) => Ok(ms),
        _ => Err("expected a duration from 1h to 36525d, for example 365d".to_owned()),
    }
}

/// `netglobe history export`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct ExportArgs {
    /// File to write
    #[arg(value_name = "FILE", value_parser = super::path_parser())]
    pub file: PathBuf,
    /// First moment: a date and time (2026-06-01T12:00:00Z) or a time before now (-2h) [default: the beginning]
    #[arg(long, value_name = "TIME", value_parser = parse_past, allow_hyphen_values = true)]
    pub from: Option<PastMoment>,
    /// Last moment [default: the end]
    #[arg(long, value_name = "TIME", value_parser = parse_past, allow_hyphen_values = true)]
    pub to: Option<PastMoment>,
    /// Only connections that match when they open or change
    #[arg(long, value_name = "QUERY", value_parser = super::parse_query, allow_hyphen_values = true)]
    pub filter: Option<Query>,
    /// Replace addresses, names, paths, numbers of processes and users, cities, operators, the home and the times, so that
    /// the file can be given to others
    #[arg(long)]
    pub scrub: bool,
}

/// `netglobe history compare`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct CompareArgs {
    /// First window: FROM..TO, each a date and time (2026-06-01T12:00:00Z), a time before now (-2h) or "now"
    #[arg(value_name = "FROM..TO", value_parser = parse_window, allow_hyphen_values = true)]
    pub before: PastWindow,
    /// Second window
    #[arg(value_name = "FROM..TO", value_parser = parse_window, allow_hyphen_values = true)]
    pub after: PastWindow,
    /// Print one JSON object per line (schema 1)
    #[arg(long)]
    pub json: bool,
}

/// `netglobe history forget`.
#[derive(Clone, Debug, PartialEq, Args)]
#[group(required = true, multiple = false)]
pub struct ForgetArgs {
    /// Everything
    #[arg(long)]
    pub all: bool,
    /// Connections of the process, unit or user with this name, or of the program at this path
    #[arg(long, value_name = "NAME")]
    pub process: Option<String>,
    /// Everything before this moment: a date and time (2026-06-01T12:00:00Z) or a time before now (-2h)
    #[arg(long, value_name = "TIME", value_parser = parse_past, allow_hyphen_values = true)]
    pub before: Option<PastMoment>,
    /// Connections to the city or country with this name or code
    #[arg(long, value_name = "PLACE")]
    pub place: Option<String>,
}

/// A window of time in the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastWindow {
    /// Its first moment.
    pub from: PastMoment,
    /// The moment after its last.
    pub to: PastMoment,
}

/// A moment in the past.
///
/// # Errors
/// What was expected.
pub(super) fn parse_past(text: &str) -> Result<PastMoment, String> {
    match text {
        "now" => Ok(PastMoment::Ago { ms: 0 }),
        text => PastMoment::parse(text).ok_or_else(|| {
            "expected a date and time (2026-06-01T12:00:00Z), a time before now (-2h) or \"now\"".to_owned()
        }),
    }
}

/// A window of time: two moments with `..` between them.
///
/// # Errors
/// What was expected.
pub(super) fn parse_window(text: &str) -> Result<PastWindow, String> {
    let (from, to) = text.split_once("..").ok_or("expected FROM..TO, for example -2h..-1h")?;
    Ok(PastWindow { from: parse_past(from)?, to: parse_past(to)? })
}
