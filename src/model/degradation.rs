//! Limitations of the program on this machine: what is missing, why, and what helps.

use serde::{Deserialize, Serialize};

/// The part of the program that is degraded. One [`Degradation`] of a kind is shown at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DegradationKind {
    /// The preferred socket source failed and was replaced by another one.
    Source,
    /// The last sample failed.
    Sampling,
    /// Some or all owners of sockets are missing.
    Owners,
    /// Processes are in other network namespaces, such as those of containers.
    OtherNetworks,
    /// This source does not measure some property of the connections.
    NotMeasured,
    /// Place lookup.
    Places,
    /// Operator lookup.
    Operators,
    /// Home position.
    Home,
    /// The configuration file.
    Config,
    /// Drawing.
    Graphics,
    /// The screen and the desktop.
    Display,
    /// The history.
    History,
    /// The filter that keeps the program from using the network.
    Sandbox,
    /// A part of the program failed.
    Program,
}

impl DegradationKind {
    /// The part, in one or two words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sampling => "sampling",
            Self::Owners => "owners",
            Self::OtherNetworks => "other networks",
            Self::NotMeasured => "not measured",
            Self::Places => "places",
            Self::Operators => "operators",
            Self::Home => "home",
            Self::Config => "configuration",
            Self::Graphics => "graphics",
            Self::Display => "display",
            Self::History => "history",
            Self::Sandbox => "sandbox",
            Self::Program => "program",
        }
    }
}

/// One thing that does not work as expected: what, why, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Degradation {
    /// Which part.
    pub kind: DegradationKind,
    /// What is missing, and why.
    pub what: String,
    /// What the user can do; empty if there is nothing.
    pub remedy: String,
}

impl Degradation {
    /// A degradation of `kind`.
    pub fn new(kind: DegradationKind, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind, what: what.into(), remedy: remedy.into() }
    }
}

impl Degradation {
    /// All degradations of all parts, without duplicates and ordered by kind, as shown in the window and by `doctor`.
    #[must_use]
    pub fn gather<'a>(parts: impl IntoIterator<Item = &'a [Self]>) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for degradation in parts.into_iter().flatten() {
            if !all.contains(degradation) {
                all.push(degradation.clone());
            }
        }
        all.sort_by_key(|degradation| degradation.kind);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_said_once_in_the_order_of_the_kinds() {
        let [home, owners, places] = [DegradationKind::Home, DegradationKind::Owners, DegradationKind::Places]
            .map(|kind| Degradation::new(kind, "a thing", "do this"));
        let again = Degradation::new(DegradationKind::Owners, "another thing", "");
        let parts = [vec![home.clone(), owners.clone()], vec![], vec![places.clone(), owners.clone(), again.clone()]];
        assert_eq!(Degradation::gather(parts.iter().map(Vec::as_slice)), [owners, again, places, home]);
    }
}
