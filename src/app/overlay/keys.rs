//! Keys for the overlay, each with the modifiers held when it was pressed.
//!
//! `bevy_egui` gives all keys of a frame the modifiers held at its end, so that a chord pressed and released within one
//! frame loses its `Ctrl` or `Shift`. This module replaces its system.

use bevy::{
    input::keyboard::{Key, KeyboardFocusLost, KeyboardInput},
    prelude::*,
};
use bevy_egui::EguiInputSystemSettings;
use bevy_egui::{
    EguiClipboard, EguiInputSet, EguiPreUpdateSet, PrimaryEguiContext,
    egui::{self, Event},
    helpers::{bevy_to_egui_key, bevy_to_egui_physical_key},
    input::{EguiInputEvent, ModifierKeysState},
};

/// The input systems of `bevy_egui` without the one for keys.
pub(in crate::app) fn instead_of_own() -> EguiInputSystemSettings {
    EguiInputSystemSettings { run_write_keyboard_input_messages_system: false, ..default() }
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.add_systems(
        PreUpdate,
        write_keys.in_set(EguiPreUpdateSet::ProcessInput).in_set(EguiInputSet::ReadBevyMessages),
    );
}

fn write_keys(
    mut keys: MessageReader<'_, '_, KeyboardInput>,
    mut focus_lost: MessageReader<'_, '_, KeyboardFocusLost>,
    contexts: Query<'_, '_, Entity, With<PrimaryEguiContext>>,
    mut clipboard: ResMut<'_, EguiClipboard>,
    mut output: MessageWriter<'_, EguiInputEvent>,
    mut held: Local<'_, ModifierKeysState>,
) {
    // Releases while another window has the focus are not reported.
    if focus_lost.read().count() > 0 {
        *held = ModifierKeysState::default();
    }
    for key in keys.read() {
        for event in events(key, &mut held, || clipboard.get_text()) {
            output.write_batch(contexts.iter().map(|context| EguiInputEvent { context, event: event.clone() }));
        }
    }
}

/// The egui events of a key; updates `held`, the modifiers held before it.
fn events(key: &KeyboardInput, held: &mut ModifierKeysState, paste: impl FnOnce() -> Option<String>) -> Vec<Event> {
    let is_pressed = key.state.is_pressed();
    match key.logical_key {
        Key::Shift => held.shift = is_pressed,
        Key::Control => held.ctrl = is_pressed,
        Key::Alt => held.alt = is_pressed,
        Key::Super | Key::Meta => held.win = is_pressed,
        _ => {}
    }
    let modifiers = held.to_egui_modifiers();
    let mut events = Vec::new();
    if is_pressed && held.text_input_is_allowed() {
        match &key.logical_key {
            Key::Character(text) if !text.contains(char::is_control) => events.push(Event::Text(text.to_string())),
            Key::Space => events.push(Event::Text(" ".to_owned())),
            _ => {}
        }
    }
    let physical_key = bevy_to_egui_physical_key(&key.key_code);
    let Some(logical_key) = bevy_to_egui_key(&key.logical_key).or(physical_key) else { return events };
    events.push(Event::Key { key: logical_key, pressed: is_pressed, repeat: false, modifiers, physical_key });
    if is_pressed && modifiers.command {
        match logical_key {
            egui::Key::C => events.push(Event::Copy),
            egui::Key::X => events.push(Event::Cut),
            egui::Key::V => events.extend(paste().map(Event::Paste)),
            _ => {}
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::input::ButtonState::{self, Pressed, Released};
    use bevy_egui::egui::Modifiers;

    fn all(keys: &[(Key, KeyCode, ButtonState)]) -> Vec<Event> {
        let mut held = ModifierKeysState::default();
        let key = |(logical_key, key_code, state): &(Key, KeyCode, ButtonState)| KeyboardInput {
            key_code: *key_code,
            logical_key: logical_key.clone(),
            state: *state,
            text: None,
            repeat: false,
            window: Entity::PLACEHOLDER,
        };
        keys.iter().map(key).flat_map(|key| events(&key, &mut held, || Some("pasted".to_owned()))).collect()
    }

    fn typed(c: &str) -> Key {
        Key::Character(c.into())
    }

    /// The pressed keys with the modifiers held at the time, and the texts.
    fn pressed(events: &[Event]) -> (Vec<(egui::Key, Modifiers)>, Vec<&str>) {
        let keys = events.iter().filter_map(|event| match event {
            Event::Key { key, pressed: true, modifiers, .. } => Some((*key, *modifiers)),
            _ => None,
        });
        let texts = events.iter().filter_map(|event| match event {
            Event::Text(text) => Some(text.as_str()),
            _ => None,
        });
        (keys.collect(), texts.collect())
    }

    #[test]
    fn a_chord_within_one_frame_keeps_its_modifiers_and_what_follows_has_none() {
        let control = Modifiers { ctrl: true, command: !cfg!(target_os = "macos"), ..Modifiers::NONE };
        let events = all(&[
            (Key::Control, KeyCode::ControlLeft, Pressed),
            (typed("a"), KeyCode::KeyA, Pressed),
            (typed("a"), KeyCode::KeyA, Released),
            (Key::Control, KeyCode::ControlLeft, Released),
            (typed("b"), KeyCode::KeyB, Pressed),
            (Key::Shift, KeyCode::ShiftLeft, Pressed),
            (Key::Tab, KeyCode::Tab, Pressed),
            (Key::Shift, KeyCode::ShiftLeft, Released),
            (Key::Space, KeyCode::Space, Pressed),
        ]);
        let (keys, texts) = pressed(&events);
        let keys: Vec<_> = keys
            .into_iter()
            .filter(|(key, _)| matches!(key, egui::Key::A | egui::Key::B | egui::Key::Tab | egui::Key::Space))
            .collect();
        assert_eq!(
            keys,
            [
                (egui::Key::A, control),
                (egui::Key::B, Modifiers::NONE),
                (egui::Key::Tab, Modifiers::SHIFT),
                (egui::Key::Space, Modifiers::NONE)
            ]
        );
        assert_eq!(texts, ["b", " "]);
    }

    #[cfg(not(target_os = "macos"))]
    #[test]
    fn copy_cut_and_paste_come_with_their_keys() {
        let mut keys = vec![(Key::Control, KeyCode::ControlLeft, Pressed)];
        keys.extend(
            [("c", KeyCode::KeyC), ("x", KeyCode::KeyX), ("v", KeyCode::KeyV)]
                .map(|(c, code)| (typed(c), code, Pressed)),
        );
        keys.push((Key::Control, KeyCode::ControlLeft, Released));
        keys.push((typed("c"), KeyCode::KeyC, Pressed));
        let others: Vec<_> = all(&keys).into_iter().filter(|event| !matches!(event, Event::Key { .. })).collect();
        let expected = [Event::Copy, Event::Cut, Event::Paste("pasted".to_owned()), Event::Text("c".to_owned())];
        assert_eq!(others, expected);
    }

    #[test]
    fn a_letter_of_another_script_counts_by_its_place_and_is_typed() {
        let events = all(&[(typed("й"), KeyCode::KeyQ, Pressed)]);
        assert_eq!(pressed(&events), (vec![(egui::Key::Q, Modifiers::NONE)], vec!["й"]));
    }
}
