//! The sampler thread: samples a source and reports changes. It never waits for its reader, and survives source failures.
//!
//! *How it works.* Each tick takes a snapshot, compares it with the previous one, and sends the delta to a bounded channel.
//! If the channel is full, later deltas are merged into the pending one, so that nothing is lost silently: merged deltas,
//! and connections that opened and closed in between, are counted. A failed source is reopened. A fallback source takes over
//! immediately if the first snapshot fails, otherwise after three consecutive failures.
//!
//! *The period* between two ticks depends on the rate of changes and the cost of a tick (see `period`). If the source
//! reports that events were lost, the next tick comes immediately.
//!
//! *Time* comes from the [`DataClock`], which is shared with the reader of the messages: the wall clock, or the time of a
//! demo or recording. While it is paused, no samples are taken.

mod handle;
mod orders;
mod outbox;
mod period;
mod readers;
mod stopwatch;

pub use handle::{SamplerHandle, SourceOpener};
pub use readers::Subscription;

use self::{
    orders::{NewHome, Orders},
    outbox::{Outbox, ReaderGone},
    period::Period,
    readers::Readers,
    stopwatch::Stopwatch,
};
use super::{DataClock, SamplerError, SamplerReport, SocketSource, SourceSpec, Unseen};
use crate::{
    geodesy::LatLng,
    language::t,
    model::{Degradation, DegradationKind, Sample, SnapshotDelta, Tracker, UnixMillis},
    panics,
};
use crossbeam_channel::{Receiver, Sender};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Consecutive failures after which another source replaces one that used to work.
const PATIENCE: u32 = 3;

/// Sampling rate, and what a demo needs to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplerConfig {
    /// Time between two samples while little changes; at least 20 ms.
    pub interval: Duration,
    /// Whether to sample more often while connections open and close.
    pub adaptive: bool,
    /// Whether samples may cost only little, as in the background.
    pub is_frugal: bool,
    /// Location of this computer, for the round-trip times of a demo.
    pub home: Option<LatLng>,
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self { interval: Duration::from_secs(1), adaptive: true, is_frugal: false, home: None }
    }
}

/// A message of the sampler to its reader.
#[derive(Clone, Debug)]
pub struct SamplerMessage {
    /// Changes since the previous message; empty if only the report changed.
    pub delta: SnapshotDelta,
    /// The current status, which replaces the previous one.
    pub report: Arc<SamplerReport>,
}

/// State after another source has taken over.
struct Takeover {
    /// Why the previous sources failed.
    causes: String,
    degradation: Degradation,
}

struct Worker {
    /// The requested source.
    wanted: SourceSpec,
    /// The source in use.
    spec: SourceSpec,
    may_fall_back: bool,
    open: SourceOpener,
    clock: DataClock,
    source: Option<Box<dyn SocketSource>>,
    has_opened: bool,
    home: Option<LatLng>,
    /// The moment of the last seek request.
    sought: Option<UnixMillis>,
    /// Why the source could not seek.
    refusal: Option<Degradation>,
    tracker: Tracker,
    /// Consecutive failures of this source.
    failures: u32,
    has_succeeded: bool,
    /// Set once another source has taken over.
    takeover: Option<Takeover>,
    report: SamplerReport,
    outbox: Outbox,
    /// Readers beside the main one.
    readers: Readers,
    /// Totals of sources that were closed: unseen connections, and decreased byte counters.
    unseen_before: Unseen,
    backwards_before: u64,
    /// Time of the last sample triggered by lost events.
    gap_sample: Option<Instant>,
    period: Period,
}

impl Worker {
    fn new(spec: SourceSpec, may_fall_back: bool, config: SamplerConfig, open: SourceOpener, clock: DataClock) -> Self {
        let period = Period::new(config);
        Self {
            wanted: spec.clone(),
            spec,
            may_fall_back,
            open,
            clock,
            source: None,
            has_opened: false,
            home: config.home,
            sought: None,
            refusal: None,
            tracker: Tracker::default(),
            failures: 0,
            has_succeeded: false,
            takeover: None,
            report: SamplerReport { period: period.now(), ..SamplerReport::default() },
            outbox: Outbox::default(),
            readers: Readers::default(),
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
            self.readers.note_last();
            if let Some(NewHome(home)) = orders.take_home() {
                self.home = home;
                self.source.iter_mut().for_each(|source| source.set_home(home));
            }
            if let Some(seek) = orders.take_seek() {
                self.sought = Some(seek.moment(self.sought.unwrap_or_else(|| self.clock.now())));
            }
            if self.source.as_ref().is_some_and(|source| source.own_time().is_none()) {
                // Live sources cannot seek.
                self.sought = None;
            }
            // A moment of the past is shown even if it stands still.
            let begins = !self.has_opened && !self.spec.is_live();
            if !is_paused || self.sought.is_some() || begins {
                self.tick(self.clock.now());
            }
            if let Some(is_forward) = orders.take_step() {
                self.sought = self.source.as_mut().and_then(|source| source.neighbouring_change(is_forward));
                if self.sought.is_some() {
                    self.tick(self.clock.now());
                }
            }
            if orders.take_repeat() {
                let all = self.tracker.connections().cloned().collect();
                self.outbox.keep(SnapshotDelta::reset_to(self.clock.now(), all));
            }
            self.readers.follow(orders, &self.tracker, self.clock.now());
            match self.deliver(messages) {
                Ok(true) => wake(),
                Ok(false) => {}
                Err(ReaderGone) => return,
            }
            let is_done = is_paused && !self.outbox.is_waiting();
            let rest = (!is_done).then(|| self.report.period.saturating_sub(began.elapsed()));
            // A command ends the sleep, also the one to stop.
            match rest {
                Some(rest) => self.sleep(rest, commands),
                None => commands.recv().unwrap_or_default(),
            }
            if orders.is_stopped() {
                return;
            }
        }
    }

    /// Waits for the next sample. Arrivals bring it forward, with a minimum delay so that many of them share one
    /// sample; lost events bring it forward to now, and a command ends it.
    fn sleep(&mut self, rest: Duration, commands: &Receiver<()>) {
        let began = Instant::now();
        let source = self.source.as_ref();
        let arrivals = source.filter(|_| self.period.is_adaptive()).and_then(|source| source.arrivals());
        let mut arrivals = arrivals.unwrap_or_else(crossbeam_channel::never);
        let mut gaps = source.and_then(|source| source.gaps()).unwrap_or_else(crossbeam_channel::never);
        let mut wake_at = began + rest;
        loop {
            // The sender of a channel may have ended; then only the period counts.
            crossbeam_channel::select! {
                recv(commands) -> _ => return,
                recv(gaps) -> gap => {
                    if gap.is_ok() {
                        // Limit the rate of samples when events are lost repeatedly.
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
                default(wake_at.saturating_duration_since(Instant::now())) => return,
            }
        }
    }

    /// Takes a sample at the moment `now`, or at the current moment of a source that is opened.
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
                // Keep the connections: a failed sample does not mean that they are closed.
                self.failures += 1;
                self.give_up_source();
                self.report.degradations = vec![self.failure(&error)];
                if self.takeover.is_some() && !self.has_succeeded {
                    // No source works: try all of them again in the original order.
                    self.takeover = None;
                    self.spec = self.wanted.clone();
                }
            }
        }
        if let Some(source) = &self.source {
            self.report.source = Some(source.kind());
            self.report.label = source.label();
            self.report.caption = source.caption();
            self.report.capabilities = source.capabilities();
            self.report.own_time = source.own_time();
            self.report.home = source.home_then();
            self.report.unseen = self.unseen_before.plus(source.unseen());
            self.clock.stop_at(source.own_time().and_then(|own| own.ends_at));
        }
        let (cpu_ms, cost) = stopwatch.stop();
        self.report.cpu_ms = cpu_ms;
        self.report.backwards = self.backwards_before + self.tracker.backwards();
        self.period.adapt(!(delta.opened.is_empty() && delta.closed.is_empty() && delta.ghosts.is_empty()), cost);
        self.report.period = self.period.now();
        self.keep(delta);
    }

    /// The degradation for a failed sample. Contains all causes if no source has worked since another took over.
    fn failure(&self, error: &SamplerError) -> Degradation {
        let last = error.to_string();
        let what = match &self.takeover {
            _ if self.has_succeeded => t!("sampler-not-updated", error = last),
            Some(Takeover { causes, .. }) => {
                t!("sampler-not-listed", error = t!("sampler-then", causes = causes.as_str(), error = last))
            }
            None => t!("sampler-not-listed", error = last),
        };
        Degradation::new(DegradationKind::Sampling, what, error.remedy())
    }

    /// Samples the source, and catches panics.
    fn sample(&mut self, now: &mut UnixMillis) -> Result<Sample, SamplerError> {
        let name = self.source.as_ref().map_or("requested", |source| source.kind().name());
        // The caller drops a source that panicked, so its inconsistent state is not used.
        let outcome = panics::catch(|| self.ask(now));
        outcome.unwrap_or_else(|message| Err(SamplerError::Panicked { name, message }))
    }

    /// Opens the source if necessary, seeks to the requested moment, and samples it. If it has its own time, `now`
    /// becomes its current moment.
    fn ask(&mut self, now: &mut UnixMillis) -> Result<Sample, SamplerError> {
        let source = match &mut self.source {
            Some(source) => source,
            none => {
                let source = none.insert((self.open)(&self.spec)?);
                source.set_home(self.home);
                match source.own_time() {
                    // Continue where the previous instance stopped.
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

    /// Switches to the next source in fallback order, if there is one and this source has failed often enough.
    fn fall_back(&mut self, error: &SamplerError, now: UnixMillis) -> bool {
        let is_given_up = !self.has_succeeded || self.failures + 1 >= PATIENCE;
        let next = self.spec.fallback(error).filter(|_| self.may_fall_back && is_given_up);
        let Some(next) = next else { return false };
        let causes = match self.takeover.take() {
            Some(Takeover { causes, .. }) => t!("sampler-then", causes = causes, error = error.to_string()),
            None => error.to_string(),
        };
        let degradation = Degradation::new(
            DegradationKind::Source,
            t!("sampler-fell-back", from = self.wanted.to_string(), to = next.to_string(), causes = causes.as_str()),
            t!("sampler-fell-back-remedy", source = self.wanted.to_string()),
        );
        self.takeover = Some(Takeover { causes, degradation });
        self.spec = next;
        self.give_up_source();
        self.failures = 0;
        self.has_succeeded = false;
        // The new source has other identities: all connections close, and those it sees first count as already open.
        let closed = self.tracker.update(Vec::new(), now, None);
        self.backwards_before += self.tracker.backwards();
        self.tracker = Tracker::default();
        self.keep(closed);
        true
    }

    fn give_up_source(&mut self) {
        if let Some(source) = self.source.take() {
            self.unseen_before = self.unseen_before.plus(source.unseen());
        }
    }

    /// Sends what is queued, if the channel has space. Returns true if a message was sent.
    fn deliver(&mut self, messages: &Sender<SamplerMessage>) -> Result<bool, ReaderGone> {
        self.readers.deliver(&self.report);
        self.outbox.deliver(&self.report, messages)
    }

    /// Queues a delta for all readers.
    fn keep(&mut self, delta: SnapshotDelta) {
        self.readers.keep(&delta);
        self.outbox.keep(delta);
    }
}

/// The degradation for a failed seek.
fn refusal(to: UnixMillis, error: &SamplerError) -> Degradation {
    Degradation::new(
        DegradationKind::Source,
        t!("sampler-cannot-seek", to = to.to_string(), error = error.to_string()),
        error.remedy(),
    )
}

#[cfg(test)]
mod tests;
