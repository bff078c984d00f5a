//! Borders, coasts and shores as lines, and the areas of countries as triangles bounded by the same lines.
//!
//! They are in GPU memory at several levels of detail; finer levels are loaded when needed. Each frame draws the level
//! for the size of a degree on screen, and only the chunks that are visible. So only a small part of the finest level
//! is drawn near the ground, and only a few thousand points from far away.

mod cull;
mod file;
mod tables;

pub use file::{BUILT_IN, Damaged, decode};
pub use tables::{
    Cap, Country, Extent, Level, LevelBuffers, Parts, ShapeBuffers, ShapeTables, direction, pack, unpack, vertex,
};

use super::{areas::AreaStore, earth::Earth, quality::Quality, spaces::CameraView};
use bevy::prelude::{Res, ResMut, Resource};
use cull::Seen;
use std::{ops::Range, sync::Arc};

/// Upper limit of pixels per degree for each level; the last level has none. `examples/bake_assets/shapes` creates the
/// levels.
const PX_PER_DEG: [f32; 3] = [8.0, 22.0, 60.0];
/// Number of levels of detail.
pub const LEVELS: usize = PX_PER_DEG.len() + 1;
/// Ranges with fewer vertices between them are merged into one draw.
const GAP: u32 = 128;

/// Tables of the shapes in GPU memory, once they are loaded.
#[derive(Resource, Clone, Debug, Default)]
pub struct Shapes(pub Option<Arc<ShapeTables>>);

/// The shapes to draw in a frame.
#[derive(Resource, Debug, Default, PartialEq)]
pub struct ShapeDraws {
    /// Level of detail.
    pub level: usize,
    /// Vertex ranges of lines.
    pub lines: Vec<Range<u32>>,
    /// Index ranges of triangles, each with the instance of its highlighted country.
    pub fills: Vec<(u32, Range<u32>)>,
    /// Vertex ranges of outlines, each with the instance of its highlighted country.
    pub outlines: Vec<(u32, Range<u32>)>,
    /// The ideal level, which may not be loaded yet.
    wanted: usize,
    seen: Option<(CameraView, u32, usize)>,
}

impl Clone for ShapeDraws {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    /// Reuses allocations.
    fn clone_from(&mut self, other: &Self) {
        (self.level, self.wanted, self.seen) = (other.level, other.wanted, other.seen);
        self.lines.clone_from(&other.lines);
        self.fills.clone_from(&other.fills);
        self.outlines.clone_from(&other.outlines);
    }
}

/// The level of detail for this many pixels per degree.
#[must_use]
pub fn level_for(px_per_deg: f32) -> usize {
    PX_PER_DEG.iter().filter(|most| px_per_deg >= **most).count()
}

/// Pixels per degree on the ground below the camera.
#[must_use]
pub fn px_per_deg(view: &CameraView) -> f32 {
    let per_radian = 0.5 * view.viewport_px.y / view.half_extent().y / (view.eye.length() - 1.0).max(0.05);
    per_radian.to_radians()
}

fn add(ranges: &mut Vec<Range<u32>>, range: &Range<u32>) {
    match ranges.last_mut() {
        Some(last) if range.start.saturating_sub(last.end) <= GAP => last.end = range.end,
        _ => ranges.push(range.clone()),
    }
}

fn add_to(ranges: &mut Vec<(u32, Range<u32>)>, number: u32, range: &Range<u32>) {
    match ranges.last_mut() {
        // Vertices in between belong to another country.
        Some((last, before)) if *last == number && range.start == before.end => before.end = range.end,
        _ => ranges.push((number, range.clone())),
    }
}

/// Chooses the shapes to draw, if the view or the areas have changed.
pub(super) fn choose_shapes(
    (camera, quality): (Res<'_, CameraView>, Res<'_, Quality>),
    shapes: Res<'_, Shapes>,
    areas: Res<'_, AreaStore>,
    (mut draws, mut earth): (ResMut<'_, ShapeDraws>, ResMut<'_, Earth>),
) {
    let Some(tables) = &shapes.0 else { return };
    let view = camera.scaled(quality.render_scale);
    let seen = Some((view, areas.version(), tables.levels.len()));
    if draws.seen == seen {
        return;
    }
    draws.choose(tables, &view, &areas);
    draws.seen = seen;
    earth.need_level(draws.wanted);
}

impl ShapeDraws {
    fn choose(&mut self, tables: &ShapeTables, view: &CameraView, areas: &AreaStore) {
        self.lines.clear();
        self.fills.clear();
        self.outlines.clear();
        self.wanted = level_for(px_per_deg(view));
        self.level = self.wanted.min(tables.levels.len().saturating_sub(1));
        let Some(level) = tables.levels.get(self.level) else { return };
        let seen = Seen::new(view);
        for chunk in &level.chunks {
            if seen.is_in_view(&chunk.cap) {
                add(&mut self.lines, &chunk.range);
            }
        }
        for (number, iso) in areas.shown().enumerate() {
            let Some(parts) = tables.countries.get(&iso).and_then(|country| country.levels.get(self.level)) else {
                continue;
            };
            for (extents, ranges) in [(&parts.fills, &mut self.fills), (&parts.outlines, &mut self.outlines)] {
                for extent in extents.iter().filter(|extent| seen.is_in_view(&extent.cap)) {
                    add_to(ranges, number as u32, &extent.range);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
