//! The portable source, by the crate `netstat2`: works on every platform, costs more and reports less.
//!
//! It gives no bytes, no round-trip time and no other end of UDP, and has no time-out. What a system adds, or needs to be
//! asked for in another way, is its [`System`].

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

/// All that is asked for.
pub(super) const FAMILIES: AddressFamilyFlags = AddressFamilyFlags::IPV4.union(AddressFamilyFlags::IPV6);
/// All that is asked for.
pub(super) const PROTOCOLS: ProtocolFlags = ProtocolFlags::TCP.union(ProtocolFlags::UDP);

/// Of a UDP socket nothing but its own end is known: not whether it has a peer, nor which one.
const UDP_STATE: SocketState = SocketState::Unknown;

/// What a system reports of a socket beside its ends.
pub(super) struct Beside<C> {
    /// Distinguishes it from others with the same ends; 0 where the system has no such number.
    pub(super) identity: u64,
    /// Its user, where that is reported.
    pub(super) uid: Option<u32>,
    /// What its holder is found by.
    pub(super) clue: C,
}

/// What is particular to a system.
pub(super) trait System: fmt::Debug + Send {
    /// Who finds the holders of sockets.
    type Owners: Owners;

    /// What to do to know the other ends of UDP; empty where nothing can be done.
    const UDP_REMEDY: &'static str;

    /// Who finds the holders of sockets here.
    fn owners() -> Self::Owners;

    /// All sockets. The crate may panic.
    fn list() -> Result<Vec<SocketInfo>, netstat2::error::Error>;

    /// What it reports of a socket beside its ends.
    fn beside(socket: &SocketInfo) -> Beside<<Self::Owners as Owners>::Clue>;

    /// What the list lacks although the system has it; as an error where that is all of it.
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
    /// A source that has taken no sample yet.
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
        let mut degradations = vec![Degradation::new(
            DegradationKind::NotMeasured,
            "this source does not report UDP peers or traffic",
            S::UDP_REMEDY,
        )];
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

/// Runs `sample`; a panic in it becomes an error.
fn contained(
    sample: impl FnOnce() -> Result<Vec<SocketInfo>, netstat2::error::Error>,
) -> Result<Vec<SocketInfo>, SamplerError> {
    match panics::catch(sample) {
        Ok(sockets) => sockets.map_err(failed),
        Err(message) => Err(SamplerError::Panicked { name: "netstat2", message }),
    }
}

/// The crate's own words do not say what the system said.
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
