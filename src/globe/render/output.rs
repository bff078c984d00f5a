//! Copies offscreen pictures to the target: the scene, if it is HDR or has a lower resolution, and the rectangles that
//! the overlay covers.

use super::{
    cover::{Cover, Piece},
    draw::{Notes, pipeline},
    gpu::GlobeGpu,
    instance_buffer::InstanceBuffer,
    pipelines::{GlobePipelines, Output},
};
use bevy::{
    ecs::system::SystemParam,
    prelude::*,
    render::{
        camera::ExtractedCamera,
        render_resource::{BindGroup, BindGroupEntries, LoadOp, PipelineCache, RenderPassDescriptor, TextureViewId},
        renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery},
        view::ViewTarget,
    },
};
use bevy_egui::{EguiPixelsPerPoint, EguiRenderOutput, render::EguiViewTarget};

/// Rectangles that the overlay covers in this frame.
#[derive(Resource)]
pub(super) struct OverlayPieces {
    cover: Cover,
    pieces: Vec<Piece>,
    buffer: InstanceBuffer<Piece>,
}

impl FromWorld for OverlayPieces {
    fn from_world(world: &mut World) -> Self {
        let buffer = InstanceBuffer::new(world.resource::<RenderDevice>(), "pieces of the overlay", 64);
        Self { cover: Cover::default(), pieces: Vec::new(), buffer }
    }
}

impl OverlayPieces {
    /// Whether the overlay covers anything.
    pub(super) fn is_some(pieces: Option<Res<'_, Self>>) -> bool {
        pieces.is_some_and(|pieces| !pieces.pieces.is_empty())
    }
}

/// Computes what the overlay covers.
pub(super) fn prepare_pieces(
    pieces: Option<ResMut<'_, OverlayPieces>>,
    overlays: Query<'_, '_, (&EguiViewTarget, &EguiPixelsPerPoint, &EguiRenderOutput)>,
    cameras: Query<'_, '_, &ExtractedCamera>,
    (device, queue): (Res<'_, RenderDevice>, Res<'_, RenderQueue>),
) {
    let Some(mut pieces) = pieces else { return };
    let pieces = &mut *pieces;
    let now = overlays.iter().next().and_then(|(target, scale, output)| {
        let size = cameras.get(target.0).ok()?.physical_target_size?;
        Some(pieces.cover.pieces(&output.paint_jobs, scale.pixels_per_point, size))
    });
    let now = now.unwrap_or_default();
    if now != pieces.pieces {
        pieces.buffer.replace(&now, &device, &queue);
        pieces.pieces = now;
    }
}

/// Everything needed to copy an offscreen picture to the target.
#[derive(SystemParam)]
pub(super) struct ToTarget<'w, 's> {
    pipelines: ResMut<'w, GlobePipelines>,
    gpu: Res<'w, GlobeGpu>,
    cache: Res<'w, PipelineCache>,
    device: Res<'w, RenderDevice>,
    notes: Res<'w, Notes>,
    /// Recreated when the picture changes.
    bindings: Local<'s, Option<(TextureViewId, BindGroup)>>,
}

impl ToTarget<'_, '_> {
    /// Copies the whole picture, or only `pieces`. Does nothing if the pipeline is not ready or there is no target.
    fn draw(
        &mut self,
        target: &ViewTarget,
        context: &mut RenderContext<'_, '_>,
        output: Output,
        pieces: Option<&InstanceBuffer<Piece>>,
    ) {
        let Some(format) = target.out_texture_view_format() else { return };
        let id = self.pipelines.output(&self.cache, format, output);
        let part = if output == Output::Pieces { "overlay" } else { "picture" };
        let Some(pipeline) = pipeline(&self.cache, id, part, &self.notes) else { return };
        let picture = target.main_texture_view();
        if self.bindings.as_ref().is_none_or(|(id, _)| *id != picture.id()) {
            let layout = self.cache.get_bind_group_layout(&self.pipelines.output_layout);
            let view = self.gpu.uniform.as_entire_binding();
            let entries = BindGroupEntries::sequential((view, picture, &self.gpu.picture_sampler));
            *self.bindings = Some((picture.id(), self.device.create_bind_group("output", &layout, &entries)));
        }
        let Some((_, bindings)) = &*self.bindings else { return };
        let Some(attachment) = target.out_texture_color_attachment(None) else { return };
        let mut pass = context.begin_tracked_render_pass(RenderPassDescriptor {
            label: Some("to the target"),
            color_attachments: &[Some(attachment)],
            ..RenderPassDescriptor::default()
        });
        pass.set_render_pipeline(pipeline);
        pass.set_bind_group(0, bindings, &[]);
        match pieces {
            Some(pieces) => {
                pass.set_vertex_buffer(0, pieces.buffer.slice(..));
                pass.draw(0..4, 0..pieces.count);
            }
            None => pass.draw(0..3, 0..1),
        }
    }
}

/// Copies the scene to the target, unless it was drawn there directly.
pub(super) fn show_scene(
    view: ViewQuery<'_, '_, &ViewTarget>,
    mut to_target: ToTarget<'_, '_>,
    mut context: RenderContext<'_, '_>,
) {
    let frame = &to_target.gpu.frame;
    let output = match (frame.is_hdr(), frame.is_scaled()) {
        (false, false) => return,
        (true, false) => Output::Light,
        (true, true) => Output::StretchedLight,
        (false, true) => Output::Stretched,
    };
    to_target.draw(view.into_inner(), &mut context, output, None);
}

/// Clears the picture on which the overlay is drawn.
pub(super) fn clear_overlay(view: ViewQuery<'_, '_, &ViewTarget>, mut context: RenderContext<'_, '_>) {
    let target = view.into_inner();
    let mut attachment = target.get_unsampled_color_attachment();
    attachment.ops.load = LoadOp::Clear(LinearRgba::NONE.into());
    context.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("wipe the overlay"),
        color_attachments: &[Some(attachment)],
        ..RenderPassDescriptor::default()
    });
}

/// Blends the overlay over the target.
pub(super) fn blend_overlay(
    view: ViewQuery<'_, '_, &ViewTarget>,
    pieces: Res<'_, OverlayPieces>,
    mut to_target: ToTarget<'_, '_>,
    mut context: RenderContext<'_, '_>,
) {
    to_target.draw(view.into_inner(), &mut context, Output::Pieces, Some(&pieces.buffer));
}
