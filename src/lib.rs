//! netglobe: the earth, lit by the real sun, with an arc for every connection of this computer.
//!
//! The modules are layers; each depends only on those before it in this list (checked by a test): [`geodesy`],
//! [`text`], [`panics`], [`console`], [`sandbox`], [`language`], [`files`], [`model`], [`sampler`], [`geo`], [`stage`], [`words`], [`history`], [`actions`], [`lessons`], [`connections`], [`view`],
//! [`globe`], [`ui`], [`cli`], [`config`], [`app`], [`commands`].
//!
//! Without the feature `window`, the modules `connections`, `view`, `globe`, `ui` and `app` do not exist: the rest lists,
//! looks up and measures, and does not link any graphics library.

#![warn(unreachable_pub)]

pub mod actions;
#[cfg(feature = "window")]
pub mod app;
pub mod cli;
pub mod commands;
pub mod config;
#[cfg(feature = "window")]
pub mod connections;
pub mod console;
pub mod files;
pub mod geo;
pub mod geodesy;
#[cfg(feature = "window")]
pub mod globe;
pub mod history;
pub mod language;
pub mod lessons;
pub mod model;
pub mod panics;
pub mod sampler;
pub mod sandbox;
pub mod stage;
pub mod text;
#[cfg(feature = "window")]
pub mod ui;
#[cfg(feature = "window")]
pub mod view;
pub mod words;
