//! The legend: updated while it is open, when the rows, the palette or the meaning of motion changes.

use crate::app::Overlay;
use crate::{
    connections::SamplerStatus,
    globe::arcs::pace,
    ui::{HelpTab, LegendView, PaceEntry},
    view::{ConnectionTable, Palette, group_counts::legend_entries},
};
use bevy::prelude::*;

/// Maximum number of named groups, apart from the unknown ones.
const GROUPS: usize = 8;

/// Content of the legend.
#[derive(Resource, Debug, Default)]
pub(in crate::app) struct LegendPanel {
    /// See [`LegendView`].
    pub view: LegendView,
    version: u64,
    /// Number of updates.
    pub(super) built: u64,
}

pub(super) fn show(
    overlay: Res<'_, Overlay>,
    table: Res<'_, ConnectionTable>,
    sampler: Res<'_, SamplerStatus>,
    palette: Res<'_, Palette>,
    mut panel: ResMut<'_, LegendPanel>,
) {
    if overlay.state.help != Some(HelpTab::Legend) {
        return;
    }
    let panel = &mut *panel;
    let (view, is_first) = (&mut panel.view, panel.built == 0);
    view.capabilities = sampler.report.capabilities;
    if !is_first && panel.version == table.version && view.palette == *palette {
        return;
    }
    if is_first {
        view.pace = pace_entries();
    }
    view.entries = legend_entries(&table.rows, GROUPS);
    view.palette = *palette;
    panel.version = table.version;
    panel.built += 1;
}

/// The scale of the moving lights, as drawn by the globe.
fn pace_entries() -> Vec<PaceEntry> {
    let rates = [("1 B/s", 1.0), ("1 kB/s", 1e3), ("1 MB/s", 1e6), ("10 GB/s", 1e10)];
    let entry = |(rate, bytes_per_sec): (&str, f32)| {
        let (lap_s, brightness) = pace(bytes_per_sec)?;
        Some(PaceEntry { rate: rate.to_owned(), lap_s, brightness })
    };
    rates.into_iter().filter_map(entry).collect()
}
