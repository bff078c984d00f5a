//! From what was drawn aside to the target: the scene, where it holds more light than a screen shows or fewer pixels, and
//! the overlay, where it has something.

use super::{
    cover::{Cover, Piece},
    draw::{Notes, pipeline},
    gpu::{GlobeGpu, InstanceBuffer},
    pipelines::{GlobePipelines, Output},
};
use bevy::{
    prelude::*,
    render::{
        camera::ExtractedCamera,
        render_resource::{BindGroup, BindGroupEntries, LoadOp, PipelineCache, RenderPassDescriptor, TextureViewId},
        renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery},
        view::ViewTarget,
    },
};
use bevy_egui::{EguiPixelsPerPoint, EguiRenderOutput, render::EguiViewTarget};

/// What the overlay covers in this frame.
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
    /// Whether there is anything.
    pub(super) fn is_some(pieces: Option<Res<'_, Self>>) -> bool {
        pieces.is_some_and(|pieces| !pieces.pieces.is_empty())
    }
}

/// Sees what the overlay covers.
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

/// Bindings for a picture, made anew when it is another one.
#[derive(Default)]
pub(super) struct PictureBindings(Option<(TextureViewId, BindGroup)>);

impl PictureBindings {
    fn of(
        &mut self,
        target: &ViewTarget,
        gpu: &GlobeGpu,
        pipelines: &GlobePipelines,
        cache: &PipelineCache,
        device: &RenderDevice,
    ) -> BindGroup {
        let picture = target.main_texture_view();
        if let Some((id, bindings)) = &self.0
            && *id == picture.id()
        {
            return bindings.clone();
        }
        let entries = BindGroupEntries::sequential((gpu.uniform.as_entire_binding(), picture, &gpu.picture_sampler));
        let bindings =
            device.create_bind_group("output", &cache.get_bind_group_layout(&pipelines.output_layout), &entries);
        self.0 = Some((picture.id(), bindings.clone()));
        bindings
    }
}

/// Brings the scene to the target, where it was not drawn there.
pub(super) fn show_scene(
    view: ViewQuery<'_, '_, &ViewTarget>,
    mut pipelines: ResMut<'_, GlobePipelines>,
    gpu: Res<'_, GlobeGpu>,
    cache: Res<'_, PipelineCache>,
    (device, notes): (Res<'_, RenderDevice>, Res<'_, Notes>),
    mut bindings: Local<'_, PictureBindings>,
    mut context: RenderContext<'_, '_>,
) {
    let target = view.into_inner();
    let output = match (gpu.frame.is_hdr(), gpu.frame.is_scaled()) {
        (false, false) => return,
        (true, false) => Output::Light,
        (true, true) => Output::StretchedLight,
        (false, true) => Output::Stretched,
    };
    let Some(format) = target.out_texture_view_format() else { return };
    let id = pipelines.output(&cache, format, output);
    let Some(pipeline) = pipeline(&cache, id, "picture", &notes) else { return };
    let bindings = bindings.of(target, &gpu, &pipelines, &cache, &device);
    let Some(attachment) = target.out_texture_color_attachment(None) else { return };
    let mut pass = context.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("scene to target"),
        color_attachments: &[Some(attachment)],
        ..RenderPassDescriptor::default()
    });
    pass.set_render_pipeline(pipeline);
    pass.set_bind_group(0, &bindings, &[]);
    pass.draw(0..3, 0..1);
}

/// Wipes the picture on which the overlay is drawn.
pub(super) fn wipe_overlay(view: ViewQuery<'_, '_, &ViewTarget>, mut context: RenderContext<'_, '_>) {
    let target = view.into_inner();
    let mut attachment = target.get_unsampled_color_attachment();
    attachment.ops.load = LoadOp::Clear(LinearRgba::NONE.into());
    context.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("wipe the overlay"),
        color_attachments: &[Some(attachment)],
        ..RenderPassDescriptor::default()
    });
}

/// Lays the overlay over the target.
pub(super) fn lay_overlay(
    view: ViewQuery<'_, '_, &ViewTarget>,
    (mut pipelines, pieces): (ResMut<'_, GlobePipelines>, Res<'_, OverlayPieces>),
    gpu: Res<'_, GlobeGpu>,
    cache: Res<'_, PipelineCache>,
    (device, notes): (Res<'_, RenderDevice>, Res<'_, Notes>),
    mut bindings: Local<'_, PictureBindings>,
    mut context: RenderContext<'_, '_>,
) {
    let target = view.into_inner();
    let Some(format) = target.out_texture_view_format() else { return };
    let id = pipelines.output(&cache, format, Output::Pieces);
    let Some(pipeline) = pipeline(&cache, id, "overlay", &notes) else { return };
    let bindings = bindings.of(target, &gpu, &pipelines, &cache, &device);
    let Some(attachment) = target.out_texture_color_attachment(None) else { return };
    let mut pass = context.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("overlay to target"),
        color_attachments: &[Some(attachment)],
        ..RenderPassDescriptor::default()
    });
    pass.set_render_pipeline(pipeline);
    pass.set_bind_group(0, &bindings, &[]);
    pass.set_vertex_buffer(0, pieces.buffer.buffer.slice(..));
    pass.draw(0..4, 0..pieces.buffer.count);
}
