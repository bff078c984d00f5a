//! Arcs: one instance for each connection whose other end has a place, written only when something about it changes.

pub mod instance;
pub mod rate;
mod style;

pub use instance::{ArcInstance, CLOSE_MS, OPEN_MS, flag, pack_color, pack_direction, unpack_direction};
pub use rate::{continued_phase, lap_position, rate_code};
pub use style::{ArcStyle, arc_instance};

use super::instances::PagedInstances;
use bevy::{
    ecs::entity::EntityHashMap,
    prelude::{Entity, Resource},
};

/// The arcs, as the GPU is to have them, and whose they are.
#[derive(Resource, Debug, Default)]
pub struct ArcStore {
    instances: PagedInstances<ArcInstance>,
    slots: EntityHashMap<u32>,
    entities: Vec<Option<Entity>>,
    moving: usize,
}

impl ArcStore {
    /// Number of arcs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.instances.live()
    }

    /// Whether there is no arc.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of arcs along which traffic moves.
    #[must_use]
    pub fn moving(&self) -> usize {
        self.moving
    }

    /// The arc of a connection.
    #[must_use]
    pub fn get(&self, entity: Entity) -> Option<&ArcInstance> {
        self.instances.get(*self.slots.get(&entity)?)
    }

    /// Every arc with its slot.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &ArcInstance)> {
        (0..).zip(self.instances.as_slice()).filter(|(_, arc)| arc.flags() & flag::LIVE != 0)
    }

    /// The slot of a connection's arc.
    #[must_use]
    pub fn slot(&self, entity: Entity) -> Option<u32> {
        self.slots.get(&entity).copied()
    }

    /// Whose arc lies in a slot.
    #[must_use]
    pub fn entity(&self, slot: u32) -> Option<Entity> {
        self.entities.get(slot as usize).copied().flatten()
    }

    /// Stores the arc of a connection; an equal one costs nothing.
    pub fn set(&mut self, entity: Entity, arc: ArcInstance) {
        let moves = |arc: &ArcInstance| usize::from(arc.flags_and_rates >> 16 != 0);
        match self.slots.get(&entity) {
            Some(&slot) if self.instances.get(slot) == Some(&arc) => {}
            Some(&slot) => {
                self.moving += moves(&arc);
                self.moving -= self.instances.get(slot).map_or(0, moves);
                self.instances.write(slot, arc);
            }
            None => {
                self.moving += moves(&arc);
                let slot = self.instances.insert(arc);
                self.slots.insert(entity, slot);
                if self.entities.len() <= slot as usize {
                    self.entities.resize(slot as usize + 1, None);
                }
                self.entities[slot as usize] = Some(entity);
            }
        }
    }

    /// Takes the arc of a connection away, if it has one.
    pub fn remove(&mut self, entity: Entity) {
        if let Some(slot) = self.slots.remove(&entity) {
            self.moving -= self.instances.get(slot).map_or(0, |arc| usize::from(arc.flags_and_rates >> 16 != 0));
            self.instances.release(slot);
            self.entities[slot as usize] = None;
        }
    }

    pub(super) fn instances_mut(&mut self) -> &mut PagedInstances<ArcInstance> {
        &mut self.instances
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arc_that_did_not_change_is_not_uploaded() {
        let mut store = ArcStore::default();
        let entity = Entity::from_raw_u32(7).expect("a number");
        let arc = ArcInstance { flags_and_rates: flag::LIVE, ..ArcInstance::default() };
        store.set(entity, arc);
        assert_eq!(store.instances_mut().take_uploads().len(), 1);
        store.set(entity, arc);
        assert!(store.instances_mut().take_uploads().is_empty());
        store.remove(entity);
        assert_eq!((store.len(), store.get(entity), store.entity(0)), (0, None, None));
        assert_eq!(store.instances_mut().take_uploads().len(), 1);
    }
}
