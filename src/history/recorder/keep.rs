//! Keeps the file small and whole: writes blocks anew with fewer counters, or without what is damaged.

use super::Recorder;
use crate::{
    history::{
        HistoryError,
        codec::{DecodeError, Decoder, Encoder, Moment},
        store::{BlockHead, BlockId, Store},
    },
    model::{Connection, SnapshotDelta, UnixMillis},
};

/// Age of a block in ms from which on counters of open connections are kept at most every so many ms. At last, only those
/// at the beginning of the block and at the end of the connection are kept.
const COARSER: [(i64, i64); 3] = [(86_400_000, 60_000), (7 * 86_400_000, 600_000), (30 * 86_400_000, 100 * 86_400_000)];
/// Blocks that are written anew each time that one is finished: more than are finished, so that it catches up.
const AT_ONCE: u32 = 3;

impl Recorder {
    /// Writes some old blocks with fewer counters, and keeps to the limits: to be called from time to time.
    ///
    /// # Errors
    /// If the file cannot be written or an old block is damaged.
    pub fn keep_house(&mut self, now: UnixMillis) -> Result<(), HistoryError> {
        if std::mem::take(&mut self.blocks_since_pruned) == 0 {
            return Ok(());
        }
        for (age_ms, counters_ms) in COARSER {
            for head in self.store.blocks_to_thin(now.plus_ms(-age_ms), counters_ms, AT_ONCE)? {
                thin(&mut self.store, &head, counters_ms)?;
            }
        }
        self.store.prune(&self.limits, now).map(|_| ())
    }
}

/// Writes a block anew with counters at most every `counters_ms`.
fn thin(store: &mut Store, head: &BlockHead, counters_ms: i64) -> Result<(), HistoryError> {
    let BlockId::Finished(id) = head.id else { return Ok(()) };
    let head = BlockHead { counters_ms, ..*head };
    let content = match store.block(head.id) {
        Ok(Some(content)) => content,
        Ok(None) => return Ok(()),
        // A damaged block stays as it is, and is not tried again.
        Err(error) if error.is_damage() => Vec::new(),
        Err(error) => return Err(error),
    };
    match rewrite(content, counters_ms, |_| true) {
        Ok(Rewritten { content, events, opened, damage: None, .. }) => {
            store.transaction(|store| store.replace_block(id, &BlockHead { events, opened, ..head }, &content))
        }
        _ => store.transaction(|store| store.mark_thinned(id, counters_ms)),
    }
}

/// What can be read of `content`, written anew if it is damaged, and its head.
pub(super) fn readable(content: &[u8], head: &BlockHead) -> Result<(Vec<u8>, BlockHead), DecodeError> {
    let done = rewrite(content.to_vec(), super::COUNTERS_MS, |_| true)?;
    let head = BlockHead {
        events: done.events,
        opened: done.opened,
        last: if done.damage.is_some() { done.last } else { head.last.max(done.last) },
        counters_ms: super::COUNTERS_MS,
        ..*head
    };
    let is_whole = done.damage.is_none();
    Ok((if is_whole { content.to_vec() } else { done.content }, head))
}

/// A block that was written anew.
#[derive(Debug)]
pub struct Rewritten {
    /// It.
    pub content: Vec<u8>,
    /// Its last moment.
    pub last: UnixMillis,
    /// Events in it.
    pub events: u32,
    /// Openings in it.
    pub opened: u32,
    /// Connections that were left out.
    pub left_out: u64,
    /// Why the rest of the block could not be read.
    pub damage: Option<DecodeError>,
}

/// Writes a block anew, with counters at most every `counters_ms` and only with the connections for which `keeps` is true.
///
/// # Errors
/// If not even its beginning can be read.
pub fn rewrite(
    content: Vec<u8>,
    counters_ms: i64,
    mut keeps: impl FnMut(&Connection) -> bool,
) -> Result<Rewritten, DecodeError> {
    let mut block = Decoder::new(content)?;
    let first = block.at();
    let mut left_out = 0;
    let mut keep = |connection: &Connection| {
        let is_kept = keeps(connection);
        left_out += u64::from(!is_kept);
        is_kept
    };
    let kept: Vec<Connection> = block.connections().filter(|connection| keep(connection)).cloned().collect();
    let mut encoder = Encoder::begin(first, block.continues(), counters_ms, &kept);
    if let Some(home) = block.home() {
        encoder.home(first, home);
    }
    if let Some(report) = block.report() {
        encoder.report(first, report);
    }
    let (mut opened, mut damage) = (0, None);
    loop {
        match block.step() {
            Ok(Some(Moment { delta, report, home })) => {
                let SnapshotDelta { at, reset, opened: new, changed, closed, ghosts, finals } = delta;
                let is_known = |encoder: &Encoder, connection: &Connection| encoder.get(&connection.key).is_some();
                let delta = SnapshotDelta {
                    at,
                    reset,
                    opened: new.into_iter().filter(&mut keep).collect(),
                    changed: changed.into_iter().filter(|it| is_known(&encoder, it)).collect(),
                    closed: closed.into_iter().filter(|key| encoder.get(key).is_some()).collect(),
                    ghosts: ghosts.into_iter().filter(&mut keep).collect(),
                    finals: finals.into_iter().filter(|last| encoder.get(&last.key).is_some()).collect(),
                };
                opened += (delta.opened.len() + delta.ghosts.len()) as u32;
                if !delta.is_empty() {
                    encoder.step(&delta);
                }
                if let Some(home) = &home {
                    encoder.home(at, home);
                }
                if let Some(report) = &report {
                    encoder.report(at, report);
                }
            }
            Ok(None) => break,
            Err(error) => {
                damage = Some(error);
                break;
            }
        }
    }
    let last = block.at();
    Ok(Rewritten { events: encoder.events(), content: encoder.take(), last, opened, left_out, damage })
}
