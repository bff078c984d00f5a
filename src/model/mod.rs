//! What a connection *is*: plain values without I/O, without a clock, without an `App`.
//!
//! Everything else in the program speaks in these types. Nothing here can fail except parsing, and parsing says
//! which word is wrong and what was expected.

mod address_text;
mod connection;
mod degradation;
pub mod filter;
mod place;
mod shared;
mod snapshot;
mod time;
mod traffic;

pub use address_text::{AddressText, parse_address_text};
pub use connection::{
    Connection, ConnectionKey, Direction, Endpoint, Holder, Owner, OwnerContext, OwnerMissing, Process, Protocol,
    Simulated, SocketState,
};
pub use degradation::{Degradation, DegradationKind};
pub use place::{
    AddressScope, Asn, CountryIso, DatabaseStamp, Location, Place, PlaceKind, PlaceMissing, classify_address,
    embedded_ipv4,
};
pub use snapshot::{MAX_GHOSTS, Snapshot, SnapshotDelta, Tracker, diff};
pub use time::UnixMillis;
pub use traffic::{RATE_WINDOW_S, Traffic};
