//! The keys and texts of all user actions.
//!
//! A key, a button, a menu and a click on the globe are all converted to an [`Action`], which `app::actions` executes.
//! [`COMMANDS`] has a row for each action, from which keys, help and tooltips are generated.

mod commands;
mod keys;
#[cfg(test)]
mod tests;

pub use crate::actions::{Action, Switch, Target};
pub use commands::{COMMANDS, Command, GESTURES, Group, bound, command_of, hint, keys_text};
pub(super) use commands::{Text, short_label};
pub(super) use keys::is_pressed_in;
pub use keys::{Focus, Key, Press, Scope, Shortcut};
