//! Flags of `netglobe history`.

use clap::{Args, Subcommand};

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
