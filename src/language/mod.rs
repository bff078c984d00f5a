//! Every text that a person reads in the window, in the language of the user.
//!
//! The texts are in `data/texts`, a folder for each language, in the format of Fluent (<https://projectfluent.org>). Code
//! names them by key: `t!("status-paused")`, or with values `t!("status-frames", rate = 60)`. English is complete;
//! what another language lacks is shown in English. JSON, flags, keys of the filter and exit codes are not translated.

mod bundle;
mod choice;
#[cfg(test)]
mod tests;

pub use bundle::{text, text_with};
#[cfg(test)]
pub(crate) use choice::set_for_thread;
pub use choice::{Language, current, set_current};
pub use fluent_bundle::FluentValue as Value;

/// The text with this key; the values in it follow as `name = value`. Without values it is a `&'static str`, otherwise a
/// `String`.
#[macro_export]
macro_rules! t {
    ($key:literal) => {
        $crate::language::text($key)
    };
    ($key:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::language::text_with($key, &[$((stringify!($name), $crate::language::Value::from($value))),+])
    };
}
pub use crate::t;
