//! How connections end, each once, in whatever order the kernel's lists, its events and its remnants of sockets arrive.
//!
//! The kernel tells the last counters of a socket as it destroys it, and that may reach this program before the look that
//! no longer has the socket, or after it. So a socket that has departed waits for that word for a while; where it does not
//! come, its end is told with what a look counted last, which is not final. Of a connection within this machine each end
//! is destroyed by itself, and one of them is told.
//!
//! ```text
//! known_sockets: departed ──► waiting ──┬─► gone, with its last counters, or without
//! destroy_events: word ─────────────────┘
//!                  └─► of a socket that no look had ──► ghost
//! ```

use super::{
    inet_diag::DiagRow,
    known_sockets::{Departed, KnownSockets, Line, Presence},
    recent_ends::RecentEnds,
    tcp_info::TcpInfo,
};
use crate::{
    model::{ConnectionKey, Direction, Final, HostId, Owner, OwnerMissing, Protocol, SocketRow, SocketState, Traffic},
    sampler::local_pairs::mark_accepting_rows,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::time::{Duration, Instant};

/// A departed socket waits for the kernel's word for so many looks at least,
const PATIENCE_LOOKS: u32 = 2;
/// and for so long.
const PATIENCE: Duration = Duration::from_secs(1);
/// For how many looks a socket is remembered whose end was told without the kernel's word: that may be late.
const REMEMBERED: u32 = 32;
/// For how many looks remnants of the first one are remembered.
const FIRST_LOOKS: u32 = 8;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Endings {
    /// Number of looks.
    look: u32,
    /// Departed sockets by cookie, and the connections of those that are told and are within this machine.
    waiting: FxHashMap<u64, Waiting>,
    waiting_lines: FxHashSet<Line>,
    /// Cookies of sockets of which nothing is to be told any more, and since which look.
    told: FxHashMap<u64, u32>,
    /// Words about sockets that a look has listed a moment before.
    early: Vec<(Protocol, DiagRow)>,
    recent: RecentEnds,
    /// Connections of which the first look had a remnant, which may have another cookie than the socket had.
    first_remnants: FxHashSet<Line>,
}

#[derive(Debug)]
struct Waiting {
    departed: Departed,
    since: u32,
    at: Instant,
}

/// What ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// Told connections.
    pub(super) gone: Vec<ConnectionKey>,
    /// Their last counters, and those of others that a remnant is there of.
    pub(super) finals: Vec<Final>,
    /// Connections that were never told.
    pub(super) ghosts: Vec<SocketRow>,
    /// Connections of which nothing is known but that they were aborted.
    pub(super) aborted: u64,
}

impl Endings {
    /// Takes in what has departed at a look, and what the kernel has said by now; `None` where nobody listens to it. To be
    /// called once a look, which was `at`.
    pub(super) fn take(
        &mut self,
        sockets: &mut KnownSockets,
        departed: &mut Vec<Departed>,
        words: Option<Vec<(Protocol, DiagRow)>>,
        at: Instant,
    ) -> Ended {
        self.look += 1;
        self.recent.begin(u64::from(self.look));
        let mut ended = Ended::default();
        for departed in departed.drain(..) {
            if departed.awaits_word && !departed.is_redundant && words.is_some() {
                if departed.is_told && departed.is_local {
                    self.waiting_lines.insert(departed.line());
                }
                self.waiting.insert(departed.row.cookie, Waiting { departed, since: self.look, at });
            } else {
                self.told.insert(departed.row.cookie, self.look);
                self.close(&departed, None, &mut ended);
            }
        }
        let is_first = self.look == 1;
        if is_first {
            self.first_remnants = sockets.told_remnants().collect();
        } else if self.look > FIRST_LOOKS {
            self.first_remnants = FxHashSet::default();
        }
        let early = std::mem::take(&mut self.early);
        for (protocol, row) in early.into_iter().chain(words.into_iter().flatten()) {
            self.hear(sockets, protocol, row, is_first, &mut ended);
        }
        self.give_up_waiting(at, &mut ended);
        self.tell_ghosts(sockets, &mut ended);
        let look = self.look;
        if !self.told.is_empty() {
            self.told.retain(|_, since| look - *since < REMEMBERED);
        }
        ended
    }

    /// Whether the other end of a connection, which is gone, stands for this one.
    pub(super) fn is_other_end(&mut self, line: Line) -> bool {
        let (protocol, local, remote) = line;
        self.waiting_lines.contains(&(protocol, remote, local)) || self.recent.take_other_end(line)
    }

    /// The kernel has destroyed a socket.
    fn hear(
        &mut self,
        sockets: &mut KnownSockets,
        protocol: Protocol,
        row: DiagRow,
        is_first: bool,
        ended: &mut Ended,
    ) {
        if let Some(Waiting { departed, .. }) = self.waiting.remove(&row.cookie) {
            return self.close(&departed, Some(&row), ended);
        }
        if self.told.remove(&row.cookie).is_some() {
            return;
        }
        match sockets.presence(row.cookie) {
            Presence::Listed => self.early.push((protocol, row)),
            // What ended before the first look was never there.
            _ if is_first => {}
            Presence::Remnant => match sockets.end(row.cookie) {
                Some(departed) if departed.is_told => {
                    let traffic = last_traffic(&row, departed.live_state);
                    ended.finals.extend(traffic.map(|traffic| Final { key: departed.key(), traffic }));
                }
                Some(departed) => self.close(&departed, Some(&row), ended),
                None => {}
            },
            // It never had a peer.
            Presence::Absent if row.remote.ip.is_unspecified() => {}
            Presence::Absent if row.remote.port == 0 => ended.aborted += 1,
            Presence::Absent => {
                let direction = sockets.direction(protocol, &row);
                ended.ghosts.push(ghost(protocol, &row, direction, last_traffic(&row, 0)));
            }
        }
    }

    /// The end of a socket that looks had, with the kernel's word where there is one.
    fn close(&mut self, departed: &Departed, word: Option<&DiagRow>, ended: &mut Ended) {
        let last = word.and_then(|word| last_traffic(word, departed.live_state));
        if departed.is_told {
            ended.gone.push(departed.key());
            ended.finals.extend(last.map(|traffic| Final { key: departed.key(), traffic }));
            if departed.is_local {
                self.waiting_lines.remove(&departed.line());
                self.recent.note(departed.line());
            }
        } else if !departed.is_redundant && departed.key().remote.is_some() {
            let seen = || departed.row.info.map(|info| info.traffic_seen_last(departed.live_state));
            let direction = departed.direction.unwrap_or(Direction::Unknown);
            ended.ghosts.push(ghost(departed.protocol, &departed.row, direction, last.or_else(seen)));
        }
    }

    /// The word about some does not come: another process may hold a socket that its peer has reset, and the kernel drops
    /// what nobody reads in time.
    fn give_up_waiting(&mut self, at: Instant, ended: &mut Ended) {
        if self.waiting.is_empty() {
            return;
        }
        let look = self.look;
        let is_over = |waiting: &Waiting| {
            look - waiting.since >= PATIENCE_LOOKS && at.saturating_duration_since(waiting.at) >= PATIENCE
        };
        let given_up: Vec<(u64, Waiting)> = self.waiting.extract_if(|_, waiting| is_over(waiting)).collect();
        for (cookie, Waiting { departed, .. }) in given_up {
            self.told.insert(cookie, look);
            self.close(&departed, None, ended);
        }
    }

    /// Leaves out what is the other end of something told.
    fn tell_ghosts(&mut self, sockets: &KnownSockets, ended: &mut Ended) {
        if ended.ghosts.is_empty() {
            return;
        }
        let mut told_lines: Option<FxHashSet<Line>> = None;
        let mut is_redundant = mark_accepting_rows(&mut ended.ghosts).into_iter();
        ended.ghosts.retain(|ghost| {
            let ConnectionKey { protocol, local, remote, .. } = ghost.key;
            let remote = remote.unwrap_or(local);
            let line = (protocol, local, remote);
            if is_redundant.next() == Some(true)
                || self.first_remnants.contains(&line)
                || self.recent.take_other_end(line)
            {
                return false;
            }
            let told_lines = told_lines.get_or_insert_with(|| sockets.told_lines().collect());
            let from_there = (protocol, remote, local);
            if told_lines.contains(&from_there) || self.waiting_lines.contains(&from_there) {
                return false;
            }
            self.recent.note(line);
            true
        });
    }
}

/// The counters in the kernel's word; a socket that was aborted has lost them, and its other end.
fn last_traffic(word: &DiagRow, live_state: u8) -> Option<Traffic> {
    let info = word.info.filter(|_| word.remote.port != 0)?;
    Some(info.last_traffic((live_state != 0).then_some(live_state)))
}

/// A connection that was never told.
fn ghost(protocol: Protocol, row: &DiagRow, direction: Direction, traffic: Option<Traffic>) -> SocketRow {
    let (local, remote) = (row.local, Some(row.remote));
    SocketRow {
        key: ConnectionKey { host: HostId::THIS, protocol, local, remote, identity: row.cookie },
        state: SocketState::Closed,
        direction: Some(direction),
        owner: Owner::Missing(OwnerMissing::ClosedTooSoon),
        // An event has user 0, which is not filled.
        uid: None,
        context: None,
        traffic,
        interface: None,
        simulated: None,
    }
}

impl TcpInfo {
    /// The user's traffic as a look counted it last, of a connection that is gone: more may have flowed since.
    fn traffic_seen_last(&self, live_state: u8) -> Traffic {
        Traffic { is_final: false, ..self.last_traffic(Some(live_state)) }
    }
}

#[cfg(test)]
mod tests;
