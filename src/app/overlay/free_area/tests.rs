//! Tests that the whole earth is visible between the real panels.

use super::*;
use crate::{
    globe::{orbit::WHOLE_EARTH_RADII, spaces::CameraView},
    model::UnixMillis,
    ui::{HelpTab, LegendView, OverlayState, OverlayViews, install, overlay_ui},
    view::panels::{DetailLine, DetailsView, FilterView, StatusView, TableCounts},
};
use bevy::math::{DVec3, Vec3};
use bevy_egui::egui;
use egui_kittest::Harness;

/// Open panels other than filter and status.
#[derive(Clone, Copy, Debug)]
struct Open {
    table: bool,
    details: bool,
    help: bool,
}

fn details() -> DetailsView {
    let line = |_| DetailLine { label: "operator", value: "AS1".to_owned(), is_reason: false, is_warning: false };
    DetailsView {
        title: "curl → 81.2.69.142:443".to_owned(),
        subtitle: "London, GB".to_owned(),
        lines: (0..24).map(line).collect(),
        summary: String::new(),
        closed: String::new(),
    }
}

/// The panels of a window of this size, points.
fn panels(size: egui::Vec2, open: Open) -> Vec<Rect> {
    let (filter, legend) = (FilterView::default(), LegendView::default());
    let status = StatusView {
        home: "home: near Berlin, Germany, from --home".to_owned(),
        quality: "low (auto: software rasterizer)".to_owned(),
        ..StatusView::default()
    };
    let shown = details();
    let mut state = OverlayState::default();
    (state.show_table, state.show_table_when_narrow) = (open.table, open.table);
    state.help = open.help.then_some(HelpTab::Keys);
    let mut harness = Harness::builder().with_size(size).with_max_steps(30).build_ui_state(
        move |ui, panels: &mut Vec<Rect>| {
            let context = ui.ctx().clone();
            install(&context);
            let views = OverlayViews {
                comparison: None,
                time_bar: None,
                lessons: &[],
                lesson: None,
                filter: &filter,
                rows: &[],
                entities: &[],
                marks: &[],
                rows_version: 0,
                filter_version: 0,
                marked: 0,
                counts: TableCounts::default(),
                now: UnixMillis(0),
                details: open.details.then_some(&shown),
                status: &status,
                legend: &legend,
                ambient: crate::ui::AmbientView::default(),
                notice: None,
                selected: None,
                hovered: None,
                opacity: 1.0,
            };
            *panels = overlay_ui(&context, &mut state, &views).panels;
        },
        Vec::new(),
    );
    harness.run();
    harness.state().clone()
}

#[test]
fn the_whole_earth_is_seen_whole_between_the_panels() {
    for size in
        [(1920.0, 1080.0), (1280.0, 720.0), (1024.0, 768.0), (800.0, 600.0), (640.0, 480.0)].map(egui::Vec2::from)
    {
        for (table, details, help) in [
            (true, false, false),
            (false, false, false),
            (true, true, false),
            (true, false, true),
            (false, true, false),
        ] {
            let open = Open { table, details, help };
            let panels = panels(size, open);
            let window = Rect::from_min_size(Pos2::ZERO, size);
            let fit = Fit::between(&panels, window);
            if free_area(&panels, window).is_none() {
                assert!(size.x < 1000.0 && (details || help), "{open:?} leaves no room at {size}");
                assert_eq!(fit, Fit::default());
                continue;
            }
            let viewport_px = Vec2::new(size.x, size.y);
            let whole = CameraView::new(DVec3::Z, WHOLE_EARTH_RADII, viewport_px, 1.0);
            let view = CameraView { shift: fit.shift, spread: fit.spread, ..whole };
            let middle = view.project(Vec3::ZERO).expect("before the eye");
            let globe =
                Rect::from_center_size(Pos2::new(middle.x, middle.y), egui::Vec2::splat(2.0 * view.globe_radius_px()));
            let what = format!("{globe:?} at {size} with {open:?}: {panels:?}");
            assert!(window.contains_rect(globe), "{what}");
            assert!(!panels.iter().any(|panel| panel.intersects(globe)), "{what}");
            assert!(view.globe_radius_px() > 0.15 * size.min_elem(), "{what}");
        }
    }
}

#[test]
fn a_wide_window_shows_the_globe_as_large_as_without_panels() {
    let size = egui::Vec2::new(1600.0, 900.0);
    let fit = Fit::between(
        &panels(size, Open { table: true, details: false, help: false }),
        Rect::from_min_size(Pos2::ZERO, size),
    );
    assert!(fit.spread < 1.02 && fit.shift.x > 0.1 && fit.shift.y > 0.0, "{fit:?}");
}

#[test]
fn without_panels_or_without_room_the_window_is_the_area() {
    let window = Rect::from_min_size(Pos2::ZERO, egui::Vec2::new(800.0, 600.0));
    assert_eq!(Fit::between(&[], window), Fit::default());
    assert_eq!(Fit::between(&[window.shrink(16.0)], window), Fit::default());
    assert_eq!(Fit::between(&[], Rect::from_min_size(Pos2::ZERO, egui::Vec2::ZERO)), Fit::default());
}
