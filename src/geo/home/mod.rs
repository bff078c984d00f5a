//! Location of this computer: from a flag, the configuration, a click on the globe, or the system's time zone.
//!
//! A time zone names one city for a whole country or more, so its home has an uncertainty. The network is not used, and
//! a zone without a location (UTC) gives no home rather than a wrong one.

mod place_name;
mod system_zone;
mod time_zone;

use self::{
    place_name::{coordinates, place_name},
    system_zone::{SystemZone, ZoneFiles},
    time_zone::zone_place,
};
use crate::{geodesy::LatLng, language::t, model::HostId, sampler::HomeThen};
use std::{env, path::Path};

/// Where the home comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HomeSource {
    /// `--home`.
    Flag,
    /// The configuration file.
    Config,
    /// A click on the globe.
    Clicked,
    /// The system's time zone.
    TimeZone,
    /// A history or a recording.
    Recorded,
}

/// Location of a machine, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Home {
    /// The machine.
    pub host: HostId,
    /// Its position.
    pub position: LatLng,
    /// Where the position comes from.
    pub source: HomeSource,
    /// Name of the place, or its coordinates.
    pub name: String,
    /// Maximum error in km; `None` if the user set the position.
    pub uncertainty_km: Option<f32>,
}

/// Why there is no home.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HomeMissing {
    /// Home is switched off.
    #[error("{}", t!("home-missing-switched-off"))]
    SwitchedOff,
    /// The system's time zone cannot be determined.
    #[error("{}", t!("home-missing-no-time-zone"))]
    NoTimeZone,
    /// The system's time zone cannot be identified for certain.
    #[error("{}", t!("home-missing-unnamed"))]
    Unnamed,
    /// It was not known at the moment that is shown, or is left out of the recording.
    #[error("{}", t!("home-missing-not-recorded"))]
    NotRecorded,
    /// The time zone has no location.
    #[error("{}", t!("home-missing-no-place", zone = format!("{:?}", .0)))]
    NoPlace(String),
}

impl HomeSource {
    /// `--home`, `the configuration`, `a click on the globe` or `the time zone`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Flag => "--home",
            Self::Config => t!("home-source-config"),
            Self::Clicked => t!("home-source-clicked"),
            Self::TimeZone => t!("home-source-time-zone"),
            Self::Recorded => t!("home-source-recorded"),
        }
    }
}

impl Home {
    /// A home of this machine, set by the user.
    #[must_use]
    pub fn at(position: LatLng, source: HomeSource) -> Self {
        Self { host: HostId::THIS, position, source, name: coordinates(position), uncertainty_km: None }
    }

    /// The home that was recorded.
    #[must_use]
    pub fn from_record(then: &HomeThen) -> Option<Self> {
        let HomeThen::At { position, name, uncertainty_km } = then else { return None };
        let (position, name, uncertainty_km) = (*position, name.clone(), *uncertainty_km);
        Some(Self { host: HostId::THIS, position, source: HomeSource::Recorded, name, uncertainty_km })
    }

    /// The same as it is recorded.
    #[must_use]
    pub fn to_record(&self) -> HomeThen {
        HomeThen::At { position: self.position, name: self.name.clone(), uncertainty_km: self.uncertainty_km }
    }

    /// Replaces the name of a home that the user set by that of the nearest city. Searches the list of cities.
    #[must_use]
    pub fn named_by_place(self) -> Self {
        match self.source {
            HomeSource::TimeZone | HomeSource::Recorded => self,
            HomeSource::Flag | HomeSource::Config | HomeSource::Clicked => {
                Self { name: place_name(self.position), ..self }
            }
        }
    }

    /// `Kolkata, from the time zone; could be 2,300 km off`.
    #[must_use]
    pub fn describe(&self) -> String {
        let (name, source) = (self.name.as_str(), self.source.name());
        match self.uncertainty_km {
            Some(km) => t!("home-words-uncertain", name = name, source = source, km = rounded_km(km)),
            None => t!("home-words", name = name, source = source),
        }
    }
}

/// Rounds up to two significant digits, with thousands separators: 2276 is `2,300`, 25 is `25`.
fn rounded_km(km: f32) -> String {
    let km = km.ceil().max(1.0) as u32;
    let unit = 10_u32.pow(km.ilog10().saturating_sub(1));
    let km = km.div_ceil(unit) * unit;
    if km < 1000 { km.to_string() } else { format!("{},{:03}", km / 1000, km % 1000) }
}

/// Home from the current or an older name of a time zone; `None` if the name is unknown or has no location (UTC,
/// Etc/…). The uncertainty is the greatest distance from the zone's city to a town of its country in the city list, at
/// least 25 km.
#[must_use]
pub fn home_from_time_zone(name: &str) -> Option<Home> {
    let place = zone_place(name)?;
    let source = HomeSource::TimeZone;
    let (host, position, uncertainty_km) = (HostId::THIS, place.position, place.reach_km);
    Some(Home { host, position, source, name: place.city, uncertainty_km })
}

/// Home from the time zone of this process: the variable `TZ` if it is set, otherwise the system's.
///
/// # Errors
/// If the zone is unknown or has no location.
pub fn detect_home() -> Result<Home, HomeMissing> {
    home_from_environment(env::var("TZ").ok().as_deref(), &ZoneFiles::default(), ask_system)
}

/// The time zone of systems without those files.
fn ask_system() -> SystemZone {
    let name = iana_time_zone::get_timezone().ok();
    // Older ones of Windows, and those that imitate it, tell the name that Windows uses alone.
    let name = name.or_else(|| jiff::tz::TimeZone::try_system().ok()?.iana_name().map(str::to_owned));
    name.map_or(SystemZone::Missing, SystemZone::Named)
}

/// `TZ` may be `NAME` or the path of a zone file, each optionally prefixed with `:`. If it is empty or missing, the
/// system's files are read, and if there are none, `ask` is called.
fn home_from_environment(
    tz: Option<&str>,
    files: &ZoneFiles,
    ask: impl FnOnce() -> SystemZone,
) -> Result<Home, HomeMissing> {
    let tz = tz.map(|tz| tz.strip_prefix(':').unwrap_or(tz)).filter(|tz| !tz.is_empty());
    let zone = match tz {
        Some(path) if path.starts_with('/') => files.zone_of(Path::new(path)),
        Some(name) => SystemZone::Named(name.to_owned()),
        // Other systems do not use these files, so ask the system.
        None if cfg!(target_os = "linux") => match files.zone() {
            SystemZone::Missing => ask(),
            known => known,
        },
        None => ask(),
    };
    match zone {
        SystemZone::Named(name) => home_from_time_zone(&name).ok_or(HomeMissing::NoPlace(name)),
        SystemZone::Unnamed => Err(HomeMissing::Unnamed),
        SystemZone::Missing => Err(HomeMissing::NoTimeZone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_gives_its_city_in_the_right_hemisphere() {
        for (zone, name, lat_deg, lng_deg) in [
            ("Asia/Kolkata", "Kolkata", 22.53, 88.37),
            ("Asia/Calcutta", "Kolkata", 22.53, 88.37),
            ("Australia/Sydney", "Sydney", -33.87, 151.22),
            ("US/Pacific", "Los Angeles", 34.05, -118.24),
            ("America/Argentina/Buenos_Aires", "Buenos Aires", -34.60, -58.45),
            ("America/Buenos_Aires", "Buenos Aires", -34.60, -58.45),
            ("Europe/London", "London", 51.51, -0.13),
            ("posix/Europe/Berlin", "Berlin", 52.50, 13.37),
            ("Pacific/Fiji", "Fiji", -18.13, 178.42),
        ] {
            let home = home_from_time_zone(zone).expect(zone);
            assert_eq!(home.name, name, "{zone}");
            assert!((home.position.lat_deg() - lat_deg).abs() < 0.01, "{zone}: {}", home.position.lat_deg());
            assert!((home.position.lng_deg() - lng_deg).abs() < 0.01, "{zone}: {}", home.position.lng_deg());
            assert!(home.uncertainty_km.is_some_and(|km| (25.0..10_000.0).contains(&km)), "{zone}: {home:?}");
        }
    }

    #[test]
    fn a_zone_without_a_place_gives_no_home() {
        for zone in
            ["UTC", "Etc/UTC", "Etc/GMT+5", "GMT", "EST", "CET", "EST5EDT", "Zulu", "Factory", "", "Mars/Base", "é"]
        {
            assert_eq!(home_from_time_zone(zone), None, "{zone}");
        }
    }

    #[test]
    fn a_big_country_makes_the_zone_a_wide_guess_and_a_small_one_does_not() {
        let km = |zone| home_from_time_zone(zone).and_then(|home| home.uncertainty_km).expect(zone);
        assert!((2000.0..3000.0).contains(&km("Asia/Kolkata")), "{}", km("Asia/Kolkata"));
        assert!((25.0..50.0).contains(&km("Asia/Singapore")), "{}", km("Asia/Singapore"));
        assert_eq!(km("Europe/Vatican"), 25.0);
    }

    #[test]
    fn the_variable_goes_before_the_system() {
        let nowhere = tempfile::tempdir().expect("a directory");
        let [local, stated] = ["localtime", "timezone"].map(|name| nowhere.path().join(name));
        let files = ZoneFiles { local, stated, directories: Vec::new() };
        let name = |tz: Option<&str>, system: Option<&str>| {
            let ask = || system.map_or(SystemZone::Missing, |name| SystemZone::Named(name.to_owned()));
            home_from_environment(tz, &files, ask).map(|home| home.name)
        };
        let berlin = Some("Europe/Berlin");
        assert_eq!(name(None, berlin), Ok("Berlin".to_owned()));
        assert_eq!(name(Some(""), berlin), Ok("Berlin".to_owned()));
        assert_eq!(name(Some(":Asia/Kolkata"), berlin), Ok("Kolkata".to_owned()));
        assert_eq!(name(Some("/usr/share/zoneinfo/Asia/Kolkata"), berlin), Ok("Kolkata".to_owned()));
        assert_eq!(name(Some(":/usr/share/zoneinfo//Asia/Kolkata"), berlin), Ok("Kolkata".to_owned()));
        assert_eq!(name(Some(":/no/such/file"), berlin), Err(HomeMissing::NoTimeZone));
        assert_eq!(name(Some("UTC"), berlin), Err(HomeMissing::NoPlace("UTC".to_owned())));
        assert_eq!(name(None, None), Err(HomeMissing::NoTimeZone));
    }

    #[test]
    fn a_home_says_how_it_is_known_and_how_far_off_it_could_be() {
        let mut home = home_from_time_zone("Asia/Kolkata").expect("a zone with a place");
        home.uncertainty_km = Some(2276.0);
        assert_eq!(home.describe(), "Kolkata, from the time zone; could be 2,300 km off");
        let home = Home::at(LatLng::from_degrees(-33.9, 151.2).expect("a point"), HomeSource::Flag);
        assert_eq!(home.describe(), "33.90° S, 151.20° E, from --home");
        for (km, written) in [(25.0, "25"), (684.0, "690"), (1000.0, "1,000"), (9_951.0, "10,000"), (3.2, "4")] {
            assert_eq!(rounded_km(km), written);
        }
    }
}
