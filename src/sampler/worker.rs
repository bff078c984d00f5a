//! The sampler thread: asks a source, tells what changed, never waits for its reader and survives its source.
//!
//! *How it works.* Each tick takes a snapshot, compares it with the one before, and offers the delta to a bounded
//! channel. Where the channel is full the delta is kept and later ones merge into it, so that nothing is lost silently:
//! what merged, and what opened and closed in between, is counted. A source that fails is opened again; where another
//! may take its place, it does at once if the first snapshot fails, or after three failures in a row later.
//!
//! *The period* is the one asked for while little happens. While connections open or close it halves, down to a quarter
//! and not below 100 ms nor below twenty times what a snapshot costs, and doubles back after four quiet ticks.
//!
//! This is the one place that reads the wall clock.

use super::{SamplerError, SocketSource, SourceSpec, Unseen, open_source, panic_message, stopwatch::Stopwatch};
use crate::model::{Degradation, DegradationKind, SnapshotDelta, Tracker, UnixMillis};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Deltas that wait in the channel at most.
const CHANNEL_CAPACITY: usize = 8;
/// Failures in a row after which another source takes over from one that used to work.
const PATIENCE: u32 = 3;
/// Ticks without an opening or closing after which the period doubles back.
const QUIET_TICKS: u32 = 4;
const FASTEST: Duration = Duration::from_millis(100);
const SHORTEST_INTERVAL: Duration = Duration::from_millis(20);
/// A clock that steps back by no more than this is being adjusted: time then stands still instead.
const ADJUSTMENT_MS: i64 = 2000;
/// How long the end of the program waits for a source that does not answer.
const FAREWELL: Duration = Duration::from_secs(3);

/// How often to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SamplerConfig {
    /// Time between two looks while little happens. Less than 20 ms counts as 20 ms.
    pub interval: Duration,
    /// Whether to look more often while connections open and close.
    pub adaptive: bool,
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self { interval: Duration::from_secs(1), adaptive: true }
    }
}

/// What the sampler tells its reader. All but the delta is the state of things, and replaces what was told before.
#[derive(Clone, Debug)]
pub struct SamplerMessage {
    /// What changed since the message before; empty when only the rest changed.
    pub delta: SnapshotDelta,
    /// Everything that does not work as it should.
    pub degradations: Vec<Degradation>,
    /// Source in use.
    pub source: &'static str,
    /// What to write on every picture; `None` when it is this computer, live.
    pub label: Option<String>,
    /// Whether traffic is measured.
    pub measures_traffic: bool,
    /// Whether connections are invented.
    pub simulated: bool,
    /// Deltas that were merged because the reader was slow, since the start.
    pub merged: u64,
    /// Connections that opened and closed between two messages and so were never told, since the start.
    pub vanished: u64,
    /// Connections that are counted alone, since the source was opened.
    pub unseen: Unseen,
    /// How often a counter of traffic went backwards, since the start.
    pub backwards: u64,
    /// Time between two looks now.
    pub period: Duration,
    /// CPU time of the last look and comparison, milliseconds; `None` where the system does not tell.
    pub cpu_ms: Option<f32>,
    /// Connections and listeners in the last snapshot.
    pub sockets: usize,
}

/// A running sampler. Dropping it stops the thread.
#[derive(Debug)]
pub struct SamplerHandle {
    messages: Receiver<SamplerMessage>,
    control: Option<Sender<()>>,
    ended: Receiver<()>,
    is_paused: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

type Opener = Box<dyn FnMut(&SourceSpec) -> Result<Box<dyn SocketSource>, SamplerError> + Send>;

impl SamplerHandle {
    /// Starts the thread `sampler`. `wake` is called from it after each message. With `fallback`, the next source in
    /// line takes over when `source` fails (see [`SourceSpec::fallback`]); without, it is tried for ever, and each
    /// failure is a degradation.
    #[must_use]
    pub fn spawn(source: SourceSpec, fallback: bool, config: SamplerConfig, wake: Box<dyn Fn() + Send>) -> Self {
        Self::spawn_with(source, fallback, config, wake, Box::new(open_source))
    }

    fn spawn_with(
        source: SourceSpec,
        fallback: bool,
        config: SamplerConfig,
        wake: Box<dyn Fn() + Send>,
        open: Opener,
    ) -> Self {
        let (sender, messages) = bounded(CHANNEL_CAPACITY);
        let (control, commands) = bounded(1);
        let (ending, ended) = bounded::<()>(1);
        let is_paused = Arc::new(AtomicBool::new(false));
        let mut worker = Worker::new(source, fallback, config, open);
        let first_words = sender.clone();
        let paused = Arc::clone(&is_paused);
        let run = move || {
            worker.run(&sender, &commands, &paused, &*wake);
            drop(ending);
        };
        let thread = match Builder::new().name("sampler".to_owned()).spawn(run) {
            Ok(thread) => Some(thread),
            Err(error) => {
                let mut message = Status::new(config.interval).message(SnapshotDelta::default());
                message.degradations.push(Degradation::new(
                    DegradationKind::Sampling,
                    format!("connections cannot be watched, because no thread can be started: {error}"),
                    "close other programs, or raise the limit of processes (ulimit -u)",
                ));
                // The channel is new and has room.
                first_words.try_send(message).unwrap_or_default();
                None
            }
        };
        Self { messages, control: Some(control), ended, is_paused, thread }
    }

    /// Where the messages come out.
    #[must_use]
    pub fn receiver(&self) -> &Receiver<SamplerMessage> {
        &self.messages
    }

    /// Stops looking, or goes on at once. What changed meanwhile is told in one delta afterwards.
    pub fn set_paused(&self, is_paused: bool) {
        let was_paused = self.is_paused.swap(is_paused, Ordering::Relaxed);
        if let Some(control) = &self.control
            && was_paused != is_paused
        {
            // A full channel means that the thread is about to look at the flag anyway.
            control.try_send(()).unwrap_or_default();
        }
    }

    /// Ends the thread and waits for it; for no longer than three seconds, since a source may hang.
    pub fn stop(&mut self) {
        self.control = None;
        if let Some(thread) = self.thread.take()
            && self.ended.recv_timeout(FAREWELL) == Err(RecvTimeoutError::Disconnected)
        {
            // A panic outside of the sources has ended the thread already, and was printed then.
            thread.join().unwrap_or_default();
        }
    }
}

impl Drop for SamplerHandle {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Everything in a message but the delta.
#[derive(Clone, Debug, PartialEq)]
struct Status {
    degradations: Vec<Degradation>,
    source: &'static str,
    label: Option<String>,
    measures_traffic: bool,
    simulated: bool,
    unseen: Unseen,
    period: Duration,
}

impl Status {
    fn new(period: Duration) -> Self {
        Self {
            degradations: Vec::new(),
            source: "none",
            label: None,
            measures_traffic: false,
            simulated: false,
            unseen: Unseen::default(),
            period,
        }
    }

    fn message(&self, delta: SnapshotDelta) -> SamplerMessage {
        let Self { degradations, source, label, measures_traffic, simulated, unseen, period } = self.clone();
        SamplerMessage {
            delta,
            degradations,
            source,
            label,
            measures_traffic,
            simulated,
            unseen,
            backwards: 0,
            merged: 0,
            vanished: 0,
            period,
            cpu_ms: None,
            sockets: 0,
        }
    }
}

struct Worker {
    spec: SourceSpec,
    may_fall_back: bool,
    config: SamplerConfig,
    open: Opener,
    source: Option<Box<dyn SocketSource>>,
    tracker: Tracker,
    /// Failures in a row of this source.
    failures: u32,
    has_succeeded: bool,
    /// Set once another source has taken over.
    takeover: Option<Degradation>,
    status: Status,
    told: Option<Status>,
    pending: Option<SnapshotDelta>,
    /// Whether the channel had no room for `pending`.
    is_behind: bool,
    merged: u64,
    vanished: u64,
    quiet_ticks: u32,
    /// Least time between two looks that events bring about.
    soonest: Duration,
    cpu_ms: Option<f32>,
    sockets: usize,
}

impl Worker {
    fn new(spec: SourceSpec, may_fall_back: bool, config: SamplerConfig, open: Opener) -> Self {
        let config = SamplerConfig { interval: config.interval.max(SHORTEST_INTERVAL), ..config };
        Self {
            spec,
            may_fall_back,
            config,
            open,
            source: None,
            tracker: Tracker::default(),
            failures: 0,
            has_succeeded: false,
            takeover: None,
            status: Status::new(config.interval),
            told: None,
            pending: None,
            is_behind: false,
            merged: 0,
            vanished: 0,
            quiet_ticks: 0,
            soonest: FASTEST,
            cpu_ms: None,
            sockets: 0,
        }
    }

    fn run(
        &mut self,
        messages: &Sender<SamplerMessage>,
        commands: &Receiver<()>,
        is_paused: &AtomicBool,
        wake: &dyn Fn(),
    ) {
        let mut clock = Clock::default();
        loop {
            let rest = if is_paused.load(Ordering::Relaxed) {
                None
            } else {
                let began = Instant::now();
                self.tick(clock.now());
                match self.deliver(messages) {
                    Ok(true) => wake(),
                    Ok(false) => {}
                    Err(ReaderGone) => return,
                }
                Some(self.status.period.saturating_sub(began.elapsed()))
            };
            // The sleep ends with a command, or with the end of the handle.
            let is_stopped = match rest {
                Some(rest) => self.sleep(rest, commands),
                None => commands.recv().is_err(),
            };
            if is_stopped {
                return;
            }
        }
    }

    /// Waits for the next look, which comes early when the source says that something has come, but not at once, so
    /// that many such things cost one look. True when nobody wants to know any more.
    fn sleep(&self, rest: Duration, commands: &Receiver<()>) -> bool {
        let began = Instant::now();
        let arrivals = self.source.as_ref().filter(|_| self.config.adaptive).and_then(|source| source.arrivals());
        let arrivals = arrivals.unwrap_or_else(crossbeam_channel::never);
        crossbeam_channel::select! {
            recv(commands) -> command => command.is_err(),
            // The thread behind the channel may have ended; then the period alone counts.
            recv(arrivals) -> arrival => {
                let rest = rest.saturating_sub(began.elapsed());
                let wait = if arrival.is_ok() { self.soonest.saturating_sub(began.elapsed()).min(rest) } else { rest };
                commands.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected)
            }
            default(rest) => false,
        }
    }

    /// One look at the moment `now`.
    fn tick(&mut self, now: UnixMillis) {
        let stopwatch = Stopwatch::start();
        let outcome = self
            .snapshot(now)
            .or_else(|error| if self.fall_back(&error, now) { self.snapshot(now) } else { Err(error) });
        let mut delta = SnapshotDelta { at: now, ..SnapshotDelta::default() };
        match outcome {
            Ok(mut snapshot) => {
                self.failures = 0;
                self.status.degradations = std::mem::take(&mut snapshot.degradations);
                self.has_succeeded = true;
                delta = self.tracker.look(snapshot, now);
                self.sockets = self.tracker.len();
            }
            Err(error) => {
                // What was there stays: that nothing could be seen does not mean that it is gone.
                self.failures += 1;
                self.source = None;
                self.status.degradations = vec![Degradation::new(
                    DegradationKind::Sampling,
                    format!("connections are not being updated: {error}"),
                    "run netglobe doctor to see which sources work here",
                )];
            }
        }
        self.status.degradations.extend(self.takeover.clone());
        if let Some(source) = &self.source {
            self.status.source = source.name();
            self.status.label = source.label();
            self.status.measures_traffic = source.measures_traffic();
            self.status.simulated = source.is_simulated();
            self.status.unseen = source.unseen();
        }
        let (cpu_ms, cost) = stopwatch.stop();
        self.cpu_ms = cpu_ms;
        self.adapt(!(delta.opened.is_empty() && delta.closed.is_empty() && delta.ghosts.is_empty()), cost);
        self.keep(delta);
    }

    /// Opens the source if it is not open, and asks it.
    fn snapshot(&mut self, now: UnixMillis) -> Result<crate::model::Snapshot, SamplerError> {
        let name = self.source.as_ref().map_or("that was asked for", |source| source.name());
        let (source, open, spec) = (&mut self.source, &mut self.open, &self.spec);
        // A source that panicked is thrown away by the caller, so nobody sees what it left behind.
        let outcome = catch_unwind(AssertUnwindSafe(|| match source {
            Some(source) => source.sample(now),
            None => source.insert(open(spec)?).sample(now),
        }));
        outcome.unwrap_or_else(|payload| Err(SamplerError::Panicked { name, message: panic_message(payload.as_ref()) }))
    }

    /// Gives way to the next source in line, if there is one and patience is at its end.
    fn fall_back(&mut self, error: &SamplerError, now: UnixMillis) -> bool {
        let is_given_up = !self.has_succeeded || self.failures + 1 >= PATIENCE;
        let next = self.spec.fallback().filter(|_| self.may_fall_back && is_given_up);
        let Some(next) = next else { return false };
        self.takeover = Some(Degradation::new(
            DegradationKind::Source,
            format!("{next} has taken over from {}: {error}", self.spec),
            format!("to see it fail again, run with --source {}", self.spec),
        ));
        self.spec = next;
        self.source = None;
        self.failures = 0;
        self.has_succeeded = false;
        // The new source has other identities: all that was there closes, and what it sees first was there before.
        let closed = self.tracker.update(Vec::new(), now, None);
        self.tracker = Tracker::default();
        self.keep(closed);
        true
    }

    /// Sets the period, after a tick that cost `cost` of CPU.
    fn adapt(&mut self, has_changed: bool, cost: Duration) {
        if !self.config.adaptive {
            return;
        }
        let interval = self.config.interval;
        self.soonest = FASTEST.max(cost * 20);
        let fastest = (interval / 4).max(FASTEST).max(cost * 20).min(interval);
        self.quiet_ticks = if has_changed { 0 } else { self.quiet_ticks + 1 };
        if has_changed {
            self.status.period = (self.status.period / 2).max(fastest);
        } else if self.quiet_ticks >= QUIET_TICKS {
            self.status.period = (self.status.period * 2).min(interval);
            self.quiet_ticks = 0;
        }
        self.status.period = self.status.period.max(fastest);
    }

    /// Keeps a delta to be told.
    fn keep(&mut self, delta: SnapshotDelta) {
        match &mut self.pending {
            Some(pending) => {
                self.merged += u64::from(self.is_behind && !delta.is_empty() && !pending.is_empty());
                self.vanished += pending.merge(delta) as u64;
            }
            None => self.pending = Some(delta),
        }
    }

    /// Tells what there is to tell, if the reader has room. True when a message went out.
    fn deliver(&mut self, messages: &Sender<SamplerMessage>) -> Result<bool, ReaderGone> {
        let Some(delta) = self.pending.take() else { return Ok(false) };
        if delta.is_empty() && self.told.as_ref() == Some(&self.status) {
            return Ok(false);
        }
        let message = SamplerMessage {
            merged: self.merged,
            vanished: self.vanished,
            backwards: self.tracker.backwards(),
            cpu_ms: self.cpu_ms,
            sockets: self.sockets,
            ..self.status.message(delta)
        };
        match messages.try_send(message) {
            Ok(()) => {
                self.told = Some(self.status.clone());
                self.is_behind = false;
                Ok(true)
            }
            Err(TrySendError::Full(message)) => {
                self.pending = Some(message.delta);
                self.is_behind = true;
                Ok(false)
            }
            Err(TrySendError::Disconnected(_)) => Err(ReaderGone),
        }
    }
}

/// Nobody reads the channel any more.
struct ReaderGone;

/// The wall clock, without the small steps back that come from adjusting it.
#[derive(Debug, Default)]
struct Clock {
    last: Option<i64>,
}

impl Clock {
    fn now(&mut self) -> UnixMillis {
        let wall = SystemTime::now();
        let after = wall.duration_since(UNIX_EPOCH).map(|after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
        self.smooth(after.unwrap_or(0))
    }

    fn smooth(&mut self, wall_ms: i64) -> UnixMillis {
        let is_adjusted = self.last.is_some_and(|last| wall_ms < last && last - wall_ms <= ADJUSTMENT_MS);
        if !is_adjusted {
            self.last = Some(wall_ms);
        }
        UnixMillis(self.last.unwrap_or(wall_ms))
    }
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
