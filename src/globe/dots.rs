//! Marks on the globe: a dot where arcs end, as large as many of them, and the mark of home.
//!
//! Ends nearer to each other than a fifth of a degree share a dot: on the screen they are one.

use super::{
    arcs::{pack_color, pack_direction},
    instances::PagedInstances,
};
use crate::geodesy::LatLng;
use bevy::{
    ecs::entity::EntityHashMap,
    math::Vec3,
    platform::collections::HashMap,
    prelude::{Entity, Resource},
};
use bytemuck::{Pod, Zeroable};

/// Cells to a degree.
const CELLS_PER_DEG: f64 = 5.0;
/// How long a ripple runs, ms; `RIPPLE_MS` of the shader.
const RIPPLE_MS: u32 = 1_500;
/// Time between two looks for events that are over, ms: a quarter of what the arc clock can tell apart.
const FORGET_EVERY_MS: u32 = 1 << 30;
/// What is over has this age, ms: far from a ripple on both sides of the wrap, until it is looked at again.
const OVER_MS: u32 = 1 << 31;
/// What a mark is; the constants of `shaders/dots.wgsl`.
const HOME: u32 = 1;
const RING: u32 = 2;

/// One mark as the GPU sees it. Mirrors `Dot` in `shaders/dots.wgsl`: four `u32`, read as one `vec4<u32>`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct DotInstance {
    /// Octahedral snorm16×2 unit vector.
    pub direction: u32,
    /// sRGB rgba8; alpha is brightness.
    pub color: u32,
    /// Bits 0–15 radius in 1/16 point, 16–23 kind.
    pub radius_and_kind: u32,
    /// When something opened there last, ms of the arc clock; [`OVER_MS`] or more ago when nothing did for long.
    pub event_ms: u32,
}

/// The marks, and which ends they stand for.
#[derive(Resource, Debug)]
pub struct DotStore {
    instances: PagedInstances<DotInstance>,
    cells: HashMap<(i32, i32), Cell>,
    ends: EntityHashMap<End>,
    home: Option<u32>,
    /// When events that are over were looked for, ms of the arc clock.
    forgot_ms: u32,
}

impl Default for DotStore {
    fn default() -> Self {
        Self {
            instances: PagedInstances::default(),
            cells: HashMap::default(),
            ends: EntityHashMap::default(),
            home: None,
            forgot_ms: 0,
        }
    }
}

#[derive(Debug)]
struct Cell {
    slot: u32,
    direction: u32,
    ends: u32,
    matching: u32,
    color: [u8; 3],
    event_ms: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    cell: (i32, i32),
    matches: bool,
}

impl DotStore {
    /// Number of dots, without the mark of home.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is no dot.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Marks home, or, where it is not known, the ring from which arcs rise then.
    pub fn set_home(&mut self, home: Option<Vec3>) {
        let mark = DotInstance {
            direction: pack_direction(home.unwrap_or(Vec3::Z)),
            color: pack_color([214, 240, 255], 255),
            radius_and_kind: radius(4.2) | if home.is_some() { HOME << 16 } else { RING << 16 },
            // Its kind has no ripple.
            event_ms: 0,
        };
        match self.home {
            Some(slot) if self.instances.get(slot) == Some(&mark) => {}
            Some(slot) => self.instances.write(slot, mark),
            None => self.home = Some(self.instances.insert(mark)),
        }
    }

    /// Takes the mark of home away, where nothing rises from it.
    pub fn hide_home(&mut self) {
        if let Some(slot) = self.home.take() {
            self.instances.release(slot);
        }
    }

    /// Puts the end of a connection at `place`. `opened_ms` is when it opened, if that was seen.
    pub fn set(&mut self, entity: Entity, place: LatLng, color: [u8; 3], matches: bool, opened_ms: Option<u32>) {
        let cell = cell_of(place);
        let end = End { cell, matches };
        let before = self.ends.get(&entity).copied();
        if before == Some(end) {
            return;
        }
        if before.is_some() {
            self.remove(entity);
        }
        self.ends.insert(entity, end);
        let over_ms = self.forgot_ms.wrapping_sub(OVER_MS);
        let instances = &mut self.instances;
        let dot = self.cells.entry(cell).or_insert_with(|| Cell {
            slot: instances.insert(DotInstance::default()),
            direction: pack_direction(place.to_unit().as_vec3()),
            ends: 0,
            matching: 0,
            color,
            event_ms: over_ms,
        });
        dot.ends += 1;
        dot.matching += u32::from(matches);
        dot.color = color;
        if let Some(opened_ms) = opened_ms.filter(|_| before.is_none()) {
            dot.event_ms = opened_ms;
        }
        instances.write(dot.slot, dot.instance());
    }

    /// Takes the end of a connection away, if it has one.
    pub fn remove(&mut self, entity: Entity) {
        let Some(end) = self.ends.remove(&entity) else { return };
        let Some(dot) = self.cells.get_mut(&end.cell) else { return };
        dot.ends -= 1;
        dot.matching -= u32::from(end.matches);
        if dot.ends > 0 {
            self.instances.write(dot.slot, dot.instance());
        } else if let Some(dot) = self.cells.remove(&end.cell) {
            self.instances.release(dot.slot);
        }
    }

    /// Makes events that are over old, so that they are not young again when the arc clock wraps. It does something every
    /// twelve days.
    pub fn forget_events(&mut self, now_ms: u32) {
        if now_ms.wrapping_sub(self.forgot_ms) < FORGET_EVERY_MS {
            return;
        }
        self.forgot_ms = now_ms;
        for dot in self.cells.values_mut() {
            if now_ms.wrapping_sub(dot.event_ms) > RIPPLE_MS {
                dot.event_ms = now_ms.wrapping_sub(OVER_MS);
                self.instances.write(dot.slot, dot.instance());
            }
        }
    }

    pub(super) fn instances_mut(&mut self) -> &mut PagedInstances<DotInstance> {
        &mut self.instances
    }
}

impl Cell {
    fn instance(&self) -> DotInstance {
        let radius_px = 1.7 + 0.75 * (self.ends.max(1) as f32).ln();
        DotInstance {
            direction: self.direction,
            color: pack_color(self.color, if self.matching > 0 { 255 } else { 40 }),
            radius_and_kind: radius(radius_px.min(7.0)),
            event_ms: self.event_ms,
        }
    }
}

fn radius(points: f32) -> u32 {
    (points * 16.0).round() as u32
}

fn cell_of(place: LatLng) -> (i32, i32) {
    let lat = (place.lat_deg() * CELLS_PER_DEG).round() as i32;
    let around = (360.0 * CELLS_PER_DEG) as i32;
    (lat, ((place.lng_deg() * CELLS_PER_DEG).round() as i32).rem_euclid(around))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(number: u32) -> Entity {
        Entity::from_raw_u32(number).expect("a number")
    }

    fn at(lat_deg: f64, lng_deg: f64) -> LatLng {
        LatLng::from_degrees(lat_deg, lng_deg).expect("valid")
    }

    #[test]
    fn ends_in_one_place_share_a_dot_that_grows_and_goes_with_the_last() {
        let mut dots = DotStore::default();
        for number in 1..=5 {
            dots.set(entity(number), at(51.5, -0.1), [1, 2, 3], true, None);
        }
        dots.set(entity(9), at(-33.9, 151.2), [1, 2, 3], true, None);
        assert_eq!(dots.len(), 2);
        let size = |dots: &DotStore| dots.instances.as_slice()[0].radius_and_kind;
        let five = size(&dots);
        dots.remove(entity(1));
        assert!(size(&dots) < five);
        for number in 2..=5 {
            dots.remove(entity(number));
        }
        assert_eq!((dots.len(), dots.instances.live()), (1, 1));
    }

    #[test]
    fn both_sides_of_the_date_line_are_one_place() {
        assert_eq!(cell_of(at(0.0, 180.0)), cell_of(at(0.0, -179.96)));
    }

    #[test]
    fn a_dot_of_which_nothing_matches_is_faint() {
        let mut dots = DotStore::default();
        let alpha = |dots: &DotStore| dots.instances.as_slice()[0].color >> 24;
        dots.set(entity(1), at(1.0, 1.0), [9, 9, 9], false, None);
        assert!(alpha(&dots) < 128);
        dots.set(entity(2), at(1.0, 1.0), [9, 9, 9], true, None);
        assert_eq!(alpha(&dots), 255);
        dots.set(entity(2), at(1.0, 1.0), [9, 9, 9], false, None);
        assert!(alpha(&dots) < 128);
    }

    #[test]
    fn what_is_over_is_not_young_again_when_the_clock_wraps() {
        const HOUR_MS: u32 = 3_600_000;
        let mut dots = DotStore::default();
        dots.set(entity(1), at(1.0, 1.0), [9, 9, 9], true, Some(5));
        dots.set(entity(2), at(40.0, 1.0), [9, 9, 9], true, None);
        let mut now_ms = 0_u32;
        // A hundred days: the clock wraps twice.
        for hour in 1..=2_400 {
            now_ms = now_ms.wrapping_add(HOUR_MS);
            dots.forget_events(now_ms);
            for dot in dots.instances.as_slice() {
                let age_ms = now_ms.wrapping_sub(dot.event_ms);
                assert!(age_ms > RIPPLE_MS && age_ms.checked_add(HOUR_MS).is_some(), "after {hour} hours: {age_ms}");
            }
        }
        dots.set(entity(3), at(1.0, 1.0), [9, 9, 9], true, Some(now_ms));
        dots.forget_events(now_ms.wrapping_add(10));
        assert_eq!(dots.instances.as_slice()[0].event_ms, now_ms, "what is new stays new");
    }

    #[test]
    fn home_is_one_mark_wherever_it_goes() {
        let mut dots = DotStore::default();
        dots.set_home(None);
        dots.set_home(Some(Vec3::X));
        assert_eq!(dots.instances.live(), 1);
        dots.hide_home();
        assert_eq!(dots.instances.live(), 0);
    }
}
