//! Marks on the globe: dots where arcs end, sized by the number of ends and shaped by the kind of location; and home.
//!
//! Ends closer than a fifth of a degree share a dot, because they overlap on screen. The dot shows the most important
//! kind of its ends, and the colour of the group with most ends. Whether the filter matches any of them is a bit beside
//! it; if ends that do not match are hidden, a dot shows the others only.

pub mod mark;
mod tally;

use super::{
    arcs::{pack_color, pack_direction},
    ends::ArcEnd,
    instances::PagedInstances,
    lit::LitBits,
};
use crate::{
    geodesy::{DoubtKind, PlaceCell},
    model::{Place, PlaceKind},
    view::{GroupId, Palette},
};
use bevy::{
    ecs::entity::EntityHashMap,
    math::Vec3,
    platform::collections::HashMap,
    prelude::{Entity, Resource},
};
use bytemuck::{Pod, Zeroable};
use tally::Tally;

/// Duration of a ripple, ms; `RIPPLE_MS` of the shader.
const RIPPLE_MS: u32 = 1_500;
/// Interval between searches for old events, ms: a quarter of the range of the arc clock.
const FORGET_EVERY_MS: u32 = 1 << 30;
/// Age that is assigned to old events, ms: far from that of a ripple on both sides of the wrap, until the next search.
const OVER_MS: u32 = 1 << 31;
/// How the location of an end is known. If ends share a dot, the last of these variants wins, except that a city takes
/// precedence over a country.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaceMark {
    /// Only the country is known.
    Country,
    /// A city.
    #[default]
    City,
    /// Anycast: many locations share one address.
    Anycast,
    /// The location is unlikely.
    Unlikely,
    /// The location is impossible.
    Impossible,
}

impl PlaceMark {
    const COUNT: usize = 5;
    const ALL: [Self; Self::COUNT] = [Self::Country, Self::City, Self::Anycast, Self::Unlikely, Self::Impossible];

    /// The mark for a place with this doubt about it.
    #[must_use]
    pub fn of(place: &Place, doubt: Option<DoubtKind>) -> Self {
        match (doubt, place.kind) {
            (Some(DoubtKind::Impossible), _) => Self::Impossible,
            (Some(DoubtKind::Unlikely), _) => Self::Unlikely,
            (None, PlaceKind::City) => Self::City,
            (None, PlaceKind::Country) => Self::Country,
            (None, PlaceKind::Anycast) => Self::Anycast,
        }
    }

    fn kind(self) -> u32 {
        match self {
            Self::Country => mark::COUNTRY,
            Self::City => 0,
            Self::Anycast => mark::ANYCAST,
            Self::Unlikely => mark::UNLIKELY,
            Self::Impossible => mark::IMPOSSIBLE,
        }
    }

    fn is_doubt(self) -> bool {
        matches!(self, Self::Unlikely | Self::Impossible)
    }
}

/// A mark on the GPU. Mirrors `Dot` in `shaders/dots.wgsl`: four `u32`, read as one `vec4<u32>`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct DotInstance {
    /// Octahedral snorm16×2 unit vector; for a LAN peer it only gives the direction from home.
    pub direction: u32,
    /// sRGB rgba8; alpha is brightness, see also [`LitBits`].
    pub color: u32,
    /// Bits 0–15 radius in 1/16 point, 16–23 kind, see [`mark`].
    pub radius_and_kind: u32,
    /// Time of the last connection opened there, ms of the arc clock; older than `OVER_MS` if there was none for long.
    pub event_ms: u32,
}

/// The end of a connection, as shown by its dot.
#[derive(Clone, Copy, Debug)]
pub struct DotEnd {
    /// Where the arc ends.
    pub at: ArcEnd,
    /// How its location is known.
    pub mark: PlaceMark,
    /// Accuracy radius in km; `None` if no circle should be drawn.
    pub radius_km: Option<f32>,
    /// The group of the connection.
    pub group: GroupId,
    /// Colour of that group at the far end, sRGB.
    pub color: [u8; 3],
    /// Whether the filter matches it, or it is selected while others are hidden.
    pub is_lit: bool,
    /// When it opened, ms of the arc clock; `None` if that was not observed.
    pub opened_ms: Option<u32>,
}

/// A dot whose location has an accuracy radius.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AccuracyCircle {
    /// Packed direction.
    pub direction: u32,
    /// Kilometres.
    pub radius_km: f32,
    /// sRGB.
    pub color: [u8; 3],
    /// Ends there that match the filter.
    pub matching: u32,
}

/// All marks, and the ends that each represents.
#[derive(Resource, Debug, Default)]
pub struct DotStore {
    instances: PagedInstances<DotInstance>,
    /// Dots of which some end is lit.
    lit: LitBits,
    slots: HashMap<CellKey, u32>,
    /// By slot.
    cells: Vec<Option<Cell>>,
    /// The number of lit ends by slot; apart from the cells, so that a change of the filter reads little memory.
    lit_ends: Vec<u32>,
    ends: EntityHashMap<End>,
    /// Whether ends that are not lit are hidden. Then each cell knows the sums of those that are lit.
    hides_rest: bool,
    /// Number of dots with lit ends.
    lit_dots: usize,
    home: Option<u32>,
    palette: Palette,
    /// Time of the last search for old events, ms of the arc clock.
    forgot_ms: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum CellKey {
    Place(PlaceCell),
    Lan(u32),
    Shell(u32),
}

#[derive(Debug)]
struct Cell {
    key: CellKey,
    direction: u32,
    /// The kind of mark if its ends have no location, otherwise 0.
    no_place: u32,
    radius_km: Option<f32>,
    all: Tally,
    /// The lit ones of them; empty unless others are hidden.
    lit: Tally,
    event_ms: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    slot: u32,
    mark: PlaceMark,
    is_lit: bool,
    group: GroupId,
    color: [u8; 3],
}

impl DotStore {
    /// Number of dots that are not hidden, excluding the mark of home.
    #[must_use]
    pub fn len(&self) -> usize {
        if self.hides_rest { self.lit_dots } else { self.slots.len() }
    }

    /// Whether there is no dot that is not hidden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of slots, used or not.
    #[must_use]
    pub fn slots(&self) -> u32 {
        self.instances.high_water()
    }

    /// Sets the mark of home or, if it is unknown, the ring where arcs start.
    pub fn set_home(&mut self, home: Option<Vec3>) {
        let mark = DotInstance {
            direction: pack_direction(home.unwrap_or(Vec3::Z)),
            color: pack_color([214, 240, 255], 255),
            radius_and_kind: radius(4.2) | if home.is_some() { mark::HOME << 16 } else { mark::RING << 16 },
            // Marks of this kind have no ripple.
            event_ms: 0,
        };
        match self.home {
            Some(slot) if self.instances.get(slot) == Some(&mark) => {}
            Some(slot) => self.instances.write(slot, mark),
            None => {
                let slot = self.instances.insert(mark);
                self.lit.set(slot, true);
                self.home = Some(slot);
            }
        }
    }

    /// Hides the mark of home, when no arc starts there.
    pub fn hide_home(&mut self) {
        if let Some(slot) = self.home.take() {
            self.instances.release(slot);
            self.lit.set(slot, false);
        }
    }

    /// Sets the end of a connection. Loops within this machine have no dot.
    pub fn set(&mut self, entity: Entity, at: DotEnd) {
        let Some(key) = cell_of(at.at) else {
            self.remove(entity);
            return;
        };
        let before = self.ends.get(&entity).copied();
        let known = self.slots.get(&key).copied();
        if let (Some(before), Some(slot)) = (before, known)
            && before == (End { slot, mark: at.mark, is_lit: at.is_lit, group: at.group, color: at.color })
        {
            return;
        }
        let has_moved = before.is_some_and(|before| known != Some(before.slot));
        if has_moved {
            self.remove(entity);
        }
        let slot = known.unwrap_or_else(|| self.add_cell(key, at.at));
        let end = End { slot, mark: at.mark, is_lit: at.is_lit, group: at.group, color: at.color };
        self.ends.insert(entity, end);
        match before.filter(|_| !has_moved) {
            // Other sums stay, and so does the order of groups.
            Some(before) if before == (End { is_lit: !end.is_lit, ..end }) => self.tally_lit(end, end.is_lit),
            Some(before) => {
                self.tally(before, false);
                self.tally(end, true);
            }
            None => self.tally(end, true),
        }
        if let Some(Some(cell)) = self.cells.get_mut(slot as usize) {
            cell.radius_km = at.radius_km.or(cell.radius_km);
            if let Some(opened_ms) = at.opened_ms.filter(|_| before.is_none()) {
                cell.event_ms = opened_ms;
            }
        }
        self.draw(slot);
    }

    /// Adds a dot without ends, and returns its slot.
    fn add_cell(&mut self, key: CellKey, at: ArcEnd) -> u32 {
        let slot = self.instances.insert(DotInstance::default());
        let cell = Cell {
            key,
            direction: pack_direction(at.direction()),
            no_place: match key {
                CellKey::Place(_) => 0,
                CellKey::Lan(_) => mark::LAN,
                CellKey::Shell(_) => mark::SHELL,
            },
            radius_km: None,
            all: Tally::default(),
            lit: Tally::default(),
            event_ms: self.forgot_ms.wrapping_sub(OVER_MS),
        };
        self.slots.insert(key, slot);
        if self.cells.len() <= slot as usize {
            self.cells.resize_with(slot as usize + 1, || None);
            self.lit_ends.resize(slot as usize + 1, 0);
        }
        self.cells[slot as usize] = Some(cell);
        slot
    }

    /// Adds an end to the sums of its dot, or takes it from them.
    fn tally(&mut self, end: End, adds: bool) {
        let Some(Some(cell)) = self.cells.get_mut(end.slot as usize) else { return };
        cell.all.change(end, adds);
        if end.is_lit {
            self.tally_lit(end, adds);
        }
    }

    /// The same for the sums of lit ends.
    fn tally_lit(&mut self, end: End, adds: bool) {
        self.count_lit(end, adds);
        self.sum_lit(end, adds);
    }

    /// Counts a lit end.
    fn count_lit(&mut self, end: End, adds: bool) {
        let Some(ends) = self.lit_ends.get_mut(end.slot as usize) else { return };
        *ends = if adds { *ends + 1 } else { *ends - 1 };
        if *ends == u32::from(adds) {
            // The first has come, or the last has gone.
            self.lit.set(end.slot, adds);
            self.lit_dots = if adds { self.lit_dots + 1 } else { self.lit_dots - 1 };
        }
    }

    /// Adds a lit end to the sums of its dot, which are needed only while others are hidden.
    fn sum_lit(&mut self, end: End, adds: bool) {
        if self.hides_rest
            && let Some(Some(cell)) = self.cells.get_mut(end.slot as usize)
        {
            cell.lit.change(end, adds);
        }
    }

    /// Writes the instance of a dot, if it has changed.
    fn draw(&mut self, slot: u32) {
        let Some(Some(cell)) = self.cells.get(slot as usize) else { return };
        let instance = cell.instance(&self.palette, self.hides_rest);
        if self.instances.get(slot) != Some(&instance) {
            self.instances.write(slot, instance);
        }
    }

    /// Sets which ends are lit, and whether others are hidden, after a change of the filter. Unless some are hidden, this
    /// writes bits only. Returns whether anything has changed.
    pub(super) fn relight(&mut self, hides_rest: bool, is_lit: impl Fn(Entity) -> bool) -> bool {
        let hid_rest = std::mem::replace(&mut self.hides_rest, hides_rest);
        let is_switched = hid_rest != hides_rest;
        let mut has_changed = is_switched;
        if is_switched {
            self.cells.iter_mut().flatten().for_each(|cell| cell.lit = Tally::default());
        }
        let mut ends = std::mem::take(&mut self.ends);
        for (entity, end) in &mut ends {
            let now = is_lit(*entity);
            let is_other = now != end.is_lit;
            if is_other {
                (end.is_lit, has_changed) = (now, true);
                self.count_lit(*end, now);
            }
            let is_summed = if is_switched { now } else { is_other };
            if is_summed {
                self.sum_lit(*end, now);
            }
        }
        self.ends = ends;
        if has_changed && (hides_rest || hid_rest) {
            (0..self.cells.len() as u32).for_each(|slot| self.draw(slot));
        }
        has_changed
    }

    /// Sets the palette for doubtful locations. Group colours are part of each end.
    pub fn set_palette(&mut self, palette: Palette) {
        if self.palette != palette {
            self.palette = palette;
            (0..self.cells.len() as u32).for_each(|slot| self.draw(slot));
        }
    }

    /// Removes the end of a connection, if it has one.
    pub fn remove(&mut self, entity: Entity) {
        let Some(end) = self.ends.remove(&entity) else { return };
        self.tally(end, false);
        let place = self.cells.get_mut(end.slot as usize);
        if let Some(cell) = place.and_then(|cell| cell.take_if(|cell| cell.all.ends == 0)) {
            self.slots.remove(&cell.key);
            self.instances.release(end.slot);
        } else {
            self.draw(end.slot);
        }
    }

    /// Keeps old events old, so that they do not ripple again when the arc clock wraps. Does nothing except once in
    /// twelve days.
    pub fn forget_events(&mut self, now_ms: u32) {
        if now_ms.wrapping_sub(self.forgot_ms) < FORGET_EVERY_MS {
            return;
        }
        self.forgot_ms = now_ms;
        for cell in self.cells.iter_mut().flatten() {
            if now_ms.wrapping_sub(cell.event_ms) > RIPPLE_MS {
                cell.event_ms = now_ms.wrapping_sub(OVER_MS);
            }
        }
        (0..self.cells.len() as u32).for_each(|slot| self.draw(slot));
    }

    /// Frees capacity left over from a burst, once it has been unused for long.
    pub(super) fn tidy(&mut self) {
        let Some(moves) = self.instances.tidy() else { return };
        for &(from, to) in &moves {
            let is_lit = self.lit.get(from);
            self.lit.set(from, false);
            self.lit.set(to, is_lit);
            if let Some(cell) = self.cells.get_mut(from as usize).and_then(Option::take) {
                self.slots.insert(cell.key, to);
                self.lit_ends[to as usize] = std::mem::take(&mut self.lit_ends[from as usize]);
                self.cells[to as usize] = Some(cell);
            }
        }
        let moves: HashMap<u32, u32> = moves.into_iter().collect();
        let slots = self.ends.values_mut().map(|end| &mut end.slot).chain(&mut self.home);
        for slot in slots {
            *slot = moves.get(slot).copied().unwrap_or(*slot);
        }
        let used = self.instances.high_water() as usize;
        self.cells.truncate(used);
        self.lit_ends.truncate(used);
        self.cells.shrink_to(2 * used);
        self.lit_ends.shrink_to(2 * used);
        self.slots.shrink_to(2 * self.slots.len());
        let ends = self.ends.len();
        self.ends.shrink_to(2 * ends);
    }

    /// The dots with an accuracy radius that are not hidden, in no particular order.
    pub fn accuracy_circles(&self) -> impl Iterator<Item = AccuracyCircle> {
        self.cells.iter().zip(&self.lit_ends).filter_map(|(cell, matching)| {
            let Cell { direction, radius_km, .. } = *cell.as_ref()?;
            let tally = cell.as_ref()?.shown(self.hides_rest)?;
            Some(AccuracyCircle { direction, radius_km: radius_km?, color: tally.color(), matching: *matching })
        })
    }

    pub(super) fn instances_mut(&mut self) -> &mut PagedInstances<DotInstance> {
        &mut self.instances
    }

    pub(super) fn lit_mut(&mut self) -> &mut LitBits {
        &mut self.lit
    }
}

impl Cell {
    /// The sums that are shown; `None` if the dot is hidden.
    fn shown(&self, hides_rest: bool) -> Option<&Tally> {
        if hides_rest { Some(&self.lit).filter(|lit| lit.ends > 0) } else { Some(&self.all) }
    }

    fn instance(&self, palette: &Palette, hides_rest: bool) -> DotInstance {
        // What is hidden is drawn by no means, so it may stay as it is.
        let shown = self.shown(hides_rest).unwrap_or(&self.all);
        let radius_px = 1.7 + 0.75 * (shown.ends.max(1) as f32).ln();
        let mark = shown.mark();
        let kind = if self.no_place > 0 { self.no_place } else { mark.kind() };
        let color = if mark.is_doubt() { palette.doubt } else { shown.color() };
        DotInstance {
            direction: self.direction,
            color: pack_color(color, 255),
            radius_and_kind: radius(radius_px.min(7.0)) | kind << 16,
            event_ms: self.event_ms,
        }
    }
}

fn radius(points: f32) -> u32 {
    (points * 16.0).round() as u32
}

/// The dot that an end belongs to; a loop at home has none.
fn cell_of(end: ArcEnd) -> Option<CellKey> {
    match end {
        ArcEnd::Place(place) => Some(CellKey::Place(place.cell())),
        ArcEnd::Lan(side) => Some(CellKey::Lan(pack_direction(side))),
        ArcEnd::Shell(direction) => Some(CellKey::Shell(pack_direction(direction))),
        ArcEnd::Loop(_) => None,
    }
}

#[cfg(test)]
mod tests;
