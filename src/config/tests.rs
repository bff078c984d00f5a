//! Tests of the configuration file.

use super::*;
use crate::geodesy::LatLng;
use std::fs;

fn home(lat_deg: f64, lng_deg: f64) -> HomeChoice {
    HomeChoice::At(LatLng::from_degrees(lat_deg, lng_deg).expect("a position"))
}

fn file(path: &Path) -> Directories {
    Directories { config_file: Some(path.to_owned()), ..Directories::default() }
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

#[test]
fn a_full_file_sets_everything() {
    let text = "home = \"-33.9, 151.2\"\ngeo_db = [\"a.mmdb\", \"/b.mmdb\"]\nquality = \"Low\"\n\
                interval = \"500ms\"\nkeep_closed = \"0\"\nsource = \"netstat2\"\n";
    let config = parse(text, Path::new("/etc/netglobe/config.toml")).expect("a right file");
    assert_eq!(config.home, Some(home(-33.9, 151.2)));
    assert_eq!(config.geo_db, [PathBuf::from("/etc/netglobe/a.mmdb"), PathBuf::from("/b.mmdb")]);
    assert_eq!(config.quality, Some(QualityChoice::Low));
    assert_eq!(config.interval, Some(Duration::from_millis(500)));
    assert_eq!(config.keep_closed, Some(Duration::ZERO));
    assert!(config.source.is_some());
    assert_eq!(parse("", Path::new("c")).ok(), Some(Config::default()));
}

#[test]
fn earlier_names_of_values_go_on_working() {
    for (name, gpu) in [
        ("low-power", GpuChoice::LowPower),
        ("frugal", GpuChoice::LowPower),
        ("high-performance", GpuChoice::HighPerformance),
        ("Performance", GpuChoice::HighPerformance),
    ] {
        let config = parse(&format!("gpu = \"{name}\""), Path::new("c.toml")).expect("a right file");
        assert_eq!(config.gpu, Some(gpu), "{name}");
    }
}

#[test]
fn a_wrong_file_says_where_and_what() {
    for (text, line, expected) in [
        ("home = 1\n", 1, "string"),
        ("\nhome = \"here\"\n", 2, "home: expected LAT,LNG"),
        ("# c\n\nhome = \"91,0\"", 3, "beyond a pole"),
        ("quality = \"best\"", 1, "expected low, medium"),
        ("gpu = \"best\"", 1, "expected auto, low-power or high-performance"),
        ("interval = \"0s\"", 1, "from 50ms"),
        ("keep_closed = \"2d\"", 1, "keep_closed: must be from 0 to 1d"),
        ("keep_closed = \"30\"", 1, "keep_closed: expected a duration"),
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
    let settings = Settings::load(&GlobalArgs::default(), file(&path)).expect("settings");
    assert_eq!((settings.home_from_flag, settings.home_from_config), (None, Some(home(1.0, 2.0))));
    assert_eq!(settings.quality, QualityChoice::High);
    assert!(settings.is_interval_adaptive && settings.interval == DEFAULT_INTERVAL);
    assert_eq!(settings.keep_closed, DEFAULT_KEEP_CLOSED);
    assert!(settings.source.is_some() && !settings.is_source_explicit);
    let flags = GlobalArgs {
        quality: Some(QualityChoice::Low),
        interval: Some(Duration::from_millis(500)),
        ..GlobalArgs::default()
    };
    let settings = Settings::load(&flags, file(&path)).expect("settings");
    assert_eq!((settings.quality, settings.interval), (QualityChoice::Low, Duration::from_millis(500)));
    assert!(!settings.is_interval_adaptive && settings.degradations.is_empty());
}

#[test]
fn a_broken_default_file_degrades_and_a_broken_named_one_fails() {
    let directory = scratch();
    let path = directory.path().join("config.toml");
    for broken in [&b"home = nonsense"[..], b"\xff\xfe\x00", b"unknown = 1"] {
        fs::write(&path, broken).expect("written");
        let settings = Settings::load(&GlobalArgs::default(), file(&path)).expect("settings");
        assert_eq!(settings.degradations.len(), 1);
        assert_eq!(settings.degradations[0].kind, DegradationKind::Config);
        let flags = GlobalArgs { config: Some(path.clone()), ..GlobalArgs::default() };
        assert!(Settings::load(&flags, Directories::default()).is_err());
    }
    let missing = directory.path().join("none.toml");
    let settings = Settings::load(&GlobalArgs::default(), file(&missing)).expect("settings");
    assert_eq!(settings.degradations, []);
    let flags = GlobalArgs { config: Some(missing), ..GlobalArgs::default() };
    assert!(Settings::load(&flags, Directories::default()).is_err_and(|error| error.is_not_found()));
}

#[test]
fn saving_a_home_changes_one_value_and_nothing_else() {
    for (before, after) in [
        ("", "home = \"-33.9000,151.2000\"\n"),
        ("# mine\nquality = \"low\" # fast\n", "# mine\nquality = \"low\" # fast\nhome = \"-33.9000,151.2000\"\n"),
        ("quality = \"low\"\n# the end", "quality = \"low\"\nhome = \"-33.9000,151.2000\"\n# the end"),
        ("# nothing is set\n", "home = \"-33.9000,151.2000\"\n# nothing is set\n"),
        ("\u{feff}quality = \"low\"\n", "quality = \"low\"\nhome = \"-33.9000,151.2000\"\n"),
        ("# a\r\nhome = '1,2'\r\n# b\r\n", "# a\r\nhome = \"-33.9000,151.2000\"\r\n# b\r\n"),
        (
            "quality = \"low\"\nhome   = '1,2'  # Lagos\n\ngeo_db = []",
            "quality = \"low\"\nhome   = \"-33.9000,151.2000\"  # Lagos\n\ngeo_db = []",
        ),
        ("\"home\" = \"\"\"1,2\"\"\"", "\"home\" = \"-33.9000,151.2000\""),
    ] {
        let directory = scratch();
        let path = directory.path().join("config.toml");
        fs::write(&path, before).expect("written");
        save_home(&path, Some(home(-33.9, 151.2))).expect(before);
        assert_eq!(fs::read_to_string(&path).expect("read"), after);
        assert_eq!(read(&path).expect("a right file").home, Some(home(-33.9, 151.2)));
    }
}

#[test]
fn a_home_can_be_switched_off_and_removed() {
    let directory = scratch();
    let path = directory.path().join("config.toml");
    fs::write(&path, "# mine\nhome = \"1,2\" # Lagos\nquality = \"low\"\n").expect("written");
    save_home(&path, Some(HomeChoice::None)).expect("saved");
    assert_eq!(fs::read_to_string(&path).expect("read"), "# mine\nhome = \"none\" # Lagos\nquality = \"low\"\n");
    let settings = Settings::load(&GlobalArgs::default(), file(&path)).expect("settings");
    assert_eq!(settings.home(), Err(HomeMissing::SwitchedOff));
    save_home(&path, None).expect("saved");
    let config = read(&path).expect("a right file");
    assert_eq!((config.home, config.quality), (None, Some(QualityChoice::Low)));
    save_home(&path, None).expect("nothing to remove");
    let flags = GlobalArgs { home: Some(HomeChoice::None), ..GlobalArgs::default() };
    let settings = Settings::load(&flags, file(&path)).expect("settings");
    assert_eq!(settings.home(), Err(HomeMissing::SwitchedOff));
}

#[test]
fn saving_makes_the_directory_and_leaves_a_broken_file_alone() {
    let directory = scratch();
    let path = directory.path().join("new").join("config.toml");
    save_home(&path, Some(home(1.0, 2.0))).expect("saved");
    assert_eq!(read(&path).expect("a right file").home, Some(home(1.0, 2.0)));
    fs::write(&path, "home = [").expect("written");
    assert!(save_home(&path, Some(home(3.0, 4.0))).is_err());
    assert_eq!(fs::read_to_string(&path).expect("read"), "home = [");
    // A directory instead of a file.
    assert!(save_home(directory.path(), Some(home(1.0, 2.0))).is_err());
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
    save_home(&link, Some(home(1.0, 2.0))).expect("saved");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o640);
    assert!(read(&file).expect("a right file").home.is_some());
}

#[test]
fn a_tilde_in_the_file_is_the_home() {
    let config =
        parse("geo_db = [\"~/a.mmdb\", \"b.mmdb\"]", Path::new("/etc/netglobe/config.toml")).expect("a right file");
    assert_eq!(config.geo_db, [expand_home(Path::new("~/a.mmdb")), PathBuf::from("/etc/netglobe/b.mmdb")]);
    assert!(config.geo_db[0].is_absolute() && !config.geo_db[0].starts_with("/etc"), "{:?}", config.geo_db);
}
