//! netglobe: the earth, lit by the real sun, with an arc for every connection this computer holds.
//!
//! The modules stand in layers; each names only those before it in this list (a test holds that):
//! [`geodesy`], [`text`], [`panics`], [`files`], [`model`], [`sampler`], [`geo`], [`words`], [`connections`], [`view`],
//! [`globe`], [`ui`], [`cli`], [`config`], [`app`], [`commands`].
//!
//! Built without the feature `window` there are no `connections`, `view`, `globe`, `ui` and `app`: the rest lists, looks up
//! and measures, and links no graphics library.

#![warn(unreachable_pub)]

#[cfg(feature = "window")]
pub mod app;
pub mod cli;
pub mod commands;
pub mod config;
#[cfg(feature = "window")]
pub mod connections;
pub mod files;
pub mod geo;
pub mod geodesy;
#[cfg(feature = "window")]
pub mod globe;
pub mod model;
pub mod panics;
pub mod sampler;
pub mod text;
#[cfg(feature = "window")]
pub mod ui;
#[cfg(feature = "window")]
pub mod view;
pub mod words;
