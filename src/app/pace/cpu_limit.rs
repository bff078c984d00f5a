//! The CPU time of this program, measured while it runs, and the frame rate that keeps it within a limit.
//!
//! Frames are what costs: so the rate is scaled by the ratio of limit and use, with some reserve, at every measurement.

use crate::app::pace::power::Power;
use crate::{
    connections::{Clock, FrameSystems},
    sampler::process_cpu_time,
};
use bevy::prelude::*;
use std::time::Duration;

/// Time of a measurement, ms; longer if no frame is drawn.
const PERIOD_MS: u64 = 1_000;
/// The rate is chosen for this part of the limit.
const RESERVE: f32 = 0.93;
/// Between this part of the limit and the limit, the rate stays.
const ENOUGH: f32 = 0.85;
/// Largest increase of the rate per measurement.
const RISE: f32 = 1.5;
/// Range of rates, frames per second.
const RATES: [f64; 2] = [0.2, 240.0];

/// See the module documentation.
#[derive(Resource, Debug)]
pub(in crate::app) struct CpuLimit {
    /// Maximum use, percent of one core.
    limit: Option<f32>,
    /// Measured use, percent of one core.
    pub(in crate::app) used: Option<f32>,
    /// Maximum frame rate.
    cap: f64,
    last: Option<(u64, Duration)>,
    frames: u32,
}

impl CpuLimit {
    /// Without a limit, the use is measured only.
    pub(in crate::app) fn new(limit: Option<f32>) -> Self {
        Self { limit, used: None, cap: RATES[1], last: None, frames: 0 }
    }

    /// The limit, percent of one core.
    pub(in crate::app) fn limit(&self) -> Option<f32> {
        self.limit
    }

    /// Maximum frame rate.
    pub(in crate::app) fn cap(&self) -> f64 {
        if self.limit.is_some() { self.cap } else { f64::INFINITY }
    }

    /// Registers a frame at `now_ms`, when the process had used `cpu`.
    fn frame(&mut self, now_ms: u64, cpu: Duration) {
        self.frames += 1;
        let Some((then_ms, before)) = self.last else {
            (self.last, self.frames) = (Some((now_ms, cpu)), 0);
            return;
        };
        let gone_ms = now_ms.saturating_sub(then_ms);
        if gone_ms < PERIOD_MS {
            return;
        }
        let used = cpu.saturating_sub(before).as_secs_f32() * 100_000.0 / gone_ms as f32;
        let rate = f64::from(self.frames) * 1_000.0 / gone_ms as f64;
        (self.used, self.last, self.frames) = (Some(used), Some((now_ms, cpu)), 0);
        let Some(limit) = self.limit else { return };
        let share = used / limit;
        if share > 1.0 {
            self.cap = rate.min(self.cap) * f64::from(RESERVE / share);
        } else if share < ENOUGH {
            self.cap = self.cap.min(rate.max(1.0) * 2.0) * f64::from((RESERVE / share.max(0.01)).min(RISE));
        }
        self.cap = self.cap.clamp(RATES[0], RATES[1]);
    }
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.add_systems(Update, measure.in_set(FrameSystems::Read));
}

fn measure(clock: Res<'_, Clock>, power: Res<'_, Power>, mut limit: ResMut<'_, CpuLimit>) {
    if power.is_hidden {
        // Frames that are not drawn cost nothing.
        limit.last = None;
        return;
    }
    if let Some(cpu) = process_cpu_time() {
        limit.frame(clock.frame_ms, cpu);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs frames that cost `frame_ms` each, besides `base_percent`, as fast as allowed but at most at 60 a second.
    /// Returns the use in each of the seconds, percent.
    fn run(limit: f32, frame_ms: f64, base_percent: f64, seconds: usize) -> Vec<f64> {
        let mut it = CpuLimit::new(Some(limit));
        let (mut now_ms, mut cpu_ms) = (0.0, 0.0);
        let mut used = vec![0.0; seconds];
        while now_ms < seconds as f64 * 1_000.0 {
            it.frame(now_ms as u64, Duration::from_secs_f64(cpu_ms / 1_000.0));
            let step_ms = 1_000.0 / it.cap().min(60.0);
            let cost_ms = frame_ms + step_ms * base_percent / 100.0;
            let slot = (now_ms / 1_000.0) as usize;
            used[slot] += cost_ms / 10.0;
            (now_ms, cpu_ms) = (now_ms + step_ms, cpu_ms + cost_ms);
        }
        used
    }

    #[test]
    fn the_limit_is_kept_and_used() {
        for (limit, frame_ms, base) in [(10.0, 30.0, 1.0), (10.0, 2.0, 0.5), (50.0, 30.0, 2.0), (5.0, 8.0, 1.0)] {
            let used = run(limit, frame_ms, base, 80);
            let later = &used[20..];
            let mean = later.iter().sum::<f64>() / later.len() as f64;
            assert!(mean <= f64::from(limit) * 1.03, "{mean} of {limit}");
            assert!(mean >= f64::from(limit) * 0.6 || mean > frame_ms * 5.0, "{mean} of {limit}: it may use it");
        }
    }

    #[test]
    fn without_a_limit_it_only_measures() {
        let mut it = CpuLimit::new(None);
        for second in 0..5_u64 {
            it.frame(second * 1_000, Duration::from_millis(second * 200));
        }
        assert_eq!((it.used.map(f32::round), it.cap()), (Some(20.0), f64::INFINITY));
    }
}
