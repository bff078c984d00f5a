//! The thread that records: it reads the messages of the sampler and writes every second.

use super::Recorder;
use crate::{
    geo::GeoService,
    history::{
        HistoryError,
        store::{GapReason, Limits, SetAside, WriterLock},
    },
    language::t,
    model::{Connection, Degradation, DegradationKind, Location, UnixMillis},
    panics,
    sampler::{DataClock, HomeThen, SamplerMessage, Subscription, time_asleep},
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, select};
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

/// What happened is written after this time at the latest.
const WRITE_EVERY: Duration = Duration::from_millis(500);
/// While nothing happens, it looks at the clock so often.
const REST: Duration = Duration::from_secs(1);
/// How often it tries again to become the writer, or to write.
const RETRY: Duration = Duration::from_secs(5);
/// How long to wait at exit for the last sample.
const LAST_SAMPLE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long to wait at exit for that and for a disk that does not answer.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// A difference between the wall clock and a steady one that counts as a jump, ms.
const JUMP_MS: i64 = 5_000;
/// A loop that took so much longer than it should was stopped, ms.
const STOPPED_MS: u128 = 15_000;

/// What a recorder needs.
#[derive(Clone, Debug)]
pub struct RecorderSettings {
    /// The file.
    pub path: PathBuf,
    /// Whether a file at this path that is no history may be renamed.
    pub may_set_aside: bool,
    /// How large and old the history may become.
    pub limits: Limits,
    /// Label of what is recorded, if it is not this computer.
    pub label: Option<String>,
    /// Looks up where peers are.
    pub geo: GeoService,
    /// Where the computer is.
    pub home: HomeThen,
}

/// What a recorder does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecorderState {
    /// It has not begun yet.
    #[default]
    Starting,
    /// It records.
    Recording,
    /// Another program records to the same file.
    ReadingAlong,
    /// The user does not want to be recorded.
    Private,
    /// It cannot record.
    Failed,
}

/// What a recorder does, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecorderStatus {
    /// What it does.
    pub state: RecorderState,
    /// What is wrong, and what to do.
    pub problem: Option<Degradation>,
    /// A damaged history that was renamed.
    pub set_aside: Option<SetAside>,
    /// That the history was removed or replaced while it was recorded.
    pub removed: Option<String>,
    /// Since when this program records.
    pub since: Option<UnixMillis>,
    /// Whether the history is new.
    pub is_first: bool,
}

impl RecorderStatus {
    /// Everything that is to be shown to the user.
    #[must_use]
    pub fn degradations(&self) -> Vec<Degradation> {
        let aside = self.set_aside.as_ref().map(|aside| {
            let what = t!("history-set-aside", error = aside.why.as_str(), path = aside.path.display().to_string());
            Degradation::new(DegradationKind::History, what, t!("history-set-aside-remedy"))
        });
        let removed = self.removed.as_ref().map(|what| Degradation::new(DegradationKind::History, what.as_str(), ""));
        self.problem.iter().cloned().chain(aside).chain(removed).collect()
    }
}

/// A recorder that runs in a thread. Dropping it ends the recording in order.
#[derive(Debug)]
pub struct RecorderHandle {
    shared: Arc<Shared>,
    stop: Option<Sender<()>>,
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    status: Mutex<RecorderStatus>,
    home: Mutex<Option<HomeThen>>,
    is_private: AtomicBool,
}

impl RecorderHandle {
    /// Starts the thread `recorder`. It calls `wake` when its status changes.
    #[must_use]
    pub fn spawn(
        settings: RecorderSettings,
        messages: Subscription,
        clock: DataClock,
        is_private: bool,
        wake: Box<dyn Fn() + Send>,
    ) -> Self {
        let shared = Arc::new(Shared {
            status: Mutex::default(),
            home: Mutex::default(),
            is_private: AtomicBool::new(is_private),
        });
        let (stop, stopped) = bounded::<()>(1);
        let (ending, ended) = bounded::<()>(1);
        let failing = Arc::clone(&shared);
        let mut worker = Worker::new(settings, messages, clock, Arc::clone(&shared), wake);
        let run = move || {
            if let Err(why) = panics::catch(|| worker.run(&stopped)) {
                let what = t!("history-internal-error", error = why);
                let problem = Some(Degradation::new(DegradationKind::History, what, t!("remedy-restart")));
                *lock(&failing.status) =
                    RecorderStatus { state: RecorderState::Failed, problem, ..RecorderStatus::default() };
                (worker.wake)();
            }
            drop(ending);
        };
        let thread = match Builder::new().name("recorder".to_owned()).spawn(run) {
            Ok(thread) => Some(thread),
            Err(error) => {
                let what = t!("history-no-thread", error = error.to_string());
                let problem = Some(Degradation::new(DegradationKind::History, what, t!("history-no-thread-remedy")));
                *lock(&shared.status) =
                    RecorderStatus { state: RecorderState::Failed, problem, ..RecorderStatus::default() };
                None
            }
        };
        Self { shared, stop: Some(stop), ended, thread }
    }

    /// What it does now.
    #[must_use]
    pub fn status(&self) -> RecorderStatus {
        lock(&self.shared.status).clone()
    }

    /// Stops recording until it is called again with `false`.
    pub fn set_private(&self, is_private: bool) {
        self.shared.is_private.store(is_private, Ordering::SeqCst);
        self.wake();
    }

    /// Records that the computer is at another place.
    pub fn set_home(&self, home: HomeThen) {
        *lock(&self.shared.home) = Some(home);
    }

    fn wake(&self) {
        if let Some(stop) = &self.stop {
            // A full channel means that it wakes up anyway.
            stop.try_send(()).unwrap_or_default();
        }
    }

    /// Ends the recording in order, with what happened until now, and waits up to five seconds for it.
    pub fn stop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take()
            && self.ended.recv_timeout(STOP_TIMEOUT) == Err(RecvTimeoutError::Disconnected)
        {
            thread.join().unwrap_or_default();
        }
    }
}

impl Drop for RecorderHandle {
    fn drop(&mut self) {
        self.stop();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Worker {
    settings: RecorderSettings,
    messages: Subscription,
    clock: DataClock,
    shared: Arc<Shared>,
    wake: Box<dyn Fn() + Send>,
    recorder: Option<Recorder>,
    /// Whether the recorder is paused, because the user asked for it; since when.
    private_since: Option<UnixMillis>,
    status: RecorderStatus,
    last_try: Option<Instant>,
    last_write: Instant,
    has_news: bool,
    /// Whether a message came that was not recorded, so that the complete state is needed.
    has_missed: bool,
    steady: Steady,
}

/// Compares the wall clock with a steady one.
#[derive(Debug)]
struct Steady {
    at: Instant,
    wall: UnixMillis,
    asleep: Duration,
}

impl Steady {
    /// Why nothing can have been sampled for a part of the time since `before`; `None` if it could.
    fn gap_since(&self, before: &Self) -> Option<GapReason> {
        let elapsed_ms = self.at.duration_since(before.at).as_millis();
        let ahead_ms = (self.wall.0 - before.wall.0) - i64::try_from(elapsed_ms).unwrap_or(i64::MAX);
        let asleep_ms = i64::try_from(self.asleep.saturating_sub(before.asleep).as_millis()).unwrap_or(i64::MAX);
        if asleep_ms >= JUMP_MS {
            Some(GapReason::Sleep)
        } else if ahead_ms >= JUMP_MS {
            Some(GapReason::ClockForward)
        } else {
            (elapsed_ms >= STOPPED_MS).then_some(GapReason::NotSampled)
        }
    }
}

impl Worker {
    fn new(
        settings: RecorderSettings,
        messages: Subscription,
        clock: DataClock,
        shared: Arc<Shared>,
        wake: Box<dyn Fn() + Send>,
    ) -> Self {
        let now = Instant::now();
        let steady = Steady { at: now, wall: clock.now(), asleep: time_asleep().unwrap_or_default() };
        Self {
            settings,
            messages,
            clock,
            shared,
            wake,
            recorder: None,
            private_since: None,
            status: RecorderStatus::default(),
            last_try: None,
            last_write: now,
            has_news: false,
            has_missed: false,
            steady,
        }
    }

    fn run(&mut self, stopped: &Receiver<()>) {
        self.settings.geo.wait_ready();
        let mut messages = self.messages.receiver().clone();
        loop {
            self.begin_if_possible();
            let rest = if self.has_news { WRITE_EVERY.saturating_sub(self.last_write.elapsed()) } else { REST };
            let (mut message, mut is_stopped) = (None, false);
            select! {
                recv(messages) -> received => match received {
                    Ok(received) => message = Some(received),
                    // The sampler has ended; the program will, too.
                    Err(_) => messages = crossbeam_channel::never(),
                },
                recv(stopped) -> ordered => is_stopped = ordered.is_err(),
                default(rest) => {}
            }
            self.note_jumps();
            self.follow_private_mode();
            if let Some(message) = message {
                self.record(message);
            }
            let is_due = self.last_write.elapsed() >= if self.has_news { WRITE_EVERY } else { REST };
            if is_due && !is_stopped {
                self.write();
            }
            if is_stopped {
                self.take_last();
                return self.end();
            }
        }
    }

    fn begin_if_possible(&mut self) {
        let is_private = self.shared.is_private.load(Ordering::SeqCst);
        let is_too_early = self.last_try.is_some_and(|last| last.elapsed() < RETRY);
        if self.recorder.is_some() || is_private || is_too_early {
            return;
        }
        self.last_try = Some(Instant::now());
        let RecorderSettings { path, may_set_aside, limits, label, home, .. } = &self.settings;
        let now = self.clock.now();
        match Recorder::begin(path, *may_set_aside, *limits, label.as_deref(), now) {
            Ok((mut recorder, set_aside)) => {
                recorder.set_home(home.clone());
                self.status.set_aside = set_aside.or(self.status.set_aside.take());
                (self.status.state, self.status.problem) = (RecorderState::Recording, None);
                self.status.since = Some(now);
                self.status.is_first |= recorder.is_first();
                self.recorder = Some(recorder);
                if std::mem::take(&mut self.has_missed) {
                    self.messages.repeat();
                }
                self.tell();
            }
            Err(HistoryError::Locked { .. }) if WriterLock::is_taken(path) => {
                (self.status.state, self.status.problem) = (RecorderState::ReadingAlong, None);
                self.tell();
            }
            Err(error) => self.fail(&error),
        }
    }

    fn fail(&mut self, error: &HistoryError) {
        let waits = self.recorder.is_some() && error.is_full();
        let remedy = if waits { t!("history-remedy-full-waits") } else { error.remedy() };
        self.status.problem = Some(Degradation::new(DegradationKind::History, error.to_string(), remedy));
        if self.recorder.is_none() {
            self.status.state = if error.is_busy() { RecorderState::Starting } else { RecorderState::Failed };
        }
        self.tell();
    }

    fn tell(&mut self) {
        let mut shared = lock(&self.shared.status);
        if *shared != self.status {
            shared.clone_from(&self.status);
            drop(shared);
            (self.wake)();
        }
    }

    /// Sleep, a clock that was set, and a program that was stopped leave gaps.
    fn note_jumps(&mut self) {
        let before = std::mem::replace(
            &mut self.steady,
            Steady { at: Instant::now(), wall: self.clock.now(), asleep: time_asleep().unwrap_or_default() },
        );
        if !self.clock.is_wall() {
            return;
        }
        let Some(recorder) = &mut self.recorder else { return };
        let steady = &self.steady;
        let Some(reason) = steady.gap_since(&before) else { return };
        if self.private_since.is_none() && steady.wall > recorder.at() {
            recorder.gap(reason, steady.wall);
        }
    }

    fn follow_private_mode(&mut self) {
        let is_private = self.shared.is_private.load(Ordering::SeqCst);
        let now = self.clock.now();
        match (is_private, self.private_since) {
            (true, None) => {
                self.private_since = Some(now);
                let paused = self.recorder.as_mut().map_or(Ok(()), |recorder| recorder.pause(now));
                self.status.state = RecorderState::Private;
                match paused {
                    Ok(()) => self.tell(),
                    Err(error) => self.fail(&error),
                }
            }
            (false, Some(since)) => {
                self.private_since = None;
                if let Some(recorder) = &mut self.recorder {
                    recorder.note_private(since, now);
                    self.status.state = RecorderState::Recording;
                    self.messages.repeat();
                } else {
                    self.status.state = RecorderState::Starting;
                    self.last_try = None;
                }
                self.tell();
            }
            _ => {}
        }
    }

    fn record(&mut self, message: SamplerMessage) {
        let recorder = self.recorder.as_mut().filter(|_| self.private_since.is_none());
        let Some(recorder) = recorder else {
            self.has_missed = true;
            return;
        };
        if let Some(home) = lock(&self.shared.home).take() {
            recorder.set_home(home);
        }
        let geo = &self.settings.geo;
        let locate = |connection: &Connection| -> Arc<Location> { geo.locate_peer(connection) };
        recorder.message(message, &locate);
        self.has_news = true;
    }

    /// Records what happened since the last sample.
    fn take_last(&mut self) {
        if self.recorder.is_none() || self.private_since.is_some() {
            return;
        }
        let last: Vec<SamplerMessage> = self.messages.finish(Instant::now() + LAST_SAMPLE_TIMEOUT).collect();
        for message in last {
            self.record(message);
        }
    }

    fn write(&mut self) {
        self.last_write = Instant::now();
        self.has_news = false;
        if self.private_since.is_some() {
            return;
        }
        let now = self.clock.now();
        let Some(recorder) = &mut self.recorder else { return };
        let done = recorder.flush(now).and_then(|()| recorder.serve(now)).and_then(|()| recorder.keep_house(now));
        match done {
            Ok(()) if !recorder.store().is_in_place() => {
                let path = self.settings.path.clone();
                self.status.removed = Some(HistoryError::Removed { path }.to_string());
                (self.recorder, self.has_missed) = (None, true);
                self.last_try = None;
                self.tell();
            }
            Ok(()) => {
                self.status.problem = None;
                self.tell();
            }
            Err(error) if error.is_damage() => {
                // Set it aside and begin anew.
                self.fail(&error);
                (self.recorder, self.has_missed) = (None, true);
                self.last_try = None;
            }
            Err(error) => self.fail(&error),
        }
    }

    fn end(&mut self) {
        let now = self.clock.now();
        let Some(recorder) = self.recorder.take() else { return };
        self.status.problem = recorder.end(now).err().map(|error| {
            let what = t!("history-not-finished", error = error.to_string());
            Degradation::new(DegradationKind::History, what, error.remedy())
        });
        self.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_a_clock_set_forward_and_a_stopped_program_are_told_apart() {
        let at = Instant::now();
        let steady = |elapsed_s: u64, wall_s: i64, asleep_s: u64| Steady {
            at: at + Duration::from_secs(elapsed_s),
            wall: UnixMillis(wall_s * 1_000),
            asleep: Duration::from_secs(asleep_s),
        };
        let before = steady(0, 1_000, 500);
        let long_s = u64::try_from(STOPPED_MS / 1_000).expect("seconds") + 1;
        for (now, reason) in [
            (steady(1, 1_001, 500), None),
            // The steady clock stands still while the computer sleeps.
            (steady(1, 4_601, 4_100), Some(GapReason::Sleep)),
            (steady(1, 4_601, 500), Some(GapReason::ClockForward)),
            (steady(1, 400, 500), None),
            (steady(long_s, 1_000 + long_s.cast_signed(), 500), Some(GapReason::NotSampled)),
        ] {
            assert_eq!(now.gap_since(&before), reason, "{now:?}");
        }
    }
}
