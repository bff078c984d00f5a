//! Readers beside the main one, such as the recorder: each has a channel and a queue of its own, so none delays another.

use super::{SamplerMessage, SamplerReport, handle::CHANNEL_CAPACITY, orders::Orders, outbox::Outbox};
use crate::model::{SnapshotDelta, Tracker, UnixMillis};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A further reader of a sampler. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    messages: Receiver<SamplerMessage>,
    repeats: Arc<AtomicBool>,
}

impl Subscription {
    /// Receives the messages.
    #[must_use]
    pub fn receiver(&self) -> &Receiver<SamplerMessage> {
        &self.messages
    }

    /// Has the complete state sent again with the next sample, as a reset.
    pub fn repeat(&self) {
        self.repeats.store(true, Ordering::SeqCst);
    }
}

/// A reader as the thread of the sampler sees it.
#[derive(Debug)]
pub(super) struct Reader {
    outbox: Outbox,
    messages: Sender<SamplerMessage>,
    repeats: Arc<AtomicBool>,
}

/// A new reader, which the thread gets with its orders.
pub(super) fn subscribe(orders: &Orders) -> Subscription {
    let (sender, messages) = bounded(CHANNEL_CAPACITY);
    let repeats = Arc::new(AtomicBool::new(true));
    orders.add_reader(Reader { outbox: Outbox::default(), messages: sender, repeats: Arc::clone(&repeats) });
    Subscription { messages, repeats }
}

/// All readers beside the main one.
#[derive(Debug, Default)]
pub(super) struct Readers(Vec<Reader>);

impl Readers {
    /// Takes new readers, and queues the complete state for those that want it, once there is one.
    pub(super) fn follow(&mut self, orders: &Orders, tracker: &Tracker, now: UnixMillis) {
        self.0.extend(orders.take_readers());
        if !tracker.has_sampled() {
            return;
        }
        for reader in &mut self.0 {
            if reader.repeats.swap(false, Ordering::SeqCst) {
                reader.outbox.keep(SnapshotDelta::reset_to(now, tracker.connections().cloned().collect()));
            }
        }
    }

    /// Queues a delta for each.
    pub(super) fn keep(&mut self, delta: &SnapshotDelta) {
        for reader in &mut self.0 {
            reader.outbox.keep(delta.clone());
        }
    }

    /// Sends what is queued, and forgets readers that are gone.
    pub(super) fn deliver(&mut self, report: &SamplerReport) {
        self.0.retain_mut(|reader| reader.outbox.deliver(report, &reader.messages).is_ok());
    }
}
