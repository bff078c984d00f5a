//! The activity bar: what happened in each part of a window of time, at any zoom.

use super::{
    HistoryError, Timeline,
    store::{ActivityBin, ActivityLevel, BlockHead, BlockId, Gap, Store, Subject},
    tally::Tally,
    timeline::unless_damaged,
};
use crate::model::UnixMillis;
use std::collections::BTreeMap;

/// What happened in a window, in bins of equal length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityBar {
    /// Length of a bin, ms.
    pub bin_ms: i64,
    /// Bins in which something is known, in ascending order.
    pub bins: Vec<ActivityBin>,
}

/// What a recording contains, in its finest bins and in all: for a bar without tables.
#[derive(Clone, Debug, Default)]
pub struct Digest {
    /// Bins of ten seconds, in ascending order.
    pub bins: Vec<ActivityBin>,
    /// When a process first reached a country or an operator.
    pub firsts: Vec<(UnixMillis, Subject, Subject)>,
    /// What is not known.
    pub gaps: Vec<Gap>,
    /// First and last moment; `None` for nothing.
    pub ends: Option<(UnixMillis, UnixMillis)>,
}

impl Digest {
    /// Reads all of `timeline`.
    ///
    /// # Errors
    /// If it cannot be read. Blocks that are damaged count as far as they can be read.
    pub fn of(timeline: &mut dyn Timeline) -> Result<Self, HistoryError> {
        let heads = timeline.heads()?;
        let (mut tally, mut damaged) = (Tally::default(), 0);
        for head in &heads {
            if let Some(content) = unless_damaged(timeline.content(head.id), &mut damaged)?
                && tally.block(content, head.last).is_err()
            {
                // What can be read is counted.
            }
        }
        Ok(Self {
            bins: tally.bins().copied().collect(),
            firsts: tally.firsts(),
            gaps: timeline.gaps()?,
            ends: BlockHead::ends(&heads),
        })
    }

    /// What happened from `from` to `to`, in at most `most` bins.
    #[must_use]
    pub fn bar(&self, from: UnixMillis, to: UnixMillis, most: u32) -> ActivityBar {
        let fine_ms = ActivityLevel::TenSeconds.bin_ms();
        let wanted_ms = (to.0 - from.0).max(1).div_euclid(i64::from(most.max(1))) + 1;
        let factor = (wanted_ms + fine_ms - 1).div_euclid(fine_ms).max(1);
        let mut bins: BTreeMap<i64, ActivityBin> = BTreeMap::new();
        let is_inside = |bin: &&ActivityBin| (bin.bin + 1) * fine_ms > from.0 && bin.bin * fine_ms < to.0;
        for bin in self.bins.iter().filter(is_inside) {
            let number = bin.bin.div_euclid(factor);
            bins.entry(number).or_insert(ActivityBin { bin: number, ..ActivityBin::default() }).add(bin);
        }
        ActivityBar { bin_ms: fine_ms * factor, bins: bins.into_values().collect() }
    }
}

/// What happened from `from` to `to`, in at most `most` bins and in the finest size that is still kept for that time.
///
/// # Errors
/// If the history cannot be read.
pub fn activity_bar(store: &Store, from: UnixMillis, to: UnixMillis, most: u32) -> Result<ActivityBar, HistoryError> {
    let most = i64::from(most.max(1));
    let span_ms = (to.0 - from.0).max(1);
    let wanted_ms = span_ms.div_euclid(most) + 1;
    let end = store.last_ms()?;
    let is_kept = |level: &ActivityLevel| level.kept_ms().is_none_or(|kept_ms| from.0 >= end - kept_ms);
    // The coarsest that is fine enough, or else the finest that is there.
    let fits = ActivityLevel::ALL.into_iter().rev().find(|level| is_kept(level) && level.bin_ms() <= wanted_ms);
    let level = fits.or_else(|| ActivityLevel::ALL.into_iter().find(is_kept)).unwrap_or(ActivityLevel::Hour);
    // A whole number of bins of the table.
    let factor = (wanted_ms + level.bin_ms() - 1).div_euclid(level.bin_ms()).max(1);
    let bin_ms = level.bin_ms() * factor;
    let mut bins: BTreeMap<i64, ActivityBin> = BTreeMap::new();
    let mut add = |bin: &ActivityBin, ratio: i64| {
        let number = bin.bin.div_euclid(ratio);
        bins.entry(number).or_insert(ActivityBin { bin: number, ..ActivityBin::default() }).add(bin);
    };
    store.activity(level, from, to)?.iter().for_each(|bin| add(bin, factor));
    // What is being written is not counted in the table yet.
    if let Some(content) = store.block(BlockId::Tail)? {
        let mut tally = Tally::default();
        if tally.block(content, UnixMillis(i64::MIN)).is_err() {
            // What can be read is counted.
        }
        let fine_ms = ActivityLevel::TenSeconds.bin_ms();
        let is_inside = |bin: &&ActivityBin| (bin.bin + 1) * fine_ms > from.0 && bin.bin * fine_ms < to.0;
        tally.bins().filter(is_inside).for_each(|bin| add(bin, bin_ms / fine_ms));
    }
    Ok(ActivityBar { bin_ms, bins: bins.into_values().collect() })
}
