//! What was there in a window of time and had closed when it was looked at.

use super::{
    HistoryError,
    codec::Decoder,
    store::{BlockHead, BlockId},
    timeline::{Timeline, unless_damaged},
};
use crate::model::{Connection, ConnectionKey, SocketState, TimeWindow, Traffic, UnixMillis};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;

/// How far the file may be behind a running recorder, ms.
pub(super) const MOST_LAG_MS: i64 = 15_000;

/// A connection that has closed.
#[derive(Clone, Debug, PartialEq)]
pub struct PastConnection {
    /// It, as last known.
    pub connection: Connection,
    /// When it closed, or when recording ended before it was seen to close.
    pub closed_at: UnixMillis,
}

/// Connections that were there in a window of time and have closed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct There {
    /// They, in the order in which they closed.
    pub closed: Vec<PastConnection>,
    /// How many more there were, about: the earlier ones are left out.
    pub left_out: u64,
    /// Blocks that could not be read to their end.
    pub damaged: u64,
}

impl There {
    /// Adds those of another window; what was there in both is there once.
    pub fn add(&mut self, other: Self) {
        self.closed.extend(other.closed);
        self.left_out += other.left_out;
        self.damaged += other.damaged;
        self.closed.sort_by_key(|past| (past.closed_at, past.connection.key));
        self.closed.dedup_by_key(|past| (past.closed_at, past.connection.key));
    }
}

/// Which connections were there in `window` and had closed at `as_of`: at most the last `most`. Reads only as much of
/// the window as contains them. Looks at `is_unwanted` between blocks, and then stops with `None`.
///
/// # Errors
/// If the timeline cannot be read.
pub fn closed_in(
    timeline: &mut dyn Timeline,
    window: TimeWindow,
    as_of: UnixMillis,
    most: usize,
    is_unwanted: &dyn Fn() -> bool,
) -> Result<Option<There>, HistoryError> {
    let end = window.to.plus_ms(-1).min(as_of);
    let heads = timeline.heads()?;
    let is_before_end = |head: &&BlockHead| head.first <= as_of && head.last >= window.from;
    let heads: Vec<BlockHead> = heads.iter().filter(is_before_end).copied().collect();
    let inside = heads.iter().filter(|head| head.first <= end).count();
    let mut openings = 0;
    let begin = heads[..inside].iter().rposition(|head| {
        openings += u64::from(head.opened);
        openings > most as u64
    });
    let begin = begin.unwrap_or(0);
    let left_out = heads[..begin].iter().map(|head| u64::from(head.opened)).sum();
    let mut reading = Reading { most, there: There { left_out, ..There::default() }, ..Reading::default() };
    for head in &heads[begin..inside] {
        if is_unwanted() {
            return Ok(None);
        }
        let Some(content) = unless_damaged(timeline.content(head.id), &mut reading.there.damaged)? else { continue };
        reading.block(content, head, window.from, end);
    }
    let kept = open_at(timeline, &heads, as_of)?;
    reading.open.retain(|key, _| !kept.contains(key));
    // Of those that were open at the end of the window, it remains to be seen when they closed.
    if end < as_of && !reading.open.is_empty() {
        reading.awaited = Some(reading.open.keys().copied().collect());
        for head in &heads[inside.saturating_sub(1)..] {
            if reading.awaited.as_ref().is_none_or(FxHashSet::is_empty) {
                break;
            }
            if is_unwanted() {
                return Ok(None);
            }
            let content = unless_damaged(timeline.content(head.id), &mut reading.there.damaged)?;
            let Some(content) = content else { continue };
            reading.block(content, head, end.plus_ms(1), as_of);
        }
    }
    reading.lose_sight(|_| false);
    let mut there = reading.there;
    there.closed = reading.closed.into();
    Ok(Some(there))
}

/// The connections that are open at a moment.
fn open_at(
    timeline: &mut dyn Timeline,
    heads: &[BlockHead],
    at: UnixMillis,
) -> Result<FxHashSet<ConnectionKey>, HistoryError> {
    // What is being written is hardly older than what is shown.
    let contains = |head: &&BlockHead| {
        let lag_ms = if head.id == BlockId::Tail { MOST_LAG_MS } else { 0 };
        head.first <= at && at <= head.last.plus_ms(lag_ms)
    };
    let Some(head) = heads.iter().rev().find(contains) else { return Ok(FxHashSet::default()) };
    let Some(content) = unless_damaged(timeline.content(head.id), &mut 0)? else { return Ok(FxHashSet::default()) };
    let Ok(mut block) = Decoder::new(content) else { return Ok(FxHashSet::default()) };
    while block.next_at().is_some_and(|next| next <= at) {
        if !matches!(block.step(), Ok(Some(_))) {
            break;
        }
    }
    Ok(block.connections().map(|connection| connection.key).collect())
}

/// Blocks that are read one after another.
#[derive(Default)]
struct Reading {
    most: usize,
    there: There,
    closed: VecDeque<PastConnection>,
    open: FxHashMap<ConnectionKey, Connection>,
    /// If set, only these matter, and none that opens.
    awaited: Option<FxHashSet<ConnectionKey>>,
    /// The moment up to which it has been read.
    at: UnixMillis,
}

impl Reading {
    fn block(&mut self, content: Vec<u8>, head: &BlockHead, from: UnixMillis, end: UnixMillis) {
        let Ok(mut block) = Decoder::new(content) else {
            self.there.damaged += 1;
            return;
        };
        while block.next_at().is_some_and(|next| next < from) {
            if !matches!(block.step(), Ok(Some(_))) {
                self.there.damaged += 1;
                return;
            }
        }
        let is_awaited = |awaited: &Option<FxHashSet<ConnectionKey>>, key: &ConnectionKey| {
            awaited.as_ref().is_none_or(|awaited| awaited.contains(key))
        };
        let mut here: FxHashMap<ConnectionKey, Connection> = FxHashMap::default();
        for connection in block.connections().filter(|it| is_awaited(&self.awaited, &it.key)) {
            here.insert(connection.key, connection.clone());
        }
        // After a gap, what is not there any more closed at a time that nobody knows.
        self.lose_sight(|key| here.contains_key(key));
        self.open = here;
        self.at = block.at().max(from);
        while block.next_at().is_some_and(|next| next <= end) {
            let moment = match block.step() {
                Ok(Some(moment)) => moment,
                Ok(None) => break,
                Err(_) => {
                    self.there.damaged += 1;
                    break;
                }
            };
            let delta = moment.delta;
            self.at = delta.at;
            for last in &delta.finals {
                if let Some(connection) = self.open.get_mut(&last.key) {
                    connection.traffic = Some(last.traffic);
                }
            }
            for key in &delta.closed {
                if let Some(connection) = self.open.remove(key) {
                    self.close(connection, delta.at);
                }
            }
            let is_old = self.awaited.is_some();
            for connection in delta.changed.into_iter().chain(delta.opened) {
                if !is_old || self.open.contains_key(&connection.key) {
                    self.open.insert(connection.key, connection);
                }
            }
            for ghost in delta.ghosts.into_iter().filter(|_| !is_old) {
                self.close(ghost, delta.at);
            }
        }
        self.at = self.at.max(head.last.min(end));
    }

    /// All that are open, except some, are not seen any more.
    fn lose_sight(&mut self, is_kept: impl Fn(&ConnectionKey) -> bool) {
        let at = self.at;
        let mut lost: Vec<Connection> =
            self.open.extract_if(|key, _| !is_kept(key)).map(|(_, connection)| connection).collect();
        lost.sort_by_key(|connection| (connection.first_seen_at, connection.key));
        lost.into_iter().for_each(|connection| self.close(connection, at));
    }

    fn close(&mut self, mut connection: Connection, closed_at: UnixMillis) {
        if let Some(awaited) = &mut self.awaited {
            awaited.remove(&connection.key);
        }
        connection.state = SocketState::Closed;
        connection.traffic = connection.traffic.map(Traffic::without_rates);
        self.closed.push_back(PastConnection { connection, closed_at });
        if self.closed.len() > self.most {
            self.closed.pop_front();
            self.there.left_out += 1;
        }
    }
}
