//! Pictures without a window, and their files.

pub mod offscreen;
pub(in crate::app) mod picture_writer;
