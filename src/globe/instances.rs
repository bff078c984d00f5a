//! A list of GPU instances that costs what changed: slots with a free list, a CPU mirror, a dirty bit per page.
//!
//! *How it works.* A slot is handed out and stays where it is until it is released; a write marks its page. Once a
//! frame the dirty pages are moved out as [`Upload`]s of neighbouring pages, which the render world copies with one
//! `write_buffer` each. Nothing changed: nothing is moved, nothing is uploaded, nothing is scanned.
//!
//! *Why not Bevy's own buffers.* They upload everything on any change.

use bytemuck::Pod;

/// Instances in a page.
const PAGE: usize = 32;

/// Neighbouring instances to be copied to the GPU.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload<T> {
    /// Slot of the first one.
    pub first: u32,
    /// Their values.
    pub items: Vec<T>,
}

/// See the module. `T::zeroed()` must draw nothing.
#[derive(Debug)]
pub struct PagedInstances<T> {
    mirror: Vec<T>,
    free: Vec<u32>,
    dirty: Vec<bool>,
    dirty_pages: Vec<u32>,
    live: usize,
}

impl<T> Default for PagedInstances<T> {
    fn default() -> Self {
        Self { mirror: Vec::new(), free: Vec::new(), dirty: Vec::new(), dirty_pages: Vec::new(), live: 0 }
    }
}

impl<T: Pod> PagedInstances<T> {
    /// Stores `value` and returns its slot.
    pub fn insert(&mut self, value: T) -> u32 {
        self.live += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.mirror.push(T::zeroed());
            (self.mirror.len() - 1) as u32
        });
        self.write(slot, value);
        slot
    }

    /// Replaces the value of a slot; unknown slots are ignored.
    pub fn write(&mut self, slot: u32, value: T) {
        let Some(place) = self.mirror.get_mut(slot as usize) else { return };
        *place = value;
        let page = slot as usize / PAGE;
        if self.dirty.len() <= page {
            self.dirty.resize(page + 1, false);
        }
        if !self.dirty[page] {
            self.dirty[page] = true;
            self.dirty_pages.push(page as u32);
        }
    }

    /// The value of a slot.
    #[must_use]
    pub fn get(&self, slot: u32) -> Option<&T> {
        self.mirror.get(slot as usize)
    }

    /// Gives a slot back; it draws nothing from now on.
    pub fn release(&mut self, slot: u32) {
        if (slot as usize) < self.mirror.len() {
            self.write(slot, T::zeroed());
            self.free.push(slot);
            self.live -= 1;
        }
    }

    /// Instances in use.
    #[must_use]
    pub fn live(&self) -> usize {
        self.live
    }

    /// One past the highest slot ever used: how many instances a draw covers.
    #[must_use]
    pub fn high_water(&self) -> u32 {
        self.mirror.len() as u32
    }

    /// All values by slot, free ones zeroed.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.mirror
    }

    /// Marks everything as changed: the GPU's copy is gone.
    pub fn touch_all(&mut self) {
        let pages = self.mirror.len().div_ceil(PAGE);
        self.dirty = vec![true; pages];
        self.dirty_pages = (0..pages as u32).collect();
    }

    /// Moves out what changed since the last call, neighbouring pages joined, in slot order.
    pub fn take_uploads(&mut self) -> Vec<Upload<T>> {
        self.dirty_pages.sort_unstable();
        let mut uploads: Vec<Upload<T>> = Vec::new();
        for page in self.dirty_pages.drain(..) {
            self.dirty[page as usize] = false;
            let first = page as usize * PAGE;
            let items = &self.mirror[first..(first + PAGE).min(self.mirror.len())];
            match uploads.last_mut() {
                Some(last) if last.first as usize + last.items.len() == first => last.items.extend_from_slice(items),
                _ => uploads.push(Upload { first: first as u32, items: items.to_vec() }),
            }
        }
        uploads
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_changed_means_nothing_to_upload() {
        let mut list = PagedInstances::<u32>::default();
        let slot = list.insert(7);
        assert_eq!(list.take_uploads(), vec![Upload { first: 0, items: vec![7] }]);
        assert_eq!(list.take_uploads(), vec![]);
        list.write(slot, 8);
        assert_eq!(list.take_uploads().len(), 1);
    }

    #[test]
    fn neighbouring_pages_are_one_upload_and_far_ones_are_not() {
        let mut list = PagedInstances::<u32>::default();
        for i in 0..PAGE as u32 * 6 {
            list.insert(i + 1);
        }
        assert_eq!(list.take_uploads().len(), 1);
        list.write(0, 9);
        list.write(PAGE as u32, 9);
        list.write(PAGE as u32 * 4, 9);
        let sizes: Vec<_> = list.take_uploads().iter().map(|u| (u.first, u.items.len())).collect();
        assert_eq!(sizes, vec![(0, PAGE * 2), (PAGE as u32 * 4, PAGE)]);
    }

    proptest! {
        #[test]
        fn the_gpu_copy_equals_the_mirror_after_any_edits(edits in prop::collection::vec((0u8..3, 0usize..200, 1u32..100), 0..300)) {
            let mut list = PagedInstances::<u32>::default();
            let mut slots = Vec::new();
            let mut gpu: Vec<u32> = Vec::new();
            for (what, which, value) in edits {
                match what {
                    0 => slots.push(list.insert(value)),
                    1 if !slots.is_empty() => list.write(slots[which % slots.len()], value),
                    2 if !slots.is_empty() => list.release(slots.swap_remove(which % slots.len())),
                    _ => {}
                }
                if which % 7 == 0 {
                    gpu.resize(list.high_water() as usize, 0);
                    for upload in list.take_uploads() {
                        let first = upload.first as usize;
                        gpu[first..first + upload.items.len()].copy_from_slice(&upload.items);
                    }
                    prop_assert_eq!(gpu.as_slice(), list.as_slice());
                    prop_assert_eq!(list.live(), slots.len());
                }
            }
        }
    }
}
