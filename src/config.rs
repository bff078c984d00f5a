//! The configuration file, and the settings that come out of flags, file and defaults.
//!
//! The file is TOML with the keys `home = "LAT,LNG"`, `geo_db = ["FILE", …]`, `quality`, `interval` and `source`; each
//! means what the flag of its name means, and an unknown key is an error, so that a slip is not lost. Paths are relative
//! to the file. A flag wins over the file. A broken file that was named by `--config` is an error, the default one a
//! [`Degradation`]: a machine must not stay dark because of a comma.

use crate::{
    cli::{self, GlobalArgs, QualityChoice},
    geodesy::LatLng,
    model::{Degradation, DegradationKind},
    sampler::SourceSpec,
};
use clap::ValueEnum;
use serde::Deserialize;
use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use toml::Spanned;

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
    interval: Option<Spanned<String>>,
    source: Option<Spanned<String>>,
}

/// The one key that is edited, in a file that may hold anything else.
#[derive(Deserialize)]
struct HomeOnly {
    home: Option<Spanned<toml::Value>>,
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
    /// Where connections come from; `None` for what suits the platform.
    pub source: Option<SourceSpec>,
    /// Whether `source` was typed, so that no other one may take its place.
    pub is_source_explicit: bool,
    /// The file that a new home is written to; `None` where no configuration directory is known.
    pub config_path: Option<PathBuf>,
    /// How often `-v` was given.
    pub verbose: u8,
    /// What was wrong with the default configuration file.
    pub degradations: Vec<Degradation>,
}

impl Settings {
    /// Flags, then the file, then defaults. `default_path` is the file to read without `--config`, usually
    /// [`default_config_path`].
    ///
    /// # Errors
    /// When a file named by `--config` cannot be read or is wrong.
    pub fn load(flags: &GlobalArgs, default_path: Option<PathBuf>) -> Result<Self, ConfigError> {
        let mut degradations = Vec::new();
        let config = match (&flags.config, &default_path) {
            (Some(path), _) => read(path)?,
            (None, None) => Config::default(),
            (None, Some(path)) => read(path).unwrap_or_else(|error| {
                if !error.is_not_found() {
                    let remedy = "correct the file or remove it";
                    let what = format!("{error}; none of its settings is in force");
                    degradations.push(Degradation::new(DegradationKind::Config, what, remedy));
                }
                Config::default()
            }),
        };
        let interval = flags.interval.or(config.interval);
        Ok(Self {
            interval: interval.unwrap_or(DEFAULT_INTERVAL),
            is_interval_adaptive: interval.is_none(),
            home_from_flag: flags.home,
            home_from_config: config.home,
            geo_db: flags.geo_db.clone(),
            configured_geo_dbs: config.geo_db,
            quality: flags.quality.or(config.quality).unwrap_or_default(),
            is_source_explicit: flags.source.is_some(),
            source: flags.source.clone().or(config.source),
            config_path: flags.config.clone().or(default_path),
            verbose: flags.verbose,
            degradations,
        })
    }
}

impl ConfigError {
    fn is_not_found(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// `netglobe/config.toml` in the user's configuration directory: `$XDG_CONFIG_HOME` or `~/.config`, on macOS
/// `~/Library/Application Support`, on Windows `%APPDATA%`. `variable` reads the environment.
pub fn default_config_path(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // The XDG specification has relative paths ignored; elsewhere they would depend on the current directory as well.
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let directory = if cfg!(windows) {
        absolute("APPDATA")
    } else if cfg!(target_os = "macos") {
        absolute("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")))
    };
    directory.map(|directory| directory.join("netglobe").join("config.toml"))
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
    let wrong = |at: usize, message: String| ConfigError::Wrong {
        path: path.to_owned(),
        line: text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1,
        message,
    };
    let raw: RawConfig = toml::from_str(text).map_err(|error| {
        wrong(error.span().map_or(0, |span| span.start), error.message().replace('\n', ", "))
    })?;
    /// Reads one value with the parser of its flag.
    fn value<T>(
        key: &str,
        raw: Option<Spanned<String>>,
        parse: impl Fn(&str) -> Result<T, String>,
        wrong: impl Fn(usize, String) -> ConfigError,
    ) -> Result<Option<T>, ConfigError> {
        raw.map(|raw| parse(raw.get_ref()).map_err(|error| wrong(raw.span().start, format!("{key}: {error}")))).transpose()
    }
    let directory = path.parent().unwrap_or(Path::new(""));
    Ok(Config {
        home: value("home", raw.home, cli::parse_lat_lng, wrong)?,
        geo_db: raw.geo_db.into_iter().map(|database| directory.join(database)).collect(),
        quality: value("quality", raw.quality, parse_quality, wrong)?,
        interval: value("interval", raw.interval, cli::parse_interval, wrong)?,
        source: value("source", raw.source, cli::parse_source, wrong)?,
    })
}

fn parse_quality(text: &str) -> Result<QualityChoice, String> {
    QualityChoice::from_str(text, true).map_err(|_| "expected low, medium, high or auto".to_owned())
}

/// Writes `home` into the file at `path`, leaving everything else in it, comments too, as it is. The file and its
/// directory are made when they are missing; the new file takes the old one's place in one step, or not at all.
///
/// # Errors
/// When the file is there and cannot be read or is wrong (it is then left alone), or cannot be written.
pub fn save_home(path: &Path, home: LatLng) -> Result<(), ConfigError> {
    // A link stays a link: what it points to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let old = match read_text(&path) {
        Ok(text) => Some(text),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(error),
    };
    let text = with_home(old.as_deref().unwrap_or(""), home, &path)?;
    let failed = |source| ConfigError::Write { path: path.clone(), source };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(directory).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    if old.is_some() {
        let permissions = fs::metadata(&path).map_err(failed)?.permissions();
        file.as_file().set_permissions(permissions).map_err(failed)?;
    }
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// `text` with `home` in it: the value where the key is, else a new first line (a later one could belong to a table).
fn with_home(text: &str, home: LatLng, path: &Path) -> Result<String, ConfigError> {
    // Four decimals are 11 m.
    let value = format!("\"{:.4},{:.4}\"", home.lat_deg(), home.lng_deg());
    parse(text, path)?;
    let known: HomeOnly = toml::from_str(text).map_err(|error| ConfigError::Wrong {
        path: path.to_owned(),
        line: 1,
        message: error.message().to_owned(),
    })?;
    Ok(match known.home {
        Some(old) => format!("{}{value}{}", &text[..old.span().start], &text[old.span().end..]),
        None => format!("home = {value}\n{}", text.strip_prefix('\u{feff}').unwrap_or(text)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat_deg: f64, lng_deg: f64) -> LatLng {
        LatLng::from_degrees(lat_deg, lng_deg).expect("a position")
    }

    fn scratch() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    #[test]
    fn a_full_file_sets_everything() {
        let text = "home = \"-33.9, 151.2\"\ngeo_db = [\"a.mmdb\", \"/b.mmdb\"]\nquality = \"Low\"\n\
                    interval = \"500ms\"\nsource = \"netstat2\"\n";
        let config = parse(text, Path::new("/etc/netglobe/config.toml")).expect("a right file");
        assert_eq!(config.home, Some(at(-33.9, 151.2)));
        assert_eq!(config.geo_db, [PathBuf::from("/etc/netglobe/a.mmdb"), PathBuf::from("/b.mmdb")]);
        assert_eq!(config.quality, Some(QualityChoice::Low));
        assert_eq!(config.interval, Some(Duration::from_millis(500)));
        assert!(config.source.is_some());
        assert_eq!(parse("", Path::new("c")).ok(), Some(Config::default()));
    }

    #[test]
    fn a_wrong_file_says_where_and_what() {
        for (text, line, expected) in [
            ("home = 1\n", 1, "string"),
            ("\nhome = \"here\"\n", 2, "home: expected LAT,LNG"),
            ("# c\n\nhome = \"91,0\"", 3, "beyond a pole"),
            ("quality = \"best\"", 1, "expected low, medium"),
            ("interval = \"0s\"", 1, "from 50ms"),
            ("\nhoem = \"0,0\"", 2, "hoem"),
            ("source = \"magic\"", 1, "source: "),
            ("home = ", 1, ""),
            ("geo_db = \"a.mmdb\"", 1, "sequence"),
        ] {
            let error = parse(text, Path::new("c.toml")).expect_err(text);
            let shown = error.to_string();
            assert!(shown.contains(&format!("line {line}: ")) && shown.contains(expected), "{text}: {shown}");
            assert!(!shown.contains('\n'), "{shown}");
        }
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let directory = scratch();
        let path = directory.path().join("config.toml");
        fs::write(&path, "home = \"1,2\"\nquality = \"high\"\nsource = \"netstat2\"\n").expect("written");
        let settings = Settings::load(&GlobalArgs::default(), Some(path.clone())).expect("settings");
        assert_eq!((settings.home_from_flag, settings.home_from_config), (None, Some(at(1.0, 2.0))));
        assert_eq!(settings.quality, QualityChoice::High);
        assert!(settings.is_interval_adaptive && settings.interval == DEFAULT_INTERVAL);
        assert!(settings.source.is_some() && !settings.is_source_explicit);
        let flags = GlobalArgs {
            quality: Some(QualityChoice::Low),
            interval: Some(Duration::from_millis(500)),
            ..GlobalArgs::default()
        };
        let settings = Settings::load(&flags, Some(path)).expect("settings");
        assert_eq!((settings.quality, settings.interval), (QualityChoice::Low, Duration::from_millis(500)));
        assert!(!settings.is_interval_adaptive && settings.degradations.is_empty());
    }

    #[test]
    fn a_broken_default_file_degrades_and_a_broken_named_one_fails() {
        let directory = scratch();
        let path = directory.path().join("config.toml");
        for broken in [&b"home = nonsense"[..], b"\xff\xfe\x00", b"unknown = 1"] {
            fs::write(&path, broken).expect("written");
            let settings = Settings::load(&GlobalArgs::default(), Some(path.clone())).expect("settings");
            assert_eq!(settings.degradations.len(), 1);
            assert_eq!(settings.degradations[0].kind, DegradationKind::Config);
            let flags = GlobalArgs { config: Some(path.clone()), ..GlobalArgs::default() };
            assert!(Settings::load(&flags, None).is_err());
        }
        let missing = directory.path().join("none.toml");
        let settings = Settings::load(&GlobalArgs::default(), Some(missing.clone())).expect("settings");
        assert_eq!(settings.degradations, []);
        let flags = GlobalArgs { config: Some(missing), ..GlobalArgs::default() };
        assert!(Settings::load(&flags, None).is_err_and(|error| error.is_not_found()));
    }

    #[test]
    fn saving_a_home_changes_one_value_and_nothing_else() {
        for (before, after) in [
            ("", "home = \"-33.9000,151.2000\"\n"),
            ("# mine\nquality = \"low\" # fast\n", "home = \"-33.9000,151.2000\"\n# mine\nquality = \"low\" # fast\n"),
            (
                "quality = \"low\"\nhome   = '1,2'  # Lagos\n\ngeo_db = []",
                "quality = \"low\"\nhome   = \"-33.9000,151.2000\"  # Lagos\n\ngeo_db = []",
            ),
            ("\"home\" = \"\"\"1,2\"\"\"", "\"home\" = \"-33.9000,151.2000\""),
        ] {
            let directory = scratch();
            let path = directory.path().join("config.toml");
            fs::write(&path, before).expect("written");
            save_home(&path, at(-33.9, 151.2)).expect(before);
            assert_eq!(fs::read_to_string(&path).expect("read"), after);
            assert_eq!(read(&path).expect("a right file").home, Some(at(-33.9, 151.2)));
        }
    }

    #[test]
    fn saving_makes_the_directory_and_leaves_a_broken_file_alone() {
        let directory = scratch();
        let path = directory.path().join("new").join("config.toml");
        save_home(&path, at(1.0, 2.0)).expect("saved");
        assert_eq!(read(&path).expect("a right file").home, Some(at(1.0, 2.0)));
        fs::write(&path, "home = [").expect("written");
        assert!(save_home(&path, at(3.0, 4.0)).is_err());
        assert_eq!(fs::read_to_string(&path).expect("read"), "home = [");
        // A directory where the file should be.
        assert!(save_home(directory.path(), at(1.0, 2.0)).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn saving_through_a_link_keeps_the_link_and_the_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let directory = scratch();
        let (file, link) = (directory.path().join("dotfiles.toml"), directory.path().join("config.toml"));
        fs::write(&file, "").expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("set");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        save_home(&link, at(1.0, 2.0)).expect("saved");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o640);
        assert!(read(&file).expect("a right file").home.is_some());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_default_file_follows_the_environment() {
        for (variables, expected) in [
            (&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")][..], Some("/x/netglobe/config.toml")),
            (&[("XDG_CONFIG_HOME", "x"), ("HOME", "/h")], Some("/h/.config/netglobe/config.toml")),
            (&[("HOME", "/h")], Some("/h/.config/netglobe/config.toml")),
            (&[], None),
        ] {
            let path = default_config_path(|name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
            });
            assert_eq!(path.as_deref(), expected.map(Path::new));
        }
    }
}
