//! The areas of countries on the globe: where no more than the country is known, around what somebody looks at, and the
//! one that the pointer rests on.
//!
//! A handful of them at most. Their shapes lie in the GPU's memory already ([`super::shapes`]); here is how each is lit. What
//! is lit for a person who points or chooses comes and goes softly: the shader knows the brightness before and since when
//! there is another one.

use super::{arcs::pack_color, dots::PlaceMark, instances::PagedInstances, shapes::Shapes, slack::Slack};
use crate::{
    connections::{Clock, Located},
    model::{CountryIso, Place},
    view::{GroupColors, PointedCountry, Selection},
};
use bevy::{
    ecs::entity::EntityHashMap,
    platform::collections::HashMap,
    prelude::{DetectChanges, DetectChangesMut, Entity, Query, Res, ResMut, Resource},
};
use bytemuck::{Pod, Zeroable};

/// Countries of which only the country is known, lit at once: those where most ends are.
const MOST: usize = 10;
/// Room for so many ends is never too much.
const LEAST_ENDS: usize = 1_024;
/// How long it takes until another brightness is reached, ms; `FADE_MS` of the shader.
pub const FADE_MS: u32 = 180;

/// How a country is lit, as the GPU sees it: four `u32`, read as one `vec4<u32>` in `shaders/shapes.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct AreaLook {
    /// sRGB rgba8; alpha is brightness.
    pub color: u32,
    /// Brightness before, 0 to 255.
    pub alpha_before: u32,
    /// Since when it is another one, ms of the arc clock.
    pub since_ms: u32,
    /// Size of the country, degrees, the bits of a float.
    pub size_deg: u32,
}

/// How brightly a country is lit; what comes later leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Light {
    /// No more than the country is known of some end.
    Ambient,
    /// The pointer rests on it.
    Pointed,
    /// What is looked at is in it, at a place of its own.
    Around,
    /// What is looked at is somewhere in it.
    Somewhere,
}

impl Light {
    /// Brightness of the fill and of the outline.
    fn alphas(self) -> [u8; 2] {
        match self {
            Self::Ambient => [10, 80],
            Self::Pointed => [10, 170],
            Self::Around => [10, 120],
            Self::Somewhere => [40, 255],
        }
    }
}

type Lit = (CountryIso, Light, [u8; 3]);

/// A country as it is drawn: brightness of its fill and of its outline, and what it was before.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shown {
    iso: CountryIso,
    color: [u8; 3],
    alphas: [u8; 2],
    before: [u8; 2],
}

/// The areas that are lit, and what they are lit for.
#[derive(Resource, Debug, Default)]
pub struct AreaStore {
    fills: PagedInstances<AreaLook>,
    outlines: PagedInstances<AreaLook>,
    ends: EntityHashMap<CountryIso>,
    counts: HashMap<CountryIso, u32>,
    lit: Vec<Lit>,
    shown: Vec<Shown>,
    since_ms: u32,
    fades: bool,
    version: u32,
    slack: Slack,
}

impl AreaStore {
    /// Countries that are lit.
    pub fn lit(&self) -> impl Iterator<Item = CountryIso> {
        self.lit.iter().map(|(iso, ..)| *iso)
    }

    /// Countries that are drawn, those that are going among them, in the order of their looks.
    pub(super) fn shown(&self) -> impl Iterator<Item = CountryIso> {
        self.shown.iter().map(|shown| shown.iso)
    }

    /// Another number when other countries are drawn.
    pub(super) fn version(&self) -> u32 {
        self.version
    }

    /// Notes that an end is somewhere in a country, if that is all that is known and the filter lets it through.
    pub fn set(&mut self, entity: Entity, place: Option<&Place>, matches: bool) {
        let iso = place.filter(|place| matches && PlaceMark::of(place, None) == PlaceMark::Country);
        let iso = iso.and_then(|place| place.country_iso);
        if iso.is_none() && self.ends.is_empty() || self.ends.get(&entity) == iso.as_ref() {
            return;
        }
        self.remove(entity);
        if let Some(iso) = iso {
            self.ends.insert(entity, iso);
            *self.counts.entry(iso).or_default() += 1;
        }
    }

    /// Forgets an end.
    pub fn remove(&mut self, entity: Entity) {
        let Some(iso) = self.ends.remove(&entity) else { return };
        if let Some(count) = self.counts.get_mut(&iso) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&iso);
            }
        }
    }

    /// Gives back what a burst left, once that is long ago.
    pub(super) fn tidy(&mut self) {
        let used = self.ends.len();
        if self.slack.is_lasting(used, self.ends.capacity(), LEAST_ENDS) {
            self.ends.shrink_to(2 * used);
        }
    }

    /// Countries of which only the country is known, the busiest first.
    fn ambient(&self) -> Vec<CountryIso> {
        let mut countries: Vec<_> = self.counts.iter().map(|(iso, count)| (std::cmp::Reverse(*count), *iso)).collect();
        countries.sort_unstable();
        countries.into_iter().take(MOST).map(|(_, iso)| iso).collect()
    }

    pub(super) fn instances_mut(&mut self) -> [&mut PagedInstances<AreaLook>; 2] {
        [&mut self.fills, &mut self.outlines]
    }

    /// Lights these from now on, and lets others go.
    fn light(&mut self, lit: Vec<Lit>, now_ms: u32) {
        let old = std::mem::take(&mut self.shown);
        let seen = |shown: &Shown| self.seen(shown, now_ms);
        let mut new: Vec<Shown> = lit
            .iter()
            .map(|&(iso, light, color)| {
                let alphas = light.alphas();
                // What comes with a connection is there with it.
                let at_first = if light == Light::Ambient { alphas } else { [0; 2] };
                let before = old.iter().find(|shown| shown.iso == iso).map_or(at_first, seen);
                Shown { iso, color, alphas, before }
            })
            .collect();
        let goes = |shown: &&Shown| !lit.iter().any(|(iso, ..)| *iso == shown.iso);
        new.extend(old.iter().filter(goes).map(|shown| Shown { alphas: [0; 2], before: seen(shown), ..*shown }));
        (self.lit, self.shown, self.since_ms) = (lit, new, now_ms);
        self.fades = self.shown.iter().any(|shown| shown.alphas != shown.before);
    }

    /// How bright one is by now; what the shader makes of it.
    fn seen(&self, shown: &Shown, now_ms: u32) -> [u8; 2] {
        let share = (now_ms.wrapping_sub(self.since_ms) as f32 / FADE_MS as f32).min(1.0);
        [0, 1].map(|part| {
            let (before, after) = (f32::from(shown.before[part]), f32::from(shown.alphas[part]));
            (before + (after - before) * share).round() as u8
        })
    }

    /// Whether the last change is over, but not noted yet.
    fn is_over(&self, now_ms: u32) -> bool {
        self.fades && now_ms.wrapping_sub(self.since_ms) >= FADE_MS
    }

    /// The last change is over: what went is gone, and the clock may wrap.
    fn settle(&mut self) {
        self.fades = false;
        self.shown.retain(|shown| shown.alphas != [0; 2]);
        for shown in &mut self.shown {
            shown.before = shown.alphas;
        }
    }

    fn draw(&mut self, shapes: &Shapes) {
        let looks = |part: usize| -> Vec<AreaLook> {
            let look = |shown: &Shown| {
                let country = shapes.0.as_ref().and_then(|tables| tables.countries.get(&shown.iso));
                AreaLook {
                    color: pack_color(shown.color, shown.alphas[part]),
                    alpha_before: shown.before[part].into(),
                    since_ms: self.since_ms,
                    size_deg: country.map_or(0.0, |country| country.size_deg).to_bits(),
                }
            };
            self.shown.iter().map(look).collect()
        };
        let [fills, outlines] = [0, 1].map(looks);
        self.fills.set_all(&fills);
        self.outlines.set_all(&outlines);
        self.version = self.version.wrapping_add(1);
    }
}

/// Which countries are lit, one entry each, the brightest light of each.
fn lit(mut wanted: Vec<Lit>) -> Vec<Lit> {
    wanted.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    wanted.dedup_by_key(|(iso, ..)| *iso);
    wanted
}

pub(super) fn light_areas(
    (clock, shapes): (Res<'_, Clock>, Res<'_, Shapes>),
    (selection, pointed): (Res<'_, Selection>, Res<'_, PointedCountry>),
    colors: GroupColors<'_>,
    places: Query<'_, '_, &Located>,
    mut areas: ResMut<'_, AreaStore>,
) {
    let is_asked = areas.is_changed() || selection.is_changed() || pointed.is_changed() || colors.palette.is_changed();
    let now_ms = clock.arc_ms();
    let is_over = areas.is_over(now_ms);
    let has_come = shapes.is_changed() && !areas.shown.is_empty();
    if !is_asked && !is_over && !has_come {
        return;
    }
    let areas = areas.bypass_change_detection();
    if is_over {
        areas.settle();
    }
    let area = colors.palette.area;
    let mut wanted: Vec<Lit> = areas.ambient().into_iter().map(|iso| (iso, Light::Ambient, area)).collect();
    wanted.extend(pointed.0.map(|(iso, _)| (iso, Light::Pointed, area)));
    for entity in [selection.selected, selection.hovered].into_iter().flatten() {
        let Ok(located) = places.get(entity) else { continue };
        let Ok(place) = &located.0.place else { continue };
        let light = match PlaceMark::of(place, None) {
            PlaceMark::Country => Light::Somewhere,
            PlaceMark::City => Light::Around,
            // It is in many countries.
            _ => continue,
        };
        let color = colors.far(entity);
        wanted.extend(place.country_iso.map(|iso| (iso, light, color)));
    }
    let lit = lit(wanted);
    let is_other = lit != areas.lit;
    if is_other {
        areas.light(lit, now_ms);
        if clock.is_held {
            // Nothing fades then, and what is pointed at is still shown.
            areas.settle();
        }
    }
    if is_other || is_over || has_come {
        areas.draw(&shapes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geodesy::LatLng, model::PlaceKind};

    fn iso(code: &str) -> CountryIso {
        CountryIso::parse(code).expect("two letters")
    }

    fn entity(number: u32) -> Entity {
        Entity::from_raw_u32(number).expect("a number")
    }

    fn place(kind: PlaceKind, code: &str) -> Place {
        let position = LatLng::default();
        Place { kind, position, country_iso: Some(iso(code)), city: None, accuracy_radius_km: None }
    }

    #[test]
    fn a_country_is_lit_while_no_more_is_known_of_some_end() {
        let mut areas = AreaStore::default();
        areas.set(entity(1), Some(&place(PlaceKind::Country, "FR")), true);
        areas.set(entity(2), Some(&place(PlaceKind::Country, "FR")), true);
        areas.set(entity(3), Some(&place(PlaceKind::Country, "NZ")), true);
        areas.set(entity(4), Some(&place(PlaceKind::City, "JP")), true);
        assert_eq!(areas.ambient(), [iso("FR"), iso("NZ")]);
        // Another country, a filter that lets nothing through, a connection that went.
        areas.set(entity(3), Some(&place(PlaceKind::Country, "FR")), true);
        areas.set(entity(1), Some(&place(PlaceKind::Country, "FR")), false);
        assert_eq!((areas.ambient(), areas.counts[&iso("FR")]), (vec![iso("FR")], 2));
        areas.remove(entity(2));
        areas.set(entity(3), None, true);
        assert!(areas.ambient().is_empty() && areas.counts.is_empty() && areas.ends.is_empty());
    }

    #[test]
    fn each_country_is_lit_once_as_brightly_as_anything_asks() {
        let all = lit(vec![
            (iso("FR"), Light::Ambient, [1; 3]),
            (iso("DE"), Light::Pointed, [2; 3]),
            (iso("FR"), Light::Somewhere, [3; 3]),
            (iso("FR"), Light::Around, [4; 3]),
        ]);
        assert_eq!(all, [(iso("DE"), Light::Pointed, [2; 3]), (iso("FR"), Light::Somewhere, [3; 3])]);
    }

    #[test]
    fn what_is_lit_is_drawn_and_uploaded_once() {
        let mut areas = AreaStore::default();
        areas.light(vec![(iso("CH"), Light::Ambient, [9; 3])], 50);
        areas.draw(&Shapes::default());
        assert!(!areas.fades && !areas.is_over(9_000), "it comes with a connection");
        let [fills, outlines] = areas.instances_mut();
        assert_eq!((fills.live(), outlines.live()), (1, 1));
        assert!(!fills.take_changes().items.is_empty() && !outlines.take_changes().items.is_empty());
        areas.draw(&Shapes::default());
        assert!(areas.instances_mut().into_iter().all(|list| list.take_changes().items.is_empty()));
    }

    #[test]
    fn what_a_person_points_at_comes_and_goes_softly_also_when_the_clock_wraps() {
        let mut areas = AreaStore::default();
        let start = u32::MAX - 50;
        areas.light(vec![(iso("CH"), Light::Somewhere, [9; 3])], start);
        assert_eq!((areas.shown[0].before, areas.shown[0].alphas), ([0, 0], [40, 255]));
        assert!(!areas.is_over(start.wrapping_add(FADE_MS - 1)) && areas.is_over(start.wrapping_add(FADE_MS)));
        // Another one half way: the first goes from where it is.
        let half = start.wrapping_add(FADE_MS / 2);
        areas.light(vec![(iso("AT"), Light::Pointed, [9; 3])], half);
        let shown: Vec<_> = areas.shown.iter().map(|shown| (shown.iso, shown.before, shown.alphas)).collect();
        assert_eq!(shown, [(iso("AT"), [0, 0], [10, 170]), (iso("CH"), [20, 128], [0, 0])]);
        areas.draw(&Shapes::default());
        let lines = areas.instances_mut().map(|list| list.high_water())[1];
        areas.settle();
        areas.draw(&Shapes::default());
        assert_eq!(areas.shown, [Shown { iso: iso("AT"), color: [9; 3], alphas: [10, 170], before: [10, 170] }]);
        assert_eq!((lines, areas.instances_mut().map(|list| list.high_water())[1]), (2, 1), "what went is gone");
        areas.light(Vec::new(), half.wrapping_add(1_000));
        areas.settle();
        areas.draw(&Shapes::default());
        assert!(areas.instances_mut().into_iter().all(|list| list.high_water() == 0));
    }
}
