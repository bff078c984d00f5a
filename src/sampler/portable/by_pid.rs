//! Systems whose socket lists contain pids: all except Linux.

use super::{Beside, FAMILIES, PROTOCOLS, System};
use crate::{
    language::t,
    sampler::owners::by_pid::{Holders, OwnersByPid},
};
use netstat2::{ProtocolSocketInfo, SocketInfo, TcpState};

/// Such a system.
#[derive(Debug)]
pub(in crate::sampler) enum ByPid {}

impl System for ByPid {
    type Owners = OwnersByPid;

    fn lacks() -> (&'static str, &'static str) {
        let what = if cfg!(windows) { t!("sampler-lacks-windows") } else { t!("sampler-lacks-netstat2") };
        (what, t!("sampler-lacks-remedy-interval"))
    }

    fn owners() -> OwnersByPid {
        OwnersByPid::new()
    }

    fn list() -> Result<Vec<SocketInfo>, netstat2::error::Error> {
        netstat2::get_sockets_info(FAMILIES, PROTOCOLS)
    }

    fn beside(socket: &SocketInfo) -> Beside<Holders> {
        let is_time_wait = matches!(
            &socket.protocol_socket_info,
            ProtocolSocketInfo::Tcp(tcp) if tcp.state == TcpState::TimeWait
        );
        Beside { identity: 0, uid: None, clue: Holders { pids: socket.associated_pids.clone(), is_time_wait } }
    }
}
