//! Highlighted countries on the globe. A country is highlighted, with a fill and a glowing outline, if some connection
//! ends there and only the country is known. The country under the pointer, and the one around a selected place, have a
//! thin white outline.
//!
//! There are at most a handful of them. Their shapes are already in GPU memory ([`super::shapes`]); this module
//! determines how each is drawn. Highlights caused by pointing or selecting fade in and out: the shader gets the
//! previous brightness and the time of the last change.

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

/// Maximum number of countries highlighted because only the country is known: those with the most ends.
const MOST: usize = 10;
/// Capacity for ends that is never released.
const LEAST_ENDS: usize = 1_024;
/// Duration of a change of brightness, ms; `FADE_MS` of the shader.
pub const FADE_MS: u32 = 180;

/// State of a highlighted country on the GPU: four `u32`, read as one `vec4<u32>` in `shaders/shapes.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct AreaStyle {
    /// sRGB rgba8; alpha is brightness.
    pub color: u32,
    /// Previous brightness, 0 to 255, and [`PLAIN`].
    pub alpha_before: u32,
    /// Time of the last change, ms of the arc clock.
    pub since_ms: u32,
    /// Size of the country in degrees, as the bits of a float.
    pub size_deg: u32,
}

/// Bit of [`AreaStyle::alpha_before`] for an outline without glow; `PLAIN` of the shader.
pub const PLAIN: u32 = 0x100;
/// Colour of an outline without glow, sRGB.
const PLAIN_COLOR: [u8; 3] = [236, 240, 246];

/// Why a country is drawn; later variants take precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Light {
    /// Of some end, only the country is known.
    Ambient,
    /// The pointer rests on it.
    Pointed,
    /// The hovered or selected connection ends in it, at a known place.
    Around,
    /// The hovered or selected connection ends somewhere in it.
    Somewhere,
}

/// A country to draw: colour and brightness of its fill and of its outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lit {
    iso: CountryIso,
    colors: [[u8; 3]; 2],
    alphas: [u8; 2],
    /// Whether the outline has no glow: the country is not highlighted, but pointed at, or around a selected place.
    is_plain: bool,
    /// Whether it fades in; highlights that belong to a connection appear with it.
    fades_in: bool,
}

impl Lit {
    fn new(iso: CountryIso, light: Light, color: [u8; 3]) -> Self {
        let (colors, alphas) = match light {
            Light::Ambient => ([color; 2], [10, 80]),
            Light::Pointed => ([PLAIN_COLOR; 2], [0, 150]),
            Light::Around => ([PLAIN_COLOR; 2], [0, 190]),
            Light::Somewhere => ([color; 2], [40, 255]),
        };
        let (is_plain, fades_in) = (matches!(light, Light::Pointed | Light::Around), light != Light::Ambient);
        Self { iso, colors, alphas, is_plain, fades_in }
    }

    /// Combines two reasons for drawing a country, of which `above` takes precedence. The fill, which means that only
    /// the country is known, stays.
    fn under(self, above: Self) -> Self {
        let fill = if above.alphas[0] > 0 { above } else { self };
        let (colors, alphas) = ([fill.colors[0], above.colors[1]], [fill.alphas[0], above.alphas[1]]);
        Self { colors, alphas, fades_in: self.fades_in && above.fades_in, ..above }
    }
}

/// A country as currently drawn, with its previous brightness.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shown {
    lit: Lit,
    before: [u8; 2],
}

/// The highlighted countries, and the reasons for it.
#[derive(Resource, Debug, Default)]
pub struct AreaStore {
    fills: PagedInstances<AreaStyle>,
    outlines: PagedInstances<AreaStyle>,
    /// Ends of which only the country is known, and whether the filter matches them.
    ends: EntityHashMap<(CountryIso, bool)>,
    /// Of those that match.
    counts: HashMap<CountryIso, u32>,
    lit: Vec<Lit>,
    shown: Vec<Shown>,
    since_ms: u32,
    fades: bool,
    version: u32,
    slack: Slack,
}

impl AreaStore {
    /// Countries that are highlighted or outlined.
    pub fn lit(&self) -> impl Iterator<Item = CountryIso> {
        self.lit.iter().map(|lit| lit.iso)
    }

    /// Countries that are drawn, including those fading out, in the order of their looks.
    pub(super) fn shown(&self) -> impl Iterator<Item = CountryIso> {
        self.shown.iter().map(|shown| shown.lit.iso)
    }

    /// Changes whenever other countries are drawn.
    pub(super) fn version(&self) -> u32 {
        self.version
    }

    /// Records that an end is somewhere in a country, if only the country is known, and whether the filter matches it.
    pub fn set(&mut self, entity: Entity, place: Option<&Place>, matches: bool) {
        let iso = place.filter(|place| PlaceMark::of(place, None) == PlaceMark::Country);
        let end = iso.and_then(|place| place.country_iso).map(|iso| (iso, matches));
        if end.is_none() && self.ends.is_empty() || self.ends.get(&entity) == end.as_ref() {
            return;
        }
        self.remove(entity);
        if let Some((iso, matches)) = end {
            self.ends.insert(entity, (iso, matches));
            count(&mut self.counts, iso, matches, 1);
        }
    }

    /// Removes an end.
    pub fn remove(&mut self, entity: Entity) {
        if let Some((iso, matches)) = self.ends.remove(&entity) {
            count(&mut self.counts, iso, matches, -1);
        }
    }

    /// Sets which ends match the filter, after it has changed. Returns whether any has changed.
    pub(super) fn relight(&mut self, is_lit: impl Fn(Entity) -> bool) -> bool {
        let mut has_changed = false;
        for (entity, (iso, matches)) in &mut self.ends {
            let now = is_lit(*entity);
            if *matches != now {
                count(&mut self.counts, *iso, true, if now { 1 } else { -1 });
                (*matches, has_changed) = (now, true);
            }
        }
        has_changed
    }

    /// Releases memory after a burst, with a delay.
    pub(super) fn tidy(&mut self) {
        let used = self.ends.len();
        if self.slack.is_lasting(used, self.ends.capacity(), LEAST_ENDS) {
            self.ends.shrink_to(2 * used);
        }
    }

    /// Countries of ends of which only the country is known, the busiest first.
    fn ambient(&self) -> Vec<CountryIso> {
        let mut countries: Vec<_> = self.counts.iter().map(|(iso, count)| (std::cmp::Reverse(*count), *iso)).collect();
        countries.sort_unstable();
        countries.into_iter().take(MOST).map(|(_, iso)| iso).collect()
    }

    pub(super) fn instances_mut(&mut self) -> [&mut PagedInstances<AreaStyle>; 2] {
        [&mut self.fills, &mut self.outlines]
    }

    /// Highlights these countries, and fades out all others.
    fn light(&mut self, lit: Vec<Lit>, now_ms: u32) {
        let old = std::mem::take(&mut self.shown);
        let seen = |shown: &Shown| self.seen(shown, now_ms);
        let mut new: Vec<Shown> = lit
            .iter()
            .map(|lit| {
                let at_first = if lit.fades_in { [0; 2] } else { lit.alphas };
                let before = old.iter().find(|shown| shown.lit.iso == lit.iso).map_or(at_first, seen);
                Shown { lit: *lit, before }
            })
            .collect();
        let goes = |shown: &&Shown| !lit.iter().any(|lit| lit.iso == shown.lit.iso);
        new.extend(
            old.iter()
                .filter(goes)
                .map(|shown| Shown { lit: Lit { alphas: [0; 2], ..shown.lit }, before: seen(shown) }),
        );
        (self.lit, self.shown, self.since_ms) = (lit, new, now_ms);
        self.fades = self.shown.iter().any(|shown| shown.lit.alphas != shown.before);
    }

    /// The current brightness, as calculated in the shader.
    fn seen(&self, shown: &Shown, now_ms: u32) -> [u8; 2] {
        let share = (now_ms.wrapping_sub(self.since_ms) as f32 / FADE_MS as f32).min(1.0);
        [0, 1].map(|part| {
            let (before, after) = (f32::from(shown.before[part]), f32::from(shown.lit.alphas[part]));
            (before + (after - before) * share).round() as u8
        })
    }

    /// Whether the last change has ended, but [`Self::settle`] has not been called yet.
    fn is_over(&self, now_ms: u32) -> bool {
        self.fades && now_ms.wrapping_sub(self.since_ms) >= FADE_MS
    }

    /// Ends the last change: removes countries that have faded out, so that the clock may wrap.
    fn settle(&mut self) {
        self.fades = false;
        self.shown.retain(|shown| shown.lit.alphas != [0; 2]);
        for shown in &mut self.shown {
            shown.before = shown.lit.alphas;
        }
    }

    fn draw(&mut self, shapes: &Shapes) {
        let looks = |part: usize| -> Vec<AreaStyle> {
            let look = |shown: &Shown| {
                let country = shapes.0.as_ref().and_then(|tables| tables.countries.get(&shown.lit.iso));
                let plain = if shown.lit.is_plain { PLAIN } else { 0 };
                AreaStyle {
                    color: pack_color(shown.lit.colors[part], shown.lit.alphas[part]),
                    alpha_before: u32::from(shown.before[part]) | plain,
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

/// Adds to the ends in a country, if the filter matches them.
fn count(counts: &mut HashMap<CountryIso, u32>, iso: CountryIso, matches: bool, change: i32) {
    if matches {
        let count = counts.entry(iso).or_default();
        *count = count.saturating_add_signed(change);
        if *count == 0 {
            counts.remove(&iso);
        }
    }
}

/// The countries to draw, one entry each, combining all reasons.
fn lit(mut wanted: Vec<(CountryIso, Light, [u8; 3])>) -> Vec<Lit> {
    wanted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut all: Vec<Lit> = Vec::new();
    for (iso, light, color) in wanted {
        let lit = Lit::new(iso, light, color);
        match all.last_mut().filter(|last| last.iso == iso) {
            Some(last) => *last = last.under(lit),
            None => all.push(lit),
        }
    }
    all
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
    let mut wanted: Vec<_> = areas.ambient().into_iter().map(|iso| (iso, Light::Ambient, area)).collect();
    wanted.extend(pointed.0.map(|(iso, _)| (iso, Light::Pointed, area)));
    for entity in [selection.selected, selection.hovered].into_iter().flatten() {
        let Ok(located) = places.get(entity) else { continue };
        let Ok(place) = &located.0.place else { continue };
        let light = match PlaceMark::of(place, None) {
            PlaceMark::Country => Light::Somewhere,
            PlaceMark::City => Light::Around,
            // An anycast address is in many countries.
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
            // While paused nothing fades, but the country under the pointer is still shown.
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
        // Another country, a filter that does not match, a removed connection.
        areas.set(entity(3), Some(&place(PlaceKind::Country, "FR")), true);
        areas.set(entity(1), Some(&place(PlaceKind::Country, "FR")), false);
        assert_eq!((areas.ambient(), areas.counts[&iso("FR")]), (vec![iso("FR")], 2));
        areas.remove(entity(2));
        areas.relight(|it| it == entity(1));
        assert_eq!((areas.ambient(), areas.counts[&iso("FR")]), (vec![iso("FR")], 1));
        areas.remove(entity(1));
        areas.set(entity(3), None, true);
        assert!(areas.ambient().is_empty() && areas.counts.is_empty() && areas.ends.is_empty());
    }

    #[test]
    fn a_country_is_filled_only_where_no_more_is_known_and_pointing_changes_its_outline_alone() {
        let all = lit(vec![
            (iso("FR"), Light::Around, [4; 3]),
            (iso("DE"), Light::Pointed, [2; 3]),
            (iso("FR"), Light::Somewhere, [3; 3]),
            (iso("FR"), Light::Ambient, [1; 3]),
            (iso("GB"), Light::Pointed, [5; 3]),
            (iso("GB"), Light::Ambient, [6; 3]),
            (iso("IT"), Light::Around, [7; 3]),
        ]);
        let seen: Vec<_> = all.iter().map(|lit| (lit.iso, lit.alphas[0] > 0, lit.colors[0], lit.is_plain)).collect();
        assert_eq!(
            seen,
            [
                (iso("DE"), false, PLAIN_COLOR, true),
                (iso("FR"), true, [3; 3], false),
                (iso("GB"), true, [6; 3], true),
                (iso("IT"), false, PLAIN_COLOR, true),
            ]
        );
        let [ambient, pointed] = [Light::Ambient, Light::Pointed].map(|light| Lit::new(iso("GB"), light, [6; 3]));
        assert_eq!((all[2].alphas, all[2].colors[1]), ([ambient.alphas[0], pointed.alphas[1]], PLAIN_COLOR));
        assert!(!all[2].fades_in, "its fill came with a connection");
    }

    #[test]
    fn what_is_lit_is_drawn_and_uploaded_once() {
        let mut areas = AreaStore::default();
        areas.light(vec![Lit::new(iso("CH"), Light::Ambient, [9; 3])], 50);
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
        areas.light(vec![Lit::new(iso("CH"), Light::Somewhere, [9; 3])], start);
        assert_eq!((areas.shown[0].before, areas.shown[0].lit.alphas), ([0, 0], [40, 255]));
        assert!(!areas.is_over(start.wrapping_add(FADE_MS - 1)) && areas.is_over(start.wrapping_add(FADE_MS)));
        // A change half way: the first one fades out from its current brightness.
        let half = start.wrapping_add(FADE_MS / 2);
        let pointed = Lit::new(iso("AT"), Light::Pointed, [9; 3]);
        areas.light(vec![pointed], half);
        let shown: Vec<_> = areas.shown.iter().map(|shown| (shown.lit.iso, shown.before, shown.lit.alphas)).collect();
        assert_eq!(shown, [(iso("AT"), [0, 0], pointed.alphas), (iso("CH"), [20, 128], [0, 0])]);
        areas.draw(&Shapes::default());
        let lines = areas.instances_mut().map(|list| list.high_water())[1];
        areas.settle();
        areas.draw(&Shapes::default());
        assert_eq!(areas.shown, [Shown { lit: pointed, before: pointed.alphas }]);
        assert_eq!((lines, areas.instances_mut().map(|list| list.high_water())[1]), (2, 1), "what went is gone");
        areas.light(Vec::new(), half.wrapping_add(1_000));
        areas.settle();
        areas.draw(&Shapes::default());
        assert!(areas.instances_mut().into_iter().all(|list| list.high_water() == 0));
    }
}
