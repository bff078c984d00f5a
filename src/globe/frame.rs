//! Contents of one frame: the view uniform, and how much of each list to draw.

use super::{
    arcs::ArcStore,
    ends::AroundHome,
    quality::{Quality, SurfaceSampling, Tier},
    spaces::{CameraView, GlobeUniform},
};
use crate::{
    connections::Clock,
    geodesy::subsolar_point,
    view::{HomeInForce, Selection},
};
use bevy::prelude::*;

/// Slices of the disc of the earth and of the ring of air; `SLICES` of `shaders/earth.wgsl`.
const SLICES: u32 = 12;
/// Vertices of the disc, a triangle list.
pub(super) const DISC_VERTICES: u32 = SLICES * 3;
/// Vertices of the ring, a triangle strip.
pub(super) const RING_VERTICES: u32 = (SLICES + 1) * 2;

/// Everything the renderer needs for a frame.
#[derive(Resource, Clone, Debug)]
pub struct GlobeFrame {
    /// The uniform of all shaders.
    pub uniform: GlobeUniform,
    /// Number of stars.
    pub stars: u32,
    /// How to sample the surface of the earth.
    pub surface_sampling: SurfaceSampling,
    /// Resolution of the scene as a fraction of that of the target, per side.
    pub scale: f32,
}

impl Default for GlobeFrame {
    fn default() -> Self {
        let uniform = GlobeUniform::from_camera(&CameraView::default());
        Self { uniform, stars: 0, surface_sampling: SurfaceSampling::default(), scale: 1.0 }
    }
}

impl GlobeFrame {
    /// Vertices of one arc.
    #[must_use]
    pub fn arc_vertices(&self) -> u32 {
        (2 * self.uniform.most_segments + 4) * self.uniform.arc_parts.max(1)
    }

    /// Whether the scene has a lower resolution than the target.
    #[must_use]
    pub fn is_scaled(&self) -> bool {
        self.scale < 1.0
    }

    /// Whether the scene is HDR.
    #[must_use]
    pub fn is_hdr(&self) -> bool {
        self.uniform.is_hdr != 0
    }
}

/// Lighting of the globe.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lighting {
    /// Draw day and night; otherwise everything is lit.
    pub is_real_sun: bool,
}

impl Default for Lighting {
    fn default() -> Self {
        Self { is_real_sun: true }
    }
}

/// How much moves by itself.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Motion {
    /// Arcs have no comets; instead, their brightness shows the rate, in steps.
    pub is_reduced: bool,
}

/// Builds the frame.
pub fn build_frame(
    camera: Res<'_, CameraView>,
    clock: Res<'_, Clock>,
    quality: Res<'_, Quality>,
    lighting: Res<'_, Lighting>,
    (arcs, motion): (Res<'_, ArcStore>, Res<'_, Motion>),
    (selection, home): (Res<'_, Selection>, Res<'_, HomeInForce>),
    mut frame: ResMut<'_, GlobeFrame>,
) {
    let tier = quality.tier;
    let count = arcs.len();
    let camera = camera.scaled(quality.render_scale);
    let parts = if motion.is_reduced { 0 } else { tier.parts(count) };
    // If every arc is drawn as its comet, no part needs more segments than a comet.
    let is_highlighted = selection.hovered.is_some() || selection.selected.is_some();
    let has_paths = parts != 1 || is_highlighted || arcs.moving() < count;
    // Where all arcs start, their light adds up, so the more arcs, the fainter each.
    let far = (count - arcs.counts().lan - arcs.counts().loops) as f32;
    let crowd = |few: f32| (few / far.max(few)).sqrt();
    // Arcs around home are counted separately.
    let near = arcs.counts().lan + arcs.counts().loops;
    // With HDR, extra brightness produces the bloom; many arcs are bright enough without.
    let [path, comet, mark] = if tier.is_hdr() { [0.62, 1.45 + 2.15 * crowd(160.0), 2.0] } else { [0.50, 1.45, 1.0] };
    // With alpha blending, overlapping light converges to its own colour divided by that factor, not to white. The more
    // arcs overlap, the less they exceed the range of the screen.
    let covers_few = if tier.is_hdr() { 0.5 } else { 0.8 };
    // Emphasise the hovered or selected arc and, if its owner is known, all arcs of its group.
    let highlighted_group = selection.hovered.or(selection.selected).and_then(|entity| arcs.get(entity));
    frame.uniform = GlobeUniform {
        sun: subsolar_point(clock.sun.0).to_unit().as_vec3().to_array(),
        has_night: u32::from(lighting.is_real_sun),
        arc_ms: clock.arc_ms(),
        most_segments: if has_paths { tier.segments(count) } else { tier.comet_segments(count) },
        stray: tier.stray(count),
        arc_parts: parts,
        is_hdr: u32::from(tier.is_hdr()),
        culls_hidden: u32::from(tier == Tier::Low),
        is_highlighted: u32::from(highlighted_group.is_some()),
        highlighted_group: highlighted_group.map_or(0, |arc| u32::from(arc.group_tag())),
        cover: 0.95 - (0.95 - covers_few) * crowd(160.0),
        path_light: path * crowd(48.0),
        comet_light: comet * crowd(160.0).max(0.12),
        dimmed_light: 0.10,
        half_width_px: (0.52 + 0.26 * crowd(60.0)) * camera.scale_factor,
        // Limits the brightness of thousands of dots near the limb.
        dot_light: mark * crowd(700.0).max(0.2),
        air_light: 1.0,
        hides_rest: u32::from(arcs.hides_rest()),
        around_light: (24.0 / (near as f32).max(24.0)).sqrt() / crowd(48.0),
        ..GlobeUniform::from_camera(&camera).around_home(&AroundHome::new(&camera, home.direction()))
    };
    frame.stars = tier.stars();
    frame.surface_sampling = quality.surface_sampling();
    frame.scale = quality.render_scale;
}
