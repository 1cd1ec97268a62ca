//! The system's own call that syncs a file, as a program makes it beside SQLite: what the store syncs itself is asked for and
//! recorded as what SQLite does, by the same names.
//!
//! On Linux a program's own function of that name stands before that of the system's library. Elsewhere only SQLite is seen.

#![allow(
    unsafe_code,
    reason = "the system's call is a C function, and is taken by its name"
)]

use std::cell::Cell;
use std::ffi::c_int;

thread_local! {
    /// Whether SQLite syncs something on this thread, through the VFS, which has asked.
    static IS_ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Does what SQLite asks of the system, and was asked for already.
pub(crate) fn asked<T>(act: impl FnOnce() -> T) -> T {
    IS_ASKED.set(true);
    let done = act();
    IS_ASKED.set(false);
    done
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn install() {}

/// Sees to it that the function stands in the program.
///
/// # Panics
///
/// Where the system's is called all the same.
#[cfg(target_os = "linux")]
pub(crate) fn install() {
    let function: unsafe extern "C" fn(c_int) -> c_int = linux::fdatasync;
    std::hint::black_box(function);
    linux::check();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::c_int;
    use std::fs::{self, File};
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::IS_ASKED;
    use crate::state::{self, Verdict};

    const EIO: c_int = 5;

    static CALLS: AtomicU32 = AtomicU32::new(0);

    unsafe extern "C" {
        fn fsync(file: c_int) -> c_int;
        fn __errno_location() -> *mut c_int;
    }

    /// Syncs the content of an open file.
    ///
    /// # Safety
    ///
    /// None is asked for: any number may be given, and one of no open file gives an error.
    #[unsafe(no_mangle)]
    pub(crate) unsafe extern "C" fn fdatasync(file: c_int) -> c_int {
        CALLS.fetch_add(1, Ordering::SeqCst);
        match verdict(file) {
            // SAFETY: as of this function. It syncs more than is asked for, and is not what was taken.
            Verdict::Go => unsafe { fsync(file) },
            Verdict::Skip => 0,
            Verdict::Fail(..) => {
                // SAFETY: the place of this thread's last error, by which the system's calls tell theirs.
                unsafe { *__errno_location() = EIO };
                -1
            }
        }
    }

    fn verdict(file: c_int) -> Verdict {
        let is_asked = IS_ASKED.try_with(std::cell::Cell::get).unwrap_or(true);
        match fs::read_link(format!("/proc/self/fd/{file}")) {
            Ok(path) if !is_asked => state::on_sync(&path.to_string_lossy()),
            _ => Verdict::Go,
        }
    }

    pub(super) fn check() {
        let before = CALLS.load(Ordering::SeqCst);
        let synced = File::open("/proc/self/exe").and_then(|file| file.sync_data());
        let is_called = CALLS.load(Ordering::SeqCst) > before;
        assert!(is_called, "the system's own call is made: {synced:?}");
    }
}
