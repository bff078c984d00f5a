//! The handle of the sampler thread.

use super::{
    Orders, SamplerConfig, SamplerMessage, Worker,
    readers::{Subscription, subscribe},
};
use crate::{
    geodesy::LatLng,
    language::t,
    model::{Degradation, DegradationKind, SnapshotDelta, UnixMillis},
    sampler::{DataClock, SamplerError, SamplerReport, SocketSource, SourceSpec, open_source},
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::{
    sync::Arc,
    thread::{Builder, JoinHandle},
    time::Duration,
};

/// Capacity of a channel, in messages.
pub(super) const CHANNEL_CAPACITY: usize = 8;
/// How long to wait at exit for a source that does not respond.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// Opens a source.
pub type SourceOpener = Box<dyn FnMut(&SourceSpec) -> Result<Box<dyn SocketSource>, SamplerError> + Send>;

/// A running sampler. Dropping it stops the thread.
#[derive(Debug)]
pub struct SamplerHandle {
    messages: Receiver<SamplerMessage>,
    control: Sender<()>,
    ended: Receiver<()>,
    orders: Arc<Orders>,
    clock: DataClock,
    pub(super) thread: Option<JoinHandle<()>>,
}

impl SamplerHandle {
    /// Starts the thread `sampler`. It calls `wake` after each message. With `fallback`, another source takes over when
    /// `source` fails (see [`SourceSpec::fallback`]); otherwise it is retried forever, and each failure is a
    /// degradation.
    #[must_use]
    pub fn spawn(source: SourceSpec, fallback: bool, config: SamplerConfig, wake: Box<dyn Fn() + Send>) -> Self {
        Self::spawn_with(source, fallback, config, wake, Box::new(open_source))
    }

    /// The same; `open` opens the source, also one that only a layer above knows.
    #[must_use]
    pub fn spawn_with(
        source: SourceSpec,
        fallback: bool,
        config: SamplerConfig,
        wake: Box<dyn Fn() + Send>,
        open: SourceOpener,
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
                    t!("sampler-no-thread", error = error.to_string()),
                    t!("sampler-no-thread-remedy"),
                );
                let (period, degradations) = (config.interval, vec![degradation]);
                let report = Arc::new(SamplerReport { degradations, period, ..SamplerReport::default() });
                // The channel is new and has space.
                first_words.try_send(SamplerMessage { delta: SnapshotDelta::default(), report }).unwrap_or_default();
                None
            }
        };
        Self { messages, control, ended, orders, clock, thread }
    }

    /// Receives the messages.
    #[must_use]
    pub fn receiver(&self) -> &Receiver<SamplerMessage> {
        &self.messages
    }

    /// Data time: the moment of the reported data.
    #[must_use]
    pub fn clock(&self) -> &DataClock {
        &self.clock
    }

    /// Pauses sampling and data time, or resumes immediately. Changes in the meantime are reported in one delta.
    pub fn set_paused(&self, is_paused: bool) {
        self.clock.hold(is_paused);
        if self.orders.pause(is_paused) {
            self.call();
        }
    }

    /// Seeks a source with its own time to the moment `to`, or to the nearest available one, also while paused. The
    /// message with the complete state has [`SnapshotDelta::reset`]. Of several pending requests the last one wins.
    /// Live sources ignore it.
    pub fn seek(&self, to: UnixMillis) {
        self.orders.seek(to);
        self.call();
    }

    /// Seeks by `ms` relative to the current moment; negative is backward. Requests that are still pending add up.
    pub fn seek_by(&self, ms: i64) {
        self.orders.seek_by(ms);
        self.call();
    }

    /// Sends the complete state of the last sample again, also while paused. The message has
    /// [`SnapshotDelta::reset`].
    pub fn repeat_all(&self) {
        self.orders.repeat();
        self.call();
    }

    /// Seeks a source with its own time to the next change, or to the previous one.
    pub fn step(&self, is_forward: bool) {
        self.orders.step(is_forward);
        self.call();
    }

    /// Another reader of the messages, which gets everything that the main one gets, first the complete state.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        let subscription = subscribe(&self.orders, self.control.clone());
        self.call();
        subscription
    }

    /// Changes the location of this computer, for the round-trip times of a demo.
    pub fn set_home(&self, home: Option<LatLng>) {
        self.orders.set_home(home);
    }

    /// Wakes the thread to read its orders.
    fn call(&self) {
        // A full channel means that a wake-up is already pending.
        self.control.try_send(()).unwrap_or_default();
    }

    /// Stops the thread and waits up to three seconds for it, because a source may hang.
    pub fn stop(&mut self) {
        self.orders.stop();
        self.call();
        if let Some(thread) = self.thread.take()
            && self.ended.recv_timeout(STOP_TIMEOUT) == Err(RecvTimeoutError::Disconnected)
        {
            // A panic outside of sources has already been printed.
            thread.join().unwrap_or_default();
        }
    }
}

impl Drop for SamplerHandle {
    fn drop(&mut self) {
        self.stop();
    }
}
