//! Merges the two ends of connections within this machine: only the row of the connecting end is kept.
//!
//! Partners have the same two ports, so rows are first sorted by ports; addresses are only compared among rows with
//! equal ports.

use crate::model::{ConnectionKey, Direction, Endpoint, Protocol, SocketRow};

/// A connection, independent of the end: protocol, smaller endpoint, larger endpoint.
type Line = (Protocol, Endpoint, Endpoint);

/// The part of a connection that determines its partner.
#[derive(Clone, Copy, Debug)]
pub(super) struct PairRow {
    pub(super) key: ConnectionKey,
    /// Its direction, if known without its partner.
    pub(super) direction: Option<Direction>,
}

/// Marks rows to leave out, with one flag per row: like [`pair_ends`], for whole rows, and sets their directions.
#[must_use]
pub(super) fn mark_accepting_rows(connections: &mut [SocketRow]) -> Vec<bool> {
    let row = |connection: &SocketRow| PairRow { key: connection.key, direction: connection.direction };
    let mut rows: Vec<PairRow> = connections.iter().map(row).collect();
    let ends = pair_ends(&mut rows);
    for (connection, row) in connections.iter_mut().zip(rows) {
        connection.direction = row.direction;
    }
    ends.into_iter().map(|end| end == End::Accepting).collect()
}

/// The role of a row in a connection within this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The other end is not among the rows.
    Alone,
    /// Kept.
    Connecting,
    /// Left out.
    Accepting,
}

/// Finds partners among rows, and sets the direction of each connecting end to [`Direction::Out`]. The connecting end is the
/// one with that direction; if both or neither have it, the one with the higher port, because servers have low ports.
#[must_use]
pub(super) fn pair_ends(connections: &mut [PairRow]) -> Vec<End> {
    let mut ends = vec![End::Alone; connections.len()];
    let mut own_ips: Vec<_> = Vec::new();
    for connection in connections.iter() {
        // Consecutive rows mostly have the same address.
        if own_ips.last() != Some(&connection.key.local.ip) {
            own_ips.push(connection.key.local.ip);
        }
    }
    own_ips.sort_unstable();
    own_ips.dedup();
    let mut candidates: Vec<(u32, u32)> = Vec::new();
    for (row, connection) in connections.iter().enumerate() {
        if let (Some(remote), Ok(row)) = (connection.key.remote, u32::try_from(row))
            && own_ips.binary_search(&remote.ip).is_ok()
        {
            let (a, b) = (u32::from(connection.key.local.port), u32::from(remote.port));
            candidates.push((a.min(b) << 16 | a.max(b), row));
        }
    }
    candidates.sort_unstable();
    for same_ports in candidates.chunk_by_mut(|a, b| a.0 == b.0) {
        if let [_, _, _, ..] = same_ports {
            same_ports.sort_unstable_by_key(|(_, row)| (line(&connections[*row as usize].key), *row));
        }
        let mut rows = same_ports.iter().map(|(_, row)| *row as usize).peekable();
        while let Some(first) = rows.next() {
            let Some(second) = rows.peek().copied() else { break };
            if !are_partners(&connections[first].key, &connections[second].key) {
                continue;
            }
            rows.next();
            let accepting = if is_connecting(&connections[first], &connections[second]) { second } else { first };
            let connecting = first + second - accepting;
            (ends[accepting], ends[connecting]) = (End::Accepting, End::Connecting);
            connections[connecting].direction = Some(Direction::Out);
        }
    }
    ends
}

fn line(key: &ConnectionKey) -> Line {
    let remote = key.remote.unwrap_or(key.local);
    (key.protocol, key.local.min(remote), key.local.max(remote))
}

fn are_partners(a: &ConnectionKey, b: &ConnectionKey) -> bool {
    a.protocol == b.protocol && a.remote == Some(b.local) && b.remote == Some(a.local)
}

/// Whether `a` is the end that connected to `b`.
fn is_connecting(a: &PairRow, b: &PairRow) -> bool {
    match (a.direction, b.direction) {
        (Some(Direction::Out), Some(Direction::Out)) | (Some(Direction::In), Some(Direction::In)) => {
            (a.key.local.port, a.key.local.ip) > (b.key.local.port, b.key.local.ip)
        }
        (Some(Direction::In), _) | (_, Some(Direction::Out)) => false,
        (Some(Direction::Out), _) | (_, Some(Direction::In)) => true,
        _ => (a.key.local.port, a.key.local.ip) > (b.key.local.port, b.key.local.ip),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{HostId, Owner, OwnerMissing, SocketState};

    fn row(protocol: Protocol, local: (&str, u16), remote: (&str, u16), direction: Direction) -> SocketRow {
        let end = |(ip, port): (&str, u16)| Endpoint::new(ip.parse().unwrap(), port);
        SocketRow {
            key: ConnectionKey {
                host: HostId::THIS,
                protocol,
                local: end(local),
                remote: Some(end(remote)),
                identity: 1,
            },
            state: SocketState::Established,
            direction: Some(direction),
            owner: Owner::Missing(OwnerMissing::NotFound),
            uid: None,
            context: None,
            traffic: None,
            interface: None,
            simulated: None,
        }
    }

    #[test]
    fn one_row_stays_of_a_connection_within_this_machine() {
        use Direction::{In, Out};
        use Protocol::{Tcp, Udp};
        let client = ("127.0.0.1", 50_000);
        let server = ("127.0.0.1", 80);
        for (claim, rows, redundant) in [
            ("the accepting end goes", vec![row(Tcp, client, server, Out), row(Tcp, server, client, In)], vec![1]),
            ("the order does not matter", vec![row(Tcp, server, client, In), row(Tcp, client, server, Out)], vec![0]),
            ("a low connecting port", vec![row(Tcp, server, client, Out), row(Tcp, client, server, In)], vec![1]),
            ("no listener any more", vec![row(Tcp, server, client, Out), row(Tcp, client, server, Out)], vec![0]),
            ("both listen", vec![row(Tcp, server, client, In), row(Tcp, client, server, In)], vec![0]),
            ("connected UDP", vec![row(Udp, server, client, In), row(Udp, client, server, Out)], vec![0]),
            ("IPv6", vec![row(Tcp, ("::1", 80), ("::1", 81), In), row(Tcp, ("::1", 81), ("::1", 80), Out)], vec![0]),
            (
                "another protocol is no partner",
                vec![row(Udp, server, client, In), row(Tcp, client, server, Out)],
                vec![],
            ),
            ("one end alone", vec![row(Tcp, server, client, In)], vec![]),
            ("a peer elsewhere", vec![row(Tcp, client, ("81.2.69.142", 443), Out)], vec![]),
            ("connected to itself", vec![row(Tcp, client, client, Out)], vec![]),
            (
                "two addresses of ours",
                vec![
                    row(Tcp, ("10.0.0.1", 80), ("10.0.0.2", 50_000), In),
                    row(Tcp, ("10.0.0.2", 50_000), ("10.0.0.1", 80), Out),
                ],
                vec![0],
            ),
            (
                "many with the same ports",
                vec![
                    row(Tcp, ("127.0.0.2", 50_000), server, Out),
                    row(Tcp, ("127.0.0.3", 50_000), server, Out),
                    row(Tcp, server, ("127.0.0.4", 50_000), In),
                    row(Tcp, server, ("127.0.0.3", 50_000), In),
                    row(Tcp, server, ("127.0.0.2", 50_000), In),
                    row(Tcp, ("127.0.0.4", 50_000), server, Out),
                ],
                vec![2, 3, 4],
            ),
        ] {
            let mut rows = rows;
            let marks = mark_accepting_rows(&mut rows);
            let found: Vec<usize> = marks.iter().enumerate().filter_map(|(i, mark)| mark.then_some(i)).collect();
            assert_eq!(found, redundant, "{claim}");
            if !redundant.is_empty() {
                let kept = rows.iter().zip(&marks).filter(|(_, mark)| !**mark);
                for (connection, _) in kept {
                    assert_eq!(connection.direction, Some(Out), "{claim}");
                }
            }
        }
    }
}
