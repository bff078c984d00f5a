//! A texture with all its levels, as it is copied to the GPU.

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
