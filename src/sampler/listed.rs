//! Converts a plain list of sockets to rows: adds directions and owners, and merges both ends of local connections.
//!
//! For sources that always list all sockets: each sample is a complete snapshot. Only the identities of TCP sockets are
//! remembered, because a socket that its process has closed still has its peer but no inode.

use super::{
    direction::ListeningSet,
    local_pairs::mark_accepting_rows,
    owners::{Found, Owners},
};
use crate::model::{
    ConnectionKey, Degradation, Direction, Endpoint, HostId, Owner, OwnerMissing, Protocol, SocketRow, SocketState,
};
use std::collections::{HashMap, HashSet};

/// A socket of a list.
#[derive(Clone, Debug)]
pub(super) struct ListedSocket<C> {
    pub(super) protocol: Protocol,
    pub(super) local: Endpoint,
    /// The remote endpoint; `None` for a listener, or if the list does not report it.
    pub(super) remote: Option<Endpoint>,
    pub(super) state: SocketState,
    /// Distinguishes sockets with equal endpoints; 0 if the system has no such number.
    pub(super) identity: u64,
    /// Its user, if reported.
    pub(super) uid: Option<u32>,
    /// Identifies its owner.
    pub(super) clue: C,
}

/// State kept between samples.
#[derive(Debug)]
pub(super) struct Listed<O> {
    owners: O,
    found: Vec<Found>,
    identities: HashMap<(Endpoint, Endpoint), u64>,
}

impl<O: Owners> Listed<O> {
    /// Starts without known sockets; `owners` finds the owners of sockets.
    pub(super) fn new(owners: O) -> Self {
        Self { owners, found: Vec::new(), identities: HashMap::new() }
    }

    /// The rows of a sample, and what is unknown about their owners.
    pub(super) fn rows(&mut self, sockets: Vec<ListedSocket<O::Clue>>) -> (Vec<SocketRow>, Vec<Degradation>) {
        let mut listening = ListeningSet::default();
        for socket in sockets.iter().filter(|socket| socket.state.is_listening()) {
            listening.add(socket.protocol, socket.local, false);
        }
        listening.sort();
        let mut known = HashSet::with_capacity(sockets.len());
        let mut rows = Vec::with_capacity(sockets.len());
        let mut clues = Vec::with_capacity(sockets.len());
        for socket in sockets {
            let row = self.row(&socket, &listening);
            // A list that changes while it is read may contain a socket twice.
            if known.insert(row.key) {
                rows.push(row);
                clues.push(socket.clue);
            }
        }
        let degradations = self.owners.resolve(&clues, &mut self.found);
        for (row, found) in rows.iter_mut().zip(self.found.drain(..)) {
            (row.owner, row.context) = (found.owner, found.context);
        }
        self.remember(&rows);
        let is_redundant = mark_accepting_rows(&mut rows);
        let mut marks = is_redundant.iter();
        rows.retain(|_| marks.next() == Some(&false));
        (rows, degradations)
    }

    fn row(&self, socket: &ListedSocket<O::Clue>, listening: &ListeningSet) -> SocketRow {
        let ListedSocket { protocol, local, remote, state, .. } = *socket;
        let direction = match remote {
            _ if state.is_listening() => None,
            Some(_) => Some(listening.direction(protocol, local)),
            None => Some(Direction::Unknown),
        };
        let remembered =
            || (protocol == Protocol::Tcp).then(|| self.identities.get(&(local, remote?)).copied()).flatten();
        let identity = if socket.identity == 0 { remembered().unwrap_or(0) } else { socket.identity };
        SocketRow {
            key: ConnectionKey { host: HostId::THIS, protocol, local, remote, identity },
            state,
            direction,
            // Replaced when the owner is found.
            owner: Owner::Missing(OwnerMissing::NotFound),
            uid: socket.uid,
            context: None,
            traffic: None,
            interface: None,
            simulated: None,
        }
    }

    fn remember(&mut self, rows: &[SocketRow]) {
        let tcp = rows.iter().filter(|row| row.key.protocol == Protocol::Tcp && row.key.identity != 0);
        self.identities = tcp.filter_map(|row| Some(((row.key.local, row.key.remote?), row.key.identity))).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reports no owners and records every clue.
    #[derive(Debug, Default)]
    struct Nobody(Vec<u8>);

    impl Owners for Nobody {
        type Clue = u8;

        fn resolve(&mut self, sockets: &[u8], found: &mut Vec<Found>) -> Vec<Degradation> {
            self.0 = sockets.to_vec();
            let nobody = Found { owner: Owner::Missing(OwnerMissing::NoProcess), context: None };
            found.clear();
            found.resize(sockets.len(), nobody);
            Vec::new()
        }
    }

    fn end(ip: [u8; 4], port: u16) -> Endpoint {
        Endpoint::new(ip.into(), port)
    }

    fn socket(local: Endpoint, remote: Option<Endpoint>, identity: u64) -> ListedSocket<u8> {
        let state = if remote.is_some() { SocketState::Established } else { SocketState::Listen };
        ListedSocket { protocol: Protocol::Tcp, local, remote, state, identity, uid: None, clue: identity as u8 }
    }

    #[test]
    fn a_listener_makes_a_peer_inbound_and_an_unreported_one_is_of_unknown_direction() {
        let (here, there) = (end([10, 0, 0, 1], 80), Some(end([81, 2, 69, 142], 4000)));
        let unreported =
            ListedSocket { protocol: Protocol::Udp, state: SocketState::Unknown, ..socket(end([0; 4], 68), None, 4) };
        let rows = [
            socket(end([0; 4], 80), None, 1),
            socket(here, there, 2),
            socket(end([10, 0, 0, 1], 81), there, 3),
            unreported,
        ];
        let (found, _) = Listed::new(Nobody::default()).rows(rows.to_vec());
        let directions: Vec<_> = found.iter().map(|row| row.direction).collect();
        assert_eq!(directions, [None, Some(Direction::In), Some(Direction::Out), Some(Direction::Unknown)]);
    }

    #[test]
    fn a_socket_that_lost_its_number_keeps_that_of_the_sample_before_and_one_listed_twice_is_one() {
        let (here, there) = (end([10, 0, 0, 1], 80), Some(end([81, 2, 69, 142], 4000)));
        let mut listed = Listed::new(Nobody::default());
        let mut sample = |rows: &[ListedSocket<u8>]| {
            let (found, _) = listed.rows(rows.to_vec());
            let identities: Vec<u64> = found.iter().map(|row| row.key.identity).collect();
            (identities, listed.owners.0.clone())
        };
        assert_eq!(sample(&[socket(here, there, 7), socket(here, there, 7)]), (vec![7], vec![7]));
        for _ in 0..2 {
            assert_eq!(sample(&[socket(here, there, 0)]), (vec![7], vec![0]), "its owner is asked for as it is now");
        }
        assert_eq!(sample(&[]), (vec![], vec![]));
        assert_eq!(sample(&[socket(here, there, 0)]).0, [0], "another one, later");
    }
}
