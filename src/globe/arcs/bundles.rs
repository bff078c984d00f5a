//! Bundles of overlapping arcs: of the open connections of one group to one location, only a few arcs are drawn. The first
//! of them carries the traffic of the hidden ones.
//!
//! A typical computer has about ten connections to each location. Drawn one by one, they would add up to a white line at ten
//! times the cost. A hidden connection keeps its table row, and its arc is drawn while it opens, is hovered or is selected.
//! The details panel shows the size of the bundle. Connections with unknown owners to one location form a bundle, too,
//! without implying that they belong together. Connections that match the filter are not hidden by others. *Cost*: one
//! hash map lookup per changed connection, and no scans, except of larger bundles when the filter changes.

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

/// The connections of one group to one location. Those that match the filter come first; of them, and of the others, some
/// are drawn. If there are so few that all are drawn, their order does not matter, and a change of the filter does not
/// look at them.
#[derive(Debug, Default)]
struct Bundle {
    members: Vec<Member>,
    matching: usize,
}

/// Which members are drawn, and who carries the traffic of those that are not.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Drawn {
    entities: [Option<Entity>; 2 * DRAWN_PER_BUNDLE],
    carriers: [Option<Entity>; 2],
}

impl Bundle {
    fn is_all_drawn(&self) -> bool {
        self.members.len() <= DRAWN_PER_BUNDLE
    }

    /// The members that match, and the others.
    fn halves(&self) -> [&[Member]; 2] {
        let (matching, others) = self.members.split_at(self.matching.min(self.members.len()));
        [matching, others]
    }

    fn drawn(&self) -> Drawn {
        let mut drawn = Drawn { entities: [None; 2 * DRAWN_PER_BUNDLE], carriers: [None; 2] };
        let few = [&*self.members, &[]];
        let halves = if self.is_all_drawn() { few } else { self.halves() };
        for (number, half) in halves.into_iter().enumerate() {
            for (place, member) in drawn.entities[number * DRAWN_PER_BUNDLE..][..DRAWN_PER_BUNDLE].iter_mut().zip(half)
            {
                *place = Some(member.entity);
            }
            drawn.carriers[number] = half.first().filter(|_| half.len() > DRAWN_PER_BUNDLE).map(|first| first.entity);
        }
        drawn
    }

    fn is_drawn(&self, index: usize) -> bool {
        let matching = self.matching;
        self.is_all_drawn() || (if index < matching { index } else { index - matching }) < DRAWN_PER_BUNDLE
    }

    fn swap(&mut self, a: usize, b: usize, seats: &mut EntityHashMap<Seat>) {
        self.members.swap(a, b);
        for index in [a, b] {
            if let Some(seat) = self.members.get(index).and_then(|member| seats.get_mut(&member.entity)) {
                seat.index = index;
            }
        }
    }

    /// Moves those that match to the front.
    fn sort(&mut self, seats: &mut EntityHashMap<Seat>, matches: impl Fn(Entity) -> bool) {
        self.matching = 0;
        for index in 0..self.members.len() {
            if matches(self.members[index].entity) {
                if index != self.matching {
                    self.swap(index, self.matching, seats);
                }
                self.matching += 1;
            }
        }
    }

    /// Whether each member is in its half.
    fn is_sorted(&self, matches: impl Fn(Entity) -> bool) -> bool {
        let [front, back] = self.halves();
        front.iter().all(|member| matches(member.entity)) && !back.iter().any(|member| matches(member.entity))
    }
}

/// See the module.
#[derive(Resource, Debug, Default)]
pub struct Bundles {
    bundles: HashMap<Key, Bundle>,
    positions: EntityHashMap<Seat>,
    /// Connections whose arcs must be rewritten because their bundle changed.
    stale: Vec<Entity>,
    /// The same after a change of the filter, to be spread over several frames.
    late: Vec<Entity>,
    slack: Slack,
}

impl Bundles {
    /// Adds an open connection to the bundle of its group and end, or updates it. Returns whether its arc is drawn.
    /// `matches` says which connections the filter matches.
    pub fn join(
        &mut self,
        entity: Entity,
        group: GroupId,
        arc: &ArcInstance,
        rates: Rates,
        matches: impl Fn(Entity) -> bool,
    ) -> bool {
        let key = Key::of(group, arc);
        if self.positions.get(&entity).is_some_and(|seat| seat.key != key) {
            self.leave(entity);
            // Its arc still carries the traffic of the bundle it left.
            self.stale.push(entity);
        }
        let seats = &mut self.positions;
        let bundle = self.bundles.entry(key).or_default();
        let before = bundle.drawn();
        let was_all_drawn = bundle.is_all_drawn();
        let (index, is_new) = match seats.get(&entity) {
            Some(seat) => (seat.index, false),
            None => (bundle.members.len(), true),
        };
        if is_new {
            bundle.members.push(Member { entity, rates });
            seats.insert(entity, Seat { key, index });
        }
        let is_changed = bundle.members[index].rates != rates;
        bundle.members[index].rates = rates;
        if was_all_drawn && !bundle.is_all_drawn() {
            bundle.sort(seats, &matches);
        } else if !bundle.is_all_drawn() {
            let is_in_front = index < bundle.matching;
            if is_in_front != matches(entity) {
                if is_in_front {
                    bundle.matching -= 1;
                    bundle.swap(index, bundle.matching, seats);
                } else {
                    bundle.swap(index, bundle.matching, seats);
                    bundle.matching += 1;
                }
                self.stale.extend(bundle.drawn().carriers.into_iter().flatten());
            }
        }
        let index = seats.get(&entity).map_or(0, |seat| seat.index);
        let is_drawn = bundle.is_drawn(index);
        note_changes(&mut self.stale, before, bundle.drawn());
        if (is_changed || is_new) && !is_drawn {
            // One of them shows its traffic.
            let carriers = bundle.drawn().carriers;
            self.stale.extend(carriers[usize::from(index >= bundle.matching)]);
        }
        is_drawn
    }

    /// Removes a connection from its bundle, if it is in one.
    pub fn leave(&mut self, entity: Entity) {
        let Some(seat) = self.positions.remove(&entity) else { return };
        let Some(bundle) = self.bundles.get_mut(&seat.key) else { return };
        let before = bundle.drawn();
        let mut index = seat.index;
        if !bundle.is_all_drawn() {
            self.stale.extend(before.carriers.into_iter().flatten());
            if index < bundle.matching {
                bundle.matching -= 1;
                bundle.swap(index, bundle.matching, &mut self.positions);
                index = bundle.matching;
            }
        }
        let last = bundle.members.len() - 1;
        bundle.swap(index, last, &mut self.positions);
        bundle.members.pop();
        note_changes(&mut self.stale, before, bundle.drawn());
        if bundle.members.is_empty() {
            self.bundles.remove(&seat.key);
        }
    }

    /// Sets which connections the filter matches, after it has changed.
    pub(in crate::globe) fn relight(&mut self, matches: impl Fn(Entity) -> bool) {
        for bundle in self.bundles.values_mut().filter(|bundle| !bundle.is_all_drawn()) {
            if !bundle.is_sorted(&matches) {
                let before = bundle.drawn();
                bundle.sort(&mut self.positions, &matches);
                let after = bundle.drawn();
                if before == after {
                    // They may carry the traffic of others.
                    self.late.extend(after.carriers.into_iter().flatten());
                }
                note_changes(&mut self.late, before, after);
            }
        }
    }

    /// Traffic of the hidden arcs of its bundle if this connection is the first, otherwise zero.
    #[must_use]
    pub fn carried(&self, entity: Entity) -> Rates {
        let bundle = self.positions.get(&entity).and_then(|seat| self.bundles.get(&seat.key));
        let halves = bundle.filter(|bundle| !bundle.is_all_drawn()).map(Bundle::halves);
        let half = halves
            .and_then(|halves| halves.into_iter().find(|half| half.first().is_some_and(|it| it.entity == entity)));
        let hidden = half.and_then(|half| half.get(DRAWN_PER_BUNDLE..)).unwrap_or_default();
        hidden.iter().fold([0.0; 2], |sum, member| [sum[0] + member.rates[0], sum[1] + member.rates[1]])
    }

    /// Number of connections in the bundle of a connection, including itself; only of those that match the filter like
    /// itself, unless all are drawn.
    #[must_use]
    pub fn size(&self, entity: Entity) -> usize {
        let Some(seat) = self.positions.get(&entity) else { return 1 };
        let Some(bundle) = self.bundles.get(&seat.key) else { return 1 };
        if bundle.is_all_drawn() {
            return bundle.members.len();
        }
        bundle.halves()[usize::from(seat.index >= bundle.matching)].len()
    }

    /// Frees capacity left over from a burst, once it has been unused for long.
    pub(in crate::globe) fn tidy(&mut self) {
        let used = self.positions.len();
        if self.slack.is_lasting(used, self.positions.capacity(), LEAST_SEATS) {
            self.positions.shrink_to(2 * used);
            self.bundles.shrink_to(2 * self.bundles.len());
            self.bundles.values_mut().for_each(|it| it.members.shrink_to(2 * it.members.len()));
        }
    }

    /// Takes the connections whose arcs must be rewritten, without duplicates.
    pub fn take_stale(&mut self) -> Vec<Entity> {
        let mut stale = std::mem::take(&mut self.stale);
        stale.sort_unstable();
        stale.dedup();
        stale
    }

    /// Takes at most `most` of the connections whose arcs must be rewritten after a change of the filter.
    pub(in crate::globe) fn take_late(&mut self, most: usize) -> Vec<Entity> {
        self.late.split_off(self.late.len().saturating_sub(most))
    }

    /// Whether there are some to take in later frames.
    pub(in crate::globe) fn has_late(&self) -> bool {
        !self.late.is_empty()
    }
}

/// Records, once each, the members that are drawn from now on, or no longer, and those that carry, or no longer carry, the
/// traffic of others.
fn note_changes(stale: &mut Vec<Entity>, before: Drawn, after: Drawn) {
    let from = stale.len();
    let mut note = |entity: Entity| {
        if !stale[from..].contains(&entity) {
            stale.push(entity);
        }
    };
    if before.entities != after.entities {
        for (one, other) in [(&before, &after), (&after, &before)] {
            one.entities.iter().flatten().filter(|it| !other.entities.contains(&Some(**it))).for_each(|it| note(*it));
        }
    }
    if before != after {
        before.carriers.into_iter().chain(after.carriers).flatten().for_each(note);
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
    const ALL: fn(Entity) -> bool = |_| true;

    #[test]
    fn a_few_are_drawn_and_the_first_carries_what_the_hidden_ones_do() {
        let mut bundles = Bundles::default();
        let mut join = |number: u32| bundles.join(entity(number), GROUP, &arc(7), [10.0, number as f32], ALL);
        assert_eq!([1, 2, 3, 4, 5].map(&mut join), [true, true, true, false, false]);
        assert!(bundles.join(entity(9), GROUP, &arc(8), SILENT, ALL), "another place");
        assert_eq!((bundles.carried(entity(1)), bundles.carried(entity(2))), ([20.0, 9.0], SILENT));
        assert_eq!((bundles.size(entity(3)), bundles.size(entity(9)), bundles.size(entity(77))), (5, 1, 1));
        bundles.take_stale();
        bundles.join(entity(5), GROUP, &arc(7), [0.0, 1.0], ALL);
        assert_eq!(bundles.take_stale(), [entity(1)], "the hidden one changed, and the first shows it");
        assert_eq!(bundles.carried(entity(1)), [10.0, 5.0]);
    }

    #[test]
    fn after_a_burst_its_room_is_given_back_and_every_seat_is_kept() {
        let mut bundles = Bundles::default();
        for number in 1..=9_000 {
            bundles.join(entity(number), GROUP, &arc(number % 900), [1.0, 0.0], ALL);
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
            bundles.join(entity(number), GROUP, &arc(7), SILENT, ALL);
        }
        bundles.take_stale();
        bundles.leave(entity(2));
        assert!(bundles.take_stale().contains(&entity(4)));
        assert!(bundles.join(entity(4), GROUP, &arc(7), SILENT, ALL), "it is drawn now");
        assert!(bundles.join(entity(1), GROUP, &arc(6), SILENT, ALL), "to another place");
        assert_eq!((bundles.size(entity(1)), bundles.size(entity(4))), (1, 2));
    }

    #[test]
    fn what_is_in_no_known_group_of_its_own_is_in_none_of_another() {
        let (mut bundles, mut groups) = (Bundles::default(), Groups::default());
        for number in 1..=6 {
            groups.put(entity(number), Group::User(number % 2));
            bundles.join(entity(number), groups.id(entity(number)), &arc(7), SILENT, ALL);
        }
        assert_eq!((bundles.size(entity(1)), bundles.size(entity(2))), (3, 3), "of one look, and of two users");
        groups.put(entity(1), Group::User(0));
        assert!(!bundles.join(entity(1), groups.id(entity(1)), &arc(7), SILENT, ALL), "the fourth of the other one");
        assert_eq!((bundles.size(entity(1)), bundles.size(entity(3))), (4, 2));
    }

    proptest! {
        #[test]
        fn every_bundle_draws_as_many_as_it_may_whatever_the_filter_matches(
            steps in proptest::collection::vec((1..30u32, 0..4u32, 0..8u32), 0..150),
        ) {
            let mut bundles = Bundles::default();
            let mut ends: Map<u32, (u32, Rates)> = Map::new();
            // Which arcs are drawn, and with which traffic, if only those that are stale are written.
            let mut drawn: Map<u32, Rates> = Map::new();
            let mut divisor = 1;
            for (number, end, step) in steps {
                match step {
                    0 => {
                        bundles.leave(entity(number));
                        ends.remove(&number);
                        drawn.remove(&number);
                    }
                    1 => {
                        divisor = end + 1;
                        bundles.relight(|entity| entity.index_u32().is_multiple_of(divisor));
                    }
                    _ => {
                        ends.insert(number, (end, [f32::from(step as u8), 1.0]));
                        bundles.stale.push(entity(number));
                    }
                }
                let matches = |entity: Entity| entity.index_u32().is_multiple_of(divisor);
                loop {
                    let mut stale = bundles.take_late(usize::MAX);
                    stale.extend(bundles.take_stale());
                    if stale.is_empty() {
                        break;
                    }
                    for it in stale {
                        let Some((end, rates)) = ends.get(&it.index_u32()) else { continue };
                        // Like the system: the arc is made before it joins, with what it carried then.
                        let carried = bundles.carried(it);
                        if bundles.join(it, GROUP, &arc(*end), *rates, matches) {
                            drawn.insert(it.index_u32(), carried);
                        } else {
                            drawn.remove(&it.index_u32());
                        }
                    }
                }
                for end in 0..4 {
                    for is_matching in [true, false] {
                        let of_half = |number: &u32| matches(entity(*number)) == is_matching;
                        let members: Vec<u32> =
                            ends.iter().filter(|(it, (at, _))| *at == end && of_half(it)).map(|(number, _)| *number).collect();
                        let shown: Vec<u32> = members.iter().copied().filter(|number| drawn.contains_key(number)).collect();
                        let sum = |numbers: &[u32]| numbers.iter().map(|number| ends[number].1[0]).sum::<f32>();
                        let whole = ends.values().filter(|(at, _)| *at == end).count();
                        if whole > DRAWN_PER_BUNDLE {
                            prop_assert_eq!(shown.len(), members.len().min(DRAWN_PER_BUNDLE));
                        } else {
                            prop_assert_eq!(shown.len(), members.len());
                        }
                        let carried: f32 = shown.iter().map(|number| drawn[number][0]).sum();
                        prop_assert_eq!(sum(&shown) + carried, sum(&members), "all traffic is shown");
                        for number in &members {
                            let size = if whole > DRAWN_PER_BUNDLE { members.len() } else { whole };
                            prop_assert_eq!(bundles.size(entity(*number)), size);
                        }
                    }
                }
            }
        }
    }
}
