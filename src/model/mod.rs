//! The data model: plain values without I/O, without a clock, without an `App`.
//!
//! The rest of the program uses these types. Only parsing can fail, and its errors say which word is wrong and what was
//! expected.

mod address_text;
mod connection;
mod country;
mod counts;
mod degradation;
mod delta;
pub mod filter;
mod group;
mod known;
mod masked;
mod place;
mod snapshot;
mod time;
mod tracker;
mod traffic;

pub use address_text::{AddressText, parse_address_text};
pub use connection::{
    ConnectionKey, Direction, Endpoint, Holder, HostId, Owner, OwnerContext, OwnerMissing, Process, Protocol,
    Simulated, SocketRow, SocketState,
};
pub use country::{countries_named, country_name, country_name_in};
pub use counts::{Counted, Counts, PeerClass};
pub use degradation::{Degradation, DegradationKind};
pub use delta::{MAX_GHOSTS, SnapshotDelta, diff};
pub use group::Group;
pub use known::Connection;
pub use masked::{masked_address, masked_scope};
pub use place::{
    AddressScope, Asn, CountryIso, DatabaseStamp, Location, Place, PlaceKind, PlaceMissing, classify_address,
    embedded_ipv4,
};
pub use snapshot::{Final, Sample, Snapshot};
pub use time::{TimeWindow, UnixMillis};
pub use tracker::Tracker;
pub use traffic::{RATE_WINDOW_S, Traffic};
