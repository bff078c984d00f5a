//! A `NETLINK_SOCK_DIAG` socket that lists the machine's sockets, without privilege and without `unsafe`.
//!
//! One socket and one receive buffer serve every dump. The socket is connected to the kernel, so that no other process
//! can answer in its place. After any failure it is thrown away: a dump that was given up may still be going on in it.

use super::{
    SamplerError,
    inet_diag::{DiagRow, Family, InetDiagError, dump_request, parse_dump},
};
use crate::model::Protocol;
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
/// What a datagram may grow the buffer to.
const MAX_BUFFER_BYTES: usize = 4 * 1024 * 1024;
/// How often a list that changed while it was read is asked for again.
const MAX_ATTEMPTS: usize = 3;

/// A client of the kernel's socket lists.
#[derive(Debug)]
pub(super) struct DiagSocket {
    socket: Option<OwnedFd>,
    buffer: Vec<u8>,
    sequence: u32,
    timeout: Duration,
}

/// Why one attempt did not give a whole list.
enum Failure {
    System(Errno),
    Answer(InetDiagError),
    /// The answer did not fit; the buffer is larger now.
    Again,
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

impl DiagSocket {
    /// A client that has asked nothing yet.
    ///
    /// # Errors
    /// The system refuses netlink sockets.
    pub(super) fn open() -> Result<Self, SamplerError> {
        let mut client = Self { socket: None, buffer: vec![0; BUFFER_BYTES], sequence: 0, timeout: TIMEOUT };
        match client.connected() {
            Ok(_) => Ok(client),
            Err(errno) => Err(SamplerError::Netlink { action: "ask for sockets", source: errno.into() }),
        }
    }

    /// Appends all sockets of `family` and `protocol` to `rows`; false when the list changed while it was read, three
    /// times over, so that rows may be missing or double.
    ///
    /// # Errors
    /// The kernel refuses, does not answer in time, or answers nonsense. Then nothing was appended.
    pub(super) fn dump(
        &mut self,
        family: Family,
        protocol: Protocol,
        rows: &mut Vec<DiagRow>,
    ) -> Result<bool, SamplerError> {
        let begin = rows.len();
        let mut is_whole = false;
        for attempt in 1..=MAX_ATTEMPTS {
            rows.truncate(begin);
            let failure = match self.try_dump(family, protocol, rows) {
                Ok(was_interrupted) => {
                    is_whole = !was_interrupted;
                    if is_whole {
                        break;
                    }
                    continue;
                }
                Err(failure) => failure,
            };
            self.socket = None;
            rows.truncate(begin);
            let is_passing = matches!(
                failure,
                Failure::Again | Failure::Answer(InetDiagError::Overrun) | Failure::System(Errno::NOBUFS)
            );
            if !(is_passing && attempt < MAX_ATTEMPTS) {
                return Err(self.explain(&failure, action(family, protocol)));
            }
        }
        Ok(is_whole)
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

    fn try_dump(&mut self, family: Family, protocol: Protocol, rows: &mut Vec<DiagRow>) -> Result<bool, Failure> {
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
                self.buffer.resize(received.next_power_of_two().min(MAX_BUFFER_BYTES), 0);
                return Err(Failure::Again);
            };
            let progress = parse_dump(datagram, sequence, |row| rows.push(row)).map_err(Failure::Answer)?;
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
            Failure::Answer(source) => SamplerError::Malformed { action, source },
            Failure::Again => SamplerError::Netlink { action, source: Errno::MSGSIZE.into() },
        }
    }
}

fn action(family: Family, protocol: Protocol) -> &'static str {
    match (protocol, family) {
        (Protocol::Tcp, Family::V4) => "list TCP sockets (IPv4)",
        (Protocol::Tcp, Family::V6) => "list TCP sockets (IPv6)",
        (Protocol::Tcp, Family::Both) => "list TCP sockets",
        (Protocol::Udp, Family::Both) => "list UDP sockets",
        (Protocol::Udp, Family::V4) => "list UDP sockets (IPv4)",
        (Protocol::Udp, Family::V6) => "list UDP sockets (IPv6)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

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
        // The first datagram holds rows, so that 20 bytes are too few.
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
        // Nothing was asked, so nothing is answered.
        let answer = net::recv(socket, &mut [0_u8; 16][..], RecvFlags::empty());
        assert_eq!(answer.map(|(_, length)| length), Err(Errno::AGAIN));
        let error = client.explain(&Failure::System(Errno::AGAIN), "list TCP sockets (IPv4)");
        assert!(error.to_string().contains("did not answer"), "{error}");
    }
}
