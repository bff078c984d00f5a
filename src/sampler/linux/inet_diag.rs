//! The messages of `NETLINK_SOCK_DIAG` for internet sockets, as bytes: one request, and a reader of its answers.
//!
//! Pure: no socket, no clock. Whatever the bytes are, reading ends, never panics, and a length that does not fit is an
//! error instead of a guess. Layouts: `linux/netlink.h` (`nlmsghdr`, 16 bytes) and `linux/inet_diag.h`
//! (`inet_diag_req_v2`, 56 bytes; `inet_diag_msg`, 72 bytes, then attributes). Numbers are in the machine's byte order,
//! ports and addresses in the network's.

use super::tcp_info::TcpInfo;
use crate::model::{Endpoint, Protocol, SocketState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const HEADER_BYTES: usize = 16;
const REQUEST_BYTES: usize = HEADER_BYTES + 56;
const OLD_REQUEST_BYTES: usize = HEADER_BYTES + 60;
const ROW_BYTES: usize = 72;

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLMSG_OVERRUN: u16 = 4;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const TCPDIAG_GETSOCK: u16 = 18;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_DUMP_INTR: u16 = 0x10;
const NLM_F_DUMP: u16 = 0x300;

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
const IPPROTO_UDP: u8 = 17;
/// States 1 to 12. State 13, a bound TCP socket that does nothing yet, is no connection and no listener.
const ALL_STATES: u32 = 0x1ffe;
/// The attribute that holds `struct tcp_info`, and its number in a request.
const INET_DIAG_INFO: u16 = 2;
const INET_DIAG_PROTOCOL: u16 = 10;
const INET_DIAG_SKV6ONLY: u16 = 11;
/// Given without being asked for, since Linux 5.9.
const INET_DIAG_CGROUP_ID: u16 = 21;

/// Kernel number of an unconnected UDP socket (`TCP_CLOSE`).
const STATE_CLOSE: u8 = 7;
/// Kernel number of a listening TCP socket.
const STATE_LISTEN: u8 = 10;
/// The timer that TIME_WAIT entries have, and no socket.
const TIMER_TIME_WAIT: u8 = 3;

/// Address family of a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Sockets made for IPv4.
    V4,
    /// Sockets made for IPv6; dual-stack ones, too.
    V6,
    /// All of them, which only TCP can be asked for at once: the kernel then walks its table once instead of twice.
    Both,
}

/// One socket as the kernel lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiagRow {
    /// This machine's end, canonical.
    pub local: Endpoint,
    /// The other end, canonical; unspecified with port 0 where there is none.
    pub remote: Endpoint,
    /// Kernel's state number, 1 to 12, for UDP 1 (connected) or 7.
    pub state: u8,
    /// Whether it is an entry that the kernel keeps after a TCP socket was destroyed (TIME_WAIT, or FIN_WAIT2 without a process): it
    /// has neither counters nor a holder, and perhaps another cookie than the socket had.
    pub is_time_wait: bool,
    /// Whether an IPv6 listener refuses IPv4 peers.
    pub is_v6_only: bool,
    /// The socket's cookie.
    pub cookie: u64,
    /// User; not filled where `inode` is 0.
    pub uid: u32,
    /// Inode, 0 when no process holds the socket.
    pub inode: u32,
    /// Number of the interface that it is bound to, as a socket with a link-local address is; 0 for none.
    pub interface: u32,
    /// Inode of the directory of its control group (version 2), 0 where the kernel does not report.
    pub cgroup: u64,
    /// Counters of a TCP connection; none in TIME_WAIT, before the handshake has ended, and of listeners.
    pub info: Option<TcpInfo>,
}

/// Where a dump stands after a datagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DumpProgress {
    /// The kernel has said that this was all.
    pub is_done: bool,
    /// The kernel has said that its tables changed meanwhile: rows may be missing or double.
    pub was_interrupted: bool,
}

/// An answer that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InetDiagError {
    /// A message claims a length that it does not have.
    #[error("the message at byte {offset} says it has {claimed} bytes, there are {available}")]
    Truncated {
        /// Where the message begins.
        offset: usize,
        /// Length that its header gives, or that its kind needs.
        claimed: usize,
        /// Bytes that are there.
        available: usize,
    },
    /// The kernel answered with an error number.
    #[error("error number {0}")]
    Kernel(i32),
    /// The kernel dropped messages.
    #[error("messages were lost")]
    Overrun,
}

/// The request for all sockets of a family and a protocol, numbered `sequence`; for TCP with its counters. Both families
/// of TCP are asked for by the older request (`inet_diag_req`, 60 bytes), the only one that takes no family.
#[must_use]
pub fn dump_request(family: Family, protocol: Protocol, sequence: u32) -> Vec<u8> {
    if (family, protocol) == (Family::Both, Protocol::Tcp) {
        return old_dump_request(sequence);
    }
    let mut request = vec![0; REQUEST_BYTES];
    let mut put = |at: usize, bytes: &[u8]| request[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &u32::try_from(REQUEST_BYTES).unwrap_or(0).to_ne_bytes());
    put(4, &SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    put(6, &(NLM_F_REQUEST | NLM_F_DUMP).to_ne_bytes());
    put(8, &sequence.to_ne_bytes());
    put(16, &[if family == Family::V4 { AF_INET } else { AF_INET6 }]);
    put(17, &[if protocol == Protocol::Tcp { IPPROTO_TCP } else { IPPROTO_UDP }]);
    if protocol == Protocol::Tcp {
        put(18, &[1 << (INET_DIAG_INFO - 1)]);
    }
    put(20, &ALL_STATES.to_ne_bytes());
    request
}

fn old_dump_request(sequence: u32) -> Vec<u8> {
    let mut request = vec![0; OLD_REQUEST_BYTES];
    let mut put = |at: usize, bytes: &[u8]| request[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &u32::try_from(OLD_REQUEST_BYTES).unwrap_or(0).to_ne_bytes());
    put(4, &TCPDIAG_GETSOCK.to_ne_bytes());
    put(6, &(NLM_F_REQUEST | NLM_F_DUMP).to_ne_bytes());
    put(8, &sequence.to_ne_bytes());
    put(19, &[1 << (INET_DIAG_INFO - 1)]);
    put(68, &ALL_STATES.to_ne_bytes());
    request
}

/// Reads one datagram of the answer to the request numbered `sequence` and gives every row to `visit`. Messages that
/// answer another request, or are of another kind or family, are passed over.
///
/// # Errors
/// A message that does not fit its datagram, and what the kernel itself reports.
pub fn parse_dump(
    datagram: &[u8],
    sequence: u32,
    mut visit: impl FnMut(DiagRow),
) -> Result<DumpProgress, InetDiagError> {
    parse_rows(datagram, sequence, |row| {
        if let Some(row) = parse_row(row) {
            visit(row);
        }
    })
}

/// Reads one datagram of events and gives every socket that was destroyed to `visit`.
///
/// # Errors
/// A message that does not fit its datagram.
pub fn parse_events(datagram: &[u8], mut visit: impl FnMut(Protocol, DiagRow)) -> Result<(), InetDiagError> {
    // Events answer nothing, and have no number.
    parse_rows(datagram, 0, |row| {
        let mut attributes = Attributes(row.get(ROW_BYTES..).unwrap_or_default());
        let protocol = attributes.find(|(kind, _)| *kind == INET_DIAG_PROTOCOL).and_then(|(_, value)| value.first());
        let protocol = match protocol {
            Some(&IPPROTO_TCP) => Protocol::Tcp,
            Some(&IPPROTO_UDP) => Protocol::Udp,
            _ => return,
        };
        if let Some(row) = parse_row(row) {
            visit(protocol, row);
        }
    })
    .map(|_| ())
}

fn parse_rows(datagram: &[u8], sequence: u32, mut visit: impl FnMut(&[u8])) -> Result<DumpProgress, InetDiagError> {
    let mut progress = DumpProgress::default();
    let mut offset = 0;
    while offset < datagram.len() {
        let rest = &datagram[offset..];
        let truncated = |claimed| InetDiagError::Truncated { offset, claimed, available: rest.len() };
        let length = u32_at(rest, 0).ok_or(truncated(HEADER_BYTES))? as usize;
        if length < HEADER_BYTES || length > rest.len() {
            return Err(truncated(length));
        }
        let message = &rest[..length];
        let kind = u16_at(message, 4).unwrap_or_default();
        let flags = u16_at(message, 6).unwrap_or_default();
        if u32_at(message, 8) == Some(sequence) {
            progress.was_interrupted |= flags & NLM_F_DUMP_INTR != 0;
            match kind {
                NLMSG_ERROR | NLMSG_DONE => {
                    // Both carry zero or a negative error number; an old kernel's DONE may be empty.
                    let code = u32_at(message, HEADER_BYTES).map_or(0, u32::cast_signed);
                    if code != 0 {
                        return Err(InetDiagError::Kernel(code.saturating_neg()));
                    }
                    if kind == NLMSG_DONE {
                        progress.is_done = true;
                        return Ok(progress);
                    }
                }
                NLMSG_OVERRUN => return Err(InetDiagError::Overrun),
                SOCK_DIAG_BY_FAMILY | TCPDIAG_GETSOCK => {
                    let row = &message[HEADER_BYTES..];
                    if row.len() < ROW_BYTES {
                        return Err(truncated(HEADER_BYTES + ROW_BYTES));
                    }
                    visit(row);
                }
                _ => {}
            }
        }
        offset += length.next_multiple_of(4);
    }
    Ok(progress)
}

fn parse_row(row: &[u8]) -> Option<DiagRow> {
    let family = *row.first()?;
    let state = *row.get(1)?;
    let port_at = |at: usize| Some(u16::from_be_bytes([*row.get(at)?, *row.get(at + 1)?]));
    let ip_at = |at: usize| match family {
        AF_INET => Some(IpAddr::V4(Ipv4Addr::from(*row.get(at..)?.first_chunk::<4>()?))),
        AF_INET6 => Some(IpAddr::V6(Ipv6Addr::from(*row.get(at..)?.first_chunk::<16>()?))),
        _ => None,
    };
    let is_listener = matches!(state, STATE_LISTEN | STATE_CLOSE);
    let (mut is_v6_only, mut cgroup, mut info) = (false, 0, None);
    for (kind, value) in Attributes(row.get(ROW_BYTES..)?) {
        match kind {
            INET_DIAG_SKV6ONLY => is_v6_only = value.first().is_some_and(|value| *value != 0),
            INET_DIAG_CGROUP_ID => cgroup = value.first_chunk().copied().map_or(0, u64::from_ne_bytes),
            // A listener's says other things in the same places.
            INET_DIAG_INFO if state != STATE_LISTEN => info = TcpInfo::parse(value),
            _ => {}
        }
    }
    Some(DiagRow {
        local: Endpoint::new(ip_at(8)?, port_at(4)?),
        remote: Endpoint::new(ip_at(24)?, port_at(6)?),
        state,
        is_time_wait: *row.get(2)? == TIMER_TIME_WAIT,
        is_v6_only: family == AF_INET6 && is_listener && is_v6_only,
        cookie: u64::from(u32_at(row, 44)?) | u64::from(u32_at(row, 48)?) << 32,
        uid: u32_at(row, 64)?,
        inode: u32_at(row, 68)?,
        interface: u32_at(row, 40)?,
        cgroup,
        info,
    })
}

/// The attributes of a row, each as its kind and its value. A malformed one ends them.
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(u16_at(self.0, 0)?);
        let kind = u16_at(self.0, 2)?;
        let value = self.0.get(4..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_ne_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes)
}

/// The state that the kernel's number stands for (`net/tcp_states.h`). A number this program does not know is
/// [`SocketState::Closed`].
#[must_use]
pub fn socket_state(protocol: Protocol, number: u8) -> SocketState {
    match (protocol, number) {
        (Protocol::Udp, 1) => SocketState::Connected,
        (Protocol::Udp, _) => SocketState::Unconnected,
        (Protocol::Tcp, 1) => SocketState::Established,
        (Protocol::Tcp, 2) => SocketState::SynSent,
        // 12 is a connection whose handshake has not ended and which has no socket of its own yet.
        (Protocol::Tcp, 3 | 12) => SocketState::SynReceived,
        (Protocol::Tcp, 4) => SocketState::FinWait1,
        (Protocol::Tcp, 5) => SocketState::FinWait2,
        (Protocol::Tcp, 6) => SocketState::TimeWait,
        (Protocol::Tcp, 8) => SocketState::CloseWait,
        (Protocol::Tcp, 9) => SocketState::LastAck,
        (Protocol::Tcp, STATE_LISTEN) => SocketState::Listen,
        (Protocol::Tcp, 11) => SocketState::Closing,
        (Protocol::Tcp, _) => SocketState::Closed,
    }
}

#[cfg(test)]
mod tests;
