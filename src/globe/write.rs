//! Updates arcs and dots: those of connections that changed in this frame, or all of them when home or the palette
//! changes.

use super::{
    arcs::{ArcStore, ArcStyle, Bundles, arc_instance, own_rates},
    areas::AreaStore,
    dots::{DotEnd, DotStore, PlaceMark},
    ends::ArcEnd,
};
use crate::{
    connections::{Clock, Located, Observed, Phase, Touched},
    geo::assumed_radius_km,
    model::PlaceKind,
    view::{FilterInForce, Flagged, GroupColors, HomeInForce, Palette, Restyled, Selection},
};
use bevy::prelude::*;

type Connections<'a> = (&'a Observed, &'a Phase, &'a Located, Option<&'a Flagged>);

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
pub(super) fn write_arcs(
    touched: Res<'_, Touched>,
    restyled: Res<'_, Restyled>,
    filter: Res<'_, FilterInForce>,
    (selection, colors): (Res<'_, Selection>, GroupColors<'_>),
    home: Res<'_, HomeInForce>,
    clock: Res<'_, Clock>,
    connections: Query<'_, '_, (Entity, Connections<'_>)>,
    (mut arcs, mut bundles): (ResMut<'_, ArcStore>, ResMut<'_, Bundles>),
    (mut dots, mut areas): (ResMut<'_, DotStore>, ResMut<'_, AreaStore>),
) {
    for &entity in &touched.removed {
        bundles.leave(entity);
        arcs.remove(entity);
        dots.remove(entity);
        areas.remove(entity);
    }
    dots.bypass_change_detection().forget_events(clock.arc_ms());
    if colors.palette.is_changed() {
        dots.set_palette(*colors.palette);
    }
    let home_direction = home.direction();
    let mut write = |bundles: &mut Bundles, entity: Entity, (observed, phase, located, flagged): Connections<'_>| {
        let connection = &observed.0;
        // Hidden connections, and closed ones that are only listed, are not on the globe.
        let is_drawn = *phase != Phase::Closed && !filter.hides(entity, selection.selected);
        let Some(end) = ArcEnd::of(connection, &located.0).filter(|_| is_drawn) else {
            bundles.leave(entity);
            arcs.remove(entity);
            dots.remove(entity);
            areas.remove(entity);
            return;
        };
        let group = colors.groups.id(entity);
        let color = colors.near(entity);
        let style = ArcStyle {
            group,
            color,
            palette: &colors.palette,
            home: home_direction,
            matches: filter.lets_through(entity),
            hovered: selection.hovered == Some(entity),
            selected: selection.selected == Some(entity),
            is_doubted: flagged.is_some(),
            side: colors.comparison.side(entity),
            carried: bundles.carried(entity),
        };
        let before = arcs.get(entity).copied();
        let arc = arc_instance(connection, *phase, end, style, before.as_ref(), clock.arc_ms());
        let opened_ms = match phase {
            Phase::Opening { since_ms } => Some(*since_ms as u32),
            _ => None,
        };
        let place = located.0.place.as_ref().ok();
        let doubt = flagged.map(|flagged| flagged.0.kind);
        let mark = place.map(|place| PlaceMark::of(place, doubt)).unwrap_or_default();
        let dot = DotEnd {
            at: end,
            mark,
            radius_km: place.filter(|place| place.kind == PlaceKind::City).map(assumed_radius_km),
            group,
            color: Palette::far(color),
            matches: style.matches,
            opened_ms,
        };
        dots.set(entity, dot);
        areas.set(entity, place, style.matches);
        // Opening and closing arcs are drawn individually; open ones are bundled with others like them.
        let is_drawn = match phase {
            Phase::Opening { .. } => true,
            Phase::Open | Phase::Past => {
                bundles.join(entity, group, &arc, own_rates(connection)) || style.hovered || style.selected
            }
            Phase::Closing { .. } | Phase::Closed => {
                bundles.leave(entity);
                before.is_some()
            }
        };
        if is_drawn {
            arcs.set(entity, arc);
        } else {
            arcs.remove(entity);
        }
    };
    if home.is_changed() || colors.palette.is_changed() {
        connections.iter().for_each(|(entity, connection)| write(&mut bundles, entity, connection));
    } else {
        for &entity in touched.written.iter().chain(&restyled.entities) {
            if let Ok((entity, connection)) = connections.get(entity) {
                write(&mut bundles, entity, connection);
            }
        }
    }
    // Rewrite arcs whose bundle changed; this does not change any bundle.
    loop {
        let stale = bundles.take_stale();
        if stale.is_empty() {
            break;
        }
        for (entity, connection) in stale.into_iter().filter_map(|entity| connections.get(entity).ok()) {
            write(&mut bundles, entity, connection);
        }
    }
    // Without arcs, the ring where they start is not needed.
    if home.is_changed() || arcs.is_changed() {
        if home_direction.is_some() || !arcs.is_empty() {
            dots.set_home(home_direction);
        } else {
            dots.hide_home();
        }
    }
}

/// Frees capacity left over from a burst, once it has been unused for long.
pub(super) fn tidy(
    (mut arcs, mut bundles): (ResMut<'_, ArcStore>, ResMut<'_, Bundles>),
    (mut dots, mut areas): (ResMut<'_, DotStore>, ResMut<'_, AreaStore>),
) {
    // Slots are an internal detail, so do not trigger change detection.
    arcs.bypass_change_detection().tidy();
    dots.bypass_change_detection().tidy();
    bundles.bypass_change_detection().tidy();
    areas.bypass_change_detection().tidy();
}
