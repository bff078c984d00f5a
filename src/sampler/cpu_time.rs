//! CPU time that was spent, user and system; for those who measure what the program costs.

use std::time::Duration;

/// CPU time of this thread since it began; `None` where the system does not report.
#[must_use]
pub fn thread_cpu_time() -> Option<Duration> {
    clock::thread()
}

/// CPU time of this process since it began; `None` where the system does not report.
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

#[cfg(not(unix))]
mod clock {
    use std::time::Duration;

    pub(super) fn thread() -> Option<Duration> {
        None
    }

    pub(super) fn process() -> Option<Duration> {
        None
    }
}
