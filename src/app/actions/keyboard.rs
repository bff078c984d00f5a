//! Turns keys into actions on every keyboard layout.
//!
//! On a Latin layout, a key is identified by the character that it types. On a layout with other letters (Cyrillic,
//! Greek, Hebrew, Arabic, …) it is identified by its position, as on a US keyboard. Such layouts also type punctuation
//! on keys that are letters elsewhere (`;` on Q in Greek, `/` in Hebrew), so the kind of layout is detected from the
//! letters typed so far.

use super::Actions;
use crate::{
    app::{input::Hand, pace::power::Power},
    connections::Clock,
    ui::{
        actions::{Focus, Key, Press, bound},
        swallow_typed,
    },
};
use bevy::{
    input::{
        ButtonState,
        keyboard::{Key as Typed, KeyboardInput},
    },
    prelude::*,
};
use bevy_egui::EguiContexts;

/// The script that the keyboard types, as far as known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app) enum Letters {
    #[default]
    Unknown,
    Latin,
    Others,
}

impl Letters {
    /// Updates the script from a typed character.
    fn learn(&mut self, typed: char) {
        if typed.is_alphabetic() {
            *self = if is_latin(typed) { Self::Latin } else { Self::Others };
        }
    }
}

/// Whether `c` is a letter of the Latin script, with or without diacritics.
fn is_latin(c: char) -> bool {
    c.is_alphabetic()
        && matches!(c, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' | '\u{a720}'..='\u{a7ff}')
}

/// What a key types on a US keyboard, in lower case, for keys that have shortcuts.
fn on_us_keyboard(key: KeyCode, shift: bool) -> Option<char> {
    Some(match key {
        KeyCode::KeyA => 'a',
        KeyCode::KeyB => 'b',
        KeyCode::KeyC => 'c',
        KeyCode::KeyD => 'd',
        KeyCode::KeyE => 'e',
        KeyCode::KeyF => 'f',
        KeyCode::KeyG => 'g',
        KeyCode::KeyH => 'h',
        KeyCode::KeyI => 'i',
        KeyCode::KeyJ => 'j',
        KeyCode::KeyK => 'k',
        KeyCode::KeyL => 'l',
        KeyCode::KeyM => 'm',
        KeyCode::KeyN => 'n',
        KeyCode::KeyO => 'o',
        KeyCode::KeyP => 'p',
        KeyCode::KeyQ => 'q',
        KeyCode::KeyR => 'r',
        KeyCode::KeyS => 's',
        KeyCode::KeyT => 't',
        KeyCode::KeyU => 'u',
        KeyCode::KeyV => 'v',
        KeyCode::KeyW => 'w',
        KeyCode::KeyX => 'x',
        KeyCode::KeyY => 'y',
        KeyCode::KeyZ => 'z',
        KeyCode::BracketLeft if shift => '{',
        KeyCode::BracketLeft => '[',
        KeyCode::BracketRight if shift => '}',
        KeyCode::BracketRight => ']',
        KeyCode::Comma if shift => '<',
        KeyCode::Period if shift => '>',
        KeyCode::Minus => '-',
        KeyCode::Equal => '+',
        KeyCode::Digit0 => '0',
        KeyCode::Slash if shift => '?',
        KeyCode::Slash => '/',
        _ => return None,
    })
}

/// The possible meanings of a key: by the character that it types, and by its position. The first one with a shortcut
/// is used.
fn meanings(typed: &Typed, key: KeyCode, shift: bool, letters: Letters) -> [Option<Key>; 2] {
    let text = match typed {
        Typed::Enter => return [Some(Key::Enter), None],
        Typed::Escape => return [Some(Key::Escape), None],
        Typed::Space => return [Some(Key::Space), None],
        Typed::Home => return [Some(Key::Home), None],
        Typed::End => return [Some(Key::End), None],
        Typed::ArrowLeft => return [Some(Key::Left), None],
        Typed::ArrowRight => return [Some(Key::Right), None],
        Typed::F11 => return [Some(Key::F11), None],
        Typed::Character(text) => text.as_str(),
        _ => return [None, None],
    };
    let Some(first) = text.chars().next() else { return [None, None] };
    let by_text = (text.chars().count() == 1).then(|| Key::Char(first.to_lowercase().next().unwrap_or(first)));
    let there = on_us_keyboard(key, shift);
    let is_letter_there = there.is_some_and(|c| c.is_ascii_alphabetic());
    let counts_by_place = match letters {
        _ if is_latin(first) => false,
        _ if !first.is_ascii() => true,
        Letters::Others => true,
        Letters::Unknown => is_letter_there,
        Letters::Latin => false,
    };
    [by_text, there.filter(|_| counts_by_place).map(Key::Char)]
}

/// Reads the keys of this frame in order: modifiers or the focus may change within a frame.
#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
pub(in crate::app) fn press_keys(
    mut messages: MessageReader<'_, '_, KeyboardInput>,
    keys: Res<'_, ButtonInput<KeyCode>>,
    (clock, hand): (Res<'_, Clock>, Res<'_, Hand>),
    mut contexts: EguiContexts<'_, '_>,
    mut power: ResMut<'_, Power>,
    mut actions: ResMut<'_, Actions>,
    mut was_held: Local<'_, [bool; 2]>,
    mut letters: Local<'_, Letters>,
) -> Result {
    let [mut control, mut shift] = *was_held;
    let mut focus = hand.focus;
    let mut typed = Vec::new();
    for message in messages.read() {
        power.touched_ms = clock.frame_ms.max(1);
        let is_down = message.state == ButtonState::Pressed;
        match message.key_code {
            KeyCode::ControlLeft | KeyCode::ControlRight => control = is_down,
            KeyCode::ShiftLeft | KeyCode::ShiftRight => shift = is_down,
            _ => {}
        }
        if !is_down {
            continue;
        }
        if let (Typed::Character(text), true) = (&message.logical_key, focus != Focus::Control) {
            typed.push(text.to_string());
        }
        if message.repeat {
            continue;
        }
        if let Typed::Character(text) = &message.logical_key {
            text.chars().for_each(|c| letters.learn(c));
        }
        let meanings = meanings(&message.logical_key, message.key_code, shift, *letters);
        let mut presses = meanings.into_iter().flatten().map(|key| Press { key, control, shift });
        let Some(command) = presses.find_map(|press| bound(press, focus)) else { continue };
        actions.push(command.action.clone());
        if command.action.takes_keyboard() {
            focus = Focus::Control;
            swallow_typed(contexts.ctx_mut()?, std::mem::take(&mut typed));
        }
    }
    // Keys released while another window had the focus send no message.
    *was_held = [
        keys.any_pressed([KeyCode::ControlLeft, KeyCode::ControlRight]),
        keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]),
    ];
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::actions::{Action, Switch};

    /// The action of a key, pressed while no control has the focus, on a keyboard that has typed `before`.
    fn done(before: &str, typed: &str, key: KeyCode, control: bool, shift: bool) -> Option<Action> {
        let mut letters = Letters::default();
        before.chars().chain(typed.chars()).for_each(|c| letters.learn(c));
        let meanings = meanings(&Typed::Character(typed.into()), key, shift, letters);
        let mut presses = meanings.into_iter().flatten().map(|key| Press { key, control, shift });
        presses.find_map(|press| bound(press, Focus::Globe)).map(|command| command.action.clone())
    }

    #[test]
    fn letters_of_other_scripts_count_by_their_place() {
        let table = Action::Table(Switch::Toggle);
        for (layout, typed, key, control, shift, action) in [
            ("Russian", "й", KeyCode::KeyQ, true, false, Action::Quit),
            ("Russian", "е", KeyCode::KeyT, true, false, table.clone()),
            ("Russian", "Ф", KeyCode::KeyA, false, true, Action::ShowMatching),
            ("Russian", "х", KeyCode::BracketLeft, false, false, Action::StepTime(-10)),
            ("Russian", "Ъ", KeyCode::BracketRight, false, true, Action::StepTime(60)),
            ("Ukrainian", "й", KeyCode::KeyQ, true, false, Action::Quit),
            ("Greek", ";", KeyCode::KeyQ, true, false, Action::Quit),
            ("Greek", "τ", KeyCode::KeyT, true, false, table.clone()),
            ("Greek", "η", KeyCode::KeyH, false, false, Action::TurnHome),
            ("Hebrew", "/", KeyCode::KeyQ, true, false, Action::Quit),
            ("Hebrew", "א", KeyCode::KeyT, true, false, table.clone()),
            ("Hebrew", "מ", KeyCode::KeyN, false, false, Action::RealSun(Switch::Toggle)),
            ("Arabic", "ض", KeyCode::KeyQ, true, false, Action::Quit),
            ("Arabic", "ف", KeyCode::KeyT, true, false, table),
            ("Arabic", "ظ", KeyCode::Slash, false, false, Action::FocusFilter),
            ("Arabic", "؟", KeyCode::Slash, false, true, Action::Keys(Switch::Toggle)),
        ] {
            assert_eq!(done("", typed, key, control, shift), Some(action), "{layout} {typed}");
        }
    }

    #[test]
    fn latin_letters_count_by_what_they_type() {
        for (layout, before, typed, key, control, expected) in [
            ("Dvorak", "", "q", KeyCode::KeyX, true, Some(Action::Quit)),
            ("Dvorak", "a", "'", KeyCode::KeyQ, true, None),
            ("AZERTY", "", "a", KeyCode::KeyQ, true, None),
            ("AZERTY", "", "a", KeyCode::KeyQ, false, Some(Action::ShowMatching)),
            ("German", "", "/", KeyCode::Digit7, false, Some(Action::FocusFilter)),
            ("German", "", "-", KeyCode::Slash, false, None),
            ("German", "", "ö", KeyCode::Semicolon, false, None),
            ("Bépo", "", "é", KeyCode::KeyV, false, None),
            // Two layouts in use: the last letter determines the current one.
            ("US after Russian", "йa", ";", KeyCode::KeyQ, true, None),
            ("Greek after US", "aα", ";", KeyCode::KeyQ, true, Some(Action::Quit)),
        ] {
            let done = done(before, typed, key, control, false);
            assert_eq!(done, expected, "{layout} {typed}");
        }
    }

    #[test]
    fn keys_without_letters_are_the_same_on_all() {
        for (typed, key, expected) in [
            (Typed::Enter, KeyCode::NumpadEnter, Some(Key::Enter)),
            (Typed::Escape, KeyCode::Escape, Some(Key::Escape)),
            (Typed::Home, KeyCode::Numpad7, Some(Key::Home)),
            (Typed::F11, KeyCode::F11, Some(Key::F11)),
            (Typed::Dead(Some('^')), KeyCode::KeyQ, None),
            (Typed::ArrowUp, KeyCode::ArrowUp, None),
            // Two characters from one key have no meaning.
            (Typed::Character("لا".into()), KeyCode::KeyB, None),
        ] {
            assert_eq!(meanings(&typed, key, false, Letters::Unknown)[0], expected, "{typed:?}");
        }
    }
}
