//! How much the picture may cost: three tiers, and which of them suits an adapter.

use bevy::prelude::Resource;

/// A tier of quality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// One scene pass, few stars, nothing behind the globe: for software rasterizers.
    #[default]
    Low,
    /// High without HDR and bloom.
    Medium,
    /// HDR and a small bloom.
    High,
}

/// What kind of adapter draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdapterKind {
    /// A rasterizer on the CPU.
    Software,
    /// A GPU that shares memory with the CPU, or one of which nothing is known.
    Integrated,
    /// A GPU of its own.
    Discrete,
}

/// How a pixel looks at the earth's surface, where it reaches farther along the slant than across it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SurfaceLook {
    /// Once: the sampler filters along the slant.
    Filtered,
    /// Once, sharply, by a sampler that does not.
    #[default]
    Once,
    /// Several times along the slant, by a sampler that does not filter along it.
    Along,
}

/// The tier in force and who chose it.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Quality {
    /// In force.
    pub tier: Tier,
    /// `auto: software rasterizer`, or `chosen`.
    pub reason: String,
    /// Whether the CPU draws: it filters a slanted surface badly and slowly.
    pub is_software: bool,
    /// Pixels of the scene along a side, for each of the target: 0.5 to 1. The overlay always has all of them.
    pub render_scale: f32,
    /// Whether what is brighter than a screen glows, where the tier can do it.
    pub has_bloom: bool,
}

impl Default for Quality {
    fn default() -> Self {
        Self { tier: Tier::default(), reason: String::new(), is_software: false, render_scale: 1.0, has_bloom: true }
    }
}

impl Quality {
    /// The same at another number of pixels.
    #[must_use]
    pub fn at_scale(self, render_scale: Option<f32>) -> Self {
        Self { render_scale: render_scale.unwrap_or(1.0), ..self }
    }

    /// What is in force and who chose it, in words for a person.
    #[must_use]
    pub fn describe(&self) -> String {
        let (tier, reason) = (self.tier.name(), &self.reason);
        if self.render_scale < 1.0 {
            format!("{tier} at {:.0} % resolution ({reason})", self.render_scale * 100.0)
        } else {
            format!("{tier} ({reason})")
        }
    }

    /// Samples along the slant of the surface.
    #[must_use]
    pub fn anisotropy(&self) -> u16 {
        if self.is_software || self.tier == Tier::Low { 1 } else { 8 }
    }

    /// How the earth's surface is looked at.
    #[must_use]
    pub fn surface_look(&self) -> SurfaceLook {
        match self.tier {
            _ if self.anisotropy() > 1 => SurfaceLook::Filtered,
            Tier::Low => SurfaceLook::Once,
            Tier::Medium | Tier::High => SurfaceLook::Along,
        }
    }
}

impl Tier {
    /// `low`, `medium` or `high`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The tier for an adapter, and why.
    #[must_use]
    pub fn for_adapter(kind: AdapterKind) -> (Self, &'static str) {
        match kind {
            AdapterKind::Software => (Self::Low, "software rasterizer"),
            AdapterKind::Integrated => (Self::Medium, "integrated graphics"),
            AdapterKind::Discrete => (Self::High, "graphics card"),
        }
    }

    /// Whether scene light is kept beyond what a screen can show.
    #[must_use]
    pub fn is_hdr(self) -> bool {
        self == Self::High
    }

    /// Texels of the earth around the equator: a nearer mip costs nothing, so every tier has all of them.
    #[must_use]
    pub fn earth_width(self) -> u32 {
        4_096
    }

    /// Stars.
    #[must_use]
    pub fn stars(self) -> u32 {
        if self == Self::Low { 1_000 } else { 2_400 }
    }

    /// How far the chords of an arc may stray from it, 1/64 point, by how many arcs there are.
    #[must_use]
    pub fn stray(self, arcs: usize) -> u32 {
        let fine = match arcs {
            ..=200 => 8,
            201..=2_000 => 16,
            2_001..=10_000 => 24,
            _ => 32,
        };
        if self == Self::Low { fine } else { fine / 2 }
    }

    /// Segments along a comet at most: it covers less than a quarter of its arc, and its head has two of its own.
    #[must_use]
    pub fn comet_segments(self, arcs: usize) -> u32 {
        self.segments(arcs).div_ceil(4) + 2
    }

    /// Segments along an arc at most, by how many there are. Most need fewer, see [`Tier::stray`].
    #[must_use]
    pub fn segments(self, arcs: usize) -> u32 {
        let fine = match arcs {
            ..=200 => 48,
            201..=2_000 => 32,
            2_001..=10_000 => 20,
            _ => 12,
        };
        if self == Self::Low { fine } else { fine * 3 / 2 }
    }

    /// Parts of an arc: 3 for a path and a comet each way, 1 for whichever says more.
    #[must_use]
    pub fn parts(self, arcs: usize) -> u32 {
        let many = if self == Self::Low { 200 } else { 20_000 };
        if arcs > many { 1 } else { 3 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_arcs_have_fewer_segments_and_never_none() {
        for tier in [Tier::Low, Tier::Medium, Tier::High] {
            let segments: Vec<_> = [1, 1_000, 5_000, 100_000].map(|arcs| tier.segments(arcs)).into();
            assert!(segments.windows(2).all(|pair| pair[0] > pair[1]) && segments[3] >= 10, "{segments:?}");
        }
    }

    #[test]
    fn a_software_rasterizer_gets_the_low_tier() {
        assert_eq!(Tier::for_adapter(AdapterKind::Software).0, Tier::Low);
        assert_eq!(Tier::for_adapter(AdapterKind::Discrete).0, Tier::High);
    }
}
