//! Quality tiers: how expensive the picture may be, and the default tier of an adapter.

use bevy::prelude::Resource;

/// A quality tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// One scene pass, few stars, nothing behind the globe: for software rasterizers.
    #[default]
    Low,
    /// Like high, without HDR and bloom.
    Medium,
    /// HDR and a small bloom.
    High,
}

/// The kind of graphics adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdapterKind {
    /// A rasterizer on the CPU.
    Software,
    /// A GPU that shares memory with the CPU, or an unknown one.
    Integrated,
    /// A dedicated GPU.
    Discrete,
}

/// How to sample the earth's surface, where the footprint of a pixel is longer along the slant than across.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SurfaceSampling {
    /// One sample with anisotropic filtering.
    Filtered,
    /// One sharp sample without anisotropic filtering.
    #[default]
    Once,
    /// Several samples along the slant, without anisotropic filtering.
    Along,
}

/// The current tier and the reason for it.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Quality {
    /// The current tier.
    pub tier: Tier,
    /// `auto: software rasterizer`, or `chosen`.
    pub reason: String,
    /// Whether the adapter is a software rasterizer: anisotropic filtering is poor and slow there.
    pub is_software: bool,
    /// Resolution of the scene as a fraction of the target's, per side: 0.5 to 1. The overlay always has full resolution.
    pub render_scale: f32,
    /// Whether bloom is enabled, if the tier supports it.
    pub has_bloom: bool,
}

impl Default for Quality {
    fn default() -> Self {
        Self { tier: Tier::default(), reason: String::new(), is_software: false, render_scale: 1.0, has_bloom: true }
    }
}

impl Quality {
    /// The same quality at another resolution.
    #[must_use]
    pub fn at_scale(self, render_scale: Option<f32>) -> Self {
        Self { render_scale: render_scale.unwrap_or(1.0), ..self }
    }

    /// Maximum anisotropy of the surface sampler.
    #[must_use]
    pub fn anisotropy(&self) -> u16 {
        if self.is_software || self.tier == Tier::Low { 1 } else { 8 }
    }

    /// How to sample the earth's surface.
    #[must_use]
    pub fn surface_sampling(&self) -> SurfaceSampling {
        match self.tier {
            _ if self.anisotropy() > 1 => SurfaceSampling::Filtered,
            Tier::Low => SurfaceSampling::Once,
            Tier::Medium | Tier::High => SurfaceSampling::Along,
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

    /// The default tier for an adapter, and the reason.
    #[must_use]
    pub fn for_adapter(kind: AdapterKind) -> (Self, &'static str) {
        match kind {
            AdapterKind::Software => (Self::Low, "software rasterizer"),
            AdapterKind::Integrated => (Self::Medium, "integrated graphics"),
            AdapterKind::Discrete => (Self::High, "graphics card"),
        }
    }

    /// Whether the scene is rendered in HDR.
    #[must_use]
    pub fn is_hdr(self) -> bool {
        self == Self::High
    }

    /// Width of the earth's texture in texels. Finer mip levels cost no more to draw, so every tier has all of them.
    #[must_use]
    pub fn earth_width(self) -> u32 {
        4_096
    }

    /// Number of stars.
    #[must_use]
    pub fn stars(self) -> u32 {
        if self == Self::Low { 1_000 } else { 2_400 }
    }

    /// Maximum distance of the chords of an arc from the curve, 1/64 point, by number of arcs.
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

    /// Maximum number of segments of a comet. It covers less than a quarter of its arc, and its head has two segments.
    #[must_use]
    pub fn comet_segments(self, arcs: usize) -> u32 {
        self.segments(arcs).div_ceil(4) + 2
    }

    /// Maximum number of segments of an arc, by number of arcs. Most arcs need fewer, see [`Tier::stray`].
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

    /// Parts of an arc: 3 for a path and a comet each way, 1 for only the comet or, without traffic, the path.
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
