//! The group of each connection, as a small number that arcs, bundles and dots can store, and its colour.
//!
//! Updated from touched connections: when the owner of a connection becomes known, it moves to another group in the
//! same frame. A group keeps its number while it has connections; afterwards the number is reused.
//!
//! The hue of a group depends on its name. If one of the busiest groups has a hue similar to that of a busier one, it
//! gets another hue, and keeps it while it has connections.

use super::{Restyled, comparison::Comparison, palette::Palette};
use crate::{
    connections::{Observed, Touched},
    model::Group,
};
use bevy::{
    ecs::{entity::EntityHashMap, system::SystemParam},
    platform::collections::HashMap,
    prelude::*,
};

/// Groups with the most connections, which have different colours.
const BUSIEST: usize = 6;

/// Number of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(u32);

impl GroupId {
    /// The owner is unknown; such connections do not belong together.
    pub const UNKNOWN: Self = Self(0);

    /// The number for the GPU; 0 for the unknown, and for numbers above 65,535, which are then highlighted like the
    /// unknown.
    #[must_use]
    pub fn tag(self) -> u16 {
        u16::try_from(self.0).unwrap_or(0)
    }
}

/// A group with a number.
#[derive(Clone, Debug, Default)]
struct Numbered {
    group: Group,
    members: usize,
    /// Index of its hue, if that does not depend on its name.
    hue: Option<usize>,
    /// Whether it was one of the busiest groups when hues were last assigned.
    is_busy: bool,
}

/// See the module documentation.
#[derive(Resource, Debug, Default)]
pub struct Groups {
    numbers: HashMap<Group, GroupId>,
    /// The groups by number, from 1 on.
    numbered: Vec<Numbered>,
    free: Vec<GroupId>,
    members: EntityHashMap<GroupId>,
    is_recounted: bool,
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
        self.numbered(id).map_or(&Group::Unknown, |it| &it.group)
    }

    fn numbered(&self, id: GroupId) -> Option<&Numbered> {
        self.numbered.get((id.0 as usize).checked_sub(1)?)
    }

    /// Colour of the group with this number, sRGB.
    #[must_use]
    pub fn color(&self, id: GroupId, palette: &Palette) -> [u8; 3] {
        match self.numbered(id) {
            None => palette.unknown,
            Some(Numbered { hue: Some(hue), .. }) => palette.hue(*hue),
            Some(Numbered { group, .. }) => palette.group(group),
        }
    }

    /// Assigns different hues to the busiest groups; returns those whose hue has changed.
    fn spread_hues(&mut self, palette: &Palette) -> Vec<GroupId> {
        if !std::mem::take(&mut self.is_recounted) {
            return Vec::new();
        }
        let mut order: Vec<usize> = (0..self.numbered.len()).filter(|&i| self.numbered[i].members > 0).collect();
        let rank = |i: &usize| (std::cmp::Reverse(self.numbered[*i].members), &self.numbered[*i].group);
        if order.len() > BUSIEST {
            order.select_nth_unstable_by(BUSIEST, |a, b| rank(a).cmp(&rank(b)));
            order.truncate(BUSIEST);
        }
        // Groups that were already among the busiest keep their hues; others get different ones.
        let was_busy = |i: &usize| self.numbered[*i].is_busy;
        order.sort_unstable_by(|a, b| was_busy(b).cmp(&was_busy(a)).then_with(|| rank(a).cmp(&rank(b))));
        self.numbered.iter_mut().for_each(|it| it.is_busy = false);
        let (mut taken, mut changed) = (Vec::new(), Vec::new());
        for index in order {
            let it = &mut self.numbered[index];
            let Some(now) = it.hue.or_else(|| palette.own_hue(&it.group)) else { continue };
            let hue = palette.hue_beside(now, &taken);
            taken.push(hue);
            it.is_busy = true;
            if hue != now {
                it.hue = Some(hue);
                changed.push(GroupId(index as u32 + 1));
            }
        }
        changed
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

    /// Puts a connection into its group, and removes it from the previous one.
    pub fn put(&mut self, entity: Entity, group: Group) {
        if self.members.get(&entity).is_some_and(|id| *self.group(*id) == group) {
            return;
        }
        self.forget(entity);
        self.is_recounted = true;
        let id = if group.is_known() { self.number(group) } else { GroupId::UNKNOWN };
        self.members.insert(entity, id);
    }

    /// Adds a member to a known group, and returns its number.
    fn number(&mut self, group: Group) -> GroupId {
        if let Some(&id) = self.numbers.get(&group) {
            self.numbered[id.0 as usize - 1].members += 1;
            return id;
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.numbered.push(Numbered::default());
            GroupId(self.numbered.len() as u32)
        });
        self.numbered[id.0 as usize - 1] = Numbered { group: group.clone(), members: 1, ..Numbered::default() };
        self.numbers.insert(group, id);
        id
    }

    /// Removes a connection from its group, if it is in one.
    pub fn forget(&mut self, entity: Entity) {
        let Some(id) = self.members.remove(&entity).filter(|id| *id != GroupId::UNKNOWN) else { return };
        self.is_recounted = true;
        let it = &mut self.numbered[id.0 as usize - 1];
        it.members -= 1;
        if it.members == 0 {
            self.numbers.remove(&std::mem::take(it).group);
            self.free.push(id);
        }
    }
}

pub(super) fn follow_groups(
    touched: Res<'_, Touched>,
    connections: Query<'_, '_, &Observed>,
    palette: Res<'_, Palette>,
    mut groups: ResMut<'_, Groups>,
    mut restyled: ResMut<'_, Restyled>,
) {
    if palette.is_changed() {
        // The new palette may have other hues.
        groups.numbered.iter_mut().for_each(|it| (it.hue, it.is_busy) = (None, false));
        groups.is_recounted = true;
    }
    if touched.is_empty() && !groups.is_recounted {
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
    let changed = groups.spread_hues(&palette);
    if !changed.is_empty() {
        let is_restyled = |(_, id): &(&Entity, &GroupId)| changed.contains(id);
        restyled.entities.extend(groups.members.iter().filter(is_restyled).map(|(entity, _)| *entity));
    }
}

/// The groups and their colours.
#[derive(SystemParam)]
pub struct GroupColors<'w> {
    /// The groups of connections.
    pub groups: Res<'w, Groups>,
    /// The current palette.
    pub palette: Res<'w, Palette>,
    /// The comparison of two windows of time, which has colours of its own.
    pub comparison: Res<'w, Comparison>,
}

impl GroupColors<'_> {
    /// Colour of a connection's group, sRGB; while two windows of time are compared, that of its side.
    #[must_use]
    pub fn near(&self, entity: Entity) -> [u8; 3] {
        let of_group = || self.groups.color(self.groups.id(entity), &self.palette);
        self.comparison.color(entity).unwrap_or_else(of_group)
    }

    /// The same at the far end of the arc.
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

    fn program(name: &str) -> Group {
        Group::Program { name: name.into(), path: None }
    }

    fn colors_of(groups: &Groups, names: &[&str]) -> Vec<[u8; 3]> {
        let id = |name: &&str| groups.numbers.get(&program(name)).copied().unwrap_or_default();
        names.iter().map(|name| groups.color(id(name), &Palette::STANDARD)).collect()
    }

    #[test]
    fn the_busiest_groups_have_different_colours_and_keep_them() {
        // Two with the same hue, two with similar ones, and others; earlier names get more connections.
        let names = ["curl", "firefox", "chrome", "sshd", "ssh", "python3", "code", "node", "rsync", "git"];
        let mut groups = Groups::default();
        let mut number = 0;
        for (rank, name) in names.iter().enumerate() {
            for _ in rank..2 * names.len() {
                groups.put(entity(number), program(name));
                number += 1;
            }
        }
        let own: Vec<_> = names.map(|name| Palette::STANDARD.group(&program(name))).into();
        assert_eq!(colors_of(&groups, &names), own);
        groups.spread_hues(&Palette::STANDARD);
        let spread = colors_of(&groups, &names);
        let busiest = &spread[..BUSIEST];
        for (i, color) in busiest.iter().enumerate() {
            let similar =
                |other: &[u8; 3]| (0..3).map(|p| u32::from(color[p].abs_diff(other[p]))).map(|d| d * d).sum::<u32>();
            assert!(busiest[..i].iter().all(|other| similar(other) > 65 * 65), "{busiest:?}");
        }
        assert_ne!(busiest, &own[..BUSIEST], "they would not be without it");
        assert_eq!(
            (spread[0], &spread[BUSIEST..]),
            (own[0], &own[BUSIEST..]),
            "the busiest, and the others, have their own"
        );
        // Others become the busiest; reassigned hues stay.
        (0..40).for_each(|more| groups.put(entity(1_000 + more), Group::User(1)));
        groups.spread_hues(&Palette::STANDARD);
        assert_eq!(colors_of(&groups, &names[..BUSIEST - 1]), spread[..BUSIEST - 1]);
        assert!(groups.spread_hues(&Palette::STANDARD).is_empty(), "nothing to do");
    }

    #[test]
    fn a_connection_that_is_gone_leaves_its_group() {
        let mut app = App::new();
        app.init_resource::<Groups>().init_resource::<Touched>().init_resource::<Palette>().init_resource::<Restyled>();
        app.add_systems(Update, follow_groups);
        let gone = entity(1);
        app.world_mut().resource_mut::<Groups>().put(gone, Group::User(7));
        app.world_mut().resource_mut::<Touched>().removed.push(gone);
        app.update();
        assert!(app.world().resource::<Groups>().is_empty());
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
