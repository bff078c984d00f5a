//! Two windows of time compared: which connections belong to what is new, gone, more or less, and the rows of the list.

use super::Restyled;
use crate::{
    connections::{Located, Observed, Touched},
    history::{Change, Subject, SubjectKind, subjects_at},
    language::t,
    model::TimeWindow,
};
use bevy::{
    ecs::entity::EntityHashMap,
    platform::collections::HashMap,
    prelude::{DetectChangesMut, Entity, Query, Res, ResMut, Resource},
};

/// Colour of what was more in the first window, sRGB: orange, which every vision distinguishes from the other.
pub const BEFORE: [u8; 3] = [255, 158, 58];
/// Colour of what was more in the second window: blue.
pub const AFTER: [u8; 3] = [104, 190, 255];
/// Colour of what was the same, or is unknown.
pub const SAME: [u8; 3] = [138, 156, 186];

/// In which of the two windows there is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In the first: it is gone, or less.
    Before,
    /// In the second: it is new, or more.
    After,
}

impl Side {
    /// The side of a change; `None` for the same.
    #[must_use]
    pub fn of(change: Change) -> Option<Self> {
        match change {
            Change::New | Change::More => Some(Self::After),
            Change::Gone | Change::Less => Some(Self::Before),
            Change::Same => None,
        }
    }

    /// Its colour, sRGB.
    #[must_use]
    pub fn color(side: Option<Self>) -> [u8; 3] {
        match side {
            Some(Self::Before) => BEFORE,
            Some(Self::After) => AFTER,
            None => SAME,
        }
    }
}

/// How the connections on the globe differ between two windows.
#[derive(Resource, Debug, Default)]
pub struct Comparison {
    in_force: Option<(SubjectKind, HashMap<Subject, Change>)>,
    sides: EntityHashMap<Side>,
    is_stale: bool,
}

impl Comparison {
    /// Compares by `kind` from now on, or stops.
    pub fn set(&mut self, in_force: Option<(SubjectKind, HashMap<Subject, Change>)>) {
        self.is_stale |= self.in_force.is_some() || in_force.is_some();
        self.in_force = in_force;
    }

    /// Whether two windows are compared.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.in_force.is_some()
    }

    /// In which window there was more of this connection's kind; `None` for the same in both.
    #[must_use]
    pub fn side(&self, entity: Entity) -> Option<Side> {
        self.sides.get(&entity).copied()
    }

    /// The colour of a connection, while two windows are compared.
    #[must_use]
    pub fn color(&self, entity: Entity) -> Option<[u8; 3]> {
        self.is_on().then(|| Side::color(self.side(entity)))
    }
}

pub(super) fn take_sides(
    touched: Res<'_, Touched>,
    connections: Query<'_, '_, (Entity, &Observed, Option<&Located>)>,
    mut comparison: ResMut<'_, Comparison>,
    mut restyled: ResMut<'_, Restyled>,
) {
    if !comparison.is_stale && (!comparison.is_on() || touched.is_empty()) {
        return;
    }
    let comparison = comparison.bypass_change_detection();
    for entity in &touched.removed {
        comparison.sides.remove(entity);
    }
    let is_stale = std::mem::take(&mut comparison.is_stale);
    let Some((kind, changes)) = &comparison.in_force else {
        comparison.sides.clear();
        restyled.entities.extend(connections.iter().map(|(entity, ..)| entity));
        return;
    };
    let index = SubjectKind::ALL.iter().position(|it| it == kind).unwrap_or(0);
    let sides = &mut comparison.sides;
    let mut look = |(entity, observed, located): (Entity, &Observed, Option<&Located>)| {
        let [process, country, operator, port] = subjects_at(&observed.0, located.map(|located| &*located.0));
        let subject = [process, country, operator, port].into_iter().nth(index).flatten();
        let side = subject.and_then(|subject| changes.get(&subject).copied()).and_then(Side::of);
        let before = match side {
            Some(side) => sides.insert(entity, side),
            None => sides.remove(&entity),
        };
        if is_stale || before != side {
            restyled.entities.push(entity);
        }
    };
    if is_stale {
        connections.iter().for_each(&mut look);
    } else {
        touched.written.iter().filter_map(|entity| connections.get(*entity).ok()).for_each(&mut look);
    }
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedRow {
    /// `firefox`, `France`. Escaped.
    pub name: String,
    /// The word of a filter that selects it; `None` if there is none.
    pub filter: Option<String>,
    /// How it has changed.
    pub change: Change,
    /// Connections in the first and the second window.
    pub connections: [u64; 2],
    /// Bytes in both directions in the first and the second window.
    pub bytes: [u64; 2],
}

/// Content of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonView {
    /// The two windows.
    pub windows: [TimeWindow; 2],
    /// For how much of each was recorded, seconds.
    pub recorded_s: [f64; 2],
    /// By what they are compared.
    pub kind: SubjectKind,
    /// The rows, by change and then by size.
    pub rows: Vec<ComparedRow>,
    /// Whether they are still being read.
    pub is_reading: bool,
    /// Why there are none.
    pub error: Option<String>,
}

/// Name of a kind on a button.
#[must_use]
pub fn kind_name(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Process => t!("comparison-processes"),
        SubjectKind::Country => t!("comparison-countries"),
        SubjectKind::Operator => t!("comparison-operators"),
        SubjectKind::Port => t!("comparison-ports"),
    }
}

/// `new`, `gone`, `more`, `less` or `same`, with a mark in front.
#[must_use]
pub fn change_name(change: Change) -> &'static str {
    match change {
        Change::New => t!("comparison-new"),
        Change::Gone => t!("comparison-gone"),
        Change::More => t!("comparison-more"),
        Change::Less => t!("comparison-less"),
        Change::Same => t!("comparison-same"),
    }
}
