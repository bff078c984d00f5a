//! Flags of `netglobe bench`.

#[cfg(feature = "window")]
use super::{PictureSize, parse_fraction};
use clap::Args;

/// `netglobe bench`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct BenchArgs {
    /// Measure samples instead of frames; --source selects the source
    #[cfg_attr(feature = "window", arg(long, conflicts_with_all = ["arcs", "size", "frames", "active", "countries", "overlay"]))]
    #[cfg_attr(not(feature = "window"), arg(long, required = true))]
    pub sampler: bool,
    /// Number of samples to measure, after 5 to warm up
    #[arg(long, alias = "polls", value_name = "N", default_value_t = 40, requires = "sampler", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub samples: u32,
    /// Run a month of ambient display in some minutes, and report how much memory grows
    #[cfg(feature = "window")]
    #[arg(long, conflicts_with = "sampler")]
    pub month: bool,
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
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}
