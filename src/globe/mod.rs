//! The globe: arcs, dots and areas on it, the camera, and rendering.
//!
//! ```text
//! Touched, Restyled ─► write_arcs ─► ArcStore, DotStore ┐
//! OrbitCamera ─► CameraView ─────────► build_frame ─────┴─► GlobeFrame ─► render ─► picture
//! ```
//!
//! Nothing is recomputed per frame: the 32 bytes of an arc are written when its connection changes, and the shaders
//! compute motion from the clock.

pub mod arcs;
pub mod areas;
pub mod dots;
pub mod earth;
pub mod ends;
mod frame;
pub mod instances;
pub mod lit;
pub mod orbit;
pub mod picking;
pub mod quality;
mod render;
pub mod rings;
pub mod shapes;
mod slack;
pub mod spaces;
mod stats;
#[cfg(test)]
mod tests;
mod write;

pub use frame::{GlobeFrame, Lighting, Motion, build_frame};
pub use render::{GlobeGraph, forget_device};
pub use stats::GlobeStats;

use crate::connections::FrameSystems;
use bevy::prelude::*;

/// Adds the globe. Without a renderer it maintains the lists but draws nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct GlobePlugin;

/// Steps of [`FrameSystems::Draw`], between which the camera moves.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GlobeSteps {
    /// The arcs are those of the connections. The camera may follow them.
    Arcs,
    /// From here on, what is drawn depends on what the camera sees.
    InView,
}

impl Plugin for GlobePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<arcs::ArcStore>()
            .init_resource::<arcs::Bundles>()
            .init_resource::<dots::DotStore>()
            .init_resource::<areas::AreaStore>()
            .init_resource::<write::Followed>()
            .init_resource::<rings::RingStore>()
            .init_resource::<shapes::Shapes>()
            .init_resource::<shapes::ShapeDraws>()
            .init_resource::<earth::Earth>()
            .init_resource::<spaces::CameraView>()
            .init_resource::<quality::Quality>()
            .init_resource::<GlobeFrame>()
            .init_resource::<GlobeStats>()
            .init_resource::<Lighting>()
            .init_resource::<Motion>()
            .add_systems(
                Update,
                (
                    write::write_arcs.in_set(GlobeSteps::Arcs),
                    rings::write_rings.in_set(GlobeSteps::InView),
                    areas::light_areas,
                    shapes::choose_shapes,
                    write::tidy,
                    frame::build_frame,
                )
                    .chain()
                    .in_set(FrameSystems::Draw),
            );
    }

    fn finish(&self, app: &mut App) {
        render::plugin(app);
    }
}
