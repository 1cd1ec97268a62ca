//! Memory that runs out: SQLite's, whose calls then fail by name; and the program's own, with which it is aborted.

#![allow(
    unsafe_code,
    reason = "SQLite takes its allocator as a structure of C functions, and the program's is an unsafe trait"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, Ordering};

use rusqlite::ffi;

/// Allocations that succeed before one fails.
struct Countdown {
    left: AtomicI64,
    lasts: AtomicBool,
}

/// More than any test allocates.
const NEVER: i64 = i64::MAX / 2;

impl Countdown {
    const fn new() -> Countdown {
        Countdown {
            left: AtomicI64::new(NEVER),
            lasts: AtomicBool::new(false),
        }
    }

    fn set(&self, left: u32, lasts: bool) {
        self.lasts.store(lasts, Ordering::SeqCst);
        self.left.store(left.into(), Ordering::SeqCst);
    }

    /// Counts an allocation; whether it is to fail.
    fn fails(&self) -> bool {
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        left == 0 || (left < 0 && self.lasts.load(Ordering::SeqCst))
    }

    /// Nothing fails from now on; whether something did.
    fn end(&self) -> bool {
        self.left.swap(NEVER, Ordering::SeqCst) < 0
    }
}

static SQLITE: Countdown = Countdown::new();
static PROGRAM: Countdown = Countdown::new();

/// Lets the allocation of SQLite after `left` others fail, and if `lasts` all after it.
pub fn fail_memory(left: u32, lasts: bool) {
    SQLITE.set(left, lasts);
}

/// None of SQLite's allocations fails from now on; whether one did.
pub fn heal_memory() -> bool {
    SQLITE.end()
}

/// Lets the program's allocation after `left` others fail, where [`Heap`] is its allocator: it is aborted then.
pub fn fail_heap(left: u32) {
    PROGRAM.set(left, false);
}

/// SQLite's own allocator.
static REAL: AtomicPtr<ffi::sqlite3_mem_methods> = AtomicPtr::new(ptr::null_mut());

/// Puts the allocator that fails under SQLite: before anything else is done with that, also before [`install`](crate::install).
///
/// # Panics
///
/// Where SQLite was used before.
pub fn install_memory() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: SQLite fills in the structure, and takes a copy of it; both functions are called before it begins.
        unsafe {
            // It has its own when it has begun, and takes another only when it has ended.
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
            assert_eq!(ffi::sqlite3_shutdown(), ffi::SQLITE_OK);
            let none = ffi::sqlite3_mem_methods {
                xMalloc: None,
                xFree: None,
                xRealloc: None,
                xSize: None,
                xRoundup: None,
                xInit: None,
                xShutdown: None,
                pAppData: ptr::null_mut(),
            };
            let real = Box::leak(Box::new(none));
            let code = ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, &raw mut *real);
            assert_eq!(code, ffi::SQLITE_OK, "SQLite's allocator is not told");
            let mut failing = *real;
            failing.xMalloc = Some(malloc);
            failing.xRealloc = Some(realloc);
            REAL.store(real, Ordering::SeqCst);
            let code = ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw mut failing);
            assert_eq!(code, ffi::SQLITE_OK, "SQLite is in use");
        }
    });
}

unsafe extern "C" fn malloc(size: c_int) -> *mut c_void {
    if SQLITE.fails() {
        return ptr::null_mut();
    }
    // SAFETY: SQLite's own function, as it would be called.
    unsafe {
        (*REAL.load(Ordering::SeqCst))
            .xMalloc
            .map_or(ptr::null_mut(), |malloc| malloc(size))
    }
}

unsafe extern "C" fn realloc(memory: *mut c_void, size: c_int) -> *mut c_void {
    if SQLITE.fails() {
        return ptr::null_mut();
    }
    // SAFETY: SQLite's own function, as it would be called.
    unsafe {
        let real = (*REAL.load(Ordering::SeqCst)).xRealloc;
        real.map_or(ptr::null_mut(), |realloc| realloc(memory, size))
    }
}

/// The program's allocator, of which one allocation fails; see [`fail_heap`].
pub struct Heap;

// SAFETY: what the system gives is passed on; null is what an allocator gives where there is no memory.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if PROGRAM.fails() {
            return ptr::null_mut();
        }
        // SAFETY: passed on as it came.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: passed on as it came.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if PROGRAM.fails() {
            return ptr::null_mut();
        }
        // SAFETY: passed on as it came.
        unsafe { System.realloc(memory, layout, size) }
    }
}
