//! Flags of `netglobe bench`.

#[cfg(feature = "window")]
use super::{PictureSize, parse_fraction};
use clap::Args;
use std::path::PathBuf;

/// `netglobe bench`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct BenchArgs {
    /// Measure samples instead of frames; --source selects the source
    #[cfg_attr(feature = "window", arg(long, conflicts_with_all = ["arcs", "size", "frames", "active", "countries", "overlay"]))]
    #[cfg_attr(not(feature = "window"), arg(long, required_unless_present = "history"))]
    pub sampler: bool,
    /// Number of samples to measure, after 5 to warm up
    #[arg(long, alias = "polls", value_name = "N", default_value_t = 40, requires = "sampler", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub samples: u32,
    /// Run a month of ambient display in some minutes, and report how much memory grows
    #[cfg(feature = "window")]
    #[arg(long, conflicts_with = "sampler")]
    pub month: bool,
    /// Run a day with a million connections, filters, jumps in time and changes of the quality, and report what grows
    #[cfg(feature = "window")]
    #[arg(long, conflicts_with_all = ["sampler", "month"])]
    pub soak: bool,
    /// Number of hours of --soak
    #[cfg(feature = "window")]
    #[arg(long, value_name = "N", default_value_t = 24, requires = "soak", value_parser = clap::value_parser!(u64).range(2..=1_000))]
    pub hours: u64,
    /// Change the filter, and measure what that costs the main thread
    #[cfg(feature = "window")]
    #[arg(long, conflicts_with_all = ["sampler", "month", "soak", "frames"])]
    pub filter: bool,
    /// Number of arcs
    #[cfg(feature = "window")]
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub arcs: u32,
    /// Size in pixels
    #[cfg(feature = "window")]
    #[arg(long, value_name = "WxH", default_value = "1280x720", allow_hyphen_values = true)]
    pub size: PictureSize,
    /// Number of frames to measure, after up to 60 to warm up
    #[cfg(feature = "window")]
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub frames: u32,
    /// Share of arcs with traffic, from 0 to 1
    #[cfg(feature = "window")]
    #[arg(long, value_name = "F", default_value_t = 1.0, value_parser = parse_fraction, allow_hyphen_values = true)]
    pub active: f32,
    /// Only the country is known of every peer, so that the busiest ten countries are lit
    #[cfg(feature = "window")]
    #[arg(long)]
    pub countries: bool,
    /// Draw the panels as well
    #[cfg(feature = "window")]
    #[arg(long)]
    pub overlay: bool,
    /// Write a history of a year, and measure how long it takes to find and show what is in it
    // It has the type of the global flag with this name, which it replaces here.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "of-the-bench", conflicts_with = "sampler", value_parser = super::path_parser())]
    pub history: Option<PathBuf>,
    /// Number of connections in the history
    #[arg(long, value_name = "N", default_value_t = 1_000_000, requires = "history", value_parser = clap::value_parser!(u64).range(1_000..=100_000_000))]
    pub rows: u64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}
