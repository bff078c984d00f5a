//! Encodes requests and decodes messages of `NETLINK_SOCK_DIAG` for internet sockets.
//!
//! Works on bytes, without sockets or clocks. Decoding terminates for any input and never panics, and an invalid length
//! is an error. Layouts: `linux/netlink.h` (`nlmsghdr`, 16 bytes) and `linux/inet_diag.h` (`inet_diag_req_v2`, 56
//! bytes; `inet_diag_msg`, 72 bytes, then attributes). Numbers are in native byte order, ports and addresses in network
//! byte order.

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
/// States 1 to 12. State 13, a bound but unused TCP socket, is neither a connection nor a listener.
const ALL_STATES: u32 = 0x1ffe;
/// The attribute with `struct tcp_info`, and its number in a request.
const INET_DIAG_INFO: u16 = 2;
const INET_DIAG_PROTOCOL: u16 = 10;
const INET_DIAG_SKV6ONLY: u16 = 11;
/// Included without being requested, since Linux 5.9.
const INET_DIAG_CGROUP_ID: u16 = 21;

/// Kernel number of an unconnected UDP socket (`TCP_CLOSE`).
const STATE_CLOSE: u8 = 7;
/// Kernel number of a listening TCP socket.
const STATE_LISTEN: u8 = 10;
/// Timer of TIME_WAIT entries, which sockets never have.
const TIMER_TIME_WAIT: u8 = 3;

/// Address family of a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4 sockets.
    V4,
    /// IPv6 sockets, including dual-stack ones.
    V6,
    /// Both families, possible only for TCP: the kernel walks its table once instead of twice.
    Both,
}

/// A socket in a kernel list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiagRow {
    /// Local endpoint, canonical.
    pub local: Endpoint,
    /// Remote endpoint, canonical; unspecified with port 0 if there is none.
    pub remote: Endpoint,
    /// Kernel state number: 1 to 12, for UDP 1 (connected) or 7.
    pub state: u8,
    /// Whether it is an entry that the kernel keeps after a TCP socket was destroyed (TIME_WAIT, or FIN_WAIT2 without a
    /// process). It has neither counters nor an owner, and its cookie may differ from that of the socket.
    pub is_time_wait: bool,
    /// Whether an IPv6 listener refuses IPv4 peers.
    pub is_v6_only: bool,
    /// The socket's cookie.
    pub cookie: u64,
    /// User; not filled in if `inode` is 0.
    pub uid: u32,
    /// Inode; 0 if no process holds the socket.
    pub inode: u32,
    /// Index of the interface that it is bound to, for example with a link-local address; 0 for none.
    pub interface: u32,
    /// Inode of the directory of its control group (version 2); 0 if the kernel does not report it.
    pub cgroup: u64,
    /// Counters of a TCP connection; `None` in TIME_WAIT, before the handshake is complete, and for listeners.
    pub info: Option<TcpInfo>,
}

/// Progress of a dump after a datagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DumpProgress {
    /// The kernel has reported the end of the dump.
    pub is_done: bool,
    /// The kernel has reported that its tables changed during the dump: rows may be missing or duplicated.
    pub was_interrupted: bool,
}

/// An answer that cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InetDiagError {
    /// A message is shorter than its stated length.
    #[error("the message at byte {offset} says it has {claimed} bytes, there are {available}")]
    Truncated {
        /// Offset of the message.
        offset: usize,
        /// Length stated in its header, or required for its kind.
        claimed: usize,
        /// Number of available bytes.
        available: usize,
    },
    /// The kernel answered with an error.
    #[error("error number {0}")]
    Kernel(i32),
    /// The kernel dropped messages.
    #[error("messages were lost")]
    Overrun,
}

/// A request for all sockets of a family and protocol, with the given sequence number; for TCP including counters. Both
/// families of TCP need the older request (`inet_diag_req`, 60 bytes), the only one without a family.
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

/// Decodes a datagram of the answer to the request with this `sequence`, and passes every row to `visit`. Skips
/// messages of other requests, kinds or families.
///
/// # Errors
/// If a message exceeds its datagram, or the kernel reports an error.
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

/// Decodes a datagram of events, and passes every destroyed socket to `visit`.
///
/// # Errors
/// If a message exceeds its datagram.
pub fn parse_events(datagram: &[u8], mut visit: impl FnMut(Protocol, DiagRow)) -> Result<(), InetDiagError> {
    // Events do not answer a request, so their sequence number is 0.
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
                    // Both contain zero or a negative error number; DONE of old kernels may be empty.
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
            // For listeners, these fields have other meanings.
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

/// Iterates over the attributes of a row, as type and value. Stops at a malformed one.
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

/// The state for a kernel state number (`net/tcp_states.h`). An unknown number is [`SocketState::Closed`].
#[must_use]
pub fn socket_state(protocol: Protocol, number: u8) -> SocketState {
    match (protocol, number) {
        (Protocol::Udp, 1) => SocketState::Connected,
        (Protocol::Udp, _) => SocketState::Unconnected,
        (Protocol::Tcp, 1) => SocketState::Established,
        (Protocol::Tcp, 2) => SocketState::SynSent,
        // 12 is a connection whose handshake is not complete and which has no socket yet.
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
