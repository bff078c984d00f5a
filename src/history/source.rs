//! The past as a source of connections, like the others: `history:TIME`, and recordings that were exported from a history.
//!
//! At each moment it knows the block that contains it, decoded up to there. Moving to a moment decodes at most one block;
//! playing reads on, from block to block. Where nothing was recorded, nothing is shown, and a degradation says why.

use super::{
    HistoryError,
    codec::{Decoder, Moment},
    store::{BlockHead, BlockId, Gap},
    timeline::Timeline,
};
use crate::{
    language::t,
    model::{Degradation, DegradationKind, Sample, Snapshot, SnapshotDelta, UnixMillis},
    sampler::{Capabilities, HomeThen, OwnTime, SamplerError, SamplerReport, SocketSource, SourceKind, Unseen},
};
use std::sync::Arc;

/// How far to look for a change when stepping, in blocks.
const FAR: usize = 10_000;

/// Plays a timeline.
pub struct PastSource<T> {
    timeline: T,
    kind: SourceKind,
    /// Label for every picture.
    label: String,
    heads: Vec<BlockHead>,
    gaps: Vec<Gap>,
    at: UnixMillis,
    /// The block at `at`, by its place in `heads`, decoded up to `at`; `None` in a gap.
    block: Option<(usize, Decoder)>,
    /// The next sample is a complete state.
    is_reset: bool,
    failure: Option<HistoryError>,
}

impl<T: Timeline> PastSource<T> {
    /// The connections at `at`, or at its beginning without one.
    ///
    /// # Errors
    /// If the timeline is empty, cannot be read, or does not reach back or forward to `at`.
    pub fn new(mut timeline: T, kind: SourceKind, label: String, at: Option<UnixMillis>) -> Result<Self, HistoryError> {
        let (heads, gaps) = (timeline.heads()?, timeline.gaps()?);
        let (begins_at, ends_at) = BlockHead::ends(&heads).ok_or(HistoryError::Nothing)?;
        let at = match at {
            Some(at) if at < begins_at => return Err(HistoryError::BeforeBegin { at, begins_at }),
            Some(at) if at > ends_at && !is_now(&heads, at) => return Err(HistoryError::InTheFuture { at, ends_at }),
            Some(at) => at.min(ends_at),
            None => begins_at,
        };
        let mut past = Self { timeline, kind, label, heads, gaps, at, block: None, is_reset: true, failure: None };
        past.move_to(at)?;
        Ok(past)
    }

    fn begins_at(&self) -> UnixMillis {
        BlockHead::ends(&self.heads).map_or(self.at, |(first, _)| first)
    }

    fn ends_at(&self) -> UnixMillis {
        BlockHead::ends(&self.heads).map_or(self.at, |(_, last)| last)
    }

    /// Reads which blocks there are, if more may have been written.
    fn refresh(&mut self) -> Result<(), HistoryError> {
        if !self.timeline.grows() {
            return Ok(());
        }
        let heads = self.timeline.heads()?;
        // The block being read is found again by its beginning, because it may have been finished meanwhile.
        if let Some((index, _)) = &mut self.block
            && let Some(first) = self.heads.get(*index).map(|head| (head.first, head.run))
        {
            match heads.iter().rposition(|head| (head.first, head.run) == first) {
                Some(found) => *index = found,
                None => self.block = None,
            }
        }
        self.heads = heads;
        self.gaps = self.timeline.gaps()?;
        Ok(())
    }

    /// The block that contains `at`: of several, because the clock was set back, the last. While nothing happens, the end
    /// of the one that is being written is some seconds old.
    fn containing(&self, at: UnixMillis) -> Option<usize> {
        self.heads.iter().rposition(|head| head.first <= at && (at <= head.last || is_now(&[*head], at)))
    }

    fn load(&mut self, index: usize) -> Result<Option<Decoder>, HistoryError> {
        let Some(head) = self.heads.get(index).copied() else { return Ok(None) };
        let Some(content) = self.timeline.content(head.id)? else { return Ok(None) };
        let decoder = Decoder::new(content).map_err(|source| HistoryError::Block { at: head.first, source })?;
        // The block that was being written may have become another one.
        Ok((decoder.at() == head.first).then_some(decoder))
    }

    /// The same, where a damaged block is a time of which nothing is known.
    fn load_unless_damaged(&mut self, index: usize) -> Result<Option<Decoder>, HistoryError> {
        match self.load(index) {
            Err(error) if error.is_damage() => {
                self.failure = Some(error);
                Ok(None)
            }
            other => other,
        }
    }

    fn move_to(&mut self, at: UnixMillis) -> Result<(), HistoryError> {
        self.failure = None;
        (self.at, self.is_reset) = (at, true);
        for _ in 0..2 {
            let Some(index) = self.containing(at) else {
                self.block = None;
                return Ok(());
            };
            // Forward within the same block, it reads on.
            let reused = self.block.take().filter(|(known, decoder)| *known == index && decoder.at() <= at);
            let decoder = match reused {
                Some((_, decoder)) => Some(decoder),
                None => self.load_unless_damaged(index)?,
            };
            if let Some(mut decoder) = decoder {
                while decoder.next_at().is_some_and(|next| next <= at) {
                    if let Err(source) = decoder.step() {
                        self.failure = Some(HistoryError::Block { at: decoder.at(), source });
                        break;
                    }
                }
                self.block = Some((index, decoder));
                return Ok(());
            }
            self.refresh()?;
        }
        Ok(())
    }

    /// The complete state at the moment.
    fn whole(&self) -> SnapshotDelta {
        let connections = self.block.iter().flat_map(|(_, block)| block.connections().cloned()).collect();
        SnapshotDelta::reset_to(self.at, connections)
    }

    /// Plays up to `now`.
    fn play(&mut self, now: UnixMillis) -> Result<Option<SnapshotDelta>, HistoryError> {
        let mut all: Option<SnapshotDelta> = None;
        let mut add = |delta: SnapshotDelta| match &mut all {
            Some(all) => all.merge(delta),
            None => all = Some(delta),
        };
        loop {
            let Some((index, decoder)) = &mut self.block else {
                // In a gap: it ends where a block begins.
                let at = self.at;
                let next = self.heads.iter().position(|head| head.first > at && head.first <= now);
                let Some(next) = next else { break };
                let first = self.heads[next].first;
                self.at = first;
                self.block = self.load_unless_damaged(next)?.map(|decoder| (next, decoder));
                if self.block.is_some() {
                    add(self.whole());
                } else {
                    self.refresh()?;
                }
                continue;
            };
            let index = *index;
            match decoder.next_at() {
                Some(next) if next <= now => match decoder.step() {
                    Ok(Some(Moment { mut delta, .. })) => {
                        delta.at = delta.at.max(self.at);
                        self.at = delta.at;
                        add(delta);
                    }
                    Ok(None) => {}
                    Err(source) => {
                        self.failure = Some(HistoryError::Block { at: decoder.at(), source });
                        self.block = None;
                        add(SnapshotDelta::reset_to(self.at, Vec::new()));
                    }
                },
                Some(_) => break,
                None => {
                    if self.read_more(index)? {
                        continue;
                    }
                    let Some(head) = self.heads.get(index).copied() else { break };
                    if now <= head.last || (head.id == BlockId::Tail && self.timeline.grows()) {
                        break;
                    }
                    // The next block in the order of writing goes on here, or there is a gap.
                    let following = self.load_unless_damaged(index + 1)?;
                    let goes_on = self.heads.get(index + 1).is_some_and(|next| next.first == head.last);
                    match following {
                        Some(next) if next.continues() && goes_on => self.block = Some((index + 1, next)),
                        _ => {
                            self.at = head.last;
                            self.block = None;
                            add(SnapshotDelta::reset_to(self.at, Vec::new()));
                        }
                    }
                }
            }
        }
        self.at = self.at.max(now.min(self.ends_at()));
        Ok(all)
    }

    /// Reads what was appended to the block that is being written. True if there was something.
    fn read_more(&mut self, index: usize) -> Result<bool, HistoryError> {
        if !self.timeline.grows() || self.heads.get(index).is_none_or(|head| head.id != BlockId::Tail) {
            return Ok(false);
        }
        self.refresh()?;
        let Some((index, _)) = &self.block else { return Ok(false) };
        let Some(id) = self.heads.get(*index).map(|head| head.id) else { return Ok(false) };
        let Some(content) = self.timeline.content(id)? else { return Ok(false) };
        let Some((_, decoder)) = &mut self.block else { return Ok(false) };
        let Some(more) = content.get(decoder.len()..).filter(|more| !more.is_empty()) else { return Ok(false) };
        let is_same = Decoder::new(content.clone()).is_ok_and(|whole| whole.at() <= decoder.at());
        if !is_same {
            return Ok(false);
        }
        decoder.extend(more).map_err(|source| HistoryError::Block { at: decoder.at(), source })?;
        Ok(decoder.next_at().is_some())
    }

    fn report(&self) -> Option<&Arc<SamplerReport>> {
        self.block.as_ref().and_then(|(_, block)| block.report())
    }

    /// Why nothing is known of the moment.
    fn gap(&self) -> Option<Degradation> {
        if self.block.is_some() {
            return None;
        }
        let gap = self.gaps.iter().rev().find(|gap| gap.from <= self.at && self.at <= gap.to && gap.reason.is_whole());
        let what = match gap {
            Some(gap) => {
                t!("history-gap", from = gap.from.to_string(), to = gap.to.to_string(), reason = gap.reason.words())
            }
            None => t!("history-gap-unknown", at = self.at.to_string()),
        };
        Some(Degradation::new(DegradationKind::History, what, ""))
    }

    /// The moment of a change in a block after `after`, or the last one before `before`.
    fn change_in(&mut self, index: usize, after: UnixMillis, before: UnixMillis, is_first: bool) -> Option<UnixMillis> {
        let mut block = self.load(index).ok()??;
        let mut found = (!block.continues() && block.at() > after && block.at() < before).then_some(block.at());
        while let Ok(Some(moment)) = block.step() {
            let at = moment.delta.at;
            if at >= before || (is_first && found.is_some()) {
                break;
            }
            if at > after && moment.is_change() {
                found = Some(at);
            }
        }
        found
    }
}

/// Whether `at` is hardly later than what a running recorder has written.
fn is_now(heads: &[BlockHead], at: UnixMillis) -> bool {
    let tail = heads.iter().find(|head| head.id == BlockId::Tail);
    tail.is_some_and(|tail| at.0 - tail.last.0 <= super::there::MOST_LAG_MS)
}

impl<T: Timeline> SocketSource for PastSource<T> {
    fn kind(&self) -> SourceKind {
        self.kind
    }

    fn capabilities(&self) -> Capabilities {
        let then = self.report().map(|report| report.capabilities).unwrap_or_default();
        Capabilities { is_recorded: true, ..then }
    }

    fn sample(&mut self, now: UnixMillis) -> Result<Sample, SamplerError> {
        let fail = |error: HistoryError| error.for_sampler();
        if now > self.ends_at() || self.block.is_none() {
            self.refresh().map_err(fail)?;
        }
        if now < self.at {
            self.move_to(now).map_err(fail)?;
        }
        let mut reported = std::mem::take(&mut self.is_reset).then(|| self.whole());
        if let Some(played) = self.play(now).map_err(fail)? {
            match &mut reported {
                Some(reported) => reported.merge(played),
                None => reported = Some(played),
            }
        }
        let reported = reported.unwrap_or_else(|| SnapshotDelta { at: self.at, ..SnapshotDelta::default() });
        let then = self.report().map(|report| report.degradations.clone()).unwrap_or_default();
        let failure = self
            .failure
            .as_ref()
            .map(|error| Degradation::new(DegradationKind::History, error.to_string(), error.remedy()));
        let flaw = self.timeline.flaw();
        let flaw = flaw.map(|flaw| Degradation::new(DegradationKind::History, flaw, t!("recording-file-flaw")));
        let degradations = then.into_iter().chain(failure).chain(flaw).chain(self.gap()).collect();
        Ok(Sample { degradations, ..Snapshot::Delta(Box::new(reported)).into() })
    }

    fn unseen(&self) -> Unseen {
        self.report().map(|report| report.unseen).unwrap_or_default()
    }

    fn label(&self) -> Option<String> {
        // A demo that was recorded stays a demo.
        match self.report().and_then(|report| report.label.as_deref()) {
            Some(then) => Some(format!("{}: {then}", self.label)),
            None => Some(self.label.clone()),
        }
    }

    fn caption(&self) -> Option<Arc<str>> {
        self.report().and_then(|report| report.caption.clone())
    }

    fn home_then(&self) -> Option<HomeThen> {
        Some(self.block.as_ref().and_then(|(_, block)| block.home().cloned()).unwrap_or(HomeThen::Unknown))
    }

    fn finished(&self) -> bool {
        !self.timeline.grows() && self.at >= self.ends_at()
    }

    fn own_time(&self) -> Option<OwnTime> {
        Some(OwnTime { begins_at: self.begins_at(), ends_at: Some(self.ends_at()), at: self.at })
    }

    fn set_to(&mut self, to: UnixMillis) -> Result<(), SamplerError> {
        self.refresh().and_then(|()| self.move_to(to)).map_err(|error| error.for_sampler())
    }

    fn neighbouring_change(&mut self, is_forward: bool) -> Option<UnixMillis> {
        self.refresh().ok()?;
        let (at, far) = (self.at, UnixMillis(if is_forward { i64::MAX } else { i64::MIN }));
        let here = self.heads.iter().rposition(|head| head.first <= at).unwrap_or(0);
        if is_forward {
            (here..self.heads.len().min(here + FAR)).find_map(|index| self.change_in(index, at, far, true))
        } else {
            (here.saturating_sub(FAR)..=here).rev().find_map(|index| self.change_in(index, far, at, false))
        }
    }
}

impl<T> std::fmt::Debug for PastSource<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PastSource").field("label", &self.label).field("at", &self.at).finish_non_exhaustive()
    }
}
