//! Parses one of the kernel's socket tables.
//!
//! Each line is a row: number, local address, remote address, state, queues, timers, retransmits, user, timeouts,
//! inode. Addresses are 32-bit words in native byte order, ports are numbers; all are hexadecimal.

use crate::{
    model::{Endpoint, Protocol},
    sampler::{
        linux::{inet_diag::socket_state, owners::SocketRef},
        listed::ListedSocket,
    },
};
use std::net::IpAddr;

/// Appends the sockets of a table, and returns the number of invalid rows; `None` if it is not such a table.
pub(in crate::sampler::linux) fn read(
    text: &[u8],
    protocol: Protocol,
    sockets: &mut Vec<ListedSocket<SocketRef>>,
) -> Option<usize> {
    let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let heading = std::str::from_utf8(lines.next()?).ok()?;
    if !heading.contains("local_address") {
        return None;
    }
    let before = sockets.len();
    let rows = lines.inspect(|line| sockets.extend(row(line, protocol))).count();
    Some(rows - (sockets.len() - before))
}

fn row(line: &[u8], protocol: Protocol) -> Option<ListedSocket<SocketRef>> {
    let mut fields = std::str::from_utf8(line).ok()?.split_ascii_whitespace().skip(1);
    let (local, remote) = (endpoint(fields.next()?)?, endpoint(fields.next()?)?);
    let state = socket_state(protocol, u8::from_str_radix(fields.next()?, 16).ok()?);
    let uid = fields.nth(3)?.parse().ok()?;
    let inode: u32 = fields.nth(1)?.parse().ok()?;
    Some(ListedSocket {
        protocol,
        local,
        remote: (!state.is_listening()).then_some(remote),
        state,
        identity: inode.into(),
        // For a socket closed by its process, user 0 only means that it is not filled in.
        uid: (inode != 0).then_some(uid),
        clue: SocketRef { inode, uid, cgroup: 0 },
    })
}

/// `0100007F:0016` is 127.0.0.1, port 22, on a little-endian machine.
fn endpoint(text: &str) -> Option<Endpoint> {
    let (address, port) = text.split_once(':')?;
    let word = |at: usize| Some(u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    let ip = match address.len() {
        8 => IpAddr::from(word(0)?),
        32 => {
            let mut bytes = [0; 16];
            for (part, bytes) in bytes.chunks_exact_mut(4).enumerate() {
                bytes.copy_from_slice(&word(part * 8)?);
            }
            IpAddr::from(bytes)
        }
        _ => return None,
    };
    Some(Endpoint::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SocketState;
    use proptest::prelude::*;

    const HEADING: &str =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    /// An address in the kernel's format on this machine.
    fn written(ip: &str) -> String {
        let bytes = match ip.parse().unwrap() {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        };
        bytes.chunks_exact(4).map(|word| format!("{:08X}", u32::from_ne_bytes(word.try_into().unwrap()))).collect()
    }

    fn line(local: (&str, u16), remote: (&str, u16), state: u8, uid: u32, inode: u32) -> String {
        format!(
            " 6575: {}:{:04X} {}:{:04X} {state:02X} 00000000:00000000 00:00000000 00000000 {uid:5}        0 {inode} 2 \
             00000000f49d89cd 0\n",
            written(local.0),
            local.1,
            written(remote.0),
            remote.1
        )
    }

    fn one(protocol: Protocol, line: &str) -> ListedSocket<SocketRef> {
        let mut sockets = Vec::new();
        assert_eq!(read(format!("{HEADING}{line}").as_bytes(), protocol, &mut sockets), Some(0), "{line}");
        assert_eq!(sockets.len(), 1);
        sockets.remove(0)
    }

    #[test]
    fn a_row_is_a_socket() {
        use Protocol::{Tcp, Udp};
        for (protocol, local, remote, number, inode, state) in [
            (Tcp, "127.0.0.1", "0.0.0.0", 10, 7, SocketState::Listen),
            (Tcp, "10.1.2.3", "81.2.69.142", 1, 8, SocketState::Established),
            (Tcp, "2001:db8::1", "2001:218::1", 6, 0, SocketState::TimeWait),
            (Tcp, "fe80::1", "fe80::2", 8, 9, SocketState::CloseWait),
            (Udp, "0.0.0.0", "0.0.0.0", 7, 9, SocketState::Unconnected),
            (Udp, "10.1.2.3", "81.2.69.142", 1, 9, SocketState::Connected),
        ] {
            let socket = one(protocol, &line((local, 0x0102), (remote, 0xfffe), number, 1000, inode));
            let end = |ip: &str, port| Endpoint::new(ip.parse().unwrap(), port);
            assert_eq!((socket.local, socket.state), (end(local, 0x0102), state));
            let has_peer = !state.is_listening();
            assert_eq!(socket.remote, has_peer.then(|| end(remote, 0xfffe)), "{state:?}");
            assert_eq!((socket.identity, socket.uid), (inode.into(), (inode != 0).then_some(1000)));
            assert_eq!(socket.clue, SocketRef { inode, uid: 1000, cgroup: 0 });
        }
        let mapped = one(Tcp, &line(("::ffff:10.1.2.3", 1), ("::ffff:81.2.69.142", 2), 1, 0, 3));
        assert_eq!(mapped.local.ip, IpAddr::from([10, 1, 2, 3]), "IPv4 as IPv4");
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn the_kernels_own_lines_are_understood() {
        let tunnel = one(
            Protocol::Udp,
            " 6575: 00000000:12B5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 55817 2 \
             00000000f49d89cd 0         ",
        );
        assert_eq!((tunnel.local, tunnel.clue.inode), (Endpoint::new([0; 4].into(), 4789), 55817));
        let ssh = one(
            Protocol::Tcp,
            "   1: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 \
             00:00000000 00000000     0        0 1042 1 0000000000000000 100 0 0 10 0",
        );
        assert_eq!((ssh.local.to_string(), ssh.state), ("[::1]:22".to_owned(), SocketState::Listen));
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[0-9A-F: \n\u{e9}]{0,300}") {
            let mut sockets = Vec::new();
            prop_assert!(read(text.as_bytes(), Protocol::Tcp, &mut sockets).is_none());
            let rows = text.lines().filter(|line| !line.is_empty()).count();
            let unreadable = read(format!("{HEADING}{text}").as_bytes(), Protocol::Tcp, &mut sockets);
            prop_assert_eq!(unreadable.map(|unreadable| unreadable + sockets.len()), Some(rows));
        }
    }
}
