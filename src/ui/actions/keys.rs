//! Keys in the table of commands, and when they apply.

use super::{super::table::TABLE_ID, Action, command_of};
use crate::language::t;
use bevy_egui::egui::{self, Modifiers, Ui};
use std::fmt;

/// A key by its meaning, independent of its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The character that it types, in lower case.
    Char(char),
    /// `Enter`.
    Enter,
    /// `Esc`.
    Escape,
    /// The space bar.
    Space,
    /// `Home`.
    Home,
    /// `End`.
    End,
    /// `←`.
    Left,
    /// `→`.
    Right,
    /// `F11`.
    F11,
}

/// When a shortcut applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Always.
    Always,
    /// While no control has the keyboard focus, and in the table unless the table uses the key itself.
    Free,
    /// In the control to which it belongs, which handles it itself.
    Control,
}

/// The owner of the keyboard focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// No control: keys go to the globe.
    #[default]
    Globe,
    /// The table of connections.
    Table,
    /// A text field, a button or another control.
    Control,
}

impl Focus {
    /// The focus if the control `focused` has the keyboard focus.
    #[must_use]
    pub fn of(focused: Option<egui::Id>) -> Self {
        match focused {
            None => Self::Globe,
            Some(id) if id == egui::Id::new(TABLE_ID) => Self::Table,
            Some(_) => Self::Control,
        }
    }

    /// Whether a shortcut with this scope applies now.
    pub(super) fn lets(self, shortcut: &Shortcut) -> bool {
        match (shortcut.scope, self) {
            (Scope::Always, _) | (Scope::Free, Self::Globe) => true,
            // The table uses Home to move its selection, and Esc to give up the focus.
            (Scope::Free, Self::Table) => {
                !matches!(shortcut.key, Key::Home | Key::End | Key::Left | Key::Right | Key::Escape)
            }
            (Scope::Free, Self::Control) | (Scope::Control, _) => false,
        }
    }
}

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// The key.
    pub key: Key,
    /// Whether `Ctrl` is held.
    pub control: bool,
    /// Whether `Shift` is held; ignored for a [`Key::Char`], whose character already depends on it.
    pub shift: bool,
    /// When it applies.
    pub scope: Scope,
}

/// A pressed key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    /// The key.
    pub key: Key,
    /// Whether `Ctrl` was held.
    pub control: bool,
    /// Whether `Shift` was held.
    pub shift: bool,
}

impl Shortcut {
    /// A shortcut that applies while no control has the focus.
    pub(super) const fn free(key: Key) -> Self {
        Self { key, control: false, shift: false, scope: Scope::Free }
    }

    /// A shortcut with `Ctrl` that always applies.
    pub(super) const fn control(key: char) -> Self {
        Self { key: Key::Char(key), control: true, shift: false, scope: Scope::Always }
    }

    /// The same shortcut with another scope.
    pub(super) const fn within(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// The same shortcut with `Shift`.
    pub(super) const fn shifted(self) -> Self {
        Self { shift: true, ..self }
    }

    /// Whether this press matches.
    pub(super) fn is(&self, press: Press) -> bool {
        self.key == press.key
            && self.control == press.control
            && (matches!(self.key, Key::Char(_)) || self.shift == press.shift)
    }

    /// The same for egui; `None` for a key that egui does not support.
    fn to_egui(self) -> Option<(Modifiers, egui::Key)> {
        let key = match self.key {
            Key::Char(c) => egui::Key::from_name(c.to_ascii_uppercase().encode_utf8(&mut [0; 4]))?,
            Key::Enter => egui::Key::Enter,
            Key::Escape => egui::Key::Escape,
            Key::Space => egui::Key::Space,
            Key::Home => egui::Key::Home,
            Key::End => egui::Key::End,
            Key::Left => egui::Key::ArrowLeft,
            Key::Right => egui::Key::ArrowRight,
            Key::F11 => egui::Key::F11,
        };
        let control = if self.control { Modifiers::COMMAND } else { Modifiers::NONE };
        let shift = if self.shift { Modifiers::SHIFT } else { Modifiers::NONE };
        Some((control | shift, key))
    }
}

impl fmt::Display for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            write!(f, "{}+", t!("key-control"))?;
        }
        if self.shift {
            write!(f, "{}+", t!("key-shift"))?;
        }
        match self.key {
            Key::Char(c) => write!(f, "{}", c.to_ascii_uppercase()),
            Key::Enter => f.write_str(t!("key-enter")),
            Key::Escape => f.write_str(t!("key-escape")),
            Key::Space => f.write_str(t!("key-space")),
            Key::Home => f.write_str(t!("key-home")),
            Key::End => f.write_str(t!("key-end")),
            Key::Left => f.write_str("←"),
            Key::Right => f.write_str("→"),
            Key::F11 => f.write_str("F11"),
        }
    }
}

/// Consumes a key of `action` in the focused control, and returns whether it was pressed.
pub(in crate::ui) fn is_pressed_in(ui: &Ui, action: &Action) -> bool {
    let keys = command_of(action).map_or(&[][..], |command| command.keys);
    let keys = keys.iter().filter(|key| key.scope == Scope::Control);
    keys.filter_map(|key| key.to_egui()).any(|(held, key)| ui.input_mut(|input| input.consume_key(held, key)))
}
