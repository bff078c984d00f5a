//! Tests with synthetic samples: new, changed, closed, paired and destroyed sockets.

use super::*;
use crate::model::Endpoint;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn end(port: u16) -> Endpoint {
    Endpoint::new([10, 0, 0, 1].into(), port)
}

fn far(port: u16) -> Endpoint {
    Endpoint::new([81, 2, 69, 142].into(), port)
}

/// A connection from `port` to a remote peer.
fn row(cookie: u64, port: u16, state: u8) -> DiagRow {
    DiagRow {
        local: end(port),
        remote: far(443),
        state,
        is_time_wait: state == STATE_TIME_WAIT,
        is_v6_only: false,
        cookie,
        uid: 0,
        inode: u32::from(port),
        interface: 0,
        cgroup: 0,
        info: None,
    }
}

fn listener(cookie: u64, port: u16) -> DiagRow {
    DiagRow {
        local: Endpoint::new([0, 0, 0, 0].into(), port),
        remote: Endpoint::new([0, 0, 0, 0].into(), 0),
        ..row(cookie, port, 10)
    }
}

/// Takes a sample of one list; returns the cookies of reported sockets, and the keys that are gone.
fn sample(sockets: &mut KnownSockets, rows: &[DiagRow]) -> (Vec<u64>, Vec<u64>) {
    let mut changes = Changes::default();
    sockets.begin();
    sockets.begin_list(Protocol::Tcp);
    rows.iter().for_each(|row| sockets.row(*row));
    sockets.end_list();
    sockets.settle(&mut changes);
    changes.changed.sort_unstable();
    changes.changed.dedup();
    let mut reported: Vec<u64> =
        changes.changed.iter().filter_map(|slot| sockets.report(*slot).map(|known| known.row.cookie)).collect();
    reported.sort_unstable();
    let departed = changes.departed.iter().filter(|it| it.is_reported).map(Departed::key);
    let mut gone: Vec<u64> = changes.gone.iter().copied().chain(departed).map(|key| key.identity).collect();
    gone.sort_unstable();
    (reported, gone)
}

fn direction(sockets: &mut KnownSockets, cookie: u64) -> Option<Direction> {
    let slot = sockets.by_cookie[&cookie];
    sockets.report(slot).expect("it is reported").direction
}

const NOTHING: [u64; 0] = [];

#[test]
fn what_is_new_other_or_gone_is_reported_and_the_rest_is_not() {
    let mut sockets = KnownSockets::default();
    let rows = [row(1, 1, 1), row(2, 2, 1), row(3, 3, 1)];
    assert_eq!(sample(&mut sockets, &rows), (vec![1, 2, 3], NOTHING.into()));
    assert_eq!(sample(&mut sockets, &rows), (NOTHING.into(), NOTHING.into()));
    let reversed = [row(3, 3, 1), row(2, 2, 1), row(1, 1, 1)];
    assert_eq!(sample(&mut sockets, &reversed), (NOTHING.into(), NOTHING.into()), "the order does not matter");
    assert_eq!(sample(&mut sockets, &[row(1, 1, 8), row(3, 3, 1), row(4, 4, 1)]), (vec![1, 4], vec![2]));
    assert_eq!(sample(&mut sockets, &[row(4, 4, 1)]), (NOTHING.into(), vec![1, 3]));
    assert_eq!(sockets.refs().iter().filter(|it| it.inode != 0).count(), 1);
}

#[test]
fn a_socket_listed_twice_is_reported_once() {
    let mut sockets = KnownSockets::default();
    assert_eq!(sample(&mut sockets, &[row(7, 7, 1), row(7, 7, 1)]), (vec![7], NOTHING.into()));
    assert_eq!(sample(&mut sockets, &[row(7, 7, 1), row(8, 8, 1), row(7, 7, 4)]), (vec![8], NOTHING.into()));
    assert_eq!(sample(&mut sockets, &[row(7, 7, 1), row(8, 8, 1)]), (NOTHING.into(), NOTHING.into()));
}

#[test]
fn a_list_that_is_read_again_counts_once() {
    let mut sockets = KnownSockets::default();
    sample(&mut sockets, &[row(1, 1, 1), row(2, 2, 1)]);
    let mut changes = Changes::default();
    sockets.begin();
    sockets.begin_list(Protocol::Tcp);
    for row in [listener(9, 3), row(1, 1, 8), row(2, 2, 1), row(3, 3, 1)] {
        sockets.row(row);
    }
    sockets.restart();
    sockets.row(row(1, 1, 1));
    sockets.end_list();
    sockets.settle(&mut changes);
    let departed: Vec<u64> = changes.departed.iter().map(|departed| departed.row.cookie).collect();
    assert_eq!((changes.changed, departed), (vec![], vec![2]), "what the first reading said is forgotten");
    assert_eq!(sockets.presence(3), Presence::Absent);
    assert_eq!(sockets.direction(Protocol::Tcp, &row(3, 3, 1)), Direction::Out, "and so is its listener");
}

#[test]
fn a_direction_stays_when_the_listener_goes() {
    let mut sockets = KnownSockets::default();
    sample(&mut sockets, &[listener(1, 80), row(2, 80, 1), row(3, 81, 1)]);
    let directions = |sockets: &mut KnownSockets| [2, 3].map(|cookie| direction(sockets, cookie));
    let expected = [Some(Direction::In), Some(Direction::Out)];
    assert_eq!(directions(&mut sockets), expected);
    sample(&mut sockets, &[row(2, 80, 1), row(3, 81, 1)]);
    assert_eq!(directions(&mut sockets), expected);
    sample(&mut sockets, &[row(3, 81, 1)]);
    sample(&mut sockets, &[row(2, 80, 1), row(3, 81, 1)]);
    assert_eq!(directions(&mut sockets), [Some(Direction::Out); 2], "another socket, years later");
}

#[test]
fn a_socket_that_gets_a_peer_is_another_connection() {
    let mut sockets = KnownSockets::default();
    assert_eq!(sample(&mut sockets, &[listener(1, 80)]), (vec![1], NOTHING.into()));
    assert_eq!(sample(&mut sockets, &[row(1, 80, 1)]), (vec![1], vec![1]));
    assert_eq!(direction(&mut sockets, 1), Some(Direction::Out));
    assert_eq!(sample(&mut sockets, &[row(1, 80, 1)]), (NOTHING.into(), NOTHING.into()));
}

#[test]
fn the_accepting_end_is_reported_when_the_connecting_one_goes() {
    let mut sockets = KnownSockets::default();
    let (client, server) =
        (DiagRow { remote: end(80), ..row(1, 50_000, 1) }, DiagRow { remote: end(50_000), ..row(2, 80, 1) });
    let waiting = listener(3, 80);
    assert_eq!(sample(&mut sockets, &[waiting, server]), (vec![2, 3], NOTHING.into()));
    assert_eq!(sample(&mut sockets, &[waiting, server, client]), (vec![1], vec![2]), "one connection, one row");
    assert_eq!(sample(&mut sockets, &[waiting, server, client]), (NOTHING.into(), NOTHING.into()));
    assert_eq!(sockets.refs().iter().filter(|it| it.inode != 0).count(), 2, "its owner is not asked for");
    assert_eq!(sample(&mut sockets, &[waiting, server]), (NOTHING.into(), vec![1]), "it may be about to go, too");
    assert_eq!(sample(&mut sockets, &[waiting, server]), (vec![2], NOTHING.into()));
    assert_eq!(direction(&mut sockets, 2), Some(Direction::In));
    assert_eq!(sample(&mut sockets, &[]), (NOTHING.into(), vec![2, 3]));
}

#[test]
fn an_end_that_is_listed_without_the_other_waits_for_the_next_sample() {
    let (client, server) =
        (DiagRow { remote: end(80), ..row(1, 50_000, 1) }, DiagRow { remote: end(50_000), ..row(2, 80, 1) });
    let waiting = listener(3, 80);
    let mut sockets = KnownSockets::default();
    sample(&mut sockets, &[waiting]);
    assert_eq!(sample(&mut sockets, &[waiting, server]), (NOTHING.into(), NOTHING.into()));
    assert_eq!(
        sample(&mut sockets, &[waiting, server, client]),
        (vec![1], NOTHING.into()),
        "one connection, reported once"
    );
    // The connecting end does not wait for the other one.
    let mut sockets = KnownSockets::default();
    sample(&mut sockets, &[waiting]);
    assert_eq!(sample(&mut sockets, &[waiting, client]), (vec![1], NOTHING.into()));
    assert_eq!(sample(&mut sockets, &[waiting, server, client]), (NOTHING.into(), NOTHING.into()));
    // The other end may be in another network namespace.
    let mut sockets = KnownSockets::default();
    sample(&mut sockets, &[waiting]);
    sample(&mut sockets, &[waiting, server]);
    assert_eq!(sample(&mut sockets, &[waiting, server]), (vec![2], NOTHING.into()));
}

#[test]
fn a_socket_departs_once_with_its_last_state_and_its_time_wait_entry_opens_nothing() {
    let mut sockets = KnownSockets::default();
    let mut departed = |rows: &[DiagRow]| {
        let mut changes = Changes::default();
        sockets.begin();
        sockets.begin_list(Protocol::Tcp);
        rows.iter().for_each(|row| sockets.row(*row));
        sockets.end_list();
        sockets.settle(&mut changes);
        let reported =
            changes.changed.iter().filter_map(|slot| Some(sockets.report(*slot)?.row.cookie)).collect::<Vec<_>>();
        let departed = changes.departed.iter().map(|it| (it.row.cookie, it.live_state, it.is_reported));
        (reported, departed.collect::<Vec<_>>())
    };
    assert_eq!(
        departed(&[row(1, 1, 1), row(2, 2, 8), row(3, 3, 6)]),
        (vec![1, 2, 3], vec![]),
        "the first sample has all"
    );
    let half_closed = DiagRow { is_time_wait: true, ..row(2, 2, 5) };
    let rows = [row(1, 1, 6), half_closed, row(3, 3, 6), row(4, 4, 6), DiagRow { is_time_wait: true, ..row(5, 5, 5) }];
    assert_eq!(departed(&rows), (vec![2], vec![(1, 1, true)]), "4 and 5 open nothing");
    assert_eq!(departed(&rows[..3]), (vec![], vec![]));
    let mut gone = departed(&[]);
    gone.1.sort_unstable();
    assert_eq!(gone, (vec![], vec![(2, 8, true), (3, 0, true)]));
}

proptest! {
    #[test]
    fn whoever_follows_the_changes_knows_what_is_there(
        history in prop::collection::vec(prop::collection::vec((1_u64..9, 1_u8..3), 0..10), 1..12),
    ) {
        let mut sockets = KnownSockets::default();
        let mut reader: BTreeMap<u64, u8> = BTreeMap::new();
        for rows in history {
            // All rows of a socket in one list are equal.
            let truth: BTreeMap<u64, u8> = rows.iter().copied().collect();
            let rows: Vec<DiagRow> =
                rows.iter().map(|(cookie, _)| row(*cookie, *cookie as u16, truth[cookie])).collect();
            let (reported, gone) = sample(&mut sockets, &rows);
            for cookie in &gone {
                prop_assert!(reader.remove(cookie).is_some(), "{} is gone and was not reported", cookie);
            }
            for cookie in &reported {
                prop_assert!(reader.insert(*cookie, truth[cookie]) != Some(truth[cookie]), "{} is no news", cookie);
            }
            prop_assert_eq!(&reader, &truth);
            let used: BTreeSet<u64> = sockets.by_cookie.keys().copied().collect();
            prop_assert_eq!(used, truth.keys().copied().collect::<BTreeSet<u64>>());
            prop_assert!(sockets.slots.len() <= 8, "slots are used again");
        }
    }
}
