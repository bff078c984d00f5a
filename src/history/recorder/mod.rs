//! Records the changes of connections in the history.
//!
//! [`Recorder`] is a reader of the sampler's messages like the window. What changed is encoded at once and appended to the
//! file every second at the latest. A block that is long enough, or in which a day ends, is compressed and put into its
//! table together with what is counted from it, in one transaction, which also begins the next block. If the file cannot be
//! written, what is to be written waits in memory; what does not fit is a gap.

mod forget;
mod handle;
mod keep;

pub use forget::{Forget, Forgotten, forget};
pub use handle::{RecorderHandle, RecorderSettings, RecorderState, RecorderStatus};
pub use keep::{Rewritten, rewrite};

use super::{
    HistoryError,
    codec::Encoder,
    store::{BlockHead, BlockId, Gap, GapReason, Limits, Opened, SetAside, Store, WriterLock},
    tally::{DAY_MS, Tally},
};
use crate::{
    model::{Connection, ConnectionKey, DegradationKind, Location, SnapshotDelta, UnixMillis, diff},
    sampler::{HomeThen, SamplerMessage, SamplerReport},
};
use std::{collections::HashMap, path::Path, sync::Arc};

/// Counters of a connection are stored at most every so many ms while it is open.
pub const COUNTERS_MS: i64 = 10_000;
/// A block with more events ends.
const EVENTS_PER_BLOCK: u32 = 8_000;
/// A block of more bytes ends.
const BYTES_PER_BLOCK: usize = 4 << 20;
/// How often the file says that recording goes on, ms.
const ALIVE_MS: i64 = 10_000;
/// Messages may come in another order than the clock is read, and the clock stands still while it is set back by so many
/// ms (see [`DataClock`](crate::sampler::DataClock)).
const TOLERANCE_MS: i64 = 2_000;
/// What may wait in memory while the file cannot be written, bytes.
const MOST_WAITING: usize = 8 << 20;

/// Looks up where the peer of a connection is.
pub type Locate<'a> = &'a dyn Fn(&Connection) -> Arc<Location>;

/// Writes a history, see the module documentation.
#[derive(Debug)]
pub struct Recorder {
    store: Store,
    /// Held as long as it writes.
    _lock: WriterLock,
    limits: Limits,
    run: i64,
    block: Option<Block>,
    home: HomeThen,
    /// The moment of the last message.
    at: UnixMillis,
    /// When it was last written that recording goes on.
    alive_at: UnixMillis,
    seen: Option<Arc<SamplerReport>>,
    failing_since: Option<UnixMillis>,
    /// From when on nothing could be kept, because the file could not be written.
    lost_since: Option<UnixMillis>,
    /// Gaps that are not written yet.
    gaps: Vec<Gap>,
    blocks_since_pruned: u32,
}

/// The block that is being written.
#[derive(Debug)]
struct Block {
    encoder: Encoder,
    tally: Tally,
    first: UnixMillis,
    /// All of it, as far as it was taken from the encoder.
    content: Vec<u8>,
    /// How much of it is in the file.
    written: usize,
    opened: u32,
    /// Too much of it waited: what follows is not kept until the file can be written again.
    is_lost: bool,
}

impl Block {
    fn begin(at: UnixMillis, continues: bool, connections: &[Connection]) -> Self {
        let mut tally = Tally::default();
        tally.begin(at, connections, !continues);
        let encoder = Encoder::begin(at, continues, COUNTERS_MS, connections);
        Self { encoder, tally, first: at, content: Vec::new(), written: 0, opened: 0, is_lost: false }
    }

    /// Takes what was encoded.
    fn take(&mut self) {
        let mut piece = self.encoder.take();
        if !self.is_lost {
            self.content.append(&mut piece);
        }
    }

    fn is_full(&self) -> bool {
        self.encoder.events() >= EVENTS_PER_BLOCK || self.content.len() >= BYTES_PER_BLOCK
    }

    fn head(&self, run: i64, last: UnixMillis) -> BlockHead {
        let (first, events, opened) = (self.first, self.encoder.events(), self.opened);
        BlockHead { id: BlockId::Tail, run, first, last, events, opened, counters_ms: COUNTERS_MS }
    }
}

impl Recorder {
    /// Opens the history at `path`, and finishes what a program that was killed has left. `label` is that of a demo or a
    /// recording.
    ///
    /// # Errors
    /// See [`Store::open_for_writing`].
    pub fn begin(
        path: &Path,
        may_set_aside: bool,
        limits: Limits,
        label: Option<&str>,
        now: UnixMillis,
    ) -> Result<(Self, Option<SetAside>), HistoryError> {
        let Opened { mut store, lock, set_aside } = Store::open_for_writing(path, may_set_aside, now)?;
        finish_tail(&mut store)?;
        let run = store.transaction(|store| {
            store.clear_requests()?;
            store.begin_run(now, label)
        })?;
        let recorder = Self {
            store,
            _lock: lock,
            limits,
            run,
            block: None,
            home: HomeThen::Unknown,
            at: now,
            alive_at: now,
            seen: None,
            failing_since: None,
            lost_since: None,
            gaps: Vec::new(),
            blocks_since_pruned: 0,
        };
        Ok((recorder, set_aside))
    }

    /// The moment of the last message or piece.
    #[must_use]
    pub fn at(&self) -> UnixMillis {
        self.at
    }

    /// Whether nothing was recorded before.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.run == 1
    }

    /// The file.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether what was recorded could not be written, or is still waiting.
    #[must_use]
    pub fn lost_since(&self) -> Option<UnixMillis> {
        self.lost_since
    }

    /// Records where the computer is.
    pub fn set_home(&mut self, home: HomeThen) {
        self.home = home;
        if let Some(block) = &mut self.block {
            block.encoder.home(self.at.max(block.encoder.at()), &self.home);
        }
    }

    /// Records a message of the sampler.
    pub fn message(&mut self, message: SamplerMessage, locate: Locate<'_>) {
        let SamplerMessage { mut delta, report } = message;
        if let Some(block) = &self.block {
            let last = block.encoder.at().max(self.at);
            if delta.at < last && last.0 - delta.at.0 <= TOLERANCE_MS {
                delta.at = last;
            }
        }
        let at = delta.at;
        self.note_lost_events(&report, at);
        self.note_failures(&report, at);
        for connection in delta.opened.iter_mut().chain(&mut delta.changed).chain(&mut delta.ghosts) {
            if connection.simulated.is_none() && connection.recorded_location.is_none() {
                connection.recorded_location = Some(locate(connection));
            }
        }
        if self.block.is_none() {
            self.open_block(at, false, &delta.opened);
            let rest = SnapshotDelta { opened: Vec::new(), reset: None, ..delta };
            self.step(&rest);
        } else {
            self.move_to(at);
            let delta = if delta.reset.is_some() { self.as_changes(delta) } else { delta };
            self.step(&delta);
        }
        if let Some(block) = &mut self.block {
            block.encoder.report(at, &report);
        }
        self.seen = Some(report);
    }

    /// What `whole`, a reset, changes.
    fn as_changes(&self, whole: SnapshotDelta) -> SnapshotDelta {
        let known = self.block.iter().flat_map(|block| block.encoder.connections());
        let before: HashMap<ConnectionKey, Connection> = known.map(|it| (it.key, it.clone())).collect();
        let after = whole.opened.into_iter().map(|it| (it.key, it)).collect();
        SnapshotDelta { ghosts: whole.ghosts, ..diff(&before, &after, whole.at) }
    }

    fn step(&mut self, delta: &SnapshotDelta) {
        let Some(block) = &mut self.block else { return };
        if !delta.is_empty() {
            block.opened += (delta.opened.len() + delta.ghosts.len()) as u32;
            block.tally.apply(delta);
            block.encoder.step(delta);
            block.take();
        }
        self.at = delta.at;
    }

    fn open_block(&mut self, at: UnixMillis, continues: bool, connections: &[Connection]) {
        let mut block = Block::begin(at, continues, connections);
        block.encoder.home(at, &self.home);
        if let Some(report) = &self.seen {
            block.encoder.report(at, report);
        }
        block.take();
        self.block = Some(block);
        self.at = at;
    }

    /// Moves on to `at`: ends the block at the end of a day (UTC), and where the clock was set back.
    fn move_to(&mut self, at: UnixMillis) {
        let Some(block) = &self.block else { return };
        let last = block.encoder.at().max(self.at);
        if at < last {
            self.gaps.push(Gap { from: last, to: at, reason: GapReason::ClockBack, count: 0 });
            self.roll(last, at);
        } else if at.0.div_euclid(DAY_MS) != block.first.0.div_euclid(DAY_MS) {
            let day = UnixMillis(at.0.div_euclid(DAY_MS) * DAY_MS);
            self.roll(day, day);
        }
    }

    /// Says that nothing is known from the last moment to `at`, and goes on there.
    pub fn gap(&mut self, reason: GapReason, at: UnixMillis) {
        let from = self.block.as_ref().map_or(self.at, |block| block.encoder.at().max(self.at));
        self.gaps.push(Gap { from, to: at, reason, count: 0 });
        if self.block.is_some() {
            self.roll(from, at);
        }
    }

    /// Ends the block at `last`, and begins another at `next` with the same connections.
    fn roll(&mut self, last: UnixMillis, next: UnixMillis) {
        let Some(block) = self.block.as_ref().filter(|block| !block.is_lost) else { return };
        let connections: Vec<Connection> = block.encoder.connections().cloned().collect();
        if self.finish(last).is_ok() {
            self.open_block(next, true, &connections);
        }
    }

    /// Puts the block into its table. If that fails, it stays.
    fn finish(&mut self, last: UnixMillis) -> Result<(), HistoryError> {
        let Some(mut block) = self.block.take() else { return Ok(()) };
        block.take();
        let head = block.head(self.run, last.max(block.encoder.at()));
        block.tally.move_to(head.last.plus_ms(-1));
        let (run, gaps) = (self.run, std::mem::take(&mut self.gaps));
        let done = self.store.transaction(|store| {
            store.add_block(&head, &block.content)?;
            block.tally.store(store)?;
            gaps.iter().try_for_each(|gap| store.add_gap(gap))?;
            store.clear_tail()?;
            store.is_alive(run, head.last, false)
        });
        match done {
            Ok(()) => {
                self.blocks_since_pruned += 1;
                self.alive_at = head.last;
                Ok(())
            }
            Err(error) => {
                self.gaps = gaps;
                self.block = Some(block);
                Err(error)
            }
        }
    }

    /// Writes what has happened up to `now`: to be called every second.
    ///
    /// # Errors
    /// If the file cannot be written. What is to be written waits; if it becomes too much, it is lost and a gap.
    pub fn flush(&mut self, now: UnixMillis) -> Result<(), HistoryError> {
        self.recover(now)?;
        if now > self.at {
            self.move_to(now);
        }
        if let Some(block) = &mut self.block {
            // The next message may be from a moment a little earlier than now.
            let settled = now.plus_ms(-TOLERANCE_MS);
            if settled > block.encoder.at() {
                block.encoder.tick(settled);
            }
            block.take();
            if block.is_full() {
                let at = block.encoder.at().max(self.at);
                self.roll(at, at);
            }
        }
        let is_due = now.0 - self.alive_at.0 >= ALIVE_MS || now < self.alive_at;
        let run = self.run;
        let Some(block) = &mut self.block else {
            if is_due || !self.gaps.is_empty() {
                self.write_gaps(now)?;
            }
            return Ok(());
        };
        let piece = block.content.get(block.written..).unwrap_or_default();
        if piece.is_empty() && !is_due && self.gaps.is_empty() {
            return Ok(());
        }
        let (at, gaps) = (block.encoder.at(), std::mem::take(&mut self.gaps));
        let alive = now.max(at);
        let done = self.store.transaction(|store| {
            if !piece.is_empty() {
                store.append(at, piece)?;
            }
            gaps.iter().try_for_each(|gap| store.add_gap(gap))?;
            store.is_alive(run, alive, false)
        });
        match done {
            Ok(()) => {
                block.written = block.content.len();
                self.alive_at = alive;
                Ok(())
            }
            Err(error) => {
                self.gaps = gaps;
                if block.content.len() - block.written > MOST_WAITING {
                    (block.is_lost, block.content) = (true, Vec::new());
                    self.lost_since = Some(self.alive_at);
                }
                Err(error)
            }
        }
    }

    /// If too much waited and was lost: begins another block as soon as the file can be written.
    fn recover(&mut self, now: UnixMillis) -> Result<(), HistoryError> {
        let Some(block) = self.block.as_ref().filter(|block| block.is_lost) else { return Ok(()) };
        let connections: Vec<Connection> = block.encoder.connections().cloned().collect();
        let at = now.max(block.encoder.at());
        // What was written of it must not be continued.
        finish_tail(&mut self.store)?;
        let from = self.lost_since.take().unwrap_or(at);
        self.gaps.push(Gap { from, to: at, reason: GapReason::NotWritten, count: 0 });
        self.open_block(at, false, &connections);
        Ok(())
    }

    fn write_gaps(&mut self, now: UnixMillis) -> Result<(), HistoryError> {
        let (run, gaps) = (self.run, std::mem::take(&mut self.gaps));
        let done = self.store.transaction(|store| {
            gaps.iter().try_for_each(|gap| store.add_gap(gap))?;
            store.is_alive(run, now, false)
        });
        if done.is_err() {
            self.gaps = gaps;
        } else {
            self.alive_at = now;
        }
        done
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn end(mut self, now: UnixMillis) -> Result<(), HistoryError> {
        if let Some(since) = self.failing_since.take() {
            self.gaps.push(Gap { from: since, to: now, reason: GapReason::NotSampled, count: 0 });
        }
        self.recover(now)?;
        self.move_to(now);
        if let Err(error) = self.finish(now) {
            // What the next one finishes takes less space.
            return self.flush(now).and(Err(error));
        }
        self.write_gaps(now)?;
        let run = self.run;
        self.store.transaction(|store| store.is_alive(run, now, true))?;
        match self.store.prune(&self.limits, now).and_then(|_| self.store.checkpoint()) {
            // Everything is in the log; only space is not given back.
            Err(error) if error.is_full() => Ok(()),
            done => done,
        }
    }

    /// Ends the block without beginning another: what follows is not recorded until the next message.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn pause(&mut self, now: UnixMillis) -> Result<(), HistoryError> {
        self.recover(now)?;
        self.move_to(now);
        self.finish(now)?;
        self.at = now;
        self.seen = None;
        Ok(())
    }

    /// Says that the user did not want to be recorded.
    pub fn note_private(&mut self, from: UnixMillis, to: UnixMillis) {
        self.gaps.push(Gap { from, to, reason: GapReason::Private, count: 0 });
        self.at = to;
    }

    fn note_lost_events(&mut self, report: &SamplerReport, at: UnixMillis) {
        let Some(seen) = &self.seen else { return };
        let count =
            report.unseen.missed.saturating_sub(seen.unseen.missed) + report.vanished.saturating_sub(seen.vanished);
        if count > 0 {
            self.gaps.push(Gap { from: self.at, to: at, reason: GapReason::EventsLost, count });
        }
    }

    fn note_failures(&mut self, report: &SamplerReport, at: UnixMillis) {
        let fails = report.degradations.iter().any(|degradation| degradation.kind == DegradationKind::Sampling);
        match (fails, self.failing_since) {
            (true, None) => self.failing_since = Some(self.at.min(at)),
            (false, Some(since)) => {
                self.failing_since = None;
                self.gaps.push(Gap { from: since, to: at, reason: GapReason::NotSampled, count: 0 });
            }
            _ => {}
        }
    }
}

/// Puts what a program that was killed has left into a block of its own.
fn finish_tail(store: &mut Store) -> Result<(), HistoryError> {
    let Some(head) = store.heads_after(i64::MAX)?.pop() else { return Ok(()) };
    let Some(content) = store.block(BlockId::Tail)? else { return Ok(()) };
    let Ok((content, head)) = keep::readable(&content, &head) else {
        // Nothing of it can be read.
        return store.transaction(Store::clear_tail);
    };
    let mut tally = Tally::default();
    if tally.block(content.clone(), head.last).is_err() {
        // What is readable was written anew.
    }
    store.transaction(|store| {
        store.add_block(&head, &content)?;
        tally.store(store)?;
        store.clear_tail()
    })
}
