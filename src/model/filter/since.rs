//! The value of `since:`: a moment, a time of the day, or a time before now.

use super::parse_duration_ms;
use crate::model::UnixMillis;

const DAY_MS: i64 = 86_400_000;

/// From when on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// This moment.
    At(UnixMillis),
    /// This time of the day (UTC), ms after midnight: the last time that it was that.
    TimeOfDay(i64),
    /// So many ms before now.
    Ago(i64),
}

impl Since {
    /// `2026-06-01T10:30:00Z` (RFC 3339), `10:30`, `10:30:15` or `2h`; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return Some(Self::At(UnixMillis(at.as_millisecond())));
        }
        if let Some(ms) = parse_duration_ms(text) {
            return Some(Self::Ago(ms));
        }
        let time: jiff::civil::Time = text.parse().ok().filter(|_| text.contains(':'))?;
        let seconds = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        Some(Self::TimeOfDay(seconds * 1_000))
    }

    /// The moment that is meant, if it is `now` now.
    pub(super) fn moment(self, now: UnixMillis) -> UnixMillis {
        match self {
            Self::At(at) => at,
            Self::Ago(ms) => now.plus_ms(-ms),
            Self::TimeOfDay(ms) => {
                let today = UnixMillis(now.0.div_euclid(DAY_MS) * DAY_MS + ms);
                if today <= now { today } else { today.plus_ms(-DAY_MS) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_the_day_is_the_last_one() {
        let now: jiff::Timestamp = "2026-06-02T11:00:00Z".parse().expect("a time");
        let now = UnixMillis(now.as_millisecond());
        for (text, moment) in [
            ("10:30", "2026-06-02T10:30:00.000Z"),
            ("10:30:15", "2026-06-02T10:30:15.000Z"),
            ("11:30", "2026-06-01T11:30:00.000Z"),
            ("2h", "2026-06-02T09:00:00.000Z"),
            ("2026-06-01T12:00:00+02:00", "2026-06-01T10:00:00.000Z"),
        ] {
            assert_eq!(Since::parse(text).expect(text).moment(now).to_string(), moment, "{text}");
        }
        for wrong in ["", "10", "25:00", "yesterday", "2026-06-01"] {
            assert_eq!(Since::parse(wrong), None, "{wrong}");
        }
    }
}
