//! The portable source, based on the crate `netstat2`: works on every platform, but costs more and reports less.
//!
//! It reports no byte counters, no round-trip times and no UDP peers, and has no timeout. Differences between systems
//! are in [`System`].

#[cfg_attr(target_os = "linux", allow(dead_code, reason = "it is for all other systems, and tested on this one"))]
pub(super) mod by_pid;

use super::{
    Capabilities, SamplerError, SocketSource, SourceKind,
    listed::{Listed, ListedSocket},
    owners::Owners,
};
use crate::model::{Degradation, DegradationKind, Endpoint, Protocol, Sample, SocketState, UnixMillis};
use crate::panics;
use netstat2::{AddressFamilyFlags, ProtocolFlags, ProtocolSocketInfo, SocketInfo, TcpState};
use std::fmt;

/// All address families.
pub(super) const FAMILIES: AddressFamilyFlags = AddressFamilyFlags::IPV4.union(AddressFamilyFlags::IPV6);
/// All protocols.
pub(super) const PROTOCOLS: ProtocolFlags = ProtocolFlags::TCP.union(ProtocolFlags::UDP);

/// For UDP sockets the list contains only the local endpoint, and not whether there is a peer.
const UDP_STATE: SocketState = SocketState::Unknown;

/// What a system reports about a socket besides its endpoints.
pub(super) struct Beside<C> {
    /// Distinguishes sockets with equal endpoints; 0 if the system has no such number.
    pub(super) identity: u64,
    /// Its user, if reported.
    pub(super) uid: Option<u32>,
    /// Identifies its owner.
    pub(super) clue: C,
}

/// The parts that differ between systems.
pub(super) trait System: fmt::Debug + Send {
    /// Finds the owners of sockets.
    type Owners: Owners;

    /// What it does not tell, and what the user can do; empty if nothing.
    fn lacks() -> (&'static str, &'static str);

    /// Creates the finder of owners.
    fn owners() -> Self::Owners;

    /// Lists all sockets. The crate may panic.
    fn list() -> Result<Vec<SocketInfo>, netstat2::error::Error>;

    /// What the system reports about a socket besides its endpoints.
    fn beside(socket: &SocketInfo) -> Beside<<Self::Owners as Owners>::Clue>;

    /// What the list lacks although the system has it; an error if everything is missing.
    fn missing(_sockets: &[SocketInfo]) -> Result<Option<Degradation>, SamplerError> {
        Ok(None)
    }
}

/// The source `netstat2`.
#[derive(Debug)]
pub(super) struct Netstat2Source<S: System> {
    listed: Listed<S::Owners>,
}

impl<S: System> Netstat2Source<S> {
    /// Creates a source that has not taken a sample yet.
    pub(super) fn new() -> Self {
        Self { listed: Listed::new(S::owners()) }
    }
}

impl<S: System> SocketSource for Netstat2Source<S> {
    fn kind(&self) -> SourceKind {
        SourceKind::Netstat2
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn sample(&mut self, _now: UnixMillis) -> Result<Sample, SamplerError> {
        let sockets = contained(S::list)?;
        let missing = S::missing(&sockets)?;
        let (rows, lacks) = self.listed.rows(sockets.iter().map(listed::<S>).collect());
        let (what, remedy) = S::lacks();
        let mut degradations = vec![Degradation::new(DegradationKind::NotMeasured, what, remedy)];
        degradations.extend(missing);
        degradations.extend(lacks);
        Ok(Sample { degradations, ..Sample::whole(rows) })
    }
}

fn listed<S: System>(socket: &SocketInfo) -> ListedSocket<<S::Owners as Owners>::Clue> {
    let (state, remote) = match &socket.protocol_socket_info {
        ProtocolSocketInfo::Udp(_) => (UDP_STATE, None),
        ProtocolSocketInfo::Tcp(tcp) => match tcp_state(tcp.state) {
            SocketState::Listen => (SocketState::Listen, None),
            state => (state, Some(Endpoint::new(tcp.remote_addr, tcp.remote_port))),
        },
    };
    let local = Endpoint::new(socket.local_addr(), socket.local_port());
    let Beside { identity, uid, clue } = S::beside(socket);
    ListedSocket { protocol: protocol(socket), local, remote, state, identity, uid, clue }
}

/// Runs `sample`, and converts a panic to an error.
fn contained(
    sample: impl FnOnce() -> Result<Vec<SocketInfo>, netstat2::error::Error>,
) -> Result<Vec<SocketInfo>, SamplerError> {
    match panics::catch(sample) {
        Ok(sockets) => sockets.map_err(failed),
        Err(message) => Err(SamplerError::Panicked { name: "netstat2", message }),
    }
}

/// Uses the system's error, which the crate's message does not contain.
fn failed(error: netstat2::error::Error) -> SamplerError {
    match error {
        netstat2::error::Error::OsError(source) => SamplerError::Netstat2Os(source),
        other => SamplerError::Netstat2(other.to_string()),
    }
}

/// The protocol of a socket.
pub(super) fn protocol(socket: &SocketInfo) -> Protocol {
    match socket.protocol_socket_info {
        ProtocolSocketInfo::Tcp(_) => Protocol::Tcp,
        ProtocolSocketInfo::Udp(_) => Protocol::Udp,
    }
}

fn tcp_state(state: TcpState) -> SocketState {
    match state {
        TcpState::Listen => SocketState::Listen,
        TcpState::SynSent => SocketState::SynSent,
        TcpState::SynReceived => SocketState::SynReceived,
        TcpState::Established => SocketState::Established,
        TcpState::FinWait1 => SocketState::FinWait1,
        TcpState::FinWait2 => SocketState::FinWait2,
        TcpState::CloseWait => SocketState::CloseWait,
        TcpState::Closing => SocketState::Closing,
        TcpState::LastAck => SocketState::LastAck,
        TcpState::TimeWait => SocketState::TimeWait,
        TcpState::Closed | TcpState::DeleteTcb | TcpState::Unknown => SocketState::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::{by_pid::ByPid, *};
    use crate::{
        model::{Direction, Owner, OwnerMissing},
        sampler::{
            system,
            test_sockets::{LoopbackSockets, find},
        },
    };

    fn connections_have_process_direction_and_state(source: fn() -> Box<dyn SocketSource>) {
        for ip in ["127.0.0.1", "::1"] {
            let Some(sockets) = LoopbackSockets::open(ip) else { continue };
            let sample = source().sample(UnixMillis(1)).expect("a sample");
            let udp = (Protocol::Udp, sockets.udp_key().1, None);
            for (key, direction, state) in [
                (sockets.tcp_key(), Some(Direction::Out), SocketState::Established),
                (sockets.tcp_listener_key(), None, SocketState::Listen),
                (udp, Some(Direction::Unknown), UDP_STATE),
            ] {
                let row = find(sample.snapshot.rows(), key).unwrap_or_else(|| panic!("{key:?} is not listed"));
                assert_eq!((row.direction, row.state), (direction, state), "{key:?}");
                let process = row.owner.process().expect("this process");
                let program = std::env::current_exe().unwrap();
                assert_eq!((process.pid, process.path.as_deref()), (std::process::id(), program.to_str()), "{key:?}");
                assert!(process.name.is_some(), "{key:?}");
            }
            assert!(find(sample.snapshot.rows(), sockets.tcp_accepted_key()).is_none());
            assert!(sample.degradations.iter().any(|d| d.kind == DegradationKind::NotMeasured), "UDP is said");
        }
    }

    #[test]
    fn real_connections_have_this_process_direction_and_state() {
        connections_have_process_direction_and_state(|| Box::new(system::Netstat2::new()));
    }

    #[test]
    fn they_have_them_too_where_the_list_has_the_processes() {
        connections_have_process_direction_and_state(|| Box::new(Netstat2Source::<ByPid>::new()));
    }

    #[test]
    fn a_time_wait_row_belongs_to_nobody() {
        let sources: [Box<dyn SocketSource>; 2] =
            [Box::new(system::Netstat2::new()), Box::new(Netstat2Source::<ByPid>::new())];
        for mut source in sources {
            let sockets = LoopbackSockets::open("127.0.0.1").expect("loopback");
            let key = sockets.tcp_key();
            sockets.close_client_first();
            let sample = source.sample(UnixMillis(1)).unwrap();
            let row = find(sample.snapshot.rows(), key).expect("the kernel keeps the row for a minute");
            assert_eq!(row.state, SocketState::TimeWait);
            assert_eq!((&row.owner, row.uid), (&Owner::Missing(OwnerMissing::NoProcess), None));
        }
    }

    #[test]
    fn a_panic_inside_becomes_an_error() {
        let error = contained(|| panic!("Can't read /proc/")).expect_err("an error");
        assert!(error.to_string().contains("Can't read /proc/"), "{error}");
    }
}
