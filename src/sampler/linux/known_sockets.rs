//! State of every socket between samples, so that an unchanged one costs only a comparison.
//!
//! The kernel lists sockets in nearly the same order every time. So each slot stores its successor in the last list,
//! which is tried before a lookup by cookie. An unchanged row marks its socket as present and is discarded; other rows
//! are kept until the list is complete. Slots are changed only then, so that a list can be read again.
//!
//! ```text
//! begin ─► (begin_list ─► rows, restart … ─► end_list) × 3 ─► settle ─► what is new, has changed, or has departed
//! ```
//!
//! An entry that the kernel keeps for a destroyed socket (TIME_WAIT, or FIN_WAIT2 without a process) opens nothing,
//! except in the first sample. If only one end of a connection within this machine is listed, it is not reported before
//! the next sample: lists are not atomic, and the other end may exist and be the one to report.
//!
//! A reported direction is kept for the lifetime of the socket, because a server may stop listening while its
//! connections continue.

mod known;

pub(super) use known::{Departed, Line};

use self::known::{Known, has_peer, key};
use super::{inet_diag::DiagRow, netlink::RowSink, owners::SocketRef};
use crate::{
    model::{ConnectionKey, Direction, Protocol},
    sampler::{
        direction::ListeningSet,
        local_pairs::{End, PairRow, pair_ends},
    },
};
use rustc_hash::FxHashMap;
use std::net::IpAddr;

/// TIME_WAIT, the last state that the kernel keeps for a closed TCP socket.
const STATE_TIME_WAIT: u8 = 6;
/// No slot.
const NONE: u32 = u32::MAX;

/// What this sample contains of a destroyed socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Nothing.
    Absent,
    /// The socket: it was destroyed after the sample.
    Listed,
    /// Its TIME_WAIT entry.
    TimeWait,
}

/// See the module documentation.
#[derive(Debug)]
pub(super) struct KnownSockets {
    slots: Vec<Known>,
    free: Vec<u32>,
    by_cookie: FxHashMap<u64, u32>,
    /// Slots to report in the next sample, if they still exist.
    held: Vec<u32>,
    sample: u32,
    /// Number of the current read of a list; reading a list again increments it.
    reading: u32,
    /// Numbers of the complete reads of this sample.
    whole: Vec<u32>,
    protocol: Protocol,
    last: u32,
    /// Number of sockets seen in this sample and in this read.
    seen: usize,
    seen_in_reading: usize,
    /// New and changed rows, and the index of the first one of this read.
    touched: Vec<(Protocol, DiagRow)>,
    touched_begin: usize,
    listening: ListeningSet,
    listening_begin: usize,
    /// Keys for the owner lookup by slot; default for free slots and redundant ends.
    refs: Vec<SocketRef>,
}

/// Changes found by a sample.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Slots that are new or have changed, unordered and possibly twice.
    pub(super) changed: Vec<u32>,
    /// Connections that are no longer reported, although their sockets exist.
    pub(super) gone: Vec<ConnectionKey>,
    /// Sockets that are gone, and whose end has not been reported yet.
    pub(super) departed: Vec<Departed>,
}

impl Default for KnownSockets {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_cookie: FxHashMap::default(),
            held: Vec::new(),
            sample: 0,
            reading: 0,
            whole: Vec::new(),
            protocol: Protocol::Tcp,
            last: NONE,
            seen: 0,
            seen_in_reading: 0,
            touched: Vec::new(),
            touched_begin: 0,
            listening: ListeningSet::default(),
            listening_begin: 0,
            refs: Vec::new(),
        }
    }
}

impl RowSink for KnownSockets {
    fn restart(&mut self) {
        self.reading = self.reading.wrapping_add(1).max(1);
        self.seen_in_reading = 0;
        self.touched.truncate(self.touched_begin);
        self.listening.truncate(self.listening_begin);
        self.last = NONE;
    }

    fn row(&mut self, row: DiagRow) {
        if !has_peer(self.protocol, &row) {
            self.listening.add(self.protocol, row.local, row.is_v6_only);
        }
        let Some(slot) = self.find(row.cookie) else { return self.touched.push((self.protocol, row)) };
        if let Some(last) = self.slots.get_mut(self.last as usize)
            && last.next != slot
        {
            last.next = slot;
        }
        self.last = slot;
        let known = &mut self.slots[slot as usize];
        // The kernel may list a socket twice if the table changes.
        if known.reading == self.reading || self.whole.contains(&known.reading) {
            return;
        }
        known.reading = self.reading;
        self.seen_in_reading += 1;
        if known.row != row {
            self.touched.push((self.protocol, row));
        }
    }
}

impl KnownSockets {
    /// Begins a sample.
    pub(super) fn begin(&mut self) {
        self.sample = self.sample.wrapping_add(1);
        self.whole.clear();
        self.seen = 0;
        self.touched.clear();
        self.listening.truncate(0);
    }

    /// Begins a list of `protocol`, followed by its rows.
    pub(super) fn begin_list(&mut self, protocol: Protocol) {
        self.protocol = protocol;
        self.touched_begin = self.touched.len();
        self.listening_begin = self.listening.len();
        self.restart();
    }

    /// Ends a list.
    pub(super) fn end_list(&mut self) {
        self.whole.push(self.reading);
        self.seen += self.seen_in_reading;
    }

    /// The slot of a socket: checks the successor of the previous one first, then looks up the cookie.
    fn find(&self, cookie: u64) -> Option<u32> {
        let next = self.slots.get(self.last as usize).map_or(0, |last| last.next);
        let is_next =
            self.slots.get(next as usize).is_some_and(|known| known.row.cookie == cookie && known.reading != 0);
        if is_next { Some(next) } else { self.by_cookie.get(&cookie).copied() }
    }

    /// Processes the complete lists: adds new sockets and removes those that are gone.
    pub(super) fn settle(&mut self, changes: &mut Changes) {
        self.listening.sort();
        changes.changed.append(&mut self.held);
        let mut has_other_sockets = self.forget_the_gone(changes);
        let touched = std::mem::take(&mut self.touched);
        for (protocol, row) in &touched {
            has_other_sockets |= self.apply_row(*protocol, row, changes);
        }
        self.touched = touched;
        self.touched.clear();
        if self.touched.capacity() > 4_096 && self.slots.len() > 4_096 {
            // Only the first sample needs this capacity. The number of slots is known now, too.
            self.touched.shrink_to(1_024);
            self.slots.shrink_to(self.slots.len() + self.slots.len() / 16);
            self.refs.shrink_to(self.slots.capacity());
        }
        if has_other_sockets {
            self.pair(changes);
        }
    }

    fn forget_the_gone(&mut self, changes: &mut Changes) -> bool {
        if self.by_cookie.len() <= self.seen {
            return false;
        }
        for (slot, known) in (0..).zip(&mut self.slots) {
            if known.reading == 0 || self.whole.contains(&known.reading) {
                continue;
            }
            if !known.is_over {
                changes.departed.push(known.departed());
            }
            self.by_cookie.remove(&known.row.cookie);
            known.reading = 0;
            self.refs[slot as usize] = SocketRef::default();
            self.free.push(slot);
        }
        true
    }

    /// Adds or updates a socket. Returns whether a connection is new or its key has changed.
    fn apply_row(&mut self, protocol: Protocol, row: &DiagRow, changes: &mut Changes) -> bool {
        let live_state = if row.is_time_wait { 0 } else { row.state };
        let is_first = self.sample == 1;
        let report =
            |listening: &ListeningSet| has_peer(protocol, row).then(|| listening.direction(protocol, row.local));
        let Some(slot) = self.by_cookie.get(&row.cookie).copied() else {
            let direction = report(&self.listening);
            let known = Known {
                row: *row,
                protocol,
                direction,
                reported_direction: direction,
                is_redundant: false,
                is_reported: false,
                is_over: row.is_time_wait && !is_first,
                is_suppressed: false,
                has_ended: false,
                live_state,
                is_local: false,
                alone_since: None,
                reading: self.whole.last().copied().unwrap_or(1),
                next: NONE,
            };
            let socket_ref = known.socket_ref();
            let slot = self.free.pop().unwrap_or(self.slots.len() as u32);
            match self.slots.get_mut(slot as usize) {
                Some(empty) => *empty = known,
                None => {
                    self.slots.push(known);
                    self.refs.push(SocketRef::default());
                }
            }
            self.refs[slot as usize] = socket_ref;
            self.by_cookie.insert(row.cookie, slot);
            changes.changed.push(slot);
            return true;
        };
        let known = &mut self.slots[slot as usize];
        if row.is_time_wait && row.state == STATE_TIME_WAIT && !known.is_over {
            // The TIME_WAIT entry contains no more information.
            changes.departed.push(known.departed());
            (known.is_reported, known.is_over) = (false, true);
        }
        let before = known.key();
        known.row = *row;
        if live_state != 0 {
            known.live_state = live_state;
        }
        let is_another = before != key(protocol, row);
        if is_another {
            if std::mem::take(&mut known.is_reported) {
                changes.gone.push(before);
            }
            // A UDP socket was connected, disconnected, or connected to another peer.
            if known.reported_direction.is_some() != has_peer(protocol, row) {
                known.reported_direction = report(&self.listening);
                known.direction = known.reported_direction;
            }
        }
        self.refs[slot as usize] = known.socket_ref();
        changes.changed.push(slot);
        is_another
    }

    /// Recomputes which connections have both ends on this machine.
    fn pair(&mut self, changes: &mut Changes) {
        let mut own_ips: Vec<IpAddr> = Vec::new();
        for known in self.slots.iter().filter(|known| known.reading != 0) {
            // Consecutive sockets mostly have the same address.
            if own_ips.last() != Some(&known.row.local.ip) {
                own_ips.push(known.row.local.ip);
            }
        }
        own_ips.sort_unstable();
        own_ips.dedup();
        let (mut pairs, mut slots) = (Vec::new(), Vec::new());
        for slot in 0..self.slots.len() as u32 {
            let known = &self.slots[slot as usize];
            if known.reading == 0 {
                continue;
            }
            let (key, direction) = (known.key(), known.reported_direction);
            if key.remote.is_some_and(|remote| own_ips.binary_search(&remote.ip).is_ok()) {
                pairs.push(PairRow { key, direction });
                slots.push(slot);
            } else {
                let known = &mut self.slots[slot as usize];
                (known.is_local, known.alone_since) = (false, None);
                self.mark(slot, false, direction, changes);
            }
        }
        let ends = pair_ends(&mut pairs);
        for ((pair, slot), end) in pairs.iter().zip(slots).zip(ends) {
            let known = &mut self.slots[slot as usize];
            known.is_local = true;
            known.alone_since = (end == End::Alone).then(|| known.alone_since.unwrap_or(self.sample));
            self.mark(slot, end == End::Accepting, pair.direction, changes);
        }
    }

    fn mark(&mut self, slot: u32, is_redundant: bool, direction: Option<Direction>, changes: &mut Changes) {
        let known = &mut self.slots[slot as usize];
        if known.is_redundant == is_redundant && known.direction == direction {
            return;
        }
        if is_redundant && std::mem::take(&mut known.is_reported) {
            changes.gone.push(known.key());
        }
        (known.is_redundant, known.direction) = (is_redundant, direction);
        self.refs[slot as usize] = known.socket_ref();
        changes.changed.push(slot);
    }

    /// Returns the socket in a slot and marks it as reported; `None` if there is nothing to report, or not yet.
    pub(super) fn report(&mut self, slot: u32) -> Option<&Known> {
        let sample = self.sample;
        let known = self.slots.get_mut(slot as usize).filter(|known| known.is_reportable())?;
        if !known.is_reported && sample > 1 && known.alone_since == Some(sample) && known.is_secondary_end() {
            self.held.push(slot);
            return None;
        }
        known.is_reported = true;
        Some(known)
    }

    /// The connection in a slot, seen from its end, if both ends are on this machine and it has not been reported.
    pub(super) fn unreported_line(&self, slot: u32) -> Option<Line> {
        let known = self.slots.get(slot as usize).filter(|known| known.is_reportable() && known.is_local)?;
        (!known.is_reported).then_some((known.protocol, known.row.local, known.row.remote))
    }

    /// Never reports the socket in a slot: its other end, which has closed, was reported instead.
    pub(super) fn suppress(&mut self, slot: u32) {
        if let Some(known) = self.slots.get_mut(slot as usize) {
            known.is_suppressed = true;
            self.refs[slot as usize] = SocketRef::default();
        }
    }

    /// Reported connections within this machine, seen from the reported end.
    pub(super) fn reported_lines(&self) -> impl Iterator<Item = Line> {
        let reported = self.slots.iter().filter(|known| known.reading != 0 && known.is_reported && known.is_local);
        reported.map(|known| (known.protocol, known.row.local, known.row.remote))
    }

    /// Reported TIME_WAIT entries, which only the first sample can contain.
    pub(super) fn reported_time_waits(&self) -> impl Iterator<Item = Line> {
        let reported =
            self.slots.iter().filter(|known| known.reading != 0 && known.is_reported && known.row.is_time_wait);
        reported.map(|known| (known.protocol, known.row.local, known.row.remote))
    }

    /// What this sample contains of a socket. Call after [`KnownSockets::settle`].
    pub(super) fn presence(&self, cookie: u64) -> Presence {
        match self.by_cookie.get(&cookie).map(|slot| &self.slots[*slot as usize]) {
            None => Presence::Absent,
            Some(known) if known.row.is_time_wait => Presence::TimeWait,
            Some(_) => Presence::Listed,
        }
    }

    /// Ends a socket of which the kernel keeps a TIME_WAIT entry, because its final counters have arrived. `None` if
    /// its end has already been reported or must not be reported.
    pub(super) fn end(&mut self, cookie: u64) -> Option<Departed> {
        let known = &mut self.slots[*self.by_cookie.get(&cookie)? as usize];
        if known.is_over || known.live_state == 0 {
            return None;
        }
        known.has_ended = true;
        let departed = known.departed();
        // An unreported socket needs no further end event.
        known.is_over |= !known.is_reported;
        Some(departed)
    }

    /// Keys for the owner lookup, by slot.
    pub(super) fn refs(&self) -> &[SocketRef] {
        &self.refs
    }

    /// Direction of a connection that no sample contained.
    pub(super) fn direction(&self, protocol: Protocol, row: &DiagRow) -> Direction {
        self.listening.direction(protocol, row.local)
    }
}

#[cfg(test)]
mod tests;
