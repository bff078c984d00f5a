//! Arcs: one instance per connection that ends on the globe, written only when the connection changes.

mod bundles;
pub mod instance;
pub mod rate;
mod style;

pub use bundles::{Bundles, DRAWN_PER_BUNDLE, Rates};
pub use instance::{ArcInstance, CLOSE_MS, OPEN_MS, flag, pack_color, pack_direction, unpack_direction};
pub use rate::{continued_phase, lap_position, pace, rate_code};
pub use style::{ArcStyle, arc_instance, own_rates};

use super::instances::PagedInstances;
use bevy::{
    ecs::entity::EntityHashMap,
    prelude::{Entity, Resource},
};
use std::sync::Arc;

/// All arcs to draw, and the connections they belong to.
#[derive(Resource, Debug, Default)]
pub struct ArcStore {
    instances: PagedInstances<ArcInstance>,
    slots: EntityHashMap<u32>,
    entities: Arc<Vec<Option<Entity>>>,
    counts: ArcCounts,
}

/// Number of arcs of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArcCounts {
    /// Arcs with moving traffic.
    pub moving: usize,
    /// To the ring of the LAN.
    pub lan: usize,
    /// Loops at home.
    pub loops: usize,
    /// To the shell above the pole.
    pub shell: usize,
}

impl ArcCounts {
    fn of(arc: &ArcInstance) -> Self {
        let has = |bit: u32| usize::from(arc.flags() & bit != 0);
        let moving = usize::from(arc.flags_and_rates >> 16 != 0);
        Self { moving, lan: has(flag::LAN), loops: has(flag::LOOP), shell: has(flag::SHELL) }
    }

    fn replace(&mut self, old: Option<&ArcInstance>, new: Option<&ArcInstance>) {
        let [old, new] = [old, new].map(|arc| arc.map(Self::of).unwrap_or_default());
        self.moving = self.moving + new.moving - old.moving;
        self.lan = self.lan + new.lan - old.lan;
        self.loops = self.loops + new.loops - old.loops;
        self.shell = self.shell + new.shell - old.shell;
    }
}

/// Snapshot of the arcs for another thread. Later writes do not affect it.
#[derive(Clone, Debug)]
pub struct SharedArcs {
    instances: Arc<Vec<ArcInstance>>,
    entities: Arc<Vec<Option<Entity>>>,
}

impl SharedArcs {
    /// Every arc with its slot.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &ArcInstance)> {
        live(&self.instances)
    }

    /// The connection whose arc is in a slot.
    #[must_use]
    pub fn entity(&self, slot: u32) -> Option<Entity> {
        self.entities.get(slot as usize).copied().flatten()
    }
}

fn live(instances: &[ArcInstance]) -> impl Iterator<Item = (u32, &ArcInstance)> {
    (0..).zip(instances).filter(|(_, arc)| arc.flags() & flag::LIVE != 0)
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

    /// Number of arcs with moving traffic.
    #[must_use]
    pub fn moving(&self) -> usize {
        self.counts.moving
    }

    /// Number of arcs of each kind.
    #[must_use]
    pub fn counts(&self) -> ArcCounts {
        self.counts
    }

    /// Number of arcs to geographic locations.
    #[must_use]
    pub fn to_places(&self) -> usize {
        self.len() - self.counts.lan - self.counts.loops - self.counts.shell
    }

    /// The arc of a connection.
    #[must_use]
    pub fn get(&self, entity: Entity) -> Option<&ArcInstance> {
        self.instances.get(*self.slots.get(&entity)?)
    }

    /// Every arc with its slot.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &ArcInstance)> {
        live(self.instances.as_slice())
    }

    /// A snapshot of the arcs.
    #[must_use]
    pub fn shared(&self) -> SharedArcs {
        SharedArcs { instances: self.instances.shared(), entities: Arc::clone(&self.entities) }
    }

    /// The slot of a connection's arc.
    #[must_use]
    pub fn slot(&self, entity: Entity) -> Option<u32> {
        self.slots.get(&entity).copied()
    }

    /// The connection whose arc is in a slot.
    #[must_use]
    pub fn entity(&self, slot: u32) -> Option<Entity> {
        self.entities.get(slot as usize).copied().flatten()
    }

    /// Stores the arc of a connection. Does nothing if it is unchanged.
    pub fn set(&mut self, entity: Entity, arc: ArcInstance) {
        match self.slots.get(&entity) {
            Some(&slot) if self.instances.get(slot) == Some(&arc) => {}
            Some(&slot) => {
                self.counts.replace(self.instances.get(slot), Some(&arc));
                self.instances.write(slot, arc);
            }
            None => {
                self.counts.replace(None, Some(&arc));
                let slot = self.instances.insert(arc);
                self.slots.insert(entity, slot);
                let entities = Arc::make_mut(&mut self.entities);
                if entities.len() <= slot as usize {
                    entities.resize(slot as usize + 1, None);
                }
                entities[slot as usize] = Some(entity);
            }
        }
    }

    /// Removes the arc of a connection, if it has one.
    pub fn remove(&mut self, entity: Entity) {
        if let Some(slot) = self.slots.remove(&entity) {
            self.counts.replace(self.instances.get(slot), None);
            self.instances.release(slot);
            Arc::make_mut(&mut self.entities)[slot as usize] = None;
        }
    }

    /// Frees capacity left over from a burst, once it has been unused for long.
    pub(super) fn tidy(&mut self) {
        let Some(moves) = self.instances.tidy() else { return };
        let entities = Arc::make_mut(&mut self.entities);
        for (from, to) in moves {
            let Some(entity) = entities[from as usize].take() else { continue };
            entities[to as usize] = Some(entity);
            self.slots.insert(entity, to);
        }
        entities.truncate(self.instances.high_water() as usize);
        entities.shrink_to(2 * self.instances.live());
        self.slots.shrink_to(2 * self.instances.live());
    }

    pub(super) fn instances_mut(&mut self) -> &mut PagedInstances<ArcInstance> {
        &mut self.instances
    }
}

#[cfg(test)]
mod tests {
    use super::{super::slack::LOOKS, *};

    #[test]
    fn after_a_burst_every_arc_is_still_that_of_its_connection() {
        let mut store = ArcStore::default();
        let entity = |number: u32| Entity::from_raw_u32(number).expect("a number");
        let arc = |number| ArcInstance { end: number, flags_and_rates: flag::LIVE, ..ArcInstance::default() };
        (1..=4_000).for_each(|number| store.set(entity(number), arc(number)));
        let stay = |number: &u32| number.is_multiple_of(500);
        (1..=4_000).filter(|number| !stay(number)).for_each(|number| store.remove(entity(number)));
        (0..LOOKS).for_each(|_| store.tidy());
        assert_eq!((store.instances.high_water(), store.len(), store.entities.len()), (8, 8, 8));
        assert!(store.slots.capacity() < 64, "{}", store.slots.capacity());
        for number in (1..=4_000).filter(stay) {
            let slot = store.slot(entity(number)).expect("an arc");
            assert_eq!((store.entity(slot), store.get(entity(number))), (Some(entity(number)), Some(&arc(number))));
        }
        store.set(entity(9), arc(9));
        store.remove(entity(500));
        assert_eq!((store.len(), store.get(entity(9)), store.get(entity(500))), (8, Some(&arc(9)), None));
    }

    #[test]
    fn an_arc_that_did_not_change_is_not_uploaded() {
        let mut store = ArcStore::default();
        let entity = Entity::from_raw_u32(7).expect("a number");
        let arc = ArcInstance { flags_and_rates: flag::LIVE, ..ArcInstance::default() };
        store.set(entity, arc);
        assert_eq!(store.instances_mut().take_changes().items.len(), 1);
        store.set(entity, arc);
        assert!(store.instances_mut().take_changes().items.is_empty());
        store.set(entity, ArcInstance { flags_and_rates: flag::LIVE | flag::LAN, ..arc });
        assert_eq!((store.counts().lan, store.to_places()), (1, 0));
        assert_eq!(store.instances_mut().take_changes().items.len(), 1);
        store.remove(entity);
        assert_eq!(
            (store.counts(), store.len(), store.get(entity), store.entity(0)),
            (ArcCounts::default(), 0, None, None)
        );
        assert_eq!(store.instances_mut().take_changes().items.len(), 1);
    }
}
