//! Timed phases: an opening connection becomes open; the arc of a closing one is removed, and then the connection stays
//! listed as closed for some time.
//!
//! Each phase has a fixed duration, so queues ordered by time are sufficient, without scanning all connections.

use super::{Clock, ClosedAt, Observed, PastShown, Phase, SamplerStatus};
use bevy::prelude::*;
use std::collections::VecDeque;

/// Duration of the growth of an arc, ms.
pub const OPEN_MS: u64 = 900;
/// Duration of the fading of an arc, ms.
pub const CLOSE_MS: u64 = 1_400;
/// Maximum number of closed connections to keep.
const MOST_CLOSED: usize = 1_000;

/// How long closed connections are kept, and which one is kept longer.
///
/// A closed connection keeps its entity, without an arc, so that the user can inspect it. At most 1,000 are kept; those
/// dropped early are counted in [`SamplerStatus::closed_dropped`].
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeepClosed {
    /// Time to keep them after closing, ms of [`Clock::motion_ms`]; 0 keeps them only until their arc has faded.
    pub for_ms: u64,
    /// A connection, selected by the user, that is kept at any age until another one is pinned.
    pub pinned: Option<Entity>,
}

/// Phases by the time at which they end.
#[derive(Resource, Debug, Default)]
pub struct Timers {
    open: VecDeque<(u64, Entity)>,
    faded: VecDeque<(u64, Entity)>,
    ghosts: VecDeque<(u64, Entity)>,
    closed: VecDeque<(u64, Entity)>,
    /// A connection whose time ended while it was pinned.
    overdue: Option<Entity>,
}

impl Timers {
    pub(super) fn open_at(&mut self, due_ms: u64, entity: Entity) {
        self.open.push_back((due_ms, entity));
    }

    pub(super) fn fade_from(&mut self, closed_ms: u64, entity: Entity) {
        self.faded.push_back((closed_ms + CLOSE_MS, entity));
    }

    pub(super) fn end_ghost_at(&mut self, due_ms: u64, ghost: Entity) {
        self.ghosts.push_back((due_ms, ghost));
    }

    pub(super) fn due_ghost(&mut self, now_ms: u64) -> Option<Entity> {
        due(&mut self.ghosts, now_ms)
    }

    /// Removes all of them.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether no connection is opening or closing. Closed connections that are only listed do not count.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.faded.is_empty() && self.ghosts.is_empty()
    }

    /// Keeps a closed connection until another one is pinned.
    pub(super) fn keep_pinned(&mut self, entity: Entity) {
        self.overdue = Some(entity);
    }

    fn has_closed(&self) -> bool {
        !self.closed.is_empty() || self.overdue.is_some()
    }
}

fn due(queue: &mut VecDeque<(u64, Entity)>, now_ms: u64) -> Option<Entity> {
    queue.pop_front_if(|(due_ms, _)| *due_ms <= now_ms).map(|(_, entity)| entity)
}

pub(super) fn end_phases(
    clock: Res<'_, Clock>,
    keep: Res<'_, KeepClosed>,
    mut timers: ResMut<'_, Timers>,
    mut status: ResMut<'_, SamplerStatus>,
    phases: Query<'_, '_, &Phase, With<Observed>>,
    (ends, mut past): (Query<'_, '_, &ClosedAt>, ResMut<'_, PastShown>),
    mut commands: Commands<'_, '_>,
) {
    if timers.is_empty() && !timers.has_closed() {
        return;
    }
    let (timers, now_ms) = (&mut *timers, clock.motion_ms);
    while let Some(entity) = due(&mut timers.open, now_ms) {
        // It may have closed in the meantime.
        if phases.get(entity).is_ok_and(|phase| !phase.is_closed()) {
            commands.entity(entity).insert(Phase::Open);
        }
    }
    while let Some((faded_ms, entity)) = timers.faded.pop_front_if(|(due_ms, _)| *due_ms <= now_ms) {
        if !phases.contains(entity) {
            continue;
        }
        if let Some(closed_at) = ends.get(entity).ok().filter(|closed_at| past.holds(closed_at.0)) {
            commands.entity(entity).insert(Phase::Past);
            past.add(closed_at.0, entity);
        } else if keep.for_ms > CLOSE_MS || keep.pinned == Some(entity) {
            commands.entity(entity).insert(Phase::Closed);
            timers.closed.push_back((faded_ms + keep.for_ms.saturating_sub(CLOSE_MS), entity));
        } else {
            commands.entity(entity).despawn();
        }
    }
    // Another one is pinned now.
    if let Some(entity) = timers.overdue.take_if(|entity| keep.pinned != Some(*entity))
        && phases.contains(entity)
    {
        commands.entity(entity).despawn();
    }
    loop {
        let entity = if timers.closed.len() > MOST_CLOSED {
            let oldest = timers.closed.pop_front().map(|(_, entity)| entity);
            status.closed_dropped += u64::from(oldest.is_some() && oldest != keep.pinned);
            oldest
        } else {
            due(&mut timers.closed, now_ms)
        };
        let Some(entity) = entity else { break };
        if keep.pinned == Some(entity) {
            timers.overdue = Some(entity);
        } else if phases.get(entity).is_ok_and(|phase| *phase != Phase::Past) {
            commands.entity(entity).despawn();
        }
    }
}
