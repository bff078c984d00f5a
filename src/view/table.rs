//! The rows of the table and the counts of the status line, rebuilt at a limited rate when something changed.

use super::{
    FilterInForce, Flagged, GroupColors, Restyled, Selection, Undrawable, panels::ConnectionRow, rows::connection_row,
};
use crate::{
    connections::{Clock, Ghost, Located, Observed, Phase, Touched},
    language::t,
    model::{Counts, Location, PlaceMissing},
};
use bevy::prelude::*;

/// Up to this number, rows are rebuilt as soon as something changes.
const FEW_ROWS: usize = 1_500;
/// Minimum time between two rebuilds of more rows, ms.
const PAUSE_MS: u64 = 500;

/// See the module documentation.
#[derive(Resource, Debug, Default)]
pub struct ConnectionTable {
    /// A row for each connection, in arbitrary order.
    pub rows: Vec<ConnectionRow>,
    /// Changes whenever the rows do.
    pub version: u64,
    /// [`FilterInForce::version`] at which the rows were built.
    pub filter_version: u64,
    /// Counts of open connections and listeners.
    pub counts: Counts,
    /// Of these, those that match the filter.
    pub matching: Counts,
    /// Closed connections that are still listed.
    pub closed: usize,
    /// Of these, those that match the filter.
    pub closed_matching: usize,
    /// Rows that the filter hides.
    pub hidden: usize,
    is_stale: bool,
    built_at_ms: u64,
}

impl ConnectionTable {
    /// Whether the rows are outdated.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Requests a rebuild of all rows because something other than connections changed what they show.
    pub fn renew(&mut self) {
        self.is_stale = true;
    }

    /// Number of rows that match the filter, including closed ones.
    #[must_use]
    pub fn matching_rows(&self) -> usize {
        self.matching.total() + self.closed_matching
    }
}

type Item<'a> = (Entity, &'a Observed, &'a Phase, Option<&'a Located>, Option<&'a Flagged>, Option<&'a Ghost>);

pub(super) fn build_rows(
    clock: Res<'_, Clock>,
    touched: Res<'_, Touched>,
    restyled: Res<'_, Restyled>,
    (filter, selection, undrawable): (Res<'_, FilterInForce>, Res<'_, Selection>, Res<'_, Undrawable>),
    colors: GroupColors<'_>,
    connections: Query<'_, '_, (Entity, &Observed, &Phase, Option<&Located>, Option<&Flagged>, Option<&Ghost>)>,
    mut table: ResMut<'_, ConnectionTable>,
) {
    if !touched.is_empty() || !restyled.entities.is_empty() || colors.palette.is_changed() {
        table.bypass_change_detection().is_stale = true;
    }
    let is_early = clock.frame_ms < table.built_at_ms + PAUSE_MS && table.built_at_ms > 0;
    if !table.is_stale || (table.rows.len() > FEW_ROWS && is_early) {
        return;
    }
    let table = &mut *table;
    let unlocated = Location::missing(PlaceMissing::DatabaseUnavailable);
    let asks_for_closed = filter.asks_for_closed();
    table.rows.clear();
    (table.counts, table.matching) = <(Counts, Counts)>::default();
    (table.closed, table.closed_matching, table.hidden) = (0, 0, 0);
    let add = |(entity, observed, phase, located, flagged, ghost): Item<'_>| {
        let (connection, location) = (&observed.0, located.map_or(&unlocated, |located| &located.0));
        let (matches, closed) = (filter.lets_through(entity), phase.is_closed());
        if closed {
            table.closed += 1;
            table.closed_matching += usize::from(matches);
        } else {
            table.counts.add(connection, location);
            if matches {
                table.matching.add(connection, location);
            }
        }
        let doubt = flagged.map(|flagged| flagged.0.kind);
        let mut row = connection_row(entity, connection, location, doubt, colors.near(entity));
        row.matches = matches;
        row.dimmed = !matches || (closed && !asks_for_closed);
        row.hidden = filter.hides(entity, selection.selected);
        table.hidden += usize::from(row.hidden);
        if closed {
            row.close();
        }
        if located.is_none() {
            t!("table-locating").clone_into(&mut row.place);
        }
        if let Some(Ghost { others: others @ 1.. }) = ghost {
            // It represents all of them.
            row.place = format!("{} ×{}", row.place, others + 1);
        }
        if !undrawable.is_empty() {
            undrawable.change_row(&mut row, connection);
        }
        table.rows.push(row);
    };
    connections.iter().for_each(add);
    table.version += 1;
    table.filter_version = filter.version();
    table.built_at_ms = clock.frame_ms.max(1);
    table.is_stale = false;
}
