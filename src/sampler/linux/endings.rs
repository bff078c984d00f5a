//! Reports the end of each connection once, in whatever order samples, close events and TIME_WAIT entries arrive.
//!
//! The kernel sends the final counters of a socket in a close event, which may arrive before or after the sample that no
//! longer has the socket. So a socket that is no longer listed waits for its event for a while; without one, its end is
//! reported with the counters of the last sample, which are not final. Of a connection within this machine both ends are
//! destroyed, and one of them is reported.
//!
//! ```text
//! known_sockets: departed ──► waiting ──┬─► gone, with its last counters, or without
//! destroy_events: event ─────────────────┘
//!                  └─► of a socket that no sample had ──► ghost
//! ```

use super::{
    inet_diag::DiagRow,
    known_sockets::{Departed, KnownSockets, Line, Presence},
    recent::Recent,
    tcp_info::TcpInfo,
};
use crate::{
    model::{ConnectionKey, Direction, Final, HostId, Owner, OwnerMissing, Protocol, SocketRow, SocketState, Traffic},
    sampler::local_pairs::mark_accepting_rows,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::time::{Duration, Instant};

/// A departed socket waits for the close event for at least so many samples,
const PATIENCE_SAMPLES: u32 = 2;
/// and for so long.
const PATIENCE: Duration = Duration::from_secs(1);
/// For how many samples what was reported is remembered until its close event, or that of its other end, arrives. A socket
/// that its peer has reset is listed no more, but is destroyed when its program closes it, perhaps minutes later.
const REMEMBERED: u32 = 4_096;
/// For how many samples one end of a connection that no sample had is remembered.
const GHOSTS_REMEMBERED: u32 = 16;
/// For how many samples TIME_WAIT entries of the first one are remembered.
const FIRST_SAMPLES: u32 = 8;

/// See the module.
#[derive(Debug)]
pub(super) struct Endings {
    /// Number of samples.
    sample: u32,
    /// Sockets that are no longer listed, by cookie, and the connections of those that are reported and are within this machine.
    waiting: FxHashMap<u64, Waiting>,
    waiting_lines: FxHashSet<Line>,
    /// Cookies of sockets of which nothing is to be reported any more.
    reported: Recent<u64>,
    /// Close events of sockets that a sample has listed a moment before.
    early: Vec<(Protocol, DiagRow)>,
    /// Connections within this machine whose end was reported, from that end: of those that samples had, and of others.
    ended_lines: Recent<Line>,
    ghost_lines: Recent<Line>,
    /// Connections of which the first sample had a TIME_WAIT entry, which may have another cookie than the socket had.
    first_time_waits: FxHashSet<Line>,
}

impl Default for Endings {
    fn default() -> Self {
        Self {
            sample: 0,
            waiting: FxHashMap::default(),
            waiting_lines: FxHashSet::default(),
            reported: Recent::new(REMEMBERED),
            early: Vec::new(),
            ended_lines: Recent::new(REMEMBERED),
            ghost_lines: Recent::new(GHOSTS_REMEMBERED),
            first_time_waits: FxHashSet::default(),
        }
    }
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
    /// Reported connections.
    pub(super) gone: Vec<ConnectionKey>,
    /// Their last counters, and those of others that a TIME_WAIT entry is there of.
    pub(super) finals: Vec<Final>,
    /// Connections that were never reported.
    pub(super) ghosts: Vec<SocketRow>,
    /// Number of connections of which only the abort is known.
    pub(super) aborted: u64,
}

impl Endings {
    /// Processes the sockets that a sample no longer lists, and the close events so far; `None` where they are not received.
    /// To be called once per sample, which was at `at`.
    pub(super) fn take(
        &mut self,
        sockets: &mut KnownSockets,
        departed: &mut Vec<Departed>,
        destroyed: Option<Vec<(Protocol, DiagRow)>>,
        at: Instant,
    ) -> Ended {
        self.sample += 1;
        self.reported.begin(self.sample);
        self.ended_lines.begin(self.sample);
        self.ghost_lines.begin(self.sample);
        let mut ended = Ended::default();
        for departed in departed.drain(..) {
            if departed.awaits_event && !departed.is_redundant && destroyed.is_some() {
                if departed.is_reported && departed.is_local {
                    self.waiting_lines.insert(departed.line());
                }
                self.waiting.insert(departed.row.cookie, Waiting { departed, since: self.sample, at });
            } else {
                self.reported.note(departed.row.cookie);
                self.close(&departed, None, &mut ended);
            }
        }
        let is_first = self.sample == 1;
        if is_first {
            self.first_time_waits = sockets.reported_time_waits().collect();
        } else if self.sample > FIRST_SAMPLES {
            self.first_time_waits = FxHashSet::default();
        }
        let early = std::mem::take(&mut self.early);
        for (protocol, row) in early.into_iter().chain(destroyed.into_iter().flatten()) {
            self.handle_event(sockets, protocol, row, is_first, &mut ended);
        }
        self.give_up_waiting(at, &mut ended);
        self.report_ghosts(sockets, &mut ended);
        ended
    }

    /// Whether the other end of a connection, which has closed, was reported instead of this one.
    pub(super) fn is_other_end(&mut self, line: Line) -> bool {
        let (protocol, local, remote) = line;
        self.waiting_lines.contains(&(protocol, remote, local)) || self.take_other_end(line)
    }

    fn take_other_end(&mut self, line: Line) -> bool {
        self.ended_lines.take_other_end(line) || self.ghost_lines.take_other_end(line)
    }

    /// The kernel has destroyed a socket.
    fn handle_event(
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
        if self.reported.take(&row.cookie) {
            return;
        }
        match sockets.presence(row.cookie) {
            Presence::Listed => self.early.push((protocol, row)),
            // What ended before the first sample was never there.
            _ if is_first => {}
            Presence::TimeWait => match sockets.end(row.cookie) {
                Some(departed) if departed.is_reported => {
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

    /// The end of a socket that samples had, with the close event where there is one.
    fn close(&mut self, departed: &Departed, event: Option<&DiagRow>, ended: &mut Ended) {
        let last = event.and_then(|event| last_traffic(event, departed.live_state));
        if departed.is_reported {
            ended.gone.push(departed.key());
            ended.finals.extend(last.map(|traffic| Final { key: departed.key(), traffic }));
            if departed.is_local {
                self.waiting_lines.remove(&departed.line());
                self.ended_lines.note(departed.line());
            }
        } else if !departed.is_redundant && departed.key().remote.is_some() {
            let seen = || departed.row.info.map(|info| info.traffic_seen_last(departed.live_state));
            let direction = departed.direction.unwrap_or(Direction::Unknown);
            ended.ghosts.push(ghost(departed.protocol, &departed.row, direction, last.or_else(seen)));
        }
    }

    /// The close event of some does not come: another process may hold a socket that its peer has reset, and the kernel drops
    /// what nobody reads in time.
    fn give_up_waiting(&mut self, at: Instant, ended: &mut Ended) {
        if self.waiting.is_empty() {
            return;
        }
        let sample = self.sample;
        let is_over = |waiting: &Waiting| {
            sample - waiting.since >= PATIENCE_SAMPLES && at.saturating_duration_since(waiting.at) >= PATIENCE
        };
        let given_up: Vec<(u64, Waiting)> = self.waiting.extract_if(|_, waiting| is_over(waiting)).collect();
        for (cookie, Waiting { departed, .. }) in given_up {
            self.reported.note(cookie);
            self.close(&departed, None, ended);
        }
    }

    /// Leaves out what is the other end of something reported.
    fn report_ghosts(&mut self, sockets: &KnownSockets, ended: &mut Ended) {
        if ended.ghosts.is_empty() {
            return;
        }
        let mut reported_lines: Option<FxHashSet<Line>> = None;
        let mut is_redundant = mark_accepting_rows(&mut ended.ghosts).into_iter();
        ended.ghosts.retain(|ghost| {
            let ConnectionKey { protocol, local, remote, .. } = ghost.key;
            let remote = remote.unwrap_or(local);
            let line = (protocol, local, remote);
            if is_redundant.next() == Some(true) || self.first_time_waits.contains(&line) || self.take_other_end(line) {
                return false;
            }
            let reported_lines = reported_lines.get_or_insert_with(|| sockets.reported_lines().collect());
            let from_there = (protocol, remote, local);
            if reported_lines.contains(&from_there) || self.waiting_lines.contains(&from_there) {
                return false;
            }
            self.ghost_lines.note(line);
            true
        });
    }
}

/// The counters in the close event; a socket that was aborted has lost them, and its other end.
fn last_traffic(event: &DiagRow, live_state: u8) -> Option<Traffic> {
    let info = event.info.filter(|_| event.remote.port != 0)?;
    Some(info.last_traffic((live_state != 0).then_some(live_state)))
}

/// A connection that was never reported.
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
    /// The user's traffic as a sample counted it last, of a connection that is gone: more may have flowed since.
    fn traffic_seen_last(&self, live_state: u8) -> Traffic {
        Traffic { is_final: false, ..self.last_traffic(Some(live_state)) }
    }
}

#[cfg(test)]
mod tests;
