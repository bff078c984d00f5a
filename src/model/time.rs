//! A point in time that can be compared, stored and printed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The first moment that counts as a date, in the year -9999. All from here to [`UnixMillis::LAST`] can be written, and
    /// their differences are numbers.
    pub const FIRST: Self = Self(-377_705_000_000_000);
    /// The last moment that counts as a date, in the year 9999.
    pub const LAST: Self = Self(253_402_000_000_000);

    /// Whether it counts as a date.
    #[must_use]
    pub fn is_a_date(self) -> bool {
        (Self::FIRST..=Self::LAST).contains(&self)
    }

    /// Seconds from `earlier` to `self`; 0 if the clock stepped backwards in between.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> f64 {
        (self.0.saturating_sub(earlier.0)).max(0) as f64 / 1000.0
    }

    /// The time `ms` milliseconds later (earlier if negative).
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

impl UnixMillis {
    /// To the second, for people: `2026-06-21 14:32:05 UTC`.
    #[must_use]
    pub fn to_second(self) -> String {
        let text: String = self.to_string().chars().take(19).collect();
        format!("{} UTC", text.replace('T', " "))
    }
}

/// A window of time, from its first moment to before its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeWindow {
    /// The first moment.
    pub from: UnixMillis,
    /// The moment after the last.
    pub to: UnixMillis,
}

impl TimeWindow {
    /// The window that contains all of `windows`; `None` without any.
    #[must_use]
    pub fn around(windows: &[Self]) -> Option<Self> {
        let hull = |a: Self, b: Self| Self { from: a.from.min(b.from), to: a.to.max(b.to) };
        windows.iter().copied().reduce(hull)
    }

    /// For people, in UTC: `2026-06-01 10:30 – 11:15`, with seconds if it is short, and with both days if there are two.
    #[must_use]
    pub fn to_words(&self) -> String {
        let end = if self.to.0.saturating_sub(self.from.0) < 600_000 { 19 } else { 16 };
        let (from, to) = (self.from.to_string(), self.to.to_string());
        let part = |text: &str, begin: usize| text.get(begin..end).unwrap_or_default().replace('T', " ");
        let same_day = from.get(..10) == to.get(..10);
        format!("{} – {}", part(&from, 0), part(&to, if same_day { 11 } else { 0 }))
    }

    /// Whether something that began at `from` and ended at `to` (or has not ended) was there in it.
    #[must_use]
    pub fn touches(&self, from: UnixMillis, to: Option<UnixMillis>) -> bool {
        from < self.to && to.is_none_or(|to| to >= self.from)
    }
}

impl fmt::Display for UnixMillis {
    /// RFC 3339 in UTC with milliseconds, `2026-06-01T12:00:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(timestamp) => write!(f, "{timestamp:.3}"),
            Err(_) => write!(f, "{} ms after 1970", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_prints_as_rfc_3339_in_utc() {
        assert_eq!(UnixMillis(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(UnixMillis(1_780_315_200_123).to_string(), "2026-06-01T12:00:00.123Z");
    }

    #[test]
    fn the_first_and_the_last_date_can_be_written() {
        for (date, beyond, begin) in [(UnixMillis::FIRST, -1, "-009999-"), (UnixMillis::LAST, 1, "9999-12-")] {
            assert!(date.is_a_date() && !date.plus_ms(beyond).is_a_date());
            assert!(date.to_string().starts_with(begin), "{date}");
        }
        assert!(!UnixMillis(i64::MIN).is_a_date() && !UnixMillis(i64::MAX).is_a_date());
    }

    #[test]
    fn a_clock_that_steps_back_gives_no_negative_age() {
        assert_eq!(UnixMillis(1000).seconds_since(UnixMillis(5000)), 0.0);
        assert_eq!(UnixMillis(5000).seconds_since(UnixMillis(1000)), 4.0);
    }

    #[test]
    fn a_window_is_said_as_short_as_it_is_clear() {
        let at = |text: &str| UnixMillis(text.parse::<jiff::Timestamp>().expect(text).as_millisecond());
        for (from, to, words) in [
            ("2026-06-01T10:30:00Z", "2026-06-01T11:15:00Z", "2026-06-01 10:30 – 11:15"),
            ("2026-06-01T10:30:00Z", "2026-06-01T10:30:15Z", "2026-06-01 10:30:00 – 10:30:15"),
            ("2026-06-01T10:30:00Z", "2026-06-03T10:30:00Z", "2026-06-01 10:30 – 2026-06-03 10:30"),
        ] {
            assert_eq!(TimeWindow { from: at(from), to: at(to) }.to_words(), words);
        }
        let always = TimeWindow { from: UnixMillis(i64::MIN), to: UnixMillis(i64::MAX) };
        assert!(!always.to_words().is_empty());
    }
}
