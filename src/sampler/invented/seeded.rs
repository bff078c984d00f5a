//! Deterministic pseudorandom numbers: the same for a seed on every platform and in every version.
//!
//! The mixing function is `SplitMix64` (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA
//! 2014). The generator of a library could change between versions, and with it every golden picture.

/// Hashes several numbers into one.
pub(super) fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0, |state, part| scramble(state.wrapping_add(*part).wrapping_add(0x9e37_79b9_7f4a_7c15)))
}

fn scramble(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A sequence of numbers.
#[derive(Clone, Debug)]
pub(super) struct Seeded(u64);

impl Seeded {
    /// The sequence for `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.0)
    }

    /// The next number in [0, 1).
    pub(super) fn unit(&mut self) -> f64 {
        unit(self.bits())
    }

    /// The next number in [`low`, `high`).
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
}

/// `bits` as a number in [0, 1).
#[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
pub(super) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_splitmix64() {
        // First outputs for the seed 1234567, published with the reference implementation.
        let mut seeded = Seeded::new(1_234_567);
        assert_eq!([seeded.bits(), seeded.bits()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn numbers_fill_their_range() {
        let mut seeded = Seeded::new(2);
        let numbers: Vec<f64> = (0..10_000).map(|_| seeded.between(-2.0, 3.0)).collect();
        let mean = numbers.iter().sum::<f64>() / 10_000.0;
        assert!(numbers.iter().all(|number| (-2.0..3.0).contains(number)));
        assert!((mean - 0.5).abs() < 0.05, "{mean}");
    }
}
