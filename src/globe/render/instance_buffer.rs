//! A GPU buffer that mirrors a list of instances.

use crate::globe::{instances::PagedInstances, slack::Slack};
use bevy::render::{
    render_resource::{Buffer, BufferDescriptor, BufferUsages, CommandEncoderDescriptor},
    renderer::{RenderDevice, RenderQueue},
};
use bytemuck::Pod;
use std::marker::PhantomData;

/// See the module documentation.
pub(super) struct InstanceBuffer<T> {
    pub buffer: Buffer,
    /// Where changes of several ranges are collected.
    changes: Option<Buffer>,
    capacity: u32,
    /// Minimum capacity.
    least: u32,
    slack: Slack,
    /// Number of instances to draw.
    pub count: u32,
    label: &'static str,
    of: PhantomData<T>,
}

impl<T: Pod> InstanceBuffer<T> {
    /// Creates a buffer with a capacity of `least` instances, below which it never shrinks.
    pub(super) fn new(device: &RenderDevice, label: &'static str, least: u32) -> Self {
        let buffer = Self::buffer(device, label, least);
        Self {
            buffer,
            changes: None,
            capacity: least,
            least,
            slack: Slack::default(),
            count: 0,
            label,
            of: PhantomData,
        }
    }

    fn buffer(device: &RenderDevice, label: &'static str, capacity: u32) -> Buffer {
        // Only tests read the buffer.
        let read_back = if cfg!(test) { BufferUsages::COPY_SRC } else { BufferUsages::empty() };
        let size = u64::from(capacity) * size_of::<T>() as u64;
        empty_buffer(device, label, size, BufferUsages::VERTEX | read_back)
    }

    /// Grows the buffer to `needed`, or shrinks it if it has been too large for long. Returns whether its content was lost.
    fn fit(&mut self, needed: u32, device: &RenderDevice) -> bool {
        let is_excess = self.slack.is_lasting(needed as usize, self.capacity as usize, self.least as usize);
        if needed <= self.capacity && !is_excess {
            return false;
        }
        self.capacity = needed.next_power_of_two().max(self.least);
        self.buffer = Self::buffer(device, self.label, self.capacity);
        self.changes = None;
        true
    }

    /// Replaces the content.
    pub(super) fn replace(&mut self, items: &[T], device: &RenderDevice, queue: &RenderQueue) {
        self.count = items.len() as u32;
        self.fit(self.count, device);
        queue.write_buffer(&self.buffer, 0, bytemuck::cast_slice(items));
    }

    /// Uploads the changes of a list and returns their size in bytes. Call once per frame.
    pub(super) fn follow(&mut self, list: &mut PagedInstances<T>, device: &RenderDevice, queue: &RenderQueue) -> u64 {
        self.count = list.high_water();
        if self.fit(self.count, device) {
            list.touch_all();
        }
        let changes = list.take_changes();
        let items: &[u8] = bytemuck::cast_slice(&changes.items);
        let bytes = |instances: u32| u64::from(instances) * size_of::<T>() as u64;
        match changes.ranges.as_slice() {
            [] => {}
            [(first, _)] => queue.write_buffer(&self.buffer, bytes(*first), items),
            ranges => {
                // Each write allocates memory, so share it between the ranges.
                let size = items.len() as u64;
                let staging = match self.changes.take() {
                    Some(buffer) if buffer.size() >= size => buffer,
                    _ => empty_buffer(device, "changes", size.next_power_of_two(), BufferUsages::COPY_SRC),
                };
                queue.write_buffer(&staging, 0, items);
                let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor { label: Some(self.label) });
                let mut from = 0;
                for &(first, length) in ranges {
                    encoder.copy_buffer_to_buffer(&staging, from, &self.buffer, bytes(first), bytes(length));
                    from += bytes(length);
                }
                queue.submit([encoder.finish()]);
                self.changes = Some(staging);
            }
        }
        items.len() as u64
    }
}

/// A buffer of `size` bytes that data can be written into. A buffer that is created with its data would be a panic of the
/// graphics library if the device is lost.
pub(super) fn empty_buffer(device: &RenderDevice, label: &str, size: u64, usage: BufferUsages) -> Buffer {
    let usage = usage | BufferUsages::COPY_DST;
    device.create_buffer(&BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
}

#[cfg(test)]
#[path = "../../../tests/support/not_run.rs"]
mod not_run;

#[cfg(test)]
mod tests {
    use super::{super::super::slack::LOOKS, *};
    use bevy::{
        render::{
            render_resource::{MapMode, PollType},
            renderer::WgpuWrapper,
        },
        tasks::block_on,
    };
    use proptest::{prelude::*, test_runner::TestRunner};
    use std::{
        collections::HashSet,
        sync::{Arc, LazyLock},
    };
    use wgpu::{Instance, InstanceDescriptor, RequestAdapterOptions};

    static GPU: LazyLock<Result<(RenderDevice, RenderQueue), String>> = LazyLock::new(open_gpu);

    /// A device of this machine, with a GPU or a software rasterizer, or why there is none.
    fn open_gpu() -> Result<(RenderDevice, RenderQueue), String> {
        let instance = Instance::new(InstanceDescriptor::new_without_display_handle());
        let adapter =
            block_on(instance.request_adapter(&RequestAdapterOptions::default())).map_err(|error| error.to_string())?;
        let (device, queue) =
            block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).map_err(|error| error.to_string())?;
        Ok((RenderDevice::from(device), RenderQueue(Arc::new(WgpuWrapper::new(queue)))))
    }

    fn gpu(test: &str) -> Option<&'static (RenderDevice, RenderQueue)> {
        match &*GPU {
            Ok(gpu) => Some(gpu),
            Err(why) => {
                not_run::not_run(&format!("globe::render::instance_buffer::{test}"), why);
                None
            }
        }
    }

    /// Reads the instances that a draw would cover from the GPU.
    fn read_back(buffer: &InstanceBuffer<u32>, (device, queue): &(RenderDevice, RenderQueue)) -> Vec<u32> {
        let bytes = u64::from(buffer.count) * 4;
        if bytes == 0 {
            return Vec::new();
        }
        let copy = device.create_buffer(&BufferDescriptor {
            label: Some("read back"),
            size: bytes,
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor { label: None });
        encoder.copy_buffer_to_buffer(&buffer.buffer, 0, &copy, 0, bytes);
        queue.submit([encoder.finish()]);
        copy.slice(..).map_async(MapMode::Read, |mapped| mapped.expect("readable"));
        device.poll(PollType::wait_indefinitely()).expect("an answer");
        let read = bytemuck::cast_slice(&copy.slice(..).get_mapped_range()).to_vec();
        copy.unmap();
        read
    }

    #[derive(Clone, Debug)]
    enum Edit {
        Insert(u32),
        Write(usize, u32),
        Release(usize),
        /// After a burst.
        CloseGaps,
        SetAll(Vec<u32>),
        /// After a lost device.
        TouchAll,
        /// End of a frame.
        Frame,
    }

    fn edits() -> impl Strategy<Value = Vec<Edit>> {
        let edit = prop_oneof![
            8 => (1u32..100).prop_map(Edit::Insert),
            4 => (0usize..400, 1u32..100).prop_map(|(which, value)| Edit::Write(which, value)),
            6 => (0usize..400).prop_map(Edit::Release),
            1 => Just(Edit::CloseGaps),
            1 => Just(Edit::TouchAll),
            4 => Just(Edit::Frame),
        ];
        // A list is either written slot by slot or set as a whole.
        let set = prop_oneof![
            3 => prop::collection::vec(0u32..4, 0..300).prop_map(Edit::SetAll),
            1 => Just(Edit::TouchAll),
            3 => Just(Edit::Frame),
        ];
        prop_oneof![
            3 => prop::collection::vec(edit, 0..300),
            1 => prop::collection::vec(set, 0..20),
        ]
    }

    #[test]
    fn the_gpu_copy_equals_the_mirror_after_any_edits() {
        let Some(gpu) = gpu("the_gpu_copy_equals_the_mirror_after_any_edits") else { return };
        let check = |edits: Vec<Edit>| {
            let mut list = PagedInstances::<u32>::default();
            let mut buffer = InstanceBuffer::new(&gpu.0, "test", 4);
            let mut slots: Vec<u32> = Vec::new();
            // Slots that were written, and whether everything must be uploaded again.
            let (mut changed, mut all) = (HashSet::new(), false);
            for edit in edits.into_iter().chain([Edit::Frame]) {
                match edit {
                    Edit::Insert(value) => {
                        slots.push(list.insert(value));
                        changed.extend(slots.last());
                    }
                    Edit::Write(which, value) if !slots.is_empty() => {
                        list.write(slots[which % slots.len()], value);
                        changed.insert(slots[which % slots.len()]);
                    }
                    Edit::Release(which) if !slots.is_empty() => {
                        let slot = slots.swap_remove(which % slots.len());
                        list.release(slot);
                        changed.insert(slot);
                    }
                    Edit::Write(..) | Edit::Release(_) => {}
                    Edit::CloseGaps => {
                        let before: Vec<u32> = slots.iter().map(|slot| list.as_slice()[*slot as usize]).collect();
                        for (from, to) in list.close_gaps() {
                            slots.iter_mut().filter(|slot| **slot == from).for_each(|slot| *slot = to);
                            changed.insert(to);
                        }
                        let after: Vec<u32> = slots.iter().map(|slot| list.as_slice()[*slot as usize]).collect();
                        prop_assert_eq!(before, after);
                        prop_assert_eq!(list.high_water() as usize, slots.len());
                    }
                    Edit::SetAll(items) => {
                        let before = list.as_slice();
                        let others = (0..items.len()).filter(|&at| before.get(at) != Some(&items[at]));
                        changed.extend(others.map(|at| at as u32));
                        list.set_all(&items);
                        slots = (0..items.len() as u32).collect();
                        prop_assert_eq!(list.as_slice(), items);
                    }
                    Edit::TouchAll => {
                        list.touch_all();
                        all = true;
                    }
                    Edit::Frame => {
                        all |= list.high_water() > buffer.capacity;
                        let most = if all { list.high_water() as usize } else { 2 * changed.len() };
                        let bytes = buffer.follow(&mut list, &gpu.0, &gpu.1);
                        prop_assert!(bytes <= 4 * most as u64, "{bytes} bytes for {} changes", changed.len());
                        prop_assert_eq!(buffer.follow(&mut list, &gpu.0, &gpu.1), 0, "nothing changed");
                        (changed, all) = (HashSet::new(), false);
                        prop_assert_eq!(read_back(&buffer, gpu), list.as_slice());
                        prop_assert_eq!(list.live(), slots.len());
                    }
                }
            }
            Ok(())
        };
        TestRunner::default().run(&edits(), check).unwrap();
    }

    #[test]
    fn changes_for_a_device_that_is_lost_are_no_panic() {
        if gpu("changes_for_a_device_that_is_lost_are_no_panic").is_none() {
            return;
        }
        let (device, queue) = open_gpu().expect("a second device");
        // The recovery takes these errors for what they are.
        device.wgpu_device().on_uncaptured_error(Arc::new(|_| {}));
        let mut list = PagedInstances::<u32>::default();
        let mut buffer = InstanceBuffer::new(&device, "test", 64);
        let slots: Vec<u32> = (0..10_000).map(|value| list.insert(value)).collect();
        buffer.follow(&mut list, &device, &queue);
        device.wgpu_device().destroy();
        drop(device.poll(PollType::wait_indefinitely()));
        // Few that are far from each other, one, and more than there is space for.
        for changed in [&[0, 5_000, 9_999][..], &[7]] {
            changed.iter().for_each(|at| list.write(slots[*at], 1));
            assert!(buffer.follow(&mut list, &device, &queue) > 0);
        }
        let more = (0..20_000).map(|value| list.insert(value)).max();
        assert!(more > Some(buffer.capacity) && buffer.follow(&mut list, &device, &queue) > 0);
    }

    #[test]
    fn after_a_burst_the_memory_is_given_back_and_what_stays_is_in_it() {
        let Some(gpu) = gpu("after_a_burst_the_memory_is_given_back_and_what_stays_is_in_it") else { return };
        let mut list = PagedInstances::<u32>::default();
        let mut buffer = InstanceBuffer::new(&gpu.0, "test", 64);
        let slots: Vec<u32> = (1..=20_000).map(|value| list.insert(value)).collect();
        buffer.follow(&mut list, &gpu.0, &gpu.1);
        assert_eq!(buffer.capacity, 32_768);
        slots.iter().filter(|slot| *slot % 4_000 != 0).for_each(|slot| list.release(*slot));
        let mut bytes = buffer.follow(&mut list, &gpu.0, &gpu.1);
        assert_eq!(bytes, 79_996, "each once; what stays lies between them, and before the first");
        bytes = 0;
        for _ in 0..2 * LOOKS {
            list.tidy();
            bytes += buffer.follow(&mut list, &gpu.0, &gpu.1);
        }
        assert_eq!((buffer.capacity, buffer.count), (64, 5));
        assert_eq!(bytes, 2 * 5 * 4 - 4, "those that moved, and all of them into the smaller buffer");
        assert_eq!(read_back(&buffer, gpu), [1, 4_001, 8_001, 12_001, 16_001]);
    }
}
