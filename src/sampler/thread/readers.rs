//! Readers beside the main one, such as the recorder: each has a channel and a queue of its own, so none delays another.

use super::{SamplerMessage, SamplerReport, handle::CHANNEL_CAPACITY, orders::Orders, outbox::Outbox};
use crate::model::{SnapshotDelta, Tracker, UnixMillis};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::{
    iter,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

/// A further reader of a sampler. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    messages: Receiver<SamplerMessage>,
    wishes: Arc<Wishes>,
    /// Wakes the thread of the sampler.
    control: Sender<()>,
}

/// What a reader wants of the sampler.
#[derive(Debug, Default)]
struct Wishes {
    /// The complete state with the next sample.
    repeats: AtomicBool,
    /// A last sample.
    leaves: AtomicBool,
}

impl Subscription {
    /// Receives the messages.
    #[must_use]
    pub fn receiver(&self) -> &Receiver<SamplerMessage> {
        &self.messages
    }

    /// Has the complete state sent again with the next sample, as a reset.
    pub fn repeat(&self) {
        self.wishes.repeats.store(true, Ordering::SeqCst);
    }

    /// Ends the subscription with a sample of this moment: the messages that are left, the last of which contains what
    /// happened until now. Waits for them until `deadline`. Without a running sampler, or while it is paused, there is
    /// no such sample.
    pub fn finish(&self, deadline: Instant) -> impl Iterator<Item = SamplerMessage> {
        // What waits is taken first, so that the last message has room.
        let waiting: Vec<SamplerMessage> = self.messages.try_iter().collect();
        self.wishes.leaves.store(true, Ordering::SeqCst);
        // A full channel means that it wakes up anyway.
        self.control.try_send(()).unwrap_or_default();
        waiting.into_iter().chain(iter::from_fn(move || self.messages.recv_deadline(deadline).ok()))
    }
}

/// A reader as the thread of the sampler sees it.
#[derive(Debug)]
pub(super) struct Reader {
    outbox: Outbox,
    messages: Sender<SamplerMessage>,
    wishes: Arc<Wishes>,
    /// Whether the sample being taken is the last one for it.
    is_last: bool,
}

/// A new reader, which the thread gets with its orders.
pub(super) fn subscribe(orders: &Orders, control: Sender<()>) -> Subscription {
    let (sender, messages) = bounded(CHANNEL_CAPACITY);
    let wishes = Arc::new(Wishes { repeats: AtomicBool::new(true), ..Wishes::default() });
    let (outbox, theirs) = (Outbox::default(), Arc::clone(&wishes));
    orders.add_reader(Reader { outbox, messages: sender, wishes: theirs, is_last: false });
    Subscription { messages, wishes, control }
}

/// All readers beside the main one.
#[derive(Debug, Default)]
pub(super) struct Readers(Vec<Reader>);

impl Readers {
    /// Notes before a sample for which readers it is the last one.
    pub(super) fn note_last(&mut self) {
        for reader in &mut self.0 {
            reader.is_last = reader.wishes.leaves.load(Ordering::SeqCst);
        }
    }

    /// Takes new readers, and queues the complete state for those that want it, once there is one.
    pub(super) fn follow(&mut self, orders: &Orders, tracker: &Tracker, now: UnixMillis) {
        self.0.extend(orders.take_readers());
        if !tracker.has_sampled() {
            return;
        }
        for reader in &mut self.0 {
            if reader.wishes.repeats.swap(false, Ordering::SeqCst) {
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

    /// Sends what is queued, and forgets readers that are gone or have got their last message.
    pub(super) fn deliver(&mut self, report: &SamplerReport) {
        self.0.retain_mut(|reader| {
            let is_there = reader.outbox.deliver(report, &reader.messages).is_ok();
            is_there && (!reader.is_last || reader.outbox.is_waiting())
        });
    }
}
