//! The command line: commands and flags, their values, and the messages for wrong ones.
//!
//! A wrong value is refused here, with exit code 2, before anything starts. Flags of features that are not built in do not
//! exist. [`crate::config::Settings`] merges the values with the configuration file.

#[cfg(feature = "window")]
mod autostart;
mod bench;
#[cfg(feature = "window")]
mod film;
mod history;
mod window;

#[cfg(feature = "window")]
pub use autostart::{AutostartArgs, AutostartWish};
pub use bench::BenchArgs;
#[cfg(feature = "window")]
pub use film::FilmArgs;
pub use history::{
    CompareArgs, ExportArgs, ForgetArgs, HistoryArgs, HistoryWish, PastWindow, StatusArgs, parse_history_age,
    parse_history_size,
};
pub use window::{
    MonitorChoice, PaletteChoice, WindowArgs, parse_cpu_limit, parse_monitor, parse_palette, parse_ui_scale,
};

use crate::{
    files::expand_home,
    geodesy::LatLng,
    language::Language,
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
    "Without a command, netglobe opens the globe in a window."
} else {
    "Without a command, netglobe runs \"list --watch\". It was built without a window."
};

/// The whole command line. Without a command the window opens, or the list where netglobe was built without a window.
#[derive(Clone, Debug, PartialEq, Parser)]
#[command(
    name = "netglobe",
    version,
    about = "Shows the network connections of this computer as arcs on a globe",
    after_help = WITHOUT_A_COMMAND,
    max_term_width = 110
)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// Recording to show in the window
    #[cfg(feature = "window")]
    #[arg(value_name = "FILE", value_parser = parse_recording)]
    pub file: Option<PathBuf>,
    /// What to do; `None` opens the window.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that may stand before or after the command.
#[derive(Clone, Debug, Default, PartialEq, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Time between two samples of the connections, for example 500ms [default: 1s, shorter while connections change]
    #[arg(long, global = true, value_name = "DURATION", value_parser = parse_interval, allow_hyphen_values = true)]
    pub interval: Option<Duration>,
    /// Location of this computer in degrees, north and east positive, or "none" for no home [default: the city of the time
    /// zone]
    #[arg(long, global = true, value_name = "LAT,LNG", value_parser = parse_home, allow_hyphen_values = true)]
    pub home: Option<HomeChoice>,
    /// Location database (.mmdb) to use instead of the embedded one
    #[arg(long, global = true, value_name = "FILE", value_parser = path_parser())]
    pub geo_db: Option<PathBuf>,
    /// Quality of the picture [default: auto]
    #[cfg(feature = "window")]
    #[arg(long, global = true, value_name = "TIER", value_enum, ignore_case = true)]
    pub quality: Option<QualityChoice>,
    /// Graphics processor to draw with, where there are several [default: auto]
    #[cfg(feature = "window")]
    #[arg(long, global = true, value_name = "GPU", value_enum, ignore_case = true)]
    pub gpu: Option<GpuChoice>,
    /// Globe resolution relative to the screen, from 0.5 to 1 [default: 1, less on battery or where the graphics card is
    /// too slow]
    #[cfg(feature = "window")]
    #[arg(long, global = true, value_name = "F", value_parser = parse_render_scale, allow_hyphen_values = true)]
    pub render_scale: Option<f32>,
    /// Time for which closed connections stay in the table, for example 30s; 0 removes them at once [default: 1m]
    #[cfg(feature = "window")]
    #[arg(long, global = true, value_name = "DURATION", value_parser = parse_keep_closed, allow_hyphen_values = true)]
    pub keep_closed: Option<Duration>,
    /// Source of the connections: sock-diag, netstat2, proc-net, demo:NAME[,SEED], replay:FILE[,TIME] or
    /// history:TIME. TIME is a date and time (2026-06-01T12:00:00Z), in a recording also an offset from the start (90s), in
    /// the history also one from now (-2h)
    #[allow(rustdoc::broken_intra_doc_links, reason = "a flag's help, in which brackets enclose what can be left out")]
    #[arg(long, global = true, value_name = "SOURCE", value_parser = parse_source)]
    pub source: Option<SourceSpec>,
    /// File of the history instead of the one in the data directory
    #[arg(long, global = true, value_name = "FILE", value_parser = path_parser())]
    pub history: Option<PathBuf>,
    /// Do not record connections in the history
    #[arg(long, global = true)]
    pub no_history: bool,
    /// Do not let the kernel refuse sockets of the network, which the program does not need; only for a display over TCP, as
    /// with ssh -X
    #[arg(long, global = true)]
    pub no_sandbox: bool,
    /// Language of the texts [default: the system's]
    #[arg(long, global = true, value_name = "LANG", value_enum, ignore_case = true)]
    pub language: Option<Language>,
    /// Stage mode: mask addresses, paths, names of users, hosts, units and interfaces, and the location of this computer
    #[arg(long, global = true)]
    pub stage: bool,
    /// Configuration file to use instead of the default one
    #[arg(long, global = true, value_name = "FILE", value_parser = path_parser())]
    pub config: Option<PathBuf>,
    /// Flags of the window.
    #[cfg(feature = "window")]
    #[command(flatten)]
    pub window: WindowArgs,
    /// Log more to standard error; -vv for even more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Where the user says this computer is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HomeChoice {
    /// At this point.
    At(LatLng),
    /// Nowhere: no home is shown.
    None,
}

/// Quality of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum)]
pub enum QualityChoice {
    /// The fastest, for software rendering
    Low,
    /// Everything except high dynamic range and bloom
    Medium,
    /// With high dynamic range and bloom
    High,
    /// Chosen to suit this computer
    #[default]
    Auto,
}

/// Graphics processor to draw with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum)]
pub enum GpuChoice {
    /// The integrated one, or the dedicated one with --quality high
    #[default]
    Auto,
    /// The one that saves power: integrated graphics
    #[value(alias = "frugal")]
    LowPower,
    /// The fastest one: a dedicated graphics card
    #[value(alias = "performance")]
    HighPerformance,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Command {
    /// Print the connections as a table, or as one JSON object per line
    #[command(after_help = filter_help())]
    List(ListArgs),
    /// Save a picture of the globe; needs no display
    #[cfg(feature = "window")]
    #[command(after_help = filter_help())]
    Snapshot(SnapshotArgs),
    /// Make a film of the globe; needs no display
    #[cfg(feature = "window")]
    #[command(after_help = filter_help())]
    Film(FilmArgs),
    /// Show simulated connections; nothing is read from this computer
    #[cfg(feature = "window")]
    Demo(DemoArgs),
    /// Give a lesson about connections, in steps, with simulated or real data
    #[cfg(feature = "window")]
    Lesson(LessonArgs),
    /// Start netglobe at login, in ambient mode or with the flags given here
    #[cfg(feature = "window")]
    Autostart(AutostartArgs),
    /// Record connections, and show what was recorded
    History(HistoryArgs),
    /// Print the location and the operator of an IP address
    Lookup(LookupArgs),
    /// Check what works on this computer and how to fix what does not
    Doctor(DoctorArgs),
    /// Print what netglobe is made of: data, pictures and libraries, with their licences
    Credits {
        /// Also print the texts of the licences
        #[arg(long)]
        texts: bool,
    },
    /// Measure the cost of a frame, or of a sample, on this computer
    Bench(BenchArgs),
}

/// `netglobe list`.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct ListArgs {
    /// Print one JSON object per line (schema 1)
    #[arg(long)]
    pub json: bool,
    /// Keep running and print what opens, changes and closes, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// Print only connections that match
    #[arg(long, value_name = "QUERY", value_parser = parse_query, allow_hyphen_values = true)]
    pub filter: Option<Query>,
}

/// `netglobe snapshot`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct SnapshotArgs {
    /// File to write: .png, .jpg or .jpeg
    #[arg(value_name = "OUT.png", value_parser = path_parser())]
    pub out: PathBuf,
    /// Size in pixels
    #[arg(long, value_name = "WxH", default_value = "1920x1080", allow_hyphen_values = true)]
    pub size: PictureSize,
    /// Position of the camera: the point below it in degrees, and its distance from the centre in earth radii
    #[arg(long, value_name = "LAT,LNG,DIST", allow_hyphen_values = true)]
    pub camera: Option<CameraPose>,
    /// Date and time for the position of the sun, for example 2026-06-21T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time, allow_hyphen_values = true)]
    pub at: Option<UnixMillis>,
    /// Dim connections that do not match
    #[arg(long, value_name = "QUERY", value_parser = parse_query, allow_hyphen_values = true)]
    pub filter: Option<Query>,
    /// Draw the panels as well
    #[arg(long)]
    pub overlay: bool,
    /// With --overlay: name the location of the home [default: only how it is known]
    #[arg(long, requires = "overlay")]
    pub show_home: bool,
}

/// `netglobe demo`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct DemoArgs {
    /// Name of the scenario, or the path of a scenario file
    #[arg(default_value = "everyday")]
    pub scenario: String,
    /// List the scenarios, name first
    #[arg(long)]
    pub list: bool,
    /// Check scenario files and print every error with its line
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "list", value_parser = path_parser())]
    pub check: Vec<PathBuf>,
    /// Seed of the random numbers; the same seed gives the same traffic
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// `netglobe lesson`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct LessonArgs {
    /// Name of the lesson, or the path of a lesson file
    #[arg(required_unless_present_any = ["list", "check"])]
    pub lesson: Option<String>,
    /// List the lessons, name first
    #[arg(long)]
    pub list: bool,
    /// Check lesson files and print every error with its line
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "list", value_parser = path_parser())]
    pub check: Vec<PathBuf>,
}

/// `netglobe lookup`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct LookupArgs {
    /// IPv4 or IPv6 address; brackets, an interface or a port are accepted too
    #[arg(value_name = "IP", value_parser = parse_ip)]
    pub ip: IpAddr,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `netglobe doctor`.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct DoctorArgs {
    /// Print one JSON object (schema 1)
    #[arg(long)]
    pub json: bool,
}

/// Position of the camera.
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

/// `LAT,LNG` in degrees, or `none`.
///
/// # Errors
/// What was expected.
pub fn parse_home(text: &str) -> Result<HomeChoice, String> {
    if text.trim().eq_ignore_ascii_case("none") {
        return Ok(HomeChoice::None);
    }
    parse_lat_lng(text).map(HomeChoice::At)
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

/// A duration such as `30s` or `5m`, from 0 to a day.
///
/// # Errors
/// What was expected.
pub fn parse_keep_closed(text: &str) -> Result<Duration, String> {
    let ms = if text == "0" { Some(0) } else { parse_duration_ms(text) };
    let ms = ms.ok_or("expected a duration with a unit (ms, s, m, h), for example 30s, or 0")?;
    match u64::try_from(ms) {
        Ok(ms) if ms <= 86_400_000 => Ok(Duration::from_millis(ms)),
        _ => Err("must be from 0 to 1d".to_owned()),
    }
}

/// Globe resolution relative to the screen, from 0.5 to 1.
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

/// A recording to show. Everything that is not a command is taken for one.
#[cfg(feature = "window")]
fn parse_recording(text: &str) -> Result<PathBuf, String> {
    let path = expand_home(&PathBuf::from(text));
    if path.is_file() {
        return Ok(path);
    }
    let command = <Cli as clap::CommandFactory>::command();
    let names = command.get_subcommands().map(clap::Command::get_name);
    let nearest = names.min_by_key(|name| strsim::damerau_levenshtein(name, text));
    let hint = nearest.filter(|name| strsim::damerau_levenshtein(name, text) <= 2);
    let hint = hint.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    Err(format!("there is neither a command nor a recording with this name{hint}"))
}

/// A path; a leading `~` that no shell has expanded is expanded here.
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
        "QUERY: all words must match. A comma means OR, '-' before a word negates it. Use quotes around spaces (\"\" inside \
         them is one quote). ':=' matches the whole text: process:=ssh does not find sshd. A word without a key searches \
         process, host, place and operator.\nKeys: {}",
        examples.join("  ")
    )
}

#[cfg(test)]
mod tests;
