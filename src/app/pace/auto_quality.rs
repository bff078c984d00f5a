//! `--quality auto`: starts with the tier for the adapter, and adapts to measured frame times.
//!
//! *Lowered* when most of the last frames were much too late: first the resolution, then the tier, finally to half the
//! resolution. *Raised again*, never above the tier for the adapter, after a period without late frames; the period
//! grows with each failed attempt, so that the quality settles. On battery the resolution is lower and bloom is off.
//! With software rendering a lower resolution saves no time, because scaling the picture costs as much. The status line
//! shows the measurements. A quality chosen by the user is never changed.

use crate::app::{
    Adapter,
    pace::{battery::Battery, power::Power},
};
use crate::{
    cli::QualityChoice,
    config::Settings,
    connections::{Clock, FrameSystems},
    globe::{
        earth::Earth,
        quality::{AdapterKind, Quality, Tier},
    },
    language::t,
};
use bevy::prelude::*;
use std::collections::VecDeque;

/// Resolution if frames are late or on battery.
const SPARING: f32 = 0.75;
/// The lowest resolution.
const FEWEST: f32 = 0.5;
/// Number of frames that are evaluated together.
const FRAMES: usize = 40;
/// A frame is late if it takes this many times the requested frame time…
const LATE: f32 = 1.6;
/// …and more than this, ms: faster frames are always good enough.
const LATE_MS: f32 = 36.0;
/// A pause longer than this is not a slow frame: the program was suspended or idle. ms.
const PAUSE_MS: f32 = 1_000.0;
/// Time without late frames before the quality is raised, ms; multiplied by [`LONGER`] after each failure.
const TRY_AFTER_MS: u64 = 60_000;
const LONGER: u64 = 4;

/// Tier and resolution.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    tier: Tier,
    /// See [`Quality::render_scale`].
    scale: f32,
}

/// Tier, resolution and reason as text.
pub(in crate::app) fn quality_words(quality: &Quality) -> String {
    let tier = match quality.tier {
        Tier::Low => t!("quality-low"),
        Tier::Medium => t!("quality-medium"),
        Tier::High => t!("quality-high"),
    };
    let reason = quality.reason.as_str();
    if quality.render_scale < 1.0 {
        let percent = format!("{:.0}", quality.render_scale * 100.0);
        t!("quality-words-at-scale", tier = tier, percent = percent, reason = reason)
    } else {
        t!("quality-words", tier = tier, reason = reason)
    }
}

/// The kind of adapter, as the reason for its default tier.
pub(in crate::app) fn adapter_words(kind: AdapterKind) -> &'static str {
    match kind {
        AdapterKind::Software => t!("quality-adapter-software"),
        AdapterKind::Integrated => t!("quality-adapter-integrated"),
        AdapterKind::Discrete => t!("quality-adapter-discrete"),
    }
}

/// The automatic quality, used if the user has not chosen a tier.
#[derive(Resource, Debug)]
pub(in crate::app) struct AutoQuality {
    best: Tier,
    /// Chosen by the user.
    fixed_scale: Option<f32>,
    /// Whether a lower resolution saves time.
    can_scale: bool,
    is_on: bool,
    step: Step,
    reason: String,
    frames: VecDeque<(f32, bool)>,
    changed_ms: u64,
    try_after_ms: u64,
    has_tried: bool,
}

impl AutoQuality {
    /// Starts with the quality for the adapter.
    pub(in crate::app) fn new(adapter: &Adapter, settings: &Settings) -> Self {
        let (best, _) = Tier::for_adapter(adapter.kind);
        let mut auto = Self::from(best, settings.render_scale);
        auto.can_scale &= adapter.kind != AdapterKind::Software;
        auto.is_on = settings.quality == QualityChoice::Auto;
        auto.reason = t!("quality-auto", why = adapter_words(adapter.kind));
        auto
    }

    fn from(best: Tier, fixed_scale: Option<f32>) -> Self {
        Self {
            best,
            fixed_scale,
            can_scale: fixed_scale.is_none(),
            is_on: true,
            step: Step { tier: best, scale: fixed_scale.unwrap_or(1.0) },
            reason: String::new(),
            frames: VecDeque::with_capacity(FRAMES),
            changed_ms: 0,
            try_after_ms: TRY_AFTER_MS,
            has_tried: false,
        }
    }

    /// Cycles through low, medium, high and automatic, skipping steps that would change nothing.
    pub(in crate::app) fn next(&mut self, quality: &mut Quality) {
        let tier = match (self.is_on, quality.tier) {
            (_, Tier::Low) => Some(Tier::Medium),
            (true, _) => Some(Tier::Low),
            (false, Tier::Medium) => Some(Tier::High),
            (false, Tier::High) => None,
        };
        self.is_on = tier.is_none();
        self.frames.clear();
        if let Some(tier) = tier {
            (quality.tier, quality.reason) = (tier, t!("quality-chosen").to_owned());
        }
    }

    /// The effective quality.
    fn in_force(&self, chosen: &Quality, is_on_battery: bool) -> Quality {
        let mut quality = chosen.clone();
        let is_sparing = self.is_on && is_on_battery;
        if self.is_on {
            (quality.tier, quality.reason) = (self.step.tier, self.reason.clone());
        }
        let scale = if self.is_on { self.step.scale } else { 1.0 };
        let most = if is_sparing && self.can_scale { SPARING } else { 1.0 };
        quality.render_scale = self.fixed_scale.unwrap_or(scale.min(most));
        quality.has_bloom = !is_sparing;
        if is_sparing {
            t!("quality-auto-battery").clone_into(&mut quality.reason);
        }
        quality
    }

    /// Adds a frame with its actual and requested frame times, ms.
    fn follow(&mut self, took_ms: f32, asked_ms: f32, now_ms: u64) {
        if took_ms > PAUSE_MS {
            return;
        }
        if self.frames.len() == FRAMES {
            self.frames.pop_front();
        }
        self.frames.push_back((took_ms, took_ms > (asked_ms * LATE).max(LATE_MS)));
        if self.frames.len() < FRAMES {
            return;
        }
        let late = self.frames.iter().filter(|(_, is_late)| *is_late).count();
        let (step, reason) = if late * 3 > FRAMES * 2 {
            let Some(step) = self.lower() else { return };
            if self.has_tried {
                self.try_after_ms = self.try_after_ms.saturating_mul(LONGER);
            }
            (step, t!("quality-frames-late", ms = format!("{:.0}", self.usual_ms())))
        } else if late * 10 < FRAMES && now_ms >= self.changed_ms + self.try_after_ms {
            let Some(step) = self.higher() else { return };
            self.has_tried = true;
            (step, t!("quality-frames-on-time").to_owned())
        } else {
            return;
        };
        (self.step, self.reason) = (step, reason);
        self.changed_ms = now_ms;
        self.frames.clear();
    }

    fn lower(&self) -> Option<Step> {
        let Step { tier, scale } = self.step;
        match tier {
            _ if self.can_scale && scale > SPARING => Some(Step { tier, scale: SPARING }),
            Tier::High => Some(Step { tier: Tier::Medium, scale }),
            Tier::Medium => Some(Step { tier: Tier::Low, scale }),
            Tier::Low => (self.can_scale && scale > FEWEST).then_some(Step { tier, scale: FEWEST }),
        }
    }

    fn higher(&self) -> Option<Step> {
        let Step { tier, scale } = self.step;
        if self.can_scale && scale < SPARING {
            return Some(Step { tier, scale: SPARING });
        }
        match tier {
            Tier::Low if tier < self.best => Some(Step { tier: Tier::Medium, scale }),
            Tier::Medium if tier < self.best => Some(Step { tier: Tier::High, scale }),
            _ => (self.can_scale && scale < 1.0).then_some(Step { tier, scale: 1.0 }),
        }
    }

    /// The median frame time, ms.
    fn usual_ms(&self) -> f32 {
        let mut times: Vec<f32> = self.frames.iter().map(|(took_ms, _)| *took_ms).collect();
        times.sort_by(f32::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or_default()
    }
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.add_systems(Update, (follow_frame_time, put_in_force).chain().in_set(FrameSystems::Read));
}

fn follow_frame_time(
    clock: Res<'_, Clock>,
    power: Res<'_, Power>,
    mut auto: ResMut<'_, AutoQuality>,
    mut before: Local<'_, Option<(u64, f64)>>,
) {
    let now = (clock.frame_ms, power.asked);
    let Some((then_ms, asked)) = before.replace(now) else { return };
    // Frames can only be late if they are drawn at a constant rate.
    if !auto.is_on || power.is_hidden || asked < 10.0 || asked != power.asked {
        return;
    }
    let took_ms = (clock.frame_ms - then_ms) as f32;
    auto.follow(took_ms, 1_000.0 / asked as f32, clock.frame_ms);
}

fn put_in_force(
    auto: Res<'_, AutoQuality>,
    battery: Res<'_, Battery>,
    mut quality: ResMut<'_, Quality>,
    mut earth: ResMut<'_, Earth>,
) {
    let due = auto.in_force(&quality, battery.is_in_use());
    if *quality != due {
        *quality = due;
        earth.follow(&quality);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Simulates frames with the times that `took_ms` returns for a step, and returns the steps with their start times
    /// in seconds.
    fn run(auto: &mut AutoQuality, took_ms: impl Fn(Step) -> f32, for_s: u64) -> Vec<(u64, Step)> {
        let mut now_ms = 0.0_f64;
        let mut seen = vec![(0, auto.step)];
        while now_ms < for_s as f64 * 1e3 {
            let (before, took) = (auto.step, took_ms(auto.step));
            now_ms += f64::from(took);
            auto.follow(took, 33.3, now_ms as u64);
            if auto.step != before {
                seen.push((now_ms as u64 / 1_000, auto.step));
            }
        }
        seen
    }

    fn steps(seen: &[(u64, Step)]) -> Vec<(Tier, f32)> {
        seen.iter().map(|(_, step)| (step.tier, step.scale)).collect()
    }

    #[test]
    fn what_is_quick_enough_stays() {
        for best in [Tier::Low, Tier::High] {
            let seen = run(&mut AutoQuality::from(best, None), |_| 34.0, 600);
            assert_eq!(steps(&seen), [(best, 1.0)], "never above what suits the adapter");
        }
    }

    #[test]
    fn what_is_too_slow_goes_down_until_it_is_not() {
        let is_low = |step: Step| if step.tier == Tier::Low { 34.0 } else { 90.0 };
        let (high, medium, low) = (Tier::High, Tier::Medium, Tier::Low);
        let seen = run(&mut AutoQuality::from(high, None), is_low, 20);
        assert_eq!(steps(&seen), [(high, 1.0), (high, 0.75), (medium, 0.75), (low, 0.75)]);
        let seen = run(&mut AutoQuality::from(high, Some(1.0)), is_low, 20);
        assert_eq!(steps(&seen), [(high, 1.0), (medium, 1.0), (low, 1.0)], "the scale was chosen");
        let seen = run(&mut AutoQuality::from(low, None), |_| 500.0, 120);
        assert_eq!(steps(&seen), [(low, 1.0), (low, 0.75), (low, 0.5)], "there is nothing below");
    }

    #[test]
    fn it_goes_up_by_the_way_it_came_down() {
        let mut auto = AutoQuality::from(Tier::High, None);
        run(&mut auto, |_| 500.0, 120);
        assert_eq!((auto.step.tier, auto.step.scale), (Tier::Low, 0.5));
        let seen = run(&mut auto, |_| 20.0, 1_200);
        let (high, medium, low) = (Tier::High, Tier::Medium, Tier::Low);
        assert_eq!(steps(&seen), [(low, 0.5), (low, 0.75), (medium, 0.75), (high, 0.75), (high, 1.0)]);
    }

    #[test]
    fn it_settles_and_does_not_swing() {
        let seen = run(
            &mut AutoQuality::from(Tier::Medium, Some(1.0)),
            |step| if step.tier == Tier::Low { 34.0 } else { 90.0 },
            3_600,
        );
        assert!(seen.len() <= 9, "in an hour: {seen:?}");
        let pauses: Vec<u64> =
            seen.windows(2).filter(|pair| pair[0].1.tier == Tier::Low).map(|pair| pair[1].0 - pair[0].0).collect();
        assert!(pauses.windows(2).all(|pair| pair[1] > 3 * pair[0]), "{pauses:?}");
    }

    #[test]
    fn a_pause_is_not_a_slow_frame_and_the_reason_says_what_was_measured() {
        let mut auto = AutoQuality::from(Tier::Medium, Some(1.0));
        for _ in 0..200 {
            auto.follow(5_000.0, 33.3, 0);
        }
        assert_eq!(auto.step.tier, Tier::Medium);
        for now in 0..FRAMES as u64 {
            auto.follow(71.4, 33.3, now);
        }
        assert_eq!((auto.step.tier, auto.reason.as_str()), (Tier::Low, "auto: frames take 71 ms"));
    }

    #[test]
    fn the_battery_saves_pixels_and_bloom_where_nobody_chose() {
        let chosen = Quality { tier: Tier::High, reason: "chosen".to_owned(), ..Quality::default() };
        let mut auto = AutoQuality::from(Tier::High, None);
        let quality = auto.in_force(&chosen, true);
        assert_eq!((quality.tier, quality.render_scale, quality.has_bloom), (Tier::High, 0.75, false));
        assert_eq!(quality_words(&quality), "high at 75 % resolution (auto: on battery)");
        let quality = auto.in_force(&chosen, false);
        assert_eq!((quality.render_scale, quality.has_bloom), (1.0, true));
        auto.can_scale = false;
        let quality = auto.in_force(&chosen, true);
        assert_eq!((quality.render_scale, quality.has_bloom), (1.0, false), "fewer pixels would not help");
        auto.is_on = false;
        assert_eq!(auto.in_force(&chosen, true), chosen);
        let fixed = AutoQuality::from(Tier::High, Some(0.9)).in_force(&chosen, true);
        assert_eq!((fixed.render_scale, fixed.has_bloom), (0.9, false));
    }

    #[test]
    fn each_press_changes_something_and_the_fourth_is_by_itself_again() {
        for best in [Tier::Low, Tier::Medium, Tier::High] {
            let mut auto = AutoQuality::from(best, None);
            let mut quality = auto.in_force(&Quality::default(), false);
            let mut seen = vec![quality.tier];
            while seen.len() < 2 || !auto.is_on {
                auto.next(&mut quality);
                quality = auto.in_force(&quality, false);
                seen.push(quality.tier);
            }
            assert!(seen.len() <= 5 && seen.last() == Some(&best), "{seen:?}");
            assert!(seen.windows(2).all(|pair| pair[0] != pair[1]) || best == Tier::High, "{seen:?}");
        }
    }
}
