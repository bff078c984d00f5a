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
    /// All places, whatever the filter matches; their `ends` are counted anew for each filter.
    places: Vec<PlaceLabel>,
    /// Connections that end at places, by number of the place, each with the number of connections it stands for.
    ends: Vec<(Entity, u32, u32)>,
    /// [`ConnectionTable::version`] and [`ConnectionTable::marked`] of which they are.
    made_for: Option<(u64, u64)>,
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
    connections: Ends<'_, '_>,
    mut labels: ResMut<'_, PlaceLabels>,
) {
    let wanted = Some((table.version, table.marked));
    if labels.made_for == wanted {
        return;
    }
    let labels = &mut *labels;
    if labels.made_for.is_none_or(|(version, _)| version != table.version) {
        labels.gather(&connections);
    }
    labels.made_for = wanted;
    labels.version += 1;
    labels.count(&filter);
}

type Ends<'w, 's> =
    Query<'w, 's, (Entity, &'static Observed, &'static Phase, &'static Located, Option<&'static Ghost>)>;

impl PlaceLabels {
    /// Gathers the places and the connections that end there.
    fn gather(&mut self, connections: &Ends<'_, '_>) {
        self.places.clear();
        self.ends.clear();
        // Arcs that end within a fifth of a degree belong to one place.
        let mut numbers: HashMap<PlaceCell, u32> = HashMap::default();
        for (entity, observed, phase, located, ghost) in connections {
            let Ok(place) = &located.0.place else { continue };
            if (phase.is_closed() && *phase != Phase::Past) || observed.0.is_listener() {
                continue;
            }
            let Some(name) = name_of(place) else { continue };
            let number = *numbers.entry(place.position.cell()).or_insert_with(|| {
                let direction = place.position.to_unit().as_vec3();
                self.places.push(PlaceLabel { direction, name, ends: 0 });
                self.places.len() as u32 - 1
            });
            self.ends.push((entity, number, 1 + ghost.map_or(0, |ghost| ghost.others as u32)));
        }
    }

    /// Counts the ends that the filter matches, and takes the places with the most.
    fn count(&mut self, filter: &FilterInForce) {
        self.places.iter_mut().for_each(|place| place.ends = 0);
        for (_, number, count) in self.ends.iter().filter(|(entity, ..)| filter.lets_through(*entity)) {
            self.places[*number as usize].ends += *count as usize;
        }
        let mut busiest: Vec<&PlaceLabel> = self.places.iter().filter(|place| place.ends > 0).collect();
        let order = |a: &&PlaceLabel, b: &&PlaceLabel| b.ends.cmp(&a.ends).then_with(|| a.name.cmp(&b.name));
        if busiest.len() > MOST {
            busiest.select_nth_unstable_by(MOST, order);
            busiest.truncate(MOST);
        }
        busiest.sort_by(order);
        self.labels = busiest.into_iter().cloned().collect();
    }
}
