//! The time bar as plain values: what happened when, what is shown, and what is not known.

pub use crate::actions::TimeSpan;

use crate::{
    history::{ActivityBar, Gap},
    language::t,
    model::{TimeWindow, UnixMillis},
};

impl TimeSpan {
    /// All of them, the shortest first.
    pub const ALL: [Self; 5] = [Self::TenMinutes, Self::Hour, Self::Day, Self::Week, Self::All];

    /// Its length in ms, if `recorded_ms` are recorded.
    #[must_use]
    pub fn ms(self, recorded_ms: i64) -> i64 {
        match self {
            Self::TenMinutes => 600_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
            Self::Week => 7 * 86_400_000,
            Self::All => recorded_ms.max(60_000),
        }
    }

    /// Its name on a button.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TenMinutes => t!("time-span-10-min"),
            Self::Hour => t!("time-span-hour"),
            Self::Day => t!("time-span-day"),
            Self::Week => t!("time-span-week"),
            Self::All => t!("time-span-all"),
        }
    }

    /// Whether it shows more than the next shorter one, if `recorded_ms` are recorded.
    #[must_use]
    pub fn is_useful(self, recorded_ms: i64) -> bool {
        let shorter = Self::ALL.iter().rev().find(|span| **span < self && **span != Self::All);
        shorter.is_none_or(|shorter| recorded_ms > shorter.ms(recorded_ms))
    }
}

/// A mark: the first time that a process reached a country or an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeMark {
    /// When.
    pub at: UnixMillis,
    /// `firefox first reached France`. Escaped.
    pub text: String,
}

/// Content of the time bar.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeBarView {
    /// The first moment in view.
    pub from: UnixMillis,
    /// The moment after the last one in view.
    pub to: UnixMillis,
    /// How much time is in view.
    pub span: TimeSpan,
    /// What happened.
    pub activity: ActivityBar,
    /// What is not known.
    pub gaps: Vec<Gap>,
    /// First times.
    pub marks: Vec<TimeMark>,
    /// First and last recorded moment.
    pub recorded: (UnixMillis, UnixMillis),
    /// The moment that is shown.
    pub cursor: UnixMillis,
    /// Whether the present is shown.
    pub is_live: bool,
    /// Whether time stands still.
    pub is_paused: bool,
    /// How fast time goes; 1 is that of the wall clock.
    pub speed: f64,
    /// The chosen windows of time: two if they are compared.
    pub chosen: Vec<TimeWindow>,
    /// The first of two windows to compare, while the second is awaited.
    pub first: Option<TimeWindow>,
    /// Whether the chosen windows are compared.
    pub is_comparing: bool,
}

impl TimeBarView {
    /// Where `at` is, from 0 (left) to 1 (right); beyond if it is not in view.
    #[must_use]
    pub fn share(&self, at: UnixMillis) -> f32 {
        ((at.0 - self.from.0) as f64 / (self.to.0 - self.from.0).max(1) as f64) as f32
    }

    /// The moment at `share`, within what is recorded.
    #[must_use]
    pub fn moment(&self, share: f32) -> UnixMillis {
        let span = (self.to.0 - self.from.0) as f64;
        let at = self.from.plus_ms((span * f64::from(share.clamp(0.0, 1.0))) as i64);
        UnixMillis(at.0.clamp(self.recorded.0.0, self.recorded.1.0.max(self.recorded.0.0)))
    }

    /// The gap at a moment, if nothing is known of it.
    #[must_use]
    pub fn gap_at(&self, at: UnixMillis) -> Option<&Gap> {
        self.gaps.iter().find(|gap| gap.reason.is_whole() && gap.from <= at && at <= gap.to)
    }
}

/// The part of time in view: of length `span_ms` up to `end`, moved so that `cursor` is in it.
#[must_use]
pub fn window_around(
    cursor: UnixMillis,
    end: UnixMillis,
    span_ms: i64,
    before: Option<(UnixMillis, UnixMillis)>,
) -> (UnixMillis, UnixMillis) {
    // What was in view stays, as long as the cursor is well inside.
    if let Some((from, to)) = before
        && to.0 - from.0 == span_ms
        && from <= cursor
        && cursor <= to
        && end.0 - to.0 <= 0
    {
        return (from, to);
    }
    if end.0 - cursor.0 <= span_ms {
        return (end.plus_ms(-span_ms), end);
    }
    if let Some((from, to)) = before
        && to.0 - from.0 == span_ms
        && from <= cursor
        && cursor <= to
    {
        return (from, to);
    }
    let half = span_ms / 2;
    (cursor.plus_ms(-half), cursor.plus_ms(span_ms - half))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(from: i64, to: i64) -> TimeBarView {
        TimeBarView {
            from: UnixMillis(from),
            to: UnixMillis(to),
            span: TimeSpan::TenMinutes,
            activity: ActivityBar::default(),
            gaps: Vec::new(),
            marks: Vec::new(),
            recorded: (UnixMillis(100), UnixMillis(900)),
            cursor: UnixMillis(500),
            is_live: false,
            is_paused: false,
            speed: 1.0,
            chosen: Vec::new(),
            first: None,
            is_comparing: false,
        }
    }

    #[test]
    fn a_point_of_the_bar_is_a_moment_that_is_recorded() {
        let view = view(0, 1_000);
        assert_eq!(view.share(UnixMillis(250)), 0.25);
        assert_eq!(view.moment(0.25), UnixMillis(250));
        assert_eq!((view.moment(-1.0), view.moment(2.0)), (UnixMillis(100), UnixMillis(900)));
    }

    #[test]
    fn the_cursor_never_leaves_the_view() {
        for cursor in [0, 5, 400, 5_000, 9_950, 10_000] {
            for before in
                [None, Some((UnixMillis(300), UnixMillis(1_300))), Some((UnixMillis(9_000), UnixMillis(10_000)))]
            {
                let (from, to) = window_around(UnixMillis(cursor), UnixMillis(10_000), 1_000, before);
                assert!(from.0 <= cursor && cursor <= to.0 && to.0 - from.0 == 1_000, "{cursor} {before:?}");
            }
        }
        // It does not jump while the cursor moves within it.
        let before = (UnixMillis(300), UnixMillis(1_300));
        assert_eq!(window_around(UnixMillis(700), UnixMillis(10_000), 1_000, Some(before)), before);
        // In the present, it follows.
        let before = Some((UnixMillis(9_000), UnixMillis(10_000)));
        assert_eq!(
            window_around(UnixMillis(10_010), UnixMillis(10_010), 1_000, before),
            (UnixMillis(9_010), UnixMillis(10_010))
        );
    }

    #[test]
    fn a_preset_wider_than_the_data_is_not_offered() {
        let useful = |ms| TimeSpan::ALL.into_iter().filter(|span| span.is_useful(ms)).collect::<Vec<_>>();
        assert_eq!(useful(60_000), [TimeSpan::TenMinutes]);
        assert_eq!(useful(1_200_000), [TimeSpan::TenMinutes, TimeSpan::Hour]);
        assert_eq!(useful(30 * 86_400_000), TimeSpan::ALL);
    }
}
