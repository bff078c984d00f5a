//! Decides when to shrink a buffer that grew in a burst: after it has been far too large for long.
//!
//! Bursts tend to recur, and growing costs more than keeping a large buffer for a while. So buffers do not shrink
//! immediately, nor if they are only moderately too large.

/// Consecutive checks, one per frame, before shrinking.
pub(super) const LOOKS: u32 = 240;
/// Capacity of up to this many times the used size is kept.
const EXCESS: usize = 4;

/// Counts for how long a buffer has been too large.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slack {
    looks: u32,
}

impl Slack {
    /// Returns whether to shrink `room` to what `used` needs. Call once per frame. `room` up to `least` is never too large.
    pub(super) fn is_lasting(&mut self, used: usize, room: usize, least: usize) -> bool {
        let is_excess = room > used.saturating_mul(EXCESS).max(least);
        self.looks = if is_excess { self.looks + 1 } else { 0 };
        let is_lasting = self.looks >= LOOKS;
        if is_lasting {
            self.looks = 0;
        }
        is_lasting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_for_long_is_made_smaller_and_nothing_else() {
        let asks = |looks: &[(usize, usize)]| {
            let mut slack = Slack::default();
            looks.iter().map(|&(used, room)| slack.is_lasting(used, room, 64)).filter(|is_lasting| *is_lasting).count()
        };
        let long = LOOKS as usize;
        assert_eq!(asks(&vec![(10, 1_000); long]), 1);
        assert_eq!(asks(&vec![(10, 1_000); long - 1]), 0, "not at once");
        assert_eq!(asks(&vec![(250, 1_000); 3 * long]), 0, "not by far");
        assert_eq!(asks(&vec![(0, 64); 3 * long]), 0, "so much is never too much");
        let mut burst_again = vec![(10, 1_000); long - 1];
        burst_again.push((900, 1_000));
        burst_again.extend(vec![(10, 1_000); long - 1]);
        assert_eq!(asks(&burst_again), 0, "a burst that comes again finds room");
    }
}
