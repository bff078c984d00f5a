//! Flags of `netglobe film`.

use super::{CameraPose, PictureSize, parse_number, parse_query, path_parser};
use crate::model::filter::Query;
use clap::Args;
use std::path::PathBuf;

/// `netglobe film`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct FilmArgs {
    /// Folder for PNG files, or file to write: .gif, or .mp4, .webm, .webp by ffmpeg
    #[arg(value_name = "OUT", value_parser = path_parser())]
    pub out: PathBuf,
    /// Length in seconds
    #[arg(long, value_name = "N", default_value_t = 10.0, value_parser = parse_seconds, allow_hyphen_values = true)]
    pub seconds: f64,
    /// Frames per second
    #[arg(long, value_name = "F", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub fps: u32,
    /// Size in pixels
    #[arg(long, value_name = "WxH", default_value = "1280x720", allow_hyphen_values = true)]
    pub size: PictureSize,
    /// Position of the camera at the start: the point below it in degrees, and its distance from the centre in earth radii
    #[arg(long, value_name = "LAT,LNG,DIST", allow_hyphen_values = true)]
    pub camera: Option<CameraPose>,
    /// Speed at which the earth turns, degrees per second, from -30 to 30
    #[arg(long, value_name = "DEG", default_value_t = 1.5, value_parser = parse_turn, allow_hyphen_values = true)]
    pub turn: f64,
    /// Dim connections that do not match
    #[arg(long, value_name = "QUERY", value_parser = parse_query, allow_hyphen_values = true)]
    pub filter: Option<Query>,
    /// Draw the panels as well
    #[arg(long, conflicts_with = "ambient")]
    pub overlay: bool,
    /// Do not name places
    #[arg(long)]
    pub no_labels: bool,
}

/// A length of time in seconds, up to an hour.
fn parse_seconds(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('s').parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 3600.0 => Ok(seconds),
        _ => Err("expected a number of seconds, above 0 and at most 3600".to_owned()),
    }
}

/// Degrees per second, from -30 to 30.
fn parse_turn(text: &str) -> Result<f64, String> {
    match parse_number(text) {
        Some(turn) if turn.abs() <= 30.0 => Ok(turn),
        _ => Err("expected degrees per second, from -30 to 30".to_owned()),
    }
}
