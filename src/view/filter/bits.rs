//! A set of entities as one bit each.

use bevy::prelude::Entity;

const WORD: usize = u64::BITS as usize;

/// Entities by index, so at most one of each index. Whoever removes an entity from the world removes it here, too.
#[derive(Clone, Debug, Default)]
pub(super) struct EntityBits {
    words: Vec<u64>,
}

impl PartialEq for EntityBits {
    fn eq(&self, other: &Self) -> bool {
        let (short, long) = if self.words.len() < other.words.len() { (self, other) } else { (other, self) };
        let (same, rest) = long.words.split_at(short.words.len());
        same == short.words && rest.iter().all(|word| *word == 0)
    }
}

impl EntityBits {
    pub(super) fn contains(&self, entity: Entity) -> bool {
        let index = entity.index_u32() as usize;
        self.words.get(index / WORD).is_some_and(|word| word >> (index % WORD) & 1 != 0)
    }

    /// Adds or removes an entity. Returns whether that changes the set.
    pub(super) fn set(&mut self, entity: Entity, is_in: bool) -> bool {
        if self.contains(entity) == is_in {
            return false;
        }
        let index = entity.index_u32() as usize;
        if self.words.len() <= index / WORD {
            self.words.resize(index / WORD + 1, 0);
        }
        self.words[index / WORD] ^= 1 << (index % WORD);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_is_in_it_until_it_is_removed() {
        let mut bits = EntityBits::default();
        let entity = |index| Entity::from_raw_u32(index).expect("a number");
        assert!(!bits.set(entity(9), false) && bits.set(entity(640), true) && !bits.set(entity(640), true));
        assert_eq!(
            [639, 640, 641, 9, 70_000].map(|index| bits.contains(entity(index))),
            [false, true, false, false, false]
        );
        assert_ne!(bits, EntityBits::default());
        assert!(bits.set(entity(640), false) && !bits.contains(entity(640)));
        assert_eq!(bits, EntityBits::default());
    }
}
