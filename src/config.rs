//! The configuration file, and the settings that come out of flags, file and defaults.
//!
//! The file is TOML with the keys `home = "LAT,LNG"`, `geo_db = ["FILE", …]`, `quality`, `gpu`, `render_scale`,
//! `interval` and `source`; each
//! means what the flag of its name means, and an unknown key is an error, so that a slip is not lost. Paths are relative
//! to the file, or begin with `~`, the user's home. A flag wins over the file. A broken file that was named by `--config` is an error, the default one a
//! [`Degradation`]: a machine must not stay dark because of a comma.

use crate::{
    cli::{self, GlobalArgs, GpuChoice, QualityChoice},
    files::{Directories, expand_home, replace_file},
    geo::{GeoOptions, Home, HomeMissing, HomeSource, detect_home},
    geodesy::LatLng,
    model::{Degradation, DegradationKind},
    sampler::SourceSpec,
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

/// Time between two looks at the sockets when nobody says otherwise.
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);

/// No configuration is larger; a larger file is the wrong file.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Why the configuration cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file can be read and is wrong.
    #[error("the configuration {} is wrong in line {line}: {message}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// The file cannot be written.
    #[error("cannot write the configuration {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no place for a configuration.
    #[error("no configuration directory is known here: set XDG_CONFIG_HOME or HOME, or name a file with --config")]
    NoDirectory,
}

/// What the file says; `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Where this computer is.
    pub home: Option<LatLng>,
    /// City databases to try, in order, before the embedded one.
    pub geo_db: Vec<PathBuf>,
    /// How much the picture may cost.
    pub quality: Option<QualityChoice>,
    /// Which graphics processor draws.
    pub gpu: Option<GpuChoice>,
    /// Pixels of the globe along a side for each of the screen.
    pub render_scale: Option<f32>,
    /// Time between two looks.
    pub interval: Option<Duration>,
    /// Where connections come from.
    pub source: Option<SourceSpec>,
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
    source: Option<Spanned<String>>,
}

/// What the program runs with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Time between two looks at the sockets.
    pub interval: Duration,
    /// Whether looks may come sooner while things change: where nobody set an interval.
    pub is_interval_adaptive: bool,
    /// Home from `--home`.
    pub home_from_flag: Option<LatLng>,
    /// Home from the configuration file.
    pub home_from_config: Option<LatLng>,
    /// Database from `--geo-db`: it is used or the program ends.
    pub geo_db: Option<PathBuf>,
    /// Databases from the configuration file: each is used or falls through to the next.
    pub configured_geo_dbs: Vec<PathBuf>,
    /// How much the picture may cost.
    pub quality: QualityChoice,
    /// Which graphics processor draws.
    pub gpu: GpuChoice,
    /// Pixels of the globe along a side for each of the screen, 0.5 to 1; `None` for what the quality makes of it.
    pub render_scale: Option<f32>,
    /// Where connections come from; `None` for what suits the platform.
    pub source: Option<SourceSpec>,
    /// Whether `source` was typed, so that no other one may take its place.
    pub is_source_explicit: bool,
    /// The file that a new home is written to; `None` where no configuration directory is known.
    pub config_path: Option<PathBuf>,
    /// Where this user's files are.
    pub directories: Directories,
    /// How often `-v` was given.
    pub verbose: u8,
    /// What was wrong with the default configuration file.
    pub degradations: Vec<Degradation>,
}

impl Settings {
    /// Flags, then the file, then defaults.
    ///
    /// # Errors
    /// When a file named by `--config` cannot be read or is wrong.
    pub fn load(flags: &GlobalArgs, directories: Directories) -> Result<Self, ConfigError> {
        let mut degradations = Vec::new();
        let config = match (&flags.config, &directories.config_file) {
            (Some(path), _) => read(path)?,
            (None, None) => Config::default(),
            (None, Some(path)) => read(path).unwrap_or_else(|error| {
                if !error.is_not_found() {
                    let what = format!("{error}; none of its settings is in force");
                    let remedy = error.remedy();
                    degradations.push(Degradation::new(DegradationKind::Config, what, remedy));
                }
                Config::default()
            }),
        };
        let interval = flags.interval.or(config.interval);
        #[cfg(feature = "window")]
        let (quality, gpu, render_scale) = (flags.quality, flags.gpu, flags.render_scale);
        // Without a window there are no such flags; the file may serve a netglobe that has one.
        #[cfg(not(feature = "window"))]
        let (quality, gpu, render_scale) = (None, None, None);
        Ok(Self {
            interval: interval.unwrap_or(DEFAULT_INTERVAL),
            is_interval_adaptive: interval.is_none(),
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
            directories,
            verbose: flags.verbose,
            degradations,
        })
    }

    /// The home in force: the flag's, the configuration's, or that of the time zone.
    ///
    /// # Errors
    /// Why there is none.
    pub fn home(&self) -> Result<Home, HomeMissing> {
        let given = |position: Option<LatLng>, source| position.map(|position| Home::at(position, source));
        given(self.home_from_flag, HomeSource::Flag)
            .or_else(|| given(self.home_from_config, HomeSource::Config))
            .map_or_else(detect_home, Ok)
    }

    /// Which databases to open.
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

impl ConfigError {
    /// What to do with a file that cannot be used.
    fn remedy(&self) -> &'static str {
        match self {
            Self::Read { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "make the file yours again (sudo chown), or remove it"
            }
            _ => "correct the file or remove it",
        }
    }

    fn is_not_found(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Reads a configuration file.
///
/// # Errors
/// When it cannot be read, or is not a right configuration.
pub fn read(path: &Path) -> Result<Config, ConfigError> {
    parse(&read_text(path)?, path)
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    let failed = |source| ConfigError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)).map_err(failed)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB")));
    }
    Ok(text)
}

fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
    let wrong = |at: usize, message: String| wrong_at(at, message, text, path);
    let raw: RawConfig = toml::from_str(text)
        .map_err(|error| wrong(error.span().map_or(0, |span| span.start), error.message().replace('\n', ", ")))?;
    let directory = path.parent().unwrap_or(Path::new(""));
    Ok(Config {
        home: read_value("home", raw.home, cli::parse_lat_lng, wrong)?,
        geo_db: raw.geo_db.iter().map(|database| directory.join(expand_home(database))).collect(),
        quality: read_value("quality", raw.quality, parse_quality, wrong)?,
        gpu: read_value("gpu", raw.gpu, parse_gpu, wrong)?,
        render_scale: read_value("render_scale", raw.render_scale, cli::parse_render_scale, wrong)?,
        interval: read_value("interval", raw.interval, cli::parse_interval, wrong)?,
        source: read_value("source", raw.source, cli::parse_source, wrong)?,
    })
}

/// That `text` is wrong at this byte.
fn wrong_at(at: usize, message: String, text: &str, path: &Path) -> ConfigError {
    let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    ConfigError::Wrong { path: path.to_owned(), line, message }
}

/// Reads one value with the parser of its flag.
fn read_value<T>(
    key: &str,
    raw: Option<Spanned<impl ToString>>,
    parse: impl Fn(&str) -> Result<T, String>,
    wrong: impl Fn(usize, String) -> ConfigError,
) -> Result<Option<T>, ConfigError> {
    raw.map(|raw| parse(&raw.get_ref().to_string()).map_err(|error| wrong(raw.span().start, format!("{key}: {error}"))))
        .transpose()
}

fn parse_gpu(text: &str) -> Result<GpuChoice, String> {
    GpuChoice::from_str(text, true).map_err(|_| "expected auto, frugal or performance".to_owned())
}

fn parse_quality(text: &str) -> Result<QualityChoice, String> {
    QualityChoice::from_str(text, true).map_err(|_| "expected low, medium, high or auto".to_owned())
}

/// Writes `home` into the file at `path`, leaving everything else in it, comments too, as it is. The file and its
/// directory are made when they are missing; the new file takes the old one's place in one step, or not at all. Waits for
/// the disk: not for the main thread.
///
/// # Errors
/// When the file is there and cannot be read or is wrong (it is then left alone), or cannot be written.
pub fn save_home(path: &Path, home: LatLng) -> Result<(), ConfigError> {
    let old = match read_text(path) {
        Ok(text) => text,
        Err(error) if error.is_not_found() => String::new(),
        Err(error) => return Err(error),
    };
    let text = with_home(&old, home, path)?;
    replace_file(path, text.as_bytes()).map_err(|source| ConfigError::Write { path: path.to_owned(), source })
}

/// `text` with `home` in it.
fn with_home(text: &str, home: LatLng, path: &Path) -> Result<String, ConfigError> {
    parse(text, path)?;
    let mut document: DocumentMut = text.parse().map_err(|error: TomlError| {
        let at = error.span().map_or(0, |span| span.start);
        wrong_at(at, error.message().replace('\n', ", "), text, path)
    })?;
    // Four decimals are 11 m.
    let mut value = Value::from(format!("{:.4},{:.4}", home.lat_deg(), home.lng_deg()));
    match document.get_mut("home").and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => {
            document.insert("home", Item::Value(value));
        }
    }
    let mut new = document.to_string();
    // The editor ends each line, and in one way; the file keeps its own.
    if !text.is_empty() && !text.ends_with('\n') {
        new.truncate(new.trim_end_matches('\n').len());
    }
    let has_carriage_returns = text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
    Ok(if has_carriage_returns { new.replace('\n', "\r\n") } else { new })
}

#[cfg(test)]
mod tests;
