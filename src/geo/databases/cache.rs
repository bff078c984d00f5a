//! Bounded lookup cache with two generations: when the younger one is full, the older one is dropped.
//!
//! *Why not LRU:* it needs a linked list through the entries. Here a hit in the older generation moves the entry to the
//! younger one, so entries in use stay, and all others are evicted after at most two generations.

use crate::model::Location;
use std::{collections::HashMap, mem, net::IpAddr, sync::Arc};

/// Maximum number of entries in both generations together.
pub(super) const CAPACITY: usize = 65_536;

/// Cache statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Lookups answered by the cache.
    pub hits: u64,
    /// Lookups passed to the databases.
    pub misses: u64,
    /// Current number of entries.
    pub entries: usize,
}

/// Address → location.
#[derive(Debug)]
pub(super) struct LocationCache {
    young: HashMap<IpAddr, Arc<Location>>,
    old: HashMap<IpAddr, Arc<Location>>,
    generation_capacity: usize,
    hits: u64,
    misses: u64,
}

impl LocationCache {
    /// Creates a cache of at most `capacity` entries.
    pub(super) fn new(capacity: usize) -> Self {
        let generation_capacity = (capacity / 2).max(1);
        Self { young: HashMap::new(), old: HashMap::new(), generation_capacity, hits: 0, misses: 0 }
    }

    /// The cached location of `ip`.
    pub(super) fn get(&mut self, ip: IpAddr) -> Option<Arc<Location>> {
        let found = self.young.get(&ip).cloned().or_else(|| {
            let location = self.old.remove(&ip)?;
            self.put(ip, Arc::clone(&location));
            Some(location)
        });
        match found {
            Some(_) => self.hits += 1,
            None => self.misses += 1,
        }
        found
    }

    /// Caches the location of `ip`.
    pub(super) fn put(&mut self, ip: IpAddr, location: Arc<Location>) {
        if self.young.len() >= self.generation_capacity {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(ip, location);
    }

    /// Current statistics.
    pub(super) fn stats(&self) -> CacheStats {
        CacheStats { hits: self.hits, misses: self.misses, entries: self.young.len() + self.old.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PlaceMissing;
    use std::net::Ipv4Addr;

    fn nowhere() -> Arc<Location> {
        Arc::new(Location::missing(PlaceMissing::NotInDatabase))
    }

    fn ip(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(number))
    }

    #[test]
    fn it_never_holds_more_than_its_capacity() {
        let mut cache = LocationCache::new(100);
        for number in 0..10_000 {
            cache.put(ip(number), nowhere());
            assert!(cache.stats().entries <= 100, "after {number}");
        }
        assert!(cache.get(ip(9_999)).is_some());
        assert!(cache.get(ip(0)).is_none());
    }

    #[test]
    fn what_is_asked_for_again_and_again_stays() {
        let mut cache = LocationCache::new(100);
        cache.put(ip(1), nowhere());
        for number in 1_000..5_000 {
            cache.put(ip(number), nowhere());
            if number % 20 == 0 {
                assert!(cache.get(ip(1)).is_some(), "at {number}");
            }
        }
    }

    #[test]
    fn hits_and_misses_are_counted() {
        let mut cache = LocationCache::new(10);
        assert!(cache.get(ip(1)).is_none());
        cache.put(ip(1), nowhere());
        assert!(cache.get(ip(1)).is_some());
        assert_eq!(cache.stats(), CacheStats { hits: 1, misses: 1, entries: 1 });
    }
}
