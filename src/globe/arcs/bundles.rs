//! Bundles of overlapping arcs: of the open connections of one group to one location, only a few arcs are drawn. The first
//! of them carries the traffic of the hidden ones.
//!
//! A typical computer has about ten connections to each location. Drawn one by one, they would add up to a white line at ten
//! times the cost. A hidden connection keeps its table row, and its arc is drawn while it opens, is hovered or is selected.
//! The details panel shows the size of the bundle. Connections with unknown owners to one location form a bundle, too,
//! without implying that they belong together. *Cost*: one hash map lookup per changed connection, and no scans.

use super::{
    super::slack::Slack,
    instance::{ArcInstance, flag},
};
use crate::view::GroupId;
use bevy::{
    ecs::entity::EntityHashMap,
    platform::collections::HashMap,
    prelude::{Entity, Resource},
};

/// Number of arcs drawn per bundle.
pub const DRAWN_PER_BUNDLE: usize = 3;
/// Never shrink below this capacity, in connections.
const LEAST_SEATS: usize = 1_024;
/// Flags of a single connection at one moment. All other flags are the same for all arcs of a bundle.
const OWN: u32 = flag::LIVE | flag::SETTLED | flag::HOVERED | flag::SELECTED;

/// Measured payload in bytes per second, sent and received; 0 if not measured.
pub type Rates = [f32; 2];

/// Identifies a bundle: the properties that its arcs share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    end: u32,
    group: GroupId,
    flags: u32,
}

impl Key {
    fn of(group: GroupId, arc: &ArcInstance) -> Self {
        Self { end: arc.end, group, flags: arc.flags() & !OWN }
    }
}

#[derive(Clone, Copy, Debug)]
struct Member {
    entity: Entity,
    rates: Rates,
}

/// Position of a connection in a bundle.
#[derive(Clone, Copy, Debug)]
struct Seat {
    key: Key,
    index: usize,
}

/// See the module.
#[derive(Resource, Debug, Default)]
pub struct Bundles {
    bundles: HashMap<Key, Vec<Member>>,
    positions: EntityHashMap<Seat>,
    /// Connections whose arcs must be rewritten because their bundle changed.
    stale: Vec<Entity>,
    slack: Slack,
}

impl Bundles {
    /// Adds an open connection to the bundle of its group and end, or updates it. Returns whether its arc is drawn.
    pub fn join(&mut self, entity: Entity, group: GroupId, arc: &ArcInstance, rates: Rates) -> bool {
        let key = Key::of(group, arc);
        if self.positions.get(&entity).is_some_and(|seat| seat.key != key) {
            self.leave(entity);
            // Its arc still carries the traffic of the bundle it left.
            self.stale.push(entity);
        }
        if let Some(seat) = self.positions.get(&entity) {
            let index = seat.index;
            let Some(members) = self.bundles.get_mut(&key) else { return true };
            let is_changed = members[index].rates != rates;
            members[index].rates = rates;
            if is_changed && index >= DRAWN_PER_BUNDLE {
                self.stale.push(members[0].entity);
            }
            return index < DRAWN_PER_BUNDLE;
        }
        let members = self.bundles.entry(key).or_default();
        let index = members.len();
        members.push(Member { entity, rates });
        self.positions.insert(entity, Seat { key, index });
        if index >= DRAWN_PER_BUNDLE {
            self.stale.push(members[0].entity);
        }
        index < DRAWN_PER_BUNDLE
    }

    /// Removes a connection from its bundle, if it is in one.
    pub fn leave(&mut self, entity: Entity) {
        let Some(seat) = self.positions.remove(&entity) else { return };
        let Some(members) = self.bundles.get_mut(&seat.key) else { return };
        members.swap_remove(seat.index);
        if let Some(moved) = members.get(seat.index) {
            if let Some(moved_seat) = self.positions.get_mut(&moved.entity) {
                moved_seat.index = seat.index;
            }
            self.stale.push(moved.entity);
        }
        match members.first() {
            Some(first) => self.stale.push(first.entity),
            None => {
                self.bundles.remove(&seat.key);
            }
        }
    }

    /// Traffic of the hidden arcs of its bundle if this connection is the first, otherwise zero.
    #[must_use]
    pub fn carried(&self, entity: Entity) -> Rates {
        let Some(seat) = self.positions.get(&entity).filter(|seat| seat.index == 0) else { return [0.0; 2] };
        let hidden =
            self.bundles.get(&seat.key).and_then(|members| members.get(DRAWN_PER_BUNDLE..)).unwrap_or_default();
        hidden.iter().fold([0.0; 2], |sum, member| [sum[0] + member.rates[0], sum[1] + member.rates[1]])
    }

    /// Number of connections in the bundle of a connection, including itself.
    #[must_use]
    pub fn size(&self, entity: Entity) -> usize {
        self.positions.get(&entity).and_then(|seat| self.bundles.get(&seat.key)).map_or(1, Vec::len)
    }

    /// Frees capacity left over from a burst, once it has been unused for long.
    pub(in crate::globe) fn tidy(&mut self) {
        let used = self.positions.len();
        if self.slack.is_lasting(used, self.positions.capacity(), LEAST_SEATS) {
            self.positions.shrink_to(2 * used);
            self.bundles.shrink_to(2 * self.bundles.len());
            self.bundles.values_mut().for_each(|members| members.shrink_to(2 * members.len()));
        }
    }

    /// Takes the connections whose arcs must be rewritten, without duplicates.
    pub fn take_stale(&mut self) -> Vec<Entity> {
        let mut stale = std::mem::take(&mut self.stale);
        stale.sort_unstable();
        stale.dedup();
        stale
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::slack::LOOKS, *};
    use crate::{model::Group, view::Groups};
    use proptest::prelude::*;
    use std::collections::HashMap as Map;

    fn entity(number: u32) -> Entity {
        Entity::from_raw_u32(number).expect("a number")
    }

    fn arc(end: u32) -> ArcInstance {
        ArcInstance { end, flags_and_rates: flag::LIVE, ..ArcInstance::default() }
    }

    const SILENT: Rates = [0.0, 0.0];
    const GROUP: GroupId = GroupId::UNKNOWN;

    #[test]
    fn a_few_are_drawn_and_the_first_carries_what_the_hidden_ones_do() {
        let mut bundles = Bundles::default();
        let mut join = |number: u32| bundles.join(entity(number), GROUP, &arc(7), [10.0, number as f32]);
        assert_eq!([1, 2, 3, 4, 5].map(&mut join), [true, true, true, false, false]);
        assert!(bundles.join(entity(9), GROUP, &arc(8), SILENT), "another place");
        assert_eq!((bundles.carried(entity(1)), bundles.carried(entity(2))), ([20.0, 9.0], SILENT));
        assert_eq!((bundles.size(entity(3)), bundles.size(entity(9)), bundles.size(entity(77))), (5, 1, 1));
        bundles.take_stale();
        bundles.join(entity(5), GROUP, &arc(7), [0.0, 1.0]);
        assert_eq!(bundles.take_stale(), [entity(1)], "the hidden one changed, and the first shows it");
        assert_eq!(bundles.carried(entity(1)), [10.0, 5.0]);
    }

    #[test]
    fn after_a_burst_its_room_is_given_back_and_every_seat_is_kept() {
        let mut bundles = Bundles::default();
        for number in 1..=9_000 {
            bundles.join(entity(number), GROUP, &arc(number % 900), [1.0, 0.0]);
        }
        (1..=9_000).filter(|number| number % 900 != 7).for_each(|number| bundles.leave(entity(number)));
        bundles.take_stale();
        (0..LOOKS).for_each(|_| bundles.tidy());
        assert!(
            bundles.positions.capacity() < 64 && bundles.bundles.capacity() < 64,
            "{}",
            bundles.positions.capacity()
        );
        assert_eq!((bundles.size(entity(7)), bundles.carried(entity(7))), (10, [7.0, 0.0]));
    }

    #[test]
    fn a_hidden_one_takes_the_place_of_one_that_goes() {
        let mut bundles = Bundles::default();
        for number in 1..=4 {
            bundles.join(entity(number), GROUP, &arc(7), SILENT);
        }
        bundles.take_stale();
        bundles.leave(entity(2));
        assert!(bundles.take_stale().contains(&entity(4)));
        assert!(bundles.join(entity(4), GROUP, &arc(7), SILENT), "it is drawn now");
        assert!(bundles.join(entity(1), GROUP, &arc(6), SILENT), "to another place");
        assert_eq!((bundles.size(entity(1)), bundles.size(entity(4))), (1, 2));
    }

    #[test]
    fn what_is_in_no_known_group_of_its_own_is_in_none_of_another() {
        let (mut bundles, mut groups) = (Bundles::default(), Groups::default());
        for number in 1..=6 {
            groups.put(entity(number), Group::User(number % 2));
            bundles.join(entity(number), groups.id(entity(number)), &arc(7), SILENT);
        }
        assert_eq!((bundles.size(entity(1)), bundles.size(entity(2))), (3, 3), "of one look, and of two users");
        groups.put(entity(1), Group::User(0));
        assert!(!bundles.join(entity(1), groups.id(entity(1)), &arc(7), SILENT), "the fourth of the other one");
        assert_eq!((bundles.size(entity(1)), bundles.size(entity(3))), (4, 2));
    }

    proptest! {
        #[test]
        fn every_bundle_draws_as_many_as_it_may(
            steps in proptest::collection::vec((1..30u32, 0..4u32, prop::bool::ANY), 0..120),
        ) {
            let mut bundles = Bundles::default();
            let mut ends: Map<u32, u32> = Map::new();
            for (number, end, joins) in steps {
                if joins {
                    bundles.join(entity(number), GROUP, &arc(end), SILENT);
                    ends.insert(number, end);
                } else {
                    bundles.leave(entity(number));
                    ends.remove(&number);
                }
            }
            for end in 0..4 {
                let members: Vec<u32> = ends.iter().filter(|(_, at)| **at == end).map(|(number, _)| *number).collect();
                let drawn = members.iter().filter(|number| bundles.join(entity(**number), GROUP, &arc(end), SILENT)).count();
                prop_assert_eq!(drawn, members.len().min(DRAWN_PER_BUNDLE));
                for number in &members {
                    prop_assert_eq!(bundles.size(entity(*number)), members.len());
                }
            }
        }
    }
}
