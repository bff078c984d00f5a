//! Brings arcs and dots up to date: only those that were touched in this frame, all of them when home moves.

use super::{
    arcs::{ArcStore, ArcStyle, arc_instance},
    dots::DotStore,
};
use crate::{
    connections::{Clock, Located, Observed, Phase, Touched},
    view::{FilterInForce, HomeInForce, Restyled, Selection, palette},
};
use bevy::prelude::*;

type Connections<'a> = (&'a Observed, &'a Phase, &'a Located);

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
pub(super) fn write_arcs(
    touched: Res<'_, Touched>,
    restyled: Res<'_, Restyled>,
    filter: Res<'_, FilterInForce>,
    selection: Res<'_, Selection>,
    home: Res<'_, HomeInForce>,
    clock: Res<'_, Clock>,
    connections: Query<'_, '_, (Entity, Connections<'_>)>,
    mut arcs: ResMut<'_, ArcStore>,
    mut dots: ResMut<'_, DotStore>,
) {
    for &entity in &touched.removed {
        arcs.remove(entity);
        dots.remove(entity);
    }
    dots.bypass_change_detection().forget_events(clock.arc_ms());
    let home_direction = home.home.as_ref().map(|home| home.position.to_unit().as_vec3());
    let mut write = |entity: Entity, (observed, phase, located): Connections<'_>| {
        let connection = &observed.0;
        let place = located.0.place.as_ref().ok().filter(|_| !connection.is_listener());
        let Some(place) = place else {
            arcs.remove(entity);
            dots.remove(entity);
            return;
        };
        let style = ArcStyle {
            home: home_direction,
            matches: filter.lets_through(entity),
            hides_rest: filter.hides_rest,
            hovered: selection.hovered == Some(entity),
            selected: selection.selected == Some(entity),
        };
        let before = arcs.get(entity).copied();
        let arc = arc_instance(connection, *phase, place.position, style, before.as_ref(), clock.arc_ms());
        let opened_ms = match phase {
            Phase::Opening { since_ms } => Some(*since_ms as u32),
            _ => None,
        };
        let color = palette::remote_color(palette::process_color(&connection.owner));
        dots.set(entity, place.position, color, style.matches, opened_ms);
        arcs.set(entity, arc);
    };
    if home.is_changed() {
        connections.iter().for_each(|(entity, connection)| write(entity, connection));
    } else {
        for &entity in touched.written.iter().chain(&restyled.entities) {
            if let Ok((entity, connection)) = connections.get(entity) {
                write(entity, connection);
            }
        }
    }
    // Without arcs there is nothing that a ring would be the start of.
    if home.is_changed() || arcs.is_changed() {
        if home_direction.is_some() || !arcs.is_empty() {
            dots.set_home(home_direction);
        } else {
            dots.hide_home();
        }
    }
}
