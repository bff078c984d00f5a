//! State of a socket between samples, and of one that is gone.

use crate::{
    model::{ConnectionKey, Direction, Endpoint, HostId, Protocol},
    sampler::linux::{
        inet_diag::{DiagRow, socket_state},
        owners::SocketRef,
    },
};

/// A connection whose handshake is not complete and which has no socket yet: its end is not reported.
const STATE_NEW_SYN_RECEIVED: u8 = 12;

/// A connection seen from one of its ends: protocol, that endpoint, the other one.
pub(in crate::sampler::linux) type Line = (Protocol, Endpoint, Endpoint);

/// A socket that was in a sample and is gone.
#[derive(Clone, Debug)]
pub(in crate::sampler::linux) struct Departed {
    pub(in crate::sampler::linux) protocol: Protocol,
    /// Its row in the last sample that contained it.
    pub(in crate::sampler::linux) row: DiagRow,
    pub(in crate::sampler::linux) direction: Option<Direction>,
    /// Its last state as a socket, not as a TIME_WAIT entry; 0 if there was none.
    pub(in crate::sampler::linux) live_state: u8,
    /// Whether it was reported under its key.
    pub(in crate::sampler::linux) is_reported: bool,
    /// Whether its connection is reported from the other end.
    pub(in crate::sampler::linux) is_redundant: bool,
    /// Whether its remote address belongs to this machine.
    pub(in crate::sampler::linux) is_local: bool,
    /// Whether a close event with its final counters is still expected.
    pub(in crate::sampler::linux) awaits_event: bool,
}

impl Departed {
    /// Its identity.
    pub(in crate::sampler::linux) fn key(&self) -> ConnectionKey {
        key(self.protocol, &self.row)
    }

    /// The connection, seen from its end.
    pub(in crate::sampler::linux) fn line(&self) -> Line {
        (self.protocol, self.row.local, self.row.remote)
    }
}

/// A socket.
#[derive(Debug)]
pub(in crate::sampler::linux) struct Known {
    /// Its row in the last sample.
    pub(in crate::sampler::linux) row: DiagRow,
    pub(in crate::sampler::linux) protocol: Protocol,
    /// The reported direction; `None` for a listener.
    pub(in crate::sampler::linux) direction: Option<Direction>,
    /// The direction from the listening set, regardless of the other end on this machine.
    pub(super) reported_direction: Option<Direction>,
    /// Whether it is the second end of a connection that is reported from the first.
    pub(in crate::sampler::linux) is_redundant: bool,
    /// Whether it was reported under its key.
    pub(super) is_reported: bool,
    /// Whether its end was reported, so that nothing more is reported.
    pub(super) is_over: bool,
    /// Whether its other end, which has closed, was reported instead.
    pub(super) is_suppressed: bool,
    /// Whether its final counters were reported.
    pub(super) has_ended: bool,
    /// Its last state as a socket, not as a TIME_WAIT entry; 0 if there was none.
    pub(super) live_state: u8,
    /// Whether its remote address belongs to this machine.
    pub(super) is_local: bool,
    /// The sample since which its other end on this machine is missing.
    pub(super) alone_since: Option<u32>,
    /// The last read that contained it; 0 for a free slot.
    pub(super) reading: u32,
    /// Its successor in the last list.
    pub(super) next: u32,
}

impl Known {
    /// Its identity.
    pub(in crate::sampler::linux) fn key(&self) -> ConnectionKey {
        key(self.protocol, &self.row)
    }

    /// Whether its other end would be reported instead, if it were listed.
    pub(super) fn is_secondary_end(&self) -> bool {
        let DiagRow { local, remote, .. } = self.row;
        self.direction == Some(Direction::In) || (local.port, local.ip) < (remote.port, remote.ip)
    }

    pub(super) fn is_reportable(&self) -> bool {
        self.reading != 0 && !self.is_redundant && !self.is_suppressed && !self.is_over
    }

    pub(super) fn departed(&self) -> Departed {
        Departed {
            protocol: self.protocol,
            row: self.row,
            direction: self.direction,
            live_state: self.live_state,
            is_reported: self.is_reported,
            is_redundant: self.is_redundant || self.is_suppressed,
            is_local: self.is_local,
            awaits_event: self.protocol == Protocol::Tcp
                && !matches!(self.live_state, 0 | STATE_NEW_SYN_RECEIVED)
                && !self.has_ended
                && has_peer(self.protocol, &self.row),
        }
    }

    pub(super) fn socket_ref(&self) -> SocketRef {
        if self.is_reportable() { SocketRef::of(&self.row) } else { SocketRef::default() }
    }
}

pub(super) fn has_peer(protocol: Protocol, row: &DiagRow) -> bool {
    !socket_state(protocol, row.state).is_listening()
}

pub(super) fn key(protocol: Protocol, row: &DiagRow) -> ConnectionKey {
    let remote = has_peer(protocol, row).then_some(row.remote);
    ConnectionKey { host: HostId::THIS, protocol, local: row.local, remote, identity: row.cookie }
}
