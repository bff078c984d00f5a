//! The configuration file.

use netglobe::{
    cli::HomeChoice,
    config::{Config, ConfigError, parse, with_home},
    geodesy::LatLng,
};
use std::path::Path;

/// An error has a line of the text; what is read is within its limits; a home that is set or removed changes nothing else,
/// and setting it again changes nothing.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let path = Path::new("folder/config.toml");
    let config = match parse(text, path) {
        Ok(config) => config,
        Err(error) => {
            check_error(&error, text);
            assert!(with_home(text, None, path).is_err());
            return;
        }
    };
    check_limits(&config);
    let home = HomeChoice::At(LatLng::from_degrees(51.5, -0.125).expect("a position"));
    for home in [Some(home), Some(HomeChoice::None), None] {
        let changed = with_home(text, home, path).expect("a home can be set");
        let read = parse(&changed, path).expect("what is written can be read");
        assert_eq!(read, Config { home, ..config.clone() }, "{changed:?}");
        assert_eq!(with_home(&changed, home, path).expect("again"), changed);
    }
}

fn check_error(error: &ConfigError, text: &str) {
    let ConfigError::Wrong { line, message, .. } = error else { panic!("{error}") };
    assert!((1..=text.bytes().filter(|byte| *byte == b'\n').count() + 1).contains(line), "{error}");
    assert!(!message.is_empty() && !message.contains('\n'), "{error:?}");
}

fn check_limits(config: &Config) {
    assert!(config.render_scale.is_none_or(|scale| (0.5..=1.0).contains(&scale)));
    assert!(config.interval.is_none_or(|interval| (50..=86_400_000).contains(&interval.as_millis())));
    assert!(config.keep_closed.is_none_or(|time| time.as_secs() <= 86_400));
    assert!(config.window.ui_scale.is_none_or(|scale| (0.75..=2.5).contains(&scale)));
    assert!(config.window.cpu_limit.is_none_or(|limit| limit.is_finite() && limit > 0.0));
    assert!(config.history_age_ms.is_none_or(|age| age > 0));
    if let Some(HomeChoice::At(home)) = config.home {
        assert!(home.lat_deg().abs() <= 90.0 && home.lng_deg().abs() <= 180.0);
    }
}
