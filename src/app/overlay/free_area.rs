//! The part of the window without panels, and how the globe is fitted into it.

use bevy::math::Vec2;
use bevy_egui::egui::{Pos2, Rect};

/// Size of the free area as a fraction of the camera's view. The whole earth is 0.74 of the view, which leaves a margin
/// of an eighth of the free area.
const SHOWN_PER_FREE: f32 = 0.84;
/// A free area narrower than this fraction of the window is ignored: the globe is then drawn under the panels.
const LEAST_SHARE: f32 = 0.4;

/// Position of the globe in the window; see [`CameraView`](crate::globe::spaces::CameraView).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Offset of the globe from the middle of the window, in half widths and half heights; right and up are positive.
    pub shift: Vec2,
    /// Factor by which the field of view is widened, at least 1.
    pub spread: f32,
}

impl Default for Fit {
    fn default() -> Self {
        Self { shift: Vec2::ZERO, spread: 1.0 }
    }
}

impl Fit {
    /// Fits the globe into the part of `window` that `panels` leave free, all in points.
    #[must_use]
    pub fn between(panels: &[Rect], window: Rect) -> Self {
        let size = window.size();
        if size.min_elem() < 1.0 {
            return Self::default();
        }
        let free = free_area(panels, window).unwrap_or(window);
        let shift = (free.center() - window.center()) * 2.0 / size;
        let free_half = free.size().min_elem() / SHOWN_PER_FREE;
        Self { shift: Vec2::new(shift.x, -shift.y), spread: (size.min_elem() / free_half).max(1.0) }
    }

    /// Whether the difference is invisible.
    #[must_use]
    pub fn is_near(&self, other: &Self) -> bool {
        self.shift.distance(other.shift) < 0.002 && (self.spread - other.spread).abs() < 0.002
    }

    /// Interpolates to `other`, for a fraction of 0 to 1.
    #[must_use]
    pub fn toward(&self, other: &Self, share: f32) -> Self {
        Self { shift: self.shift.lerp(other.shift, share), spread: self.spread + (other.spread - self.spread) * share }
    }
}

/// Among the rectangles without a panel that fit the largest square, the largest one; `None` if it is too small.
fn free_area(panels: &[Rect], window: Rect) -> Option<Rect> {
    let panels: Vec<Rect> = panels.iter().map(|panel| panel.intersect(window)).filter(Rect::is_positive).collect();
    let edges = |low: f32, high: f32, edges: fn(&Rect) -> [f32; 2]| {
        let mut all: Vec<f32> = panels.iter().flat_map(edges).chain([low, high]).collect();
        all.sort_by(f32::total_cmp);
        all.dedup();
        all
    };
    let columns = edges(window.left(), window.right(), |panel| [panel.left(), panel.right()]);
    let rows = edges(window.top(), window.bottom(), |panel| [panel.top(), panel.bottom()]);
    let mut best: Option<Rect> = None;
    for (index, &left) in columns.iter().enumerate() {
        for &right in &columns[index + 1..] {
            for (index, &top) in rows.iter().enumerate() {
                for &bottom in &rows[index + 1..] {
                    let area = Rect::from_min_max(Pos2::new(left, top), Pos2::new(right, bottom));
                    let rank = |area: &Rect| (area.size().min_elem(), area.area());
                    let is_better = best.is_none_or(|best| rank(&area) > rank(&best));
                    if is_better && !panels.iter().any(|panel| panel.intersect(area).is_positive()) {
                        best = Some(area);
                    }
                }
            }
        }
    }
    best.filter(|area| area.size().min_elem() >= LEAST_SHARE * window.size().min_elem())
}

#[cfg(test)]
mod tests;
