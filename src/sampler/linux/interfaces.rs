//! Names of network interfaces by the numbers that the kernel has for them.
//!
//! A link-local address means another machine on each interface, so a socket that uses one is bound to its interface.

use rustc_hash::FxHashMap;
use rustix::net::{AddressFamily, SocketFlags, SocketType, netdevice::index_to_name, socket_with};
use std::sync::Arc;

/// After so many samples names are asked for anew: an interface may be given another one.
const PERIOD: u64 = 64;

/// The names that were asked for.
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

    /// The name of the interface `index`; the number itself, which serves as well behind an address (RFC 4007 §11.2),
    /// where the system does not report it. `None` for 0, which is no interface.
    pub(super) fn name(&mut self, index: u32) -> Option<Arc<str>> {
        if index == 0 {
            return None;
        }
        Some(Arc::clone(self.names.entry(index).or_insert_with(|| Arc::from(ask(index)))))
    }
}

fn ask(index: u32) -> String {
    // Any socket will do; this one reaches nothing.
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
        // The loopback interface is the first one in every network.
        let lo = interfaces.name(1).unwrap();
        assert_eq!(&*lo, "lo");
        assert!(Arc::ptr_eq(&lo, &interfaces.name(1).unwrap()), "it is asked for once");
        assert_eq!(interfaces.name(u32::MAX / 2).as_deref(), Some("2147483647"), "else it is the number");
        (0..PERIOD).for_each(|_| interfaces.begin());
        assert!(interfaces.names.is_empty());
    }
}
