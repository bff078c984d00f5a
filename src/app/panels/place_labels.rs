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

/// The paths of arcs from home to the places with labels.
pub(in crate::app) fn arcs_below(places: &PlaceLabels, home: Option<Vec3>, view: &CameraView) -> LineCover {
    let size = view.viewport_px / view.scale_factor;
    let mut cover = LineCover::new(Vec2::new(size.x, size.y));
    let Some(home) = home else { return cover };
    for label in &places.labels {
        let arc = ArcShape { start: home.as_dvec3(), end: label.direction.as_dvec3(), apex_factor: 1.0 };
        let mut before = None;
        for step in 0..=CHORDS {
            let point = arc.point(step as f64 / CHORDS as f64).as_vec3();
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
