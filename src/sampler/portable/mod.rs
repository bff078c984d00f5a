//! The portable source, by the crate `netstat2`: works on every platform, costs more and tells less.
//!
//! It gives no bytes, no round-trip time and no other end of UDP. Three traps are contained here: it panics where
//! `/proc` cannot be read (so that is looked at first, and a panic is caught all the same), a refused list looks like a
//! list without sockets (so an empty one is compared with the kernel's tables), and rows without a process claim to be
//! root's. It has no time-out.

use super::{
    Capabilities, SamplerError, SocketSource, SourceKind, direction::ListeningSet, local_pairs::mark_accepting_rows,
};
use crate::{
    model::{
        ConnectionKey, Degradation, DegradationKind, Direction, Endpoint, HostId, Look, Owner, OwnerContext,
        OwnerMissing, Protocol, SocketRow, SocketState, UnixMillis,
    },
    panics,
};
use netstat2::{AddressFamilyFlags, ProtocolFlags, ProtocolSocketInfo, SocketInfo, TcpState};
#[cfg(target_os = "linux")]
use std::collections::HashMap;
use std::{collections::HashSet, sync::Arc};

/// The source `netstat2`.
#[derive(Debug)]
pub(super) struct Netstat2Source {
    #[cfg(target_os = "linux")]
    processes: super::linux::owners::processes::ProcessTable,
    #[cfg(target_os = "linux")]
    own_uid: u32,
    #[cfg(target_os = "linux")]
    contexts: super::linux::owners::contexts::Contexts,
    /// Inodes of the last look: a socket that its process has closed still has its peer, and no inode any more.
    #[cfg(target_os = "linux")]
    inodes: HashMap<Ends, u32>,
}

/// What tells a TCP socket at one moment.
#[cfg(target_os = "linux")]
type Ends = (Endpoint, Endpoint);

/// Of a UDP socket nothing but its own end is known: not whether it has a peer, nor which one.
const UDP_STATE: SocketState = SocketState::Unknown;

impl Netstat2Source {
    /// A source that has not looked yet.
    pub(super) fn new() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            processes: super::linux::owners::processes::ProcessTable::new(std::path::Path::new("/proc")),
            #[cfg(target_os = "linux")]
            own_uid: rustix::process::geteuid().as_raw(),
            #[cfg(target_os = "linux")]
            contexts: super::linux::owners::contexts::Contexts::of_this_system(),
            #[cfg(target_os = "linux")]
            inodes: HashMap::new(),
        }
    }

    fn row(&mut self, socket: &SocketInfo, listening: &ListeningSet, has_owners: bool) -> SocketRow {
        let (protocol, local) = (protocol(socket), local(socket));
        let (state, remote, direction) = match &socket.protocol_socket_info {
            ProtocolSocketInfo::Udp(_) => (UDP_STATE, None, Some(Direction::Unknown)),
            ProtocolSocketInfo::Tcp(tcp) => match tcp_state(tcp.state) {
                SocketState::Listen => (SocketState::Listen, None, None),
                state => {
                    let remote = Endpoint::new(tcp.remote_addr, tcp.remote_port);
                    (state, Some(remote), Some(listening.direction(protocol, local)))
                }
            },
        };
        SocketRow {
            key: ConnectionKey { host: HostId::THIS, protocol, local, remote, identity: self.identity(socket) },
            state,
            direction,
            owner: if has_owners { self.owner(socket) } else { Owner::Missing(OwnerMissing::ProcUnavailable) },
            uid: uid(socket),
            context: self.context(socket),
            traffic: None,
            simulated: None,
        }
    }

    /// The inode, which for a socket without one is that of the last look.
    #[cfg(target_os = "linux")]
    fn identity(&self, socket: &SocketInfo) -> u64 {
        let remembered = || ends(socket).and_then(|ends| self.inodes.get(&ends).copied());
        u64::from(if socket.inode == 0 { remembered().unwrap_or(0) } else { socket.inode })
    }

    #[cfg(not(target_os = "linux"))]
    fn identity(&self, _socket: &SocketInfo) -> u64 {
        0
    }

    #[cfg(target_os = "linux")]
    fn remember_inodes(&mut self, rows: &[SocketRow]) {
        let tcp = rows.iter().filter(|row| row.key.protocol == Protocol::Tcp);
        self.inodes = tcp
            .filter_map(|row| Some(((row.key.local, row.key.remote?), u32::try_from(row.key.identity).ok()?)))
            .filter(|(_, inode)| *inode != 0)
            .collect();
    }

    /// The user's name, and the processes where they are several; no list but the kernel's own tells the unit.
    #[cfg(target_os = "linux")]
    fn context(&mut self, socket: &SocketInfo) -> Option<Arc<OwnerContext>> {
        let uid = uid(socket)?;
        let mut pids = if socket.associated_pids.len() > 1 { socket.associated_pids.clone() } else { Vec::new() };
        pids.sort_unstable();
        pids.dedup();
        if pids.len() < 2 {
            pids.clear();
        }
        self.contexts.context(0, uid, &pids)
    }

    #[cfg(not(target_os = "linux"))]
    fn context(&mut self, _socket: &SocketInfo) -> Option<Arc<OwnerContext>> {
        None
    }

    #[cfg(target_os = "linux")]
    fn owner(&mut self, socket: &SocketInfo) -> Owner {
        if socket.inode == 0 {
            return Owner::Missing(OwnerMissing::NoProcess);
        }
        // Of several that share a socket, the youngest serves it.
        match socket.associated_pids.iter().max().and_then(|pid| self.processes.describe(*pid)) {
            Some(process) => Owner::Process(process),
            None if self.own_uid != 0 && socket.uid != self.own_uid => Owner::Missing(OwnerMissing::NotPermitted),
            None => Owner::Missing(OwnerMissing::NotFound),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn owner(&mut self, socket: &SocketInfo) -> Owner {
        match socket.associated_pids.iter().max() {
            // The number is known, the name is not.
            Some(pid) => {
                let name = format!("pid {pid}").into();
                Owner::Process(Arc::new(crate::model::Process { pid: *pid, name, path: None }))
            }
            None if is_without_process(socket) => Owner::Missing(OwnerMissing::NoProcess),
            None => Owner::Missing(OwnerMissing::NotFound),
        }
    }
}

impl SocketSource for Netstat2Source {
    fn kind(&self) -> SourceKind {
        SourceKind::Netstat2
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn sample(&mut self, _now: UnixMillis) -> Result<Look, SamplerError> {
        let has_owners = has_processes();
        let sockets = contained(|| list(has_owners))?;
        #[cfg(target_os = "linux")]
        self.contexts.begin();
        let is_udp_hidden = check_what_is_missing(&sockets)?;
        let mut listening = ListeningSet::default();
        for socket in &sockets {
            if let ProtocolSocketInfo::Tcp(tcp) = &socket.protocol_socket_info
                && tcp.state == TcpState::Listen
            {
                listening.add(Protocol::Tcp, local(socket), false);
            }
        }
        listening.sort();
        let mut known = HashSet::with_capacity(sockets.len());
        let mut rows = Vec::with_capacity(sockets.len());
        for socket in &sockets {
            let row = self.row(socket, &listening, has_owners);
            if known.insert(row.key) {
                rows.push(row);
            }
        }
        #[cfg(target_os = "linux")]
        self.remember_inodes(&rows);
        let is_redundant = mark_accepting_rows(&mut rows);
        let mut marks = is_redundant.iter();
        rows.retain(|_| marks.next() == Some(&false));
        #[cfg(target_os = "linux")]
        {
            let pids: HashSet<u32> =
                rows.iter().filter_map(|row| row.owner.process().map(|process| process.pid)).collect();
            self.processes.retain(|pid| pids.contains(&pid));
        }
        let mut degradations = vec![Degradation::new(
            DegradationKind::NotMeasured,
            "this source cannot tell the other end of UDP, nor traffic",
            if cfg!(target_os = "linux") { "use --source sock-diag for the other ends of UDP" } else { "" },
        )];
        if is_udp_hidden {
            degradations.push(Degradation::new(
                DegradationKind::Sampling,
                "UDP sockets are not listed: this kernel refuses netstat2's question for them",
                "load the module udp_diag",
            ));
        }
        if !has_owners {
            degradations.push(Degradation::new(
                DegradationKind::Owners,
                "no connection can be given a process, because /proc cannot be listed",
                "mount /proc, or run netglobe where it can be read",
            ));
        }
        Ok(Look { degradations, ..Look::whole(rows) })
    }
}

/// Runs `look`; a panic in it becomes an error.
fn contained(look: impl FnOnce() -> Result<Vec<SocketInfo>, SamplerError>) -> Result<Vec<SocketInfo>, SamplerError> {
    let name = SourceKind::Netstat2.name();
    panics::catch(look).unwrap_or_else(|message| Err(SamplerError::Panicked { name, message }))
}

fn list(has_owners: bool) -> Result<Vec<SocketInfo>, SamplerError> {
    let families = AddressFamilyFlags::IPV4 | AddressFamilyFlags::IPV6;
    let protocols = ProtocolFlags::TCP | ProtocolFlags::UDP;
    #[cfg(target_os = "linux")]
    if !has_owners {
        return netstat2::iterate_sockets_info_without_pids(families, protocols)
            .and_then(Iterator::collect)
            .map_err(failed);
    }
    #[cfg(not(target_os = "linux"))]
    debug_assert!(has_owners, "only Linux has its owners in a file system");
    netstat2::get_sockets_info(families, protocols).map_err(failed)
}

/// The crate's own words do not say what the system said.
fn failed(error: netstat2::error::Error) -> SamplerError {
    match error {
        netstat2::error::Error::OsError(source) => SamplerError::Netstat2Os(source),
        other => SamplerError::Netstat2(other.to_string()),
    }
}

/// Whether the crate can look for owners without a panic.
fn has_processes() -> bool {
    // A `/proc` that is not mounted is an empty directory.
    let is_pid = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(|name| name.parse::<u32>().is_ok()))
    };
    !cfg!(target_os = "linux") || std::fs::read_dir("/proc").is_ok_and(|mut entries| entries.any(is_pid))
}

/// Tells a refused list from one that is empty, where the kernel shows its tables. True when UDP alone is refused.
fn check_what_is_missing(sockets: &[SocketInfo]) -> Result<bool, SamplerError> {
    let lacks = |wanted| !sockets.iter().any(|socket| protocol(socket) == wanted);
    if lacks(Protocol::Tcp)
        && let Some((table, rows)) = hidden_rows(["/proc/net/tcp", "/proc/net/tcp6"])
    {
        return Err(SamplerError::RefusedAsEmpty { table, rows });
    }
    let hidden_udp = if lacks(Protocol::Udp) { hidden_rows(["/proc/net/udp", "/proc/net/udp6"]) } else { None };
    match hidden_udp {
        Some((table, rows)) if sockets.is_empty() => Err(SamplerError::RefusedAsEmpty { table, rows }),
        hidden => Ok(hidden.is_some()),
    }
}

/// The first of the kernel's `tables` that has rows, and how many. A table that cannot be read tells nothing.
fn hidden_rows(tables: [&'static str; 2]) -> Option<(&'static str, usize)> {
    tables.into_iter().find_map(|table| {
        // The first line is a heading.
        let rows = std::fs::read_to_string(table).map_or(0, |text| text.lines().count().saturating_sub(1));
        (rows > 0).then_some((table, rows))
    })
}

fn protocol(socket: &SocketInfo) -> Protocol {
    match socket.protocol_socket_info {
        ProtocolSocketInfo::Tcp(_) => Protocol::Tcp,
        ProtocolSocketInfo::Udp(_) => Protocol::Udp,
    }
}

fn local(socket: &SocketInfo) -> Endpoint {
    Endpoint::new(socket.local_addr(), socket.local_port())
}

/// Both ends of a TCP socket that has a peer.
#[cfg(target_os = "linux")]
fn ends(socket: &SocketInfo) -> Option<Ends> {
    match &socket.protocol_socket_info {
        ProtocolSocketInfo::Tcp(tcp) => Some((local(socket), Endpoint::new(tcp.remote_addr, tcp.remote_port))),
        ProtocolSocketInfo::Udp(_) => None,
    }
}

/// User of a socket; rows without a process say 0 and do not mean it.
#[cfg(target_os = "linux")]
fn uid(socket: &SocketInfo) -> Option<u32> {
    (socket.inode != 0).then_some(socket.uid)
}

#[cfg(not(target_os = "linux"))]
fn uid(_socket: &SocketInfo) -> Option<u32> {
    None
}

#[cfg(not(target_os = "linux"))]
fn is_without_process(socket: &SocketInfo) -> bool {
    matches!(&socket.protocol_socket_info, ProtocolSocketInfo::Tcp(tcp) if tcp.state == TcpState::TimeWait)
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
    use super::*;
    use crate::sampler::test_sockets::{LoopbackSockets, find};

    #[test]
    fn real_connections_have_this_process_direction_and_state() {
        for ip in ["127.0.0.1", "::1"] {
            let Some(sockets) = LoopbackSockets::open(ip) else { continue };
            let look = Netstat2Source::new().sample(UnixMillis(1)).expect("a look");
            let udp = (Protocol::Udp, sockets.udp_key().1, None);
            for (key, direction, state) in [
                (sockets.tcp_key(), Some(Direction::Out), SocketState::Established),
                (sockets.tcp_listener_key(), None, SocketState::Listen),
                (udp, Some(Direction::Unknown), UDP_STATE),
            ] {
                let row = find(look.snapshot.rows(), key).unwrap_or_else(|| panic!("{key:?} is not listed"));
                assert_eq!((row.direction, row.state), (direction, state), "{key:?}");
                assert_eq!(row.owner.process().map(|process| process.pid), Some(std::process::id()), "{key:?}");
            }
            assert!(find(look.snapshot.rows(), sockets.tcp_accepted_key()).is_none());
            assert!(look.degradations.iter().any(|d| d.kind == DegradationKind::NotMeasured), "UDP is said");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_time_wait_row_belongs_to_nobody() {
        let sockets = LoopbackSockets::open("127.0.0.1").expect("loopback");
        let key = sockets.tcp_key();
        sockets.close_client_first();
        let look = Netstat2Source::new().sample(UnixMillis(1)).unwrap();
        let row = find(look.snapshot.rows(), key).expect("the kernel keeps the row for a minute");
        assert_eq!(row.state, SocketState::TimeWait);
        assert_eq!((&row.owner, row.uid), (&Owner::Missing(OwnerMissing::NoProcess), None));
    }

    #[test]
    fn a_panic_inside_becomes_an_error() {
        let error = contained(|| panic!("Can't read /proc/")).expect_err("an error");
        assert!(error.to_string().contains("Can't read /proc/"), "{error}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_list_of_nothing_is_doubted() {
        let sockets = LoopbackSockets::open("127.0.0.1").expect("loopback");
        let error = check_what_is_missing(&[]).expect_err("there are sockets");
        assert!(error.to_string().contains("/proc/net/tcp"), "{error}");
        let mut rows = list(false).unwrap();
        assert!(!check_what_is_missing(&rows).unwrap());
        rows.retain(|row| protocol(row) == Protocol::Tcp);
        assert!(check_what_is_missing(&rows).unwrap(), "UDP is missing: {:?}", sockets.udp_key());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn without_owners_the_connections_are_there() {
        let sockets = LoopbackSockets::open("127.0.0.1").expect("loopback");
        let rows = list(false).unwrap();
        let port = sockets.tcp_listener_key().1.port;
        assert!(rows.iter().any(|row| row.local_port() == port));
    }
}
