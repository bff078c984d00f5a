//! Real sockets on the loopback interface, for tests of the sources.

use crate::model::{Endpoint, Protocol, SocketRow};
use std::{
    io::Read,
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
};

/// Protocol and both endpoints of a socket.
pub(super) type Ends = (Protocol, Endpoint, Option<Endpoint>);

/// One TCP connection and one connected UDP socket, with their listeners.
pub(super) struct LoopbackSockets {
    listener: TcpListener,
    client: TcpStream,
    server: TcpStream,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "it is held open"))]
    udp_server: UdpSocket,
    udp_client: UdpSocket,
}

impl LoopbackSockets {
    /// Opens all on `ip`; `None` if the machine does not have that address.
    pub(super) fn open(ip: &str) -> Option<Self> {
        let any = SocketAddr::new(ip.parse().unwrap(), 0);
        let Ok(listener) = TcpListener::bind(any) else {
            println!("NOT RUN for {ip}: this machine has no such address");
            return None;
        };
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        let udp_server = UdpSocket::bind(any).unwrap();
        let udp_client = UdpSocket::bind(any).unwrap();
        udp_client.connect(udp_server.local_addr().unwrap()).unwrap();
        Some(Self { listener, client, server, udp_server, udp_client })
    }

    /// The connecting end.
    pub(super) fn tcp_key(&self) -> Ends {
        let ends = (self.client.local_addr().unwrap(), self.client.peer_addr().unwrap());
        (Protocol::Tcp, endpoint(ends.0), Some(endpoint(ends.1)))
    }

    /// The accepting end.
    pub(super) fn tcp_accepted_key(&self) -> Ends {
        let (protocol, local, remote) = self.tcp_key();
        (protocol, remote.unwrap(), Some(local))
    }

    pub(super) fn tcp_listener_key(&self) -> Ends {
        (Protocol::Tcp, endpoint(self.listener.local_addr().unwrap()), None)
    }

    pub(super) fn udp_key(&self) -> Ends {
        let ends = (self.udp_client.local_addr().unwrap(), self.udp_client.peer_addr().unwrap());
        (Protocol::Udp, endpoint(ends.0), Some(endpoint(ends.1)))
    }

    #[cfg(target_os = "linux")]
    pub(super) fn udp_listener_key(&self) -> Ends {
        (Protocol::Udp, endpoint(self.udp_server.local_addr().unwrap()), None)
    }

    /// Closes the TCP connection so that the connecting end remains in TIME_WAIT.
    pub(super) fn close_client_first(self) {
        let Self { client, mut server, .. } = self;
        drop(client);
        assert_eq!(server.read(&mut [0; 8]).unwrap(), 0);
        drop(server);
    }
}

fn endpoint(address: SocketAddr) -> Endpoint {
    Endpoint::new(address.ip(), address.port())
}

/// The row with these endpoints.
pub(super) fn find(rows: &[SocketRow], ends: Ends) -> Option<&SocketRow> {
    rows.iter().find(|row| (row.key.protocol, row.key.local, row.key.remote) == ends)
}
