//! Reports the end of each connection once, for any order of samples, close events and TIME_WAIT entries.
//!
//! The kernel sends the final counters of a socket in a close event, which may arrive before or after the first sample
//! without the socket. So a socket that is no longer listed waits for its event for some time; without one, its end is
//! reported with the counters of the last sample, which are not final. For a connection within this machine, both ends
//! are destroyed, and only one of them is reported.
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

/// A departed socket waits for the close event for at least this many samples,
const PATIENCE_SAMPLES: u32 = 2;
/// and for this time.
const PATIENCE: Duration = Duration::from_secs(1);
/// Number of samples for which a reported end is remembered until its close event, or that of its other end, arrives. A
/// socket that was reset by its peer is no longer listed, but is destroyed only when its program closes it, perhaps
/// minutes later.
const REMEMBERED: u32 = 4_096;
/// Number of samples for which one end of a connection that was in no sample is remembered.
const GHOSTS_REMEMBERED: u32 = 16;
/// Number of samples for which the TIME_WAIT entries of the first one are remembered.
const FIRST_SAMPLES: u32 = 8;

/// See the module documentation.
#[derive(Debug)]
pub(super) struct Endings {
    /// Number of samples.
    sample: u32,
    /// Sockets that are no longer listed, by cookie; and, of these, reported connections within this machine.
    waiting: FxHashMap<u64, Waiting>,
    waiting_lines: FxHashSet<Line>,
    /// Cookies of sockets whose end was already reported.
    reported: Recent<u64>,
    /// Close events of sockets that were still listed by the same sample.
    early: Vec<(Protocol, DiagRow)>,
    /// Connections within this machine with an end that was reported, as seen from that end: those in samples, and
    /// ghosts.
    ended_lines: Recent<Line>,
    ghost_lines: Recent<Line>,
    /// Connections with a TIME_WAIT entry in the first sample; its cookie may differ from that of the socket.
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

/// Connections that ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// Reported connections.
    pub(super) gone: Vec<ConnectionKey>,
    /// Their final counters, and those of connections that still have a TIME_WAIT entry.
    pub(super) finals: Vec<Final>,
    /// Connections that were never reported.
    pub(super) ghosts: Vec<SocketRow>,
    /// Number of connections that were aborted, and of which nothing else is known.
    pub(super) aborted: u64,
}

impl Endings {
    /// Processes the sockets that a sample no longer lists, and the close events so far; `None` if they are not
    /// received. Call it once per sample, with its time `at`.
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

    /// Whether this is the other end of a closed connection that was already reported.
    pub(super) fn is_other_end(&mut self, line: Line) -> bool {
        let (protocol, local, remote) = line;
        self.waiting_lines.contains(&(protocol, remote, local)) || self.take_other_end(line)
    }

    fn take_other_end(&mut self, line: Line) -> bool {
        self.ended_lines.take_other_end(line) || self.ghost_lines.take_other_end(line)
    }

    /// Handles the close event of a socket.
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
            // Connections that ended before the first sample are ignored.
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

    /// Reports the end of a socket that was in samples, with the close event if there is one.
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

    /// Stops waiting for close events that do not arrive: another process may hold a socket that its peer has reset,
    /// and the kernel drops events that are not read in time.
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

    /// Drops ghosts that are the other end of a reported connection.
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

/// The counters in the close event; an aborted socket has lost them, and its remote address.
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
        // Events always contain user 0: the field is not set.
        uid: None,
        context: None,
        traffic,
        interface: None,
        simulated: None,
    }
}

impl TcpInfo {
    /// The traffic at the last sample of a connection that has ended: the actual traffic may be higher.
    fn traffic_seen_last(&self, live_state: u8) -> Traffic {
        Traffic { is_final: false, ..self.last_traffic(Some(live_state)) }
    }
}

#[cfg(test)]
mod tests;
