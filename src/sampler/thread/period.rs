//! Adapts the time between two samples to the rate of changes and the cost of a sample.
//!
//! While little changes, the period is the configured one. While connections open or close it halves, down to a quarter
//! but not below 100 ms, and doubles again after four quiet samples. Samples may use a hundredth of a core while
//! nothing changes ([`IDLE_SHARE`]), and a twentieth otherwise ([`BUSY_SHARE`]). If they cost more, the period is
//! extended accordingly, up to [`LONGEST`]. In the background they may use a fraction of that, and are never taken more
//! often than configured. A period set by the user is not adapted.

use super::SamplerConfig;
use std::time::Duration;

/// Samples may use this fraction (1/n) of a core while nothing changes.
const IDLE_SHARE: u32 = 100;
/// The same while connections open and close.
const BUSY_SHARE: u32 = 20;
/// Both for a program in the background.
const FRUGAL_SHARES: (u32, u32) = (450, 160);
/// Quiet samples after which the period doubles.
const QUIET_SAMPLES: u32 = 4;
const FASTEST: Duration = Duration::from_millis(100);
/// Maximum period, however expensive a sample is.
const LONGEST: Duration = Duration::from_secs(5);
/// Periods are multiples of this, so that small variations of the cost do not change them.
const STEP: Duration = Duration::from_millis(50);
const SHORTEST_INTERVAL: Duration = Duration::from_millis(20);

/// See the module documentation.
#[derive(Debug)]
pub(super) struct Period {
    interval: Duration,
    is_adaptive: bool,
    is_frugal: bool,
    now: Duration,
    /// CPU time of a sample, averaged over about four samples.
    cost: Option<Duration>,
    quiet_samples: u32,
}

impl Period {
    pub(super) fn new(config: SamplerConfig) -> Self {
        let interval = config.interval.max(SHORTEST_INTERVAL);
        let SamplerConfig { adaptive: is_adaptive, is_frugal, .. } = config;
        Self { interval, is_adaptive, is_frugal, now: interval, cost: None, quiet_samples: 0 }
    }

    /// Time between two samples.
    pub(super) fn now(&self) -> Duration {
        self.now
    }

    /// Whether samples may be brought forward.
    pub(super) fn is_adaptive(&self) -> bool {
        self.is_adaptive
    }

    /// Minimum time between two samples triggered by events.
    pub(super) fn soonest(&self) -> Duration {
        let fastest = if self.is_frugal { self.interval } else { FASTEST };
        fastest.max(self.at_most(self.shares().1))
    }

    /// The fractions of a core while nothing changes, and while connections open and close.
    fn shares(&self) -> (u32, u32) {
        if self.is_frugal { FRUGAL_SHARES } else { (IDLE_SHARE, BUSY_SHARE) }
    }

    /// The period, in whole steps, at which samples use no more than 1/`share` of a core.
    fn at_most(&self, share: u32) -> Duration {
        let wanted = (self.cost.unwrap_or_default() * share).min(LONGEST);
        let steps = wanted.as_micros().div_ceil(STEP.as_micros());
        STEP * u32::try_from(steps).unwrap_or(u32::MAX)
    }

    /// Adapts the period after a sample that took `cost` of CPU time.
    pub(super) fn adapt(&mut self, has_changed: bool, cost: Duration) {
        self.cost = Some(self.cost.map_or(cost, |before| (before * 3 + cost) / 4));
        if !self.is_adaptive {
            return;
        }
        let slowest = self.interval.max(self.at_most(self.shares().0));
        let fastest = (self.interval / 4).max(self.soonest()).min(slowest);
        self.quiet_samples = if has_changed { 0 } else { self.quiet_samples + 1 };
        if has_changed {
            self.now /= 2;
        } else if self.quiet_samples >= QUIET_SAMPLES {
            self.now *= 2;
            self.quiet_samples = 0;
        }
        self.now = self.now.clamp(fastest, slowest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(adaptive: bool) -> Period {
        Period::new(SamplerConfig { interval: Duration::from_secs(1), adaptive, is_frugal: false, home: None })
    }

    /// The period in ms after this many samples.
    fn after(period: &mut Period, samples: u32, has_changed: bool, cost_ms: u64) -> u128 {
        (0..samples).for_each(|_| period.adapt(has_changed, Duration::from_millis(cost_ms)));
        period.now().as_millis()
    }

    #[test]
    fn it_is_quick_while_things_change_and_slow_while_nothing_does() {
        let mut period = period(true);
        let mut sample = |has_changed| after(&mut period, 1, has_changed, 1);
        assert_eq!([true; 4].map(&mut sample), [500, 250, 250, 250]);
        assert_eq!([false; 9].map(&mut sample), [250, 250, 250, 500, 500, 500, 500, 1000, 1000]);
    }

    #[test]
    fn what_a_sample_costs_bounds_how_often_it_is_taken() {
        for (cost_ms, idle_ms, busy_ms) in [
            (0, 1_000, 250),
            (2, 1_000, 250),
            (9, 1_000, 250),
            (16, 1_600, 350),
            (76, 5_000, 1_550),
            (9_000, 5_000, 5_000),
        ] {
            let mut period = period(true);
            assert_eq!(after(&mut period, 40, false, cost_ms), idle_ms, "{cost_ms} ms a sample, nothing happens");
            assert_eq!(after(&mut period, 40, true, cost_ms), busy_ms, "{cost_ms} ms a sample, something does");
            assert_eq!(after(&mut period, 40, false, cost_ms), idle_ms, "{cost_ms} ms a sample, nothing again");
        }
    }

    #[test]
    fn in_the_background_samples_cost_little_and_are_never_hurried() {
        let config = SamplerConfig { is_frugal: true, ..SamplerConfig::default() };
        for (cost_ms, idle_ms, busy_ms) in [(0, 1_000, 1_000), (2, 1_000, 1_000), (4, 1_800, 1_000), (20, 5_000, 3_200)]
        {
            let mut period = Period::new(config);
            assert_eq!(after(&mut period, 40, false, cost_ms), idle_ms, "{cost_ms} ms a sample, nothing happens");
            assert_eq!(after(&mut period, 40, true, cost_ms), busy_ms, "{cost_ms} ms a sample, something does");
            assert!(period.soonest() >= Duration::from_secs(1));
        }
    }

    #[test]
    fn one_dear_sample_is_forgotten() {
        let mut period = period(true);
        after(&mut period, 8, false, 2);
        assert!(after(&mut period, 1, false, 60) <= 2_000);
        assert_eq!(after(&mut period, 16, false, 2), 1_000);
    }

    #[test]
    fn a_period_that_was_set_is_kept() {
        let mut period = period(false);
        assert_eq!(after(&mut period, 9, true, 500), 1_000);
        assert_eq!(after(&mut period, 9, false, 500), 1_000);
        let tiny =
            Period::new(SamplerConfig { interval: Duration::ZERO, adaptive: false, is_frugal: false, home: None });
        assert_eq!(tiny.now().as_millis(), 20);
    }
}
