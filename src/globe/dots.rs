//! Marks on the globe: a dot where arcs end, as large as many of them and shaped by how its place is known, and home.
//!
//! Ends nearer to each other than a fifth of a degree share a dot: on the screen they are one. Of the kinds of its ends
//! it shows the one that a person must know of first, and the colour is that of the group that has most of them.

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

/// How long a ripple runs, ms; `RIPPLE_MS` of the shader.
const RIPPLE_MS: u32 = 1_500;
/// Time between two looks for events that are over, ms: a quarter of what the arc clock can tell apart.
const FORGET_EVERY_MS: u32 = 1 << 30;
/// What is over has this age, ms: far from a ripple on both sides of the wrap, until it is looked at again.
const OVER_MS: u32 = 1 << 31;
/// What a mark is; the constants of `shaders/dots.wgsl`. An end on a place of its own has none.
pub mod mark {
    /// Home.
    pub const HOME: u32 = 1;
    /// The ring from which arcs rise where home is not known.
    pub const RING: u32 = 2;
    /// No more than the country is known.
    pub const COUNTRY: u32 = 3;
    /// Many machines answer there and elsewhere.
    pub const ANYCAST: u32 = 4;
    /// The place is unlikely.
    pub const UNLIKELY: u32 = 5;
    /// The place cannot be.
    pub const IMPOSSIBLE: u32 = 6;
    /// A peer on the LAN.
    pub const LAN: u32 = 7;
    /// A peer without a place.
    pub const SHELL: u32 = 8;
}

/// How the place of an end is known. What comes later leads where several ends share a dot, but for the country: a dot
/// of which one end is a city is not blurred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaceMark {
    /// No more than the country.
    Country,
    /// A city.
    #[default]
    City,
    /// Many places under one address.
    Anycast,
    /// The place is unlikely.
    Unlikely,
    /// The place cannot be.
    Impossible,
}

impl PlaceMark {
    const COUNT: usize = 5;
    const ALL: [Self; Self::COUNT] = [Self::Country, Self::City, Self::Anycast, Self::Unlikely, Self::Impossible];

    /// How this place is known, and what speaks against it.
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

/// One mark as the GPU sees it. Mirrors `Dot` in `shaders/dots.wgsl`: four `u32`, read as one `vec4<u32>`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct DotInstance {
    /// Octahedral snorm16×2 unit vector; of the LAN it only says which side of home.
    pub direction: u32,
    /// sRGB rgba8; alpha is brightness.
    pub color: u32,
    /// Bits 0–15 radius in 1/16 point, 16–23 what it is, see [`mark`].
    pub radius_and_kind: u32,
    /// When something opened there last, ms of the arc clock; [`OVER_MS`] or more ago when nothing did for long.
    pub event_ms: u32,
}

/// The end of a connection, as its dot shows it.
#[derive(Clone, Copy, Debug)]
pub struct DotEnd {
    /// Where it is.
    pub at: ArcEnd,
    /// How that is known.
    pub mark: PlaceMark,
    /// Radius in km within which it is; `None` where a circle would say nothing.
    pub radius_km: Option<f32>,
    /// The group that the connection belongs to.
    pub group: GroupId,
    /// Colour of that group at the far end, sRGB.
    pub color: [u8; 3],
    /// The filter lets it through.
    pub matches: bool,
    /// When it opened, if that was seen, ms of the arc clock.
    pub opened_ms: Option<u32>,
}

/// A place within so many km of which ends are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vicinity {
    /// Packed direction.
    pub direction: u32,
    /// Kilometres.
    pub radius_km: f32,
    /// sRGB.
    pub color: [u8; 3],
    /// Ends there that match the filter.
    pub matching: u32,
}

/// The marks, and which ends they stand for.
#[derive(Resource, Debug, Default)]
pub struct DotStore {
    instances: PagedInstances<DotInstance>,
    cells: HashMap<CellKey, Cell>,
    ends: EntityHashMap<End>,
    home: Option<u32>,
    palette: Palette,
    /// When events that are over were looked for, ms of the arc clock.
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
    /// The kind of mark, where its ends have no place.
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

/// The ends of one group in a dot.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    group: GroupId,
    color: [u8; 3],
    ends: u32,
}

/// Whose ends share a dot, in the order in which the groups came. Most dots have one group, which takes no list.
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

    /// Colour of the known group that has most ends, of several the one that came last; where nobody is known, theirs.
    fn color(&self) -> [u8; 3] {
        let all = std::iter::once(&self.first).chain(&self.others);
        all.max_by_key(|share| (share.group != GroupId::UNKNOWN, share.ends)).map_or([0; 3], |share| share.color)
    }
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
            radius_and_kind: radius(4.2) | if home.is_some() { mark::HOME << 16 } else { mark::RING << 16 },
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

    /// Puts the end of a connection where it is; one within this machine has no dot.
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

    /// Draws doubted places in the colours of this palette. Groups bring their colours with them.
    pub fn set_palette(&mut self, palette: Palette) {
        if self.palette != palette {
            self.palette = palette;
            for dot in self.cells.values() {
                self.instances.write(dot.slot, dot.instance(&self.palette));
            }
        }
    }

    /// Takes the end of a connection away, if it has one.
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
                self.instances.write(dot.slot, dot.instance(&self.palette));
            }
        }
    }

    /// Gives back what a burst left, once that is long ago.
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

    /// Where ends are within a known distance only, in no order.
    pub fn vicinities(&self) -> impl Iterator<Item = Vicinity> {
        self.cells.values().filter_map(|dot| {
            let Cell { direction, radius_km, matching, .. } = *dot;
            Some(Vicinity { direction, radius_km: radius_km?, color: dot.shares.color(), matching })
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

    /// Of several kinds the one to be known of first.
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
