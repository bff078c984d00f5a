//! Draws the scene: one pass for stars, air, earth, lines, areas, rings, arcs and dots.

use super::{
    gpu::GlobeGpu,
    pipelines::{GlobePipelines, ScenePipelines},
};
use crate::globe::{
    areas::AreaStyle,
    frame::{DISC_VERTICES, RING_VERTICES},
    rings::RING_STRIP,
    stats::Drawn,
};
use bevy::{
    prelude::*,
    render::{
        diagnostic::RecordDiagnostics,
        render_phase::TrackedRenderPass,
        render_resource::{
            CachedPipelineState, CachedRenderPipelineId, LoadOp, PipelineCache, RenderPassDescriptor, RenderPipeline,
        },
        renderer::{RenderContext, ViewQuery},
        view::ViewTarget,
    },
    shader::ShaderCacheError,
};
use std::sync::{Arc, PoisonError, atomic::Ordering};

/// Where to record what was drawn.
#[derive(Resource, Clone, Debug, Default)]
pub(super) struct Notes(pub Arc<Drawn>);

/// The pipeline, if it is ready. If it failed to compile, records that `part` is missing from the picture.
pub(super) fn pipeline<'a>(
    cache: &'a PipelineCache,
    id: CachedRenderPipelineId,
    part: &str,
    notes: &Notes,
) -> Option<&'a RenderPipeline> {
    if let CachedPipelineState::Err(
        error @ (ShaderCacheError::ProcessShaderError(_) | ShaderCacheError::CreateShaderModule(_)),
    ) = cache.get_render_pipeline_state(id)
    {
        let mut problem = notes.0.problem.lock().unwrap_or_else(PoisonError::into_inner);
        problem.get_or_insert_with(|| {
            let why = error.to_string();
            let line = why.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
            bevy::log::error!("the shader of the {part} does not compile: {why}");
            format!("the {part} cannot be drawn: the shader does not compile: {line}")
        });
        return None;
    }
    cache.get_render_pipeline(id)
}

/// The scene pass: directly to the target if no output pass is needed, otherwise offscreen.
pub(super) fn draw_scene(
    view: ViewQuery<'_, '_, &ViewTarget>,
    mut pipelines: ResMut<'_, GlobePipelines>,
    gpu: Res<'_, GlobeGpu>,
    cache: Res<'_, PipelineCache>,
    (sky, notes): (Res<'_, ClearColor>, Res<'_, Notes>),
    mut context: RenderContext<'_, '_>,
) {
    let target = view.into_inner();
    let frame = &gpu.frame;
    let sky = LinearRgba::from(sky.0);
    let (format, attachment) = if frame.is_hdr() || frame.is_scaled() {
        let mut attachment = target.get_color_attachment();
        attachment.ops.load = LoadOp::Clear(sky.into());
        (Some(target.main_texture_format()), Some(attachment))
    } else {
        (target.out_texture_view_format(), target.out_texture_color_attachment(Some(sky)))
    };
    let (Some(format), Some(attachment)) = (format, attachment) else { return };
    let scene = pipelines.scene(&cache, format, frame.surface_sampling);
    let diagnostics = context.diagnostic_recorder();
    let diagnostics = diagnostics.as_deref();
    let mut pass = context.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("globe"),
        color_attachments: &[Some(attachment)],
        ..RenderPassDescriptor::default()
    });
    let span = diagnostics.pass_span(&mut pass, "globe");
    if frame.is_scaled() {
        let [width, height] = frame.uniform.size_px;
        pass.set_viewport(0.0, 0.0, width, height, 0.0, 1.0);
    }
    let mut count = 0;
    if let Some(bindings) = &gpu.bindings {
        pass.set_bind_group(0, bindings, &[]);
        for (part, id, vertices, instances) in [
            ("stars", scene.stars, 4, frame.stars),
            ("air", scene.ring, RING_VERTICES, 1),
            ("earth", scene.disc, DISC_VERTICES, 1),
        ] {
            if let (Some(pipeline), true) = (pipeline(&cache, id, part, &notes), instances > 0) {
                pass.set_render_pipeline(pipeline);
                pass.draw(0..vertices, 0..instances);
                count += 1;
            }
        }
        count += draw_shapes(&mut pass, &gpu, &cache, scene, &notes);
        let parts = [
            ("rings", scene.rings, &gpu.rings.buffer, RING_STRIP, gpu.rings.count, None),
            ("arcs", scene.arcs, &gpu.arcs.buffer, frame.arc_vertices(), gpu.arcs.count, Some(&gpu.lit_arcs)),
            ("dots", scene.dots, &gpu.dots.buffer, 4, gpu.dots.count, Some(&gpu.lit_dots)),
        ];
        for (part, id, buffer, vertices, instances, lit) in parts {
            if let (Some(pipeline), true) = (pipeline(&cache, id, part, &notes), instances > 0) {
                pass.set_render_pipeline(pipeline);
                if let Some(bindings) = lit.and_then(|lit| lit.bindings.as_ref()) {
                    pass.set_bind_group(1, bindings, &[]);
                }
                pass.set_vertex_buffer(0, buffer.slice(..));
                pass.draw(0..vertices, 0..instances);
                count += 1;
            }
        }
    }
    notes.0.calls.store(count, Ordering::Relaxed);
    notes.0.frames.fetch_add(1, Ordering::Relaxed);
    span.end(&mut pass);
}

/// Draws fills, lines and outlines; returns the number of draws.
fn draw_shapes<'pass>(
    pass: &mut TrackedRenderPass<'pass>,
    gpu: &'pass GlobeGpu,
    cache: &'pass PipelineCache,
    scene: ScenePipelines,
    notes: &Notes,
) -> u32 {
    let draws = &gpu.draws;
    let Some(level) = gpu.shapes.get(draws.level) else { return 0 };
    let look = |number: u32| u64::from(number) * size_of::<AreaStyle>() as u64..;
    let mut count = 0;
    // Instance data is uploaded in the same frame; skip draws without it.
    let fills = draws.fills.iter().filter(|(number, _)| *number < gpu.fills.count);
    if let (Some(pipeline), true) = (pipeline(cache, scene.fills, "areas", notes), gpu.fills.count > 0) {
        pass.set_render_pipeline(pipeline);
        level.set_areas(pass);
        for (number, range) in fills {
            pass.set_vertex_buffer(1, gpu.fills.buffer.slice(look(*number)));
            pass.draw_indexed(range.clone(), 0, 0..1);
            count += 1;
        }
    }
    if let (Some(pipeline), false) = (pipeline(cache, scene.lines, "borders and coasts", notes), draws.lines.is_empty())
    {
        pass.set_render_pipeline(pipeline);
        level.set_lines(pass);
        for range in &draws.lines {
            pass.draw(range.clone(), 0..1);
            count += 1;
        }
    }
    let outlines = draws.outlines.iter().filter(|(number, _)| *number < gpu.outlines.count);
    if let (Some(pipeline), true) = (pipeline(cache, scene.outlines, "outlines", notes), gpu.outlines.count > 0) {
        pass.set_render_pipeline(pipeline);
        level.set_lines(pass);
        for (number, range) in outlines {
            pass.set_vertex_buffer(3, gpu.outlines.buffer.slice(look(*number)));
            pass.draw(range.clone(), 0..1);
            count += 1;
        }
    }
    count
}
