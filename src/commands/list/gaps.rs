//! Connections that `--watch` counts but cannot list: lost close events, aborted connections, and connections dropped
//! for lack of space. All counts are since the start.

use super::ListError;
use crate::{commands::record_json::SCHEMA, sampler::SamplerReport};
use serde::Serialize;

/// The counts, as in the event `gap`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Gaps {
    /// Close events lost because they were not read in time; some may be of connections that were never listed.
    closings_missed: u64,
    /// Connections aborted or refused between two samples: their remote end is unknown.
    aborted: u64,
    /// Connections that opened and closed while the reader was slow, and that were too many to store.
    vanished: u64,
}

#[derive(Serialize)]
struct GapRecord {
    schema: u32,
    event: &'static str,
    #[serde(flatten)]
    gaps: Gaps,
}

impl Gaps {
    /// Updates the counts from a report; returns them if they rose.
    pub(super) fn news(&mut self, report: &SamplerReport) -> Option<Self> {
        let unseen = report.unseen;
        let now = Self { closings_missed: unseen.missed, aborted: unseen.aborted, vanished: report.vanished };
        let is_news = *self != now;
        *self = now;
        is_news.then_some(now)
    }

    /// A line of JSON.
    pub(super) fn json_line(&self) -> Result<String, ListError> {
        let record = GapRecord { schema: SCHEMA, event: "gap", gaps: *self };
        serde_json::to_string(&record).map_err(|error| ListError::Output(error.into()))
    }

    /// A sentence.
    pub(super) fn words(&self) -> String {
        let counts =
            [(self.closings_missed, "close events lost"), (self.aborted, "aborted"), (self.vanished, "dropped")];
        let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}"));
        format!("counted but not listed so far: {}", counts.collect::<Vec<_>>().join(", "))
    }
}
