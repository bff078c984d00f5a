//! Content of the panels, as plain values. A system for each panel updates it when something that it shows has changed,
//! and only then builds strings.

mod details;
mod filter;
mod legend;
mod place_labels;
mod spot_labels;
mod status;
#[cfg(test)]
mod tests;

pub(in crate::app) use details::DetailsPanel;
pub(in crate::app) use place_labels::{ArcPaths, place_labels};
pub(in crate::app) use spot_labels::spot_labels;

use filter::FilterPanel;
use legend::LegendPanel;
use status::StatusPanel;

use crate::connections::FrameSystems;
use bevy::{ecs::system::SystemParam, prelude::*};

/// Content of all panels in this frame.
#[derive(SystemParam)]
pub(in crate::app) struct Panels<'w> {
    pub details: Res<'w, DetailsPanel>,
    pub filter: Res<'w, FilterPanel>,
    pub legend: Res<'w, LegendPanel>,
    pub status: Res<'w, StatusPanel>,
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.init_resource::<DetailsPanel>()
        .init_resource::<FilterPanel>()
        .init_resource::<LegendPanel>()
        .init_resource::<StatusPanel>()
        .add_systems(Update, (details::show, filter::show, legend::show, status::show).in_set(FrameSystems::Panels));
}
