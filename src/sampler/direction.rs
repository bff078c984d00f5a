//! Which end opened a connection, determined from the listeners of this machine.
//!
//! A connection is inbound when a listener of its protocol has its local port, and serves its local address and family.

use crate::model::{Direction, Endpoint, Protocol};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// All listening sockets, sorted by protocol and port.
#[derive(Debug, Default)]
pub(super) struct ListeningSet {
    listeners: Vec<(Protocol, u16, IpAddr, bool)>,
}

impl ListeningSet {
    /// Number of listeners.
    #[cfg(target_os = "linux")]
    pub(super) fn len(&self) -> usize {
        self.listeners.len()
    }

    /// Drops all but the first `count` listeners added since the last sort.
    #[cfg(target_os = "linux")]
    pub(super) fn truncate(&mut self, count: usize) {
        self.listeners.truncate(count);
    }

    /// Adds a listener. `is_v6_only` only matters for a listener on all IPv6 addresses.
    pub(super) fn add(&mut self, protocol: Protocol, local: Endpoint, is_v6_only: bool) {
        self.listeners.push((protocol, local.port, local.ip, is_v6_only));
    }

    /// Must be called between the last [`ListeningSet::add`] and the first [`ListeningSet::direction`].
    pub(super) fn sort(&mut self) {
        self.listeners.sort_unstable();
    }

    /// Direction of a connection with the local endpoint `local`.
    pub(super) fn direction(&self, protocol: Protocol, local: Endpoint) -> Direction {
        let begin = self.listeners.partition_point(|(p, port, ..)| (*p, *port) < (protocol, local.port));
        let same_port =
            self.listeners[begin..].iter().take_while(|(p, port, ..)| (*p, *port) == (protocol, local.port));
        for (_, _, ip, is_v6_only) in same_port {
            let serves = *ip == local.ip
                || match local.ip {
                    IpAddr::V4(_) => *ip == Ipv4Addr::UNSPECIFIED || (*ip == Ipv6Addr::UNSPECIFIED && !is_v6_only),
                    IpAddr::V6(_) => *ip == Ipv6Addr::UNSPECIFIED,
                };
            if serves {
                return Direction::In;
            }
        }
        Direction::Out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(ip: &str, port: u16) -> Endpoint {
        Endpoint::new(ip.parse().unwrap(), port)
    }

    #[test]
    fn a_connection_is_inbound_when_a_listener_serves_its_end() {
        use Direction::{In, Out};
        use Protocol::{Tcp, Udp};
        for (listener, is_v6_only, local, direction) in [
            ((Tcp, "0.0.0.0", 80), false, (Tcp, "192.168.1.5", 80), In),
            ((Tcp, "0.0.0.0", 80), false, (Tcp, "192.168.1.5", 81), Out),
            ((Tcp, "0.0.0.0", 80), false, (Udp, "192.168.1.5", 80), Out),
            ((Tcp, "0.0.0.0", 80), false, (Tcp, "2001:db8::1", 80), Out),
            ((Tcp, "127.0.0.1", 80), false, (Tcp, "192.168.1.5", 80), Out),
            ((Tcp, "127.0.0.1", 80), false, (Tcp, "127.0.0.1", 80), In),
            ((Tcp, "::", 80), false, (Tcp, "192.168.1.5", 80), In),
            ((Tcp, "::", 80), true, (Tcp, "192.168.1.5", 80), Out),
            ((Tcp, "::", 80), true, (Tcp, "2001:db8::1", 80), In),
            ((Tcp, "2001:db8::1", 80), false, (Tcp, "2001:db8::1", 80), In),
            ((Tcp, "::ffff:192.168.1.5", 80), false, (Tcp, "192.168.1.5", 80), In),
            ((Udp, "0.0.0.0", 53), false, (Udp, "192.168.1.5", 53), In),
        ] {
            let mut set = ListeningSet::default();
            set.add(Tcp, end("0.0.0.0", 22), false);
            set.add(listener.0, end(listener.1, listener.2), is_v6_only);
            set.add(Udp, end("0.0.0.0", 5353), false);
            set.sort();
            assert_eq!(set.direction(local.0, end(local.1, local.2)), direction, "{listener:?} {local:?}");
        }
    }
}
