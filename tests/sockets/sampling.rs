//! Tests of the cost of a sample of unchanged sockets, in rows and in allocations, which do not depend on the machine.
//! `benches/sampler.rs` measures times.
#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "helpers of a test need no names")]
#![cfg(target_os = "linux")]

#[path = "../support/isolated.rs"]
mod isolated;
#[path = "../support/load.rs"]
mod load;
#[path = "../support/network.rs"]
mod network;
#[path = "../support/sockets.rs"]
mod sockets;
#[path = "../support/mod.rs"]
mod support;

use load::{Load, bystanders};
use netglobe::{
    model::{Tracker, UnixMillis},
    sampler::{SourceSpec, open_source},
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    time::Duration,
};

/// Counts the allocations of each thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "an allocator is; this one passes everything on")]
// SAFETY: all calls are forwarded unchanged to the system's allocator; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Maximum number of samples until all owners are known.
const WARM_UP: u32 = 20;
const SAMPLES: usize = 10;
const FEW: usize = 260;
const MANY: usize = 1_040;

/// Samples `sockets` unchanged sockets. Returns the minimum number of allocations of a sample, including its comparison
/// with the previous one, after all owners are known: some samples also read the list of processes.
fn fewest_allocations(spec: &SourceSpec, sockets: usize) -> u64 {
    let mut source = open_source(spec).expect("a source");
    let mut tracker = Tracker::default();
    let mut fewest = u64::MAX;
    let (mut count, mut is_warm) = (0, false);
    for sample in 0.. {
        let now = UnixMillis(1_780_315_200_000 + i64::from(sample) * 1_000);
        let before = ALLOCATIONS.get();
        let snapshot = source.sample(now).expect("a sample");
        let delta = tracker.apply(snapshot, now);
        let allocations = ALLOCATIONS.get() - before;
        let known = tracker.connections().filter(|row| row.owner.process().is_some()).count();
        assert_eq!(tracker.len(), sockets, "{spec}, sample {sample}: each socket is one row");
        if is_warm {
            assert_eq!(known, sockets, "{spec}, sample {sample}: owners stay known");
            assert!(delta.is_empty(), "{spec}, sample {sample}: nothing has changed: {delta:?}");
            fewest = fewest.min(allocations);
            count += 1;
            if count == SAMPLES {
                return fewest;
            }
        }
        // Rates are known after the second sample.
        is_warm = sample > 0 && known == sockets;
        assert!(is_warm || sample < WARM_UP, "{spec}: {known} of {sockets} owners are known");
    }
    fewest
}

#[test]
fn a_sample_of_sockets_that_do_not_change_reports_nothing_and_allocates_little() {
    const NAME: &str = "a_sample_of_sockets_that_do_not_change_reports_nothing_and_allocates_little";
    isolated::in_own_network("sampling", NAME, Duration::from_mins(10), || {
        let mut load = Load::start(&isolated::HOLD);
        let _bystanders = bystanders();
        let mut by_size = Vec::new();
        for sockets in [FEW, MANY] {
            load.grow_to(sockets);
            let allocations =
                [SourceSpec::SockDiag, SourceSpec::Netstat2].map(|spec| fewest_allocations(&spec, sockets));
            println!("measured: allocations a sample of {sockets} sockets, sock-diag and netstat2: {allocations:?}");
            by_size.push(allocations);
        }
        // An unchanged socket needs a comparison but no memory.
        assert!(by_size[1][0] <= by_size[0][0] + 10 && by_size[0][0] < 50, "sock-diag: {by_size:?}");
        // The portable source lists everything again.
        let added = by_size[1][1].saturating_sub(by_size[0][1]) / (MANY - FEW) as u64;
        assert!(added < 10, "netstat2: {added} allocations for each socket");
    });
}
