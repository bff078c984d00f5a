//! A point in time that can be compared, stored and printed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
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
    fn a_clock_that_steps_back_gives_no_negative_age() {
        assert_eq!(UnixMillis(1000).seconds_since(UnixMillis(5000)), 0.0);
        assert_eq!(UnixMillis(5000).seconds_since(UnixMillis(1000)), 4.0);
    }
}
