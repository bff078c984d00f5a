//! What is computed from blocks: activity in bins of time, sums by the hour, and what happened for the first time.

use super::{HistoryError, Store};
use crate::model::UnixMillis;
use rusqlite::{OptionalExtension, params};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Sizes of the bins of activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActivityLevel {
    /// Ten seconds; kept for two days.
    TenSeconds,
    /// A minute; kept for two weeks.
    Minute,
    /// Ten minutes; kept as long as the history.
    TenMinutes,
    /// An hour; kept as long as the history.
    Hour,
}

impl ActivityLevel {
    /// All of them, the finest first.
    pub const ALL: [Self; 4] = [Self::TenSeconds, Self::Minute, Self::TenMinutes, Self::Hour];

    /// Length of a bin, ms.
    #[must_use]
    pub fn bin_ms(self) -> i64 {
        match self {
            Self::TenSeconds => 10_000,
            Self::Minute => 60_000,
            Self::TenMinutes => 600_000,
            Self::Hour => 3_600_000,
        }
    }

    /// For how long bins are kept, ms; `None` for as long as the history.
    #[must_use]
    pub fn kept_ms(self) -> Option<i64> {
        match self {
            Self::TenSeconds => Some(2 * 86_400_000),
            Self::Minute => Some(14 * 86_400_000),
            Self::TenMinutes | Self::Hour => None,
        }
    }
}

/// What happened in a bin of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActivityBin {
    /// The number of the bin: its first moment divided by its length.
    pub bin: i64,
    /// Connections that opened.
    pub opened: u64,
    /// Connections that closed.
    pub closed: u64,
    /// The largest number of connections that were open at once.
    pub most_open: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
}

impl ActivityBin {
    /// Adds what happened in the same time or in a part of it.
    pub fn add(&mut self, other: &Self) {
        self.opened += other.opened;
        self.closed += other.closed;
        self.most_open = self.most_open.max(other.most_open);
        self.sent = self.sent.saturating_add(other.sent);
        self.received = self.received.saturating_add(other.received);
    }
}

/// What connections are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// The program that owns them, or else the unit, the user or the kernel.
    Process,
    /// The country of the peer.
    Country,
    /// The operator of the peer.
    Operator,
    /// The port of the service.
    Port,
}

impl SubjectKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Process, Self::Country, Self::Operator, Self::Port];

    fn number(self) -> i64 {
        Self::ALL.iter().position(|kind| *kind == self).unwrap_or(0) as i64
    }

    fn of(number: i64) -> Option<Self> {
        usize::try_from(number).ok().and_then(|number| Self::ALL.get(number).copied())
    }
}

/// A process, a country, an operator or a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Its name; untrusted text.
    pub name: Arc<str>,
}

/// Connections of a subject in an hour or a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanRow {
    /// The number of the hour or day since 1970.
    pub number: i64,
    /// Of what.
    pub subject: Subject,
    /// Connections that were there when it or the recording began.
    pub present: u64,
    /// Connections that opened.
    pub opened: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
}

impl Store {
    /// Adds to a bin of activity.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add_activity(&self, level: ActivityLevel, bin: &ActivityBin) -> Result<(), HistoryError> {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.execute(
            "INSERT INTO activity(level, bin, opened, closed, most_open, sent, received) VALUES(?1,?2,?3,?4,?5,?6,?7)
             ON CONFLICT(level, bin) DO UPDATE SET opened = opened + excluded.opened, closed = closed + excluded.closed,
             most_open = max(most_open, excluded.most_open), sent = sent + excluded.sent,
             received = received + excluded.received",
            params![
                level.bin_ms(),
                bin.bin,
                number(bin.opened),
                number(bin.closed),
                number(bin.most_open),
                number(bin.sent),
                number(bin.received)
            ],
        )
        .map(|_| ())
    }

    /// The bins of a level from `from` to before `to`, in ascending order.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn activity(
        &self,
        level: ActivityLevel,
        from: UnixMillis,
        to: UnixMillis,
    ) -> Result<Vec<ActivityBin>, HistoryError> {
        let bin_ms = level.bin_ms();
        let (first, end) = (from.0.div_euclid(bin_ms), to.0.saturating_add(bin_ms - 1).div_euclid(bin_ms));
        self.rows(
            "SELECT bin, opened, closed, most_open, sent, received FROM activity WHERE level=?1 AND bin>=?2 AND bin<?3
             ORDER BY bin",
            params![bin_ms, first, end],
            |row| {
                let number = |at| row.get::<_, i64>(at).map(|value| value.max(0) as u64);
                Ok(ActivityBin {
                    bin: row.get(0)?,
                    opened: number(1)?,
                    closed: number(2)?,
                    most_open: number(3)?,
                    sent: number(4)?,
                    received: number(5)?,
                })
            },
        )
    }

    /// The last moment at which recording ran, ms since 1970.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn last_ms(&self) -> Result<i64, HistoryError> {
        self.number("SELECT max(alive_ms) FROM run")
    }

    /// The number of a subject, which is stored if it is new.
    fn subject(&self, subject: &Subject) -> Result<i64, HistoryError> {
        let key = params![subject.kind.number(), &*subject.name];
        let known = self
            .db
            .prepare_cached("SELECT id FROM subject WHERE kind=?1 AND name=?2")
            .and_then(|mut statement| statement.query_row(key, |row| row.get(0)).optional())
            .map_err(|source| self.failed(source))?;
        match known {
            Some(id) => Ok(id),
            None => {
                self.execute("INSERT INTO subject(kind, name) VALUES(?1, ?2)", key)?;
                Ok(self.db.last_insert_rowid())
            }
        }
    }

    /// Adds to the sums of an hour or a day, whose length is `span_ms`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add_span(&self, span_ms: i64, row: &SpanRow) -> Result<(), HistoryError> {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let subject = self.subject(&row.subject)?;
        self.execute(
            "INSERT INTO span(span, number, subject, present, opened, sent, received) VALUES(?1,?2,?3,?4,?5,?6,?7)
             ON CONFLICT(span, number, subject) DO UPDATE SET present = present + excluded.present,
             opened = opened + excluded.opened, sent = sent + excluded.sent, received = received + excluded.received",
            params![
                span_ms,
                row.number,
                subject,
                number(row.present),
                number(row.opened),
                number(row.sent),
                number(row.received)
            ],
        )
        .map(|_| ())
    }

    /// The sums of the hours or days from `from` to before `to` by subject: `present` are connections that were there at the
    /// beginning of one and had not opened in those before.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn spans(&self, span_ms: i64, from: i64, to: i64) -> Result<Vec<SpanRow>, HistoryError> {
        #[derive(Default)]
        struct Sum {
            number: i64,
            present: u64,
            opened: u64,
            sent: u64,
            received: u64,
        }
        let mut sums: FxHashMap<i64, Sum> = FxHashMap::default();
        self.rows(
            "SELECT number, subject, present, opened, sent, received FROM span
             WHERE span = ?1 AND number >= ?2 AND number < ?3 ORDER BY number",
            params![span_ms, from, to],
            |row| {
                let value = |at| row.get::<_, i64>(at).map(|value| value.max(0) as u64);
                let number = row.get(0)?;
                let sum = sums.entry(row.get(1)?).or_insert_with(|| Sum { number, ..Sum::default() });
                sum.present += value(2)?.saturating_sub(sum.present + sum.opened);
                sum.opened += value(3)?;
                sum.sent += value(4)?;
                sum.received += value(5)?;
                Ok(())
            },
        )?;
        let mut names: FxHashMap<i64, Subject> = FxHashMap::default();
        self.rows("SELECT id, kind, name FROM subject", [], |row| {
            let name: String = row.get(2)?;
            let kind = SubjectKind::of(row.get(1)?).unwrap_or(SubjectKind::Process);
            names.insert(row.get(0)?, Subject { kind, name: name.into() });
            Ok(())
        })?;
        let row = |(subject, sum): (i64, Sum)| {
            let Sum { number, present, opened, sent, received } = sum;
            Some(SpanRow { number, subject: names.remove(&subject)?, present, opened, sent, received })
        };
        Ok(sums.into_iter().filter_map(row).collect())
    }

    /// Stores that a process reached a country or an operator, unless that is known.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add_first(&self, process: &Subject, other: &Subject, at: UnixMillis) -> Result<(), HistoryError> {
        let (process, other) = (self.subject(process)?, self.subject(other)?);
        let sql = "INSERT INTO first(process, other, at_ms) VALUES(?1, ?2, ?3)
                   ON CONFLICT(process, other) DO UPDATE SET at_ms = min(at_ms, excluded.at_ms)";
        self.execute(sql, params![process, other, at.0]).map(|_| ())
    }

    /// When processes first reached a country or an operator, from `from` to before `to`: at most `most`, the latest.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn firsts(
        &self,
        from: UnixMillis,
        to: UnixMillis,
        most: u32,
    ) -> Result<Vec<(UnixMillis, Subject, Subject)>, HistoryError> {
        self.rows(
            "SELECT at_ms, p.kind, p.name, o.kind, o.name FROM first JOIN subject p ON p.id = process
             JOIN subject o ON o.id = other WHERE at_ms >= ?1 AND at_ms < ?2 ORDER BY at_ms DESC LIMIT ?3",
            params![from.0, to.0, most],
            |row| {
                let subject = |at: usize| -> rusqlite::Result<Subject> {
                    let name: String = row.get(at + 1)?;
                    Ok(Subject {
                        kind: SubjectKind::of(row.get(at)?).unwrap_or(SubjectKind::Process),
                        name: name.into(),
                    })
                };
                Ok((UnixMillis(row.get(0)?), subject(1)?, subject(3)?))
            },
        )
    }

    /// Removes everything that is computed from blocks.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn clear_computed(&self) -> Result<(), HistoryError> {
        for table in ["activity", "span", "first", "subject"] {
            self.execute(&format!("DELETE FROM {table}"), [])?;
        }
        Ok(())
    }
}
