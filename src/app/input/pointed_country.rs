//! Highlights the country under a resting pointer: its outline and name appear after a short time, and disappear when
//! the pointer moves on.

use crate::app::{GlobeCamera, Overlay, Repaint};
use crate::{
    connections::{Clock, FrameSystems},
    geo::country_at,
    geodesy::LatLng,
    globe::spaces::CameraView,
    view::{PointedCountry, Selection},
};
use bevy::{prelude::*, window::PrimaryWindow};
use bevy_egui::EguiContexts;

/// The pointer rests when it has not moved for this time, ms.
const REST_MS: u64 = 220;
/// Motion up to this distance is ignored, points.
const STILL_PT: f32 = 3.0;

/// Position of the pointer, and since when.
#[derive(Debug, Default)]
struct Rest {
    at_pt: Option<Vec2>,
    since_ms: u64,
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.add_systems(Update, point_at_country.in_set(FrameSystems::Read));
}

fn point_at_country(
    (clock, view, camera): (Res<'_, Clock>, Res<'_, CameraView>, Res<'_, GlobeCamera>),
    windows: Query<'_, '_, &Window, With<PrimaryWindow>>,
    mut contexts: EguiContexts<'_, '_>,
    (selection, overlay): (Res<'_, Selection>, Res<'_, Overlay>),
    mut pointed: ResMut<'_, PointedCountry>,
    mut repaint: ResMut<'_, Repaint>,
    mut rest: Local<'_, Rest>,
) -> Result {
    let is_over_overlay = contexts.ctx_mut()?.is_pointer_over_egui();
    let pointer_pt = windows.single().ok().and_then(Window::cursor_position);
    let pointer_pt = pointer_pt.filter(|at| !is_over_overlay && !overlay.covers(*at));
    let has_moved = match (rest.at_pt, pointer_pt) {
        (Some(before), Some(now)) => before.distance(now) > STILL_PT,
        (before, now) => before.is_some() != now.is_some(),
    };
    if has_moved || camera.orbit.is_moving_by_itself() {
        *rest = Rest { at_pt: pointer_pt, since_ms: clock.frame_ms };
    }
    let rests = clock.frame_ms >= rest.since_ms + REST_MS && selection.hovered.is_none();
    let country = pointer_pt
        .filter(|_| rests)
        .and_then(|at| view.surface_point(at * view.scale_factor))
        .and_then(|point| Some((country_at(LatLng::from_direction(point.as_dvec3()))?, point)));
    // Within a country, the label stays where it appeared.
    if pointed.0.map(|(iso, _)| iso) != country.map(|(iso, _)| iso) {
        pointed.0 = country;
        repaint.0 = true;
    }
    Ok(())
}
