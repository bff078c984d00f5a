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
    /// Owners of sockets cannot be told, wholly or in part.
    Owners,
    /// Something about the connections is not measured by this source.
    NotMeasured,
    /// Place look-up.
    Places,
    /// Operator look-up.
    Operators,
    /// Home position.
    Home,
    /// The configuration file.
    Config,
    /// Drawing.
    Graphics,
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
