//! Arcs: one instance per connection that ends on the globe, written only when the connection changes. Whether the filter
//! matches it is a bit beside it, so that a change of the filter writes no instance.

mod bundles;
pub mod instance;
pub mod rate;
mod style;

pub use bundles::{Bundles, DRAWN_PER_BUNDLE, Rates};
pub use instance::{ArcInstance, CLOSE_MS, OPEN_MS, flag, pack_color, pack_direction, unpack_direction};
pub use rate::{continued_phase, lap_position, pace, rate_code};
pub use style::{ArcStyle, arc_instance, own_rates};

use super::{instances::PagedInstances, lit};
use bevy::{
    ecs::entity::EntityHashMap,
    prelude::{Entity, Resource},
};
use std::{
    ops::{Add, Sub},
    sync::Arc,
};

/// Arcs are moved together if this many times more are hidden than shown.
const FAR_MORE: usize = 3;

/// All arcs to draw, and the connections they belong to.
#[derive(Resource, Debug, Default)]
pub struct ArcStore {
    instances: PagedInstances<ArcInstance>,
    slots: EntityHashMap<u32>,
    entities: Arc<Vec<Option<Entity>>>,
    /// Whether the filter matches them, or they are selected.
    lit: lit::LitBits,
    /// Of those that are not lit, and of those that are.
    counts: [ArcCounts; 2],
    hides_rest: bool,
    is_late: bool,
}

/// Number of arcs of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArcCounts {
    /// All arcs.
    pub all: usize,
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
        Self { all: 1, moving, lan: has(flag::LAN), loops: has(flag::LOOP), shell: has(flag::SHELL) }
    }

    fn replace(&mut self, old: Option<&ArcInstance>, new: Option<&ArcInstance>) {
        let [old, new] = [old, new].map(|arc| arc.map(Self::of).unwrap_or_default());
        *self = *self + new - old;
    }
}

impl Add for ArcCounts {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            moving: self.moving + other.moving,
            lan: self.lan + other.lan,
            loops: self.loops + other.loops,
            shell: self.shell + other.shell,
        }
    }
}

impl Sub for ArcCounts {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            all: self.all - other.all,
            moving: self.moving - other.moving,
            lan: self.lan - other.lan,
            loops: self.loops - other.loops,
            shell: self.shell - other.shell,
        }
    }
}

/// Snapshot of the arcs for another thread. Later writes do not affect it.
#[derive(Clone, Debug)]
pub struct SharedArcs {
    instances: Arc<Vec<ArcInstance>>,
    entities: Arc<Vec<Option<Entity>>>,
    /// Those to show; `None` for all.
    shown: Option<Arc<Vec<u32>>>,
}

impl SharedArcs {
    /// Every arc that is not hidden, with its slot.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &ArcInstance)> {
        let is_shown = |slot: u32| self.shown.as_ref().is_none_or(|words| lit::is_lit(words, slot));
        live(&self.instances).filter(move |(slot, _)| is_shown(*slot))
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
    /// Number of arcs that are not hidden.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts().all
    }

    /// Whether there is no arc.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of arcs with moving traffic.
    #[must_use]
    pub fn moving(&self) -> usize {
        self.counts().moving
    }

    /// Number of arcs of each kind, without hidden ones.
    #[must_use]
    pub fn counts(&self) -> ArcCounts {
        let [rest, lit] = self.counts;
        if self.hides_rest { lit } else { rest + lit }
    }

    /// Number of arcs to geographic locations.
    #[must_use]
    pub fn to_places(&self) -> usize {
        let counts = self.counts();
        counts.all - counts.lan - counts.loops - counts.shell
    }

    /// The arc of a connection, also if it is hidden.
    #[must_use]
    pub fn get(&self, entity: Entity) -> Option<&ArcInstance> {
        self.instances.get(*self.slots.get(&entity)?)
    }

    /// Every arc that is not hidden, with its slot.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &ArcInstance)> {
        live(self.instances.as_slice()).filter(|(slot, _)| !self.hides_rest || self.lit.get(*slot))
    }

    /// Whether the filter matches the connection in a slot, or it is selected.
    #[must_use]
    pub fn is_lit(&self, slot: u32) -> bool {
        self.lit.get(slot)
    }

    /// Whether a connection has an arc that is not hidden.
    #[must_use]
    pub fn is_shown(&self, entity: Entity) -> bool {
        self.slot(entity).is_some_and(|slot| !self.hides_rest || self.lit.get(slot))
    }

    /// Whether arcs that are not lit are hidden instead of dimmed.
    #[must_use]
    pub fn hides_rest(&self) -> bool {
        self.hides_rest
    }

    /// A snapshot of the arcs.
    #[must_use]
    pub fn shared(&self) -> SharedArcs {
        let shown = self.hides_rest.then(|| self.lit.shared());
        SharedArcs { instances: self.instances.shared(), entities: Arc::clone(&self.entities), shown }
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

    /// Stores the arc of a connection, and whether the filter matches it or it is selected. Does nothing if both are
    /// unchanged.
    pub fn set(&mut self, entity: Entity, arc: ArcInstance, is_lit: bool) {
        match self.slots.get(&entity) {
            Some(&slot) => {
                let (before, was_lit) = (self.instances.get(slot), self.lit.get(slot));
                let is_same = before == Some(&arc);
                if !is_same || was_lit != is_lit {
                    self.counts[usize::from(was_lit)].replace(before, None);
                    self.counts[usize::from(is_lit)].replace(None, Some(&arc));
                    self.lit.set(slot, is_lit);
                }
                if !is_same {
                    self.instances.write(slot, arc);
                }
            }
            None => {
                self.counts[usize::from(is_lit)].replace(None, Some(&arc));
                let slot = self.instances.insert(arc);
                self.slots.insert(entity, slot);
                let entities = Arc::make_mut(&mut self.entities);
                if entities.len() <= slot as usize {
                    entities.resize(slot as usize + 1, None);
                }
                entities[slot as usize] = Some(entity);
                self.lit.set(slot, is_lit);
            }
        }
    }

    /// Removes the arc of a connection, if it has one.
    pub fn remove(&mut self, entity: Entity) {
        if let Some(slot) = self.slots.remove(&entity) {
            self.counts[usize::from(self.lit.get(slot))].replace(self.instances.get(slot), None);
            self.instances.release(slot);
            self.lit.set(slot, false);
            Arc::make_mut(&mut self.entities)[slot as usize] = None;
        }
    }

    /// Number of slots, used or not.
    #[must_use]
    pub fn slots(&self) -> u32 {
        self.instances.high_water()
    }

    /// Hides arcs that are not lit, or dims them.
    pub(super) fn set_hides_rest(&mut self, hides_rest: bool) {
        self.hides_rest = hides_rest;
    }

    /// Sets which arcs are lit, after a change of the filter. Reads the slots in order, and writes bits only. Returns
    /// whether any has changed.
    pub(super) fn relight(&mut self, is_lit: impl Fn(Entity) -> bool) -> bool {
        const WORD: usize = u32::BITS as usize;
        // Arcs that become dark, and those that become lit.
        let mut moved = [ArcCounts::default(); 2];
        for (index, entities) in self.entities.chunks(WORD).enumerate() {
            let is_lit = |entity: &Option<Entity>| entity.is_some_and(&is_lit);
            let word = (0..).zip(entities).fold(0, |word, (bit, entity)| word | u32::from(is_lit(entity)) << bit);
            let mut changed = word ^ self.lit.word(index);
            if changed == 0 {
                continue;
            }
            let arcs = self.instances.as_slice().get(index * WORD..).unwrap_or_default();
            while changed != 0 {
                let bit = changed.trailing_zeros();
                changed &= changed - 1;
                if let Some(arc) = arcs.get(bit as usize) {
                    let moved = &mut moved[(word >> bit & 1) as usize];
                    *moved = *moved + ArcCounts::of(arc);
                }
            }
            self.lit.set_word(index, word);
        }
        let [dark, lit] = moved;
        self.counts = [self.counts[0] + dark - lit, self.counts[1] + lit - dark];
        dark.all + lit.all > 0
    }

    /// Number of instances to draw.
    pub(super) fn drawn_slots(&self) -> u32 {
        if self.hides_rest { self.lit.end() } else { self.instances.high_water() }
    }

    /// Moves arcs that are lit before those that are hidden, at most `most` of them, so that the draw can end before the
    /// latter. Does nothing unless far more are hidden. Returns whether some have yet to move.
    pub(super) fn gather_shown(&mut self, most: usize) -> bool {
        let [rest, lit] = self.counts;
        if !self.hides_rest || rest.all < FAR_MORE * lit.all {
            return false;
        }
        let (mut to, mut end) = (0, self.lit.end());
        for _ in 0..most {
            let is_hidden = |slot: &u32| !self.lit.get(*slot) && self.entity(*slot).is_some();
            let from = (0..end).rev().find(|slot| self.lit.get(*slot));
            let Some((from, hidden)) = from.and_then(|from| Some((from, (to..from).find(is_hidden)?))) else {
                return false;
            };
            (to, end) = (hidden, from);
            let [a, b] = [from, to].map(|slot| self.instances.get(slot).copied().unwrap_or_default());
            self.instances.write(to, a);
            self.instances.write(from, b);
            self.lit.set(to, true);
            self.lit.set(from, false);
            let entities = Arc::make_mut(&mut self.entities);
            entities.swap(from as usize, to as usize);
            for slot in [from, to] {
                self.slots.extend(entities[slot as usize].map(|entity| (entity, slot)));
            }
        }
        true
    }

    /// Whether some arcs are yet to be written in later frames.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.is_late
    }

    pub(super) fn set_late(&mut self, is_late: bool) {
        self.is_late = is_late;
    }

    /// Frees capacity left over from a burst, once it has been unused for long.
    pub(super) fn tidy(&mut self) {
        let Some(moves) = self.instances.tidy() else { return };
        let entities = Arc::make_mut(&mut self.entities);
        for (from, to) in moves {
            let Some(entity) = entities[from as usize].take() else { continue };
            entities[to as usize] = Some(entity);
            self.slots.insert(entity, to);
            let is_lit = self.lit.get(from);
            self.lit.set(from, false);
            self.lit.set(to, is_lit);
        }
        entities.truncate(self.instances.high_water() as usize);
        entities.shrink_to(2 * self.instances.live());
        self.slots.shrink_to(2 * self.instances.live());
    }

    pub(super) fn instances_mut(&mut self) -> &mut PagedInstances<ArcInstance> {
        &mut self.instances
    }

    pub(super) fn lit_mut(&mut self) -> &mut lit::LitBits {
        &mut self.lit
    }
}

#[cfg(test)]
mod tests {
    use super::{super::slack::LOOKS, *};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn entity(number: u32) -> Entity {
        Entity::from_raw_u32(number + 1).expect("a number")
    }

    fn arc(number: u32) -> ArcInstance {
        ArcInstance { end: number, flags_and_rates: flag::LIVE, ..ArcInstance::default() }
    }

    #[test]
    fn after_a_burst_every_arc_is_still_that_of_its_connection() {
        let mut store = ArcStore::default();
        (1..=4_000).for_each(|number| store.set(entity(number), arc(number), true));
        let stay = |number: &u32| number.is_multiple_of(500);
        (1..=4_000).filter(|number| !stay(number)).for_each(|number| store.remove(entity(number)));
        (0..LOOKS).for_each(|_| store.tidy());
        assert_eq!((store.instances.high_water(), store.len(), store.entities.len()), (8, 8, 8));
        assert!(store.slots.capacity() < 64, "{}", store.slots.capacity());
        for number in (1..=4_000).filter(stay) {
            let slot = store.slot(entity(number)).expect("an arc");
            assert_eq!((store.entity(slot), store.get(entity(number))), (Some(entity(number)), Some(&arc(number))));
        }
        store.set(entity(9), arc(9), true);
        store.remove(entity(500));
        assert_eq!((store.len(), store.get(entity(9)), store.get(entity(500))), (8, Some(&arc(9)), None));
    }

    #[test]
    fn an_arc_that_did_not_change_is_not_uploaded() {
        let mut store = ArcStore::default();
        let entity = Entity::from_raw_u32(7).expect("a number");
        let arc = ArcInstance { flags_and_rates: flag::LIVE, ..ArcInstance::default() };
        store.set(entity, arc, true);
        assert_eq!(store.instances_mut().take_changes().items.len(), 1);
        store.set(entity, arc, true);
        assert!(store.instances_mut().take_changes().items.is_empty());
        store.set(entity, ArcInstance { flags_and_rates: flag::LIVE | flag::LAN, ..arc }, true);
        assert_eq!((store.counts().lan, store.to_places()), (1, 0));
        assert_eq!(store.instances_mut().take_changes().items.len(), 1);
        store.remove(entity);
        assert_eq!(
            (store.counts(), store.len(), store.get(entity), store.entity(0)),
            (ArcCounts::default(), 0, None, None)
        );
        assert_eq!(store.instances_mut().take_changes().items.len(), 1);
    }

    proptest! {
        #[test]
        fn lit_arcs_are_counted_and_shown_whatever_happens(
            steps in proptest::collection::vec((0..90u32, 0..8u32, prop::bool::ANY, prop::bool::ANY), 0..200),
        ) {
            let mut store = ArcStore::default();
            let mut expected: BTreeMap<u32, bool> = BTreeMap::new();
            let arc = |number: u32| {
                let lan = if number.is_multiple_of(3) { flag::LAN } else { 0 };
                ArcInstance { end: number, flags_and_rates: flag::LIVE | lan, ..ArcInstance::default() }
            };
            for (number, step, is_lit, hides_rest) in steps {
                match step {
                    0 => {
                        store.remove(entity(number));
                        expected.remove(&number);
                    }
                    1 => {
                        store.relight(|entity| entity.index_u32().is_multiple_of(number + 1) == is_lit);
                        expected.iter_mut().for_each(|(key, lit)| *lit = (key + 1).is_multiple_of(number + 1) == is_lit);
                    }
                    2 => store.set_hides_rest(hides_rest),
                    3 => while store.gather_shown(number as usize + 1) {},
                    _ => {
                        store.set(entity(number), arc(number), is_lit);
                        expected.insert(number, is_lit);
                    }
                }
                let is_shown = |(number, is_lit): (&u32, &bool)| (*is_lit || !store.hides_rest()).then_some(*number);
                let shown: Vec<u32> = expected.iter().filter_map(is_shown).collect();
                let mut seen: Vec<u32> = store.iter().map(|(_, arc)| arc.end).collect();
                seen.sort_unstable();
                prop_assert_eq!(&seen, &shown);
                let mut shared: Vec<u32> = store.shared().iter().map(|(_, arc)| arc.end).collect();
                shared.sort_unstable();
                prop_assert_eq!(&shared, &shown, "hidden arcs are not picked");
                let lan = shown.iter().filter(|number| number.is_multiple_of(3)).count();
                prop_assert_eq!((store.len(), store.counts().lan), (shown.len(), lan));
                for (number, is_lit) in &expected {
                    let slot = store.slot(entity(*number)).expect("an arc");
                    prop_assert_eq!((store.entity(slot), store.is_lit(slot)), (Some(entity(*number)), *is_lit));
                    prop_assert_eq!(store.get(entity(*number)), Some(&arc(*number)));
                    prop_assert_eq!(store.is_shown(entity(*number)), shown.contains(number));
                    prop_assert!(!shown.contains(number) || slot < store.drawn_slots());
                }
            }
        }
    }

    #[test]
    fn far_more_hidden_arcs_are_beyond_the_end_of_the_draw() {
        let mut store = ArcStore::default();
        (0..1_000).for_each(|number| store.set(entity(number), arc(number), number % 100 == 99));
        assert_eq!(store.drawn_slots(), 1_000);
        store.set_hides_rest(true);
        store.instances_mut().take_changes();
        store.gather_shown(4);
        store.gather_shown(100);
        assert_eq!((store.drawn_slots(), store.len()), (10, 10));
        assert_eq!(store.instances_mut().take_changes().items.len(), 2 * 10, "only what has moved");
    }
}
