//! A coarse grid of where lines run in the window, used to place labels beside them.

use bevy_egui::egui::{Pos2, Rect, Vec2};

/// Side of a cell, points: smaller than a line of text, larger than the width of a line.
const CELL: f32 = 6.0;

/// The cells of the window that contain lines.
#[derive(Clone, Debug, Default)]
pub struct LineCover {
    columns: usize,
    rows: usize,
    is_marked: Vec<bool>,
}

impl LineCover {
    /// A window of this size without lines.
    #[must_use]
    pub fn new(size: Vec2) -> Self {
        let [columns, rows] = [size.x, size.y].map(|side| (side / CELL).ceil().clamp(0.0, 4_096.0) as usize);
        Self { columns, rows, is_marked: vec![false; columns * rows] }
    }

    /// Marks a line from `a` to `b`, points.
    pub fn add(&mut self, a: Pos2, b: Pos2) {
        // In cells; a cast of what is not negative rounds down.
        let (a, b) = (a.to_vec2() / CELL, b.to_vec2() / CELL);
        let steps = ((b - a).length() / 0.7).clamp(1.0, 4_096.0) as u16 + 1;
        let stride = (b - a) / f32::from(steps);
        let (width, height) = (self.columns as f32, self.rows as f32);
        let mut at = a;
        for _ in 0..=steps {
            if at.x >= 0.0 && at.y >= 0.0 && at.x < width && at.y < height {
                let cell = at.y as usize * self.columns + at.x as usize;
                if let Some(is_marked) = self.is_marked.get_mut(cell) {
                    *is_marked = true;
                }
            }
            at += stride;
        }
    }

    /// Number of cells of a rectangle that contain lines.
    #[must_use]
    pub fn count(&self, rect: Rect) -> usize {
        let range = |low: f32, high: f32, most: usize| {
            let [low, high] = [low, high].map(|at| (at / CELL).clamp(0.0, most as f32));
            low.floor() as usize..(high.ceil() as usize).min(most)
        };
        let columns = range(rect.min.x, rect.max.x, self.columns);
        range(rect.min.y, rect.max.y, self.rows)
            .map(|row| {
                &self.is_marked[row * self.columns + columns.start..row * self.columns + columns.end.max(columns.start)]
            })
            .map(|cells| cells.iter().filter(|is_marked| **is_marked).count())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_counted_where_it_runs_and_nowhere_else() {
        let mut cover = LineCover::new(Vec2::new(400.0, 300.0));
        cover.add(Pos2::new(-50.0, 100.0), Pos2::new(200.0, 100.0));
        let at = |x: f32, y: f32| cover.count(Rect::from_center_size(Pos2::new(x, y), Vec2::new(40.0, 12.0)));
        assert!(at(60.0, 100.0) >= 6 && at(190.0, 100.0) > 0, "{} {}", at(60.0, 100.0), at(190.0, 100.0));
        assert_eq!((at(60.0, 130.0), at(260.0, 100.0), at(1_000.0, 100.0), at(-90.0, -90.0)), (0, 0, 0, 0));
        assert_eq!(LineCover::default().count(Rect::EVERYTHING), 0);
    }
}
