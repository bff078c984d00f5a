//! The query bar: made anew when the query, the rows, home or the sampler's word is another.

use super::status::is_known;
use crate::{
    connections::{Clock, Located, Observed, Phase, SamplerStatus},
    model::filter::{Facts, FilterKey, lack_words},
    view::{ConnectionTable, FilterInForce, HomeInForce, group_counts::busiest_programs, panels::FilterView},
};
use bevy::prelude::*;

/// Programs that have a button.
const PROGRAM_BUTTONS: usize = 5;

/// What the bar shows.
#[derive(Resource, Debug, Default)]
pub(in crate::app) struct FilterPanel {
    /// See [`FilterView`].
    pub view: FilterView,
    /// How often it was made anew, in part at least.
    pub(super) built: u64,
}

type Connections<'w, 's> = Query<'w, 's, (&'static Observed, &'static Phase, Option<&'static Located>)>;

pub(super) fn show(
    (table, filter, home): (Res<'_, ConnectionTable>, Res<'_, FilterInForce>, Res<'_, HomeInForce>),
    (clock, sampler): (Res<'_, Clock>, Res<'_, SamplerStatus>),
    connections: Connections<'_, '_>,
    mut panel: ResMut<'_, FilterPanel>,
) {
    let are_others = table.is_changed() || filter.is_changed() || home.is_changed();
    if !are_others && !sampler.is_changed() {
        return;
    }
    panel.built += 1;
    let view = &mut panel.view;
    view.shown_of = (is_known(&sampler) || sampler.messages == 0).then(|| [table.matching, table.counts.total()]);
    if filter.is_changed() {
        view.error.clone_from(&filter.error);
        view.hides_rest = filter.hides_rest;
    }
    // This asks every connection.
    if are_others {
        view.note = if home.home.is_none() && filter.words().keys().contains(&FilterKey::Flagged) {
            Some("without a home no place can be checked, so flagged matches nothing".to_owned())
        } else {
            unmeasured_note(&filter, &sampler, &connections, &clock)
        };
    }
    if table.is_changed() {
        view.processes = busiest_programs(&table.rows, PROGRAM_BUTTONS);
    }
}

/// A key that has no data here matches nothing, and the person is told why.
fn unmeasured_note(
    filter: &FilterInForce,
    sampler: &SamplerStatus,
    connections: &Connections<'_, '_>,
    clock: &Clock,
) -> Option<String> {
    if filter.words().is_empty() || sampler.messages == 0 {
        return None;
    }
    let facts = connections.iter().map(|(observed, phase, located)| Facts {
        connection: &observed.0,
        location: located.map(|located| &*located.0),
        now: clock.data,
        closed: phase.is_closing(),
        doubt: None,
    });
    let keys = filter.words().unmeasured_keys(facts);
    let words: Vec<String> =
        keys.into_iter().map(|key| lack_words(key, sampler.report.capabilities.measures_traffic)).collect();
    (!words.is_empty()).then(|| format!("{}, so it matches nothing", words.join("; ")))
}
