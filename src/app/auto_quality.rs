//! `--quality auto`: begins with what suits the adapter, and follows how long frames take in truth.
//!
//! *Down* when most of the last frames came much later than they were asked for. *Up again*, never above what suits the
//! adapter, after a while without trouble; each time that turns out to be too much, the while gets longer. So it settles,
//! and does not swing. What was measured is said in the status line.

use super::power::Power;
use crate::{
    connections::{Clock, FrameSystems},
    globe::{
        earth::Earth,
        quality::{Quality, Tier},
    },
};
use bevy::prelude::*;
use std::collections::VecDeque;

/// Frames that are looked at together.
const FRAMES: usize = 40;
/// A frame is late when it takes so many times what was asked for…
const LATE: f32 = 1.6;
/// …and more than this, ms: what is quicker is good whatever was asked for.
const LATE_MS: f32 = 36.0;
/// A pause longer than this is not a slow frame: the program was stopped, or had nothing to do. ms.
const PAUSE_MS: f32 = 1_000.0;
/// Time without trouble before more is tried, ms; after each failure so many times longer.
const TRY_AFTER_MS: u64 = 60_000;
const LONGER: u64 = 4;

/// The tier by itself. Not there where a person has chosen one.
#[derive(Resource, Debug)]
pub(super) struct AutoQuality {
    best: Tier,
    frames: VecDeque<(f32, bool)>,
    changed_ms: u64,
    try_after_ms: u64,
    has_tried: bool,
}

impl AutoQuality {
    /// Never above `best`.
    pub(super) fn new(best: Tier) -> Self {
        let frames = VecDeque::with_capacity(FRAMES);
        Self { best, frames, changed_ms: 0, try_after_ms: TRY_AFTER_MS, has_tried: false }
    }

    /// Takes in a frame that took so long where so long was asked for, ms; says whether another tier is due, and why.
    fn follow(&mut self, tier: Tier, took_ms: f32, asked_ms: f32, now_ms: u64) -> Option<(Tier, String)> {
        if took_ms > PAUSE_MS {
            return None;
        }
        if self.frames.len() == FRAMES {
            self.frames.pop_front();
        }
        self.frames.push_back((took_ms, took_ms > (asked_ms * LATE).max(LATE_MS)));
        if self.frames.len() < FRAMES {
            return None;
        }
        let late = self.frames.iter().filter(|(_, is_late)| *is_late).count();
        let due = if late * 3 > FRAMES * 2 {
            let lower = lower(tier)?;
            if self.has_tried {
                self.try_after_ms = self.try_after_ms.saturating_mul(LONGER);
            }
            (lower, format!("auto: frames took {:.0} ms", self.usual_ms()))
        } else if late * 10 < FRAMES && tier < self.best && now_ms >= self.changed_ms + self.try_after_ms {
            self.has_tried = true;
            (higher(tier)?, "auto: frames came in time".to_owned())
        } else {
            return None;
        };
        self.changed_ms = now_ms;
        self.frames.clear();
        Some(due)
    }

    /// The median, ms.
    fn usual_ms(&self) -> f32 {
        let mut times: Vec<f32> = self.frames.iter().map(|(took_ms, _)| *took_ms).collect();
        times.sort_by(f32::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or_default()
    }
}

fn lower(tier: Tier) -> Option<Tier> {
    match tier {
        Tier::High => Some(Tier::Medium),
        Tier::Medium => Some(Tier::Low),
        Tier::Low => None,
    }
}

fn higher(tier: Tier) -> Option<Tier> {
    match tier {
        Tier::Low => Some(Tier::Medium),
        Tier::Medium => Some(Tier::High),
        Tier::High => None,
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, follow_frame_time.in_set(FrameSystems::Read).run_if(resource_exists::<AutoQuality>));
}

fn follow_frame_time(
    clock: Res<'_, Clock>,
    power: Res<'_, Power>,
    mut auto: ResMut<'_, AutoQuality>,
    mut quality: ResMut<'_, Quality>,
    mut earth: ResMut<'_, Earth>,
    mut before: Local<'_, Option<(u64, f64)>>,
) {
    let now = (clock.running_ms, power.asked);
    let Some((then_ms, asked)) = before.replace(now) else { return };
    // Only where frames follow each other by a rate can one be late.
    if power.is_hidden || asked < 10.0 || asked != power.asked {
        return;
    }
    let took_ms = (clock.running_ms - then_ms) as f32;
    if let Some((tier, reason)) = auto.follow(quality.tier, took_ms, 1_000.0 / asked as f32, clock.running_ms) {
        (quality.tier, quality.reason) = (tier, reason);
        earth.follow(&quality);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs with frames that take what the tier says, and returns the tiers that were in force, each with its start.
    fn run(best: Tier, took_ms: impl Fn(Tier) -> f32, for_s: u64) -> Vec<(u64, Tier)> {
        let (mut auto, mut tier, mut now_ms) = (AutoQuality::new(best), best, 0.0_f64);
        let mut seen = vec![(0, tier)];
        while now_ms < for_s as f64 * 1e3 {
            let took = took_ms(tier);
            now_ms += f64::from(took);
            if let Some((next, _)) = auto.follow(tier, took, 33.3, now_ms as u64) {
                tier = next;
                seen.push((now_ms as u64 / 1_000, tier));
            }
        }
        seen
    }

    #[test]
    fn what_is_quick_enough_stays() {
        assert_eq!(run(Tier::High, |_| 34.0, 600), vec![(0, Tier::High)]);
        assert_eq!(run(Tier::Low, |_| 34.0, 600), vec![(0, Tier::Low)], "never above what suits the adapter");
    }

    #[test]
    fn what_is_too_slow_goes_down_until_it_is_not() {
        let seen = run(Tier::High, |tier| if tier == Tier::Low { 34.0 } else { 90.0 }, 20);
        assert_eq!(seen.iter().map(|(_, tier)| *tier).collect::<Vec<_>>(), [Tier::High, Tier::Medium, Tier::Low]);
        assert_eq!(run(Tier::Low, |_| 500.0, 60), vec![(0, Tier::Low)], "there is nothing below");
    }

    #[test]
    fn it_settles_and_does_not_swing() {
        let seen = run(Tier::Medium, |tier| if tier == Tier::Low { 34.0 } else { 90.0 }, 3_600);
        assert!(seen.len() <= 9, "in an hour: {seen:?}");
        let pauses: Vec<u64> =
            seen.windows(2).filter(|pair| pair[0].1 == Tier::Low).map(|pair| pair[1].0 - pair[0].0).collect();
        assert!(pauses.windows(2).all(|pair| pair[1] > 3 * pair[0]), "{pauses:?}");
    }

    #[test]
    fn a_pause_is_not_a_slow_frame_and_the_reason_says_what_was_measured() {
        let mut auto = AutoQuality::new(Tier::Medium);
        for _ in 0..200 {
            assert_eq!(auto.follow(Tier::Medium, 5_000.0, 33.3, 0), None);
        }
        let said = (0..FRAMES as u64).find_map(|now| auto.follow(Tier::Medium, 71.4, 33.3, now));
        assert_eq!(said, Some((Tier::Low, "auto: frames took 71 ms".to_owned())));
    }
}
