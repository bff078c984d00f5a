//! What the program cannot do here, why, and what would help.

use serde::{Deserialize, Serialize};

/// The part of the program that is degraded. One [`Degradation`] of a kind is shown at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DegradationKind {
    /// The wanted socket source failed and another took over.
    Source,
    /// Sampling itself failed this time.
    Sampling,
    /// Owners of sockets are missing, wholly or in part.
    Owners,
    /// Processes are in networks that are not this one's, as those of containers are.
    OtherNetworks,
    /// Something about the connections is not measured by this source.
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
}

impl DegradationKind {
    /// The part in a word or two.
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
        }
    }
}

/// One thing that does not work as it should: what and why, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Degradation {
    /// Which part.
    pub kind: DegradationKind,
    /// What is missing, and why.
    pub what: String,
    /// What the user can do; empty when nothing can be done.
    pub remedy: String,
}

impl Degradation {
    /// A degradation of `kind`.
    pub fn new(kind: DegradationKind, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind, what: what.into(), remedy: remedy.into() }
    }
}

impl Degradation {
    /// The one list of what does not work: that of every part, each thing once, in the order of the kinds. The window
    /// and `doctor` show the same.
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
