//! The entities of live connections by key, and the entities written in this frame. Component hooks keep both up to
//! date.

use super::{Ghost, Observed, Phase};
use crate::model::ConnectionKey;
use bevy::{
    ecs::{lifecycle::HookContext, world::DeferredWorld},
    platform::collections::HashMap,
    prelude::{Entity, ResMut, Resource},
};

/// Entities of live connections by key. Excludes closed connections, whose keys may be reused, and ghosts, which had
/// closed before they were reported.
#[derive(Resource, Debug, Default)]
pub struct ConnectionIndex {
    entities: HashMap<ConnectionKey, Entity>,
}

impl ConnectionIndex {
    /// The entity of a live connection.
    #[must_use]
    pub fn get(&self, key: &ConnectionKey) -> Option<Entity> {
        self.entities.get(key).copied()
    }

    /// Number of live connections.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether there is no live connection.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// Forgets all keys, because they change.
    pub(super) fn clear(&mut self) {
        self.entities.clear();
    }

    /// Removes a connection that closes.
    pub(super) fn close(&mut self, key: &ConnectionKey) -> Option<Entity> {
        self.entities.remove(key)
    }
}

/// Entities written and removed in this frame. An entity may be listed more than once.
#[derive(Resource, Debug, Default)]
pub struct Touched {
    /// Spawned, changed, located, or moved to another phase.
    pub written: Vec<Entity>,
    /// Despawned.
    pub removed: Vec<Entity>,
}

impl Touched {
    /// Whether no entity changed in this frame.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.written.is_empty() && self.removed.is_empty()
    }
}

pub(super) fn note_written(mut world: DeferredWorld<'_>, context: HookContext) {
    if let Some(mut touched) = world.get_resource_mut::<Touched>() {
        // Hooks run once for each component of an insertion.
        if touched.written.last() != Some(&context.entity) {
            touched.written.push(context.entity);
        }
    }
}

pub(super) fn note_observed(mut world: DeferredWorld<'_>, context: HookContext) {
    let is_gone = world.get::<Phase>(context.entity).is_some_and(|phase| phase.is_closed())
        || world.get::<Ghost>(context.entity).is_some();
    let key = world.get::<Observed>(context.entity).map(|observed| observed.0.key);
    if let (Some(key), false, Some(mut index)) = (key, is_gone, world.get_resource_mut::<ConnectionIndex>()) {
        index.entities.insert(key, context.entity);
    }
    note_written(world, context);
}

pub(super) fn forget_observed(mut world: DeferredWorld<'_>, context: HookContext) {
    let key = world.get::<Observed>(context.entity).map(|observed| observed.0.key);
    if let (Some(key), Some(mut index)) = (key, world.get_resource_mut::<ConnectionIndex>())
        && index.get(&key) == Some(context.entity)
    {
        index.entities.remove(&key);
    }
    if let Some(mut touched) = world.get_resource_mut::<Touched>() {
        touched.removed.push(context.entity);
    }
}

pub(super) fn forget_touched(mut touched: ResMut<'_, Touched>) {
    if !touched.is_empty() {
        touched.written.clear();
        touched.removed.clear();
    }
}
