//! The scenarios that are built in, and those read from a file.

use super::Scenario;
use crate::files::{AuthoredError, is_authored_path, read_authored};
use std::path::Path;

/// What such a file is.
const KIND: &str = "scenario";

/// Name and text of each built-in scenario; the first is the default.
const BUILT_IN: &[(&str, &str)] = &[
    ("everyday", include_str!("../../../../data/scenarios/everyday.toml")),
    ("web-page", include_str!("../../../../data/scenarios/web-page.toml")),
    ("video-call", include_str!("../../../../data/scenarios/video-call.toml")),
    ("update-night", include_str!("../../../../data/scenarios/update-night.toml")),
    ("ocean-backup", include_str!("../../../../data/scenarios/ocean-backup.toml")),
    ("vpn", include_str!("../../../../data/scenarios/vpn.toml")),
    ("anycast", include_str!("../../../../data/scenarios/anycast.toml")),
    ("port-scan", include_str!("../../../../data/scenarios/port-scan.toml")),
    ("night-call", include_str!("../../../../data/scenarios/night-call.toml")),
];

/// A scenario in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioInfo {
    /// Its name on the command line.
    pub name: String,
    /// One line: what is shown.
    pub title: String,
}

/// All built-in scenarios.
#[must_use]
pub fn scenarios() -> Vec<ScenarioInfo> {
    let info = |(name, text): &(&str, &str)| {
        // They are valid: a test reads them all.
        let title = Scenario::parse(name, text).map(|scenario| scenario.title).unwrap_or_default();
        ScenarioInfo { name: (*name).to_owned(), title }
    };
    BUILT_IN.iter().map(info).collect()
}

/// Their names, separated by commas.
fn names() -> String {
    BUILT_IN.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// Reads and checks a scenario file. Returns its title.
///
/// # Errors
/// Everything that is wrong with it, with lines.
pub fn check_scenario_file(path: &Path) -> Result<String, AuthoredError> {
    Scenario::read(path).map(|scenario| scenario.title)
}

/// Checks that there is a built-in scenario `name`, or that the file of that path has no errors.
///
/// # Errors
/// Why it cannot be used.
pub fn check_scenario(name: &str) -> Result<(), AuthoredError> {
    // The built-in ones are valid, and are not read only to check them.
    if is_authored_path(name) { Scenario::load(name).map(drop) } else { built_in(name).map(drop) }
}

/// Name and text of a built-in scenario.
fn built_in(name: &str) -> Result<&'static (&'static str, &'static str), AuthoredError> {
    let unknown = || AuthoredError::Unknown { kind: KIND, name: name.to_owned(), available: names() };
    BUILT_IN.iter().find(|(built_in, _)| *built_in == name).ok_or_else(unknown)
}

impl Scenario {
    /// The built-in scenario `name`, or the one in the file of that path.
    pub(in crate::sampler) fn load(name: &str) -> Result<Self, AuthoredError> {
        if is_authored_path(name) {
            return Self::read(Path::new(name));
        }
        let (name, text) = built_in(name)?;
        Self::parse(name, text)
    }

    fn read(path: &Path) -> Result<Self, AuthoredError> {
        let text = read_authored(KIND, path)?;
        Self::parse(&path.display().to_string(), &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_scenario_is_valid() {
        for (name, text) in BUILT_IN {
            let scenario = Scenario::parse(name, text).unwrap_or_else(|error| panic!("{error}"));
            assert!(!scenario.title.is_empty() && !scenario.roles.is_empty(), "{name}");
            assert!(*name == "everyday" || scenario.captions.len() >= 3, "{name} tells a story");
        }
        assert!(scenarios().len() >= 9);
    }

    #[test]
    fn built_in_scenarios_are_in_all_languages() {
        for (name, text) in BUILT_IN {
            let file: toml::Table = text.parse().expect("valid");
            let captions = file.get("captions").and_then(toml::Value::as_array).cloned().unwrap_or_default();
            for language in ["de", "es"] {
                assert!(file.contains_key(&format!("title_{language}")), "{name}: title in {language}");
                for caption in &captions {
                    assert!(caption.get(format!("text_{language}")).is_some(), "{name}: {caption} in {language}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_there_is_said() {
        assert!(matches!(Scenario::load("no/such.toml"), Err(AuthoredError::Unreadable { .. })));
        let unknown = Scenario::load("rush-hour").expect_err("unknown").to_string();
        assert!(unknown.contains("rush-hour") && unknown.contains("everyday, web-page"), "{unknown}");
    }
}
