//! Draws the picture: one pass for stars, air, earth, arcs and dots; with HDR, bloom and one pass more.

use super::{gpu::GlobeGpu, pipelines::GlobePipelines};
use crate::globe::frame::{DISC_VERTICES, RING_VERTICES};
use bevy::{
    prelude::*,
    render::{
        diagnostic::RecordDiagnostics,
        render_resource::{BindGroupEntries, PipelineCache, RenderPassColorAttachment, RenderPassDescriptor},
        renderer::{RenderContext, RenderDevice, ViewQuery},
        view::ViewTarget,
    },
};

/// Draw calls of the last frame's scene pass.
#[derive(Resource, Clone, Debug, Default)]
pub(super) struct DrawCalls(pub std::sync::Arc<std::sync::atomic::AtomicU32>);

/// The scene pass.
pub(super) fn draw_scene(
    view: ViewQuery<'_, '_, &ViewTarget>,
    mut pipelines: ResMut<'_, GlobePipelines>,
    gpu: Res<'_, GlobeGpu>,
    cache: Res<'_, PipelineCache>,
    calls: Res<'_, DrawCalls>,
    mut context: RenderContext<'_, '_>,
) {
    let target = view.into_inner();
    let scene = pipelines.scene(&cache, target.main_texture_format());
    let diagnostics = context.diagnostic_recorder();
    let diagnostics = diagnostics.as_deref();
    let mut pass = context.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("globe"),
        color_attachments: &[Some(target.get_color_attachment())],
        ..RenderPassDescriptor::default()
    });
    let span = diagnostics.pass_span(&mut pass, "globe");
    let frame = &gpu.frame;
    let mut count = 0;
    if let Some(bindings) = &gpu.bindings {
        pass.set_bind_group(0, bindings, &[]);
        for (id, vertices, instances) in
            [(scene.stars, 4, frame.stars), (scene.ring, RING_VERTICES, 1), (scene.disc, DISC_VERTICES, 1)]
        {
            if let (Some(pipeline), true) = (cache.get_render_pipeline(id), instances > 0) {
                pass.set_render_pipeline(pipeline);
                pass.draw(0..vertices, 0..instances);
                count += 1;
            }
        }
        let parts = [
            (scene.arcs, &gpu.arcs.buffer, frame.arc_vertices(), gpu.arcs.count),
            (scene.dots, &gpu.dots.buffer, 4, gpu.dots.count),
        ];
        for (id, buffer, vertices, instances) in parts {
            if let (Some(pipeline), true) = (cache.get_render_pipeline(id), instances > 0) {
                pass.set_render_pipeline(pipeline);
                pass.set_vertex_buffer(0, buffer.slice(..));
                pass.draw(0..vertices, 0..instances);
                count += 1;
            }
        }
    }
    calls.0.store(count, std::sync::atomic::Ordering::Relaxed);
    span.end(&mut pass);
}

/// With HDR: scene light becomes what a screen shows. The overlay is drawn over it afterwards.
pub(super) fn resolve_light(
    view: ViewQuery<'_, '_, &ViewTarget>,
    mut pipelines: ResMut<'_, GlobePipelines>,
    gpu: Res<'_, GlobeGpu>,
    cache: Res<'_, PipelineCache>,
    device: Res<'_, RenderDevice>,
    mut context: RenderContext<'_, '_>,
) {
    if !gpu.frame.is_hdr() {
        return;
    }
    let target = view.into_inner();
    let id = pipelines.resolve(&cache, target.main_texture_format());
    let Some(pipeline) = cache.get_render_pipeline(id) else { return };
    let write = target.post_process_write();
    let bindings = device.create_bind_group(
        "globe resolve",
        &cache.get_bind_group_layout(&pipelines.resolve_layout),
        &BindGroupEntries::single(write.source),
    );
    let mut pass = context.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("globe resolve"),
        color_attachments: &[Some(RenderPassColorAttachment {
            view: write.destination,
            depth_slice: None,
            resolve_target: None,
            ops: default(),
        })],
        ..RenderPassDescriptor::default()
    });
    pass.set_render_pipeline(pipeline);
    pass.set_bind_group(0, &bindings, &[]);
    pass.draw(0..3, 0..1);
}
