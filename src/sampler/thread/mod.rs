//! The sampler thread: asks a source, reports what changed, never waits for its reader and survives its source.
//!
//! *How it works.* Each tick takes a snapshot, compares it with the one before, and offers the delta to a bounded
//! channel. Where the channel is full the delta is kept and later ones merge into it, so that nothing is lost silently:
//! what merged, and what opened and closed in between, is counted. A source that fails is opened again; where another
//! may take its place, it does at once if the first snapshot fails, or after three failures in a row later.
//!
//! *The period* between two ticks follows what changes and what a tick costs (see `period`). Where the source says that
//! something was lost, the next tick comes at once.
//!
//! *What time it is* says the [`DataClock`], which the reader of the messages shares: the wall clock, or the time of a demo
//! or a recording. While it is held, no samples are taken.

mod orders;
mod outbox;
mod period;
mod stopwatch;

use self::{
    orders::Orders,
    outbox::{Outbox, ReaderGone},
    period::Period,
    stopwatch::Stopwatch,
};
use super::{DataClock, SamplerError, SamplerReport, SocketSource, SourceSpec, Unseen, open_source};
use crate::{
    model::{Degradation, DegradationKind, Sample, SnapshotDelta, Tracker, UnixMillis},
    panics,
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::{
    sync::Arc,
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

/// Deltas that wait in the channel at most.
const CHANNEL_CAPACITY: usize = 8;
/// Failures in a row after which another source takes over from one that used to work.
const PATIENCE: u32 = 3;
/// How long the end of the program waits for a source that does not answer.
const FAREWELL: Duration = Duration::from_secs(3);

/// How often to sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SamplerConfig {
    /// Time between two samples while little happens. Less than 20 ms counts as 20 ms.
    pub interval: Duration,
    /// Whether to sample more often while connections open and close.
    pub adaptive: bool,
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self { interval: Duration::from_secs(1), adaptive: true }
    }
}

/// A message of the sampler to its reader.
#[derive(Clone, Debug)]
pub struct SamplerMessage {
    /// What changed since the message before; empty when only the rest changed.
    pub delta: SnapshotDelta,
    /// The state of things, which replaces what was reported before.
    pub report: Arc<SamplerReport>,
}

/// A running sampler. Dropping it stops the thread.
#[derive(Debug)]
pub struct SamplerHandle {
    messages: Receiver<SamplerMessage>,
    control: Option<Sender<()>>,
    ended: Receiver<()>,
    orders: Arc<Orders>,
    clock: DataClock,
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
        let orders = Arc::new(Orders::default());
        let clock = source.begins_at().map_or_else(DataClock::default, DataClock::from_moment);
        let mut worker = Worker::new(source, fallback, config, open, clock.clone());
        let first_words = sender.clone();
        let ordered = Arc::clone(&orders);
        let run = move || {
            worker.run(&sender, &commands, &ordered, &*wake);
            drop(ending);
        };
        let thread = match Builder::new().name("sampler".to_owned()).spawn(run) {
            Ok(thread) => Some(thread),
            Err(error) => {
                let degradation = Degradation::new(
                    DegradationKind::Sampling,
                    format!("connections cannot be sampled: cannot start a thread: {error}"),
                    "close other programs, or raise the limit of processes (ulimit -u)",
                );
                let (period, degradations) = (config.interval, vec![degradation]);
                let report = Arc::new(SamplerReport { degradations, period, ..SamplerReport::default() });
                // The channel is new and has room.
                first_words.try_send(SamplerMessage { delta: SnapshotDelta::default(), report }).unwrap_or_default();
                None
            }
        };
        Self { messages, control: Some(control), ended, orders, clock, thread }
    }

    /// Where the messages come out.
    #[must_use]
    pub fn receiver(&self) -> &Receiver<SamplerMessage> {
        &self.messages
    }

    /// Data time: the moment of what is reported.
    #[must_use]
    pub fn clock(&self) -> &DataClock {
        &self.clock
    }

    /// Stops looking and holds data time, or goes on at once. What changed meanwhile is reported in one delta afterwards.
    pub fn set_paused(&self, is_paused: bool) {
        self.clock.hold(is_paused);
        if self.orders.pause(is_paused) {
            self.call();
        }
    }

    /// Sets a source that has a time of its own to the moment `to`, or to the nearest one that it has; also while it is
    /// paused. The message with the whole of that moment has [`SnapshotDelta::reset`]; of several wishes at once the last
    /// one counts. A source that shows what is now goes on doing so.
    pub fn seek(&self, to: UnixMillis) {
        self.orders.seek(to);
        self.call();
    }

    /// The same by so many ms from the moment that is shown; negative is earlier. Steps that come before the thread has
    /// moved add up.
    pub fn seek_by(&self, ms: i64) {
        self.orders.seek_by(ms);
        self.call();
    }

    /// Has the thread read its orders.
    fn call(&self) {
        if let Some(control) = &self.control {
            // A full channel means that the thread is about to read them anyway.
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

/// That another source has taken over.
struct Takeover {
    /// Why those before failed.
    causes: String,
    degradation: Degradation,
}

struct Worker {
    /// The source that was asked for.
    wanted: SourceSpec,
    /// The source in use.
    spec: SourceSpec,
    may_fall_back: bool,
    open: Opener,
    clock: DataClock,
    source: Option<Box<dyn SocketSource>>,
    has_opened: bool,
    /// The moment that a person asked for last.
    sought: Option<UnixMillis>,
    /// Why the source stays where it is.
    refusal: Option<Degradation>,
    tracker: Tracker,
    /// Failures in a row of this source.
    failures: u32,
    has_succeeded: bool,
    /// Set once another source has taken over.
    takeover: Option<Takeover>,
    report: SamplerReport,
    outbox: Outbox,
    /// What sources that were given up had counted, and what was counted of them.
    unseen_before: Unseen,
    backwards_before: u64,
    /// When a gap brought about a sample last.
    gap_sample: Option<Instant>,
    period: Period,
}

impl Worker {
    fn new(spec: SourceSpec, may_fall_back: bool, config: SamplerConfig, open: Opener, clock: DataClock) -> Self {
        let period = Period::new(config);
        Self {
            wanted: spec.clone(),
            spec,
            may_fall_back,
            open,
            clock,
            source: None,
            has_opened: false,
            sought: None,
            refusal: None,
            tracker: Tracker::default(),
            failures: 0,
            has_succeeded: false,
            takeover: None,
            report: SamplerReport { period: period.now(), ..SamplerReport::default() },
            outbox: Outbox::default(),
            unseen_before: Unseen::default(),
            backwards_before: 0,
            gap_sample: None,
            period,
        }
    }

    fn run(&mut self, messages: &Sender<SamplerMessage>, commands: &Receiver<()>, orders: &Orders, wake: &dyn Fn()) {
        loop {
            let began = Instant::now();
            let is_paused = orders.is_paused();
            if let Some(seek) = orders.take_seek() {
                self.sought = Some(seek.moment(self.sought.unwrap_or_else(|| self.clock.now())));
            }
            if self.source.as_ref().is_some_and(|source| source.own_time().is_none()) {
                // It shows what is now.
                self.sought = None;
            }
            if !is_paused || self.sought.is_some() {
                self.tick(self.clock.now());
            }
            match self.deliver(messages) {
                Ok(true) => wake(),
                Ok(false) => {}
                Err(ReaderGone) => return,
            }
            let is_done = is_paused && !self.outbox.is_waiting();
            let rest = (!is_done).then(|| self.report.period.saturating_sub(began.elapsed()));
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

    /// Waits for the next sample. It comes early when the source says that something has come, but not at once, so that
    /// many such things cost one sample; and at once when something was lost. True when the handle was dropped.
    fn sleep(&mut self, rest: Duration, commands: &Receiver<()>) -> bool {
        let began = Instant::now();
        let source = self.source.as_ref();
        let arrivals = source.filter(|_| self.period.is_adaptive()).and_then(|source| source.arrivals());
        let mut arrivals = arrivals.unwrap_or_else(crossbeam_channel::never);
        let mut gaps = source.and_then(|source| source.gaps()).unwrap_or_else(crossbeam_channel::never);
        let mut wake_at = began + rest;
        loop {
            // The thread behind a channel may have ended; then the period alone counts.
            crossbeam_channel::select! {
                recv(commands) -> command => return command.is_err(),
                recv(gaps) -> gap => {
                    if gap.is_ok() {
                        // What is lost again and again does not cost sample after sample.
                        let earliest = self.gap_sample.map_or(began, |last| (last + self.period.soonest()).max(began));
                        self.gap_sample = Some(earliest);
                        wake_at = wake_at.min(earliest);
                    }
                    gaps = crossbeam_channel::never();
                }
                recv(arrivals) -> arrival => {
                    if arrival.is_ok() {
                        wake_at = wake_at.min(began + self.period.soonest());
                    }
                    arrivals = crossbeam_channel::never();
                }
                default(wake_at.saturating_duration_since(Instant::now())) => return false,
            }
        }
    }

    /// One sample at the moment `now`, or where a source that opens stands.
    fn tick(&mut self, mut now: UnixMillis) {
        let stopwatch = Stopwatch::start();
        let mut outcome = self.sample(&mut now);
        while let Err(error) = &outcome
            && self.fall_back(error, now)
        {
            outcome = self.sample(&mut now);
        }
        let mut delta = SnapshotDelta { at: now, ..SnapshotDelta::default() };
        match outcome {
            Ok(mut sample) => {
                self.failures = 0;
                self.report.degradations = std::mem::take(&mut sample.degradations);
                self.has_succeeded = true;
                self.report.degradations.extend(self.takeover.as_ref().map(|takeover| takeover.degradation.clone()));
                self.report.degradations.extend(self.refusal.clone());
                delta = self.tracker.apply(sample, now);
                self.report.sockets = self.tracker.len();
            }
            Err(error) => {
                // What was there stays: that nothing could be seen does not mean that it is gone.
                self.failures += 1;
                self.give_up_source();
                self.report.degradations = vec![self.failure(&error)];
                if self.takeover.is_some() && !self.has_succeeded {
                    // None works: next time all are tried again, in their order.
                    self.takeover = None;
                    self.spec = self.wanted.clone();
                }
            }
        }
        if let Some(source) = &self.source {
            self.report.source = Some(source.kind());
            self.report.label = source.label();
            self.report.capabilities = source.capabilities();
            self.report.own_time = source.own_time();
            self.report.unseen = self.unseen_before.plus(source.unseen());
            self.clock.stop_at(source.own_time().and_then(|own| own.ends_at));
        }
        let (cpu_ms, cost) = stopwatch.stop();
        self.report.cpu_ms = cpu_ms;
        self.report.backwards = self.backwards_before + self.tracker.backwards();
        self.period.adapt(!(delta.opened.is_empty() && delta.closed.is_empty() && delta.ghosts.is_empty()), cost);
        self.report.period = self.period.now();
        self.outbox.keep(delta);
    }

    /// What is said of a failed sample. Both causes, where no source has worked since another took over.
    fn failure(&self, error: &SamplerError) -> Degradation {
        let (what, remedy) = match &self.takeover {
            _ if self.has_succeeded => (format!("connections are not being updated: {error}"), error.remedy()),
            Some(Takeover { causes, .. }) => {
                (format!("connections cannot be listed: {causes}; then: {error}"), error.remedy())
            }
            None => (format!("connections cannot be listed: {error}"), error.remedy()),
        };
        Degradation::new(DegradationKind::Sampling, what, remedy)
    }

    /// Asks the source, whatever it does.
    fn sample(&mut self, now: &mut UnixMillis) -> Result<Sample, SamplerError> {
        let name = self.source.as_ref().map_or("requested", |source| source.kind().name());
        // A source that panicked is thrown away by the caller, so nobody sees what it left behind.
        let outcome = panics::catch(|| self.ask(now));
        outcome.unwrap_or_else(|message| Err(SamplerError::Panicked { name, message }))
    }

    /// Opens the source if it is not open, sets it to the moment that was asked for, and asks it. Where it has a time of its
    /// own, `now` becomes the moment at which it stands.
    fn ask(&mut self, now: &mut UnixMillis) -> Result<Sample, SamplerError> {
        let source = match &mut self.source {
            Some(source) => source,
            none => {
                let source = none.insert((self.open)(&self.spec)?);
                match source.own_time() {
                    // It goes on where it was.
                    Some(own) if self.has_opened => source.set_to(own.nearest(*now))?,
                    Some(own) => {
                        self.clock.follow(own);
                        *now = own.at;
                    }
                    None => {}
                }
                self.has_opened = true;
                source
            }
        };
        if let (Some(to), Some(own)) = (self.sought.take(), source.own_time()) {
            let moved = source.set_to(own.nearest(to));
            if let (Ok(()), Some(own)) = (&moved, source.own_time()) {
                self.clock.follow(own);
                *now = own.at;
            }
            self.refusal = moved.err().map(|error| refusal(to, &error));
        }
        source.sample(*now)
    }

    /// Gives way to the next source in line, if there is one and patience is at its end.
    fn fall_back(&mut self, error: &SamplerError, now: UnixMillis) -> bool {
        let is_given_up = !self.has_succeeded || self.failures + 1 >= PATIENCE;
        let next = self.spec.fallback(error).filter(|_| self.may_fall_back && is_given_up);
        let Some(next) = next else { return false };
        let causes = match self.takeover.take() {
            Some(Takeover { causes, .. }) => format!("{causes}; then: {error}"),
            None => error.to_string(),
        };
        let degradation = Degradation::new(
            DegradationKind::Source,
            format!("fell back from {} to {next}: {causes}", self.wanted),
            format!("to see the error, run with --source {}", self.wanted),
        );
        self.takeover = Some(Takeover { causes, degradation });
        self.spec = next;
        self.give_up_source();
        self.failures = 0;
        self.has_succeeded = false;
        // The new source has other identities: all that was there closes, and what it sees first was there before.
        let closed = self.tracker.update(Vec::new(), now, None);
        self.backwards_before += self.tracker.backwards();
        self.tracker = Tracker::default();
        self.outbox.keep(closed);
        true
    }

    fn give_up_source(&mut self) {
        if let Some(source) = self.source.take() {
            self.unseen_before = self.unseen_before.plus(source.unseen());
        }
    }

    /// Sends what is queued, if the channel has room. True when a message was sent.
    fn deliver(&mut self, messages: &Sender<SamplerMessage>) -> Result<bool, ReaderGone> {
        self.outbox.deliver(&self.report, messages)
    }
}

/// That a source stays where it is.
fn refusal(to: UnixMillis, error: &SamplerError) -> Degradation {
    Degradation::new(DegradationKind::Source, format!("cannot seek to {to}: {error}"), error.remedy())
}

#[cfg(test)]
mod tests;
