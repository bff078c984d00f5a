//! A texture with all mip levels, ready for upload.

/// See the module documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextureLevels {
    /// Texels across the largest level; the left edge is 180° W.
    pub width: u32,
    /// Texels down the largest level; the top edge is 90° N.
    pub height: u32,
    /// Every level down to 1 × 1, largest first, row by row from the north.
    pub mips: Vec<Vec<u8>>,
}
