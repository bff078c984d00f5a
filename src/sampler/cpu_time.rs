//! CPU time, user and system, to measure the cost of the program.

#[cfg(windows)]
mod windows;

use std::time::Duration;

/// CPU time of this thread since its start; `None` if the system does not report it.
#[must_use]
pub fn thread_cpu_time() -> Option<Duration> {
    clock::thread()
}

/// CPU time of this process since its start; `None` if the system does not report it.
#[must_use]
pub fn process_cpu_time() -> Option<Duration> {
    clock::process()
}

#[cfg(unix)]
mod clock {
    use rustix::time::{ClockId, clock_gettime};
    use std::time::Duration;

    pub(super) fn thread() -> Option<Duration> {
        read(ClockId::ThreadCPUTime)
    }

    pub(super) fn process() -> Option<Duration> {
        read(ClockId::ProcessCPUTime)
    }

    fn read(clock: ClockId) -> Option<Duration> {
        let time = clock_gettime(clock);
        Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
    }
}

#[cfg(windows)]
use windows as clock;

#[cfg(not(any(unix, windows)))]
mod clock {
    use std::time::Duration;

    pub(super) fn thread() -> Option<Duration> {
        None
    }

    pub(super) fn process() -> Option<Duration> {
        None
    }
}
