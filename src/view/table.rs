//! The rows of the table and the counts of the status line, built anew when something changed, and not too often.

use super::{FilterInForce, Flagged, Palette, Restyled, Undrawable, panels::ConnectionRow, rows::connection_row};
use crate::{
    connections::{Clock, Ghost, Located, Observed, Phase, Touched},
    model::{Counts, Location, PlaceMissing},
};
use bevy::prelude::*;

/// Up to so many rows are built as soon as something changes.
const FEW_ROWS: usize = 1_500;
/// Time between two builds of more, ms.
const PAUSE_MS: u64 = 500;

/// See the module.
#[derive(Resource, Debug, Default)]
pub struct ConnectionTable {
    /// One row a connection, in no order.
    pub rows: Vec<ConnectionRow>,
    /// Another number whenever the rows are others.
    pub version: u64,
    /// Counts over the rows that have not closed.
    pub counts: Counts,
    /// Rows that match the filter.
    pub matching: usize,
    is_stale: bool,
    built_at_ms: u64,
}

impl ConnectionTable {
    /// Whether the rows lag behind what is known.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// All rows are to be built again, since something else than connections changed what they show.
    pub fn renew(&mut self) {
        self.is_stale = true;
    }
}

pub(super) fn build_rows(
    clock: Res<'_, Clock>,
    touched: Res<'_, Touched>,
    restyled: Res<'_, Restyled>,
    (filter, palette, undrawable): (Res<'_, FilterInForce>, Res<'_, Palette>, Res<'_, Undrawable>),
    connections: Query<'_, '_, (Entity, &Observed, &Phase, Option<&Located>, Option<&Flagged>, Option<&Ghost>)>,
    mut table: ResMut<'_, ConnectionTable>,
) {
    if !touched.is_empty() || !restyled.entities.is_empty() || palette.is_changed() {
        table.bypass_change_detection().is_stale = true;
    }
    let is_early = clock.frame_ms < table.built_at_ms + PAUSE_MS && table.built_at_ms > 0;
    if !table.is_stale || (table.rows.len() > FEW_ROWS && is_early) {
        return;
    }
    let table = &mut *table;
    let unlocated = Location::missing(PlaceMissing::DatabaseUnavailable);
    table.rows.clear();
    table.counts = Counts::default();
    table.matching = 0;
    for (entity, observed, phase, located, flagged, ghost) in &connections {
        let location = located.map_or(&unlocated, |located| &located.0);
        let matches = filter.lets_through(entity);
        if !phase.is_closing() {
            table.counts.add(&observed.0, location);
            table.matching += usize::from(matches);
        }
        let doubt = flagged.map(|flagged| flagged.0.kind);
        let mut row = connection_row(entity, &observed.0, location, matches, phase.is_closing(), doubt, &palette);
        if located.is_none() {
            row.place = "looking up".to_owned();
        }
        if let Some(Ghost { others: others @ 1.. }) = ghost {
            // It stands for them all.
            row.place = format!("{} ×{}", row.place, others + 1);
        }
        if !undrawable.is_empty() {
            undrawable.change_row(&mut row, &observed.0);
        }
        table.rows.push(row);
    }
    table.version += 1;
    table.built_at_ms = clock.frame_ms.max(1);
    table.is_stale = false;
}
