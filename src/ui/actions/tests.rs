//! Tests that the table contains all actions once, and that its texts are consistent.

use super::*;
use crate::{geodesy::LatLng, ui::Column};
use bevy::prelude::Entity;
use serde::{
    Deserialize as _,
    de::{self, Deserializer, Visitor},
};
use std::mem::discriminant;

/// A deserializer that only records the variants of an enum.
struct Variants<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Variants<'_> {
    type Error = de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("only an enum is read"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = variants;
        Err(de::Error::custom("noted"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The name of an action in a file.
fn name(action: &Action) -> String {
    match serde_json::to_value(action).expect("an action can be written") {
        serde_json::Value::String(name) => name,
        serde_json::Value::Object(map) => map.keys().next().expect("a name").clone(),
        other => panic!("{other}"),
    }
}

#[test]
fn every_action_is_in_the_table_and_no_row_twice() {
    let mut variants: &[&str] = &[];
    assert!(Action::deserialize(Variants(&mut variants)).is_err() && variants.len() > 20, "{variants:?}");
    let mut expected: Vec<_> = variants.iter().map(|&name| name.to_owned()).collect();
    let mut there: Vec<_> = COMMANDS.iter().map(|command| name(&command.action)).collect();
    expected.sort_unstable();
    there.sort_unstable();
    there.dedup();
    assert_eq!(there, expected);
    for (index, command) in COMMANDS.iter().enumerate() {
        assert!(!COMMANDS[index + 1..].iter().any(|other| other.action == command.action), "{command:?}");
    }
}

#[test]
fn no_key_is_bound_twice() {
    let keys: Vec<_> = COMMANDS.iter().flat_map(|command| command.keys).collect();
    for (index, key) in keys.iter().enumerate() {
        let same = |other: &&&Shortcut| (other.key, other.control, other.shift) == (key.key, key.control, key.shift);
        assert!(!keys[index + 1..].iter().any(|other| same(&other)), "{key}");
        // Characters in the table are in lower case, and letters with Shift are not separate keys.
        assert!(!matches!(key.key, Key::Char(c) if c.is_uppercase() || key.shift), "{key}");
    }
}

#[test]
fn every_row_says_what_it_does_and_each_label_is_another() {
    for (index, command) in COMMANDS.iter().enumerate() {
        assert!(command.label().len() > 3 && !command.label().ends_with('.'), "{command:?}");
        assert!(!COMMANDS[index + 1..].iter().any(|other| other.label() == command.label()), "{command:?}");
        assert!(Group::ALL.iter().any(|(group, _)| *group == command.group), "{command:?}");
        assert_eq!(command_of(&command.action).map(Command::label), Some(command.label()));
        assert!(hint(&command.action).starts_with(command.label()), "{}", hint(&command.action));
    }
    assert_eq!(hint(&Action::Table(Switch::On)), "show or hide the table (Ctrl+T)");
    assert_eq!(hint(&Action::StepTime(60)), "1 minute forward (demo, recording) (})");
    assert_eq!((short_label(&Action::StepTime(-60)), short_label(&Action::Quit)), ("−1 min", "quit"));
}

#[test]
fn a_press_finds_its_command_where_it_counts() {
    let press = |key, control, shift| Press { key, control, shift };
    let found = |press, focus| bound(press, focus).map(|command| name(&command.action));
    for (pressed, while_free, while_typing) in [
        (press(Key::Char('q'), true, false), Some("quit"), Some("quit")),
        (press(Key::Char('q'), false, false), None, None),
        (press(Key::Char('t'), true, true), Some("table"), Some("table")),
        (press(Key::Char('f'), false, false), Some("full-screen"), None),
        (press(Key::Char('f'), true, false), None, None),
        (press(Key::F11, false, false), Some("full-screen"), Some("full-screen")),
        (press(Key::Char('?'), false, true), Some("keys"), None),
        (press(Key::Char('{'), false, true), Some("step-time"), None),
        (press(Key::Escape, false, true), Some("step-back"), None),
        (press(Key::Enter, false, true), Some("show-selected"), None),
        // egui handles this key in the table.
        (press(Key::Char('c'), true, false), None, None),
    ] {
        assert_eq!(found(pressed, Focus::Globe).as_deref(), while_free, "{pressed:?}");
        assert_eq!(found(pressed, Focus::Control).as_deref(), while_typing, "{pressed:?}");
        // The table only handles the keys that it uses.
        let in_table = while_free.filter(|_| pressed.key != Key::Escape);
        assert_eq!(found(pressed, Focus::Table).as_deref(), in_table, "{pressed:?}");
    }
    assert_eq!(found(press(Key::Home, false, false), Focus::Globe).as_deref(), Some("whole-earth"));
    assert_eq!(found(press(Key::Home, false, false), Focus::Table), None);
}

#[test]
fn an_action_is_written_and_read_again() {
    for (text, action) in [
        (r#""whole-earth""#, Action::WholeEarth),
        (r#"{"filter":"process:=ssh"}"#, Action::Filter("process:=ssh".to_owned())),
        (r#"{"table":"on"}"#, Action::Table(Switch::On)),
        (r#"{"select":{"query":"port:443"}}"#, Action::Select(Some(Target::Query("port:443".to_owned())))),
        (r#"{"select":null}"#, Action::Select(None)),
        (
            r#"{"sort-by":{"column":"round-trip","ascending":false}}"#,
            Action::SortBy { column: Column::RoundTrip, ascending: false },
        ),
        (r#"{"set-home":[0.0,0.0]}"#, Action::SetHome(LatLng::default())),
        (r#"{"step-time":-10}"#, Action::StepTime(-10)),
        (
            r#"{"fly-to":{"place":[0.0,0.0],"distance":2.5}}"#,
            Action::FlyTo { place: LatLng::default(), distance: Some(2.5) },
        ),
    ] {
        assert_eq!(serde_json::from_str::<Action>(text).expect(text), action);
        assert_eq!(serde_json::to_string(&action).expect(text), text);
    }
    for command in COMMANDS {
        let text = serde_json::to_string(&command.action).expect("written");
        let read: Action = serde_json::from_str(&text).expect("read again");
        assert_eq!(discriminant(&read), discriminant(&command.action));
    }
    for wrong in [r#"{"set-home":[91.0,0.0]}"#, r#"{"table":"maybe"}"#, r#""fly""#] {
        assert!(serde_json::from_str::<Action>(wrong).is_err(), "{wrong}");
    }
    let entity = Action::Select(Some(Target::Entity(Entity::PLACEHOLDER)));
    assert!(serde_json::to_string(&entity).is_err(), "what holds for this run alone is not written");
}

#[test]
fn a_switch_turns_over_or_says_how_it_shall_be() {
    for (switch, of_off, of_on) in
        [(Switch::Toggle, true, false), (Switch::On, true, true), (Switch::Off, false, false)]
    {
        assert_eq!((switch.after(false), switch.after(true)), (of_off, of_on));
    }
}
