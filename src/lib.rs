//! netglobe: the earth, lit by the real sun, with an arc for every connection this computer holds.
//!
//! The modules stand in layers; each names only those before it in this list (a test holds that):
//! [`geodesy`], [`text`], [`model`], [`sampler`], [`geo`], [`connections`], [`view`], [`globe`], [`ui`], [`cli`],
//! [`config`], [`app`], [`commands`].

#![warn(unreachable_pub)]

pub mod app;
pub mod cli;
pub mod commands;
pub mod config;
pub mod connections;
pub mod geo;
pub mod geodesy;
pub mod globe;
pub mod model;
pub mod sampler;
pub mod text;
pub mod ui;
pub mod view;
