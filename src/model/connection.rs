//! A socket as read by a source.

use super::{AddressScope, Asn, Location, Place, PlaceMissing, Traffic, classify_address};
use crate::language::t;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, net::IpAddr, sync::Arc};

/// Transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Transmission Control Protocol, RFC 9293.
    Tcp,
    /// User Datagram Protocol, RFC 768.
    Udp,
}

/// State of a socket. The first eleven are TCP's (RFC 9293 §3.3.2), the last two are UDP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the standard's own")]
pub enum SocketState {
    Listen,
    SynSent,
    SynReceived,
    Established,
    #[serde(rename = "fin-wait-1")]
    FinWait1,
    #[serde(rename = "fin-wait-2")]
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
    Closed,
    /// A UDP socket without a peer: it counts as a listener.
    Unconnected,
    /// A UDP socket with a peer.
    Connected,
    /// A UDP socket for which the source does not report whether it has a peer, so that neither of the two states above
    /// can be chosen. It is not a listener, its direction is unknown, and it has no place.
    Unknown,
}

impl Protocol {
    /// All protocols.
    pub const ALL: [Self; 2] = [Self::Tcp, Self::Udp];

    /// `tcp` or `udp`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl SocketState {
    /// All states, with their names in JSON, the filter and the table.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::Listen, "listen"),
        (Self::SynSent, "syn-sent"),
        (Self::SynReceived, "syn-received"),
        (Self::Established, "established"),
        (Self::FinWait1, "fin-wait-1"),
        (Self::FinWait2, "fin-wait-2"),
        (Self::CloseWait, "close-wait"),
        (Self::Closing, "closing"),
        (Self::LastAck, "last-ack"),
        (Self::TimeWait, "time-wait"),
        (Self::Closed, "closed"),
        (Self::Unconnected, "unconnected"),
        (Self::Connected, "connected"),
        (Self::Unknown, "unknown"),
    ];

    /// The name of this state, as in [`SocketState::ALL`].
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("closed", |(_, name)| name)
    }

    /// Whether a socket in this state waits for peers.
    #[must_use]
    pub fn is_listening(self) -> bool {
        matches!(self, Self::Listen | Self::Unconnected)
    }
}

/// Which end opened the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The other end opened it: the local port is listening.
    In,
    /// This machine opened it.
    Out,
    /// The source does not report it.
    Unknown,
}

impl Direction {
    /// All directions.
    pub const ALL: [Self; 3] = [Self::In, Self::Out, Self::Unknown];

    /// `in`, `out` or `unknown`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Unknown => "unknown",
        }
    }
}

/// One end of a connection. IPv4 peers of dual-stack sockets appear as IPv4, never as `::ffff:a.b.c.d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Endpoint {
    /// Address in canonical form (see [`Endpoint::new`]).
    pub ip: IpAddr,
    /// Port, 0 when unbound.
    pub port: u16,
}

impl Endpoint {
    /// An end with the canonical form of `ip`.
    #[must_use]
    pub fn new(ip: IpAddr, port: u16) -> Self {
        Self { ip: ip.to_canonical(), port }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip {
            IpAddr::V4(ip) => write!(f, "{ip}:{}", self.port),
            IpAddr::V6(ip) => write!(f, "[{ip}]:{}", self.port),
        }
    }
}

/// The machine on which a connection was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostId(u16);

impl HostId {
    /// The machine that this program runs on.
    pub const THIS: Self = Self(0);

    /// Whether it is [`HostId::THIS`].
    #[must_use]
    pub fn is_this(&self) -> bool {
        *self == Self::THIS
    }
}

/// Identifies a connection: the 5-tuple, and a number from the kernel because ports are reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConnectionKey {
    /// The machine on which it was seen; omitted in JSON if it is this one.
    #[serde(default, skip_serializing_if = "HostId::is_this")]
    pub host: HostId,
    /// Transport protocol.
    pub protocol: Protocol,
    /// This machine's end.
    pub local: Endpoint,
    /// The other end; `None` for listeners, for unconnected UDP, and if the source does not report it.
    pub remote: Option<Endpoint>,
    /// Socket cookie, or the inode if there is no cookie, or 0.
    pub identity: u64,
}

/// A process that owns a socket. Names come from other programs: they are untrusted and must be escaped on output.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Process {
    /// Process ID.
    pub pid: u32,
    /// Short name (`/proc/PID/comm` on Linux, completed if the kernel truncated it); `None` if the system reports none.
    #[serde(default)]
    pub name: Option<Arc<str>>,
    /// Path of the executable, if it can be read.
    #[serde(default)]
    pub path: Option<Arc<str>>,
}

impl Process {
    /// Its name, if it has a visible one.
    #[must_use]
    pub fn visible_name(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.trim().is_empty())
    }

    /// The name to show: its name, or `unnamed, pid 17` if it has none. Untrusted text.
    #[must_use]
    pub fn shown_name(&self) -> Cow<'_, str> {
        self.visible_name().map_or_else(|| Cow::Owned(t!("process-unnamed", pid = self.pid)), Cow::Borrowed)
    }
}

/// Why the owning process of a socket is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerMissing {
    /// The kernel keeps the entry after its process closed the socket (TIME_WAIT, or a socket without inode).
    NoProcess,
    /// A process that this program is not permitted to inspect, usually of another user.
    NotPermitted,
    /// None of the processes that can be read owns this socket.
    NotFound,
    /// All processes were read, and none owns it: it belongs to the kernel, as for a tunnel.
    Kernel,
    /// `/proc` cannot be read, so no owner can be found.
    ProcUnavailable,
    /// It opened and closed between two samples.
    ClosedTooSoon,
    /// This source does not report owners.
    NotMeasured,
}

impl OwnerMissing {
    /// All reasons; those that the user can do something about come first.
    pub const ALL: [Self; 7] = [
        Self::NotPermitted,
        Self::NotFound,
        Self::ProcUnavailable,
        Self::NotMeasured,
        Self::ClosedTooSoon,
        Self::NoProcess,
        Self::Kernel,
    ];

    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoProcess => "no-process",
            Self::NotPermitted => "not-permitted",
            Self::NotFound => "not-found",
            Self::Kernel => "kernel",
            Self::ProcUnavailable => "proc-unavailable",
            Self::ClosedTooSoon => "closed-too-soon",
            Self::NotMeasured => "not-measured",
        }
    }

    /// A sentence for the user.
    #[must_use]
    pub fn explain(self) -> &'static str {
        match self {
            Self::NoProcess => t!("owner-missing-no-process"),
            Self::NotPermitted => t!("owner-missing-not-permitted"),
            Self::NotFound => t!("owner-missing-not-found"),
            Self::Kernel => t!("owner-missing-kernel"),
            Self::ProcUnavailable => t!("owner-missing-proc-unavailable"),
            Self::ClosedTooSoon => t!("owner-missing-closed-too-soon"),
            Self::NotMeasured => t!("owner-missing-not-measured"),
        }
    }
}

/// The owner of a socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// A process.
    Process(Arc<Process>),
    /// Unknown, with the reason.
    Missing(OwnerMissing),
}

impl Owner {
    /// The process, if it is known.
    #[must_use]
    pub fn process(&self) -> Option<&Process> {
        match self {
            Self::Process(process) => Some(process),
            Self::Missing(_) => None,
        }
    }
}

/// What is known about the owner of a socket besides the process. On Linux the kernel reports it for sockets of all
/// users. Names come from outside: they are untrusted and must be escaped on output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OwnerContext {
    /// Short name of its service, scope or container (control group), such as `sshd.service`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Arc<str>>,
    /// Name of the user with the number [`SocketRow::uid`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Arc<str>>,
    /// All processes known to own the socket, in ascending order; empty unless there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pids: Vec<u32>,
}

/// The most specific owner that is known for a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder<'a> {
    /// A process.
    Process(&'a Process),
    /// A service, a scope or a container, by its short name.
    Unit(&'a str),
    /// A user.
    User {
        /// The user ID.
        uid: u32,
        /// The name, if the system has one.
        name: Option<&'a str>,
    },
    /// The kernel itself.
    Kernel,
    /// Unknown, with the reason.
    Unknown(OwnerMissing),
}

impl Holder<'_> {
    /// `process`, `unit`, `user`, `kernel` or `unknown`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Process(_) => "process",
            Self::Unit(_) => "unit",
            Self::User { .. } => "user",
            Self::Kernel => "kernel",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// Stated properties of the simulated peer of a demo or a benchmark, used instead of a lookup. Never present on
/// measured connections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Simulated {
    /// Location of the simulated peer; `None` if it has none.
    pub place: Option<Place>,
    /// AS number of its simulated operator.
    pub asn: Option<Asn>,
    /// Name of its simulated operator.
    #[serde(default)]
    pub as_organization: Option<Arc<str>>,
}

/// One connection (or listener) as read by a source at one moment. A [`Connection`](super::Connection) adds what the
/// program knows about it over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SocketRow {
    /// Identity.
    pub key: ConnectionKey,
    /// State of the socket.
    pub state: SocketState,
    /// Which end opened it; `None` for listeners.
    pub direction: Option<Direction>,
    /// The owner.
    pub owner: Owner,
    /// User ID of the socket, if the source reports it.
    pub uid: Option<u32>,
    /// Unit, user and further processes, if any of them is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Arc<OwnerContext>>,
    /// Name of the interface to which the socket is bound, if the source reports it. Link-local addresses need it: the
    /// same address is a different machine on another interface. Untrusted text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<Arc<str>>,
    /// Measured traffic, if the source measures it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
    /// Only present on simulated connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated: Option<Box<Simulated>>,
}

impl SocketRow {
    /// The address that is classified and located: the remote one, or the local one of a listener.
    #[must_use]
    pub fn subject_ip(&self) -> IpAddr {
        self.key.remote.unwrap_or(self.key.local).ip
    }

    /// The location of the far end, if no lookup is needed: the stated place of a simulated peer, or no place if the
    /// source does not report the far end (the local address is not used instead). `None` if a lookup is needed.
    #[must_use]
    pub fn stated_location(&self) -> Option<Location> {
        if self.is_remote_unknown() {
            return Some(Location::missing(PlaceMissing::RemoteUnknown));
        }
        let simulated = self.simulated.as_ref()?;
        Some(Location {
            place: simulated.place.clone().ok_or(PlaceMissing::NotInDatabase),
            asn: simulated.asn,
            as_organization: simulated.as_organization.clone(),
            anycast_reason: None,
            database: None,
        })
    }

    /// Class of [`SocketRow::subject_ip`]; public for a simulated peer, unspecified for a peer that is not reported.
    #[must_use]
    pub fn scope(&self) -> AddressScope {
        if self.is_remote_unknown() {
            return AddressScope::Unspecified;
        }
        if self.simulated.is_some() { AddressScope::Public } else { classify_address(self.subject_ip()) }
    }

    /// Whether `other` is equal except for traffic.
    #[must_use]
    pub fn is_same_but_for_traffic(&self, other: &Self) -> bool {
        let Self { key, state, direction, owner, uid, context, interface, traffic: _, simulated } = self;
        *key == other.key
            && *state == other.state
            && *direction == other.direction
            && *owner == other.owner
            && *uid == other.uid
            && *context == other.context
            && *interface == other.interface
            && *simulated == other.simulated
    }

    /// Short name of the owning service, scope or container; untrusted text.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        self.context.as_ref()?.unit.as_deref()
    }

    /// Name of the user with the number [`SocketRow::uid`]; untrusted text.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.context.as_ref()?.user.as_deref()
    }

    /// All processes known to own it, in ascending order.
    #[must_use]
    pub fn pids(&self) -> &[u32] {
        match (self.context.as_ref().map(|context| context.pids.as_slice()), &self.owner) {
            (Some(pids @ [_, ..]), _) => pids,
            (_, Owner::Process(process)) => std::slice::from_ref(&process.pid),
            _ => &[],
        }
    }

    /// The owner: the process or the kernel, or else the systemd unit, the user, or unknown.
    #[must_use]
    pub fn holder(&self) -> Holder<'_> {
        match (&self.owner, self.unit(), self.uid) {
            (Owner::Process(process), ..) => Holder::Process(process),
            (Owner::Missing(OwnerMissing::Kernel), ..) => Holder::Kernel,
            (Owner::Missing(_), Some(unit), _) => Holder::Unit(unit),
            (Owner::Missing(_), None, Some(uid)) => Holder::User { uid, name: self.user() },
            (Owner::Missing(reason), None, None) => Holder::Unknown(*reason),
        }
    }

    /// Keeps an owner that was found earlier, because the process may end before its socket does.
    pub fn keep_owner(&mut self, before: &Self) {
        if self.owner.process().is_none() && before.owner.process().is_some() {
            self.owner = before.owner.clone();
            self.context.clone_from(&before.context);
        }
        if self.context.is_none() {
            self.context.clone_from(&before.context);
        }
    }

    /// Whether its rates would change at the next sample even without traffic.
    #[must_use]
    pub(super) fn has_moving_rates(&self) -> bool {
        self.traffic.is_some_and(|traffic| {
            let moves = |bytes: Option<u64>, rate: Option<f32>| bytes.is_some() && rate != Some(0.0);
            moves(traffic.bytes_sent, traffic.rate_sent_bytes_per_sec)
                || moves(traffic.bytes_received, traffic.rate_received_bytes_per_sec)
        })
    }

    /// Whether it may have a peer that the source does not report.
    #[must_use]
    pub fn is_remote_unknown(&self) -> bool {
        self.key.remote.is_none() && !self.is_listener()
    }

    /// Whether this is a listener.
    #[must_use]
    pub fn is_listener(&self) -> bool {
        self.state.is_listening()
    }
}

#[cfg(test)]
mod tests;
