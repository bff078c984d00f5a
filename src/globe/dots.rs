//! Marks on the globe: dots where arcs end, sized by the number of ends and shaped by the kind of location; and home.
//!
//! Ends closer than a fifth of a degree share a dot, because they overlap on screen. The dot shows the most important
//! kind of its ends, and the colour of the group with most ends.

use super::{
    arcs::{pack_color, pack_direction},
    ends::ArcEnd,
    instances::PagedInstances,
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

/// Duration of a ripple, ms; `RIPPLE_MS` of the shader.
const RIPPLE_MS: u32 = 1_500;
/// Interval between searches for old events, ms: a quarter of the range of the arc clock.
const FORGET_EVERY_MS: u32 = 1 << 30;
/// Age that is assigned to old events, ms: far from that of a ripple on both sides of the wrap, until the next search.
const OVER_MS: u32 = 1 << 31;
/// Kinds of marks; the constants of `shaders/dots.wgsl`. A dot at an ordinary location has none.
pub mod mark {
    /// Home.
    pub const HOME: u32 = 1;
    /// The ring where arcs start if home is unknown.
    pub const RING: u32 = 2;
    /// Only the country is known.
    pub const COUNTRY: u32 = 3;
    /// Anycast: many machines share the address.
    pub const ANYCAST: u32 = 4;
    /// The location is unlikely.
    pub const UNLIKELY: u32 = 5;
    /// The location is impossible.
    pub const IMPOSSIBLE: u32 = 6;
    /// A peer on the LAN.
    pub const LAN: u32 = 7;
    /// A peer without a location.
    pub const SHELL: u32 = 8;
}

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
    /// sRGB rgba8; alpha is brightness.
    pub color: u32,
    /// Bits 0–15 radius in 1/16 point, 16–23 kind, see [`mark`].
    pub radius_and_kind: u32,
    /// Time of the last connection opened there, ms of the arc clock; older than [`OVER_MS`] if there was none for long.
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
    /// Whether the filter matches it.
    pub matches: bool,
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
    cells: HashMap<CellKey, Cell>,
    ends: EntityHashMap<End>,
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
    slot: u32,
    direction: u32,
    /// The kind of mark if its ends have no location, otherwise 0.
    no_place: u32,
    ends: u32,
    matching: u32,
    marks: [u32; PlaceMark::COUNT],
    radius_km: Option<f32>,
    shares: Shares,
    event_ms: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    cell: CellKey,
    mark: PlaceMark,
    matches: bool,
    group: GroupId,
    color: [u8; 3],
}

/// The number of ends of one group in a dot.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    group: GroupId,
    color: [u8; 3],
    ends: u32,
}

/// Groups whose ends share a dot, in order of arrival. Most dots have one group, which needs no allocation.
#[derive(Debug, Default)]
struct Shares {
    first: Share,
    others: Vec<Share>,
}

impl Shares {
    fn add(&mut self, group: GroupId, color: [u8; 3]) {
        if self.first.ends == 0 || self.first.group == group {
            self.first = Share { group, color, ends: self.first.ends + 1 };
        } else if let Some(share) = self.others.iter_mut().find(|share| share.group == group) {
            *share = Share { group, color, ends: share.ends + 1 };
        } else {
            self.others.push(Share { group, color, ends: 1 });
        }
    }

    fn take(&mut self, group: GroupId) {
        let mut all = std::iter::once(&mut self.first).chain(&mut self.others);
        if let Some(share) = all.find(|share| share.group == group) {
            share.ends = share.ends.saturating_sub(1);
        }
        self.others.retain(|share| share.ends > 0);
        if self.first.ends == 0 && !self.others.is_empty() {
            self.first = self.others.remove(0);
        }
    }

    /// Colour of the known group with most ends, the latest of equals; if there is none, that of the unknown group.
    fn color(&self) -> [u8; 3] {
        let all = std::iter::once(&self.first).chain(&self.others);
        all.max_by_key(|share| (share.group != GroupId::UNKNOWN, share.ends)).map_or([0; 3], |share| share.color)
    }
}

impl DotStore {
    /// Number of dots, excluding the mark of home.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is no dot.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
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
            None => self.home = Some(self.instances.insert(mark)),
        }
    }

    /// Hides the mark of home, when no arc starts there.
    pub fn hide_home(&mut self) {
        if let Some(slot) = self.home.take() {
            self.instances.release(slot);
        }
    }

    /// Sets the end of a connection. Loops within this machine have no dot.
    pub fn set(&mut self, entity: Entity, at: DotEnd) {
        let Some(cell) = cell_of(at.at) else {
            self.remove(entity);
            return;
        };
        let end = End { cell, mark: at.mark, matches: at.matches, group: at.group, color: at.color };
        let before = self.ends.get(&entity).copied();
        if before == Some(end) {
            return;
        }
        if before.is_some_and(|before| before.cell != cell) {
            self.remove(entity);
        }
        self.ends.insert(entity, end);
        let over_ms = self.forgot_ms.wrapping_sub(OVER_MS);
        let instances = &mut self.instances;
        let dot = self.cells.entry(cell).or_insert_with(|| Cell {
            slot: instances.insert(DotInstance::default()),
            direction: pack_direction(at.at.direction()),
            no_place: match cell {
                CellKey::Place(_) => 0,
                CellKey::Lan(_) => mark::LAN,
                CellKey::Shell(_) => mark::SHELL,
            },
            ends: 0,
            matching: 0,
            marks: [0; PlaceMark::COUNT],
            radius_km: None,
            shares: Shares::default(),
            event_ms: over_ms,
        });
        if let Some(before) = before.filter(|before| before.cell == cell) {
            dot.take(before);
        }
        dot.add(end);
        dot.radius_km = at.radius_km.or(dot.radius_km);
        if let Some(opened_ms) = at.opened_ms.filter(|_| before.is_none()) {
            dot.event_ms = opened_ms;
        }
        instances.write(dot.slot, dot.instance(&self.palette));
    }

    /// Sets the palette for doubtful locations. Group colours are part of each end.
    pub fn set_palette(&mut self, palette: Palette) {
        if self.palette != palette {
            self.palette = palette;
            for dot in self.cells.values() {
                self.instances.write(dot.slot, dot.instance(&self.palette));
            }
        }
    }

    /// Removes the end of a connection, if it has one.
    pub fn remove(&mut self, entity: Entity) {
        let Some(end) = self.ends.remove(&entity) else { return };
        let Some(dot) = self.cells.get_mut(&end.cell) else { return };
        dot.take(end);
        if dot.ends > 0 {
            self.instances.write(dot.slot, dot.instance(&self.palette));
        } else if let Some(dot) = self.cells.remove(&end.cell) {
            self.instances.release(dot.slot);
        }
    }

    /// Keeps old events old, so that they do not ripple again when the arc clock wraps. Does nothing except once in
    /// twelve days.
    pub fn forget_events(&mut self, now_ms: u32) {
        if now_ms.wrapping_sub(self.forgot_ms) < FORGET_EVERY_MS {
            return;
        }
        self.forgot_ms = now_ms;
        for dot in self.cells.values_mut() {
            if now_ms.wrapping_sub(dot.event_ms) > RIPPLE_MS {
                dot.event_ms = now_ms.wrapping_sub(OVER_MS);
                self.instances.write(dot.slot, dot.instance(&self.palette));
            }
        }
    }

    /// Frees capacity left over from a burst, once it has been unused for long.
    pub(super) fn tidy(&mut self) {
        let Some(moves) = self.instances.tidy() else { return };
        let moves: HashMap<u32, u32> = moves.into_iter().collect();
        let slots = self.cells.values_mut().map(|dot| &mut dot.slot).chain(&mut self.home);
        for slot in slots {
            *slot = moves.get(slot).copied().unwrap_or(*slot);
        }
        self.cells.shrink_to(2 * self.cells.len());
        let ends = self.ends.len();
        self.ends.shrink_to(2 * ends);
    }

    /// The dots with an accuracy radius, in no particular order.
    pub fn accuracy_circles(&self) -> impl Iterator<Item = AccuracyCircle> {
        self.cells.values().filter_map(|dot| {
            let Cell { direction, radius_km, matching, .. } = *dot;
            Some(AccuracyCircle { direction, radius_km: radius_km?, color: dot.shares.color(), matching })
        })
    }

    pub(super) fn instances_mut(&mut self) -> &mut PagedInstances<DotInstance> {
        &mut self.instances
    }
}

impl Cell {
    fn add(&mut self, end: End) {
        self.ends += 1;
        self.matching += u32::from(end.matches);
        self.marks[end.mark as usize] += 1;
        self.shares.add(end.group, end.color);
    }

    fn take(&mut self, end: End) {
        self.ends -= 1;
        self.matching -= u32::from(end.matches);
        self.marks[end.mark as usize] -= 1;
        self.shares.take(end.group);
    }

    /// The most important kind among its ends.
    fn mark(&self) -> PlaceMark {
        let all = PlaceMark::ALL.into_iter().rev();
        all.zip(self.marks.iter().rev()).find(|(_, ends)| **ends > 0).map_or(PlaceMark::City, |(mark, _)| mark)
    }

    fn instance(&self, palette: &Palette) -> DotInstance {
        let radius_px = 1.7 + 0.75 * (self.ends.max(1) as f32).ln();
        let mark = self.mark();
        let kind = if self.no_place > 0 { self.no_place } else { mark.kind() };
        let color = if mark.is_doubt() { palette.doubt } else { self.shares.color() };
        DotInstance {
            direction: self.direction,
            color: pack_color(color, if self.matching > 0 { 255 } else { 40 }),
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
