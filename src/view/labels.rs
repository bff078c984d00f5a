//! The names of places where arcs end, and the number of arcs there: candidates for labels.

use super::{ConnectionTable, FilterInForce};
use crate::{
    connections::{Ghost, Located, Observed, Phase},
    geodesy::PlaceCell,
    model::{Place, PlaceKind},
    text::escape_untrusted,
    words::country_words,
};
use bevy::{math::Vec3, platform::collections::HashMap, prelude::*};

/// Maximum number of candidates; more labels would be unreadable.
const MOST: usize = 120;

/// A candidate for a label.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceLabel {
    /// Unit vector of the place.
    pub direction: Vec3,
    /// `Frankfurt am Main`, `Japan`; escaped.
    pub name: String,
    /// Arcs that end there and match the filter.
    pub ends: usize,
}

/// The places, most arcs first.
#[derive(Resource, Debug, Default)]
pub struct PlaceLabels {
    /// See [`PlaceLabel`].
    pub labels: Vec<PlaceLabel>,
    /// Changes whenever the labels do.
    pub version: u64,
}

/// The name of a place, escaped; `None` if it has none.
pub(super) fn name_of(place: &Place) -> Option<String> {
    match (&place.city, place.kind) {
        (Some(city), PlaceKind::City | PlaceKind::Anycast) => Some(escape_untrusted(city).into_owned()),
        _ => place.country_iso.map(|iso| country_words(iso).into_owned()),
    }
}

pub(super) fn name_places(
    table: Res<'_, ConnectionTable>,
    filter: Res<'_, FilterInForce>,
    connections: Query<'_, '_, (Entity, &Observed, &Phase, &Located, Option<&Ghost>)>,
    mut labels: ResMut<'_, PlaceLabels>,
) {
    if labels.version == table.version {
        return;
    }
    labels.version = table.version;
    // Arcs that end within a fifth of a degree belong to one place.
    let mut places: HashMap<PlaceCell, PlaceLabel> = HashMap::default();
    for (entity, observed, phase, located, ghost) in &connections {
        let Ok(place) = &located.0.place else { continue };
        if (phase.is_closed() && *phase != Phase::Past) || observed.0.is_listener() || !filter.lets_through(entity) {
            continue;
        }
        let Some(name) = name_of(place) else { continue };
        let label = places.entry(place.position.cell()).or_insert_with(|| PlaceLabel {
            direction: place.position.to_unit().as_vec3(),
            name,
            ends: 0,
        });
        label.ends += 1 + ghost.map_or(0, |ghost| ghost.others as usize);
    }
    labels.labels = places.into_values().collect();
    labels.labels.sort_by(|a, b| b.ends.cmp(&a.ends).then_with(|| a.name.cmp(&b.name)));
    labels.labels.truncate(MOST);
}
