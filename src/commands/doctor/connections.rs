//! Checks of the reported connections: their owners and their traffic.

use super::{
    check::{Check, Status},
    sources::{Seen, sockets},
};
use crate::model::{Holder, Owner, OwnerMissing, Protocol, SocketState};

/// How many have a known process, and why the others do not.
pub(super) fn check_owners(seen: Option<&Seen>) -> Check {
    let Some(Seen { connections, .. }) = seen else {
        return Check::new("owners", Status::No, "no source works", "");
    };
    let total = connections.len();
    if total == 0 {
        return Check::new("owners", Status::Ok, "no sockets", "");
    }
    let missing: Vec<OwnerMissing> = connections
        .iter()
        .filter_map(|connection| match connection.owner {
            Owner::Process(_) => None,
            Owner::Missing(reason) => Some(reason),
        })
        .collect();
    let mut detail = format!("known process for {} of {}", total - missing.len(), sockets(total));
    let units = connections.iter().filter(|it| matches!(it.holder(), Holder::Unit(_))).count();
    let users = connections.iter().filter(|it| matches!(it.holder(), Holder::User { .. })).count();
    for (count, what) in [(units, "systemd unit"), (users, "user")].into_iter().filter(|(count, _)| *count > 0) {
        detail = format!("{detail}, {count} more known by {what} only");
    }
    let mut remedy = "";
    for reason in OwnerMissing::ALL {
        let count = missing.iter().filter(|found| **found == reason).count();
        if count > 0 {
            detail = format!("{detail}; {count}: {}", reason.explain());
        }
        if count > 0 && reason == OwnerMissing::NotPermitted {
            remedy = if cfg!(windows) {
                "start it as administrator to see processes of other users; not needed for your own"
            } else {
                "run as root (CAP_SYS_PTRACE) to see processes of other users; not needed for your own"
            };
        }
    }
    // A socket without a process is not a limitation of this machine.
    let is_complete = missing.iter().all(|reason| matches!(reason, OwnerMissing::NoProcess | OwnerMissing::Kernel));
    Check::new("owners", if is_complete { Status::Ok } else { Status::Partly }, detail, remedy)
}

/// Whether this kernel counts the bytes of TCP connections.
pub(super) fn check_counters(seen: Option<&Seen>) -> Check {
    let name = "byte-counters";
    let Some(Seen { connections, is_counted, .. }) = seen else {
        return Check::new(name, Status::No, "no source works", "");
    };
    if !is_counted {
        let (detail, remedy) = without_counters();
        return Check::new(name, Status::No, detail, remedy);
    }
    let established: Vec<_> = connections
        .iter()
        .filter(|row| row.key.protocol == Protocol::Tcp && row.state == SocketState::Established)
        .collect();
    let counted = established.iter().filter(|row| row.traffic.is_some_and(|traffic| traffic.bytes().is_some())).count();
    let total = established.len();
    let detail = format!("{counted} of {total} established TCP connections have byte counters and round-trip times");
    match (total, counted) {
        (0, _) => Check::new(name, Status::Partly, "no established TCP connections to measure", ""),
        (_, 0) => Check::new(name, Status::No, detail, "use Linux 4.19 or newer"),
        _ => Check::new(name, if counted == total { Status::Ok } else { Status::Partly }, detail, ""),
    }
}

/// Why no source counts bytes here, and what to do.
fn without_counters() -> (&'static str, &'static str) {
    if cfg!(windows) {
        (
            "Windows counts the bytes of a connection for administrators only, and once they have switched that on for it",
            "",
        )
    } else {
        ("this source does not measure traffic", "on Linux, see sock-diag above")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Connection, ConnectionKey, Endpoint, HostId, SocketRow, Traffic, UnixMillis};
    use std::net::{IpAddr, Ipv4Addr};

    fn seen(reasons: &[OwnerMissing]) -> Seen {
        let row = |reason: &OwnerMissing| -> Connection {
            SocketRow {
                key: ConnectionKey {
                    host: HostId::THIS,
                    protocol: Protocol::Tcp,
                    local: Endpoint::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1),
                    remote: None,
                    identity: 0,
                },
                state: SocketState::Listen,
                direction: None,
                owner: Owner::Missing(*reason),
                uid: None,
                context: None,
                traffic: None,
                interface: None,
                simulated: None,
            }
            .seen(UnixMillis(0), None)
        };
        Seen { connections: reasons.iter().map(row).collect(), ..Seen::default() }
    }

    #[test]
    fn owners_are_counted_with_the_reasons() {
        for (reasons, status, expected) in [
            (&[][..], Status::Ok, "no sockets"),
            (&[OwnerMissing::NoProcess], Status::Ok, "known process for 0 of 1 socket"),
            (&[OwnerMissing::Kernel], Status::Ok, "the kernel itself holds"),
            (&[OwnerMissing::NotPermitted, OwnerMissing::NotPermitted], Status::Partly, "2: no permission"),
        ] {
            let check = check_owners(Some(&seen(reasons)));
            assert_eq!(check.status, status);
            assert!(check.detail.contains(expected), "{}", check.detail);
        }
        assert_eq!(check_owners(None).status, Status::No);
    }

    #[test]
    fn counters_work_where_connections_have_them() {
        let sample = |traffic: &[Option<Traffic>]| {
            let mut seen = seen(&vec![OwnerMissing::NotFound; traffic.len()]);
            for (row, traffic) in seen.connections.iter_mut().zip(traffic) {
                (row.state, row.traffic) = (SocketState::Established, *traffic);
            }
            Seen { is_counted: true, ..seen }
        };
        let counted = Some(Traffic { bytes_sent: Some(0), ..Traffic::default() });
        for (seen, status, words) in [
            (sample(&[]), Status::Partly, "no established"),
            (sample(&[counted, counted]), Status::Ok, "2 of 2"),
            (sample(&[None, Some(Traffic::default())]), Status::No, "0 of 2"),
            (Seen { is_counted: false, ..sample(&[None]) }, Status::No, without_counters().0),
        ] {
            let check = check_counters(Some(&seen));
            assert!(check.status == status && check.detail.contains(words), "{check:?}");
        }
        assert_eq!(check_counters(None).status, Status::No);
    }
}
