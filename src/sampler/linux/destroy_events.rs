//! Socket destroy events from the kernel, without privileges: multicast groups 1 to 4 of `NETLINK_SOCK_DIAG` (TCP and
//! UDP, IPv4 and IPv6).
//!
//! A thread only receives, because the kernel drops events that do not fit into the socket buffer. Dropped events are
//! counted: the error that reports them (ENOBUFS) carries no number, but the column `Drops` of `/proc/net/netlink`
//! does. The queue of received events is bounded, and events that do not fit are counted as well.
//!
//! An event contains the cookie, both endpoints and, for TCP, the counters. User and inode are not filled in. A socket
//! that was aborted, or never connected, has lost its remote endpoint and its counters.

use super::inet_diag::{DiagRow, parse_events};
use crate::{language::t, model::Protocol, sampler::SamplerError};
use crossbeam_channel::{Receiver, Sender, bounded};
use rustix::{
    fd::OwnedFd,
    io::Errno,
    net::{
        self, AddressFamily, RecvFlags, SocketFlags, SocketType,
        netlink::{self, SocketAddrNetlink},
        sockopt::{self, Timeout},
    },
};
use std::{
    fs, mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::Builder,
    time::Duration,
};

/// Bit mask of groups 1 to 4.
const GROUPS: u32 = 0b1111;
/// Space for about 16,000 events; less if the system does not allow it.
const KERNEL_BUFFER_BYTES: usize = 16 * 1024 * 1024;
const BUFFER_BYTES: usize = 16 * 1024;
/// Maximum number of queued events, about 10 MB.
const MAX_WAITING: usize = 65_536;
/// Time within which the thread notices that it should stop.
const RECV_TIMEOUT: Duration = Duration::from_secs(1);

/// Sockets that were destroyed.
#[derive(Debug, Default)]
pub(super) struct Destroyed {
    /// In order of destruction.
    pub(super) rows: Vec<(Protocol, DiagRow)>,
    /// Number of events dropped by the kernel or by the queue, since the start.
    pub(super) missed: u64,
}

/// Handle of the thread. Dropping it stops the thread within a second.
#[derive(Debug)]
pub(super) struct DestroyEvents {
    shared: Arc<Shared>,
    arrivals: Receiver<()>,
    gaps: Receiver<()>,
}

#[derive(Debug, Default)]
struct Shared {
    destroyed: Mutex<Destroyed>,
    /// The handle was dropped.
    is_over: AtomicBool,
    /// The reader has stopped, for whatever reason.
    has_ended: AtomicBool,
}

impl DestroyEvents {
    /// Subscribes to the events and starts the thread.
    ///
    /// # Errors
    /// If the system refuses the socket or the thread.
    pub(super) fn subscribe() -> Result<Self, SamplerError> {
        let refused = |source: std::io::Error| SamplerError::Netlink { action: t!("sampler-action-events"), source };
        let socket = subscribed().map_err(|errno| refused(errno.into()))?;
        let port = port_of(&socket);
        let shared = Arc::new(Shared::default());
        let (arrived, arrivals) = bounded(1);
        let (lost, gaps) = bounded(1);
        let mut reader = Reader { socket, port, shared: Arc::clone(&shared), arrived, lost, kernel_drops: 0 };
        Builder::new().name("closed sockets".to_owned()).spawn(move || reader.run()).map_err(refused)?;
        Ok(Self { shared, arrivals, gaps })
    }

    /// Moves the queued events to `rows`, and returns the number of events missed since the start.
    pub(super) fn take(&self, rows: &mut Vec<(Protocol, DiagRow)>) -> u64 {
        let mut destroyed = self.shared.destroyed.lock().unwrap_or_else(PoisonError::into_inner);
        rows.append(&mut destroyed.rows);
        destroyed.missed
    }

    /// Whether the reader has stopped on its own: there will be no more events.
    pub(super) fn has_ended(&self) -> bool {
        self.shared.has_ended.load(Ordering::Acquire)
    }

    /// Signals that events have arrived since the last receive.
    pub(super) fn arrivals(&self) -> &Receiver<()> {
        &self.arrivals
    }

    /// Signals that events were lost since the last receive.
    pub(super) fn gaps(&self) -> &Receiver<()> {
        &self.gaps
    }
}

#[cfg(test)]
impl DestroyEvents {
    /// A handle whose reader has already stopped, because it reads from something that is not a socket.
    pub(super) fn ended() -> Self {
        let ((arrived, arrivals), (lost, gaps)) = (bounded(1), bounded(1));
        let shared = Arc::new(Shared::default());
        let socket = OwnedFd::from(fs::File::open("/dev/null").expect("a device"));
        let mut reader = Reader { socket, port: None, shared: Arc::clone(&shared), arrived, lost, kernel_drops: 0 };
        Builder::new().name("test".to_owned()).spawn(move || reader.run()).expect("a thread");
        gaps.recv_timeout(Duration::from_secs(10)).expect("it is said");
        Self { shared, arrivals, gaps }
    }
}

impl Drop for DestroyEvents {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
    }
}

fn subscribed() -> Result<OwnedFd, Errno> {
    let kind = SocketType::DGRAM;
    let socket = net::socket_with(AddressFamily::NETLINK, kind, SocketFlags::CLOEXEC, Some(netlink::SOCK_DIAG))?;
    // Exceeding the system's limit needs privileges; otherwise use as much as it allows.
    if sockopt::set_socket_recv_buffer_size_force(&socket, KERNEL_BUFFER_BYTES).is_err() {
        sockopt::set_socket_recv_buffer_size(&socket, KERNEL_BUFFER_BYTES)?;
    }
    sockopt::set_socket_timeout(&socket, Timeout::Recv, Some(RECV_TIMEOUT))?;
    net::bind(&socket, &SocketAddrNetlink::new(0, GROUPS))?;
    // From now on only the kernel can send to it.
    net::connect(&socket, &SocketAddrNetlink::new(0, 0))?;
    Ok(socket)
}

/// The port of the socket in `/proc/net/netlink`.
fn port_of(socket: &OwnedFd) -> Option<u32> {
    let address = net::getsockname(socket).ok()?;
    SocketAddrNetlink::try_from(address).ok().map(|address| address.pid())
}

struct Reader {
    socket: OwnedFd,
    port: Option<u32>,
    shared: Arc<Shared>,
    arrived: Sender<()>,
    lost: Sender<()>,
    /// The kernel's drop count when it was last read.
    kernel_drops: u64,
}

impl Drop for Reader {
    /// Runs after a panic, too.
    fn drop(&mut self) {
        self.shared.has_ended.store(true, Ordering::Release);
        // If the channel is full, a signal is already pending.
        self.lost.try_send(()).unwrap_or_default();
    }
}

impl Reader {
    fn run(&mut self) {
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut rows = Vec::new();
        // After a loss, the kernel may drop more events without an error until its buffer has space again.
        let mut is_losing = false;
        while !self.shared.is_over.load(Ordering::Relaxed) {
            let flags = if is_losing { RecvFlags::DONTWAIT | RecvFlags::TRUNC } else { RecvFlags::TRUNC };
            match net::recv(&self.socket, buffer.as_mut_slice(), flags) {
                Ok((_, length)) => {
                    let lost = read_events(buffer.get(..length), &mut rows);
                    self.hand_over(&mut rows, lost);
                }
                Err(Errno::NOBUFS) => {
                    is_losing = true;
                    let lost = self.count_drops();
                    self.hand_over(&mut rows, lost);
                }
                Err(Errno::AGAIN) if is_losing => {
                    is_losing = false;
                    let lost = self.count_drops();
                    self.hand_over(&mut rows, lost);
                }
                Err(Errno::AGAIN | Errno::INTR) => {}
                // The socket is unusable; `has_ended` reports it.
                Err(_) => return,
            }
        }
    }

    fn hand_over(&self, rows: &mut Vec<(Protocol, DiagRow)>, missed: u64) {
        if rows.is_empty() && missed == 0 {
            return;
        }
        let mut destroyed = self.shared.destroyed.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MAX_WAITING.saturating_sub(destroyed.rows.len());
        let missed = missed + rows.len().saturating_sub(room) as u64;
        destroyed.missed += missed;
        destroyed.rows.extend(rows.drain(..).take(room));
        drop(destroyed);
        // If the channel is full, a signal is already pending.
        if missed > 0 {
            self.lost.try_send(()).unwrap_or_default();
        }
        self.arrived.try_send(()).unwrap_or_default();
    }

    /// Number of events that the kernel has dropped since the last call.
    fn count_drops(&mut self) -> u64 {
        let table = fs::read_to_string("/proc/net/netlink").unwrap_or_default();
        let Some(drops) = self.port.and_then(|port| drops_of(&table, port)) else { return 1 };
        drops - mem::replace(&mut self.kernel_drops, drops).min(drops)
    }
}

/// Appends the events of a datagram (`None` if it was truncated), and returns a lower bound of the number of missing events.
fn read_events(datagram: Option<&[u8]>, rows: &mut Vec<(Protocol, DiagRow)>) -> u64 {
    let read = datagram.map(|datagram| parse_events(datagram, |protocol, row| rows.push((protocol, row))));
    u64::from(read.is_none_or(|read| read.is_err()))
}

/// The column `Drops` of the diagnostic socket `port` in `/proc/net/netlink`.
pub(super) fn drops_of(table: &str, port: u32) -> Option<u64> {
    let mut lines = table.lines();
    let heading: Vec<&str> = lines.next()?.split_whitespace().collect();
    let column = |name: &str| heading.iter().position(|title| *title == name);
    let (protocol, pid, drops) = (column("Eth")?, column("Pid")?, column("Drops")?);
    lines.find_map(|line| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let is_it = cells.get(protocol) == Some(&"4") && cells.get(pid)?.parse() == Ok(port);
        is_it.then(|| cells.get(drops)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{
        net::{TcpListener, TcpStream},
        thread,
        time::Instant,
    };

    #[test]
    fn the_drops_of_one_socket_are_found() {
        let table = "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n\
                     0000000017266531 0   77         00000000 0        0        0     2        5        469445\n\
                     00000000b4091728 4   76         0000000f 0        0        0     2        6        469471\n\
                     00000000b4091729 4   77         0000000f 0        0        0     2        1898     469472\n";
        for (table, port, drops) in
            [(table, 77, Some(1898)), (table, 78, None), ("", 77, None), ("sk\n77 4\n", 77, None)]
        {
            assert_eq!(drops_of(table, port), drops);
        }
    }

    #[test]
    fn what_cannot_be_read_is_counted() {
        let mut rows = Vec::new();
        let header = |length: u32| [&length.to_ne_bytes()[..], &[0; 12]].concat();
        for (datagram, lost) in [
            (None, 1),
            (Some(vec![]), 0),
            (Some(header(16)), 0),
            (Some(header(17)), 1),
            (Some(header(15)), 1),
            (Some(vec![255; 40]), 1),
        ] {
            assert_eq!(read_events(datagram.as_deref(), &mut rows), lost, "{datagram:?}");
        }
        assert!(rows.is_empty());
    }

    proptest! {
        #[test]
        fn no_table_is_too_strange(text in "[a-zA-Z0-9 \n]{0,200}", port: u32) {
            let table = format!("sk Eth Pid Drops\n{text}\n0 4 {port} 7\n");
            prop_assert!(drops_of(&text, port).is_none() || text.contains("Drops"));
            prop_assert!(drops_of(&table, port).is_some());
        }
    }

    #[test]
    fn a_socket_is_reported_when_it_is_destroyed_with_its_other_end() {
        let events = DestroyEvents::subscribe().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (local, remote) = (client.local_addr().unwrap(), client.peer_addr().unwrap());
        let (server, _) = listener.accept().unwrap();
        drop(client);
        drop(server);
        let (mut rows, deadline) = (Vec::new(), Instant::now() + Duration::from_mins(1));
        let is_it = |row: &DiagRow| row.local.port == local.port() && row.remote.port == remote.port();
        while !rows.iter().any(|(protocol, row)| *protocol == Protocol::Tcp && is_it(row)) {
            assert!(Instant::now() < deadline, "nobody reported of it");
            events.arrivals().recv_timeout(Duration::from_secs(10)).unwrap();
            events.take(&mut rows);
        }
        let (_, row) = rows.iter().find(|(_, row)| is_it(row)).unwrap();
        assert!(row.cookie != 0 && row.info.is_some());
    }

    #[test]
    fn a_reader_that_ends_by_itself_says_so_at_once() {
        assert!(DestroyEvents::ended().has_ended());
        let running = DestroyEvents::subscribe().unwrap();
        assert!(!running.has_ended(), "and one that reads has not ended");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        const CLOSED: usize = 500;
        // Without a reader, the kernel drops events and counts them.
        let socket = subscribed().unwrap();
        sockopt::set_socket_recv_buffer_size(&socket, 0).unwrap();
        let ((arrived, arrivals), (lost, gaps)) = (bounded(1), bounded(1));
        let shared = Arc::new(Shared::default());
        let port = port_of(&socket);
        let mut reader = Reader { socket, port, shared: Arc::clone(&shared), arrived, lost, kernel_drops: 0 };
        for _ in 0..CLOSED {
            let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            udp.connect("127.0.0.1:9").unwrap();
        }
        // The kernel delivers events asynchronously.
        let deadline = Instant::now() + Duration::from_mins(1);
        let dropped = || drops_of(&fs::read_to_string("/proc/net/netlink").unwrap(), port.unwrap());
        while dropped() == Some(0) {
            assert!(Instant::now() < deadline, "the kernel drops nothing");
            thread::yield_now();
        }
        let events = DestroyEvents { shared: Arc::clone(&shared), arrivals, gaps };
        let thread = thread::Builder::new().spawn(move || reader.run()).unwrap();
        let (mut rows, mut missed) = (Vec::new(), 0);
        while rows.len() as u64 + missed < CLOSED as u64 && Instant::now() < deadline {
            events.arrivals().recv_timeout(Duration::from_secs(1)).unwrap_or_default();
            missed = events.take(&mut rows);
        }
        assert_eq!(events.gaps().try_recv(), Ok(()), "and it is said at once");
        drop(events);
        thread.join().unwrap();
        assert!(missed > 0 && rows.len() as u64 + missed >= CLOSED as u64, "{} read, {missed} missed", rows.len());
    }
}
