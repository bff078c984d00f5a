//! One socket, as it is known from look to look, and as it departs.

use crate::{
    model::{ConnectionKey, Direction, Endpoint, HostId, Protocol},
    sampler::linux::{
        inet_diag::{DiagRow, socket_state},
        owners::SocketRef,
    },
};

/// A connection whose handshake has not ended, and which is no socket yet: nobody tells of its end.
const STATE_NEW_SYN_RECEIVED: u8 = 12;

/// A connection as one of its ends sees it: protocol, that end, the other one.
pub(in crate::sampler::linux) type Line = (Protocol, Endpoint, Endpoint);

/// A socket that a look had, and that is gone.
#[derive(Clone, Debug)]
pub(in crate::sampler::linux) struct Departed {
    pub(in crate::sampler::linux) protocol: Protocol,
    /// As a look had it last.
    pub(in crate::sampler::linux) row: DiagRow,
    pub(in crate::sampler::linux) direction: Option<Direction>,
    /// Its last state as a socket, and not as a remnant; 0 if it had none.
    pub(in crate::sampler::linux) live_state: u8,
    /// Whether somebody knows it by its key.
    pub(in crate::sampler::linux) is_told: bool,
    /// Whether its connection is told by its other end.
    pub(in crate::sampler::linux) is_redundant: bool,
    /// Whether its other end is an address of this machine.
    pub(in crate::sampler::linux) is_local: bool,
    /// Whether the kernel will tell, or has told just now, its last counters.
    pub(in crate::sampler::linux) awaits_word: bool,
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
    /// As the last look had it.
    pub(in crate::sampler::linux) row: DiagRow,
    pub(in crate::sampler::linux) protocol: Protocol,
    /// Which end opened it; `None` for a listener. As it is told.
    pub(in crate::sampler::linux) direction: Option<Direction>,
    /// What the listening set said of it, whatever its other end on this machine says.
    pub(super) told_direction: Option<Direction>,
    /// Whether it is the second end of a connection of which the other one is told.
    pub(in crate::sampler::linux) is_redundant: bool,
    /// Whether somebody knows it by its key.
    pub(super) is_told: bool,
    /// Whether nothing of it is told any more: its end was.
    pub(super) is_over: bool,
    /// Whether its other end, which is gone, stands for it.
    pub(super) is_left_out: bool,
    /// Whether its last counters were told.
    pub(super) has_ended: bool,
    /// Its last state as a socket, and not as a remnant; 0 if it had none.
    pub(super) live_state: u8,
    /// Whether its other end is an address of this machine.
    pub(super) is_local: bool,
    /// The look since which its other end, on this machine too, is not listed.
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

    /// Whether its other end would be the one to tell, if it were listed.
    pub(super) fn would_yield(&self) -> bool {
        let DiagRow { local, remote, .. } = self.row;
        self.direction == Some(Direction::In) || (local.port, local.ip) < (remote.port, remote.ip)
    }

    pub(super) fn is_to_tell(&self) -> bool {
        self.reading != 0 && !self.is_redundant && !self.is_left_out && !self.is_over
    }

    pub(super) fn departed(&self) -> Departed {
        Departed {
            protocol: self.protocol,
            row: self.row,
            direction: self.direction,
            live_state: self.live_state,
            is_told: self.is_told,
            is_redundant: self.is_redundant || self.is_left_out,
            is_local: self.is_local,
            awaits_word: self.protocol == Protocol::Tcp
                && !matches!(self.live_state, 0 | STATE_NEW_SYN_RECEIVED)
                && !self.has_ended
                && has_peer(self.protocol, &self.row),
        }
    }

    pub(super) fn socket_ref(&self) -> SocketRef {
        if self.is_to_tell() { SocketRef::of(&self.row) } else { SocketRef::default() }
    }
}

pub(super) fn has_peer(protocol: Protocol, row: &DiagRow) -> bool {
    !socket_state(protocol, row.state).is_listening()
}

pub(super) fn key(protocol: Protocol, row: &DiagRow) -> ConnectionKey {
    let remote = has_peer(protocol, row).then_some(row.remote);
    ConnectionKey { host: HostId::THIS, protocol, local: row.local, remote, identity: row.cookie }
}
