//! For how long the computer has slept.

use std::time::Duration;

/// Time since the start of the computer during which it was suspended; `None` if the system does not tell.
#[must_use]
pub fn time_asleep() -> Option<Duration> {
    clock::asleep()
}

#[cfg(target_os = "linux")]
mod clock {
    use rustix::time::{ClockId, clock_gettime};
    use std::time::Duration;

    pub(super) fn asleep() -> Option<Duration> {
        // The first goes on during sleep, the second does not.
        read(ClockId::Boottime)?.checked_sub(read(ClockId::Monotonic)?)
    }

    fn read(clock: ClockId) -> Option<Duration> {
        let time = clock_gettime(clock);
        Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
    }
}

#[cfg(not(target_os = "linux"))]
mod clock {
    use std::time::Duration;

    pub(super) fn asleep() -> Option<Duration> {
        None
    }
}
