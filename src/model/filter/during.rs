//! The value of `during:`: a duration before now, or a window from one moment to another.

use super::since::Since;
use crate::model::{TimeWindow, UnixMillis};

const DAY_MS: i64 = 86_400_000;

/// A window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct During {
    from: Since,
    /// `None` for now.
    to: Option<Since>,
}

impl During {
    /// `2h`, or `FROM..TO`, where each is a moment, a time of the day, a duration before now, or `now`; `None` for
    /// anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let moment = |text: &str| match text {
            "now" => Some(Since::Ago(0)),
            // A year before 0 begins with the sign, too.
            text => Since::parse(text).or_else(|| Since::parse(text.strip_prefix('-')?)),
        };
        match text.split_once("..") {
            Some((from, to)) => Some(Self { from: moment(from)?, to: Some(moment(to)?) }),
            None => match Since::parse(text)? {
                ago @ Since::Ago(_) => Some(Self { from: ago, to: None }),
                _ => None,
            },
        }
    }

    /// The window that is meant, if it is `now` now.
    pub(super) fn window(self, now: UnixMillis) -> TimeWindow {
        let from = self.from.moment(now);
        let to = match self.to {
            // What is there now is in it.
            None | Some(Since::Ago(0)) => now.plus_ms(1),
            // The first time after the beginning that it is that.
            Some(Since::TimeOfDay(ms)) => {
                let same_day = UnixMillis(from.0.div_euclid(DAY_MS).saturating_mul(DAY_MS)).plus_ms(ms);
                if same_day > from { same_day } else { same_day.plus_ms(DAY_MS) }
            }
            Some(to) => to.moment(now),
        };
        // Further away than any date is as far as there are dates.
        let dated = |at: UnixMillis| at.clamp(UnixMillis::FIRST, UnixMillis::LAST);
        TimeWindow { from: dated(from), to: dated(to.max(from)) }
    }

    /// Whether it moves with the time.
    pub(super) fn moves(self) -> bool {
        !matches!((self.from, self.to), (Since::At(_), Some(Since::At(_))))
    }
}

/// The word of a query that matches what was there in any of `windows`:
/// `during:2026-06-01T10:30:00Z..2026-06-01T10:40:00Z`.
#[must_use]
pub fn during_word(windows: &[TimeWindow]) -> String {
    let moment = |at: UnixMillis| at.to_string().replace(".000Z", "Z");
    let windows = windows.iter().map(|window| format!("{}..{}", moment(window.from), moment(window.to)));
    format!("{}:{}", super::FilterKey::During.name(), windows.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_windows_means_these_windows() {
        let window = |from, to| TimeWindow { from: UnixMillis(from), to: UnixMillis(to) };
        let windows = [window(1_780_000_000_000, 1_780_000_600_000), window(1_780_000_900_001, 1_780_000_900_002)];
        let word = during_word(&windows);
        assert!(word.starts_with("during:2026-05-28T20:26:40Z..2026-05-28T20:36:40Z,"), "{word}");
        let query = crate::model::filter::Query::parse(&word).expect(&word);
        assert_eq!(query.time_windows(UnixMillis(0)), windows);
        assert!(!query.moves());
        let long_ago = [window(-70_000_000_000_000, -69_000_000_000_000)];
        let word = during_word(&long_ago);
        let query = crate::model::filter::Query::parse(&word).expect(&word);
        assert_eq!(query.time_windows(UnixMillis(0)), long_ago, "{word}");
    }

    #[test]
    fn a_window_is_a_duration_or_has_two_ends() {
        let now: jiff::Timestamp = "2026-06-02T11:00:00Z".parse().expect("a time");
        let now = UnixMillis(now.as_millisecond());
        for (text, from, to) in [
            ("2h", "2026-06-02T09:00:00.000Z", "2026-06-02T11:00:00.001Z"),
            ("2h..1h", "2026-06-02T09:00:00.000Z", "2026-06-02T10:00:00.000Z"),
            ("-2h..now", "2026-06-02T09:00:00.000Z", "2026-06-02T11:00:00.001Z"),
            ("10:00..10:30", "2026-06-02T10:00:00.000Z", "2026-06-02T10:30:00.000Z"),
            ("23:30..00:15", "2026-06-01T23:30:00.000Z", "2026-06-02T00:15:00.000Z"),
            ("2026-06-01T10:00:00Z..2026-06-01T11:00:00Z", "2026-06-01T10:00:00.000Z", "2026-06-01T11:00:00.000Z"),
        ] {
            let window = During::parse(text).expect(text).window(now);
            assert_eq!((window.from.to_string(), window.to.to_string()), (from.into(), to.into()), "{text}");
        }
        for wrong in ["", "10:00", "..", "10:00..", "2h...1h", "yesterday..now"] {
            assert_eq!(During::parse(wrong), None, "{wrong}");
        }
        // Longer ago than there are numbers.
        let window = During::parse("999999999999d..10:00").expect("a window").window(now);
        assert!(window.from == UnixMillis::FIRST && window.from <= window.to);
    }
}
