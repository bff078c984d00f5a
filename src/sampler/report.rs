//! What a sampler says about itself: one value, from the thread that fills it in to the panel that shows it.

use super::OwnTime;
use crate::model::{Degradation, HostId};
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// The kinds of sources. The names are those that `--source` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// The kernel's own lists (Linux).
    SockDiag,
    /// The portable source.
    Netstat2,
    /// The kernel's tables of text (Linux).
    ProcNet,
    /// Invented connections.
    Demo,
    /// A recording.
    Replay,
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
        }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a source can do. What it cannot is not absent: it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// Connections come with measured traffic. Without it, no traffic is not zero traffic.
    pub measures_traffic: bool,
    /// Connections that are too short for a look are told, or counted.
    pub tells_short_connections: bool,
    /// UDP sockets come with their other ends.
    pub tells_udp_peers: bool,
    /// Sockets come with the unit that they belong to.
    pub tells_units: bool,
    /// Connections are invented.
    pub is_simulated: bool,
    /// Connections are those of another time.
    pub is_recorded: bool,
}

impl Capabilities {
    /// Of a source that tells who is connected to whom, and no more.
    pub const NONE: Self = Self {
        measures_traffic: false,
        tells_short_connections: false,
        tells_udp_peers: false,
        tells_units: false,
        is_simulated: false,
        is_recorded: false,
    };
}

/// Connections that are counted alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unseen {
    /// Sockets of whose end the system told, and nobody listened in time: some may never have been shown.
    pub missed: u64,
    /// Connections that were aborted, or refused, before a snapshot showed them: their other end is not known.
    pub aborted: u64,
}

impl Unseen {
    pub(super) fn plus(self, other: Self) -> Self {
        Self { missed: self.missed + other.missed, aborted: self.aborted + other.aborted }
    }
}

/// What a sampler says about itself. Counts are since its start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SamplerReport {
    /// The machine that it watches.
    #[serde(skip_serializing_if = "HostId::is_this")]
    pub host: HostId,
    /// Source in use; `None` where none has opened.
    pub source: Option<SourceKind>,
    /// What to write on every picture; `None` when it is this computer, live. Untrusted text.
    pub label: Option<String>,
    /// What the source can do.
    pub capabilities: Capabilities,
    /// Everything that does not work as it should.
    pub degradations: Vec<Degradation>,
    /// The time of its own that the source has; `None` where it shows what is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_time: Option<OwnTime>,
    /// Connections that are counted alone.
    pub unseen: Unseen,
    /// Deltas that were merged because the reader was slow.
    pub merged: u64,
    /// Connections that opened and closed between two messages and were never told, for lack of room.
    pub vanished: u64,
    /// How often a counter of traffic went backwards.
    pub backwards: u64,
    /// Time between two looks now.
    pub period: Duration,
    /// CPU time of the last look and comparison, milliseconds; `None` where the system does not tell.
    pub cpu_ms: Option<f32>,
    /// Connections and listeners at the last look.
    pub sockets: usize,
}

impl SamplerReport {
    /// Whether it says something that `told` did not, apart from what only counts and measures: that goes along.
    pub(super) fn is_news(&self, told: &Self) -> bool {
        let Self {
            host,
            source,
            label,
            capabilities,
            degradations,
            own_time,
            unseen,
            merged: _,
            vanished: _,
            backwards: _,
            period,
            cpu_ms: _,
            sockets: _,
        } = self;
        *host != told.host
            || *source != told.source
            || *label != told.label
            || *capabilities != told.capabilities
            || *degradations != told.degradations
            || own_time.map(OwnTime::ends) != told.own_time.map(OwnTime::ends)
            || *unseen != told.unseen
            || *period != told.period
    }

    /// Whether there is a source at all.
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
        let told = SamplerReport::default();
        let counted = SamplerReport {
            merged: 1,
            vanished: 1,
            backwards: 1,
            cpu_ms: Some(1.0),
            sockets: 1,
            ..SamplerReport::default()
        };
        assert!(!counted.is_news(&told));
        for news in [
            SamplerReport { source: Some(SourceKind::Demo), ..SamplerReport::default() },
            SamplerReport { unseen: Unseen { missed: 1, aborted: 0 }, ..SamplerReport::default() },
            SamplerReport { period: Duration::from_secs(1), ..SamplerReport::default() },
        ] {
            assert!(news.is_news(&told), "{news:?}");
        }
    }
}
