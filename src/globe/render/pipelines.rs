//! Render pipelines, one per part of the picture, all with the same bindings and without depth or MSAA.
//!
//! Everything is blended with premultiplied alpha. Purely additive parts write an alpha of 0; the disc writes 1.

use super::{
    cover::Piece,
    shaders::{ARCS, DOTS, EARTH, OUTPUT, RINGS, SHAPES, STARS},
};
use crate::globe::{
    arcs::ArcInstance, areas::AreaStyle, dots::DotInstance, quality::SurfaceSampling, rings::RingInstance,
    spaces::GlobeUniform,
};
use bevy::{
    mesh::VertexBufferLayout,
    platform::collections::HashMap,
    prelude::{Handle, Resource},
    render::render_resource::{
        BindGroupLayoutDescriptor, BindGroupLayoutEntries, BlendState, CachedRenderPipelineId, ColorTargetState,
        ColorWrites, FragmentState, PipelineCache, PrimitiveState, PrimitiveTopology, RenderPipelineDescriptor,
        SamplerBindingType, ShaderStages, TextureFormat, TextureSampleType, VertexFormat, VertexState, VertexStepMode,
        binding_types::{sampler, texture_2d, uniform_buffer_sized},
    },
    shader::Shader,
};
use std::num::NonZero;

/// The pipelines of the scene, in drawing order.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScenePipelines {
    pub stars: CachedRenderPipelineId,
    pub ring: CachedRenderPipelineId,
    pub disc: CachedRenderPipelineId,
    pub lines: CachedRenderPipelineId,
    pub fills: CachedRenderPipelineId,
    pub outlines: CachedRenderPipelineId,
    pub rings: CachedRenderPipelineId,
    pub arcs: CachedRenderPipelineId,
    pub dots: CachedRenderPipelineId,
}

/// Kinds of offscreen pictures to copy to the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Output {
    /// An HDR scene.
    Light,
    /// An HDR scene of lower resolution.
    StretchedLight,
    /// An SDR scene of lower resolution.
    Stretched,
    /// Rectangles of the overlay.
    Pieces,
}

/// All pipelines, by target format.
#[derive(Resource, Debug)]
pub(super) struct GlobePipelines {
    pub layout: BindGroupLayoutDescriptor,
    /// Of what only arcs and dots read.
    pub lit_layout: BindGroupLayoutDescriptor,
    pub output_layout: BindGroupLayoutDescriptor,
    scenes: HashMap<(TextureFormat, SurfaceSampling), ScenePipelines>,
    outputs: HashMap<(TextureFormat, Output), CachedRenderPipelineId>,
}

impl Default for GlobePipelines {
    fn default() -> Self {
        let float = TextureSampleType::Float { filterable: true };
        let size = NonZero::new(size_of::<GlobeUniform>() as u64);
        let view = uniform_buffer_sized(false, size);
        let filtering = sampler(SamplerBindingType::Filtering);
        let stages = ShaderStages::VERTEX_FRAGMENT;
        Self {
            layout: BindGroupLayoutDescriptor::new(
                "globe",
                &BindGroupLayoutEntries::sequential(stages, (view, texture_2d(float), filtering)),
            ),
            lit_layout: BindGroupLayoutDescriptor::new(
                "lit",
                &BindGroupLayoutEntries::single(ShaderStages::VERTEX, texture_2d(TextureSampleType::Uint)),
            ),
            output_layout: BindGroupLayoutDescriptor::new(
                "output",
                &BindGroupLayoutEntries::sequential(stages, (view, texture_2d(float), filtering)),
            ),
            scenes: HashMap::default(),
            outputs: HashMap::default(),
        }
    }
}

impl GlobePipelines {
    /// The pipelines of the scene for a target of this format, queued at the first call.
    pub(super) fn scene(
        &mut self,
        cache: &PipelineCache,
        format: TextureFormat,
        look: SurfaceSampling,
    ) -> ScenePipelines {
        let (layout, lit_layout) = (&self.layout, &self.lit_layout);
        let disc = match look {
            SurfaceSampling::Filtered => "disc_filtered",
            SurfaceSampling::Once => "disc_once",
            SurfaceSampling::Along => "disc_along",
        };
        *self.scenes.entry((format, look)).or_insert_with(|| {
            let queue = |name: &'static str, shader: &Handle<Shader>, entry: [&'static str; 2], instance, topology| {
                let (vertex, fragment, is_blended) = (entry[0], entry[1], true);
                let buffers = instances(instance);
                let part = Part { name, shader, vertex, fragment, buffers, topology, is_blended };
                let is_filtered = [&ARCS, &DOTS].contains(&shader);
                let layouts = [layout].into_iter().chain(is_filtered.then_some(lit_layout)).cloned().collect();
                cache.queue_render_pipeline(part.descriptor(layouts, format))
            };
            let queue_shape = |name: &'static str, entry: [&'static str; 2], buffers, topology| {
                let (vertex, fragment, is_blended) = (entry[0], entry[1], true);
                let part = Part { name, shader: &SHAPES, vertex, fragment, buffers, topology, is_blended };
                cache.queue_render_pipeline(part.descriptor(vec![layout.clone()], format))
            };
            let strip = PrimitiveTopology::TriangleStrip;
            let list = PrimitiveTopology::TriangleList;
            let look = instances(Some(size_of::<AreaStyle>()));
            let plain = ["vertex", "fragment"];
            ScenePipelines {
                stars: queue("stars", &STARS, plain, None, strip),
                ring: queue("air", &EARTH, ["ring_vertex", "ring_fragment"], None, strip),
                disc: queue("earth", &EARTH, ["disc_vertex", disc], None, list),
                lines: queue_shape("borders and coasts", ["line_vertex", "line_fragment"], points(3, &[]), strip),
                fills: queue_shape("areas", ["fill_vertex", "fill_fragment"], points(1, &look), list),
                outlines: queue_shape("outlines", ["outline_vertex", "outline_fragment"], points(3, &look), strip),
                rings: queue("rings", &RINGS, plain, Some(size_of::<RingInstance>()), strip),
                arcs: queue("arcs", &ARCS, plain, Some(size_of::<ArcInstance>()), strip),
                dots: queue("dots", &DOTS, plain, Some(size_of::<DotInstance>()), strip),
            }
        })
    }

    /// The pipeline that copies an offscreen picture to a target of this format.
    pub(super) fn output(
        &mut self,
        cache: &PipelineCache,
        format: TextureFormat,
        output: Output,
    ) -> CachedRenderPipelineId {
        let layout = &self.output_layout;
        let (vertex, fragment, instance) = match output {
            Output::Light => ("whole_vertex", "light_fragment", None),
            Output::StretchedLight => ("whole_vertex", "stretched_light_fragment", None),
            Output::Stretched => ("whole_vertex", "stretched_fragment", None),
            Output::Pieces => ("piece_vertex", "piece_fragment", Some(size_of::<Piece>())),
        };
        *self.outputs.entry((format, output)).or_insert_with(|| {
            let topology = PrimitiveTopology::TriangleStrip;
            let is_blended = output == Output::Pieces;
            let buffers = instances(instance);
            let part = Part { name: "output", shader: &OUTPUT, vertex, fragment, buffers, topology, is_blended };
            cache.queue_render_pipeline(part.descriptor(vec![layout.clone()], format))
        })
    }
}

/// Layout of an instance buffer with this stride, if there is one.
fn instances(bytes: Option<usize>) -> Vec<VertexBufferLayout> {
    let layout = |bytes: usize| {
        let formats = std::iter::repeat_n(VertexFormat::Uint32x4, bytes / size_of::<[u32; 4]>());
        VertexBufferLayout::from_vertex_formats(VertexStepMode::Instance, formats)
    };
    bytes.map(layout).into_iter().collect()
}

/// Layouts for a vertex that reads `count` consecutive points, followed by `shared` per-draw data.
fn points(count: u32, shared: &[VertexBufferLayout]) -> Vec<VertexBufferLayout> {
    let point = |slot| {
        let formats = std::iter::once(VertexFormat::Uint32x2);
        VertexBufferLayout::from_vertex_formats(VertexStepMode::Vertex, formats).offset_locations_by(slot)
    };
    (0..count).map(point).chain(shared.iter().map(|layout| layout.clone().offset_locations_by(count))).collect()
}

struct Part<'a> {
    name: &'static str,
    shader: &'a Handle<Shader>,
    vertex: &'static str,
    fragment: &'static str,
    buffers: Vec<VertexBufferLayout>,
    topology: PrimitiveTopology,
    /// Whether to blend with the content of the target.
    is_blended: bool,
}

impl Part<'_> {
    fn descriptor(self, layout: Vec<BindGroupLayoutDescriptor>, format: TextureFormat) -> RenderPipelineDescriptor {
        RenderPipelineDescriptor {
            label: Some(self.name.into()),
            layout,
            vertex: VertexState {
                shader: self.shader.clone(),
                entry_point: Some(self.vertex.into()),
                buffers: self.buffers,
                ..VertexState::default()
            },
            fragment: Some(FragmentState {
                shader: self.shader.clone(),
                entry_point: Some(self.fragment.into()),
                targets: vec![Some(ColorTargetState {
                    format,
                    blend: self.is_blended.then_some(BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                    write_mask: ColorWrites::ALL,
                })],
                ..FragmentState::default()
            }),
            primitive: PrimitiveState { topology: self.topology, ..PrimitiveState::default() },
            ..RenderPipelineDescriptor::default()
        }
    }
}
