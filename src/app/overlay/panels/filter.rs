//! The query bar: rebuilt when the query, the rows, home or the sampler's report changes.

use super::status::is_known;
use crate::app::data::time_window::{ChosenTime, Known};
use crate::{
    connections::{Clock, ClosedAt, Located, MOST_PAST, Observed, PastShown, SamplerStatus},
    language::t,
    model::filter::{Facts, FilterKey, lack_words},
    view::{
        ConnectionTable, FilterInForce, HomeInForce,
        group_counts::busiest_programs,
        panels::{FilterView, MatchCounts},
    },
};
use bevy::prelude::*;

/// Maximum number of buttons for programs.
const PROGRAM_BUTTONS: usize = 5;

/// Content of the bar.
#[derive(Resource, Debug, Default)]
pub(in crate::app) struct FilterPanel {
    /// See [`FilterView`].
    pub view: FilterView,
    /// Number of times it was rebuilt, at least in part.
    pub(super) built: u64,
    /// How much is known of the chosen window of time, and what is left out.
    window: (Known, u64),
    /// [`ConnectionTable::version`] of which the programs are.
    rows: u64,
}

type Connections<'w, 's> = Query<'w, 's, (&'static Observed, Option<&'static ClosedAt>, Option<&'static Located>)>;

pub(super) fn show(
    (table, filter, home): (Res<'_, ConnectionTable>, Res<'_, FilterInForce>, Res<'_, HomeInForce>),
    (clock, sampler): (Res<'_, Clock>, Res<'_, SamplerStatus>),
    (chosen, past): (Option<Res<'_, ChosenTime>>, Res<'_, PastShown>),
    connections: Connections<'_, '_>,
    mut panel: ResMut<'_, FilterPanel>,
) {
    let chosen = chosen.map_or(Known::All, |chosen| chosen.known());
    let is_window_news = panel.window != (chosen, past.left_out);
    let are_others = table.is_changed() || filter.is_changed() || home.is_changed() || is_window_news;
    if !are_others && !sampler.is_changed() {
        return;
    }
    panel.built += 1;
    let panel = &mut *panel;
    panel.window = (chosen, past.left_out);
    let are_other_rows = panel.rows != table.version;
    let view = &mut panel.view;
    let counts = MatchCounts {
        connections: [table.matching.connections(), table.counts.connections()],
        listeners: [table.matching.listeners, table.counts.listeners],
        closed: [table.closed_matching, table.closed],
    };
    let can_be_read = is_known(&sampler) || sampler.messages == 0;
    view.matches = (can_be_read && !filter.words().is_empty()).then_some(counts);
    view.has_others = counts.others() > 0;
    if filter.is_changed() {
        view.error.clone_from(&filter.error);
        view.hides_rest = filter.hides_rest;
    }
    if are_others {
        view.note = if home.home.is_none() && filter.words().keys().contains(&FilterKey::Flagged) {
            Some(t!("filter-note-no-home").to_owned())
        } else if let Some(note) = window_note(chosen, past.left_out) {
            Some(note)
        } else {
            unmeasured_note(&filter, &sampler, &connections, &clock, are_other_rows)
        };
    }
    if are_other_rows {
        panel.rows = table.version;
        view.processes = busiest_programs(&table.rows, PROGRAM_BUTTONS);
    }
}

/// What is not shown of the chosen window of time.
fn window_note(known: Known, left_out: u64) -> Option<String> {
    match known {
        Known::All if left_out == 0 => None,
        Known::All => Some(t!("filter-note-left-out", count = left_out, most = MOST_PAST)),
        Known::Reading => Some(t!("filter-note-reading").to_owned()),
        Known::OnlyOpen => Some(t!("filter-note-only-open").to_owned()),
    }
}

/// Why a key without data on this system matches nothing.
fn unmeasured_note(
    filter: &FilterInForce,
    sampler: &SamplerStatus,
    connections: &Connections<'_, '_>,
    clock: &Clock,
    are_other_rows: bool,
) -> Option<String> {
    if filter.words().is_empty() || sampler.messages == 0 {
        return None;
    }
    // Of many connections it is known already, unless they have changed since.
    if let Some(keys) = filter.unmeasured_keys().filter(|_| !are_other_rows) {
        return note(keys, sampler);
    }
    let facts = connections.iter().map(|(observed, closed_at, located)| Facts {
        connection: &observed.0,
        location: located.map(|located| &*located.0),
        now: clock.data,
        closed_at: closed_at.map(|at| at.0),
        doubt: None,
    });
    // While many are being matched, this would look at all of them.
    if filter.is_late() {
        return None;
    }
    note(&filter.words().unmeasured_keys(facts), sampler)
}

fn note(keys: &[FilterKey], sampler: &SamplerStatus) -> Option<String> {
    let words: Vec<String> =
        keys.iter().map(|key| lack_words(*key, sampler.report.capabilities.measures_traffic)).collect();
    (!words.is_empty()).then(|| t!("filter-note-matches-nothing", reasons = words.join("; ")))
}
