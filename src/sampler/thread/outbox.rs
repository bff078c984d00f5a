//! Queue for the reader: one delta, into which later ones are merged while the channel is full, and ghosts that exceed
//! a message. Everything is bounded, and what does not fit is counted.

use super::{SamplerMessage, SamplerReport};
use crate::model::{Connection, MAX_GHOSTS, SnapshotDelta};
use crossbeam_channel::{Sender, TrySendError};
use std::{collections::VecDeque, sync::Arc};

/// Maximum number of ghosts that wait for a later message, about 13 MB; others are counted.
const MAX_GHOSTS_WAITING: usize = 60_000;

/// The receiver of the channel was dropped.
#[derive(Debug)]
pub(super) struct ReaderGone;

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pending: Option<SnapshotDelta>,
    /// Ghosts that did not fit into the message.
    more_ghosts: VecDeque<Connection>,
    reported: Option<Arc<SamplerReport>>,
    /// Whether the channel was full when `pending` was sent.
    is_behind: bool,
    merged: u64,
    vanished: u64,
}

impl Outbox {
    /// Whether something is queued.
    pub(super) fn is_waiting(&self) -> bool {
        self.pending.is_some()
    }

    /// Queues a delta.
    pub(super) fn keep(&mut self, delta: SnapshotDelta) {
        if delta.reset.is_some() {
            // They belong to another moment.
            self.more_ghosts = VecDeque::new();
        }
        match &mut self.pending {
            Some(pending) => {
                self.merged += u64::from(self.is_behind && !delta.is_empty() && !pending.is_empty());
                pending.merge(delta);
            }
            None => self.pending = Some(delta),
        }
        if let Some(pending) = &mut self.pending {
            let surplus = pending.ghosts.len().saturating_sub(MAX_GHOSTS);
            let taken = surplus.min(MAX_GHOSTS_WAITING.saturating_sub(self.more_ghosts.len()));
            self.vanished += (surplus - taken) as u64;
            self.more_ghosts.extend(pending.ghosts.drain(pending.ghosts.len() - surplus..).take(taken));
        }
    }

    /// Sends what is queued, as far as the channel has space, each time with `report`, to which it adds its own counts.
    /// Returns true if a message was sent.
    pub(super) fn deliver(
        &mut self,
        report: &SamplerReport,
        messages: &Sender<SamplerMessage>,
    ) -> Result<bool, ReaderGone> {
        let mut was_sent = false;
        while let Some(mut delta) = self.pending.take() {
            let room = MAX_GHOSTS.saturating_sub(delta.ghosts.len());
            let at = delta.at;
            delta.ghosts.extend(self.more_ghosts.drain(..room.min(self.more_ghosts.len())));
            if delta.is_empty() && self.reported.as_ref().is_some_and(|reported| !report.is_news(reported)) {
                break;
            }
            let (merged, vanished) = (self.merged, self.vanished);
            let report = Arc::new(SamplerReport { merged, vanished, ..report.clone() });
            match messages.try_send(SamplerMessage { delta, report: Arc::clone(&report) }) {
                Ok(()) => {
                    self.reported = Some(report);
                    self.is_behind = false;
                    was_sent = true;
                    if self.more_ghosts.is_empty() {
                        // Free the memory after a burst.
                        self.more_ghosts = VecDeque::new();
                    } else {
                        self.pending = Some(SnapshotDelta { at, ..SnapshotDelta::default() });
                    }
                }
                Err(TrySendError::Full(message)) => {
                    self.pending = Some(message.delta);
                    self.is_behind = true;
                    break;
                }
                Err(TrySendError::Disconnected(_)) => return Err(ReaderGone),
            }
        }
        Ok(was_sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::UnixMillis, sampler::hub_scenario};
    use crossbeam_channel::bounded;

    fn burst(from: usize, count: usize) -> SnapshotDelta {
        let mut ghosts = hub_scenario(1, 1, 0.0);
        let ghost = ghosts.remove(0);
        let numbered = |identity| {
            let mut ghost = ghost.clone();
            ghost.key.identity = identity as u64;
            ghost
        };
        SnapshotDelta {
            at: UnixMillis(1),
            ghosts: (from..from + count).map(numbered).collect(),
            ..SnapshotDelta::default()
        }
    }

    #[test]
    fn a_burst_comes_in_several_messages_and_what_has_no_room_is_counted() {
        let mut outbox = Outbox::default();
        let report = SamplerReport::default();
        let (sender, receiver) = bounded(2);
        outbox.keep(burst(0, 50_000));
        outbox.keep(burst(50_000, 40_000));
        let mut reported = Vec::new();
        for _ in 0..3 {
            outbox.deliver(&report, &sender).expect("a reader");
            for message in receiver.try_iter() {
                assert!(message.delta.ghosts.len() <= MAX_GHOSTS, "{}", message.delta.ghosts.len());
                reported.extend(message.delta.ghosts.iter().map(|ghost| ghost.key.identity));
            }
        }
        let lost = usize::try_from(outbox.vanished).expect("few");
        assert_eq!((reported.len() + lost, lost), (90_000, 10_000));
        reported.sort_unstable();
        reported.dedup();
        assert_eq!(reported.len() + lost, 90_000, "none is reported twice");
        assert!(outbox.pending.is_none() && outbox.more_ghosts.capacity() == 0);
    }

    #[test]
    fn a_reset_swallows_what_waits() {
        let mut outbox = Outbox::default();
        let (sender, receiver) = bounded(8);
        outbox.keep(burst(0, 50_000));
        let whole = hub_scenario(3, 1, 0.0);
        outbox.keep(SnapshotDelta::reset_to(UnixMillis(7), whole.clone()));
        outbox.keep(burst(50_000, 2));
        outbox.deliver(&SamplerReport::default(), &sender).expect("a reader");
        let reported: Vec<SnapshotDelta> = receiver.try_iter().map(|message| message.delta).collect();
        assert_eq!(reported.len(), 1);
        assert_eq!(
            (reported[0].reset, reported[0].opened.len(), reported[0].ghosts.len()),
            (Some(UnixMillis(7)), 3, 2)
        );
    }
}
