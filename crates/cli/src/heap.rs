//! Counting what a piece of work holds on the heap.
//!
//! The allocator counts only meanwhile: two atomic operations for each allocation make all other work slower by a tenth.
//! Timings are taken in separate runs of the same work. Nothing else may run meanwhile: the counters are the process's.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

use mimalloc::MiMalloc;
use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait};

#[global_allocator]
static ALLOCATOR: Gate = Gate;

static COUNTED: PeakMemAlloc<MiMalloc> = PeakMemAlloc::new(MiMalloc);
static COUNTING: AtomicBool = AtomicBool::new(false);

/// The allocator, with the counting one behind a switch.
struct Gate;

impl Gate {
    #[inline]
    fn chosen(&self) -> &'static dyn GlobalAlloc {
        match COUNTING.load(Ordering::Relaxed) {
            true => &COUNTED,
            false => &MiMalloc,
        }
    }
}

// SAFETY: both hand every call unchanged to `MiMalloc`, so a block may come from one and go to the other; the caller's
// promises are passed on.
unsafe impl GlobalAlloc for Gate {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { self.chosen().alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { self.chosen().dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { self.chosen().alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe { self.chosen().realloc(block, layout, size) }
    }
}

/// Bytes on the heap, beyond what was there when the work began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heap {
    /// Held by what the work returned.
    pub(crate) live: usize,
    /// The most that the work held at once.
    pub(crate) peak: usize,
}

/// Does `work` and tells what it held; `live` counts what its result keeps.
pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> (T, Heap) {
    COUNTED.reset_peak_memory();
    COUNTING.store(true, Ordering::Relaxed);
    let result = work();
    let peak = COUNTED.get_peak_memory();
    // The crate tells peaks only. A block larger than the peak so far makes a new one, of what is live plus itself.
    let probe = black_box(Vec::<u8>::with_capacity(peak + 1));
    let live = COUNTED.get_peak_memory().saturating_sub(probe.capacity());
    COUNTING.store(false, Ordering::Relaxed);
    (result, Heap { live, peak })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_peak_and_what_stays() {
        // Other tests of this process may allocate meanwhile: sizes far above theirs, and room between the bounds.
        let (kept, heap) = measure(|| {
            drop(black_box(Vec::<u8>::with_capacity(64 << 20)));
            Vec::<u8>::with_capacity(16 << 20)
        });
        assert!(kept.capacity() >= 16 << 20);
        assert!((15 << 20..20 << 20).contains(&heap.live), "{heap:?}");
        assert!((63 << 20..70 << 20).contains(&heap.peak), "{heap:?}");
    }
}
