//! Protection of the screen against burn-in: once a minute the whole picture moves a little, in a glide of two seconds.

use bevy::math::Vec2;
use std::f32::consts::TAU;

/// Time between two moves, ms.
const PERIOD_MS: u64 = 60_000;
/// Duration of a move, ms.
const GLIDE_MS: u64 = 2_000;
/// Maximum offset as a fraction of the shorter side of the screen…
const SHARE: f32 = 0.015;
/// …and in pixels.
const MOST_PX: f32 = 24.0;
/// Turn between two positions: the golden angle, so that they fill the disc evenly.
const GOLDEN_TURN: f32 = 0.381_966;
/// Positions until they repeat.
const POSITIONS: u64 = 61;

/// See the module documentation. Offsets are fractions of the maximum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Drift {
    number: u64,
    from: Vec2,
    to: Vec2,
    since_ms: u64,
}

impl Drift {
    /// Starts the next move if it is time.
    pub(super) fn step(&mut self, now_ms: u64) {
        let number = now_ms / PERIOD_MS;
        if number != self.number {
            let from = self.at(now_ms);
            *self = Self { number, from, to: position(number), since_ms: now_ms };
        }
    }

    /// Whether it moves at this time.
    pub(super) fn is_gliding(&self, now_ms: u64) -> bool {
        self.from != self.to && now_ms < self.since_ms + GLIDE_MS
    }

    fn at(&self, now_ms: u64) -> Vec2 {
        let x = (now_ms.saturating_sub(self.since_ms) as f32 / GLIDE_MS as f32).min(1.0);
        self.from.lerp(self.to, x * x * (3.0 - 2.0 * x))
    }

    /// Offset of the picture, px, right and down positive: at most 1.5 % of the shorter side of the screen or 24 px.
    pub(super) fn offset_px(&self, now_ms: u64, screen_px: Vec2) -> Vec2 {
        self.at(now_ms) * (SHARE * screen_px.min_element()).min(MOST_PX)
    }
}

/// A point of the unit disc; the first is its middle.
fn position(number: u64) -> Vec2 {
    let number = (number % POSITIONS) as f32;
    let radius = (number / POSITIONS as f32).sqrt();
    Vec2::from_angle(TAU * GOLDEN_TURN * number) * radius
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_small_smooth_and_never_the_same_for_an_hour() {
        for screen in [Vec2::new(1920.0, 1080.0), Vec2::new(3840.0, 2160.0), Vec2::new(640.0, 480.0)] {
            let most = (0.015 * screen.y).min(24.0);
            let mut drift = Drift::default();
            let mut before = drift.offset_px(0, screen);
            assert_eq!(before, Vec2::ZERO);
            let (mut rests, mut moved) = (Vec::new(), 0_u64);
            for ms in (0..3_600_000).step_by(20) {
                drift.step(ms);
                let now = drift.offset_px(ms, screen);
                assert!(now.length() <= most + 1e-3, "{now} at {ms}");
                // At most 48 px in 2 s, eased.
                assert!(now.distance(before) <= 0.8, "{before} to {now} at {ms}");
                moved += u64::from(now != before);
                if !drift.is_gliding(ms) && ms % PERIOD_MS == 30_000 {
                    rests.push(now);
                }
                before = now;
            }
            assert!(moved <= 60 * (GLIDE_MS / 20 + 1), "it rests for the remaining time: {moved}");
            assert_eq!(rests.len(), 60);
            for (number, rest) in rests.iter().enumerate() {
                assert!(rests[..number].iter().all(|other| other.distance(*rest) > most / 30.0), "{number}");
            }
        }
    }

    #[test]
    fn a_move_that_is_noticed_late_is_a_glide_too() {
        let (mut drift, screen) = (Drift::default(), Vec2::new(1920.0, 1080.0));
        drift.step(69_999);
        assert_eq!(drift.offset_px(69_999, screen), Vec2::ZERO);
        assert!(drift.is_gliding(70_500) && !drift.is_gliding(72_000));
        assert!(drift.offset_px(72_000, screen).length() > 1.0);
    }
}
