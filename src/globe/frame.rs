//! What one frame draws: the view, and how much of each list.

use super::{
    arcs::ArcStore,
    ends::AroundHome,
    quality::{Quality, SurfaceLook, Tier},
    spaces::{CameraView, GlobeUniform},
};
use crate::{
    connections::Clock,
    geodesy::subsolar_point,
    view::{HomeInForce, Selection},
};
use bevy::prelude::*;

/// Slices of the earth's disc and of the ring of air; `SLICES` of `shaders/earth.wgsl`.
const SLICES: u32 = 12;
/// Vertices of the disc, a list of triangles.
pub(super) const DISC_VERTICES: u32 = SLICES * 3;
/// Vertices of the ring, a strip.
pub(super) const RING_VERTICES: u32 = (SLICES + 1) * 2;

/// What the renderer is told.
#[derive(Resource, Clone, Debug)]
pub struct GlobeFrame {
    /// What every shader is told.
    pub uniform: GlobeUniform,
    /// Stars to draw.
    pub stars: u32,
    /// How the earth's surface is looked at.
    pub surface_look: SurfaceLook,
    /// Pixels of the scene along a side, for each of the target.
    pub scale: f32,
}

impl Default for GlobeFrame {
    fn default() -> Self {
        let uniform = GlobeUniform::from_camera(&CameraView::default());
        Self { uniform, stars: 0, surface_look: SurfaceLook::default(), scale: 1.0 }
    }
}

impl GlobeFrame {
    /// Vertices of one arc.
    #[must_use]
    pub fn arc_vertices(&self) -> u32 {
        (2 * self.uniform.most_segments + 4) * self.uniform.arc_parts
    }

    /// Whether the scene has fewer pixels than the target.
    #[must_use]
    pub fn is_scaled(&self) -> bool {
        self.scale < 1.0
    }

    /// Whether the scene holds more light than a screen shows.
    #[must_use]
    pub fn is_hdr(&self) -> bool {
        self.uniform.is_hdr != 0
    }
}

/// How the globe is lit.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lighting {
    /// Day and night are drawn; else everything is lit.
    pub is_real_sun: bool,
}

impl Default for Lighting {
    fn default() -> Self {
        Self { is_real_sun: true }
    }
}

/// Says what this frame draws.
pub fn build_frame(
    camera: Res<'_, CameraView>,
    clock: Res<'_, Clock>,
    quality: Res<'_, Quality>,
    lighting: Res<'_, Lighting>,
    arcs: Res<'_, ArcStore>,
    (selection, home): (Res<'_, Selection>, Res<'_, HomeInForce>),
    mut frame: ResMut<'_, GlobeFrame>,
) {
    let tier = quality.tier;
    let count = arcs.len();
    let camera = camera.scaled(quality.render_scale);
    let parts = tier.parts(count);
    // Where each arc is drawn as its comet, no arc is longer than that.
    let is_looked_at = selection.hovered.is_some() || selection.selected.is_some();
    let has_paths = parts > 1 || is_looked_at || arcs.moving() < count;
    // Where all arcs start, their light adds up: each gives less, the more there are.
    let far = (count - arcs.counts().lan - arcs.counts().loops) as f32;
    let crowd = |few: f32| (few / far.max(few)).sqrt();
    // What stands around home is a crowd of its own.
    let near = arcs.counts().lan + arcs.counts().loops;
    // Light beyond what a screen shows makes the bloom; a crowd is bright enough without.
    let [path, comet, mark] = if tier.is_hdr() { [0.62, 1.45 + 2.15 * crowd(160.0), 2.0] } else { [0.50, 1.45, 1.0] };
    // Light that covers what is behind it adds up to its own colour over that share, and not to white: the more lie over
    // each other, the less beyond what a screen shows.
    let covers_few = if tier.is_hdr() { 0.5 } else { 0.8 };
    // What is looked at leads, and with it all arcs of its group, if anybody is known.
    let looked_at = selection.hovered.or(selection.selected).and_then(|entity| arcs.get(entity));
    frame.uniform = GlobeUniform {
        sun: subsolar_point(clock.sun.0).to_unit().as_vec3().to_array(),
        has_night: u32::from(lighting.is_real_sun),
        arc_ms: clock.arc_ms(),
        most_segments: if has_paths { tier.segments(count) } else { tier.comet_segments(count) },
        stray: tier.stray(count),
        arc_parts: parts,
        is_hdr: u32::from(tier.is_hdr()),
        culls_hidden: u32::from(tier == Tier::Low),
        is_looked_at: u32::from(looked_at.is_some()),
        looked_at: looked_at.map_or(0, |arc| u32::from(arc.group_tag())),
        cover: 0.95 - (0.95 - covers_few) * crowd(160.0),
        path_light: path * crowd(48.0),
        comet_light: comet * crowd(160.0).max(0.12),
        dimmed_light: 0.10,
        half_width_px: (0.52 + 0.26 * crowd(60.0)) * camera.scale_factor,
        // Thousands of dots would make the limb white.
        dot_light: mark * crowd(700.0).max(0.2),
        air_light: 1.0,
        around_light: (24.0 / (near as f32).max(24.0)).sqrt() / crowd(48.0),
        ..GlobeUniform::from_camera(&camera).around_home(&AroundHome::new(&camera, home.direction()))
    };
    frame.stars = tier.stars();
    frame.surface_look = quality.surface_look();
    frame.scale = quality.render_scale;
}
