//! netglobe.
pub mod geodesy;
pub mod model;
