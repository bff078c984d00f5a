//! A `NETLINK_SOCK_DIAG` client that lists the machine's sockets, without privileges and without `unsafe`.
//!
//! One socket and one receive buffer are used for all dumps. The socket is connected to the kernel, so that no other
//! process can answer instead. After any failure it is replaced, because an aborted dump may continue in it.

use super::inet_diag::{DiagRow, Family, InetDiagError, dump_request, parse_dump};
use crate::{language::t, model::Protocol, sampler::SamplerError};
use rustix::{
    fd::OwnedFd,
    io::Errno,
    net::{
        self, AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType,
        netlink::{self, SocketAddrNetlink},
        sockopt::{self, Timeout},
    },
};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(2);
/// The kernel fills at most 32 KiB at a time.
const BUFFER_BYTES: usize = 64 * 1024;
/// Maximum size of the buffer, which grows with large datagrams.
const MAX_BUFFER_BYTES: usize = 4 * 1024 * 1024;
/// How often a dump is attempted if the table changes meanwhile.
const MAX_ATTEMPTS: usize = 3;

/// A client of the kernel's socket lists.
#[derive(Debug)]
pub(super) struct DiagSocket {
    socket: Option<OwnedFd>,
    buffer: Vec<u8>,
    sequence: u32,
    timeout: Duration,
}

/// Receives the rows of a list.
pub(super) trait RowSink {
    /// Discards the rows since the beginning of this list: it is read again, or given up.
    fn restart(&mut self);

    /// A row.
    fn row(&mut self, row: DiagRow);
}

/// Why an attempt did not give a complete list.
enum Failure {
    System(Errno),
    Answer(InetDiagError),
    /// The answer did not fit; the buffer has grown.
    Again,
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

impl DiagSocket {
    /// Creates a client.
    ///
    /// # Errors
    /// If the system refuses netlink sockets.
    pub(super) fn open() -> Result<Self, SamplerError> {
        let mut client = Self { socket: None, buffer: vec![0; BUFFER_BYTES], sequence: 0, timeout: TIMEOUT };
        match client.connected() {
            Ok(_) => Ok(client),
            Err(errno) => Err(SamplerError::Netlink { action: t!("sampler-action-ask"), source: errno.into() }),
        }
    }

    /// Passes all sockets of `family` and `protocol` to `sink`. Returns false if the table changed during each of three
    /// attempts, so that rows may be missing or duplicated.
    ///
    /// # Errors
    /// If the kernel refuses, times out, or gives an invalid answer. In that case `sink` was restarted.
    pub(super) fn dump<S: RowSink>(
        &mut self,
        family: Family,
        protocol: Protocol,
        sink: &mut S,
    ) -> Result<bool, SamplerError> {
        self.dump_by(family, protocol, sink, |client, sink| client.try_dump(family, protocol, sink))
    }

    /// [`DiagSocket::dump`] with `attempt` in place of a real attempt.
    fn dump_by<S: RowSink>(
        &mut self,
        family: Family,
        protocol: Protocol,
        sink: &mut S,
        mut attempt: impl FnMut(&mut Self, &mut S) -> Result<bool, Failure>,
    ) -> Result<bool, SamplerError> {
        for number in 1..=MAX_ATTEMPTS {
            let is_last = number == MAX_ATTEMPTS;
            match attempt(self, sink) {
                Ok(was_interrupted) if !was_interrupted || is_last => return Ok(!was_interrupted),
                Ok(_) => sink.restart(),
                Err(failure) => {
                    self.socket = None;
                    sink.restart();
                    let is_passing = matches!(
                        failure,
                        Failure::Again | Failure::Answer(InetDiagError::Overrun) | Failure::System(Errno::NOBUFS)
                    );
                    if !is_passing || is_last {
                        return Err(self.explain(&failure, action(family, protocol)));
                    }
                }
            }
        }
        Ok(false)
    }

    fn connected(&mut self) -> Result<&OwnedFd, Errno> {
        if self.socket.is_none() {
            let socket = net::socket_with(
                AddressFamily::NETLINK,
                SocketType::DGRAM,
                SocketFlags::CLOEXEC,
                Some(netlink::SOCK_DIAG),
            )?;
            sockopt::set_socket_timeout(&socket, Timeout::Recv, Some(self.timeout))?;
            sockopt::set_socket_timeout(&socket, Timeout::Send, Some(self.timeout))?;
            net::bind(&socket, &SocketAddrNetlink::new(0, 0))?;
            net::connect(&socket, &SocketAddrNetlink::new(0, 0))?;
            self.socket = Some(socket);
        }
        self.socket.as_ref().ok_or(Errno::BADF)
    }

    fn try_dump(&mut self, family: Family, protocol: Protocol, sink: &mut impl RowSink) -> Result<bool, Failure> {
        self.sequence = self.sequence.wrapping_add(1);
        let sequence = self.sequence;
        let request = dump_request(family, protocol, sequence);
        net::send(self.connected()?, &request, SendFlags::empty())?;
        let mut was_interrupted = false;
        loop {
            let socket = self.socket.as_ref().ok_or(Errno::BADF)?;
            let received = match net::recv(socket, self.buffer.as_mut_slice(), RecvFlags::TRUNC) {
                Ok((_, length)) => length,
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            };
            let Some(datagram) = self.buffer.get(..received) else {
                // The next one may be longer than this one.
                let bytes = received.next_power_of_two().clamp(BUFFER_BYTES, MAX_BUFFER_BYTES);
                self.buffer.resize(bytes, 0);
                return Err(Failure::Again);
            };
            let progress = parse_dump(datagram, sequence, |row| sink.row(row)).map_err(Failure::Answer)?;
            was_interrupted |= progress.was_interrupted;
            if progress.is_done {
                return Ok(was_interrupted);
            }
        }
    }

    fn explain(&self, failure: &Failure, action: &'static str) -> SamplerError {
        match *failure {
            Failure::System(Errno::AGAIN) => SamplerError::TimedOut { action, seconds: self.timeout.as_secs() },
            Failure::System(errno) => SamplerError::Netlink { action, source: errno.into() },
            Failure::Answer(InetDiagError::Kernel(code)) => {
                SamplerError::Netlink { action, source: std::io::Error::from_raw_os_error(code) }
            }
            Failure::Answer(source) => SamplerError::Malformed { action, source: source.into() },
            Failure::Again => SamplerError::Netlink { action, source: Errno::MSGSIZE.into() },
        }
    }
}

fn action(family: Family, protocol: Protocol) -> &'static str {
    match (protocol, family) {
        (Protocol::Tcp, Family::V4) => t!("sampler-action-tcp-ipv4"),
        (Protocol::Tcp, Family::V6) => t!("sampler-action-tcp-ipv6"),
        (Protocol::Tcp, Family::Both) => t!("sampler-action-tcp"),
        (Protocol::Udp, Family::Both) => t!("sampler-action-udp"),
        (Protocol::Udp, Family::V4) => t!("sampler-action-udp-ipv4"),
        (Protocol::Udp, Family::V6) => t!("sampler-action-udp-ipv6"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    impl RowSink for Vec<DiagRow> {
        fn restart(&mut self) {
            self.clear();
        }

        fn row(&mut self, row: DiagRow) {
            self.push(row);
        }
    }

    /// A row with this port.
    fn row(port: u16) -> DiagRow {
        let end = |port| crate::model::Endpoint::new([127, 0, 0, 1].into(), port);
        DiagRow {
            local: end(port),
            remote: end(9),
            state: 1,
            is_time_wait: false,
            is_v6_only: false,
            cookie: port.into(),
            uid: 0,
            inode: 0,
            interface: 0,
            cgroup: 0,
            info: None,
        }
    }

    /// Result of attempts that give one row each, numbered from 1: whether the list is complete, and its rows.
    fn after(attempts: Vec<Result<bool, Failure>>) -> (Result<bool, String>, Vec<u16>) {
        let (mut client, mut rows) = (DiagSocket::open().unwrap(), Vec::new());
        let mut attempts = attempts.into_iter().zip(1..);
        let outcome = client.dump_by(Family::V4, Protocol::Tcp, &mut rows, |_, rows| {
            let (outcome, number) = attempts.next().expect("no more attempts than these");
            rows.row(row(number));
            outcome
        });
        assert_eq!(attempts.next().map(|(_, number)| number), None, "as many attempts as these");
        (outcome.map_err(|error| error.to_string()), rows.iter().map(|row| row.local.port).collect())
    }

    #[test]
    fn a_list_that_was_interrupted_is_taken_again_and_only_the_last_one_counts() {
        assert_eq!(after(vec![Ok(false)]), (Ok(true), vec![1]));
        assert_eq!(after(vec![Ok(true), Ok(false)]), (Ok(true), vec![2]));
        assert_eq!(after(vec![Ok(true), Ok(true), Ok(true)]), (Ok(false), vec![3]), "and it is said");
    }

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_an_error_without_rows() {
        let overrun = || Err(Failure::Answer(InetDiagError::Overrun));
        let lost = || Err(Failure::System(Errno::NOBUFS));
        assert_eq!(after(vec![overrun(), lost(), Ok(false)]), (Ok(true), vec![3]));
        assert_eq!(after(vec![Err(Failure::Again), Ok(true), Ok(false)]), (Ok(true), vec![3]));
        let truncated = InetDiagError::Truncated { offset: 0, claimed: 9, available: 8 };
        for (attempts, said) in [
            (vec![overrun(), overrun(), overrun()], "lost"),
            (vec![Err(Failure::Answer(truncated))], "9 bytes"),
            (vec![Err(Failure::Answer(InetDiagError::Kernel(1)))], "not permitted"),
            (vec![Ok(true), Err(Failure::System(Errno::AGAIN))], "no answer"),
        ] {
            let (outcome, rows) = after(attempts);
            assert!(outcome.as_ref().is_err_and(|error| error.contains(said)), "{said}: {outcome:?}");
            assert_eq!(rows, [0_u16; 0], "{said}");
        }
    }

    #[test]
    fn nobody_but_the_kernel_can_answer() {
        let mut client = DiagSocket::open().unwrap();
        let ours = net::getsockname(client.connected().unwrap()).unwrap();
        let port = SocketAddrNetlink::try_from(ours).unwrap().pid();
        let kind = SocketType::DGRAM;
        let stranger =
            net::socket_with(AddressFamily::NETLINK, kind, SocketFlags::CLOEXEC, Some(netlink::SOCK_DIAG)).unwrap();
        let to = SocketAddrNetlink::new(port, 0);
        assert_eq!(net::sendto(&stranger, &[0; 16], SendFlags::empty(), &to), Err(Errno::CONNREFUSED));
    }

    #[test]
    fn a_socket_of_ours_is_in_the_list_again_and_again() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut client = DiagSocket::open().unwrap();
        for _ in 0..3 {
            let mut rows = Vec::new();
            client.dump(Family::V4, Protocol::Tcp, &mut rows).unwrap();
            let row = rows.iter().find(|row| row.local.port == port && row.state == 10).expect("our listener");
            assert!(row.cookie != 0 && row.inode != 0);
        }
    }

    #[test]
    fn an_answer_that_does_not_fit_is_asked_for_again() {
        let _listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = DiagSocket::open().unwrap();
        client.buffer = vec![0; 20];
        let mut rows = Vec::new();
        // The first datagram contains rows, so 20 bytes are not enough.
        client.dump(Family::V4, Protocol::Tcp, &mut rows).unwrap();
        assert!(!rows.is_empty());
        assert!(client.buffer.len() > 20);
    }

    #[test]
    fn a_kernel_that_says_nothing_is_not_waited_for() {
        let mut client = DiagSocket::open().unwrap();
        client.timeout = Duration::from_millis(20);
        client.socket = None;
        let socket = client.connected().unwrap();
        // Without a request there is no answer.
        let answer = net::recv(socket, &mut [0_u8; 16][..], RecvFlags::empty());
        assert_eq!(answer.map(|(_, length)| length), Err(Errno::AGAIN));
        let error = client.explain(&Failure::System(Errno::AGAIN), "list TCP sockets (IPv4)");
        assert!(error.to_string().contains("no answer"), "{error}");
    }
}
