//! A check with its result.

use crate::model::Degradation;
use serde::Serialize;
use std::borrow::Cow;

/// Status of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Status {
    /// It works.
    Ok,
    /// It works with limitations.
    Partly,
    /// It does not work.
    No,
}

impl Status {
    /// The word for the text report.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partly => "partly",
            Self::No => "no",
        }
    }
}

/// Subject of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// This machine, regardless of the settings.
    Machine,
    /// The current settings: degradations that the window also shows.
    Settings,
}

/// An entry of the report.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Check {
    pub(super) subject: Subject,
    /// Words joined by `-`.
    pub(super) name: Cow<'static, str>,
    pub(super) status: Status,
    /// What was found, and why. Untrusted text.
    pub(super) detail: String,
    /// What to do; empty if nothing can or need be done.
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

    /// A check that was passed in: its finding, or its error.
    pub(super) fn handed_in(name: &'static str, found: Result<String, String>, remedy: &str) -> Self {
        match found {
            Ok(detail) => Self::new(name, Status::Ok, detail, ""),
            Err(detail) => Self::new(name, Status::No, detail, remedy),
        }
    }

    /// A degradation with the current settings.
    pub(super) fn degraded(degradation: Degradation) -> Self {
        let name = Cow::Owned(format!("degraded-{}", degradation.kind.name().replace(' ', "-")));
        let (detail, remedy) = (degradation.what, degradation.remedy);
        Self { subject: Subject::Settings, name, status: Status::Partly, detail, remedy }
    }
}
