//! When recording ran, and when it could not.

use super::{HistoryError, Store};
use crate::{language::t, model::UnixMillis};
use rusqlite::params;

/// A time during which recording ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number, ascending.
    pub id: i64,
    /// When it began.
    pub started_at: UnixMillis,
    /// When it was last known to run.
    pub alive_at: UnixMillis,
    /// Whether it ended in order.
    pub has_ended: bool,
    /// What was recorded, if not this computer.
    pub label: Option<String>,
}

/// Why nothing was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GapReason {
    /// netglobe did not run.
    NotRunning,
    /// The computer slept.
    Sleep,
    /// The user had asked for private mode.
    Private,
    /// The clock was set forward.
    ClockForward,
    /// The clock was set back.
    ClockBack,
    /// The kernel or the sampler dropped events.
    EventsLost,
    /// The history could not be written.
    NotWritten,
    /// Connections could not be listed.
    NotSampled,
}

impl GapReason {
    const ALL: [(Self, &'static str); 8] = [
        (Self::NotRunning, "not-running"),
        (Self::Sleep, "sleep"),
        (Self::Private, "private"),
        (Self::ClockForward, "clock-forward"),
        (Self::ClockBack, "clock-back"),
        (Self::EventsLost, "events-lost"),
        (Self::NotWritten, "not-written"),
        (Self::NotSampled, "not-sampled"),
    ];

    /// The name in the file and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(reason, _)| *reason == self).map_or("", |(_, name)| name)
    }

    pub(in crate::history) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(reason, _)| *reason)
    }

    /// The reason for the user.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NotRunning => t!("gap-not-running"),
            Self::Sleep => t!("gap-sleep"),
            Self::Private => t!("gap-private"),
            Self::ClockForward => t!("gap-clock-forward"),
            Self::ClockBack => t!("gap-clock-back"),
            Self::EventsLost => t!("gap-events-lost"),
            Self::NotWritten => t!("gap-not-written"),
            Self::NotSampled => t!("gap-not-sampled"),
        }
    }

    /// Whether nothing at all is known of this time.
    #[must_use]
    pub fn is_whole(self) -> bool {
        !matches!(self, Self::EventsLost)
    }
}

/// A time of which not everything is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// From when.
    pub from: UnixMillis,
    /// To when; before `from` if the clock was set back.
    pub to: UnixMillis,
    /// Why.
    pub reason: GapReason,
    /// Number of events or connections that were lost, if it is known.
    pub count: u64,
}

impl Store {
    /// Begins a run, and returns its number.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin_run(&self, at: UnixMillis, label: Option<&str>) -> Result<i64, HistoryError> {
        self.execute("INSERT INTO run(started_ms, alive_ms, label) VALUES(?1, ?1, ?2)", params![at.0, label])?;
        Ok(self.db.last_insert_rowid())
    }

    /// Says that a run goes on, or that it has ended in order.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn is_alive(&self, run: i64, at: UnixMillis, has_ended: bool) -> Result<(), HistoryError> {
        let sql = "UPDATE run SET alive_ms = ?2, has_ended = ?3 WHERE id = ?1";
        self.execute(sql, params![run, at.0, has_ended]).map(|_| ())
    }

    /// What it shows, if not this computer: the label of a demo. Empty otherwise.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn label(&self) -> Result<String, HistoryError> {
        Ok(self.runs()?.into_iter().find_map(|run| run.label).unwrap_or_default())
    }

    /// All runs in the order of writing.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn runs(&self) -> Result<Vec<Run>, HistoryError> {
        self.rows("SELECT id, started_ms, alive_ms, has_ended, label FROM run ORDER BY id", [], |row| {
            Ok(Run {
                id: row.get(0)?,
                started_at: UnixMillis(row.get(1)?),
                alive_at: UnixMillis(row.get(2)?),
                has_ended: row.get(3)?,
                label: row.get(4)?,
            })
        })
    }

    /// Stores a gap.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add_gap(&self, gap: &Gap) -> Result<(), HistoryError> {
        let sql = "INSERT INTO gap(from_ms, to_ms, reason, count) VALUES(?1, ?2, ?3, ?4)";
        let count = i64::try_from(gap.count).unwrap_or(i64::MAX);
        self.execute(sql, params![gap.from.0, gap.to.0, gap.reason.name(), count]).map(|_| ())
    }

    /// All gaps in the order of writing, with those between two runs.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn gaps(&self) -> Result<Vec<Gap>, HistoryError> {
        let mut gaps: Vec<Gap> = self.rows("SELECT from_ms, to_ms, reason, count FROM gap ORDER BY id", [], |row| {
            let reason: String = row.get(2)?;
            let count: i64 = row.get(3)?;
            // A newer version may know more reasons.
            let reason = GapReason::parse(&reason).unwrap_or(GapReason::NotSampled);
            let (from, to) = (UnixMillis(row.get(0)?), UnixMillis(row.get(1)?));
            Ok(Gap { from, to, reason, count: count.max(0) as u64 })
        })?;
        let runs = self.runs()?;
        for pair in runs.windows(2) {
            if let [before, after] = pair
                && after.started_at > before.alive_at
                && !gaps
                    .iter()
                    .any(|gap| gap.reason.is_whole() && gap.from <= before.alive_at && gap.to >= after.started_at)
            {
                let (from, to) = (before.alive_at, after.started_at);
                gaps.push(Gap { from, to, reason: GapReason::NotRunning, count: 0 });
            }
        }
        gaps.sort_by_key(|gap| gap.from);
        Ok(gaps)
    }

    /// Removes everything but the run that goes on.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn clear_all(&self) -> Result<(), HistoryError> {
        self.clear_computed()?;
        for table in ["block", "block_data", "tail", "gap"] {
            self.execute(&format!("DELETE FROM {table}"), [])?;
        }
        self.execute("DELETE FROM run WHERE has_ended OR id < (SELECT max(id) FROM run)", []).map(|_| ())
    }

    /// Removes all runs: nobody records.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn clear_runs(&self) -> Result<(), HistoryError> {
        self.execute("DELETE FROM run", []).map(|_| ())
    }

    /// Removes runs and gaps that ended before `moment`, and lets those that reach over it begin there.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn forget_times_before(&self, moment: UnixMillis) -> Result<(), HistoryError> {
        let at = moment.0;
        self.execute("DELETE FROM gap WHERE to_ms < ?1", [at])?;
        self.execute("UPDATE gap SET from_ms = ?1 WHERE from_ms < ?1", [at])?;
        self.execute("DELETE FROM run WHERE alive_ms < ?1 AND id < (SELECT max(id) FROM run)", [at])?;
        self.execute("UPDATE run SET started_ms = ?1 WHERE started_ms < ?1", [at]).map(|_| ())
    }
}
