//! The selected and hovered connections, shared by the globe and the table.

use super::Restyled;
use crate::{
    connections::{KeepClosed, Touched},
    model::CountryIso,
};
use bevy::{math::Vec3, prelude::*};

/// At most one connection is selected and one hovered.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Selected by a click.
    pub selected: Option<Entity>,
    /// Under the pointer.
    pub hovered: Option<Entity>,
}

/// The country under a pointer that rests on the globe but not on an arc, and the point where it came to rest, a unit
/// vector.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct PointedCountry(pub Option<(CountryIso, Vec3)>);

/// Clears removed connections, pins the selected one, and records those whose appearance changed.
pub(super) fn follow_selection(
    touched: Res<'_, Touched>,
    mut selection: ResMut<'_, Selection>,
    mut restyled: ResMut<'_, Restyled>,
    mut keep: ResMut<'_, KeepClosed>,
    mut before: Local<'_, Selection>,
) {
    if !touched.removed.is_empty() {
        let gone = |entity: &Entity| touched.removed.contains(entity);
        if selection.selected.as_ref().is_some_and(gone) {
            selection.selected = None;
        }
        if selection.hovered.as_ref().is_some_and(gone) {
            selection.hovered = None;
        }
    }
    if keep.pinned != selection.selected {
        keep.pinned = selection.selected;
    }
    if *before != *selection {
        let concerned = [before.selected, before.hovered, selection.selected, selection.hovered];
        restyled.entities.extend(concerned.into_iter().flatten());
        *before = *selection;
    }
}
