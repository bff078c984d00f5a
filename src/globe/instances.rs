//! A list of GPU instances, uploaded by change: slots with a free list, a CPU mirror, and a dirty bit per slot.
//!
//! *How it works.* An instance keeps its slot until it is released. A write sets a bit in the mask of its page of 64 slots.
//! Once per frame, dirty slots are moved out as [`Changes`]: ranges of slots that the render world copies. Ranges with one
//! clean slot between them are merged, so that at most twice the changed data is copied, in few ranges. Without changes,
//! nothing is moved, uploaded or scanned.
//!
//! *Shrinking.* A draw covers all slots up to the highest. If far more slots than needed remain for long, the gaps are
//! closed: the highest instances move into them, and the caller receives the old and new slots.
//!
//! *Sharing.* The mirror is copy-on-write: another thread can hold a snapshot while the list changes.
//!
//! *Why not Bevy's own buffers.* They upload everything on any change.

use super::slack::Slack;
use bytemuck::Pod;
use std::sync::Arc;

/// Slots per page: bits of its mask.
const PAGE: usize = 64;
/// Ranges with at most this many slots between them are merged.
const GAP: usize = 1;
/// Never shrink below this many slots.
const LEAST_SLOTS: usize = 256;

/// Instances to be copied to the GPU.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes<T> {
    /// The values, range after range.
    pub items: Vec<T>,
    /// First slot and length of each range, in order of slots.
    pub ranges: Vec<(u32, u32)>,
}

/// See the module documentation. `T::zeroed()` must draw nothing.
#[derive(Debug)]
pub struct PagedInstances<T> {
    mirror: Arc<Vec<T>>,
    free: Vec<u32>,
    dirty: Vec<u64>,
    dirty_pages: Vec<u32>,
    live: usize,
    slack: Slack,
}

impl<T> Default for PagedInstances<T> {
    fn default() -> Self {
        Self {
            mirror: Arc::default(),
            free: Vec::new(),
            dirty: Vec::new(),
            dirty_pages: Vec::new(),
            live: 0,
            slack: Slack::default(),
        }
    }
}

impl<T: Pod> PagedInstances<T> {
    /// Stores `value` and returns its slot.
    pub fn insert(&mut self, value: T) -> u32 {
        self.live += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            let mirror = Arc::make_mut(&mut self.mirror);
            mirror.push(T::zeroed());
            (mirror.len() - 1) as u32
        });
        self.write(slot, value);
        slot
    }

    /// Replaces the value of a slot; ignores unknown slots.
    pub fn write(&mut self, slot: u32, value: T) {
        let Some(place) = Arc::make_mut(&mut self.mirror).get_mut(slot as usize) else { return };
        *place = value;
        let (page, bit) = (slot as usize / PAGE, slot as usize % PAGE);
        if self.dirty.len() <= page {
            self.dirty.resize(page + 1, 0);
        }
        if self.dirty[page] == 0 {
            self.dirty_pages.push(page as u32);
        }
        self.dirty[page] |= 1 << bit;
    }

    /// The value of a slot.
    #[must_use]
    pub fn get(&self, slot: u32) -> Option<&T> {
        self.mirror.get(slot as usize)
    }

    /// Releases a slot; it draws nothing from now on.
    pub fn release(&mut self, slot: u32) {
        if (slot as usize) < self.mirror.len() {
            self.write(slot, T::zeroed());
            self.free.push(slot);
            self.live -= 1;
        }
    }

    /// Replaces the whole list; only changed slots are marked.
    pub fn set_all(&mut self, items: &[T])
    where
        T: PartialEq,
    {
        self.free.clear();
        let before = self.mirror.len();
        self.resize(items.len());
        for (slot, item) in items.iter().enumerate() {
            // The GPU buffer does not contain slots beyond the old end.
            if slot >= before || self.mirror[slot] != *item {
                self.write(slot as u32, *item);
            }
        }
        self.live = items.len();
    }

    /// Closes the gaps if there have been far more slots than instances for long. Returns the old and new slot of each
    /// instance that moved. Call once per frame.
    pub fn tidy(&mut self) -> Option<Vec<(u32, u32)>> {
        self.slack.is_lasting(self.live, self.mirror.len(), LEAST_SLOTS).then(|| self.close_gaps())
    }

    /// Moves the highest instances into the free slots, until there are none.
    pub(super) fn close_gaps(&mut self) -> Vec<(u32, u32)> {
        let mut free = std::mem::take(&mut self.free);
        free.sort_unstable();
        let live = self.live as u32;
        let (gaps, beyond) = free.split_at(free.partition_point(|slot| *slot < live));
        let mut beyond = beyond.iter().peekable();
        let highest = (live..self.high_water()).filter(|slot| beyond.next_if(|free| *free == slot).is_none());
        let moves: Vec<(u32, u32)> = highest.zip(gaps.iter().copied()).collect();
        for &(from, to) in &moves {
            let value = self.mirror[from as usize];
            self.write(to, value);
        }
        self.resize(self.live);
        Arc::make_mut(&mut self.mirror).shrink_to(2 * self.live);
        self.dirty.shrink_to_fit();
        self.dirty_pages.shrink_to_fit();
        moves
    }

    /// Sets the number of slots. Clears dirty bits beyond the end; new slots become dirty when they are written.
    fn resize(&mut self, slots: usize) {
        Arc::make_mut(&mut self.mirror).resize(slots, T::zeroed());
        self.dirty.truncate(slots.div_ceil(PAGE));
        if let (Some(last), used @ 1..) = (self.dirty.get_mut(slots / PAGE), slots % PAGE) {
            *last &= (1 << used) - 1;
        }
        self.dirty_pages.retain(|page| (*page as usize) < self.dirty.len());
    }

    /// Instances in use.
    #[must_use]
    pub fn live(&self) -> usize {
        self.live
    }

    /// One past the highest slot, in use or free: the number of instances to draw.
    #[must_use]
    pub fn high_water(&self) -> u32 {
        self.mirror.len() as u32
    }

    /// All values by slot, free ones zeroed.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.mirror
    }

    /// A snapshot of the values, for use on another thread.
    #[must_use]
    pub fn shared(&self) -> Arc<Vec<T>> {
        Arc::clone(&self.mirror)
    }

    /// Marks everything as changed, because the GPU's copy is lost.
    pub fn touch_all(&mut self) {
        let count = self.mirror.len();
        self.dirty = vec![u64::MAX; count.div_ceil(PAGE)];
        if let (Some(last), used @ 1..) = (self.dirty.last_mut(), count % PAGE) {
            *last = (1 << used) - 1;
        }
        self.dirty_pages = (0..self.dirty.len() as u32).collect();
    }

    /// Takes the changes since the last call.
    pub fn take_changes(&mut self) -> Changes<T> {
        self.dirty_pages.sort_unstable();
        let mut changes = Changes { items: Vec::new(), ranges: Vec::new() };
        for page in self.dirty_pages.drain(..) {
            let mut mask = std::mem::take(&mut self.dirty[page as usize]);
            while mask != 0 {
                let bit = mask.trailing_zeros() as usize;
                let length = (mask >> bit).trailing_ones() as usize;
                mask &= u64::MAX.checked_shl((bit + length) as u32).unwrap_or(0);
                let first = page as usize * PAGE + bit;
                changes.add(&self.mirror, first, first + length);
            }
        }
        changes
    }
}

impl<T: Pod> Changes<T> {
    fn add(&mut self, mirror: &[T], first: usize, end: usize) {
        if let Some((last_first, last_length)) = self.ranges.last_mut() {
            let last_end = (*last_first + *last_length) as usize;
            if first <= last_end + GAP {
                self.items.extend_from_slice(&mirror[last_end..end]);
                *last_length = end as u32 - *last_first;
                return;
            }
        }
        self.items.extend_from_slice(&mirror[first..end]);
        self.ranges.push((first as u32, (end - first) as u32));
    }
}

#[cfg(test)]
mod tests {
    use super::{super::slack::LOOKS, *};

    #[test]
    fn nothing_changed_nothing_is_uploaded() {
        let mut list = PagedInstances::<u32>::default();
        let slot = list.insert(7);
        assert_eq!(list.take_changes(), Changes { items: vec![7], ranges: vec![(0, 1)] });
        assert_eq!(list.take_changes(), Changes { items: vec![], ranges: vec![] });
        list.write(slot, 8);
        assert_eq!(list.take_changes().items, vec![8]);
    }

    #[test]
    fn near_slots_are_one_range_and_far_ones_are_not() {
        let mut list = PagedInstances::<u32>::default();
        for i in 0..300 {
            list.insert(i + 1);
        }
        assert_eq!(list.take_changes().ranges, vec![(0, 300)]);
        for slot in [0, 2, 3, 6, 63, 64, 127, 129, 299] {
            list.write(slot, 9);
        }
        assert_eq!(list.take_changes().ranges, vec![(0, 4), (6, 1), (63, 2), (127, 3), (299, 1)]);
        list.touch_all();
        assert_eq!(list.take_changes().ranges, vec![(0, 300)]);
    }

    #[test]
    fn who_looks_on_sees_what_was() {
        let mut list = PagedInstances::<u32>::default();
        let slot = list.insert(7);
        let then = list.shared();
        list.write(slot, 8);
        assert_eq!((then[0], list.as_slice()[0]), (7, 8));
    }

    #[test]
    fn a_list_that_is_set_uploads_what_differs() {
        let mut list = PagedInstances::<u32>::default();
        let many: Vec<u32> = (1..=PAGE as u32 * 3).collect();
        list.set_all(&many);
        assert_eq!(list.take_changes().items, many);
        list.set_all(&many);
        assert!(list.take_changes().items.is_empty());
        let mut other = many.clone();
        other[PAGE] = 900;
        list.set_all(&other);
        assert_eq!(list.take_changes(), Changes { items: vec![900], ranges: vec![(PAGE as u32, 1)] });
        // Dirty bits beyond the end of a shorter list are cleared, and set again when it grows.
        list.touch_all();
        list.set_all(&many[..3]);
        assert_eq!(list.take_changes(), Changes { items: vec![1, 2, 3], ranges: vec![(0, 3)] });
        assert_eq!((list.high_water(), list.live()), (3, 3));
        list.set_all(&many);
        assert_eq!(
            list.take_changes(),
            Changes { items: many[3..].to_vec(), ranges: vec![(3, many.len() as u32 - 3)] }
        );
    }

    #[test]
    fn a_list_that_was_long_once_becomes_short_and_tells_what_moved() {
        let mut list = PagedInstances::<u32>::default();
        let slots: Vec<u32> = (1..=5_000).map(|value| list.insert(value)).collect();
        list.take_changes();
        let kept = [3, 70, 1_999, 4_999];
        for slot in slots.into_iter().filter(|slot| !kept.contains(slot)) {
            list.release(slot);
        }
        list.take_changes();
        let tidied: Vec<_> = (0..LOOKS).filter_map(|_| list.tidy()).collect();
        assert_eq!(tidied, [vec![(70, 0), (1_999, 1), (4_999, 2)]], "once, in the end");
        assert_eq!(list.as_slice(), [71, 2_000, 5_000, 4]);
        assert_eq!((list.high_water(), list.live()), (4, 4));
        assert_eq!(list.take_changes(), Changes { items: vec![71, 2_000, 5_000], ranges: vec![(0, 3)] });
        assert_eq!((0..3 * LOOKS).find_map(|_| list.tidy()), None, "and then it rests");
        assert_eq!(list.insert(9), 4);
        assert_eq!(list.take_changes(), Changes { items: vec![9], ranges: vec![(4, 1)] });
    }
}
