//! What a piece of work costs the thread that does it.

use crate::sampler::thread_cpu_time;
use std::time::{Duration, Instant};

/// Begun at the first instant, ended by [`Stopwatch::stop`].
pub(super) struct Stopwatch {
    began: Instant,
    cpu: Option<Duration>,
}

impl Stopwatch {
    /// Begins now.
    pub(super) fn start() -> Self {
        Self { began: Instant::now(), cpu: thread_cpu_time() }
    }

    /// CPU time in milliseconds where it is known, and the cost to reckon with: CPU time, else wall time.
    pub(super) fn stop(self) -> (Option<f32>, Duration) {
        let cpu = thread_cpu_time().zip(self.cpu).map(|(now, began)| now.saturating_sub(began));
        (cpu.map(|cpu| cpu.as_secs_f32() * 1000.0), cpu.unwrap_or_else(|| self.began.elapsed()))
    }
}
