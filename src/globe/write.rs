//! Updates arcs and dots: those of connections that changed in this frame, or all of them when home or the palette
//! changes. When the filter has been matched anew, it only sets bits, and rewrites the few arcs whose bundle changed. With
//! many connections that is spread over this frame and the next ones.

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

/// Arcs written per frame because their bundle changed with the filter: about 1.5 ms.
const LATE_WRITES: usize = 1_000;
/// Arcs moved per frame because far more are hidden: about 0.1 ms.
const MOVES: usize = 1_000;

/// Which changes of the filter the stores have followed: [`FilterInForce::matched_at_once`], and whether the rest is hidden.
#[derive(Resource, Debug, Default)]
pub(super) struct Followed {
    arcs: (u64, bool),
    dots: (u64, bool),
    areas_and_bundles: u64,
    /// Whether some store has yet to follow.
    is_behind: bool,
}

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
    mut followed: ResMut<'_, Followed>,
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
    let matches = |entity: Entity| filter.lets_through(entity);
    // What is selected is neither dimmed nor hidden.
    let is_lit = |entity: Entity| matches(entity) || selection.selected == Some(entity);
    let is_dot_lit = |entity: Entity| matches(entity) || (filter.hides_rest && is_lit(entity));
    // With many connections, one store follows per frame.
    let wanted = (filter.matched_at_once(), filter.hides_rest);
    let followed = &mut *followed;
    let before = (followed.arcs, followed.dots, followed.areas_and_bundles);
    if before.0 != wanted {
        followed.arcs = wanted;
        arcs.set_hides_rest(filter.hides_rest);
        arcs.relight(is_lit);
    }
    if before.1 != wanted && (before.0 == wanted || !filter.is_spread()) {
        followed.dots = wanted;
        dots.relight(filter.hides_rest, is_dot_lit);
    }
    if before.2 != wanted.0 && (before.1 == wanted || !filter.is_spread()) {
        followed.areas_and_bundles = wanted.0;
        areas.relight(matches);
        bundles.relight(matches);
    }
    followed.is_behind = followed.dots != wanted || followed.areas_and_bundles != wanted.0;
    let home_direction = home.direction();
    let mut write = |bundles: &mut Bundles, entity: Entity, (observed, phase, located, flagged): Connections<'_>| {
        let connection = &observed.0;
        // Closed connections that are only listed are not on the globe.
        let Some(end) = ArcEnd::of(connection, &located.0).filter(|_| *phase != Phase::Closed) else {
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
            is_lit: is_dot_lit(entity),
            opened_ms,
        };
        dots.set(entity, dot);
        areas.set(entity, place, matches(entity));
        // Opening and closing arcs are drawn individually; open ones are bundled with others like them.
        let is_drawn = match phase {
            Phase::Opening { .. } => true,
            Phase::Open | Phase::Past => {
                bundles.join(entity, group, &arc, own_rates(connection), matches) || style.hovered || style.selected
            }
            Phase::Closing { .. } | Phase::Closed => {
                bundles.leave(entity);
                before.is_some()
            }
        };
        if is_drawn {
            arcs.set(entity, arc, is_lit(entity));
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
    let mut late = bundles.bypass_change_detection().take_late(LATE_WRITES);
    loop {
        let mut stale = bundles.take_stale();
        stale.append(&mut late);
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
    followed: Res<'_, Followed>,
) {
    if arcs.is_changed() || arcs.is_late() {
        let arcs = arcs.bypass_change_detection();
        let has_more = arcs.gather_shown(MOVES);
        arcs.set_late(has_more || bundles.has_late() || followed.is_behind);
    }
    // Slots are an internal detail, so do not trigger change detection.
    arcs.bypass_change_detection().tidy();
    dots.bypass_change_detection().tidy();
    bundles.bypass_change_detection().tidy();
    areas.bypass_change_detection().tidy();
}
