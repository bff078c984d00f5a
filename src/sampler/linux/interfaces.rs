//! Names of network interfaces by index.
//!
//! Link-local addresses are only unique per interface, so a socket that uses one is bound to an interface.

use rustc_hash::FxHashMap;
use rustix::net::{AddressFamily, SocketFlags, SocketType, netdevice::index_to_name, socket_with};
use std::sync::Arc;

/// Names are queried again after this many samples, because interfaces may be renamed.
const PERIOD: u64 = 64;

/// Cached names.
#[derive(Debug, Default)]
pub(super) struct Interfaces {
    sample: u64,
    names: FxHashMap<u32, Arc<str>>,
}

impl Interfaces {
    /// Begins a sample.
    pub(super) fn begin(&mut self) {
        self.sample += 1;
        if self.sample.is_multiple_of(PERIOD) {
            self.names.clear();
        }
    }

    /// The name of the interface `index`, or the index itself if the system does not report a name, which is equally
    /// valid after an address (RFC 4007 §11.2). `None` for 0, which is no interface.
    pub(super) fn name(&mut self, index: u32) -> Option<Arc<str>> {
        if index == 0 {
            return None;
        }
        Some(Arc::clone(self.names.entry(index).or_insert_with(|| Arc::from(ask(index)))))
    }
}

fn ask(index: u32) -> String {
    // Any socket can be used for the query.
    let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None);
    socket.and_then(|socket| index_to_name(socket, index)).unwrap_or_else(|_| index.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_name_that_the_system_gives_it() {
        let mut interfaces = Interfaces::default();
        assert_eq!(interfaces.name(0), None);
        // In every network namespace, interface 1 is the loopback interface.
        let lo = interfaces.name(1).unwrap();
        assert_eq!(&*lo, "lo");
        assert!(Arc::ptr_eq(&lo, &interfaces.name(1).unwrap()), "it is asked for once");
        assert_eq!(interfaces.name(u32::MAX / 2).as_deref(), Some("2147483647"), "else it is the number");
        (0..PERIOD).for_each(|_| interfaces.begin());
        assert!(interfaces.names.is_empty());
    }
}
