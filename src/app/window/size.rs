//! The size of the window: the preferred size, limited by the free area of the desktop and by the maximum size of the
//! graphics adapter.

use crate::app::graphics::Graphics;
use bevy::{
    ecs::system::NonSendMarker,
    prelude::*,
    window::{PrimaryWindow, RawHandleWrapper, WindowResizeConstraints},
    winit::WINIT_WINDOWS,
};

/// Preferred size, in points.
pub(in crate::app) const WISHED: Vec2 = Vec2::new(1280.0, 800.0);
/// Minimum size, below which panels would overlap, in points.
pub(in crate::app) const LEAST: Vec2 = Vec2::new(480.0, 360.0);
/// Maximum size of a window frame, in points; the actual size is known only once the window exists.
const FRAME: Vec2 = Vec2::new(8.0, 36.0);
/// Space for desktop panels if the free area is unknown, in points.
const PANELS: Vec2 = Vec2::new(0.0, 40.0);
/// Monitors that report a smaller size are ignored.
const LEAST_MONITOR_PX: u32 = 200;

/// The part of the screen for windows: left, top, width and height, px; `None` if unknown.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub(in crate::app) struct WorkArea(pub(in crate::app) Option<[u32; 4]>);

/// A monitor.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Monitor {
    /// Left, top, width and height on the screen, px.
    at: [i32; 2],
    size: UVec2,
    /// Pixels per point.
    scale: f32,
}

/// Initial and minimum size of the window, in points.
fn fitting(monitor: Monitor, work_area: WorkArea, max_side_px: u32) -> (Vec2, Vec2) {
    let free = free_px(monitor, work_area)
        .map_or_else(|| monitor.size.as_vec2() / monitor.scale - PANELS, |free| free.as_vec2() / monitor.scale);
    let most = (free - FRAME).min(Vec2::splat(max_side_px as f32 / monitor.scale)).max(Vec2::ONE);
    (WISHED.min(most).floor(), LEAST.min(most).floor())
}

/// The free area of a monitor, px.
fn free_px(monitor: Monitor, work_area: WorkArea) -> Option<UVec2> {
    let [left, top, width, height] = work_area.0?;
    let free = |from: i32, length: u32, free_from: u32, free_length: u32| {
        let (from, to) = (i64::from(from), i64::from(from) + i64::from(length));
        let (free_from, free_to) = (i64::from(free_from), i64::from(free_from) + i64::from(free_length));
        u32::try_from(to.min(free_to) - from.max(free_from)).unwrap_or(0)
    };
    let free =
        UVec2::new(free(monitor.at[0], monitor.size.x, left, width), free(monitor.at[1], monitor.size.y, top, height));
    // An area outside of the monitor belongs to another one.
    (free.min_element() >= LEAST_MONITOR_PX).then_some(free)
}

/// Sets the size of a new window, then shows it.
pub(in crate::app) fn fit(
    _on_main_thread: NonSendMarker,
    mut opened: Query<'_, '_, (Entity, &mut Window), (With<PrimaryWindow>, Added<RawHandleWrapper>)>,
    (work_area, graphics): (Res<'_, WorkArea>, Res<'_, Graphics>),
) {
    for (entity, mut window) in &mut opened {
        if let Some(monitor) = monitor_of(entity) {
            let (size, least) = fitting(monitor, *work_area, graphics.current().max_side_px);
            window.resolution.set(size.x, size.y);
            window.resize_constraints = WindowResizeConstraints {
                min_width: least.x,
                min_height: least.y,
                ..WindowResizeConstraints::default()
            };
        }
        window.visible = true;
    }
}

/// The monitor of a window, or else the smallest one: a compositor reports it only after the first frame.
fn monitor_of(window: Entity) -> Option<Monitor> {
    WINIT_WINDOWS.with_borrow(|windows| {
        let window = windows.get_window(window)?;
        let known = |monitor: &winit::monitor::MonitorHandle| {
            monitor.size().width.min(monitor.size().height) >= LEAST_MONITOR_PX
        };
        let area = |monitor: &winit::monitor::MonitorHandle| {
            let (size, scale) = (monitor.size(), monitor.scale_factor());
            f64::from(size.width) * f64::from(size.height) / (scale * scale)
        };
        let monitor = window
            .current_monitor()
            .filter(known)
            .or_else(|| window.available_monitors().filter(known).min_by(|a, b| area(a).total_cmp(&area(b))))?;
        let (at, size) = (monitor.position(), monitor.size());
        // A window has no scale of its own until it is on a monitor.
        let scale = window.scale_factor().max(monitor.scale_factor()) as f32;
        Some(Monitor { at: [at.x, at.y], size: UVec2::new(size.width, size.height), scale })
    })
}

/// Limits the window to the maximum size of the adapter. If the window manager enforces a larger one, the picture is as
/// large as possible.
pub(in crate::app) fn hold_limit(
    graphics: Res<'_, Graphics>,
    mut windows: Query<'_, '_, &mut Window, With<PrimaryWindow>>,
    mut refused: Local<'_, UVec2>,
) {
    let most = UVec2::splat(graphics.current().max_side_px);
    for mut window in &mut windows {
        let size = window.physical_size();
        let held = size.min(most);
        if held == size {
            continue;
        }
        if *refused == size {
            window.bypass_change_detection().resolution.set_physical_resolution(held.x, held.y);
        } else {
            *refused = size;
            window.resolution.set_physical_resolution(held.x, held.y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monitor(width: u32, height: u32, scale: f32) -> Monitor {
        Monitor { at: [0, 0], size: UVec2::new(width, height), scale }
    }

    #[test]
    fn a_window_is_never_larger_than_what_is_free() {
        for (width, height, scale) in [
            (1920, 1080, 1.0),
            (1366, 768, 1.0),
            (1280, 800, 1.0),
            (1024, 600, 1.0),
            (800, 480, 1.0),
            (1920, 1080, 3.0),
            (3840, 2160, 2.0),
            (640, 480, 1.0),
            (320, 240, 1.0),
        ] {
            let monitor = monitor(width, height, scale);
            let (size, least) = fitting(monitor, WorkArea::default(), 16_384);
            let px = size * scale;
            assert!(px.x <= width as f32 && px.y + 60.0 * scale <= height as f32, "{monitor:?}: {size}");
            assert!(least.cmple(size).all() && size.min_element() > 0.0, "{monitor:?}: {least} of {size}");
        }
        assert_eq!(fitting(monitor(1920, 1080, 1.0), WorkArea::default(), 16_384), (WISHED, LEAST));
        assert_eq!(fitting(monitor(3840, 2160, 2.0), WorkArea::default(), 16_384), (WISHED, LEAST));
    }

    #[test]
    fn what_the_desktop_tells_counts() {
        let laptop = monitor(1366, 768, 1.0);
        let (size, _) = fitting(laptop, WorkArea(Some([0, 0, 1366, 728])), 16_384);
        assert_eq!(size, Vec2::new(1280.0, 728.0 - FRAME.y));
        let (size, _) = fitting(laptop, WorkArea(Some([66, 27, 1300, 741])), 16_384);
        assert_eq!(size, Vec2::new(1280.0, 741.0 - FRAME.y));
        // A second monitor on the right, which the area does not include.
        let right = Monitor { at: [1366, 0], ..laptop };
        assert_eq!(free_px(right, WorkArea(Some([0, 0, 1366, 728]))), None);
        assert_eq!(free_px(right, WorkArea(Some([0, 0, 2732, 728]))), Some(UVec2::new(1366, 728)));
    }

    #[test]
    fn nor_than_what_can_be_drawn() {
        let (size, least) = fitting(monitor(4000, 3000, 4.0), WorkArea::default(), 2_048);
        assert_eq!(size, Vec2::splat(512.0));
        assert!(least.cmple(size).all());
    }
}
