//! One socket, as it is known from sample to sample, and as it departs.

use crate::{
    model::{ConnectionKey, Direction, Endpoint, HostId, Protocol},
    sampler::linux::{
        inet_diag::{DiagRow, socket_state},
        owners::SocketRef,
    },
};

/// A connection whose handshake has not ended, and which is no socket yet: its end is not reported.
const STATE_NEW_SYN_RECEIVED: u8 = 12;

/// A connection as one of its ends sees it: protocol, that end, the other one.
pub(in crate::sampler::linux) type Line = (Protocol, Endpoint, Endpoint);

/// A socket that a sample had, and that is gone.
#[derive(Clone, Debug)]
pub(in crate::sampler::linux) struct Departed {
    pub(in crate::sampler::linux) protocol: Protocol,
    /// As a sample had it last.
    pub(in crate::sampler::linux) row: DiagRow,
    pub(in crate::sampler::linux) direction: Option<Direction>,
    /// Its last state as a socket, and not as a TIME_WAIT entry; 0 if it had none.
    pub(in crate::sampler::linux) live_state: u8,
    /// Whether it was reported, by its key.
    pub(in crate::sampler::linux) is_reported: bool,
    /// Whether its connection is reported by its other end.
    pub(in crate::sampler::linux) is_redundant: bool,
    /// Whether its other end is an address of this machine.
    pub(in crate::sampler::linux) is_local: bool,
    /// Whether a close event with its last counters is still expected.
    pub(in crate::sampler::linux) awaits_event: bool,
}

impl Departed {
    /// Its identity.
    pub(in crate::sampler::linux) fn key(&self) -> ConnectionKey {
        key(self.protocol, &self.row)
    }

    /// The connection from its end.
    pub(in crate::sampler::linux) fn line(&self) -> Line {
        (self.protocol, self.row.local, self.row.remote)
    }
}

/// One socket.
#[derive(Debug)]
pub(in crate::sampler::linux) struct Known {
    /// As the last sample had it.
    pub(in crate::sampler::linux) row: DiagRow,
    pub(in crate::sampler::linux) protocol: Protocol,
    /// Which end opened it; `None` for a listener. As it is reported.
    pub(in crate::sampler::linux) direction: Option<Direction>,
    /// What the listening set said of it, whatever its other end on this machine says.
    pub(super) reported_direction: Option<Direction>,
    /// Whether it is the second end of a connection of which the other one is reported.
    pub(in crate::sampler::linux) is_redundant: bool,
    /// Whether it was reported, by its key.
    pub(super) is_reported: bool,
    /// Whether nothing of it is reported any more: its end was.
    pub(super) is_over: bool,
    /// Whether its other end, which has closed, was reported instead.
    pub(super) is_left_out: bool,
    /// Whether its last counters were reported.
    pub(super) has_ended: bool,
    /// Its last state as a socket, and not as a TIME_WAIT entry; 0 if it had none.
    pub(super) live_state: u8,
    /// Whether its other end is an address of this machine.
    pub(super) is_local: bool,
    /// The sample since which its other end, on this machine too, is not listed.
    pub(super) alone_since: Option<u32>,
    /// The reading in which it was listed last; 0 for a free slot.
    pub(super) reading: u32,
    /// Which one came after it.
    pub(super) next: u32,
}

impl Known {
    /// Its identity.
    pub(in crate::sampler::linux) fn key(&self) -> ConnectionKey {
        key(self.protocol, &self.row)
    }

    /// Whether its other end would be the one that is reported, if it were listed.
    pub(super) fn would_yield(&self) -> bool {
        let DiagRow { local, remote, .. } = self.row;
        self.direction == Some(Direction::In) || (local.port, local.ip) < (remote.port, remote.ip)
    }

    pub(super) fn has_news(&self) -> bool {
        self.reading != 0 && !self.is_redundant && !self.is_left_out && !self.is_over
    }

    pub(super) fn departed(&self) -> Departed {
        Departed {
            protocol: self.protocol,
            row: self.row,
            direction: self.direction,
            live_state: self.live_state,
            is_reported: self.is_reported,
            is_redundant: self.is_redundant || self.is_left_out,
            is_local: self.is_local,
            awaits_event: self.protocol == Protocol::Tcp
                && !matches!(self.live_state, 0 | STATE_NEW_SYN_RECEIVED)
                && !self.has_ended
                && has_peer(self.protocol, &self.row),
        }
    }

    pub(super) fn socket_ref(&self) -> SocketRef {
        if self.has_news() { SocketRef::of(&self.row) } else { SocketRef::default() }
    }
}

pub(super) fn has_peer(protocol: Protocol, row: &DiagRow) -> bool {
    !socket_state(protocol, row.state).is_listening()
}

pub(super) fn key(protocol: Protocol, row: &DiagRow) -> ConnectionKey {
    let remote = has_peer(protocol, row).then_some(row.remote);
    ConnectionKey { host: HostId::THIS, protocol, local: row.local, remote, identity: row.cookie }
}
