//! A texture with one bit per slot, which the vertex shaders of arcs and dots read.

use crate::globe::lit::{LitBits, ROW_WORDS};
use bevy::render::{
    render_resource::{
        BindGroup, BindGroupEntries, BindGroupLayout, Extent3d, Origin3d, TexelCopyBufferLayout, TexelCopyTextureInfo,
        Texture, TextureAspect, TextureDescriptor, TextureDimension, TextureFormat, TextureUsages,
        TextureViewDescriptor,
    },
    renderer::{RenderDevice, RenderQueue},
};

const WORD_BYTES: usize = size_of::<u32>();

/// See the module documentation.
pub(super) struct LitTexture {
    texture: Texture,
    rows: u32,
    label: &'static str,
    /// Absent until it is bound; a texture that grows is bound again.
    pub bindings: Option<BindGroup>,
}

impl LitTexture {
    pub(super) fn new(device: &RenderDevice, label: &'static str) -> Self {
        Self { texture: Self::texture(device, label, 1), rows: 1, label, bindings: None }
    }

    fn texture(device: &RenderDevice, label: &'static str, rows: u32) -> Texture {
        // Only tests read it.
        let read_back = if cfg!(test) { TextureUsages::COPY_SRC } else { TextureUsages::empty() };
        device.create_texture(&TextureDescriptor {
            label: Some(label),
            size: Extent3d { width: ROW_WORDS as u32, height: rows, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: TextureDimension::D2,
            format: TextureFormat::R32Uint,
            usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST | read_back,
            view_formats: &[],
        })
    }

    pub(super) fn bind(&mut self, device: &RenderDevice, layout: &BindGroupLayout) {
        if self.bindings.is_none() {
            let view = self.texture.create_view(&TextureViewDescriptor::default());
            self.bindings = Some(device.create_bind_group(self.label, layout, &BindGroupEntries::single(&view)));
        }
    }

    /// Uploads what has changed, in one piece, and returns its size in bytes. Call once per frame.
    pub(super) fn follow(&mut self, bits: &mut LitBits, device: &RenderDevice, queue: &RenderQueue) -> u64 {
        let list = bits.words_mut();
        let needed = list.high_water().div_ceil(ROW_WORDS as u32);
        if needed > self.rows {
            self.rows = needed.next_power_of_two();
            self.texture = Self::texture(device, self.label, self.rows);
            self.bindings = None;
            list.touch_all();
        }
        let ranges = list.take_changes().ranges;
        let (Some((first, _)), Some((last, length))) = (ranges.first(), ranges.last()) else { return 0 };
        let (mut first, mut end) = (*first as usize, (last + length) as usize);
        let (top, bottom) = (first / ROW_WORDS, (end - 1) / ROW_WORDS);
        let mut words = list.as_slice().get(first..end).unwrap_or_default().to_vec();
        if top != bottom {
            // Several rows can only be written whole.
            (first, end) = (top * ROW_WORDS, (bottom + 1) * ROW_WORDS);
            words = list.as_slice().get(first..).unwrap_or_default().to_vec();
            words.resize(end - first, 0);
        }
        let rows = (bottom - top + 1) as u32;
        let width = (end - first) as u32 / rows;
        queue.write_texture(
            TexelCopyTextureInfo {
                texture: &self.texture,
                mip_level: 0,
                origin: Origin3d { x: (first % ROW_WORDS) as u32, y: top as u32, z: 0 },
                aspect: TextureAspect::All,
            },
            bytemuck::cast_slice(&words),
            TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(width * WORD_BYTES as u32), rows_per_image: None },
            Extent3d { width, height: rows, depth_or_array_layers: 1 },
        );
        (words.len() * WORD_BYTES) as u64
    }
}
