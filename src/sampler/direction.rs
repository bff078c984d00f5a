//! Which end opened a connection, told from what listens on this machine.
//!
//! A connection is inbound when a listener of its protocol has its local port, and serves its local address and family.
//! What was told once is kept for as long as the socket lives: a server may stop listening while its connections go on.

use super::hashing::NumberMap;
use crate::model::{Direction, Endpoint, Protocol};
use std::{
    collections::hash_map::Entry,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Everything that waits for peers, sorted by protocol and port.
#[derive(Debug, Default)]
pub(super) struct ListeningSet {
    listeners: Vec<(Protocol, u16, IpAddr, bool)>,
}

impl ListeningSet {
    /// Forgets all listeners, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.listeners.clear();
    }

    /// Adds a listener. `is_v6_only` matters for one on all IPv6 addresses alone.
    pub(super) fn add(&mut self, protocol: Protocol, local: Endpoint, is_v6_only: bool) {
        self.listeners.push((protocol, local.port, local.ip, is_v6_only));
    }

    /// To be called between the last [`ListeningSet::add`] and the first [`ListeningSet::direction`].
    pub(super) fn sort(&mut self) {
        self.listeners.sort_unstable();
    }

    /// Direction of a connection that has a peer and whose own end is `local`.
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

/// What [`DirectionMemory`] says of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recalled {
    /// Its direction; `None` for a listener.
    Direction(Option<Direction>),
    /// This snapshot had the socket already: the kernel may list one twice while it changes.
    Again,
}

/// TIME_WAIT, what the kernel remembers of a TCP socket that is gone.
const STATE_TIME_WAIT: u8 = 6;
/// For how many snapshots a departed socket is remembered: that it was destroyed may be told a little later.
const REMEMBERED: u32 = 32;

#[derive(Debug)]
struct Remembered {
    direction: Option<Direction>,
    generation: u32,
    /// The kernel's number of its state.
    state: u8,
    /// Its last state but for TIME_WAIT; 0 if it had none since it was first seen.
    live_state: u8,
}

/// What is known of a socket that was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// No snapshot had it.
    Unseen,
    /// This snapshot still has it.
    Present,
    /// An earlier snapshot had it, last in this state where that is known.
    Gone(Option<u8>),
}

/// The direction of every socket that was there last time, by its cookie.
#[derive(Debug, Default)]
pub(super) struct DirectionMemory {
    known: NumberMap<u64, Remembered>,
    /// Sockets that were there and are not any more, with the snapshot that did not have them.
    departed: NumberMap<u64, u32>,
    /// Number of the snapshot; only neighbours are compared, so that it may wrap around.
    generation: u32,
    seen: usize,
}

impl DirectionMemory {
    /// Begins a snapshot.
    pub(super) fn begin(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        self.seen = 0;
    }

    /// The direction of the socket `cookie`, which is in the kernel's `state`: what it was, or else what `tell` says, if
    /// it has a peer.
    pub(super) fn recall(
        &mut self,
        cookie: u64,
        state: u8,
        has_peer: bool,
        tell: impl FnOnce() -> Direction,
    ) -> Recalled {
        let live_state = if state == STATE_TIME_WAIT { 0 } else { state };
        match self.known.entry(cookie) {
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                if known.generation == self.generation {
                    return Recalled::Again;
                }
                known.generation = self.generation;
                known.state = state;
                if live_state != 0 {
                    known.live_state = live_state;
                }
                // A UDP socket may have got its peer, or lost it, since.
                if known.direction.is_some() != has_peer {
                    known.direction = has_peer.then(tell);
                }
                self.seen += 1;
                Recalled::Direction(known.direction)
            }
            Entry::Vacant(entry) => {
                let direction = has_peer.then(tell);
                entry.insert(Remembered { direction, generation: self.generation, state, live_state });
                self.seen += 1;
                Recalled::Direction(direction)
            }
        }
    }

    /// What the snapshots, up to this one, say of a socket that was destroyed.
    pub(super) fn fate(&self, cookie: u64) -> Fate {
        match self.known.get(&cookie) {
            Some(known) if known.generation == self.generation && known.state != STATE_TIME_WAIT => Fate::Present,
            Some(known) if known.live_state != 0 => Fate::Gone(Some(known.live_state)),
            // What remains of it alone was seen, or nothing.
            _ if !self.departed.contains_key(&cookie) => Fate::Unseen,
            _ => Fate::Gone(None),
        }
    }

    /// Forgets the sockets that this snapshot did not have. To be called after [`DirectionMemory::fate`].
    pub(super) fn end(&mut self) {
        let generation = self.generation;
        if !self.departed.is_empty() {
            self.departed.retain(|_, since| generation.wrapping_sub(*since) < REMEMBERED);
        }
        if self.known.len() > self.seen {
            let departed = &mut self.departed;
            self.known.retain(|cookie, known| {
                let stays = known.generation == generation;
                if !stays && known.live_state != 0 {
                    departed.insert(*cookie, generation);
                }
                stays
            });
        }
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

    #[test]
    fn a_direction_stays_when_the_listener_goes() {
        let mut memory = DirectionMemory::default();
        memory.begin();
        assert_eq!(memory.recall(7, 1, true, || Direction::In), Recalled::Direction(Some(Direction::In)));
        assert_eq!(memory.recall(8, 1, false, || Direction::In), Recalled::Direction(None));
        memory.end();
        memory.begin();
        assert_eq!(memory.recall(7, 1, true, || Direction::Out), Recalled::Direction(Some(Direction::In)));
        assert_eq!(
            memory.recall(8, 1, true, || Direction::Out),
            Recalled::Direction(Some(Direction::Out)),
            "it has a peer now"
        );
        memory.end();
        memory.begin();
        memory.end();
        memory.begin();
        assert_eq!(
            memory.recall(7, 1, true, || Direction::Out),
            Recalled::Direction(Some(Direction::Out)),
            "another socket, years later"
        );
    }

    #[test]
    fn a_socket_listed_twice_is_taken_once() {
        let mut memory = DirectionMemory::default();
        memory.begin();
        assert_eq!(memory.recall(7, 1, true, || Direction::In), Recalled::Direction(Some(Direction::In)));
        assert_eq!(memory.recall(7, 1, true, || Direction::In), Recalled::Again);
    }

    #[test]
    fn a_destroyed_socket_was_seen_or_was_not() {
        let mut memory = DirectionMemory::default();
        let mut look = |sockets: &[(u64, u8)], fates: &[(u64, Fate)]| {
            memory.begin();
            for (cookie, state) in sockets {
                memory.recall(*cookie, *state, true, || Direction::Out);
            }
            for (cookie, fate) in fates {
                assert_eq!(memory.fate(*cookie), *fate, "cookie {cookie}");
            }
            memory.end();
        };
        look(&[(1, 1), (2, 8), (3, 6)], &[(1, Fate::Present), (3, Fate::Unseen), (4, Fate::Unseen)]);
        look(&[(1, 6), (3, 6)], &[(1, Fate::Gone(Some(1))), (2, Fate::Gone(Some(8))), (3, Fate::Unseen)]);
        // Told late.
        look(&[(3, 6)], &[(1, Fate::Gone(Some(1))), (2, Fate::Gone(None)), (3, Fate::Unseen)]);
        for _ in 0..=REMEMBERED {
            look(&[], &[]);
        }
        assert!(memory.departed.is_empty(), "memory is bounded");
    }
}
