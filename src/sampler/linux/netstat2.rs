//! Linux additions to the source `netstat2`: users, and inodes to find owners as in the other sources.
//!
//! The owner search of the crate is not used: it reads all open files of all processes at each sample, and panics if
//! `/proc` cannot be read. A refused list looks like an empty one, so if a protocol is missing, the kernel's tables are
//! checked. Rows without an inode claim to belong to root, which is wrong.

use super::owners::{OwnerCache, SocketRef};
use crate::{
    language::t,
    model::{Degradation, DegradationKind, Protocol},
    sampler::{
        SamplerError,
        portable::{Beside, FAMILIES, PROTOCOLS, System, protocol},
    },
};
use netstat2::{SocketInfo, iterate_sockets_info_without_pids};

/// Linux, whose socket list contains inodes.
#[derive(Debug)]
pub(in crate::sampler) enum ByInode {}

impl System for ByInode {
    type Owners = OwnerCache;

    fn lacks() -> (&'static str, &'static str) {
        (t!("sampler-lacks-netstat2"), t!("sampler-remedy-udp-peers"))
    }

    fn owners() -> OwnerCache {
        OwnerCache::of_this_system()
    }

    fn list() -> Result<Vec<SocketInfo>, netstat2::error::Error> {
        iterate_sockets_info_without_pids(FAMILIES, PROTOCOLS).and_then(Iterator::collect)
    }

    fn beside(socket: &SocketInfo) -> Beside<SocketRef> {
        Beside {
            identity: socket.inode.into(),
            uid: (socket.inode != 0).then_some(socket.uid),
            clue: SocketRef { inode: socket.inode, uid: socket.uid, cgroup: 0 },
        }
    }

    fn missing(sockets: &[SocketInfo]) -> Result<Option<Degradation>, SamplerError> {
        let is_udp_hidden = check_what_is_missing(sockets)?;
        Ok(is_udp_hidden.then(|| {
            Degradation::new(DegradationKind::Sampling, t!("sampler-no-udp-netstat2"), t!("sampler-no-udp-remedy"))
        }))
    }
}

/// Distinguishes a refused list from an empty one, if the kernel's tables are readable. Returns true if only UDP is refused.
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

/// The first of the kernel's `tables` that has rows, and their number. Ignores tables that cannot be read.
fn hidden_rows(tables: [&'static str; 2]) -> Option<(&'static str, usize)> {
    tables.into_iter().find_map(|table| {
        // The first line is a header.
        let rows = std::fs::read_to_string(table).map_or(0, |text| text.lines().count().saturating_sub(1));
        (rows > 0).then_some((table, rows))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler::test_sockets::LoopbackSockets;

    #[test]
    fn a_list_of_nothing_is_doubted() {
        let sockets = LoopbackSockets::open("127.0.0.1").expect("loopback");
        let error = check_what_is_missing(&[]).expect_err("there are sockets");
        assert!(error.to_string().contains("/proc/net/tcp"), "{error}");
        let mut rows = ByInode::list().unwrap();
        assert!(!check_what_is_missing(&rows).unwrap());
        rows.retain(|row| protocol(row) == Protocol::Tcp);
        assert!(check_what_is_missing(&rows).unwrap(), "UDP is missing: {:?}", sockets.udp_key());
    }
}
