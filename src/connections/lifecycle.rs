//! How a connection's life goes on by itself: what rises stands after a while, what fades is gone after a while.
//!
//! Each kind of change takes the same time, so two queues in order of time say what is due; nothing is scanned.

use super::{Clock, Observed, Phase};
use bevy::prelude::*;
use std::collections::VecDeque;

/// Time in which an arc grows, ms.
pub const OPEN_MS: u64 = 900;
/// Time in which an arc fades, ms.
pub const CLOSE_MS: u64 = 1_400;

/// What is due when.
#[derive(Resource, Debug, Default)]
pub struct Timers {
    open: VecDeque<(u64, Entity)>,
    despawn: VecDeque<(u64, Entity)>,
    ghosts: VecDeque<(u64, Entity)>,
}

impl Timers {
    pub(super) fn open_at(&mut self, due_ms: u64, entity: Entity) {
        self.open.push_back((due_ms, entity));
    }

    pub(super) fn despawn_at(&mut self, closed_ms: u64, entity: Entity) {
        self.despawn.push_back((closed_ms + CLOSE_MS, entity));
    }

    pub(super) fn end_ghost_at(&mut self, due_ms: u64, ghost: Entity) {
        self.ghosts.push_back((due_ms, ghost));
    }

    pub(super) fn due_ghost(&mut self, now_ms: u64) -> Option<Entity> {
        due(&mut self.ghosts, now_ms)
    }

    /// Nothing is due any more.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether something rises or fades.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.despawn.is_empty() && self.ghosts.is_empty()
    }
}

fn due(queue: &mut VecDeque<(u64, Entity)>, now_ms: u64) -> Option<Entity> {
    queue.pop_front_if(|(due_ms, _)| *due_ms <= now_ms).map(|(_, entity)| entity)
}

pub(super) fn end_phases(
    clock: Res<'_, Clock>,
    mut timers: ResMut<'_, Timers>,
    phases: Query<'_, '_, &Phase, With<Observed>>,
    mut commands: Commands<'_, '_>,
) {
    if timers.is_empty() {
        return;
    }
    while let Some(entity) = due(&mut timers.open, clock.motion_ms) {
        // It may have closed meanwhile.
        if phases.get(entity).is_ok_and(|phase| !phase.is_closing()) {
            commands.entity(entity).insert(Phase::Open);
        }
    }
    while let Some(entity) = due(&mut timers.despawn, clock.motion_ms) {
        if phases.contains(entity) {
            commands.entity(entity).despawn();
        }
    }
}
