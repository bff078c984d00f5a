//! Data time: the moment shown.
//!
//! For live connections of this computer it is the wall clock. Demos and recordings have their own time, which starts
//! at a given moment and then runs like the wall clock. The user can pause either. The sampler thread and the readers
//! of its data share the clock.
//!
//! This is the only place that reads the wall clock, except for the age of files and databases (in `geo`).

use super::OwnTime;
use crate::model::UnixMillis;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// If the wall clock steps back by up to this much, it is being adjusted, and data time stands still instead.
const ADJUSTMENT_MS: i64 = 2000;

/// See the module documentation. Clones share one clock.
#[derive(Clone, Debug, Default)]
pub struct DataClock(Arc<Mutex<Hands>>);

#[derive(Debug)]
struct Hands {
    course: Course,
    /// Speed of a clock with its own time; 1 is that of the wall clock.
    speed: f64,
    /// The moment at which the clock is paused.
    held_at: Option<UnixMillis>,
}

impl Default for Hands {
    fn default() -> Self {
        Self { course: Course::default(), speed: 1.0, held_at: None }
    }
}

/// How the clock runs.
#[derive(Clone, Copy, Debug)]
enum Course {
    /// Follows the wall clock, whose last reading in ms is stored.
    Wall { last_ms: Option<i64> },
    /// Was at `at` at the instant `then`, and stops at `ends_at`.
    Own { at: UnixMillis, then: Instant, ends_at: Option<UnixMillis> },
}

impl Default for Course {
    fn default() -> Self {
        Self::Wall { last_ms: None }
    }
}

impl DataClock {
    /// A clock that starts at `at` and is independent of the wall clock.
    #[must_use]
    pub fn from_moment(at: UnixMillis) -> Self {
        let clock = Self::default();
        clock.set(at, None);
        clock
    }

    /// The current moment.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.hands().read(Instant::now(), wall_ms)
    }

    /// Sets the clock to `at`; it runs on unless it is paused. It stops at `ends_at`, if given.
    pub fn set(&self, at: UnixMillis, ends_at: Option<UnixMillis>) {
        self.hands().set(at, ends_at, Instant::now());
    }

    /// Sets the clock to the time of a source.
    pub fn follow(&self, own: OwnTime) {
        self.set(own.at, own.ends_at);
    }

    /// Sets the end of the source's time, once it is known.
    pub fn stop_at(&self, end: Option<UnixMillis>) {
        if let Course::Own { ends_at, .. } = &mut self.hands().course {
            *ends_at = end;
        }
    }

    /// Pauses or resumes the clock: a clock with its own time from where it stopped, the wall clock at the current time.
    pub fn hold(&self, is_held: bool) {
        self.hands().hold(is_held, Instant::now(), wall_ms);
    }

    /// Sets the speed of a clock with its own time, from 1/64 to 64; 1 is that of the wall clock. The wall clock is not
    /// affected.
    pub fn set_speed(&self, speed: f64) {
        self.hands().set_speed(speed, Instant::now());
    }

    /// Whether it follows the wall clock.
    #[must_use]
    pub fn is_wall(&self) -> bool {
        matches!(self.hands().course, Course::Wall { .. })
    }

    /// The speed; see [`DataClock::set_speed`].
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.hands().speed
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        // A panic cannot leave inconsistent values.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hands {
    fn read(&mut self, now: Instant, wall_ms: impl FnOnce() -> i64) -> UnixMillis {
        self.held_at.unwrap_or_else(|| self.course.read(now, self.speed, wall_ms))
    }

    fn set(&mut self, at: UnixMillis, ends_at: Option<UnixMillis>, now: Instant) {
        self.course = Course::Own { at, then: now, ends_at };
        self.held_at = self.held_at.map(|_| at);
    }

    fn set_speed(&mut self, speed: f64, now: Instant) {
        // A clock that is held starts anew when it is released.
        if self.held_at.is_none() && matches!(self.course, Course::Own { .. }) {
            let here = self.course.read(now, self.speed, || 0);
            if let Course::Own { at, then, .. } = &mut self.course {
                (*at, *then) = (here, now);
            }
        }
        self.speed = if speed.is_finite() { speed.clamp(1.0 / 64.0, 64.0) } else { 1.0 };
    }

    fn hold(&mut self, is_held: bool, now: Instant, wall_ms: impl FnOnce() -> i64) {
        if is_held == self.held_at.is_some() {
            return;
        }
        let at = self.read(now, wall_ms);
        self.held_at = is_held.then_some(at);
        if let Course::Own { at: from, then, .. } = &mut self.course {
            (*from, *then) = (at, now);
        }
    }
}

impl Course {
    fn read(&mut self, now: Instant, speed: f64, wall_ms: impl FnOnce() -> i64) -> UnixMillis {
        match self {
            Self::Wall { last_ms } => {
                let wall_ms = wall_ms();
                let is_adjusted = last_ms.is_some_and(|last| wall_ms < last && last - wall_ms <= ADJUSTMENT_MS);
                let ms = last_ms.filter(|_| is_adjusted).unwrap_or(wall_ms);
                *last_ms = Some(ms);
                UnixMillis(ms)
            }
            Self::Own { at, then, ends_at } => {
                let gone_ms = now.saturating_duration_since(*then).mul_f64(speed).as_millis();
                let at = at.plus_ms(i64::try_from(gone_ms).unwrap_or(i64::MAX));
                ends_at.map_or(at, |end| at.min(end))
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place from which data time comes")]
fn wall_ms() -> i64 {
    let after = SystemTime::now().duration_since(UNIX_EPOCH);
    after.map_or(0, |after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn own(at: i64, ends_at: Option<i64>, now: Instant) -> Hands {
        let mut hands = Hands::default();
        hands.set(UnixMillis(at), ends_at.map(UnixMillis), now);
        hands
    }

    fn no_wall() -> i64 {
        panic!("a time of its own asks no wall clock")
    }

    #[test]
    fn a_wall_clock_that_is_adjusted_stands_still_and_one_that_is_set_back_is_followed() {
        let mut hands = Hands::default();
        for (wall, now) in [(50_000, 50_000), (49_000, 50_000), (50_001, 50_001), (10_000, 10_000), (10_001, 10_001)] {
            assert_eq!(hands.read(Instant::now(), || wall), UnixMillis(now));
        }
    }

    #[test]
    fn a_time_of_its_own_goes_on_from_where_it_was_set_and_stops_at_its_end() {
        let start = Instant::now();
        let mut hands = own(5_000, Some(9_000), start);
        for (after_ms, at) in [(0, 5_000), (1_500, 6_500), (4_000, 9_000), (60_000, 9_000)] {
            assert_eq!(hands.read(start + Duration::from_millis(after_ms), no_wall), UnixMillis(at));
        }
    }

    #[test]
    fn an_end_that_becomes_known_later_is_kept_to() {
        let clock = DataClock::from_moment(UnixMillis(5_000));
        clock.stop_at(Some(UnixMillis(5_000)));
        clock.set(UnixMillis(4_000), None);
        clock.stop_at(Some(UnixMillis(3_000)));
        assert_eq!(clock.now(), UnixMillis(3_000));
    }

    #[test]
    fn what_is_held_stands_still_and_goes_on_from_there_or_with_the_wall_clock() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut hands = own(0, None, start);
        hands.hold(true, after(2), no_wall);
        assert_eq!(hands.read(after(100), no_wall), UnixMillis(2_000));
        hands.hold(true, after(100), no_wall);
        hands.hold(false, after(200), no_wall);
        assert_eq!(hands.read(after(201), no_wall), UnixMillis(3_000), "the rest did not count");
        let mut live = Hands::default();
        live.hold(true, start, || 7_000);
        assert_eq!(live.read(after(50), || 57_000), UnixMillis(7_000));
        live.hold(false, after(60), || 67_000);
        assert_eq!(live.read(after(60), || 67_000), UnixMillis(67_000), "live is now");
    }

    #[test]
    fn a_clock_with_its_own_time_can_be_slower_or_faster_from_any_moment_on() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut hands = own(0, None, start);
        hands.set_speed(0.25, after(4));
        assert_eq!(hands.read(after(8), no_wall), UnixMillis(5_000));
        hands.hold(true, after(8), no_wall);
        hands.set_speed(8.0, after(20));
        assert_eq!(hands.read(after(30), no_wall), UnixMillis(5_000));
        hands.hold(false, after(40), no_wall);
        assert_eq!(hands.read(after(41), no_wall), UnixMillis(13_000));
        hands.set_speed(f64::NAN, after(41));
        assert_eq!(hands.read(after(42), no_wall), UnixMillis(14_000));
        let mut live = Hands::default();
        live.set_speed(8.0, start);
        assert_eq!(live.read(after(1), || 7_000), UnixMillis(7_000), "the wall clock is not affected");
    }

    #[test]
    fn a_clock_that_is_set_while_it_is_held_stands_there() {
        let start = Instant::now();
        let mut hands = own(0, None, start);
        hands.hold(true, start, no_wall);
        hands.set(UnixMillis(80_000), None, start);
        assert_eq!(hands.read(start + Duration::from_secs(9), no_wall), UnixMillis(80_000));
        hands.hold(false, start + Duration::from_secs(9), no_wall);
        assert_eq!(hands.read(start + Duration::from_secs(10), no_wall), UnixMillis(81_000));
    }
}
