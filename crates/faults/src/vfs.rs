//! The VFS itself: SQLite's own for this system, with every change of a file asked for first.
//!
//! An open file is SQLite's file structure as this VFS sees it, and behind it in the same memory that of the system's VFS, to
//! which everything is passed on.

#![allow(
    unsafe_code,
    reason = "SQLite takes a VFS as a structure of C functions"
)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, Ordering};

use rusqlite::ffi;

use crate::state::{self, Verdict};
use crate::synced::{self, asked};

/// What stands before the system's file structure.
#[repr(C)]
struct Shim {
    base: ffi::sqlite3_file,
    name: *mut String,
}

/// The system's VFS.
static REAL: AtomicPtr<ffi::sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Puts the VFS under every connection that is opened from now on. Done once, however often it is asked for.
///
/// # Panics
///
/// Where SQLite has no VFS for this system.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SQLite registers its own with the first connection.
        drop(rusqlite::Connection::open_in_memory());
        // SAFETY: SQLite's own structure, which lives as long as the process; the copy does too.
        unsafe {
            let real = ffi::sqlite3_vfs_find(ptr::null());
            assert!(!real.is_null(), "SQLite has no VFS");
            REAL.store(real, Ordering::SeqCst);
            let mut shim = *real;
            let more = c_int::try_from(size_of::<Shim>()).unwrap_or(0);
            shim.szOsFile += more;
            shim.pNext = ptr::null_mut();
            shim.zName = c"syncline-faults".as_ptr();
            shim.xOpen = Some(open);
            shim.xDelete = Some(delete);
            let code = ffi::sqlite3_vfs_register(Box::leak(Box::new(shim)), 1);
            assert_eq!(code, ffi::SQLITE_OK, "the VFS is not taken");
        }
        synced::install();
    });
}

/// The system's part of an open file.
///
/// # Safety
///
/// `file` is one that this VFS was given memory for.
unsafe fn real_of(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: the memory of a file is that of `Shim` and what the system's VFS asked for.
    unsafe { file.cast::<Shim>().add(1).cast() }
}

/// The name of an open file.
///
/// # Safety
///
/// `file` was opened by `open`, and not closed.
unsafe fn name_of<'a>(file: *mut ffi::sqlite3_file) -> &'a str {
    // SAFETY: `open` made the string, and only `close` takes it.
    unsafe { &*(*file.cast::<Shim>()).name }
}

/// Calls a method of the system's part of a file.
macro_rules! real {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: SQLite calls methods of open files only, whose system's part `open` opened.
        unsafe {
            let real = real_of($file);
            match (*(*real).pMethods).$method {
                Some(method) => method(real $(, $argument)*),
                None => Default::default(),
            }
        }
    }};
}

/// A method that only passes on.
macro_rules! pass_on {
    ($name:ident, $method:ident, ($($argument:ident: $type:ty),*) $(-> $result:ty)?) => {
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $argument: $type)*) $(-> $result)? {
            real!(file, $method $(, $argument)*)
        }
    };
}

pass_on!(read, xRead, (to: *mut c_void, len: c_int, offset: i64) -> c_int);
pass_on!(file_size, xFileSize, (size: *mut i64) -> c_int);
pass_on!(lock, xLock, (level: c_int) -> c_int);
pass_on!(unlock, xUnlock, (level: c_int) -> c_int);
pass_on!(check_reserved_lock, xCheckReservedLock, (out: *mut c_int) -> c_int);
pass_on!(file_control, xFileControl, (operation: c_int, argument: *mut c_void) -> c_int);
pass_on!(sector_size, xSectorSize, () -> c_int);
pass_on!(device_characteristics, xDeviceCharacteristics, () -> c_int);
pass_on!(shm_map, xShmMap, (page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int);
pass_on!(shm_lock, xShmLock, (offset: c_int, count: c_int, flags: c_int) -> c_int);
pass_on!(shm_barrier, xShmBarrier, ());
pass_on!(shm_unmap, xShmUnmap, (delete: c_int) -> c_int);

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives memory for a file, and a name that ends in a zero or is null; the system's VFS is SQLite's own.
    unsafe {
        let shim = file.cast::<Shim>();
        (*shim).base.pMethods = ptr::null();
        let vfs = REAL.load(Ordering::SeqCst);
        let Some(open) = (*vfs).xOpen else {
            return ffi::SQLITE_CANTOPEN;
        };
        let code = open(vfs, name, real_of(file), flags, out);
        if code == ffi::SQLITE_OK {
            (*shim).name = Box::into_raw(Box::new(text(name)));
            (*shim).base.pMethods = &METHODS;
        }
        code
    }
}

/// A name as text; nothing for a file without one.
///
/// # Safety
///
/// It ends in a zero, or is null.
unsafe fn text(name: *const c_char) -> String {
    if name.is_null() {
        return String::new();
    }
    // SAFETY: as said.
    unsafe { CStr::from_ptr(name) }
        .to_string_lossy()
        .into_owned()
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let code = real!(file, xClose);
    // SAFETY: `open` made the string, and a file is closed once.
    unsafe {
        drop(Box::from_raw((*file.cast::<Shim>()).name));
        (*file).pMethods = ptr::null();
    }
    code
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    len: c_int,
    offset: i64,
) -> c_int {
    let len = usize::try_from(len).unwrap_or(0);
    // SAFETY: SQLite gives so many bytes.
    let (name, bytes) = unsafe { (name_of(file), std::slice::from_raw_parts(from.cast(), len)) };
    let some = |len: usize| {
        let len = c_int::try_from(len).unwrap_or(0);
        asked(|| real!(file, xWrite, from, len, offset))
    };
    match state::on_write(name, offset.max(0).cast_unsigned(), bytes) {
        Verdict::Go => some(len),
        Verdict::Skip => ffi::SQLITE_OK,
        Verdict::Fail(0, code) => code,
        Verdict::Fail(written, code) => {
            some(written);
            code
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: SQLite calls methods of open files only.
    let name = unsafe { name_of(file) };
    match state::on_truncate(name, size.max(0).cast_unsigned()) {
        Verdict::Fail(_, code) => code,
        _ => real!(file, xTruncate, size),
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite calls methods of open files only.
    let name = unsafe { name_of(file) };
    match state::on_sync(name) {
        Verdict::Go => asked(|| real!(file, xSync, flags)),
        Verdict::Skip => ffi::SQLITE_OK,
        Verdict::Fail(_, code) => code,
    }
}

unsafe extern "C" fn delete(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite gives a name that ends in a zero; the system's VFS is SQLite's own.
    unsafe {
        if let Verdict::Fail(_, code) = state::on_delete(&text(name)) {
            return code;
        }
        let vfs = REAL.load(Ordering::SeqCst);
        match (*vfs).xDelete {
            Some(delete) => asked(|| delete(vfs, name, sync_folder)),
            None => ffi::SQLITE_IOERR,
        }
    }
}
