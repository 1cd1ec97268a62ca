//! The system's own calls that sync a file and write at a place in it, as a program makes them beside SQLite: what the store does
//! so itself is asked for and recorded as what SQLite does, by the same names.
//!
//! On Linux a program's own function of such a name stands before that of the system's library. Elsewhere only SQLite is seen.

#![allow(
    unsafe_code,
    reason = "the system's call is a C function, and is taken by its name"
)]

use std::cell::Cell;
use std::ffi::{c_int, c_void};

thread_local! {
    /// Whether SQLite syncs or writes something on this thread, through the VFS, which has asked.
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

/// Sees to it that the functions stand in the program.
///
/// # Panics
///
/// Where the system's is called all the same.
#[cfg(target_os = "linux")]
pub(crate) fn install() {
    let sync: [unsafe extern "C" fn(c_int) -> c_int; 2] = [linux::fdatasync, linux::fsync];
    let write: unsafe extern "C" fn(c_int, *const c_void, usize, i64) -> isize = linux::pwrite64;
    std::hint::black_box((sync, write));
    linux::check();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::{c_int, c_long, c_void};
    use std::fs::{self, File};
    use std::os::unix::fs::FileExt;
    use std::sync::atomic::{AtomicU32, Ordering};

    use rusqlite::ffi;

    use super::IS_ASKED;
    use crate::state::{self, Verdict};

    const EIO: c_int = 5;
    const ENOSPC: c_int = 28;

    /// The system's number of the call that syncs a file.
    const SYNC: c_long = if cfg!(target_arch = "x86_64") { 74 } else { 82 };

    static CALLS: AtomicU32 = AtomicU32::new(0);

    /// Bytes to be written, as the system takes them.
    #[repr(C)]
    struct Piece {
        bytes: *const c_void,
        len: usize,
    }

    unsafe extern "C" {
        fn syscall(number: c_long, ...) -> c_long;
        fn pwritev64(file: c_int, list: *const Piece, count: c_int, at: i64) -> isize;
        fn __errno_location() -> *mut c_int;
    }

    /// Syncs the content of an open file.
    ///
    /// # Safety
    ///
    /// None is asked for: any number may be given, and one of no open file gives an error.
    #[unsafe(no_mangle)]
    pub(crate) unsafe extern "C" fn fdatasync(file: c_int) -> c_int {
        sync(file)
    }

    /// Syncs an open file, or a folder: what is called how in it.
    ///
    /// # Safety
    ///
    /// As of `fdatasync`.
    #[unsafe(no_mangle)]
    pub(crate) unsafe extern "C" fn fsync(file: c_int) -> c_int {
        sync(file)
    }

    fn sync(file: c_int) -> c_int {
        CALLS.fetch_add(1, Ordering::SeqCst);
        match verdict(file, state::on_sync) {
            // SAFETY: any number may be given, and one of no open file gives an error. It gives 0 or -1.
            Verdict::Go => match unsafe { syscall(SYNC, file) } {
                0 => 0,
                _ => -1,
            },
            Verdict::Skip => 0,
            Verdict::Fail(..) => {
                // SAFETY: the place of this thread's last error, by which the system's calls tell theirs.
                unsafe { *__errno_location() = EIO };
                -1
            }
        }
    }

    /// Writes bytes at a place in an open file.
    ///
    /// # Safety
    ///
    /// So many bytes stand there.
    #[unsafe(no_mangle)]
    pub(crate) unsafe extern "C" fn pwrite64(
        file: c_int,
        bytes: *const c_void,
        len: usize,
        at: i64,
    ) -> isize {
        CALLS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: as of this function.
        let written = unsafe { std::slice::from_raw_parts(bytes.cast(), len) };
        let place = at.max(0).cast_unsigned();
        match verdict(file, |path| state::on_write(path, place, written)) {
            // SAFETY: as of this function. It takes a list of what to write, here of one, and is not what was taken.
            Verdict::Go => unsafe {
                let list = [Piece { bytes, len }];
                pwritev64(file, list.as_ptr(), 1, at)
            },
            Verdict::Skip => isize::try_from(len).unwrap_or(isize::MAX),
            Verdict::Fail(_, code) => {
                let error = match code {
                    ffi::SQLITE_FULL => ENOSPC,
                    _ => EIO,
                };
                // SAFETY: the place of this thread's last error, by which the system's calls tell theirs.
                unsafe { *__errno_location() = error };
                -1
            }
        }
    }

    /// What is to become of something that is done to an open file, unless SQLite does it.
    fn verdict(file: c_int, ask: impl FnOnce(&str) -> Verdict) -> Verdict {
        let is_asked = IS_ASKED.try_with(std::cell::Cell::get).unwrap_or(true);
        match fs::read_link(format!("/proc/self/fd/{file}")) {
            Ok(path) if !is_asked => ask(&path.to_string_lossy()),
            _ => Verdict::Go,
        }
    }

    pub(super) fn check() {
        let before = CALLS.load(Ordering::SeqCst);
        let done = File::open("/proc/self/exe").map(|file| {
            (
                file.sync_data(),
                file.sync_all(),
                file.write_at(b"not to be written", 0),
            )
        });
        let calls = CALLS.load(Ordering::SeqCst) - before;
        assert!(calls >= 3, "the system's own call is made: {done:?}");
    }
}
