//! The components of a connection.

use super::index;
use crate::model::{Connection, Location, UnixMillis};
use bevy::prelude::Component;
use std::{net::IpAddr, sync::Arc};

/// The connection as last reported, shared with the filter's other thread. Immutable: a change replaces the component,
/// and hooks update the index.
#[derive(Component, Clone, Debug, PartialEq)]
#[component(immutable, on_insert = index::note_observed, on_remove = index::forget_observed)]
#[require(Phase)]
pub struct Observed(pub Arc<Connection>);

/// The location of its peer. Absent until it has been looked up.
#[derive(Component, Clone, Debug, PartialEq)]
#[component(immutable, on_insert = index::note_written)]
pub struct Located(pub Arc<Location>);

/// Its phase, with its start in ms of [`super::Clock::motion_ms`].
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[component(immutable, on_insert = index::note_written)]
pub enum Phase {
    /// It has just opened, and its arc grows.
    Opening {
        /// Start of the phase.
        since_ms: u64,
    },
    /// It is open.
    #[default]
    Open,
    /// It has closed, and its arc fades.
    Closing {
        /// Start of the phase.
        since_ms: u64,
    },
    /// Its socket and arc are gone; it stays listed for some time, see [`super::KeepClosed`].
    Closed,
    /// It has closed, but was there in the chosen window of time: its arc is still, see [`super::PastShown`].
    Past,
}

impl Phase {
    /// Whether it has closed.
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Closing { .. } | Self::Closed | Self::Past)
    }
}

/// When the connection closed, as seen by the source. Present from [`Phase::Closing`] on.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
#[component(immutable)]
pub struct ClosedAt(pub UnixMillis);

/// The address to look up of a connection whose own is masked, see [`crate::stage`]. Only lookups read it.
#[derive(Component, Clone, Copy, Debug)]
#[component(immutable)]
pub(super) struct LookupAddress(pub(super) IpAddr);
