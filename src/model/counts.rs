//! Classifies the other ends of connections, and counts them by class.

use super::{AddressScope, Connection, Location, Owner, PlaceMissing};

/// Relation of the other end to this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerClass {
    /// On the public internet.
    Public,
    /// Nearby: private, link-local and carrier-grade NAT addresses.
    Lan,
    /// This machine itself.
    ThisMachine,
    /// Multicast, reserved and unspecified addresses.
    Elsewhere,
}

impl From<AddressScope> for PeerClass {
    fn from(scope: AddressScope) -> Self {
        match scope {
            AddressScope::Public => Self::Public,
            AddressScope::Private | AddressScope::LinkLocal | AddressScope::Cgnat => Self::Lan,
            AddressScope::Loopback => Self::ThisMachine,
            AddressScope::Multicast | AddressScope::Reserved | AddressScope::Unspecified => Self::Elsewhere,
        }
    }
}

/// Connections by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Peers on the public internet.
    pub public: usize,
    /// Private, link-local and carrier-grade NAT peers.
    pub lan: usize,
    /// Connections with both ends on this machine.
    pub this_machine: usize,
    /// Multicast, reserved and unspecified peers.
    pub other: usize,
    /// Listening sockets.
    pub listeners: usize,
    /// Public peers without a place.
    pub without_place: usize,
    /// Of these, those without an available database.
    pub without_database: usize,
    /// Connections and listeners without a known process.
    pub without_owner: usize,
}

/// How a connection is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// `None` for a listening socket.
    class: Option<PeerClass>,
    has_owner: bool,
    has_place: bool,
    has_database: bool,
}

impl Counted {
    /// How this connection is counted.
    #[must_use]
    pub fn of(connection: &Connection, location: &Location) -> Self {
        Self {
            class: (!connection.is_listener()).then(|| connection.scope().into()),
            has_owner: !matches!(connection.owner, Owner::Missing(_)),
            has_place: location.place.is_ok(),
            has_database: location.place != Err(PlaceMissing::DatabaseUnavailable),
        }
    }
}

impl Counts {
    /// Adds a connection.
    pub fn add(&mut self, connection: &Connection, location: &Location) {
        self.add_counted(Counted::of(connection, location));
    }

    /// Adds a connection that is counted so.
    pub fn add_counted(&mut self, it: Counted) {
        self.without_owner += usize::from(!it.has_owner);
        let Some(class) = it.class else {
            self.listeners += 1;
            return;
        };
        match class {
            PeerClass::Public => {
                self.public += 1;
                self.without_place += usize::from(!it.has_place);
                self.without_database += usize::from(!it.has_database);
            }
            PeerClass::Lan => self.lan += 1,
            PeerClass::ThisMachine => self.this_machine += 1,
            PeerClass::Elsewhere => self.other += 1,
        }
    }

    /// Connections, without listening sockets.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.public + self.lan + self.this_machine + self.other
    }

    /// Connections and listening sockets.
    #[must_use]
    pub fn total(&self) -> usize {
        self.connections() + self.listeners
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_is_of_one_class() {
        let classes = AddressScope::ALL.map(|(scope, _)| PeerClass::from(scope));
        let count = |class| classes.iter().filter(|it| **it == class).count();
        assert_eq!(
            [PeerClass::Public, PeerClass::Lan, PeerClass::ThisMachine, PeerClass::Elsewhere].map(count),
            [1, 3, 1, 3]
        );
    }
}
