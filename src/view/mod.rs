//! State of the user interface: selection, filter, home, colours, and the plain values that panels show.
//!
//! Uses Bevy without a renderer. The globe and the overlay both read this module, and do not depend on each other.

mod activity;
mod cities;
pub mod comparison;
pub mod counts;
pub mod details;
mod doubt;
mod filter;
pub mod group_counts;
mod groups;
mod home;
mod labels;
mod palette;
pub mod panels;
pub mod rows;
mod selection;
mod table;
pub mod time_bar;
mod undrawable;

pub use activity::{Activity, PlaceActivity};
pub use cities::{CityName, CityNames};
pub use doubt::Flagged;
pub use filter::FilterInForce;
#[cfg(test)]
pub(crate) use filter::match_on_another_thread;
pub use groups::{GroupColors, GroupId, Groups};
pub use home::HomeInForce;
pub use labels::{PlaceLabel, PlaceLabels};
pub use palette::Palette;
pub use selection::{PointedCountry, Selection};
pub use table::ConnectionTable;
pub use undrawable::Undrawable;

use crate::connections::FrameSystems;
use bevy::prelude::*;

/// Connections whose appearance changed in this frame although they themselves did not.
#[derive(Resource, Clone, Debug, Default)]
pub struct Restyled {
    /// The entities; may contain duplicates.
    pub entities: Vec<Entity>,
}

/// Adds this module; works without a renderer.
#[derive(Clone, Copy, Debug, Default)]
pub struct ViewPlugin;

impl Plugin for ViewPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Restyled>()
            .init_resource::<Selection>()
            .init_resource::<PointedCountry>()
            .init_resource::<FilterInForce>()
            .init_resource::<filter::Matcher>()
            .init_resource::<HomeInForce>()
            .init_resource::<Groups>()
            .init_resource::<Palette>()
            .init_resource::<ConnectionTable>()
            .init_resource::<Undrawable>()
            .init_resource::<PlaceLabels>()
            .init_resource::<Activity>()
            .init_resource::<CityNames>()
            .init_resource::<comparison::Comparison>()
            .add_systems(
                Update,
                (
                    (
                        groups::follow_groups,
                        comparison::take_sides,
                        doubt::doubt_places,
                        filter::apply_filter,
                        selection::follow_selection,
                        table::build_rows,
                        labels::name_places,
                        activity::gather,
                    )
                        .chain()
                        .in_set(FrameSystems::View),
                    forget_restyled.in_set(FrameSystems::End),
                ),
            );
    }
}

fn forget_restyled(mut restyled: ResMut<'_, Restyled>) {
    if !restyled.entities.is_empty() {
        restyled.entities.clear();
    }
}
