//! What an entity that stands for a connection has.

use super::index;
use crate::model::{Connection, Location};
use bevy::prelude::Component;
use std::sync::Arc;

/// The connection as it was last reported. Immutable: a change replaces the component, and hooks keep the index.
#[derive(Component, Clone, Debug, PartialEq)]
#[component(immutable, on_insert = index::note_observed, on_remove = index::forget_observed)]
#[require(Phase)]
pub struct Observed(pub Box<Connection>);

/// Where its other end is. Absent until the databases have answered.
#[derive(Component, Clone, Debug, PartialEq)]
#[component(immutable, on_insert = index::note_written)]
pub struct Located(pub Arc<Location>);

/// Where it is in its life, with the time at which that began, ms of [`super::Clock::motion_ms`].
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[component(immutable, on_insert = index::note_written)]
pub enum Phase {
    /// It rises.
    Opening {
        /// Since when.
        since_ms: u64,
    },
    /// It is there.
    #[default]
    Open,
    /// Its socket is gone and it fades.
    Closing {
        /// Since when.
        since_ms: u64,
    },
}

impl Phase {
    /// Whether the socket is gone.
    #[must_use]
    pub fn is_closing(self) -> bool {
        matches!(self, Self::Closing { .. })
    }
}
