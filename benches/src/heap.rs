//! Counting live heap, without a cost to the runs that measure time.
//!
//! The command installs [`Gate`] as its allocator. It hands everything to the system's until [`count`] is called, at
//! the start of a process that measures heap and nothing else; from then on `stats_alloc` counts.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

static COUNTING: AtomicBool = AtomicBool::new(false);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, with the counting one behind a switch.
#[derive(Debug)]
pub struct Gate;

/// Counts from here on, for the rest of the process.
pub fn count() {
    COUNTING.store(true, Ordering::Relaxed);
}

/// Bytes allocated less bytes freed since counting began.
///
/// # Errors
/// Nothing counts, because the process has another allocator or [`count`] was not called.
pub fn live() -> Result<usize, String> {
    let stats = INSTRUMENTED_SYSTEM.stats();
    if stats.allocations == 0 {
        return Err("this process does not count its heap".to_owned());
    }
    Ok(stats.bytes_allocated.wrapping_sub(stats.bytes_deallocated))
}

/// The most there was at once since [`from_here`], in bytes.
///
/// # Errors
/// As [`live`].
pub fn peak() -> Result<usize, String> {
    let now = live()?;
    Ok(PEAK.load(Ordering::Relaxed).max(now))
}

/// Forgets the peak so far; gives what is live.
///
/// # Errors
/// As [`live`].
pub fn from_here() -> Result<usize, String> {
    let now = live()?;
    PEAK.store(now, Ordering::Relaxed);
    Ok(now)
}

fn note_peak() {
    if let Ok(now) = live() {
        PEAK.fetch_max(now, Ordering::Relaxed);
    }
}

fn counted() -> Option<&'static StatsAlloc<System>> {
    COUNTING
        .load(Ordering::Relaxed)
        .then_some(&INSTRUMENTED_SYSTEM)
}

// SAFETY: both sides hand every call unchanged to `System`, so a block may come from one and go to the other.
unsafe impl GlobalAlloc for Gate {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match counted() {
            Some(counted) => {
                // SAFETY: the caller's promises are passed on.
                let block = unsafe { counted.alloc(layout) };
                note_peak();
                block
            }
            None => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match counted() {
            // SAFETY: the caller's promises are passed on.
            Some(counted) => unsafe { counted.dealloc(block, layout) },
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match counted() {
            Some(counted) => {
                // SAFETY: the caller's promises are passed on.
                let block = unsafe { counted.alloc_zeroed(layout) };
                note_peak();
                block
            }
            None => unsafe { System.alloc_zeroed(layout) },
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        match counted() {
            Some(counted) => {
                // SAFETY: the caller's promises are passed on.
                let block = unsafe { counted.realloc(block, layout, new_size) };
                note_peak();
                block
            }
            None => unsafe { System.realloc(block, layout, new_size) },
        }
    }
}
