//! Sums over any window of time: whole days and hours from the table, the rest from blocks.

use super::{
    HistoryError,
    codec::Decoder,
    store::{BlockHead, BlockId, SpanRow, Store, Subject},
    tally::{DAY_MS, HOUR_MS, Sums, Tally},
    timeline::{Timeline, unless_damaged},
};
use crate::model::{TimeWindow, UnixMillis};
use rustc_hash::FxHashMap;

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
    pub fn sums(&self, window: TimeWindow) -> Result<WindowSums, HistoryError> {
        let heads = self.heads()?;
        let TimeWindow { from, to } = window;
        let mut sums = WindowSums { subjects: FxHashMap::default(), recorded_ms: recorded_ms(&heads, window) };
        // What is being written is not in the tables yet.
        let unfinished = heads.iter().filter(|head| head.id == BlockId::Tail).map(|head| head.first).min();
        let settled = unfinished.map_or(to, |unfinished| unfinished.min(to));
        let mut at = from;
        // Up to a full hour from blocks, up to a full day by the hour, then by the day, by the hour, and from blocks.
        let (hours, days) = (whole(from, settled, HOUR_MS), whole(from, settled, DAY_MS));
        for (span_ms, first, end) in
            [(HOUR_MS, hours.0, days.0.min(hours.1)), (DAY_MS, days.0, days.1), (HOUR_MS, days.1.max(hours.0), hours.1)]
        {
            if first >= end {
                continue;
            }
            self.add_edge(&heads, at, first, &mut sums)?;
            for row in self.spans(span_ms, first.0.div_euclid(span_ms), end.0.div_euclid(span_ms))? {
                let SpanRow { subject, present, opened, sent, received, .. } = row;
                add(&mut sums.subjects, subject, Sums { present, opened, sent, received });
            }
            at = end;
        }
        self.add_edge(&heads, at, to, &mut sums)?;
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
        add_blocks(heads, &mut |id| self.block(id), TimeWindow { from, to }, sums)
    }
}

/// What happened in `window` of a timeline without tables. Reads all of it.
///
/// # Errors
/// If it cannot be read.
pub fn sums_of(timeline: &mut dyn Timeline, window: TimeWindow) -> Result<WindowSums, HistoryError> {
    let heads = timeline.heads()?;
    let mut sums = WindowSums { subjects: FxHashMap::default(), recorded_ms: recorded_ms(&heads, window) };
    add_blocks(&heads, &mut |id| timeline.content(id), window, &mut sums)?;
    Ok(sums)
}

fn recorded_ms(heads: &[BlockHead], window: TimeWindow) -> i64 {
    let within = |head: &BlockHead| head.last.min(window.to).0.saturating_sub(head.first.max(window.from).0).max(0);
    heads.iter().map(within).fold(0, i64::saturating_add)
}

/// Adds what happened in `window`, from the blocks.
fn add_blocks(
    heads: &[BlockHead],
    content: &mut dyn FnMut(BlockId) -> Result<Option<Vec<u8>>, HistoryError>,
    window: TimeWindow,
    sums: &mut WindowSums,
) -> Result<(), HistoryError> {
    let TimeWindow { from, to } = window;
    if from >= to {
        return Ok(());
    }
    let (mut tally, mut damaged) = (Tally::default(), 0);
    let mut is_first = true;
    for head in heads.iter().filter(|head| head.first < to && head.last >= from) {
        let Some(content) = unless_damaged(content(head.id), &mut damaged)? else { continue };
        // A damaged block counts as far as it can be read.
        let Ok(mut block) = Decoder::new(content) else { continue };
        while block.next_at().is_some_and(|next| next < from) {
            if !matches!(block.step(), Ok(Some(_))) {
                break;
            }
        }
        let are_new = std::mem::take(&mut is_first) || !block.continues();
        tally.restart(block.at().max(from), block.connections(), are_new);
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

/// The first and last full hour or day within a window; equal if there is none.
fn whole(from: UnixMillis, to: UnixMillis, span_ms: i64) -> (UnixMillis, UnixMillis) {
    let first = from.0.div_euclid(span_ms) + i64::from(from.0.rem_euclid(span_ms) != 0);
    let end = to.0.div_euclid(span_ms).max(first);
    (UnixMillis(first * span_ms), UnixMillis(end * span_ms))
}

/// Adds a later time: connections at its beginning are those from before, unless there were fewer.
fn add(all: &mut FxHashMap<Subject, Sums>, subject: Subject, later: Sums) {
    let sums = all.entry(subject).or_default();
    sums.present += later.present.saturating_sub(sums.connections());
    sums.add_later(&later);
}
