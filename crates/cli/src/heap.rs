//! Counting what a piece of work holds on the heap.
//!
//! The allocator counts all the time, two atomic operations per allocation; timings are taken in separate runs
//! of the same work, so that reading the counters never falls into one. Nothing else may run meanwhile: the
//! counters are the process's.

use std::alloc::System;
use std::hint::black_box;

use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait};

#[global_allocator]
static ALLOCATOR: PeakMemAlloc<System> = PeakMemAlloc::system();

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
    ALLOCATOR.reset_peak_memory();
    let result = work();
    let peak = ALLOCATOR.get_peak_memory();
    // The crate tells peaks only. A block larger than the peak so far makes a new one, of what is live plus itself.
    let probe = black_box(Vec::<u8>::with_capacity(peak + 1));
    let live = ALLOCATOR.get_peak_memory().saturating_sub(probe.capacity());
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
