//! What is worth knowing now: the places of open connections, with their traffic. Gathered only while somebody asks.

use super::{ConnectionTable, labels::name_of};
use crate::{
    connections::{Ghost, Located, Observed, Phase},
    geodesy::{LatLng, PlaceCell},
    language::t,
    model::{CountryIso, Group},
    text::format_bytes,
    words::{country_words, holder_words},
};
use bevy::{platform::collections::HashMap, prelude::*};
use std::collections::HashSet;

/// The open connections to one place.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceActivity {
    /// The place.
    pub position: LatLng,
    /// `Frankfurt am Main`, `Japan`; escaped.
    pub name: String,
    /// Its country, if known.
    pub country: Option<CountryIso>,
    /// Connections that end there.
    pub connections: usize,
    /// Payload in both directions, bytes per second; `None` if nothing is measured.
    pub rate_bytes_per_sec: Option<f32>,
    /// The owner of most of them; escaped.
    pub owner: String,
    /// Number of other owners.
    pub other_owners: usize,
}

/// See the module documentation.
#[derive(Resource, Debug, Default)]
pub struct Activity {
    /// Whether it is gathered.
    pub is_wanted: bool,
    /// The places, most connections first.
    pub places: Vec<PlaceActivity>,
    version: Option<u64>,
}

impl Activity {
    /// Changes whenever the places do; `None` if they are not known.
    #[must_use]
    pub fn version(&self) -> Option<u64> {
        self.version
    }

    /// Number of countries in which the places are.
    #[must_use]
    pub fn countries(&self) -> usize {
        self.places.iter().filter_map(|place| place.country).collect::<HashSet<_>>().len()
    }

    /// The current state of the place in this cell.
    #[must_use]
    pub fn at(&self, cell: PlaceCell) -> Option<&PlaceActivity> {
        self.places.iter().find(|place| place.position.cell() == cell)
    }

    /// `9 places, 4 countries, most to Frankfurt am Main`; `None` if no connection has a place.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let first = self.places.first()?;
        if self.places.len() == 1 {
            return Some(format!("{}: {}", place_words(first), t!("panels-connections", count = first.connections)));
        }
        let (name, countries) = (first.name.as_str(), self.countries());
        let places = t!("panels-places", count = self.places.len());
        Some(if countries > 1 {
            t!("ambient-places-countries", places = places, countries = countries, name = name)
        } else {
            t!("ambient-places", places = places, name = name)
        })
    }
}

/// `Frankfurt am Main, Germany`.
fn place_words(place: &PlaceActivity) -> String {
    match place.country.map(country_words) {
        Some(country) if *country != place.name => format!("{}, {country}", place.name),
        _ => place.name.clone(),
    }
}

impl PlaceActivity {
    /// `Tokyo, Japan: 4 connections of web-browser and 1 other, 1.2 MB/s`.
    #[must_use]
    pub fn words(&self) -> String {
        let (place, owner) = (place_words(self), self.owner.as_str());
        let connections = t!("panels-connections", count = self.connections);
        let words = match self.other_owners {
            0 => t!("ambient-place", place = place, connections = connections, owner = owner),
            others => {
                t!("ambient-place-others", place = place, connections = connections, owner = owner, others = others)
            }
        };
        match self.rate_bytes_per_sec.filter(|rate| *rate >= 1.0) {
            Some(rate) => format!("{words}, {}/s", format_bytes(rate as u64)),
            None => words,
        }
    }
}

/// Gathers it when the table was rebuilt.
pub(super) fn gather(
    table: Res<'_, ConnectionTable>,
    connections: Query<'_, '_, (&Observed, &Phase, &Located, Option<&Ghost>)>,
    mut activity: ResMut<'_, Activity>,
) {
    if !activity.is_wanted {
        if activity.version.take().is_some() {
            activity.places.clear();
        }
        return;
    }
    if activity.version == Some(table.version) {
        return;
    }
    let mut places: HashMap<PlaceCell, (PlaceActivity, HashMap<Group, (usize, String)>)> = HashMap::default();
    for (observed, phase, located, ghost) in &connections {
        let Ok(place) = &located.0.place else { continue };
        if phase.is_closed() || observed.0.is_listener() {
            continue;
        }
        let Some(name) = name_of(place) else { continue };
        let (activity, owners) = places.entry(place.position.cell()).or_insert_with(|| {
            let new = PlaceActivity {
                position: place.position,
                name,
                country: place.country_iso,
                connections: 0,
                rate_bytes_per_sec: None,
                owner: String::new(),
                other_owners: 0,
            };
            (new, HashMap::default())
        });
        let count = 1 + ghost.map_or(0, |ghost| ghost.others as usize);
        activity.connections += count;
        if let Some(rate) = observed.0.traffic.and_then(|traffic| traffic.rate_bytes_per_sec()) {
            *activity.rate_bytes_per_sec.get_or_insert(0.0) += rate;
        }
        let owner = owners.entry(Group::of(&observed.0)).or_insert_with(|| (0, holder_words(&observed.0)));
        owner.0 += count;
    }
    let activity = &mut *activity;
    activity.places.clear();
    activity.places.extend(places.into_values().map(|(mut place, owners)| {
        place.other_owners = owners.len().saturating_sub(1);
        let most = owners.into_values().max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)));
        place.owner = most.map_or(String::new(), |(_, name)| name);
        place
    }));
    activity.places.sort_by(|a, b| b.connections.cmp(&a.connections).then_with(|| a.name.cmp(&b.name)));
    activity.version = Some(table.version);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str, country: &str, connections: usize) -> PlaceActivity {
        PlaceActivity {
            position: LatLng::from_degrees(connections as f64, 10.0).unwrap(),
            name: name.to_owned(),
            country: CountryIso::parse(country),
            connections,
            rate_bytes_per_sec: Some(0.0),
            owner: "ssh".to_owned(),
            other_owners: 0,
        }
    }

    fn activity(places: Vec<PlaceActivity>) -> Activity {
        Activity { places, ..Activity::default() }
    }

    #[test]
    fn the_summary_says_how_many_and_where_most_are() {
        assert_eq!(activity(vec![]).summary(), None);
        let one = activity(vec![place("Tokyo", "JP", 1)]);
        assert_eq!(one.summary().as_deref(), Some("Tokyo, Japan: 1 connection"));
        let near = activity(vec![place("Berlin", "DE", 2), place("Kiel", "DE", 1)]);
        assert_eq!(near.summary().as_deref(), Some("2 places, most to Berlin"));
        let far = activity(vec![place("Berlin", "DE", 2), place("Kiel", "DE", 1), place("Tokyo", "JP", 1)]);
        assert_eq!(far.summary().as_deref(), Some("3 places, 2 countries, most to Berlin"));
    }

    #[test]
    fn a_place_says_who_is_there_and_how_much_flows() {
        let mut japan = place("Japan", "JP", 3);
        assert_eq!(japan.words(), "Japan: 3 connections of ssh");
        (japan.other_owners, japan.rate_bytes_per_sec) = (2, Some(1_500.0));
        assert!(japan.words().starts_with("Japan: 3 connections of ssh and 2 others, 1.5"), "{}", japan.words());
        let tokyo = PlaceActivity { rate_bytes_per_sec: None, other_owners: 1, ..place("Tokyo", "JP", 1) };
        assert_eq!(tokyo.words(), "Tokyo, Japan: 1 connection of ssh and 1 other");
    }
}
