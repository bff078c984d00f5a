//! The areas of countries on the globe: where no more than the country is known, around what somebody looks at, and the
//! one that the pointer rests on.
//!
//! A handful of them at most. The lists are made anew when another country or another zoom asks for it, not when a
//! connection within one changes. What is lit for a person who points or chooses comes and goes softly: the shader knows
//! the brightness before and since when there is another one.

mod shape;

pub use shape::{fill, outline};

use super::{
    arcs::{pack_color, pack_direction},
    dots::PlaceMark,
    instances::PagedInstances,
    slack::Slack,
    spaces::CameraView,
};
use crate::{
    connections::{Clock, Located},
    geo::country_area,
    model::{CountryIso, Place},
    view::{GroupColors, PointedCountry, Selection},
};
use bevy::{
    ecs::entity::EntityHashMap,
    math::Vec3,
    platform::collections::HashMap,
    prelude::{DetectChanges, DetectChangesMut, Entity, Query, Res, ResMut, Resource},
};
use bytemuck::{Pod, Zeroable};

/// Countries of which only the country is known, lit at once: those where most ends are.
const MOST: usize = 10;
/// Room for so many ends is never too much.
const LEAST_ENDS: usize = 1_024;
/// Points of an outline are no nearer to each other than this, points of the screen.
const STEP_PT: f32 = 1.6;
/// How long it takes until another brightness is reached, ms; `FADE_MS` of the shader.
pub const FADE_MS: u32 = 180;
/// Outlines are made anew when the camera has come nearer by this share.
const ZOOM_STEP: f32 = 0.4;

/// A quad or a segment as the GPU sees it. Mirrors `Area` in `shaders/areas.wgsl`: eight `u32`, read as two `vec4<u32>`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct AreaInstance {
    /// Octahedral snorm16×2 unit vectors: the corners of a quad, or the point before, both ends and the point after.
    pub points: [u32; 4],
    /// sRGB rgba8; alpha is brightness.
    pub color: u32,
    /// Brightness before, 0 to 255.
    pub alpha_before: u32,
    /// Since when it is another one, ms of the arc clock.
    pub since_ms: u32,
    /// Nothing.
    pub spare: u32,
}

impl AreaInstance {
    fn new(points: [Vec3; 4], color: [u8; 3], alpha: u8, alpha_before: u8, since_ms: u32) -> Self {
        let (points, color) = (points.map(pack_direction), pack_color(color, alpha));
        Self { points, color, alpha_before: alpha_before.into(), since_ms, spare: 0 }
    }
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
            Self::Ambient => [14, 80],
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
    fills: PagedInstances<AreaInstance>,
    outlines: PagedInstances<AreaInstance>,
    ends: EntityHashMap<CountryIso>,
    counts: HashMap<CountryIso, u32>,
    lit: Vec<Lit>,
    shown: Vec<Shown>,
    since_ms: u32,
    fades: bool,
    zoom: i32,
    slack: Slack,
}

impl AreaStore {
    /// Countries that are lit.
    pub fn lit(&self) -> impl Iterator<Item = CountryIso> {
        self.lit.iter().map(|(iso, ..)| *iso)
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

    pub(super) fn instances_mut(&mut self) -> [&mut PagedInstances<AreaInstance>; 2] {
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

    fn draw(&mut self, zoom: i32) {
        let least_deg = STEP_PT / (zoom as f32 * ZOOM_STEP).exp();
        let (mut fills, mut outlines) = (Vec::new(), Vec::new());
        let since_ms = self.since_ms;
        for Shown { iso, color, alphas, before } in &self.shown {
            let Some(area) = country_area(*iso) else { continue };
            let instance =
                |points, part: usize| AreaInstance::new(points, *color, alphas[part], before[part], since_ms);
            fills.extend(fill(area).into_iter().map(|quad| instance(quad, 0)));
            outlines.extend(outline(area, least_deg).into_iter().map(|segment| instance(segment, 1)));
        }
        self.fills.set_all(&fills);
        self.outlines.set_all(&outlines);
        self.zoom = zoom;
    }
}

/// Which countries are lit, one entry each, the brightest light of each.
fn lit(mut wanted: Vec<Lit>) -> Vec<Lit> {
    wanted.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    wanted.dedup_by_key(|(iso, ..)| *iso);
    wanted
}

pub(super) fn light_areas(
    (view, clock): (Res<'_, CameraView>, Res<'_, Clock>),
    (selection, pointed): (Res<'_, Selection>, Res<'_, PointedCountry>),
    colors: GroupColors<'_>,
    places: Query<'_, '_, &Located>,
    mut areas: ResMut<'_, AreaStore>,
) {
    let is_asked = areas.is_changed() || selection.is_changed() || pointed.is_changed() || colors.palette.is_changed();
    let per_radian = 0.5 * view.viewport_px.y / view.half_extent().y / (view.eye.length() - 1.0).max(0.05);
    let points_per_deg = per_radian.to_radians() / view.scale_factor.max(0.1);
    let zoom = (points_per_deg.ln() / ZOOM_STEP).round() as i32;
    let now_ms = clock.arc_ms();
    let is_over = areas.is_over(now_ms);
    if !is_asked && !is_over && (zoom == areas.zoom || areas.shown.is_empty()) {
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
    if is_other || is_over || (zoom != areas.zoom && !areas.shown.is_empty()) {
        areas.draw(zoom);
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
        areas.draw(3);
        assert!(!areas.fades && !areas.is_over(9_000), "it comes with a connection");
        let [fills, outlines] = areas.instances_mut();
        assert!(fills.live() > 20 && outlines.live() > 10, "{} {}", fills.live(), outlines.live());
        assert!(!fills.take_changes().items.is_empty() && !outlines.take_changes().items.is_empty());
        areas.draw(3);
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
        areas.draw(3);
        let lines = areas.instances_mut().map(|list| list.high_water())[1];
        areas.settle();
        areas.draw(3);
        assert_eq!(areas.shown, [Shown { iso: iso("AT"), color: [9; 3], alphas: [10, 170], before: [10, 170] }]);
        assert!((1..lines).contains(&areas.instances_mut().map(|list| list.high_water())[1]), "what went is gone");
        areas.light(Vec::new(), half.wrapping_add(1_000));
        areas.settle();
        areas.draw(3);
        assert!(areas.instances_mut().into_iter().all(|list| list.high_water() == 0));
    }
}
