//! Sums over any window of time: whole hours from the table, the rest from blocks.

use super::{
    HistoryError,
    codec::Decoder,
    store::{BlockHead, HourRow, Store, Subject},
    tally::{HOUR_MS, Sums, Tally},
};
use crate::model::UnixMillis;
use rustc_hash::FxHashMap;

/// A window of time, from its first moment to before its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub from: UnixMillis,
    /// The moment after the last.
    pub to: UnixMillis,
}

/// What happened in a window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowSums {
    /// By process, country, operator and port.
    pub subjects: FxHashMap<Subject, Sums>,
    /// For how long recording ran in it, ms.
    pub recorded_ms: i64,
}

impl Store {
    /// What happened in `window`.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn sums(&self, window: Window) -> Result<WindowSums, HistoryError> {
        let heads = self.heads()?;
        let Window { from, to } = window;
        let recorded_ms = heads.iter().map(|head| (head.last.min(to).0 - head.first.max(from).0).max(0)).sum();
        let mut sums = WindowSums { subjects: FxHashMap::default(), recorded_ms };
        let first_hour = from.0.div_euclid(HOUR_MS) + i64::from(from.0.rem_euclid(HOUR_MS) != 0);
        // The hour of the block that is being written is not in the table yet.
        let unfinished =
            heads.iter().filter(|head| head.id == super::BlockId::Tail).map(|head| head.first.0.div_euclid(HOUR_MS));
        let end_hour = to.0.div_euclid(HOUR_MS).min(unfinished.min().unwrap_or(i64::MAX));
        if first_hour >= end_hour {
            self.add_edge(&heads, from, to, &mut sums)?;
            return Ok(sums);
        }
        let at = |hour: i64| UnixMillis(hour * HOUR_MS);
        self.add_edge(&heads, from, at(first_hour), &mut sums)?;
        for HourRow { subject, present, opened, sent, received, .. } in self.hours(first_hour, end_hour)? {
            add(&mut sums.subjects, subject, Sums { present, opened, sent, received });
        }
        self.add_edge(&heads, at(end_hour), to, &mut sums)?;
        Ok(sums)
    }

    /// Adds what happened in a short time, from the blocks.
    fn add_edge(
        &self,
        heads: &[BlockHead],
        from: UnixMillis,
        to: UnixMillis,
        sums: &mut WindowSums,
    ) -> Result<(), HistoryError> {
        if from >= to {
            return Ok(());
        }
        let mut tally = Tally::default();
        let mut is_first = true;
        for head in heads.iter().filter(|head| head.first < to && head.last >= from) {
            let Some(content) = self.block(head.id)? else { continue };
            // A damaged block counts as far as it can be read.
            let Ok(mut block) = Decoder::new(content) else { continue };
            while block.next_at().is_some_and(|next| next < from) {
                if !matches!(block.step(), Ok(Some(_))) {
                    break;
                }
            }
            tally.restart(
                block.at().max(from),
                block.connections(),
                std::mem::take(&mut is_first) || !block.continues(),
            );
            while block.next_at().is_some_and(|next| next < to) {
                match block.step() {
                    Ok(Some(moment)) => tally.apply(&moment.delta),
                    _ => break,
                }
            }
        }
        for (subject, more) in tally.by_subject() {
            add(&mut sums.subjects, subject, more);
        }
        Ok(())
    }
}

/// Adds a later time: connections at its beginning are those from before, unless there were fewer.
fn add(all: &mut FxHashMap<Subject, Sums>, subject: Subject, later: Sums) {
    let sums = all.entry(subject).or_default();
    sums.present += later.present.saturating_sub(sums.connections());
    sums.add_later(&later);
}
