//! The rows of the table and the counts of the status line, rebuilt at a limited rate when something changed. When only
//! matches have changed, the rows stay and are marked anew.

use super::{
    FilterInForce, Flagged, GroupColors, Restyled, Selection, Undrawable,
    panels::{ConnectionRow, RowMark},
    rows::connection_row,
};
use crate::{
    connections::{Clock, Ghost, Located, Observed, Phase, Touched},
    language::t,
    model::{Counted, Counts, Location, PlaceMissing},
};
use bevy::prelude::*;

/// Up to this number, rows are rebuilt as soon as something changes.
const FEW_ROWS: usize = 1_500;
/// Frames in which the globe follows many new matches before the rows do.
const PUT_OFF: u8 = 3;
/// Minimum time between two rebuilds of more rows, ms.
const PAUSE_MS: u64 = 500;

/// See the module documentation.
#[derive(Resource, Debug, Default)]
pub struct ConnectionTable {
    /// A row for each connection, in arbitrary order.
    pub rows: Vec<ConnectionRow>,
    /// The connection of each row.
    pub entities: Vec<Entity>,
    /// What the filter says of each row.
    pub marks: Vec<RowMark>,
    /// Changes whenever the rows do, apart from what the filter matches.
    pub version: u64,
    /// Changes whenever the rows were marked anew.
    pub marked: u64,
    /// [`FilterInForce::version`] of the last query that all rows show.
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
    /// How each row is counted; `None` if it has closed.
    counted: Vec<Option<Counted>>,
    /// [`FilterInForce::matched_at_once`] that the rows show.
    matched_at_once: u64,
    /// Whether matches are awaited.
    awaits_matches: bool,
    /// Frames until the rows are marked with the matches that have come.
    put_off: u8,
}

impl ConnectionTable {
    /// Whether the rows are outdated.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.is_stale || self.awaits_matches || self.put_off > 0
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

impl ConnectionTable {
    /// Marks the rows as the filter matches them, and counts those that match.
    fn mark(&mut self, filter: &FilterInForce, selected: Option<Entity>) {
        let asks_for_closed = filter.asks_for_closed();
        self.matching = Counts::default();
        (self.closed_matching, self.hidden) = (0, 0);
        self.marks.clear();
        for (&entity, counted) in self.entities.iter().zip(&self.counted) {
            let matches = filter.lets_through(entity);
            let dimmed = !matches || (counted.is_none() && !asks_for_closed);
            let hidden = filter.hides(entity, selected);
            self.marks.push(RowMark { matches, dimmed, hidden });
            self.hidden += usize::from(hidden);
            match counted {
                None => self.closed_matching += usize::from(matches),
                Some(counted) if matches => self.matching.add_counted(*counted),
                Some(_) => {}
            }
        }
        self.marked += 1;
        self.matched_at_once = filter.matched_at_once();
        if !filter.is_late() {
            self.filter_version = filter.version();
        }
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
    let is_shown = |table: &ConnectionTable| {
        table.matched_at_once == filter.matched_at_once()
            && (filter.is_late() || table.filter_version == filter.version())
    };
    let has_come = !is_shown(&table);
    let unchanged = table.bypass_change_detection();
    unchanged.awaits_matches = filter.is_late();
    unchanged.put_off = match unchanged.put_off {
        _ if !has_come || unchanged.rows.len() <= FEW_ROWS => 0,
        0 => PUT_OFF,
        frames => frames - 1,
    };
    let is_put_off = unchanged.put_off > 0;
    let is_early = clock.frame_ms < table.built_at_ms + PAUSE_MS && table.built_at_ms > 0;
    if !table.is_stale || (table.rows.len() > FEW_ROWS && is_early) {
        if has_come && !is_put_off {
            table.mark(&filter, selection.selected);
        }
        return;
    }
    let table = &mut *table;
    let unlocated = Location::missing(PlaceMissing::DatabaseUnavailable);
    table.rows.clear();
    table.entities.clear();
    table.counted.clear();
    (table.counts, table.closed) = (Counts::default(), 0);
    let add = |(entity, observed, phase, located, flagged, ghost): Item<'_>| {
        let (connection, location) = (&observed.0, located.map_or(&unlocated, |located| &located.0));
        let counted = (!phase.is_closed()).then(|| Counted::of(connection, location));
        match counted {
            None => table.closed += 1,
            Some(counted) => table.counts.add_counted(counted),
        }
        let doubt = flagged.map(|flagged| flagged.0.kind);
        let mut row = connection_row(entity, connection, location, doubt, colors.near(entity));
        if counted.is_none() {
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
        table.entities.push(entity);
        table.counted.push(counted);
    };
    connections.iter().for_each(add);
    table.mark(&filter, selection.selected);
    table.version += 1;
    table.built_at_ms = clock.frame_ms.max(1);
    table.is_stale = false;
}
