//! Measures the cost of work on the current thread.

use crate::sampler::thread_cpu_time;
use std::time::{Duration, Instant};

/// Started by [`Stopwatch::start`], ended by [`Stopwatch::stop`].
pub(super) struct Stopwatch {
    began: Instant,
    cpu: Option<Duration>,
}

impl Stopwatch {
    /// Starts measuring.
    pub(super) fn start() -> Self {
        Self { began: Instant::now(), cpu: thread_cpu_time() }
    }

    /// CPU time in milliseconds if known, and the cost: CPU time, or else wall time.
    pub(super) fn stop(self) -> (Option<f32>, Duration) {
        let cpu = thread_cpu_time().zip(self.cpu).map(|(now, began)| now.saturating_sub(began));
        (cpu.map(|cpu| cpu.as_secs_f32() * 1000.0), cpu.unwrap_or_else(|| self.began.elapsed()))
    }
}
