//! A texture with all its levels, as it is copied to the GPU, and what comes with it.

use crate::globe::shapes::{ShapeBuffers, ShapeTables};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextureLevels {
    /// Texels across the largest level; the left edge is 180° W.
    pub width: u32,
    /// Texels down the largest level; the top edge is 90° N.
    pub height: u32,
    /// Every level down to 1 × 1, largest first, row by row from the north.
    pub mips: Vec<Vec<u8>>,
}

/// What the earth is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct EarthParts {
    /// Four bytes a texel: see [`super::surface`].
    pub surface: TextureLevels,
    /// Lines and areas, for the GPU.
    pub shapes: ShapeBuffers,
    /// Where what is in them.
    pub tables: ShapeTables,
}
