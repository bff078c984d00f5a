//! The command line: what can be typed, what it means, and what is said when it is wrong.
//!
//! A wrong value is refused here, with exit code 2, before anything starts. Only what is built exists: no flag is
//! accepted without effect. The values are merged with the configuration file by [`crate::config::Settings`].

use crate::{
    files::expand_home,
    geodesy::LatLng,
    model::{
        UnixMillis,
        filter::{FilterKey, Query, parse_duration_ms},
        parse_address_text,
    },
    sampler::SourceSpec,
};
use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PathBufValueParser, TypedValueParser},
};
use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr, time::Duration};

/// What happens without a command.
const WITHOUT_A_COMMAND: &str = if cfg!(feature = "window") {
    "Without a command: the live globe in a window."
} else {
    "Without a command: list --watch. This netglobe was built without a window."
};

/// The whole command line. Without a command the window opens; where it was built without one, the list.
#[derive(Clone, Debug, PartialEq, Parser)]
#[command(
    name = "netglobe",
    version,
    about = "The earth, lit by the real sun, with an arc for every connection this computer holds",
    after_help = WITHOUT_A_COMMAND,
    max_term_width = 110
)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do; `None` opens the window.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that may stand before or after the command.
#[derive(Clone, Debug, Default, PartialEq, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Time between two looks at the sockets, for example 500ms; without it 1s, and less while things change
    #[arg(long, global = true, value_name = "DURATION", value_parser = parse_interval, allow_hyphen_values = true)]
    pub interval: Option<Duration>,
    /// Where this computer is, in degrees, north and east positive
    #[arg(long, global = true, value_name = "LAT,LNG", value_parser = parse_lat_lng, allow_hyphen_values = true)]
    pub home: Option<LatLng>,
    /// A city database (.mmdb) to use in place of the embedded one
    #[arg(long, global = true, value_name = "FILE", value_parser = path_parser())]
    pub geo_db: Option<PathBuf>,
    /// How much the picture may cost
    #[cfg(feature = "window")]
    #[arg(long, global = true, value_name = "TIER", value_enum, ignore_case = true)]
    pub quality: Option<QualityChoice>,
    /// Which graphics processor draws, where there are several
    #[cfg(feature = "window")]
    #[arg(long, global = true, value_name = "GPU", value_enum, ignore_case = true)]
    pub gpu: Option<GpuChoice>,
    /// Pixels of the globe along a side for each of the screen, from 0.5 to 1; without it 1, and less where a graphics card
    /// is late or the battery is in use
    #[cfg(feature = "window")]
    #[arg(long, global = true, value_name = "F", value_parser = parse_render_scale, allow_hyphen_values = true)]
    pub render_scale: Option<f32>,
    /// Where connections come from: sock-diag, netstat2, proc-net, demo:NAME[,SEED] or
    /// replay:FILE[,TIME], where TIME is a moment (2026-06-01T12:00:00Z) or a time from the beginning (90s)
    #[arg(long, global = true, value_name = "SOURCE", value_parser = parse_source)]
    pub source: Option<SourceSpec>,
    /// The configuration file to read in place of the one in the user's configuration directory
    #[arg(long, global = true, value_name = "FILE", value_parser = path_parser())]
    pub config: Option<PathBuf>,
    /// Show what the parts of the program log; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// How the picture is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum)]
pub enum QualityChoice {
    /// One scene pass, for software rasterizers
    Low,
    /// Everything but high dynamic range and bloom
    Medium,
    /// High dynamic range and bloom
    High,
    /// What suits this machine
    #[default]
    Auto,
}

/// Which graphics processor draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum)]
pub enum GpuChoice {
    /// The frugal one, and the fast one with --quality high
    #[default]
    Auto,
    /// The frugal one, which shares the memory of the CPU
    Frugal,
    /// The fast one, a graphics card of its own
    Performance,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Command {
    /// Show the connections as a table, or as one JSON object a line
    #[command(after_help = filter_help())]
    List(ListArgs),
    /// Draw a picture; no display is needed
    #[cfg(feature = "window")]
    #[command(after_help = filter_help())]
    Snapshot(SnapshotArgs),
    /// Show invented, labelled traffic; nothing of this computer is read
    #[cfg(feature = "window")]
    Demo(DemoArgs),
    /// Tell where an address is and who operates it
    Lookup(LookupArgs),
    /// Tell what works here, what does not, and what to do
    Doctor(DoctorArgs),
    /// Measure what a frame, or a look at the sockets, costs on this machine
    Bench(BenchArgs),
}

/// `netglobe list`.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct ListArgs {
    /// One JSON object a line (schema 1)
    #[arg(long)]
    pub json: bool,
    /// Go on and tell what opens, changes and closes, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// Only the connections that match
    #[arg(long, value_name = "QUERY", value_parser = parse_query, allow_hyphen_values = true)]
    pub filter: Option<Query>,
}

/// `netglobe snapshot`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct SnapshotArgs {
    /// The picture to write: .png, .jpg or .jpeg
    #[arg(value_name = "OUT.png", value_parser = path_parser())]
    pub out: PathBuf,
    /// Size in pixels
    #[arg(long, value_name = "WxH", default_value = "1920x1080", allow_hyphen_values = true)]
    pub size: PictureSize,
    /// The camera: the point below it in degrees, and its distance from the centre in earth radii
    #[arg(long, value_name = "LAT,LNG,DIST", allow_hyphen_values = true)]
    pub camera: Option<CameraPose>,
    /// The moment for the sun, for example 2026-06-21T12:00:00Z; connections stay those of now
    #[arg(long, value_name = "TIME", value_parser = parse_time, allow_hyphen_values = true)]
    pub at: Option<UnixMillis>,
    /// Connections that do not match are dimmed
    #[arg(long, value_name = "QUERY", value_parser = parse_query, allow_hyphen_values = true)]
    pub filter: Option<Query>,
    /// With the panels
    #[arg(long)]
    pub overlay: bool,
}

/// `netglobe demo`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct DemoArgs {
    /// Which scenario
    #[arg(default_value = "everyday")]
    pub scenario: String,
    /// The same seed gives the same traffic
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// `netglobe lookup`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct LookupArgs {
    /// An IPv4 or IPv6 address, also as it is copied: with brackets, an interface or a port
    #[arg(value_name = "IP", value_parser = parse_ip)]
    pub ip: IpAddr,
    /// One JSON object on one line
    #[arg(long)]
    pub json: bool,
}

/// `netglobe doctor`.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct DoctorArgs {
    /// One JSON object on one line (schema 1)
    #[arg(long)]
    pub json: bool,
}

/// `netglobe bench`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct BenchArgs {
    /// Measure looks at the sockets instead of frames; --source says whose
    #[cfg_attr(feature = "window", arg(long, conflicts_with_all = ["arcs", "size", "frames", "active", "overlay"]))]
    #[cfg_attr(not(feature = "window"), arg(long, required = true))]
    pub sampler: bool,
    /// Looks to measure, after 5 to warm up
    #[arg(long, value_name = "N", default_value_t = 40, requires = "sampler", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub polls: u32,
    /// Arcs to draw
    #[cfg(feature = "window")]
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub arcs: u32,
    /// Size in pixels
    #[cfg(feature = "window")]
    #[arg(long, value_name = "WxH", default_value = "1280x720", allow_hyphen_values = true)]
    pub size: PictureSize,
    /// Frames to measure, after up to 60 to warm up
    #[cfg(feature = "window")]
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub frames: u32,
    /// Part of the arcs that carry traffic, from 0 to 1
    #[cfg(feature = "window")]
    #[arg(long, value_name = "F", default_value_t = 1.0, value_parser = parse_fraction, allow_hyphen_values = true)]
    pub active: f32,
    /// With the panels
    #[cfg(feature = "window")]
    #[arg(long)]
    pub overlay: bool,
    /// One JSON object on one line
    #[arg(long)]
    pub json: bool,
}

/// Where the camera stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraPose {
    /// The point of the earth below it.
    pub position: LatLng,
    /// Distance from the earth's centre in earth radii, above 1.05 and at most 100.
    pub distance_radii: f64,
}

/// Size of a picture; each side from 16 to 16384 pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureSize {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl FromStr for CameraPose {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "expected LAT,LNG,DIST, for example -10,-70,4: degrees, and earth radii from the centre";
        let (position, distance) = text.rsplit_once(',').ok_or(expected)?;
        let position = parse_lat_lng(position)
            .map_err(|error| if position.contains(',') { error } else { expected.to_owned() })?;
        let distance_radii = parse_number(distance).ok_or("the distance is not a number of earth radii")?;
        if distance_radii <= 1.05 || distance_radii > 100.0 {
            return Err("the distance must be above 1.05 and at most 100 earth radii from the centre".to_owned());
        }
        Ok(Self { position, distance_radii })
    }
}

impl FromStr for PictureSize {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let side = |text: &str| text.parse::<u32>().ok().filter(|side| (16..=16_384).contains(side));
        let (width, height) =
            text.split_once(['x', 'X', '×']).ok_or("expected WIDTHxHEIGHT in pixels, for example 1280x720")?;
        match (side(width), side(height)) {
            (Some(width), Some(height)) => Ok(Self { width, height }),
            _ => Err("each side must be a whole number from 16 to 16384 pixels".to_owned()),
        }
    }
}

impl fmt::Display for PictureSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// `LAT,LNG` in degrees; latitude from −90 to 90, longitude from −180 to 180.
///
/// # Errors
/// What was expected.
pub fn parse_lat_lng(text: &str) -> Result<LatLng, String> {
    let (lat, lng) = text
        .split_once(',')
        .and_then(|(lat, lng)| Some((parse_number(lat)?, parse_number(lng)?)))
        .ok_or("expected LAT,LNG in degrees, north and east positive, for example -33.9,151.2")?;
    if lat.abs() > 90.0 {
        return Err(format!("the latitude {lat} is beyond a pole: it must be from -90 to 90"));
    }
    if lng.abs() > 180.0 {
        return Err(format!("the longitude {lng} must be from -180 to 180"));
    }
    LatLng::from_degrees(lat, lng).ok_or_else(|| "this is not a position on the earth".to_owned())
}

/// A duration such as `500ms` or `2s`, from 50 ms to a day.
///
/// # Errors
/// What was expected.
pub fn parse_interval(text: &str) -> Result<Duration, String> {
    let ms = parse_duration_ms(text).ok_or("expected a duration with a unit (ms, s, m, h), for example 500ms")?;
    match u64::try_from(ms) {
        Ok(ms) if (50..=86_400_000).contains(&ms) => Ok(Duration::from_millis(ms)),
        _ => Err("must be from 50ms to 1d".to_owned()),
    }
}

/// From a half to one pixel of the globe for each of the screen, along a side.
///
/// # Errors
/// What was expected.
pub fn parse_render_scale(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(scale) if (0.5..=1.0).contains(&scale) => Ok(scale),
        _ => Err("expected a number from 0.5 to 1".to_owned()),
    }
}

/// The name of a source.
///
/// # Errors
/// What was expected.
pub fn parse_source(text: &str) -> Result<SourceSpec, String> {
    text.parse::<SourceSpec>().map_err(|error| error.to_string())
}

/// A path, which may begin with `~` where no shell has put the home in its place.
fn path_parser() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|path| expand_home(&path))
}

fn parse_query(text: &str) -> Result<Query, String> {
    Query::parse(text).map_err(|error| {
        let before = text.get(..error.span.start).unwrap_or("").chars().count();
        format!("{error} (at character {})", before + 1)
    })
}

fn parse_ip(text: &str) -> Result<IpAddr, String> {
    parse_address_text(text)
        .map(|address| address.ip)
        .ok_or_else(|| "expected an IPv4 or IPv6 address, for example 81.2.69.142 or 2001:218::1".to_owned())
}

fn parse_time(text: &str) -> Result<UnixMillis, String> {
    text.parse::<jiff::Timestamp>()
        .map(|timestamp| UnixMillis(timestamp.as_millisecond()))
        .map_err(|_| "expected a time with its offset (RFC 3339), for example 2026-06-21T12:00:00Z".to_owned())
}

#[cfg(feature = "window")]
#[expect(clippy::cast_possible_truncation, reason = "a fraction needs few digits")]
fn parse_fraction(text: &str) -> Result<f32, String> {
    parse_number(text)
        .filter(|fraction| (0.0..=1.0).contains(fraction))
        .map(|fraction| fraction as f32)
        .ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

/// A finite number, with spaces around it allowed.
fn parse_number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn filter_help() -> String {
    let examples: Vec<&str> = FilterKey::all().map(FilterKey::example).collect();
    format!(
        "QUERY: words are joined by AND, ',' is OR, '-' before a word negates it, quotes hold spaces (\"\" \
         in them is one quote); ':=' asks for a whole text, letter for letter: process:=ssh is not sshd; a word without \
         a key searches process, host, place and operator.\nKeys: {}",
        examples.join("  ")
    )
}

#[cfg(test)]
mod tests;
