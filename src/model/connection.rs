//! One socket as a source reads it.

use super::{AddressScope, Asn, Location, Place, PlaceMissing, Traffic, classify_address};
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
    /// A UDP socket of which the source does not report whether it has a peer: neither of the two above, because either
    /// would be a guess. It is no listener, its direction is unknown, and it has no place.
    Unknown,
}

impl Protocol {
    /// Every protocol.
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
    /// Every state with the name that JSON, the filter and the table use.
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

    /// Whether a socket in this state waits for peers instead of having one.
    #[must_use]
    pub fn is_listening(self) -> bool {
        matches!(self, Self::Listen | Self::Unconnected)
    }
}

/// Which end opened the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The other end opened it: our port listens.
    In,
    /// This machine opened it.
    Out,
    /// Not reported by the source.
    Unknown,
}

impl Direction {
    /// Every direction.
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
    /// Address, canonical (see [`Endpoint::new`]).
    pub ip: IpAddr,
    /// Port, 0 when unbound.
    pub port: u16,
}

impl Endpoint {
    /// An end at `ip`, written in its canonical form.
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

/// The machine that a connection was seen on.
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
    /// The machine that it was seen on; not written where that is this one.
    #[serde(default, skip_serializing_if = "HostId::is_this")]
    pub host: HostId,
    /// Transport protocol.
    pub protocol: Protocol,
    /// This machine's end.
    pub local: Endpoint,
    /// The other end; `None` for listeners, for unconnected UDP, and where the source does not report it.
    pub remote: Option<Endpoint>,
    /// Socket cookie; the inode where there is no cookie; 0 where there is neither.
    pub identity: u64,
}

/// A process that holds a socket. Names come from other programs: they are untrusted text, to be escaped on output.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Process {
    /// Process number.
    pub pid: u32,
    /// Short name (`/proc/PID/comm` on Linux, completed where the kernel cut it); `None` where the system reports none.
    #[serde(default)]
    pub name: Option<Arc<str>>,
    /// Path of the executable, where it may be read.
    #[serde(default)]
    pub path: Option<Arc<str>>,
}

impl Process {
    /// Its name, if it has one that can be seen.
    #[must_use]
    pub fn visible_name(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.trim().is_empty())
    }

    /// What a person calls it: its name, `unnamed, pid 17` where it has none. Untrusted text.
    #[must_use]
    pub fn shown_name(&self) -> Cow<'_, str> {
        self.visible_name().map_or_else(|| Cow::Owned(format!("unnamed, pid {}", self.pid)), Cow::Borrowed)
    }
}

/// Why no process is known for a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerMissing {
    /// The kernel keeps the row after its process closed the socket (TIME_WAIT, or a socket without inode).
    NoProcess,
    /// A process that this program is not permitted to inspect: most often another user's.
    NotPermitted,
    /// No process that may be read holds this socket.
    NotFound,
    /// No process at all holds it, and all were seen: the kernel itself does, as for a tunnel.
    Kernel,
    /// `/proc` cannot be read, so no owner can be known.
    ProcUnavailable,
    /// It opened and closed between two samples.
    ClosedTooSoon,
    /// This source does not report owners.
    NotMeasured,
}

impl OwnerMissing {
    /// Every reason; first those about which something can be done.
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

    /// One sentence for a person.
    #[must_use]
    pub fn explain(self) -> &'static str {
        match self {
            Self::NoProcess => "its process has closed it; the kernel keeps it for a while",
            Self::NotPermitted => "no permission to inspect the process that holds it",
            Self::NotFound => "no process that netglobe can inspect holds it",
            Self::Kernel => "the kernel itself holds it, not a process, for example for a tunnel",
            Self::ProcUnavailable => "/proc cannot be read here",
            Self::ClosedTooSoon => "it closed before its process could be determined",
            Self::NotMeasured => "this source does not report processes",
        }
    }
}

/// Who holds the socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// A process.
    Process(Arc<Process>),
    /// Unknown, with the reason.
    Missing(OwnerMissing),
}

impl Owner {
    /// The process, where one is known.
    #[must_use]
    pub fn process(&self) -> Option<&Process> {
        match self {
            Self::Process(process) => Some(process),
            Self::Missing(_) => None,
        }
    }
}

/// What is known of a socket's holder beside the process. On Linux the kernel reports it of the sockets of every user.
/// Names come from outside: they are untrusted text, to be escaped on output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OwnerContext {
    /// Short name of the service, scope or container that it belongs to, `sshd.service` (its control group).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Arc<str>>,
    /// Name of the user [`SocketRow::uid`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Arc<str>>,
    /// Every process that is known to hold the socket, where there are several: ascending, and empty for one or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pids: Vec<u32>,
}

/// The best that is known of who holds a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder<'a> {
    /// A process.
    Process(&'a Process),
    /// A service, a scope or a container, by its short name.
    Unit(&'a str),
    /// A user.
    User {
        /// The number.
        uid: u32,
        /// The name, where the system has one.
        name: Option<&'a str>,
    },
    /// The kernel, and no process.
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

/// What a demo or a benchmark *states* about its invented peer, in place of what would be looked up. Never present on
/// a connection that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Simulated {
    /// Where the invented peer is; `None` for one of which no place is known.
    pub place: Option<Place>,
    /// Its invented operator's number.
    pub asn: Option<Asn>,
    /// Its invented operator.
    #[serde(default)]
    pub as_organization: Option<Arc<str>>,
}

/// One connection (or listener) as a source reads it at one moment: what the program knows of it over time is a
/// [`Connection`](super::Connection).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SocketRow {
    /// Identity.
    pub key: ConnectionKey,
    /// State of the socket.
    pub state: SocketState,
    /// Which end opened it; `None` for listeners.
    pub direction: Option<Direction>,
    /// Who holds it.
    pub owner: Owner,
    /// User number of the socket, where the source reports it.
    pub uid: Option<u32>,
    /// Unit, user and further processes, where any of them is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Arc<OwnerContext>>,
    /// Name of the interface that the socket is bound to, where it is and the source reports it. One with a link-local
    /// address is: the same address is another machine on another interface. Untrusted text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<Arc<str>>,
    /// Measured traffic, where the source measures it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
    /// Present on invented connections only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated: Option<Box<Simulated>>,
}

impl SocketRow {
    /// The address whose class and place matter: the remote one, or the local one of a listener.
    #[must_use]
    pub fn subject_ip(&self) -> IpAddr {
        self.key.remote.unwrap_or(self.key.local).ip
    }

    /// Where its other end is, as far as that takes no lookup: where an invented peer is said to be, and nowhere where the
    /// source does not report the other end; the address of this machine is not looked up in its stead. `None` otherwise.
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

    /// Class of [`SocketRow::subject_ip`]; an invented peer counts as public, and one that is not reported as unspecified.
    #[must_use]
    pub fn scope(&self) -> AddressScope {
        if self.is_remote_unknown() {
            return AddressScope::Unspecified;
        }
        if self.simulated.is_some() { AddressScope::Public } else { classify_address(self.subject_ip()) }
    }

    /// Whether `other` differs in its traffic at most.
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

    /// Short name of the service, scope or container that holds it; untrusted text.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        self.context.as_ref()?.unit.as_deref()
    }

    /// Name of the user [`SocketRow::uid`]; untrusted text.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.context.as_ref()?.user.as_deref()
    }

    /// Every process that is known to hold it, ascending.
    #[must_use]
    pub fn pids(&self) -> &[u32] {
        match (self.context.as_ref().map(|context| context.pids.as_slice()), &self.owner) {
            (Some(pids @ [_, ..]), _) => pids,
            (_, Owner::Process(process)) => std::slice::from_ref(&process.pid),
            _ => &[],
        }
    }

    /// The owner: the process or the kernel, else the systemd unit, else the user, else unknown.
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

    /// Takes over what was known of who holds it before: an owner found once is kept, since the process may be gone
    /// before the socket is.
    pub fn keep_owner(&mut self, before: &Self) {
        if self.owner.process().is_none() && before.owner.process().is_some() {
            self.owner = before.owner.clone();
            self.context.clone_from(&before.context);
        }
        if self.context.is_none() {
            self.context.clone_from(&before.context);
        }
    }

    /// Whether its rates would be others at the next sample although nothing flows until then.
    #[must_use]
    pub(super) fn has_moving_rates(&self) -> bool {
        self.traffic.is_some_and(|traffic| {
            let moves = |bytes: Option<u64>, rate: Option<f32>| bytes.is_some() && rate != Some(0.0);
            moves(traffic.bytes_sent, traffic.rate_sent_bytes_per_sec)
                || moves(traffic.bytes_received, traffic.rate_received_bytes_per_sec)
        })
    }

    /// Whether it may have a peer, of which the source reports nothing.
    #[must_use]
    pub fn is_remote_unknown(&self) -> bool {
        self.key.remote.is_none() && !self.is_listener()
    }

    /// Whether this row waits for peers and has none.
    #[must_use]
    pub fn is_listener(&self) -> bool {
        self.state.is_listening()
    }
}

#[cfg(test)]
mod tests;
