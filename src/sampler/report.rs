//! Status of the sampler, sent from its thread to the user interface.

use super::OwnTime;
use crate::{
    geodesy::LatLng,
    model::{Degradation, HostId},
};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc, time::Duration};

/// Kinds of sources, named as in `--source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// The kernel's socket lists (Linux).
    SockDiag,
    /// The portable source.
    Netstat2,
    /// The kernel's text tables (Linux).
    ProcNet,
    /// Simulated connections.
    Demo,
    /// A recording.
    Replay,
    /// What this computer recorded in the past.
    History,
}

impl SourceKind {
    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SockDiag => "sock-diag",
            Self::Netstat2 => "netstat2",
            Self::ProcNet => "proc-net",
            Self::Demo => "demo",
            Self::Replay => "replay",
            Self::History => "history",
        }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a source reports. Anything else is unknown, not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// Traffic of connections.
    pub measures_traffic: bool,
    /// Connections shorter than the sampling period, or their number.
    pub reports_short_connections: bool,
    /// Peers of UDP sockets.
    pub reports_udp_peers: bool,
    /// Systemd units of sockets.
    pub reports_units: bool,
    /// Connections are simulated.
    pub is_simulated: bool,
    /// Connections are recorded.
    pub is_recorded: bool,
}

impl Capabilities {
    /// A source that reports only the endpoints of connections.
    pub const NONE: Self = Self {
        measures_traffic: false,
        reports_short_connections: false,
        reports_udp_peers: false,
        reports_units: false,
        is_simulated: false,
        is_recorded: false,
    };
}

/// Connections that are counted but not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unseen {
    /// Close events that were lost; some of these sockets may never have been shown.
    pub missed: u64,
    /// Connections that were aborted or refused before they were sampled; their peer is unknown.
    pub aborted: u64,
}

impl Unseen {
    pub(super) fn plus(self, other: Self) -> Self {
        Self { missed: self.missed + other.missed, aborted: self.aborted + other.aborted }
    }
}

/// Where the computer was when its connections were recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HomeThen {
    /// It was not known, or is not told.
    Unknown,
    /// There.
    At {
        /// Its position.
        position: LatLng,
        /// Name of the place. Untrusted text.
        name: String,
        /// Maximum error in km; `None` if the user set the position.
        uncertainty_km: Option<f32>,
    },
}

/// Status of a sampler. Counts are since its start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SamplerReport {
    /// The machine it samples.
    #[serde(skip_serializing_if = "HostId::is_this")]
    pub host: HostId,
    /// Current source; `None` if none could be opened.
    pub source: Option<SourceKind>,
    /// Label for every picture; `None` for live connections of this computer. Untrusted text.
    pub label: Option<String>,
    /// What a demo tells about this moment. Untrusted text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<Arc<str>>,
    /// Capabilities of the source.
    pub capabilities: Capabilities,
    /// Everything that does not work.
    pub degradations: Vec<Degradation>,
    /// Time range of the source; `None` for a live source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_time: Option<OwnTime>,
    /// Where the computer was at this moment; `None` for a source that does not record it.
    #[serde(skip)]
    pub home: Option<HomeThen>,
    /// Connections that are counted but not shown.
    pub unseen: Unseen,
    /// Deltas that were merged because the reader was slow.
    pub merged: u64,
    /// Connections that opened and closed between two messages and were dropped for lack of space.
    pub vanished: u64,
    /// Number of times that a byte counter decreased.
    pub backwards: u64,
    /// Current time between two samples.
    pub period: Duration,
    /// CPU time of the last sample and comparison in milliseconds; `None` if the system does not report it.
    pub cpu_ms: Option<f32>,
    /// Number of connections and listeners in the last sample.
    pub sockets: usize,
}

impl SamplerReport {
    /// Whether it differs from `reported` in more than counters and measurements.
    pub(super) fn is_news(&self, reported: &Self) -> bool {
        let Self {
            host,
            source,
            label,
            caption,
            capabilities,
            degradations,
            own_time,
            home,
            unseen,
            merged: _,
            vanished: _,
            backwards: _,
            period,
            cpu_ms: _,
            sockets: _,
        } = self;
        *host != reported.host
            || *source != reported.source
            || *label != reported.label
            || *caption != reported.caption
            || *capabilities != reported.capabilities
            || *degradations != reported.degradations
            || own_time.map(OwnTime::ends) != reported.own_time.map(OwnTime::ends)
            || *home != reported.home
            || *unseen != reported.unseen
            || *period != reported.period
    }

    /// What is recorded of it: not its time, and no measurement of the program itself.
    #[must_use]
    pub fn without_measurements(&self) -> Self {
        Self {
            host: self.host,
            source: self.source,
            label: self.label.clone(),
            caption: self.caption.clone(),
            capabilities: self.capabilities,
            degradations: self.degradations.clone(),
            unseen: self.unseen,
            ..Self::default()
        }
    }

    /// Whether there is a source.
    #[must_use]
    pub fn has_source(&self) -> bool {
        self.source.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DegradationKind;

    #[test]
    fn it_can_be_written_and_read_and_what_it_lacks_is_at_its_default() {
        let report = SamplerReport {
            source: Some(SourceKind::SockDiag),
            label: Some("DEMO".to_owned()),
            capabilities: Capabilities { measures_traffic: true, ..Capabilities::default() },
            degradations: vec![Degradation::new(DegradationKind::Owners, "a thing", "do this")],
            unseen: Unseen { missed: 5, aborted: 6 },
            vanished: 7,
            period: Duration::from_millis(250),
            cpu_ms: Some(1.5),
            ..SamplerReport::default()
        };
        let text = serde_json::to_string(&report).expect("text");
        assert!(text.contains(r#""source":"sock-diag""#) && !text.contains("host"), "{text}");
        assert_eq!(serde_json::from_str::<SamplerReport>(&text).expect("a report"), report);
        assert_eq!(serde_json::from_str::<SamplerReport>("{}").expect("a report"), SamplerReport::default());
    }

    #[test]
    fn what_only_counts_and_measures_is_no_news() {
        let reported = SamplerReport::default();
        let counted = SamplerReport {
            merged: 1,
            vanished: 1,
            backwards: 1,
            cpu_ms: Some(1.0),
            sockets: 1,
            ..SamplerReport::default()
        };
        assert!(!counted.is_news(&reported));
        for news in [
            SamplerReport { source: Some(SourceKind::Demo), ..SamplerReport::default() },
            SamplerReport { unseen: Unseen { missed: 1, aborted: 0 }, ..SamplerReport::default() },
            SamplerReport { period: Duration::from_secs(1), ..SamplerReport::default() },
        ] {
            assert!(news.is_news(&reported), "{news:?}");
        }
    }
}
