//! Which group each connection belongs to, as a small number that arcs, ropes and dots can carry.
//!
//! Kept from what was touched: a connection whose owner becomes known moves to another group in that frame. A number
//! belongs to a group while it has a connection, and may be another group's later.

use super::palette::Palette;
use crate::{
    connections::{Observed, Touched},
    model::Group,
};
use bevy::{
    ecs::{entity::EntityHashMap, system::SystemParam},
    platform::collections::HashMap,
    prelude::*,
};

/// Number of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(u32);

impl GroupId {
    /// Nobody is known: what has this number has nothing in common but that.
    pub const UNKNOWN: Self = Self(0);

    /// The number as the GPU gets it; 0 for the unknown, and for groups beyond 65,535 at once, which then count as
    /// unknown where they are lit together.
    #[must_use]
    pub fn tag(self) -> u16 {
        u16::try_from(self.0).unwrap_or(0)
    }
}

/// See the module.
#[derive(Resource, Debug, Default)]
pub struct Groups {
    numbers: HashMap<Group, GroupId>,
    /// Group and members of each number but 0, from 1 on.
    numbered: Vec<(Group, usize)>,
    free: Vec<GroupId>,
    members: EntityHashMap<GroupId>,
}

impl Groups {
    /// The group of a connection's entity.
    #[must_use]
    pub fn id(&self, entity: Entity) -> GroupId {
        self.members.get(&entity).copied().unwrap_or_default()
    }

    /// The group with this number.
    #[must_use]
    pub fn group(&self, id: GroupId) -> &Group {
        let index = (id.0 as usize).checked_sub(1);
        index.and_then(|index| self.numbered.get(index)).map_or(&Group::Unknown, |(group, _)| group)
    }

    /// Number of known groups that have a connection.
    #[must_use]
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there is no known group.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Puts a connection into its group, out of the one that it was in.
    pub fn put(&mut self, entity: Entity, group: Group) {
        if self.members.get(&entity).is_some_and(|id| *self.group(*id) == group) {
            return;
        }
        self.forget(entity);
        let id = if group.is_known() { self.number(group) } else { GroupId::UNKNOWN };
        self.members.insert(entity, id);
    }

    /// The number of a known group, with one member more.
    fn number(&mut self, group: Group) -> GroupId {
        if let Some(&id) = self.numbers.get(&group) {
            self.numbered[id.0 as usize - 1].1 += 1;
            return id;
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.numbered.push((Group::Unknown, 0));
            GroupId(self.numbered.len() as u32)
        });
        self.numbered[id.0 as usize - 1] = (group.clone(), 1);
        self.numbers.insert(group, id);
        id
    }

    /// Takes a connection out of its group, if it is in one.
    pub fn forget(&mut self, entity: Entity) {
        let Some(id) = self.members.remove(&entity).filter(|id| *id != GroupId::UNKNOWN) else { return };
        let (group, members) = &mut self.numbered[id.0 as usize - 1];
        *members -= 1;
        if *members == 0 {
            self.numbers.remove(&std::mem::take(group));
            self.free.push(id);
        }
    }
}

pub(super) fn follow_groups(
    touched: Res<'_, Touched>,
    connections: Query<'_, '_, &Observed>,
    mut groups: ResMut<'_, Groups>,
) {
    if touched.is_empty() {
        return;
    }
    for &entity in &touched.removed {
        groups.forget(entity);
    }
    for &entity in &touched.written {
        if let Ok(observed) = connections.get(entity) {
            groups.put(entity, Group::of(&observed.0));
        }
    }
}

/// The groups and what they look like.
#[derive(SystemParam)]
pub struct GroupColors<'w> {
    /// Who belongs together.
    pub groups: Res<'w, Groups>,
    /// The colours in force.
    pub palette: Res<'w, Palette>,
}

impl GroupColors<'_> {
    /// Colour of a connection's group, sRGB.
    #[must_use]
    pub fn near(&self, entity: Entity) -> [u8; 3] {
        self.palette.group(self.groups.group(self.groups.id(entity)))
    }

    /// The same at the far end.
    #[must_use]
    pub fn far(&self, entity: Entity) -> [u8; 3] {
        Palette::far(self.near(entity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap as Map;

    fn entity(number: u32) -> Entity {
        Entity::from_raw_u32(number).expect("a number")
    }

    #[test]
    fn the_unknown_have_one_number_and_those_beyond_what_the_gpu_can_tell_apart_count_as_unknown_there() {
        let mut groups = Groups::default();
        groups.put(entity(1), Group::Unknown);
        groups.put(entity(2), Group::Unknown);
        assert_eq!((groups.id(entity(1)), groups.id(entity(2)), groups.len()), Default::default());
        assert_eq!((GroupId(7).tag(), GroupId(65_535).tag(), GroupId(65_536).tag()), (7, 65_535, 0));
    }

    #[test]
    fn a_program_that_changes_its_name_for_ever_takes_no_more_numbers() {
        let mut groups = Groups::default();
        for name in 0..10_000 {
            groups.put(entity(1), Group::Unit(name.to_string().into()));
        }
        assert_eq!((groups.len(), groups.numbered.len(), groups.id(entity(1))), (1, 1, GroupId(1)));
    }

    proptest! {
        #[test]
        fn two_have_one_number_where_they_have_one_group(
            steps in proptest::collection::vec((1..12u32, 0..5u32), 0..80),
        ) {
            let mut groups = Groups::default();
            let mut expected: Map<u32, Group> = Map::new();
            for (number, uid) in steps {
                if uid == 4 {
                    groups.forget(entity(number));
                    expected.remove(&number);
                } else {
                    let group = if uid == 0 { Group::Unknown } else { Group::User(uid) };
                    groups.put(entity(number), group.clone());
                    expected.insert(number, group);
                }
                for (a, group) in &expected {
                    prop_assert_eq!(groups.group(groups.id(entity(*a))), group);
                    for (b, other) in &expected {
                        prop_assert_eq!(groups.id(entity(*a)) == groups.id(entity(*b)), group == other);
                    }
                }
                let known: std::collections::HashSet<_> = expected.values().filter(|group| group.is_known()).collect();
                prop_assert_eq!(groups.len(), known.len());
            }
        }
    }
}
