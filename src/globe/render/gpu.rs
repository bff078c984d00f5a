//! GPU resources of the globe, and uploads of changes.

use super::{
    instance_buffer::InstanceBuffer, lit_texture::LitTexture, pipelines::GlobePipelines, shape_buffers::LevelOnGpu,
};
use crate::globe::{
    arcs::{ArcInstance, ArcStore},
    areas::{AreaStore, AreaStyle},
    dots::{DotInstance, DotStore},
    earth::{Earth, SurfaceFilter, TextureLevels},
    frame::GlobeFrame,
    rings::{RingInstance, RingStore},
    shapes::{ShapeDraws, Shapes},
    spaces::GlobeUniform,
    stats::GlobeStats,
};
use bevy::{
    ecs::change_detection::Tick,
    prelude::*,
    render::{
        MainWorld,
        render_resource::{
            AddressMode, BindGroup, BindGroupEntries, Buffer, BufferDescriptor, BufferUsages, Extent3d, FilterMode,
            MipmapFilterMode, Origin3d, PipelineCache, Sampler, SamplerDescriptor, TexelCopyBufferLayout,
            TexelCopyTextureInfo, Texture, TextureAspect, TextureDescriptor, TextureDimension, TextureFormat,
            TextureUsages, TextureView, TextureViewDescriptor,
        },
        renderer::{RenderDevice, RenderQueue},
    },
};
use std::sync::Arc;

/// All GPU resources of the globe, and what this frame draws of them.
#[derive(Resource)]
pub(super) struct GlobeGpu {
    /// Change tick of the owning device. Devices cannot be compared: a new one reuses the numbers of the old one.
    device_since: Tick,
    pub uniform: Buffer,
    written: Option<GlobeUniform>,
    pub arcs: InstanceBuffer<ArcInstance>,
    /// Which arcs match the filter, and which dots have an end that does.
    pub lit_arcs: LitTexture,
    pub dots: InstanceBuffer<DotInstance>,
    pub lit_dots: LitTexture,
    pub rings: InstanceBuffer<RingInstance>,
    pub fills: InstanceBuffer<AreaStyle>,
    pub outlines: InstanceBuffer<AreaStyle>,
    /// Lines and areas, by level.
    pub shapes: Vec<LevelOnGpu>,
    pub draws: ShapeDraws,
    surface: TextureView,
    /// How the surface is sampled, and the matching sampler.
    filter: SurfaceFilter,
    sampler: Sampler,
    /// Samples scenes of lower resolution than the target.
    pub picture_sampler: Sampler,
    has_surface: bool,
    pub bindings: Option<BindGroup>,
    pub frame: GlobeFrame,
}

/// Creates all resources, at the start and after the device was lost.
pub(super) fn create_gpu(mut commands: Commands<'_, '_>, device: Res<'_, RenderDevice>, queue: Res<'_, RenderQueue>) {
    let placeholder = |texel: &[u8]| TextureLevels { width: 1, height: 1, mips: vec![texel.to_vec()] };
    commands.insert_resource(GlobeGpu {
        device_since: device.last_changed(),
        uniform: device.create_buffer(&BufferDescriptor {
            label: Some("globe view"),
            size: size_of::<GlobeUniform>() as u64,
            usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        }),
        written: None,
        arcs: InstanceBuffer::new(&device, "arcs", 256),
        lit_arcs: LitTexture::new(&device, "lit arcs"),
        dots: InstanceBuffer::new(&device, "dots", 256),
        lit_dots: LitTexture::new(&device, "lit dots"),
        surface: upload(&placeholder(&[20, 34, 58, 0]), &device, &queue),
        rings: InstanceBuffer::new(&device, "rings", 64),
        fills: InstanceBuffer::new(&device, "areas", 16),
        outlines: InstanceBuffer::new(&device, "outlines", 16),
        shapes: Vec::new(),
        draws: ShapeDraws::default(),
        filter: SurfaceFilter::default(),
        sampler: surface_sampler(&device, SurfaceFilter::default()),
        picture_sampler: device.create_sampler(&SamplerDescriptor {
            label: Some("picture"),
            mag_filter: FilterMode::Linear,
            min_filter: FilterMode::Linear,
            ..SamplerDescriptor::default()
        }),
        has_surface: false,
        bindings: None,
        frame: GlobeFrame::default(),
    });
    commands.insert_resource(GlobePipelines::default());
}

/// Copies changes from the main world.
pub(super) fn extract_globe(
    mut main: ResMut<'_, MainWorld>,
    gpu: Option<ResMut<'_, GlobeGpu>>,
    device: Res<'_, RenderDevice>,
    queue: Res<'_, RenderQueue>,
) {
    let Some(mut gpu) = gpu else { return };
    let gpu = &mut *gpu;
    // After the device was replaced, its resources may not have been created yet.
    if gpu.device_since != device.last_changed() {
        return;
    }
    let (mut bytes, mut arc_bytes) = (0, 0);
    // A new device has no data.
    let is_new = gpu.written.is_none();
    if let Some(mut arcs) = main.get_resource_mut::<ArcStore>() {
        // An upload is not a change of the arcs.
        let arcs = arcs.bypass_change_detection();
        if is_new {
            arcs.instances_mut().touch_all();
            arcs.lit_mut().words_mut().touch_all();
        }
        arc_bytes = gpu.arcs.follow(arcs.instances_mut(), &device, &queue);
        arc_bytes += gpu.lit_arcs.follow(arcs.lit_mut(), &device, &queue);
        gpu.arcs.count = arcs.drawn_slots();
    }
    if let Some(mut dots) = main.get_resource_mut::<DotStore>() {
        let dots = dots.bypass_change_detection();
        if is_new {
            dots.instances_mut().touch_all();
            dots.lit_mut().words_mut().touch_all();
        }
        bytes += gpu.dots.follow(dots.instances_mut(), &device, &queue);
        bytes += gpu.lit_dots.follow(dots.lit_mut(), &device, &queue);
    }
    if let Some(mut rings) = main.get_resource_mut::<RingStore>() {
        let rings = rings.bypass_change_detection();
        if is_new {
            rings.instances_mut().touch_all();
        }
        bytes += gpu.rings.follow(rings.instances_mut(), &device, &queue);
    }
    if let Some(mut areas) = main.get_resource_mut::<AreaStore>() {
        let areas = areas.bypass_change_detection();
        for (buffer, list) in [&mut gpu.fills, &mut gpu.outlines].into_iter().zip(areas.instances_mut()) {
            if is_new {
                list.touch_all();
            }
            bytes += buffer.follow(list, &device, &queue);
        }
    }
    let parts = main.get_resource_mut::<Earth>().map(|mut earth| earth.bypass_change_detection().take_parts());
    let (surface, shapes) = parts.unwrap_or_default();
    if let Some(surface) = surface {
        gpu.surface = upload(&surface, &device, &queue);
        gpu.bindings = None;
        gpu.has_surface = true;
    }
    if let Some((buffers, tables)) = shapes {
        gpu.shapes = buffers.0.iter().map(|level| LevelOnGpu::new(level, &device, &queue)).collect();
        main.insert_resource(Shapes(Some(Arc::new(tables))));
    }
    if let Some(draws) = main.get_resource::<ShapeDraws>() {
        gpu.draws.clone_from(draws);
    }
    if let Some(mut earth) = main.get_resource_mut::<Earth>() {
        // A new device has neither.
        if !gpu.has_surface {
            earth.bypass_change_detection().ask_for_surface();
        }
        if gpu.shapes.is_empty() {
            earth.bypass_change_detection().ask_for_shapes();
        }
        if gpu.filter != earth.filter() {
            gpu.filter = earth.filter();
            gpu.sampler = surface_sampler(&device, gpu.filter);
            gpu.bindings = None;
        }
    }
    if let Some(frame) = main.get_resource::<GlobeFrame>() {
        gpu.frame = frame.clone();
    }
    if gpu.written.as_ref() != Some(&gpu.frame.uniform) {
        queue.write_buffer(&gpu.uniform, 0, bytemuck::bytes_of(&gpu.frame.uniform));
        gpu.written = Some(gpu.frame.uniform);
        bytes += size_of::<GlobeUniform>() as u64;
    }
    if let Some(mut stats) = main.get_resource_mut::<GlobeStats>() {
        stats.uploaded_bytes += bytes + arc_bytes;
        stats.uploaded_arc_bytes += arc_bytes;
    }
}

pub(super) fn bind(
    gpu: Option<ResMut<'_, GlobeGpu>>,
    pipelines: Option<Res<'_, GlobePipelines>>,
    device: Res<'_, RenderDevice>,
    cache: Res<'_, PipelineCache>,
) {
    let (Some(mut gpu), Some(pipelines)) = (gpu, pipelines) else { return };
    let gpu = &mut *gpu;
    for lit in [&mut gpu.lit_arcs, &mut gpu.lit_dots] {
        lit.bind(&device, &cache.get_bind_group_layout(&pipelines.lit_layout));
    }
    if gpu.bindings.is_none() {
        let uniform = gpu.uniform.as_entire_binding();
        let entries = BindGroupEntries::sequential((uniform, &gpu.surface, &gpu.sampler));
        gpu.bindings =
            Some(device.create_bind_group("globe", &cache.get_bind_group_layout(&pipelines.layout), &entries));
    }
}

fn upload(levels: &TextureLevels, device: &RenderDevice, queue: &RenderQueue) -> TextureView {
    let texture: Texture = device.create_texture(&TextureDescriptor {
        label: Some("earth"),
        size: Extent3d { width: levels.width, height: levels.height, depth_or_array_layers: 1 },
        mip_level_count: levels.mips.len() as u32,
        sample_count: 1,
        dimension: TextureDimension::D2,
        format: TextureFormat::Rgba8Unorm,
        usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
        view_formats: &[],
    });
    for (level, texels) in levels.mips.iter().enumerate() {
        let (width, height) = ((levels.width >> level).max(1), (levels.height >> level).max(1));
        let bytes_per_row = texels.len() as u32 / height;
        queue.write_texture(
            TexelCopyTextureInfo {
                texture: &texture,
                mip_level: level as u32,
                origin: Origin3d::ZERO,
                aspect: TextureAspect::All,
            },
            texels,
            TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(bytes_per_row), rows_per_image: Some(height) },
            Extent3d { width, height, depth_or_array_layers: 1 },
        );
    }
    texture.create_view(&TextureViewDescriptor::default())
}

fn surface_sampler(device: &RenderDevice, filter: SurfaceFilter) -> Sampler {
    device.create_sampler(&SamplerDescriptor {
        label: Some("earth"),
        address_mode_u: AddressMode::Repeat,
        address_mode_v: AddressMode::ClampToEdge,
        mag_filter: FilterMode::Linear,
        min_filter: FilterMode::Linear,
        // On a software rasterizer, a second mip level costs a third of the earth's draw time, without visible benefit.
        mipmap_filter: if filter.is_software { MipmapFilterMode::Nearest } else { MipmapFilterMode::Linear },
        anisotropy_clamp: filter.anisotropy.max(1),
        ..SamplerDescriptor::default()
    })
}
