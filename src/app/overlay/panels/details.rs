//! Details of the selected connection: rebuilt when it, its place, its bundle or home changes, and every second for its
//! ages.

use crate::{
    connections::{Clock, ClosedAt, Ghost, Located, Observed, Phase, SamplerStatus},
    globe::arcs::{Bundles, DRAWN_PER_BUNDLE},
    model::{Location, PlaceMissing},
    sampler::Capabilities,
    view::{
        HomeInForce, Selection, Undrawable,
        details::{Life, details_view},
        panels::DetailsView,
    },
    words::group_words,
};
use bevy::prelude::*;

/// Content of the panel.
#[derive(Resource, Debug, Default)]
pub(in crate::app) struct DetailsPanel {
    /// `None` if nothing is selected.
    pub view: Option<DetailsView>,
    seen: Option<Seen>,
    /// Number of times it was rebuilt.
    pub(super) built: u64,
}

/// State compared in each frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    entity: Entity,
    second: i64,
    rope: usize,
    capabilities: Capabilities,
}

type Parts<'a> =
    (Ref<'a, Observed>, Ref<'a, Phase>, Option<&'a ClosedAt>, Option<Ref<'a, Located>>, Option<Ref<'a, Ghost>>);

pub(super) fn show(
    (clock, sampler, undrawable): (Res<'_, Clock>, Res<'_, SamplerStatus>, Res<'_, Undrawable>),
    (selection, home, bundles): (Res<'_, Selection>, Res<'_, HomeInForce>, Res<'_, Bundles>),
    connections: Query<'_, '_, Parts<'_>>,
    mut panel: ResMut<'_, DetailsPanel>,
) {
    let selected = selection.selected.and_then(|entity| Some((entity, connections.get(entity).ok()?)));
    let Some((entity, (observed, phase, closed_at, located, ghost))) = selected else {
        if panel.view.is_some() {
            (panel.view, panel.seen) = (None, None);
        }
        return;
    };
    let second = clock.data.0.div_euclid(1_000);
    let capabilities = sampler.report.capabilities;
    let rope = bundles.size(entity);
    let seen = Some(Seen { entity, second, rope, capabilities });
    let is_changed = observed.is_changed()
        || phase.is_changed()
        || located.as_ref().is_some_and(DetectChanges::is_changed)
        || ghost.as_ref().is_some_and(DetectChanges::is_changed)
        || home.is_changed()
        || undrawable.is_changed();
    if panel.seen == seen && !is_changed {
        return;
    }
    let unlocated = Location::missing(PlaceMissing::DatabaseUnavailable);
    let location = located.as_ref().map_or(&unlocated, |located| &located.0);
    let hidden = if rope > DRAWN_PER_BUNDLE { rope - 1 } else { 0 };
    let closed_at = closed_at.map(|closed_at| closed_at.0);
    let life = match (closed_at, phase.is_closed(), ghost.is_some()) {
        (Some(at), true, false) => Life::Closed(at),
        (_, _, true) => Life::ShortLived(closed_at.unwrap_or(observed.0.first_seen_at)),
        _ => Life::Open,
    };
    let mut view = details_view(&observed.0, location, home.home.as_ref(), clock.data, life, capabilities)
        .with_others(ghost.map_or(0, |ghost| ghost.others))
        .with_bundle(hidden, &group_words(&observed.0));
    if !undrawable.is_empty() {
        undrawable.change_details(&mut view);
    }
    panel.view = Some(view);
    panel.seen = seen;
    panel.built += 1;
}
