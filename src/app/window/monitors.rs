//! Full screen on the chosen monitor. Monitors come and go: without the chosen one, full screen is on the current one,
//! and moves when the chosen one is there.

use super::display::Display;
use crate::app::{Overlay, Repaint};
use crate::{cli::MonitorChoice, connections::FrameSystems, language::t, text::escape_untrusted, ui::NoticeView};
use bevy::{
    prelude::*,
    window::{Monitor, MonitorSelection, OnMonitor, PrimaryWindow, WindowMode, WindowPosition},
};

/// The monitor for full screen.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub(in crate::app) struct ChosenMonitor {
    /// The wish of the user; `None` for the monitor on which the window is.
    pub(in crate::app) wish: Option<MonitorChoice>,
    found: Option<Entity>,
    is_missing: bool,
    /// Whether a window in full screen must leave it to reach another monitor: window managers of X11 do not move it.
    leaves_first: bool,
    /// Frames since the window left full screen to move.
    moving: Option<u32>,
    /// Frames for which a window in full screen has been on another monitor.
    astray: u32,
    /// How often it was moved for that.
    moves: u32,
}

/// Frames after which a window that is on another monitor is moved.
const MOST_ASTRAY: u32 = 10;
/// How often that is tried.
const MOST_MOVES: u32 = 3;
/// Frames after which a window that does not reach its monitor becomes full screen anyway.
const MOST_FRAMES: u32 = 120;

impl ChosenMonitor {
    /// A choice that has not been looked for, on this display.
    #[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "other systems move the window"))]
    pub(in crate::app) fn new(wish: Option<MonitorChoice>, display: &Display) -> Self {
        #[cfg(target_os = "linux")]
        let leaves_first = matches!(display, Display::X11 { .. });
        #[cfg(not(target_os = "linux"))]
        let leaves_first = false;
        Self { wish, leaves_first, ..Self::default() }
    }

    /// Makes the window leave full screen, and begins to move it.
    fn begin_to_move(&mut self, window: &mut Window) {
        window.mode = WindowMode::Windowed;
        window.position = WindowPosition::Centered(self.selection());
        self.moving = Some(0);
    }

    /// The monitor to use now.
    pub(in crate::app) fn selection(&self) -> MonitorSelection {
        self.found.map_or(MonitorSelection::Current, MonitorSelection::Entity)
    }
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.add_observer(outlive_monitor).add_systems(Update, follow_monitors.in_set(FrameSystems::Read));
}

/// Unties a window from its monitor: the engine removes the windows of a monitor that goes, and the program would end.
fn outlive_monitor(tied: On<'_, '_, Insert, OnMonitor>, mut commands: Commands<'_, '_>) {
    commands.entity(tied.entity).remove::<OnMonitor>();
}

/// The entity of the monitor that `wish` means among `monitors`, which are in order.
fn find<'a>(wish: &MonitorChoice, monitors: impl Iterator<Item = (Entity, Option<&'a str>)>) -> Option<Entity> {
    let mut monitors = monitors;
    match wish {
        MonitorChoice::Number(number) => monitors.nth(number.checked_sub(1)?).map(|(entity, _)| entity),
        MonitorChoice::Name(wanted) => monitors
            .find(|(_, name)| name.is_some_and(|name| name.eq_ignore_ascii_case(wanted)))
            .map(|(entity, _)| entity),
    }
}

/// The rectangle of a monitor, px.
fn area(monitor: &Monitor) -> IRect {
    let size = IVec2::new(monitor.physical_width.cast_signed(), monitor.physical_height.cast_signed());
    IRect::from_corners(monitor.physical_position, monitor.physical_position + size)
}

/// Looks for the chosen monitor when monitors came or went, and moves the window to it.
fn follow_monitors(
    monitors: Query<'_, '_, (Entity, &Monitor)>,
    mut chosen: ResMut<'_, ChosenMonitor>,
    mut windows: Query<'_, '_, &mut Window, With<PrimaryWindow>>,
    mut overlay: ResMut<'_, Overlay>,
    mut repaint: ResMut<'_, Repaint>,
) {
    let Some(wish) = chosen.wish.clone() else { return };
    if let Some(frames) = chosen.moving {
        let there = chosen.found.and_then(|found| monitors.get(found).ok()).map(|(_, monitor)| area(monitor));
        for mut window in &mut windows {
            let has_arrived = match (window.position, there) {
                (WindowPosition::At(at), Some(there)) => there.contains(at),
                _ => false,
            };
            let is_asked = window.mode != WindowMode::Windowed;
            if is_asked || has_arrived || there.is_none() || frames > MOST_FRAMES {
                window.mode = WindowMode::BorderlessFullscreen(chosen.selection());
                chosen.moving = None;
            } else {
                chosen.moving = Some(frames + 1);
            }
        }
        repaint.0 = true;
    } else if chosen.leaves_first
        && let Some((_, monitor)) = chosen.found.and_then(|found| monitors.get(found).ok())
    {
        let there = area(monitor);
        let is_astray = |window: &Window| {
            let is_elsewhere = matches!(window.position, WindowPosition::At(at) if !there.contains(at));
            is_elsewhere && window.mode != WindowMode::Windowed
        };
        if !windows.iter().any(is_astray) {
            chosen.bypass_change_detection().astray = 0;
        } else if chosen.moves < MOST_MOVES {
            chosen.astray += 1;
            repaint.0 = true;
            if chosen.astray > MOST_ASTRAY {
                (chosen.astray, chosen.moves) = (0, chosen.moves + 1);
                windows.iter_mut().for_each(|mut window| chosen.begin_to_move(&mut window));
            }
        }
    }
    let mut known: Vec<(Entity, &Monitor)> = monitors.iter().collect();
    if known.is_empty() {
        return;
    }
    // From left to right, then from top to bottom: the order in which people count them.
    known.sort_by_key(|(entity, monitor)| (monitor.physical_position.x, monitor.physical_position.y, *entity));
    let found = find(&wish, known.iter().map(|(entity, monitor)| (*entity, monitor.name.as_deref())));
    if found == chosen.found && (found.is_some() || chosen.is_missing) {
        return;
    }
    let is_news = found.is_none() && !chosen.is_missing;
    (chosen.found, chosen.is_missing) = (found, found.is_none());
    (chosen.astray, chosen.moves) = (0, 0);
    repaint.0 = true;
    if is_news {
        let names: Vec<String> = known
            .iter()
            .enumerate()
            .map(|(index, (_, monitor))| match &monitor.name {
                Some(name) => format!("{} {}", index + 1, escape_untrusted(name)),
                None => (index + 1).to_string(),
            })
            .collect();
        let wish = match &wish {
            MonitorChoice::Number(number) => number.to_string(),
            MonitorChoice::Name(name) => escape_untrusted(name).into_owned(),
        };
        overlay.notify(NoticeView {
            text: t!("notice-monitor-missing", monitor = wish, monitors = names.join(", ")),
            is_warning: true,
            ..NoticeView::default()
        });
    }
    for mut window in &mut windows {
        if window.mode != WindowMode::Windowed && chosen.leaves_first && found.is_some() {
            chosen.begin_to_move(&mut window);
        } else if window.mode != WindowMode::Windowed {
            window.mode = WindowMode::BorderlessFullscreen(chosen.selection());
        } else if found.is_some() {
            window.position = WindowPosition::Centered(chosen.selection());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_outlives_its_monitor() {
        let mut app = App::new();
        app.add_observer(outlive_monitor);
        let monitor = app.world_mut().spawn(Monitor {
            name: None,
            physical_height: 720,
            physical_width: 1280,
            physical_position: IVec2::ZERO,
            refresh_rate_millihertz: None,
            scale_factor: 1.0,
            video_modes: Vec::new(),
        });
        let monitor = monitor.id();
        let window = app.world_mut().spawn((Window::default(), OnMonitor(monitor))).id();
        app.world_mut().flush();
        app.world_mut().despawn(monitor);
        assert!(app.world().get::<Window>(window).is_some());
    }

    #[test]
    fn a_monitor_is_found_by_name_or_number() {
        let entity = Entity::from_raw_u32;
        let [Some(first), Some(second)] = [entity(1), entity(2)] else { panic!("entities") };
        let monitors = || [(first, Some("eDP-1")), (second, Some("HDMI-A-1"))].into_iter();
        assert_eq!(find(&MonitorChoice::Number(2), monitors()), Some(second));
        assert_eq!(find(&MonitorChoice::Name("edp-1".to_owned()), monitors()), Some(first));
        assert_eq!(find(&MonitorChoice::Number(3), monitors()), None);
        assert_eq!(find(&MonitorChoice::Number(0), monitors()), None);
        assert_eq!(find(&MonitorChoice::Name("DP-9".to_owned()), monitors()), None);
    }
}
