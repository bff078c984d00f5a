//! Rendering of the globe: its own camera graph, without phases, meshes or materials.
//!
//! ```text
//! ArcStore, DotStore, Earth, GlobeFrame ──extract──► GlobeGpu ──► scene ───────────────────────► target
//!                                                       with HDR, or smaller: ─►(bloom)─► output ──┤
//!                                                                 overlay, drawn aside ─► pieces ──┘
//! ```
//!
//! *Why not Bevy's own passes.* They draw meshes in depth-tested phases with several targets, and copy the picture to
//! the target at the end. The globe needs a few draws into one target, and on a software rasterizer each full-screen
//! pass costs a fifth of the earth's draw time or more.

mod cover;
mod draw;
mod gpu;
mod instance_buffer;
mod lit_texture;
mod output;
mod pipelines;
mod shaders;
mod shape_buffers;

use super::stats::GlobeStats;
use bevy::{
    ecs::schedule::{ScheduleBuildSettings, ScheduleLabel},
    post_process::bloom::bloom,
    prelude::*,
    render::{ExtractSchedule, GpuResourceAppExt, Render, RenderApp, RenderStartup, RenderSystems},
};
use bevy_egui::render::{egui_pass, prepare_egui_pass};

/// The render graph of the globe's camera.
#[derive(ScheduleLabel, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GlobeGraph;

/// Forgets what belongs to a device that is being replaced: a lost one takes no data. What is drawn is uploaded to the next one.
/// Must be called with the render world.
pub fn forget_device(render: &mut World) {
    render.remove_resource::<gpu::GlobeGpu>();
}

/// Adds the rendering systems; does nothing without a renderer.
pub(super) fn plugin(app: &mut App) {
    if app.get_sub_app(RenderApp).is_none() {
        return;
    }
    shaders::insert_shaders(app.world_mut());
    let notes = draw::Notes(app.world_mut().get_resource_or_init::<GlobeStats>().drawn.clone());
    let Some(render_app) = app.get_sub_app_mut(RenderApp) else { return };
    let mut graph = Schedule::new(GlobeGraph);
    graph.set_build_settings(ScheduleBuildSettings { auto_insert_apply_deferred: false, ..default() });
    let overlay = (output::clear_overlay, prepare_egui_pass, egui_pass, output::blend_overlay).chain();
    let has_overlay = output::OverlayPieces::is_some;
    graph.add_systems((draw::draw_scene, bloom, output::show_scene, overlay.run_if(has_overlay)).chain());
    render_app
        .insert_resource(notes)
        .init_gpu_resource::<output::OverlayPieces>()
        .add_schedule(graph)
        .add_systems(RenderStartup, gpu::create_gpu)
        .add_systems(ExtractSchedule, gpu::extract_globe)
        .add_systems(Render, output::prepare_pieces.in_set(RenderSystems::PrepareResources))
        .add_systems(Render, gpu::bind.in_set(RenderSystems::PrepareBindGroups));
}
