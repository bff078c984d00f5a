//! Kinds of marks; the constants of `shaders/dots.wgsl`. A dot at an ordinary location has none.

/// Home.
pub const HOME: u32 = 1;
/// The ring where arcs start if home is unknown.
pub const RING: u32 = 2;
/// Only the country is known.
pub const COUNTRY: u32 = 3;
/// Anycast: many machines share the address.
pub const ANYCAST: u32 = 4;
/// The location is unlikely.
pub const UNLIKELY: u32 = 5;
/// The location is impossible.
pub const IMPOSSIBLE: u32 = 6;
/// A peer on the LAN.
pub const LAN: u32 = 7;
/// A peer without a location.
pub const SHELL: u32 = 8;
