//! How far a demo or a recording has come: the clock's forward steps, added up.

use crate::model::UnixMillis;

/// Counts from its first moment. A clock that steps backwards stands still for one step, and no longer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Elapsed {
    last: Option<UnixMillis>,
    ms: i64,
}

impl Elapsed {
    /// Milliseconds from the first call's `now` to this one's.
    pub(super) fn advance(&mut self, now: UnixMillis) -> i64 {
        let step = self.last.map_or(0, |last| now.0.saturating_sub(last.0)).max(0);
        self.last = Some(now);
        self.ms = self.ms.saturating_add(step);
        self.ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_steps_back_holds_nothing_up() {
        let mut elapsed = Elapsed::default();
        for (now, ms) in [(5000, 0), (6000, 1000), (1000, 1000), (1500, 1500), (i64::MAX, i64::MAX)] {
            assert_eq!(elapsed.advance(UnixMillis(now)), ms);
        }
    }
}
