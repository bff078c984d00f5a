//! A quick hash for the kernel's own numbers (inodes, cookies, pids), of which there is one look-up a socket a second.
//!
//! The standard hash protects against keys chosen by an enemy. These numbers are counted up by the kernel, so one
//! multiplication (Fibonacci hashing, Knuth, TAOCP vol. 3, §6.4) is enough.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
};

/// A map from a number of the kernel's.
pub(super) type NumberMap<K, V> = HashMap<K, V, BuildHasherDefault<NumberHasher>>;

/// A set of numbers of the kernel's.
pub(super) type NumberSet<K> = HashSet<K, BuildHasherDefault<NumberHasher>>;

/// Hashes numbers of up to 64 bits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        // The best mixed bits are the high ones; the table wants good low ones, too.
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::Hash;

    #[test]
    fn numbers_in_a_row_spread_over_a_table() {
        let buckets: HashSet<u64> = (0..4096_u64)
            .map(|number| {
                let mut hasher = NumberHasher::default();
                number.hash(&mut hasher);
                hasher.finish() % 4096
            })
            .collect();
        assert!(buckets.len() > 2400, "{} of 4096 buckets are used", buckets.len());
    }
}
