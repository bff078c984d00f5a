//! Computes which parts of the target the overlay covers, as rectangles that do not overlap.
//!
//! The overlay is drawn offscreen on a transparent picture and blended over the globe afterwards. On a software rasterizer
//! each blended pixel costs as much as one of the sky, so only rectangles that may contain overlay are blended.

use bevy::math::UVec2;
use bevy_egui::egui::{ClippedPrimitive, epaint::Primitive};

/// Size of a grid cell, px.
const SIDE: u32 = 32;

/// Left, top, width and height, px.
pub(super) type Piece = [u32; 4];

/// A grid over the target.
#[derive(Debug, Default)]
pub(super) struct Cover {
    size: UVec2,
    columns: u32,
    is_marked: Vec<bool>,
}

impl Cover {
    /// Rectangles of a target of `size` px that these paint jobs may cover.
    pub(super) fn pieces(&mut self, jobs: &[ClippedPrimitive], pixels_per_point: f32, size: UVec2) -> Vec<Piece> {
        self.size = size;
        self.columns = size.x.div_ceil(SIDE);
        self.is_marked.clear();
        self.is_marked.resize((self.columns * size.y.div_ceil(SIDE)) as usize, false);
        for ClippedPrimitive { clip_rect, primitive } in jobs {
            let [left, top] = clip_rect.min.into();
            let [right, bottom] = clip_rect.max.into();
            match primitive {
                Primitive::Mesh(mesh) => {
                    // Two triangles at once: most are the halves of a rectangle, such as a glyph.
                    for corners in mesh.indices.chunks(6) {
                        let corners = corners.iter().filter_map(|index| mesh.vertices.get(*index as usize));
                        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
                        for vertex in corners {
                            let at = vertex.pos;
                            low = [low[0].min(at.x), low[1].min(at.y)];
                            high = [high[0].max(at.x), high[1].max(at.y)];
                        }
                        let (low, high) =
                            ([low[0].max(left), low[1].max(top)], [high[0].min(right), high[1].min(bottom)]);
                        self.mark(low.map(|at| at * pixels_per_point), high.map(|at| at * pixels_per_point));
                    }
                }
                Primitive::Callback(_) => {
                    self.mark(
                        [left, top].map(|at| at * pixels_per_point),
                        [right, bottom].map(|at| at * pixels_per_point),
                    );
                }
            }
        }
        self.runs()
    }

    /// Marks the cells that a rectangle touches, px.
    fn mark(&mut self, low: [f32; 2], high: [f32; 2]) {
        let high = [high[0].min(self.size.x as f32), high[1].min(self.size.y as f32)];
        if !(low[0] < high[0] && low[1] < high[1]) {
            return;
        }
        // Casts saturate, which clips the rectangle.
        let first = low.map(|at| at as u32 / SIDE);
        // Rounded up without a call of the mathematical library, which older processors need for that.
        let last = high.map(|at| (at as u32 + u32::from((at as u32 as f32) < at)).div_ceil(SIDE));
        for row in first[1]..last[1] {
            let start = (row * self.columns) as usize;
            if let Some(row) = self.is_marked.get_mut(start + first[0] as usize..start + last[0].max(first[0]) as usize)
            {
                row.fill(true);
            }
        }
    }

    /// Merges adjacent marked cells into rectangles.
    fn runs(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (row, squares) in self.is_marked.chunks(self.columns.max(1) as usize).enumerate() {
            let top = row as u32 * SIDE;
            let mut column = 0;
            for run in squares.chunk_by(|a, b| a == b) {
                let (left, end) = (column * SIDE, ((column + run.len() as u32) * SIDE).min(self.size.x));
                column += run.len() as u32;
                if run.first() == Some(&true) {
                    pieces.push([left, top, end - left, SIDE.min(self.size.y - top)]);
                }
            }
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::{Color32, Mesh, Rect, pos2};

    const SIZE: UVec2 = UVec2::new(1000, 700);

    fn job(clip: Rect, rects: &[Rect]) -> ClippedPrimitive {
        let mut mesh = Mesh::default();
        for rect in rects {
            mesh.add_colored_rect(*rect, Color32::WHITE);
        }
        ClippedPrimitive { clip_rect: clip, primitive: Primitive::Mesh(mesh) }
    }

    fn rect(left: f32, top: f32, right: f32, bottom: f32) -> Rect {
        Rect { min: pos2(left, top), max: pos2(right, bottom) }
    }

    fn has(pieces: &[Piece], x: u32, y: u32) -> usize {
        pieces
            .iter()
            .filter(|[left, top, width, height]| {
                (*left..left + width).contains(&x) && (*top..top + height).contains(&y)
            })
            .count()
    }

    #[test]
    fn nothing_has_no_pieces() {
        let everywhere = rect(0.0, 0.0, 1000.0, 700.0);
        assert!(Cover::default().pieces(&[], 1.0, SIZE).is_empty());
        assert!(Cover::default().pieces(&[job(everywhere, &[])], 1.0, SIZE).is_empty());
        let outside = [rect(-50.0, -50.0, -1.0, -1.0), rect(1001.0, 0.0, 1050.0, 700.0), rect(0.0, 700.5, 10.0, 720.0)];
        assert!(Cover::default().pieces(&[job(Rect::EVERYTHING, &outside)], 1.0, SIZE).is_empty());
        let empty = rect(300.0, 300.0, 300.0, 300.0);
        assert!(Cover::default().pieces(&[job(empty, &[everywhere])], 1.0, SIZE).is_empty(), "clipped away");
    }

    #[test]
    fn every_covered_pixel_lies_in_one_piece_and_few_others_do() {
        let rects = [rect(10.0, 10.0, 200.0, 40.0), rect(150.0, 20.0, 320.0, 90.0), rect(960.0, 650.0, 1000.0, 700.0)];
        for scale in [0.5, 1.0, 1.5] {
            let jobs: Vec<_> = rects.iter().map(|rect| job(Rect::EVERYTHING, &[*rect / scale])).collect();
            let pieces = Cover::default().pieces(&jobs, scale, SIZE);
            for y in 0..SIZE.y {
                for x in 0..SIZE.x {
                    let middle = pos2(x as f32 + 0.5, y as f32 + 0.5);
                    let is_covered = rects.iter().any(|rect| rect.contains(middle));
                    let is_near = rects.iter().any(|rect| rect.expand(SIDE as f32).contains(middle));
                    let count = has(&pieces, x, y);
                    assert!(count <= 1 && (count == 1 || !is_covered) && (count == 0 || is_near), "{x}, {y}: {count}");
                }
            }
            assert!(pieces.iter().all(|[left, top, width, height]| left + width <= SIZE.x && top + height <= SIZE.y));
        }
    }

    #[test]
    fn everything_is_one_piece_a_row() {
        let pieces = Cover::default().pieces(&[job(Rect::EVERYTHING, &[rect(-9.0, -9.0, 9e9, 9e9)])], 1.0, SIZE);
        assert_eq!(pieces.len(), SIZE.y.div_ceil(SIDE) as usize);
        assert_eq!(pieces.iter().map(|[_, _, width, height]| width * height).sum::<u32>(), SIZE.x * SIZE.y);
    }
}
