//! The connections inside the program: one entity each, with its phase and the location of its peer.
//!
//! ```text
//! SamplerMessage ─► Inbox ─► ingest ─► entity: Observed, Phase ─► locate (task pool) ─► Located
//!                                        │ hooks keep ConnectionIndex and Touched
//! ```
//!
//! Only this module spawns and despawns connections. Rendering code reads [`Touched`], the entities written or removed
//! in this frame; nothing scans all of them. Entities have no transform, no mesh and no visibility: an arc is 32 bytes
//! in one buffer.

mod clock;
mod components;
mod ghosts;
mod index;
mod ingest;
mod lifecycle;
mod locate;
mod past;
mod stage;
#[cfg(test)]
mod tests;

pub use clock::Clock;
pub use components::{ClosedAt, Located, Observed, Phase};
pub use ghosts::Ghost;
pub use index::{ConnectionIndex, Touched};
pub use ingest::{Inbox, SamplerStatus};
pub use lifecycle::{CLOSE_MS, KeepClosed, OPEN_MS, Timers};
pub use locate::Places;
pub use past::{MOST_PAST, PastShown, choose_window};
pub use stage::{mask_all, unmask_all};

use bevy::prelude::*;

/// The order of systems in a frame, for all modules.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameSystems {
    /// Time and input.
    Read,
    /// Connections open, change and close.
    Connections,
    /// Selection, filter and rows.
    View,
    /// The globe.
    Draw,
    /// The content of the panels.
    Panels,
    /// Clears the changes recorded for this frame.
    End,
}

/// Adds this module. It does not need a renderer.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConnectionsPlugin;

impl Plugin for ConnectionsPlugin {
    fn build(&self, app: &mut App) {
        use FrameSystems::{Connections, Draw, End, Panels, Read, View};
        app.init_resource::<Clock>()
            .init_resource::<ConnectionIndex>()
            .init_resource::<Touched>()
            .init_resource::<Inbox>()
            .init_resource::<SamplerStatus>()
            .init_resource::<Places>()
            .init_resource::<Timers>()
            .init_resource::<KeepClosed>()
            .init_resource::<PastShown>()
            .init_resource::<ghosts::Ghosts>()
            .configure_sets(Update, (Read, Connections, View, Draw, Panels, End).chain())
            .add_systems(
                Update,
                (
                    (ingest::ingest, lifecycle::end_phases, past::end_past, locate::locate, ghosts::note_places)
                        .chain()
                        .in_set(Connections),
                    index::forget_touched.in_set(End),
                ),
            );
    }
}
