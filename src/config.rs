//! The configuration file, and the settings from flags, file and defaults.
//!
//! The file is TOML with the keys `home = "LAT,LNG"` or `"none"`, `geo_db = ["FILE", …]`, `quality`, `gpu`,
//! `render_scale`, `interval`, `keep_closed`, `source`, `clock`, `monitor`, `cpu_limit`, `ui_scale`, `palette`,
//! `reduced_motion`, `history` (false is `--no-history`), `history_size`, `history_age`, `inhibit` (false is
//! `--no-inhibit`) and `inhibit_on_battery`. `history_size = "500MB"` and `history_age = "365d"` limit the history. All others have the meaning of the flag with their name; an unknown
//! key is an error, to detect typos. Paths are relative to the file; `~` is the user's home directory. Flags override
//! the file. An invalid file given with `--config` is an error; an invalid default file is a [`Degradation`], so that a
//! typo does not prevent the program from starting.

use crate::{
    cli::{self, GlobalArgs, GpuChoice, HomeChoice, QualityChoice},
    files::{Directories, expand_home, replace_file},
    geo::{GeoOptions, Home, HomeMissing, HomeSource, detect_home},
    history::{FILE_NAME, Limits, source_opener},
    language::{Language, t},
    model::{Degradation, DegradationKind},
    sampler::{HomeThen, SourceOpener, SourceSpec},
    sandbox::{self, Silence},
};
use clap::ValueEnum;
use serde::Deserialize;
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};
use toml::Spanned;
use toml_edit::{DocumentMut, Item, TomlError, Value};

mod window;

pub use window::{WindowConfig, WindowSettings};

/// Default time between two samples.
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);

/// Default time for which closed connections stay listed.
pub const DEFAULT_KEEP_CLOSED: Duration = Duration::from_mins(1);

/// Maximum size of a configuration file.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Why the configuration cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}", t!("config-unreadable", path = path.display().to_string(), error = source.to_string()))]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file has an error.
    #[error(
        "{}",
        t!("config-wrong", path = path.display().to_string(), line = *line, message = message.as_str())
    )]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The file cannot be written.
    #[error("{}", t!("config-unwritable", path = path.display().to_string(), error = source.to_string()))]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// No configuration directory is known.
    #[error("{}", t!("config-no-directory"))]
    NoDirectory,
}

/// The content of the file; `None` for missing keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Location of this computer.
    pub home: Option<HomeChoice>,
    /// Location databases to try, in order, before the embedded one.
    pub geo_db: Vec<PathBuf>,
    /// Quality of the picture.
    pub quality: Option<QualityChoice>,
    /// Graphics processor to use.
    pub gpu: Option<GpuChoice>,
    /// Globe resolution relative to the screen, 0.5 to 1.
    pub render_scale: Option<f32>,
    /// Time between two samples.
    pub interval: Option<Duration>,
    /// Time for which closed connections stay listed in the window.
    pub keep_closed: Option<Duration>,
    /// Source of the connections.
    pub source: Option<SourceSpec>,
    /// Language of the texts.
    pub language: Option<Language>,
    /// Whether connections are recorded in the history.
    pub history: Option<bool>,
    /// How large the history may become, bytes.
    pub history_size: Option<u64>,
    /// How far back it may reach, ms.
    pub history_age_ms: Option<i64>,
    /// Settings of the window.
    pub window: WindowConfig,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    home: Option<Spanned<String>>,
    #[serde(default)]
    geo_db: Vec<PathBuf>,
    quality: Option<Spanned<String>>,
    gpu: Option<Spanned<String>>,
    render_scale: Option<Spanned<f64>>,
    interval: Option<Spanned<String>>,
    keep_closed: Option<Spanned<String>>,
    source: Option<Spanned<String>>,
    language: Option<Spanned<String>>,
    history: Option<bool>,
    history_size: Option<Spanned<String>>,
    history_age: Option<Spanned<String>>,
    clock: Option<bool>,
    monitor: Option<Spanned<String>>,
    inhibit: Option<bool>,
    inhibit_on_battery: Option<bool>,
    palette: Option<Spanned<String>>,
    reduced_motion: Option<bool>,
    ui_scale: Option<Spanned<f64>>,
    cpu_limit: Option<Spanned<toml::Value>>,
}

/// The effective settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Time between two samples.
    pub interval: Duration,
    /// Whether samples may be taken more often while connections change: only if no interval was set.
    pub is_interval_adaptive: bool,
    /// How long closed connections stay listed in the window; zero keeps them only until their arcs have faded.
    pub keep_closed: Duration,
    /// Home from `--home`.
    pub home_from_flag: Option<HomeChoice>,
    /// Home from the configuration file.
    pub home_from_config: Option<HomeChoice>,
    /// Database from `--geo-db`; it is an error if it cannot be used.
    pub geo_db: Option<PathBuf>,
    /// Databases from the configuration file, in order of preference.
    pub configured_geo_dbs: Vec<PathBuf>,
    /// Quality of the picture.
    pub quality: QualityChoice,
    /// Graphics processor to use.
    pub gpu: GpuChoice,
    /// Globe resolution relative to the screen, 0.5 to 1; `None` if it depends on the quality.
    pub render_scale: Option<f32>,
    /// Source of the connections; `None` for the default of the platform.
    pub source: Option<SourceSpec>,
    /// Whether `source` comes from a flag, so that it must not be replaced by another one.
    pub is_source_explicit: bool,
    /// File for saving a new home; `None` if no configuration directory is known.
    pub config_path: Option<PathBuf>,
    /// Language of the texts from the configuration file, unless a flag says another one.
    pub language: Option<Language>,
    /// Whether addresses, names, paths and the home are masked from the start.
    pub stage: bool,
    /// The file of the history; `None` if no data directory is known.
    pub history_file: Option<PathBuf>,
    /// Whether it was named with `--history`.
    pub is_history_explicit: bool,
    /// Whether the window records connections in the history.
    pub records_history: bool,
    /// How large the history may become, and how far back it may reach.
    pub history_limits: Limits,
    /// Settings of the window.
    pub window: WindowSettings,
    /// Directories of this user.
    pub directories: Directories,
    /// Number of `-v` flags.
    pub verbose: u8,
    /// Errors in the default configuration file.
    pub degradations: Vec<Degradation>,
}

impl Settings {
    /// Merges flags, file and defaults, in this order of precedence.
    ///
    /// # Errors
    /// If a file given with `--config` cannot be read or is invalid.
    pub fn load(flags: &GlobalArgs, directories: Directories) -> Result<Self, ConfigError> {
        let mut degradations = Vec::new();
        let config = match (&flags.config, &directories.config_file) {
            (Some(path), _) => read(path)?,
            (None, None) => Config::default(),
            (None, Some(path)) => read(path).unwrap_or_else(|error| {
                if !error.is_not_found() {
                    let what = t!("config-ignored", error = error.to_string());
                    let remedy = error.remedy();
                    degradations.push(Degradation::new(DegradationKind::Config, what, remedy));
                }
                Config::default()
            }),
        };
        degradations.extend(not_silent());
        let interval = flags.interval.or(config.interval);
        #[cfg(feature = "window")]
        let (quality, gpu, render_scale, keep_closed) =
            (flags.quality, flags.gpu, flags.render_scale, flags.keep_closed);
        // Without a window these flags do not exist; the file may be shared with a build that has one.
        #[cfg(not(feature = "window"))]
        let (quality, gpu, render_scale, keep_closed) = (None, None, None, None);
        #[cfg(feature = "window")]
        let window_flags = &flags.window;
        #[cfg(not(feature = "window"))]
        let window_flags = &cli::WindowArgs::default();
        Ok(Self {
            interval: interval.unwrap_or(DEFAULT_INTERVAL),
            is_interval_adaptive: interval.is_none(),
            keep_closed: keep_closed.or(config.keep_closed).unwrap_or(DEFAULT_KEEP_CLOSED),
            home_from_flag: flags.home,
            home_from_config: config.home,
            geo_db: flags.geo_db.clone(),
            configured_geo_dbs: config.geo_db,
            quality: quality.or(config.quality).unwrap_or_default(),
            gpu: gpu.or(config.gpu).unwrap_or_default(),
            render_scale: render_scale.or(config.render_scale),
            is_source_explicit: flags.source.is_some(),
            source: flags.source.clone().or(config.source),
            config_path: flags.config.clone().or_else(|| directories.config_file.clone()),
            language: config.language.filter(|_| flags.language.is_none()),
            stage: flags.stage,
            history_file: flags
                .history
                .clone()
                .or_else(|| directories.data.as_ref().map(|directory| directory.join(FILE_NAME))),
            is_history_explicit: flags.history.is_some(),
            records_history: !flags.no_history && config.history.unwrap_or(true),
            history_limits: Limits {
                bytes: config.history_size.unwrap_or(Limits::default().bytes),
                age_ms: config.history_age_ms.unwrap_or(Limits::default().age_ms),
            },
            window: WindowSettings::merge(window_flags, config.window),
            directories,
            verbose: flags.verbose,
            degradations,
        })
    }

    /// The home: from the flag, or else the configuration, or else the time zone.
    ///
    /// # Errors
    /// Why there is none.
    pub fn home(&self) -> Result<Home, HomeMissing> {
        let flag = self.home_from_flag.map(|choice| (choice, HomeSource::Flag));
        match flag.or_else(|| self.home_from_config.map(|choice| (choice, HomeSource::Config))) {
            Some((HomeChoice::At(position), source)) => Ok(Home::at(position, source)),
            Some((HomeChoice::None, _)) => Err(HomeMissing::SwitchedOff),
            None => detect_home(),
        }
    }

    /// The home as it is recorded.
    #[must_use]
    pub fn home_to_record(&self) -> HomeThen {
        self.home().map_or(HomeThen::Unknown, |home| home.to_record())
    }

    /// Opens sources, also the history.
    #[must_use]
    pub fn source_opener(&self) -> SourceOpener {
        source_opener(self.history_file.clone())
    }

    /// The databases to open.
    #[must_use]
    pub fn geo_options(&self) -> GeoOptions {
        GeoOptions {
            geo_db: self.geo_db.clone(),
            configured: self.configured_geo_dbs.clone(),
            data_dir: self.directories.data.clone(),
            cache_dir: self.directories.cache.clone(),
        }
    }
}

/// That the kernel does not keep the program from using the network, where it could.
fn not_silent() -> Option<Degradation> {
    if !cfg!(any(target_os = "linux", target_os = "macos")) {
        return None;
    }
    let (what, remedy) = match sandbox::silence()? {
        Silence::Enforced => return None,
        Silence::SwitchedOff => (t!("sandbox-off").to_owned(), t!("sandbox-off-remedy")),
        Silence::Impossible(why) => (t!("sandbox-impossible", why = why.as_str()), ""),
    };
    Some(Degradation::new(DegradationKind::Sandbox, what, remedy))
}

impl ConfigError {
    /// What to do about it.
    fn remedy(&self) -> &'static str {
        match self {
            Self::Read { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                t!("config-remedy-owner")
            }
            _ => t!("config-remedy-correct"),
        }
    }

    fn is_not_found(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Reads a configuration file.
///
/// # Errors
/// If it cannot be read or is invalid.
pub fn read(path: &Path) -> Result<Config, ConfigError> {
    parse(&read_text(path)?, path)
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    let failed = |source| ConfigError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)).map_err(failed)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, t!("config-too-large"))));
    }
    Ok(text)
}

/// Reads the text of the configuration file at `path`.
///
/// # Errors
/// If it is invalid.
pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
    let wrong = |at: usize, message: String| wrong_at(at, message, text, path);
    let raw: RawConfig = toml::from_str(text)
        .map_err(|error| wrong(error.span().map_or(0, |span| span.start), error.message().replace('\n', ", ")))?;
    let directory = path.parent().unwrap_or(Path::new(""));
    Ok(Config {
        home: read_value("home", raw.home, cli::parse_home, wrong)?,
        geo_db: raw.geo_db.iter().map(|database| directory.join(expand_home(database))).collect(),
        quality: read_value("quality", raw.quality, parse_quality, wrong)?,
        gpu: read_value("gpu", raw.gpu, parse_gpu, wrong)?,
        render_scale: read_value("render_scale", raw.render_scale, cli::parse_render_scale, wrong)?,
        interval: read_value("interval", raw.interval, cli::parse_interval, wrong)?,
        keep_closed: read_value("keep_closed", raw.keep_closed, cli::parse_keep_closed, wrong)?,
        source: read_value("source", raw.source, cli::parse_source, wrong)?,
        language: read_value("language", raw.language, parse_language, wrong)?,
        history: raw.history,
        history_size: read_value("history_size", raw.history_size, cli::parse_history_size, wrong)?,
        history_age_ms: read_value("history_age", raw.history_age, cli::parse_history_age, wrong)?,
        window: WindowConfig {
            clock: raw.clock,
            monitor: read_value("monitor", raw.monitor, cli::parse_monitor, wrong)?,
            inhibit: raw.inhibit,
            inhibit_on_battery: raw.inhibit_on_battery,
            palette: read_value("palette", raw.palette, cli::parse_palette, wrong)?,
            reduced_motion: raw.reduced_motion,
            ui_scale: read_value("ui_scale", raw.ui_scale, cli::parse_ui_scale, wrong)?,
            cpu_limit: read_value("cpu_limit", raw.cpu_limit.map(unquoted), cli::parse_cpu_limit, wrong)?,
        },
    })
}

/// An error at this byte of `text`.
fn wrong_at(at: usize, message: String, text: &str, path: &Path) -> ConfigError {
    let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    ConfigError::Wrong { path: path.to_owned(), line, message }
}

/// The text of a value: a number or a text.
fn unquoted(value: Spanned<toml::Value>) -> Spanned<String> {
    let span = value.span();
    let text = match value.into_inner() {
        toml::Value::String(text) => text,
        other => other.to_string(),
    };
    Spanned::new(span, text)
}

/// Parses a value like its flag.
fn read_value<T>(
    key: &str,
    raw: Option<Spanned<impl ToString>>,
    parse: impl Fn(&str) -> Result<T, String>,
    wrong: impl Fn(usize, String) -> ConfigError,
) -> Result<Option<T>, ConfigError> {
    raw.map(|raw| parse(&raw.get_ref().to_string()).map_err(|error| wrong(raw.span().start, format!("{key}: {error}"))))
        .transpose()
}

fn parse_language(text: &str) -> Result<Language, String> {
    Language::from_str(text, true).map_err(|_| "expected en, de or es".to_owned())
}

fn parse_gpu(text: &str) -> Result<GpuChoice, String> {
    GpuChoice::from_str(text, true).map_err(|_| "expected auto, low-power or high-performance".to_owned())
}

fn parse_quality(text: &str) -> Result<QualityChoice, String> {
    QualityChoice::from_str(text, true).map_err(|_| "expected low, medium, high or auto".to_owned())
}

/// Writes `home` to the file at `path`, or removes it for `None`, and keeps everything else in the file, including
/// comments. Creates the file and its directory if they are missing; replaces the file atomically. Waits for the disk,
/// so do not call it on the main thread.
///
/// # Errors
/// If the file exists and cannot be read or is invalid (it is not changed then), or if it cannot be written.
pub fn save_home(path: &Path, home: Option<HomeChoice>) -> Result<(), ConfigError> {
    let old = match read_text(path) {
        Ok(text) => text,
        Err(error) if error.is_not_found() => String::new(),
        Err(error) => return Err(error),
    };
    let text = with_home(&old, home, path)?;
    replace_file(path, text.as_bytes()).map_err(|source| ConfigError::Write { path: path.to_owned(), source })
}

/// Sets `home` in the text of the configuration file at `path`, see [`save_home`].
///
/// # Errors
/// If the text is invalid.
pub fn with_home(text: &str, home: Option<HomeChoice>, path: &Path) -> Result<String, ConfigError> {
    parse(text, path)?;
    let mut document: DocumentMut = text.parse().map_err(|error: TomlError| {
        let at = error.span().map_or(0, |span| span.start);
        wrong_at(at, error.message().replace('\n', ", "), text, path)
    })?;
    let value = home.map(|home| match home {
        // Four decimals are 11 m.
        HomeChoice::At(home) => Value::from(format!("{:.4},{:.4}", home.lat_deg(), home.lng_deg())),
        HomeChoice::None => Value::from("none"),
    });
    match (value, document.get_mut("home").and_then(Item::as_value_mut)) {
        (Some(mut value), Some(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        (Some(value), None) => {
            document.insert("home", Item::Value(value));
        }
        (None, _) => {
            document.remove("home");
        }
    }
    let mut new = document.to_string();
    // Keep the line endings of the file: the editor normalizes them and adds one at the end.
    if !text.is_empty() && !text.ends_with('\n') {
        new.truncate(new.trim_end_matches('\n').len());
    }
    let has_carriage_returns = text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
    Ok(if has_carriage_returns { new.replace('\n', "\r\n") } else { new })
}

#[cfg(test)]
mod tests;
