//! What is known of every socket from look to look, so that one that has not changed costs a comparison.
//!
//! The kernel lists sockets in nearly the same order every time. So each remembers which one came after it last time, and
//! that one is tried before its cookie is looked up. A row that says what it said before marks its socket as present and
//! is thrown away; the others are kept until the list is whole. Only then is anything changed, so that a list that is
//! read again leaves nothing behind.
//!
//! ```text
//! begin ─► (begin_list ─► rows, restart … ─► end_list) × 3 ─► settle ─► what is new, has changed, or is gone
//! ```
//!
//! A direction that was told once is kept for as long as the socket lives: a server may stop listening while its
//! connections go on.

use super::{
    inet_diag::{DiagRow, socket_state},
    netlink::RowSink,
    owners::SocketRef,
};
use crate::{
    model::{ConnectionKey, Direction, HostId, Protocol},
    sampler::{
        direction::ListeningSet,
        local_pairs::{PairRow, mark_accepting_ends},
    },
};
use rustc_hash::FxHashMap;
use std::net::IpAddr;

/// TIME_WAIT, what the kernel remembers of a TCP socket that is gone.
const STATE_TIME_WAIT: u8 = 6;
/// For how many looks a departed socket is remembered: that it was destroyed may be told a little later.
const REMEMBERED: u32 = 32;
/// No socket.
const NONE: u32 = u32::MAX;

/// What is known of a socket that was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// No look had it.
    Unseen,
    /// This look still has it.
    Present,
    /// An earlier look had it, last in this state.
    Gone(u8),
}

/// One socket.
#[derive(Debug)]
pub(super) struct Known {
    /// As the last look had it.
    pub(super) row: DiagRow,
    pub(super) protocol: Protocol,
    /// Which end opened it; `None` for a listener. As it is told.
    pub(super) direction: Option<Direction>,
    /// What the listening set said of it, whatever its other end on this machine says.
    told_direction: Option<Direction>,
    /// Whether it is the second end of a connection of which the other one is told.
    pub(super) is_redundant: bool,
    /// Whether somebody knows it by its key.
    is_told: bool,
    /// Its last state but for TIME_WAIT; 0 if it had none since it was first seen.
    live_state: u8,
    /// The reading in which it was listed last; 0 for a free slot.
    reading: u32,
    /// Which one came after it.
    next: u32,
}

impl Known {
    /// Its identity.
    pub(super) fn key(&self) -> ConnectionKey {
        key(self.protocol, &self.row)
    }
}

fn has_peer(protocol: Protocol, row: &DiagRow) -> bool {
    !socket_state(protocol, row.state).is_listening()
}

fn key(protocol: Protocol, row: &DiagRow) -> ConnectionKey {
    let remote = has_peer(protocol, row).then_some(row.remote);
    ConnectionKey { host: HostId::THIS, protocol, local: row.local, remote, identity: row.cookie }
}

/// See the module.
#[derive(Debug)]
pub(super) struct KnownSockets {
    slots: Vec<Known>,
    free: Vec<u32>,
    by_cookie: FxHashMap<u64, u32>,
    /// Sockets that were there and are not any more: the look that did not have them, and their last state.
    departed: FxHashMap<u64, (u32, u8)>,
    look: u32,
    /// Number of the reading of a list; one that is read again has another one.
    reading: u32,
    /// The readings that are whole, of this look.
    whole: Vec<u32>,
    protocol: Protocol,
    last: u32,
    /// Sockets seen in this look, and in this reading.
    seen: usize,
    seen_in_reading: usize,
    /// Rows that are new or say something new, and where this reading's begin.
    touched: Vec<(Protocol, DiagRow)>,
    touched_begin: usize,
    listening: ListeningSet,
    listening_begin: usize,
    /// By slot, what owners are looked up by: nothing for free slots and redundant ends.
    refs: Vec<SocketRef>,
}

/// What a look brought.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Slots that are new or have changed, in no order, perhaps twice.
    pub(super) changed: Vec<u32>,
    /// Connections that are not told any more.
    pub(super) gone: Vec<ConnectionKey>,
}

impl Default for KnownSockets {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_cookie: FxHashMap::default(),
            departed: FxHashMap::default(),
            look: 0,
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
        // The kernel may list a socket twice while it changes.
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
    /// Begins a look.
    pub(super) fn begin(&mut self) {
        self.look = self.look.wrapping_add(1);
        self.whole.clear();
        self.seen = 0;
        self.touched.clear();
        self.listening.truncate(0);
    }

    /// Begins a list of `protocol`; its rows follow.
    pub(super) fn begin_list(&mut self, protocol: Protocol) {
        self.protocol = protocol;
        self.touched_begin = self.touched.len();
        self.listening_begin = self.listening.len();
        self.restart();
    }

    /// The list is whole, or as whole as it gets.
    pub(super) fn end_list(&mut self) {
        self.whole.push(self.reading);
        self.seen += self.seen_in_reading;
    }

    /// The slot of a socket: first the one that followed the last one before, then by its cookie.
    fn find(&self, cookie: u64) -> Option<u32> {
        let next = self.slots.get(self.last as usize).map_or(0, |last| last.next);
        let is_next =
            self.slots.get(next as usize).is_some_and(|known| known.row.cookie == cookie && known.reading != 0);
        if is_next { Some(next) } else { self.by_cookie.get(&cookie).copied() }
    }

    /// All lists are there: takes in what is new and forgets what is gone.
    pub(super) fn settle(&mut self, changes: &mut Changes) {
        self.listening.sort();
        let mut has_other_sockets = self.forget_the_gone(changes);
        let touched = std::mem::take(&mut self.touched);
        for (protocol, row) in &touched {
            has_other_sockets |= self.take_in(*protocol, row, changes);
        }
        self.touched = touched;
        self.touched.clear();
        if self.touched.capacity() > 4_096 && self.slots.len() > 4_096 {
            // The first look needs it once, and knows how much of the rest is needed.
            self.touched.shrink_to(1_024);
            self.slots.shrink_to(self.slots.len() + self.slots.len() / 16);
            self.refs.shrink_to(self.slots.capacity());
        }
        if has_other_sockets {
            self.pair(changes);
        }
        let look = self.look;
        if !self.departed.is_empty() {
            self.departed.retain(|_, (since, _)| look.wrapping_sub(*since) < REMEMBERED);
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
            if known.is_told {
                changes.gone.push(known.key());
            }
            if known.live_state != 0 {
                self.departed.insert(known.row.cookie, (self.look, known.live_state));
            }
            self.by_cookie.remove(&known.row.cookie);
            known.reading = 0;
            self.refs[slot as usize] = SocketRef::default();
            self.free.push(slot);
        }
        true
    }

    /// True when a connection is another one than before.
    fn take_in(&mut self, protocol: Protocol, row: &DiagRow, changes: &mut Changes) -> bool {
        let live_state = if row.state == STATE_TIME_WAIT { 0 } else { row.state };
        let tell = |listening: &ListeningSet| has_peer(protocol, row).then(|| listening.direction(protocol, row.local));
        let Some(slot) = self.by_cookie.get(&row.cookie).copied() else {
            let direction = tell(&self.listening);
            let known = Known {
                row: *row,
                protocol,
                direction,
                told_direction: direction,
                is_redundant: false,
                is_told: false,
                live_state,
                reading: self.whole.last().copied().unwrap_or(1),
                next: NONE,
            };
            let slot = self.free.pop().unwrap_or(self.slots.len() as u32);
            match self.slots.get_mut(slot as usize) {
                Some(empty) => *empty = known,
                None => {
                    self.slots.push(known);
                    self.refs.push(SocketRef::default());
                }
            }
            self.refs[slot as usize] = SocketRef::of(row);
            self.by_cookie.insert(row.cookie, slot);
            changes.changed.push(slot);
            return true;
        };
        let known = &mut self.slots[slot as usize];
        let before = known.key();
        known.row = *row;
        if live_state != 0 {
            known.live_state = live_state;
        }
        let is_another = before != key(protocol, row);
        if is_another {
            if std::mem::take(&mut known.is_told) {
                changes.gone.push(before);
            }
            // A UDP socket has got its peer, or lost it, or has another one.
            if known.told_direction.is_some() != has_peer(protocol, row) {
                known.told_direction = tell(&self.listening);
                known.direction = known.told_direction;
            }
        }
        if !known.is_redundant {
            self.refs[slot as usize] = SocketRef::of(row);
        }
        changes.changed.push(slot);
        is_another
    }

    /// Finds out anew which connections have both ends on this machine.
    fn pair(&mut self, changes: &mut Changes) {
        let mut own_ips: Vec<IpAddr> = Vec::new();
        for known in self.slots.iter().filter(|known| known.reading != 0) {
            // Neighbours mostly have the same address.
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
            let (key, direction) = (known.key(), known.told_direction);
            if key.remote.is_some_and(|remote| own_ips.binary_search(&remote.ip).is_ok()) {
                pairs.push(PairRow { key, direction });
                slots.push(slot);
            } else {
                self.mark(slot, false, direction, changes);
            }
        }
        let marks = mark_accepting_ends(&mut pairs);
        for ((pair, slot), is_redundant) in pairs.iter().zip(slots).zip(marks) {
            self.mark(slot, is_redundant, pair.direction, changes);
        }
    }

    fn mark(&mut self, slot: u32, is_redundant: bool, direction: Option<Direction>, changes: &mut Changes) {
        let known = &mut self.slots[slot as usize];
        if known.is_redundant == is_redundant && known.direction == direction {
            return;
        }
        if is_redundant && std::mem::take(&mut known.is_told) {
            changes.gone.push(known.key());
        }
        (known.is_redundant, known.direction) = (is_redundant, direction);
        self.refs[slot as usize] = if is_redundant { SocketRef::default() } else { SocketRef::of(&known.row) };
        changes.changed.push(slot);
    }

    /// The socket in a slot, which is told from now on; `None` where there is none to tell.
    pub(super) fn tell(&mut self, slot: u32) -> Option<&Known> {
        let known = self.slots.get_mut(slot as usize).filter(|known| known.reading != 0 && !known.is_redundant)?;
        known.is_told = true;
        Some(known)
    }

    /// By slot, what owners are looked up by.
    pub(super) fn refs(&self) -> &[SocketRef] {
        &self.refs
    }

    /// Direction of a connection that no look had.
    pub(super) fn direction(&self, protocol: Protocol, row: &DiagRow) -> Direction {
        self.listening.direction(protocol, row.local)
    }

    /// What the looks, up to this one, say of a socket that was destroyed. To be asked after [`KnownSockets::settle`].
    pub(super) fn fate(&self, cookie: u64) -> Fate {
        match self.by_cookie.get(&cookie).map(|slot| &self.slots[*slot as usize]) {
            Some(known) if known.row.state != STATE_TIME_WAIT => Fate::Present,
            // What remains of it is there.
            Some(known) if known.live_state != 0 => Fate::Gone(known.live_state),
            _ => self.departed.get(&cookie).map_or(Fate::Unseen, |(_, state)| Fate::Gone(*state)),
        }
    }
}

#[cfg(test)]
mod tests;
