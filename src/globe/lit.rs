//! Which slots of a list match the filter: one bit each. A change of the filter uploads these bits and no instance.

use super::instances::PagedInstances;
use std::sync::Arc;

/// Slots per word.
const WORD: usize = u32::BITS as usize;
/// Words per row of the texture that the shaders read; `ROW_WORDS` of `shaders/lit.wgsl`.
pub const ROW_WORDS: usize = 256;

/// Column and row of the word with the bit of a slot, and the number of the bit; `place_of_bit` of the shader.
#[must_use]
pub fn place_of_bit(slot: u32) -> [u32; 3] {
    let (row_words, word_bits) = (ROW_WORDS as u32, WORD as u32);
    let word = slot / word_bits;
    [word % row_words, word / row_words, slot % word_bits]
}

/// See the module documentation. Slots that are not in use are not lit.
#[derive(Debug, Default)]
pub struct LitBits {
    words: PagedInstances<u32>,
}

impl LitBits {
    /// Whether a slot is lit.
    #[must_use]
    pub fn get(&self, slot: u32) -> bool {
        is_lit(self.words.as_slice(), slot)
    }

    /// Sets whether a slot is lit.
    pub fn set(&mut self, slot: u32, is_lit: bool) {
        let (index, bit) = (slot as usize / WORD, 1 << (slot as usize % WORD));
        let word = self.word(index);
        self.set_word(index, if is_lit { word | bit } else { word & !bit });
    }

    /// The bits of the slots from `32 * index` on.
    pub(super) fn word(&self, index: usize) -> u32 {
        self.words.as_slice().get(index).copied().unwrap_or_default()
    }

    /// Replaces a word; does nothing if it is unchanged.
    pub(super) fn set_word(&mut self, index: usize, word: u32) {
        if self.word(index) == word {
            return;
        }
        while self.words.as_slice().len() <= index {
            self.words.insert(0);
        }
        self.words.write(index as u32, word);
    }

    /// One past the highest lit slot.
    #[must_use]
    pub fn end(&self) -> u32 {
        let words = self.words.as_slice();
        let last = words.iter().rposition(|word| *word != 0);
        last.map_or(0, |index| index as u32 * u32::BITS + u32::BITS - words[index].leading_zeros())
    }

    /// A snapshot of the words, for use on another thread.
    pub(super) fn shared(&self) -> Arc<Vec<u32>> {
        self.words.shared()
    }

    pub(super) fn words_mut(&mut self) -> &mut PagedInstances<u32> {
        &mut self.words
    }
}

/// Whether a slot is lit in these words.
pub(super) fn is_lit(words: &[u32], slot: u32) -> bool {
    let word = words.get(slot as usize / WORD).copied().unwrap_or_default();
    word >> (slot as usize % WORD) & 1 != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_bit_that_does_not_change_is_not_uploaded() {
        let mut bits = LitBits::default();
        bits.set(100_000, true);
        bits.set(5, false);
        assert_eq!(
            (bits.get(100_000), bits.get(99_999), bits.get(4_000_000), bits.end()),
            (true, false, false, 100_001)
        );
        assert_eq!(bits.words_mut().take_changes().items.len(), 3_126);
        bits.set(100_000, true);
        assert!(bits.words_mut().take_changes().items.is_empty());
        bits.set(100_000, false);
        assert_eq!((bits.words_mut().take_changes().items.len(), bits.end()), (1, 0));
    }

    proptest! {
        #[test]
        fn bits_are_those_of_a_set(edits in proptest::collection::vec((0..300u32, prop::bool::ANY), 0..200)) {
            let (mut bits, mut set) = (LitBits::default(), BTreeSet::new());
            for (slot, is_lit) in edits {
                bits.set(slot, is_lit);
                if is_lit { set.insert(slot); } else { set.remove(&slot); }
                prop_assert_eq!(bits.end(), set.last().map_or(0, |slot| slot + 1));
            }
            prop_assert!((0..400).all(|slot| bits.get(slot) == set.contains(&slot)));
        }
    }
}
