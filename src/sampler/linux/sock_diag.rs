//! The source `sock-diag`: all sockets of all users from the kernel's lists, without privileges.
//!
//! A snapshot consists of three dumps (TCP, UDP over IPv4, UDP over IPv6); sockets are identified by cookies. The first
//! sample contains all connections, later ones those that are new, changed or gone (see `known_sockets`): an unchanged
//! connection costs a comparison and no memory. TCP sockets have byte counters, from which the consumer computes rates.

use super::{
    destroy_events::DestroyEvents,
    endings::Endings,
    inet_diag::{DiagRow, Family, socket_state},
    interfaces::Interfaces,
    known_sockets::{Changes, KnownSockets},
    netlink::DiagSocket,
    owners::OwnerCache,
};
use crate::{
    language::t,
    model::{Degradation, DegradationKind, Protocol, Sample, Snapshot, SocketRow, UnixMillis},
    sampler::{
        Capabilities, SamplerError, SocketSource, SourceKind, Unseen,
        owners::{Found, Owners as _},
    },
};
use crossbeam_channel::Receiver;
use std::{io, path::Path, time::Instant};

/// The source `sock-diag`.
#[derive(Debug)]
pub(in crate::sampler) struct SockDiagSource {
    client: DiagSocket,
    owners: OwnerCache,
    interfaces: Interfaces,
    sockets: KnownSockets,
    /// Receiver of close events, or why there are none.
    events: Result<DestroyEvents, Degradation>,
    endings: Endings,
    unseen: Unseen,
    /// Number of events missed by earlier receivers.
    missed_before: u64,
    has_sampled: bool,
    /// Whether the kernel can list both families of TCP at once, as far as is known.
    takes_both: bool,
    /// Owners by slot: those reported, and those found in this sample.
    reported_owners: Vec<Found>,
    found_owners: Vec<Found>,
    changes: Changes,
}

impl SockDiagSource {
    /// Opens the source; owners come from the tree at `proc_root`, usually `/proc`.
    ///
    /// # Errors
    /// If the system refuses netlink sockets.
    pub(in crate::sampler) fn open(proc_root: &Path) -> Result<Self, SamplerError> {
        Ok(Self {
            client: DiagSocket::open()?,
            owners: OwnerCache::of_this_system_at(proc_root),
            interfaces: Interfaces::default(),
            sockets: KnownSockets::default(),
            events: DestroyEvents::subscribe().map_err(|error| {
                Degradation::new(
                    DegradationKind::NotMeasured,
                    t!("sampler-no-events", error = error.to_string()),
                    t!("sampler-no-events-remedy"),
                )
            }),
            endings: Endings::default(),
            unseen: Unseen::default(),
            missed_before: 0,
            has_sampled: false,
            takes_both: true,
            reported_owners: Vec::new(),
            found_owners: Vec::new(),
            changes: Changes::default(),
        })
    }

    fn read_lists(&mut self, degradations: &mut Vec<Degradation>) -> Result<(), SamplerError> {
        let mut is_whole = true;
        self.sockets.begin();
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            if protocol == Protocol::Tcp && self.takes_both {
                self.sockets.begin_list(protocol);
                match self.client.dump(Family::Both, protocol, &mut self.sockets) {
                    Ok(whole) => {
                        self.sockets.end_list();
                        is_whole &= whole;
                        continue;
                    }
                    // Use separate requests, which also report the error if it persists.
                    Err(_) => self.takes_both = false,
                }
            }
            for family in [Family::V4, Family::V6] {
                self.sockets.begin_list(protocol);
                match self.client.dump(family, protocol, &mut self.sockets) {
                    Ok(whole) => {
                        self.sockets.end_list();
                        is_whole &= whole;
                    }
                    // The kernel lacks a part: UDP lists are a separate module, and IPv6 is optional.
                    Err(SamplerError::Netlink { source, .. })
                        if source.kind() == io::ErrorKind::NotFound
                            && (protocol, family) != (Protocol::Tcp, Family::V4) =>
                    {
                        if (protocol, family) == (Protocol::Udp, Family::V4) {
                            degradations.push(Degradation::new(
                                DegradationKind::NotMeasured,
                                t!("sampler-no-udp"),
                                t!("sampler-no-udp-remedy"),
                            ));
                        }
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        if !is_whole {
            degradations.push(Degradation::new(DegradationKind::Sampling, t!("sampler-not-whole"), ""));
        }
        Ok(())
    }

    /// New and changed sockets, with their owners.
    fn changed_rows(&mut self) -> Vec<SocketRow> {
        let changed = &mut self.changes.changed;
        for (slot, (found, reported)) in (0..).zip(self.found_owners.iter().zip(&self.reported_owners)) {
            if found != reported {
                changed.push(slot);
            }
        }
        std::mem::swap(&mut self.reported_owners, &mut self.found_owners);
        self.found_owners.clear();
        changed.sort_unstable();
        changed.dedup();
        let mut rows = Vec::with_capacity(changed.len());
        for slot in changed.drain(..) {
            if self.sockets.unreported_line(slot).is_some_and(|line| self.endings.is_other_end(line)) {
                self.sockets.suppress(slot);
            }
            let (Some(known), Some(found)) = (self.sockets.report(slot), self.reported_owners.get(slot as usize))
            else {
                continue;
            };
            let row = &known.row;
            rows.push(SocketRow {
                key: known.key(),
                state: socket_state(known.protocol, row.state),
                direction: known.direction,
                owner: found.owner.clone(),
                // A socket without an inode belongs to no process; its user is not filled in, and is not root.
                uid: (row.inode != 0).then_some(row.uid),
                context: found.context.clone(),
                interface: self.interfaces.name(row.interface),
                traffic: row.info.map(|info| info.traffic(row.state)),
                simulated: None,
            });
        }
        rows
    }

    /// The close events since the last call; `None` if they are not received.
    fn take_events(&mut self) -> Option<Vec<(Protocol, DiagRow)>> {
        let events = self.events.as_ref().ok()?;
        // Check this first, so that all events before the end are taken.
        let has_ended = events.has_ended();
        let mut destroyed = Vec::new();
        self.unseen.missed = self.missed_before + events.take(&mut destroyed);
        if has_ended {
            // The number of missed events is unknown, at least one.
            self.unseen.missed += 1;
            self.missed_before = self.unseen.missed;
            self.events = DestroyEvents::subscribe().map_err(|error| {
                Degradation::new(
                    DegradationKind::NotMeasured,
                    t!("sampler-events-ended", error = error.to_string()),
                    t!("remedy-restart"),
                )
            });
        }
        Some(destroyed)
    }
}

impl SocketSource for SockDiagSource {
    fn kind(&self) -> SourceKind {
        SourceKind::SockDiag
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            measures_traffic: true,
            reports_short_connections: self.events.is_ok(),
            reports_udp_peers: true,
            reports_units: true,
            ..Capabilities::default()
        }
    }

    fn unseen(&self) -> Unseen {
        self.unseen
    }

    fn arrivals(&self) -> Option<Receiver<()>> {
        self.events.as_ref().ok().map(|events| events.arrivals().clone())
    }

    fn gaps(&self) -> Option<Receiver<()>> {
        self.events.as_ref().ok().map(|events| events.gaps().clone())
    }

    fn sample(&mut self, _now: UnixMillis) -> Result<Sample, SamplerError> {
        let mut degradations = Vec::new();
        // TCP is listed first.
        let counted_at = Instant::now();
        self.read_lists(&mut degradations)?;
        let is_first = !std::mem::replace(&mut self.has_sampled, true);
        self.sockets.settle(&mut self.changes);
        self.interfaces.begin();
        degradations.extend(self.owners.resolve(self.sockets.refs(), &mut self.found_owners));
        let rows = self.changed_rows();
        let mut gone = std::mem::take(&mut self.changes.gone);
        let destroyed = self.take_events();
        degradations.extend(self.events.as_ref().err().cloned());
        let ended = self.endings.take(&mut self.sockets, &mut self.changes.departed, destroyed, counted_at);
        gone.extend(ended.gone);
        self.unseen.aborted += ended.aborted;
        let snapshot = if is_first { Snapshot::Whole(rows) } else { Snapshot::Changes { rows, gone } };
        let (ghosts, finals) = (ended.ghosts, ended.finals);
        Ok(Sample { snapshot, ghosts, finals, counted_at: Some(counted_at), degradations })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Direction, Owner, OwnerMissing, SocketState};
    use crate::sampler::test_sockets::{LoopbackSockets, find};

    fn rows_of(source: &mut SockDiagSource) -> Vec<SocketRow> {
        source.sample(UnixMillis(1)).expect("a sample").snapshot.rows().to_vec()
    }

    #[test]
    fn real_connections_have_this_process_direction_and_state() {
        for ip in ["127.0.0.1", "::1"] {
            let Some(sockets) = LoopbackSockets::open(ip) else { continue };
            let mut source = SockDiagSource::open(Path::new("/proc")).unwrap();
            let connections = rows_of(&mut source);
            for (key, direction, state) in [
                (sockets.tcp_key(), Some(Direction::Out), SocketState::Established),
                (sockets.tcp_listener_key(), None, SocketState::Listen),
                (sockets.udp_key(), Some(Direction::Out), SocketState::Connected),
                (sockets.udp_listener_key(), None, SocketState::Unconnected),
            ] {
                let row = find(&connections, key).unwrap_or_else(|| panic!("{key:?} is not listed"));
                assert_eq!((row.direction, row.state), (direction, state), "{key:?}");
                assert_eq!(row.owner.process().map(|process| process.pid), Some(std::process::id()), "{key:?}");
                assert_eq!(row.uid, Some(rustix::process::geteuid().as_raw()), "{key:?}");
                assert!(row.key.identity != 0, "{key:?}");
            }
            assert!(find(&connections, sockets.tcp_accepted_key()).is_none(), "the accepting end is left out");
            let again = source.sample(UnixMillis(2)).unwrap();
            let Snapshot::Changes { rows, gone } = again.snapshot else { panic!("what is other than before") };
            assert_eq!(find(&rows, sockets.tcp_key()), None, "nothing has changed");
            let key = find(&connections, sockets.tcp_key()).map(|row| row.key);
            assert!(!gone.contains(&key.unwrap()), "and it is there");
        }
    }

    #[test]
    fn a_dual_stack_listener_makes_an_ipv4_peer_inbound() {
        let Some(sockets) = LoopbackSockets::open("::1") else { return };
        drop(sockets);
        let Ok(listener) = std::net::TcpListener::bind("[::]:0") else { return };
        let port = listener.local_addr().unwrap().port();
        let client = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (server, _) = listener.accept().unwrap();
        let mut source = SockDiagSource::open(Path::new("/proc")).unwrap();
        let connections = rows_of(&mut source);
        let local = client.local_addr().unwrap();
        let row = connections
            .iter()
            .find(|row| row.key.local.port == local.port() && row.key.remote.is_some_and(|remote| remote.port == port));
        assert_eq!(row.map(|row| row.key.local.ip), Some(local.ip()), "IPv4 as IPv4");
        assert!(!connections.iter().any(|row| row.key.local.port == port && row.key.remote.is_some()));
        drop(server);
    }

    #[test]
    fn a_time_wait_row_belongs_to_nobody() {
        let sockets = LoopbackSockets::open("127.0.0.1").expect("loopback");
        let key = sockets.tcp_key();
        sockets.close_client_first();
        let mut source = SockDiagSource::open(Path::new("/proc")).unwrap();
        let connections = rows_of(&mut source);
        let row = find(&connections, key).expect("the kernel keeps the row for a minute");
        assert_eq!(row.state, SocketState::TimeWait);
        assert_eq!((&row.owner, row.uid), (&Owner::Missing(OwnerMissing::NoProcess), None));
    }

    #[test]
    fn a_reader_of_events_that_ends_is_counted_and_another_takes_its_place() {
        let mut source = SockDiagSource::open(Path::new("/proc")).unwrap();
        rows_of(&mut source);
        source.events = Ok(DestroyEvents::ended());
        let before = source.unseen.missed;
        let sample = source.sample(UnixMillis(2)).unwrap();
        assert_eq!(source.unseen.missed, before + 1, "at least one closing was not heard");
        assert!(source.events.as_ref().is_ok_and(|events| !events.has_ended()), "it listens again");
        assert!(sample.degradations.iter().all(|it| it.kind != DegradationKind::NotMeasured));
        rows_of(&mut source);
        assert!(source.unseen.missed > before, "what was missed stays counted");
    }

    #[test]
    fn what_is_not_received_is_said_at_every_sample() {
        let mut source = SockDiagSource::open(Path::new("/proc")).unwrap();
        source.events = Err(Degradation::new(DegradationKind::NotMeasured, "nothing is heard", "try again"));
        for _ in 0..2 {
            let sample = source.sample(UnixMillis(1)).unwrap();
            assert!(sample.degradations.iter().any(|it| it.what == "nothing is heard"));
        }
        assert!(!source.capabilities().reports_short_connections);
    }

    #[test]
    fn without_proc_the_connections_are_there_and_the_owners_say_why() {
        let sockets = LoopbackSockets::open("127.0.0.1").expect("loopback");
        let nowhere = tempfile::tempdir().unwrap();
        let mut source = SockDiagSource::open(nowhere.path()).unwrap();
        let sample = source.sample(UnixMillis(1)).unwrap();
        let row = find(sample.snapshot.rows(), sockets.tcp_key()).expect("our connection");
        assert_eq!(row.owner, Owner::Missing(OwnerMissing::ProcUnavailable));
        assert!(sample.degradations.iter().any(|degradation| degradation.kind == DegradationKind::Owners));
    }
}
