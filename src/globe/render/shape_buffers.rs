//! GPU buffers of the lines and areas of a level of detail.

use super::instance_buffer::empty_buffer;
use crate::globe::shapes::LevelBuffers;
use bevy::render::{
    render_phase::TrackedRenderPass,
    render_resource::{Buffer, BufferUsages, IndexFormat},
    renderer::{RenderDevice, RenderQueue},
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
    pub(super) fn new(level: &LevelBuffers, device: &RenderDevice, queue: &RenderQueue) -> Self {
        Self {
            lines: filled("lines", &level.lines, BufferUsages::VERTEX, device, queue),
            corners: filled("corners of areas", &level.corners, BufferUsages::VERTEX, device, queue),
            indices: filled("areas", &level.indices, BufferUsages::INDEX, device, queue),
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

fn filled<T: Pod>(label: &str, items: &[T], usage: BufferUsages, device: &RenderDevice, queue: &RenderQueue) -> Buffer {
    let contents: &[u8] = bytemuck::cast_slice(items);
    let buffer = empty_buffer(device, label, contents.len() as u64, usage);
    queue.write_buffer(&buffer, 0, contents);
    buffer
}
