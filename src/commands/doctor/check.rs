//! One thing that was checked, and how it is.

use crate::model::Degradation;
use serde::Serialize;
use std::borrow::Cow;

/// How a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Status {
    /// It works.
    Ok,
    /// It works with something missing.
    Partly,
    /// It does not work.
    No,
    /// It is planned and not built.
    NotYet,
}

impl Status {
    /// The word in the text.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partly => "partly",
            Self::No => "no",
            Self::NotYet => "not yet",
        }
    }
}

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// This machine, whatever the settings.
    Machine,
    /// The settings in force: what the window shows as degraded with them.
    Settings,
}

/// One entry of the report.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Check {
    pub(super) subject: Subject,
    /// One word, joined by `-`.
    pub(super) name: Cow<'static, str>,
    pub(super) status: Status,
    /// What was found, and why. Untrusted text.
    pub(super) detail: String,
    /// What to do; empty when nothing can or need be done.
    pub(super) remedy: String,
}

impl Check {
    /// A check of this machine.
    pub(super) fn new(
        name: &'static str,
        status: Status,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let name = Cow::Borrowed(name);
        Self { subject: Subject::Machine, name, status, detail: detail.into(), remedy: remedy.into() }
    }

    /// A check that was handed in: what it found, or what is wrong.
    pub(super) fn handed_in(name: &'static str, found: Result<String, String>, remedy: &str) -> Self {
        match found {
            Ok(detail) => Self::new(name, Status::Ok, detail, ""),
            Err(detail) => Self::new(name, Status::No, detail, remedy),
        }
    }

    /// What is degraded with the settings in force.
    pub(super) fn degraded(degradation: Degradation) -> Self {
        let name = Cow::Owned(format!("degraded-{}", degradation.kind.name().replace(' ', "-")));
        let (detail, remedy) = (degradation.what, degradation.remedy);
        Self { subject: Subject::Settings, name, status: Status::Partly, detail, remedy }
    }
}
