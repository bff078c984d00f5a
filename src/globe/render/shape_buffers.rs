//! GPU buffers of the lines and areas of a level of detail.

use crate::globe::shapes::LevelBuffers;
use bevy::render::{
    render_phase::TrackedRenderPass,
    render_resource::{Buffer, BufferInitDescriptor, BufferUsages, IndexFormat},
    renderer::RenderDevice,
};
use bytemuck::Pod;

/// Bytes of the two vertices of a point.
const POINT: u64 = 2 * size_of::<[u32; 2]>() as u64;

/// See the module documentation.
pub(super) struct LevelOnGpu {
    lines: Buffer,
    corners: Buffer,
    indices: Buffer,
}

impl LevelOnGpu {
    pub(super) fn new(level: &LevelBuffers, device: &RenderDevice) -> Self {
        fn buffer<T: Pod>(label: &str, items: &[T], usage: BufferUsages, device: &RenderDevice) -> Buffer {
            let contents = bytemuck::cast_slice(items);
            device.create_buffer_with_data(&BufferInitDescriptor { label: Some(label), contents, usage })
        }
        Self {
            lines: buffer("lines", &level.lines, BufferUsages::VERTEX, device),
            corners: buffer("corners of areas", &level.corners, BufferUsages::VERTEX, device),
            indices: buffer("areas", &level.indices, BufferUsages::INDEX, device),
        }
    }

    /// Binds the points before, at and after each line vertex. Vertex numbers start at the first point with a
    /// predecessor.
    pub(super) fn set_lines<'pass>(&'pass self, pass: &mut TrackedRenderPass<'pass>) {
        for slot in 0..3 {
            pass.set_vertex_buffer(slot, self.lines.slice(slot as u64 * POINT..));
        }
    }

    /// Binds the corners and indices of triangles.
    pub(super) fn set_areas<'pass>(&'pass self, pass: &mut TrackedRenderPass<'pass>) {
        pass.set_vertex_buffer(0, self.corners.slice(..));
        pass.set_index_buffer(self.indices.slice(..), IndexFormat::Uint32);
    }
}
