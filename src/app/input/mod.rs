//! Mouse input on the globe: drag, wheel, click. Input over a panel goes to the panel.

pub(in crate::app) mod pointed_country;
pub(in crate::app) mod pointing;

use crate::app::{
    Ambient, GlobeCamera, Overlay, Repaint,
    actions::{Actions, apply_actions, press_keys},
    data::lesson::GivenLesson,
    pace::power::Power,
};
use crate::{
    connections::{Clock, FrameSystems},
    geodesy::LatLng,
    globe::{arcs::ArcStore, spaces::CameraView},
    ui::actions::{Action, Focus, Target},
    view::Selection,
};
use bevy::{
    input::{
        ButtonState,
        mouse::{MouseButton, MouseScrollUnit},
    },
    prelude::*,
    window::{PrimaryWindow, WindowEvent, WindowMode},
};
use bevy_egui::{EguiContexts, egui::Memory};
use pointing::{Pointing, Purpose, Question};

/// A press with less motion than this is a click, points.
const CLICK_PT: f32 = 4.0;
/// Two clicks within this time are a double click, ms.
const DOUBLE_CLICK_MS: u64 = 350;
/// In full screen the overlay fades after this time without input, ms.
const FADE_AFTER_MS: u64 = 6_000;
/// Time between two picks, ms.
const PICK_EVERY_MS: u64 = 50;

/// State of the pointer between frames.
#[derive(Resource, Debug, Default)]
pub(super) struct Hand {
    /// Position of the pointer, px.
    pointer_px: Option<Vec2>,
    /// Where the button was pressed on the globe, px, and the maximum distance of the pointer from there.
    pressed: Option<(Vec2, f32)>,
    clicked: Option<(u64, Vec2)>,
    picked_ms: u64,
    moved: bool,
    /// Whether the pointer is over the overlay, so that the globe ignores it.
    is_over_panel: bool,
    /// Whether something in the overlay is being dragged, which captures the pointer.
    is_overlay_dragged: bool,
    /// Whether the pointer is over a part of the overlay outside of its panels, such as a menu.
    is_over_popup: bool,
    /// What has the keyboard focus.
    pub(super) focus: Focus,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Hand>().init_resource::<Pointing>().add_systems(
        Update,
        (ask_overlay, read_pointer, hover, press_keys, apply_actions, fade_overlay).chain().in_set(FrameSystems::Read),
    );
}

/// Queries whether the overlay uses the pointer or the keyboard.
fn ask_overlay(
    mut contexts: EguiContexts<'_, '_>,
    (overlay, view): (Res<'_, Overlay>, Res<'_, CameraView>),
    mut hand: ResMut<'_, Hand>,
) -> Result {
    let context = contexts.ctx_mut()?;
    let is_over_overlay = context.is_pointer_over_egui();
    let is_over_panel = hand.pointer_px.is_some_and(|px| overlay.covers(px / view.scale_factor));
    hand.is_overlay_dragged = context.egui_is_using_pointer();
    hand.is_over_popup = is_over_overlay && !is_over_panel;
    hand.is_over_panel = is_over_overlay || hand.is_overlay_dragged;
    hand.focus = Focus::of(context.memory(Memory::focused));
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
fn read_pointer(
    mut messages: MessageReader<'_, '_, WindowEvent>,
    (clock, view): (Res<'_, Clock>, Res<'_, CameraView>),
    (arcs, selection): (Res<'_, ArcStore>, Res<'_, Selection>),
    mut pointing: ResMut<'_, Pointing>,
    mut hand: ResMut<'_, Hand>,
    mut camera: ResMut<'_, GlobeCamera>,
    overlay: Res<'_, Overlay>,
    mut power: ResMut<'_, Power>,
    mut repaint: ResMut<'_, Repaint>,
    mut actions: ResMut<'_, Actions>,
) {
    let hand = &mut *hand;
    let scale = view.scale_factor;
    // In order of arrival: in a long frame the button may be pressed and released, and the pointer may move.
    for message in messages.read() {
        match message {
            WindowEvent::CursorMoved(message) => {
                let to = message.position * scale;
                let by = hand.pointer_px.map_or(Vec2::ZERO, |from| to - from);
                hand.pointer_px = Some(to);
                hand.moved = true;
                // egui only knows the state of the previous frame.
                hand.is_over_panel = hand.is_overlay_dragged || hand.is_over_popup || overlay.covers(message.position);
                power.touched_ms = clock.frame_ms.max(1);
                if let Some((from, farthest)) = &mut hand.pressed {
                    *farthest = farthest.max(from.distance(to));
                    if *farthest > CLICK_PT * scale {
                        camera.orbit.drag(by, &view);
                    }
                }
            }
            WindowEvent::CursorLeft(_) => {
                hand.pointer_px = None;
                hand.moved = true;
            }
            WindowEvent::MouseWheel(message) => {
                power.touched_ms = clock.frame_ms.max(1);
                let notches = match message.unit {
                    MouseScrollUnit::Line => message.y,
                    MouseScrollUnit::Pixel => message.y / 60.0,
                };
                if !hand.is_over_panel {
                    actions.push(Action::Zoom(notches.clamp(-8.0, 8.0)));
                }
            }
            WindowEvent::MouseButtonInput(message) => {
                power.touched_ms = clock.frame_ms.max(1);
                camera.orbit.touch();
                let Some(pointer_px) = hand.pointer_px.filter(|_| message.button == MouseButton::Left) else {
                    continue;
                };
                if message.state == ButtonState::Pressed {
                    if !hand.is_over_panel {
                        hand.pressed = Some((pointer_px, 0.0));
                    }
                    continue;
                }
                camera.orbit.release();
                let Some((_, farthest)) = hand.pressed.take() else { continue };
                if farthest > CLICK_PT * scale {
                    continue;
                }
                repaint.0 = true;
                let place = view.surface_point(pointer_px).map(|point| LatLng::from_direction(point.as_dvec3()));
                if let (true, Some(place)) = (overlay.is_setting_home, place) {
                    actions.push(Action::SetHome(place));
                    continue;
                }
                let is_double = hand.clicked.is_some_and(|(at_ms, at)| {
                    clock.frame_ms < at_ms + DOUBLE_CLICK_MS && at.distance(pointer_px) < 2.0 * CLICK_PT * scale
                });
                hand.clicked = Some((clock.frame_ms, pointer_px));
                if let (true, Some(place)) = (is_double, place) {
                    let (_, distance) = camera.orbit.pose();
                    actions.push(Action::FlyTo { place, distance: Some((distance * 0.72).max(1.5)) });
                    continue;
                }
                let question = Question { purpose: Purpose::Select, view: *view, pointer_px, held: selection.hovered };
                pointing.ask(question, &arcs);
            }
            _ => {}
        }
    }
}

/// Picks what is under the pointer, if the pointer or the picture has moved.
fn hover(
    (clock, view, arcs): (Res<'_, Clock>, Res<'_, CameraView>, Res<'_, ArcStore>),
    (camera, overlay): (Res<'_, GlobeCamera>, Res<'_, Overlay>),
    mut pointing: ResMut<'_, Pointing>,
    mut hand: ResMut<'_, Hand>,
    mut selection: ResMut<'_, Selection>,
    mut repaint: ResMut<'_, Repaint>,
    mut actions: ResMut<'_, Actions>,
) {
    let is_news = hand.moved || camera.moves || arcs.is_changed() || overlay.opacity == 0.0;
    if is_news && !pointing.is_busy() && clock.frame_ms >= hand.picked_ms + PICK_EVERY_MS {
        hand.moved = false;
        hand.picked_ms = clock.frame_ms;
        // The answer to a click has priority. Over a panel, the table reports what is hovered.
        take_answer(&mut pointing, &arcs, &hand, &mut selection, &mut repaint, &mut actions);
        // A hidden pointer points at nothing.
        let pointer_px = hand.pointer_px.filter(|_| hand.pressed.is_none() && overlay.opacity > 0.0);
        match pointer_px {
            _ if hand.is_over_panel => {}
            Some(pointer_px) => {
                let question = Question { purpose: Purpose::Hover, view: *view, pointer_px, held: selection.hovered };
                pointing.ask(question, &arcs);
            }
            None if selection.hovered.is_some() => {
                selection.hovered = None;
                repaint.0 = true;
            }
            None => {}
        }
    }
    take_answer(&mut pointing, &arcs, &hand, &mut selection, &mut repaint, &mut actions);
    // The answer arrives in a later frame.
    repaint.0 |= pointing.is_busy();
}

fn take_answer(
    pointing: &mut Pointing,
    arcs: &ArcStore,
    hand: &Hand,
    selection: &mut Selection,
    repaint: &mut Repaint,
    actions: &mut Actions,
) {
    let is_on_globe = hand.pointer_px.is_some() && hand.pressed.is_none() && !hand.is_over_panel;
    match pointing.take(arcs) {
        Some((Purpose::Select, found)) => actions.push(Action::Select(found.map(Target::Entity))),
        Some((Purpose::Hover, found)) if is_on_globe && selection.hovered != found => {
            selection.hovered = found;
            repaint.0 = true;
        }
        _ => {}
    }
}

/// In full screen the overlay fades out without input, and comes back with it.
fn fade_overlay(
    clock: Res<'_, Clock>,
    power: Res<'_, Power>,
    (hand, ambient, lesson): (Res<'_, Hand>, Res<'_, Ambient>, Res<'_, GivenLesson>),
    windows: Query<'_, '_, &Window, With<PrimaryWindow>>,
    mut overlay: ResMut<'_, Overlay>,
    mut before_ms: Local<'_, u64>,
    mut cursors: Query<'_, '_, &mut bevy::window::CursorOptions, With<PrimaryWindow>>,
) {
    let dt_s = clock.frame_ms.saturating_sub(*before_ms) as f32 / 1_000.0;
    *before_ms = clock.frame_ms;
    let is_full_screen = windows.single().is_ok_and(|window| window.mode != WindowMode::Windowed);
    let is_untouched = ambient.is_untouched(power.touched_ms);
    let is_left_alone =
        (clock.frame_ms > power.touched_ms + FADE_AFTER_MS || is_untouched) && hand.focus == Focus::Globe;
    let wanted = if (is_full_screen || ambient.is_on()) && is_left_alone && !overlay.is_setting_home && !lesson.is_on()
    {
        0.0
    } else {
        1.0
    };
    for mut cursor in &mut cursors {
        let is_visible = overlay.opacity > 0.0;
        if cursor.visible != is_visible {
            cursor.visible = is_visible;
        }
    }
    if overlay.opacity == wanted {
        return;
    }
    // It reappears immediately and fades out slowly.
    overlay.opacity = if wanted > 0.0 { 1.0 } else { (overlay.opacity - dt_s.min(0.25) / 0.8).max(0.0) };
}
