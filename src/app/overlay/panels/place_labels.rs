//! Candidates for labels in this frame, and the paths of arcs; the overlay decides which labels fit.

use crate::{
    geodesy::ArcShape,
    globe::spaces::CameraView,
    ui::{LabelKind, LabelView, LineCover},
    view::{CityNames, PlaceLabels},
};
use bevy::math::Vec3;
use bevy_egui::egui::{Pos2, Vec2};
use std::borrow::Cow;

/// The names of places where arcs end, followed by those of cities. They fade out towards the limb.
pub(in crate::app) fn place_labels<'a>(
    places: &'a PlaceLabels,
    cities: &CityNames,
    view: &CameraView,
) -> Vec<LabelView<'a>> {
    let ends = places.labels.iter().filter_map(|label| {
        let (at, opacity) = stand(view, label.direction)?;
        Some(LabelView {
            at,
            text: Cow::Borrowed(label.name.as_str()),
            count: label.ends,
            opacity,
            kind: LabelKind::Ends,
        })
    });
    let is_seen = |direction| stand(view, direction).is_some_and(|(at, _)| is_within(view, at));
    let cities = cities.named_from(view.eye, is_seen).into_iter().filter_map(|city| {
        let (at, opacity) = stand(view, city.direction)?;
        let kind = if city.is_capital { LabelKind::Capital } else { LabelKind::City };
        Some(LabelView { at, text: Cow::Borrowed(city.name), count: 0, opacity, kind })
    });
    ends.chain(cities).collect()
}

/// Chords per arc.
const CHORDS: usize = 12;

/// The paths of arcs from home to the places with labels, and where they run in the window. They are followed again when
/// something has changed, or the view has moved far enough.
#[derive(Debug, Default)]
pub(in crate::app) struct ArcPaths {
    paths: Vec<[Vec3; CHORDS + 1]>,
    /// Version of the labels, and the home.
    made_for: Option<(u64, Option<Vec3>)>,
    cover: LineCover,
    /// The view of which `cover` is.
    seen_from: Option<CameraView>,
}

/// How far the picture moves before the paths are followed again, points.
const MOVED: f32 = 2.0;

impl ArcPaths {
    /// Where they run in the window, within about [`MOVED`].
    pub(in crate::app) fn below(&mut self, places: &PlaceLabels, home: Option<Vec3>, view: &CameraView) -> &LineCover {
        let wanted = Some((places.version, home));
        if self.made_for != wanted {
            self.made_for = wanted;
            self.seen_from = None;
            self.paths.clear();
            let ends = home.into_iter().flat_map(|home| places.labels.iter().map(move |label| (home, label.direction)));
            self.paths.extend(ends.map(|(home, end)| path(home, end)));
        }
        if !self.seen_from.is_some_and(|before| is_about_the_same(&before, view)) {
            self.seen_from = Some(*view);
            self.cover = self.follow(view);
        }
        &self.cover
    }

    fn follow(&self, view: &CameraView) -> LineCover {
        let size = view.viewport_px / view.scale_factor;
        let mut cover = LineCover::new(Vec2::new(size.x, size.y));
        for path in &self.paths {
            let mut before = None;
            for &point in path {
                let seen = view.project(point).filter(|_| !view.is_hidden(point)).map(|at| at / view.scale_factor);
                let seen = seen.map(|at| Pos2::new(at.x, at.y));
                if let (Some(from), Some(to)) = (before, seen) {
                    cover.add(from, to);
                }
                before = seen;
            }
        }
        cover
    }
}

/// Whether two views show the globe at the same place of the window, turned by at most [`MOVED`].
fn is_about_the_same(before: &CameraView, now: &CameraView) -> bool {
    let has_same_size =
        before.viewport_px == now.viewport_px && before.scale_factor.total_cmp(&now.scale_factor).is_eq();
    // Points of the surface in the middle of the view, and beside it.
    let middle = before.eye.normalize();
    let beside = (middle + before.right * 0.5 * (before.eye.length() - 1.0).min(1.0)).normalize();
    let stays = |point: Vec3| match (before.project(point), now.project(point)) {
        (Some(was), Some(is)) => was.distance(is) < MOVED * now.scale_factor,
        _ => false,
    };
    has_same_size && stays(middle) && stays(beside)
}

/// Points of the arc between two places, in radii of the earth.
fn path(start: Vec3, end: Vec3) -> [Vec3; CHORDS + 1] {
    let arc = ArcShape { start: start.as_dvec3(), end: end.as_dvec3(), apex_factor: 1.0 };
    std::array::from_fn(|step| arc.point(step as f64 / CHORDS as f64).as_vec3())
}

/// Position of a place in points, and its opacity; `None` behind the globe.
fn stand(view: &CameraView, direction: Vec3) -> Option<(Pos2, f32)> {
    // Cosine of the angle from the centre to the limb.
    let limb = 1.0 / view.eye.length();
    let above_limb = direction.dot(view.eye.normalize()) - limb;
    let at = view.project(direction * 1.001).filter(|_| above_limb > 0.0)? / view.scale_factor;
    Some((Pos2::new(at.x, at.y), (above_limb / (0.4 * (1.0 - limb)).min(0.12)).min(1.0)))
}

fn is_within(view: &CameraView, at: Pos2) -> bool {
    let size = view.viewport_px / view.scale_factor;
    (0.0..size.x).contains(&at.x) && (0.0..size.y).contains(&at.y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::PlaceLabel;
    use bevy::math::{DVec3, Vec2 as Size};

    #[test]
    fn paths_are_followed_again_when_they_have_moved() {
        let mut labels = PlaceLabels::default();
        labels.labels =
            vec![PlaceLabel { direction: Vec3::new(0.3, 0.2, 1.0).normalize(), name: String::new(), ends: 1 }];
        labels.version = 1;
        let home = Some(Vec3::new(-0.3, 0.1, 1.0).normalize());
        for distance in [1.1, 1.6, 3.5] {
            let view = |degrees: f64| {
                let angle = degrees.to_radians();
                CameraView::new(DVec3::new(angle.sin(), 0.0, angle.cos()), distance, Size::new(1280.0, 720.0), 1.0)
            };
            let mut paths = ArcPaths::default();
            paths.below(&labels, home, &view(0.0));
            let from = |paths: &ArcPaths| paths.seen_from.map(|view| view.eye);
            let first = from(&paths);
            assert!(first.is_some(), "{distance}");
            paths.below(&labels, home, &view(1e-4));
            assert_eq!(from(&paths), first, "{distance}: nothing has moved by a point");
            paths.below(&labels, home, &view(2.0));
            assert_ne!(from(&paths), first, "{distance}");
            let followed = |paths: &ArcPaths, degrees| format!("{:?}", paths.follow(&view(degrees)));
            assert_eq!(format!("{:?}", paths.cover), followed(&paths, 2.0), "{distance}");
            let mut none = PlaceLabels::default();
            none.version = 2;
            paths.below(&none, home, &view(2.0));
            assert!(paths.paths.is_empty(), "{distance}");
        }
    }
}
