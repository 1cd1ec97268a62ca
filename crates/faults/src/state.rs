//! What the files are to do, and what was done to them. Safe code; the VFS asks it at every step.

use std::sync::{Mutex, MutexGuard};

use rusqlite::ffi;

/// Something that was done to a file, or that a test wants to find again among that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// Bytes were written.
    Write {
        /// To which file.
        file: String,
        /// Where.
        offset: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// A file was cut.
    Truncate {
        /// Which.
        file: String,
        /// To so many bytes.
        size: u64,
    },
    /// A file was synced.
    Sync {
        /// Which.
        file: String,
    },
    /// A file could not be synced: what was written since the last time is forgotten, though it is read for as long as the system
    /// runs.
    NotSynced {
        /// Which.
        file: String,
    },
    /// A file was deleted.
    Delete {
        /// Which.
        file: String,
    },
    /// A test was here.
    Mark(u32),
}

/// How an operation fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// An error of the device.
    Device,
    /// The disk is full.
    Full,
    /// Half of the bytes are written, and then the device fails.
    Short,
    /// An error of the device as it is synced; of operations, syncs alone count.
    Sync,
}

/// What the VFS is to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    Go,
    /// Say that it was done, and do nothing.
    Skip,
    /// Do so many bytes of it, and fail with that code.
    Fail(usize, i32),
}

struct State {
    events: Option<Vec<Event>>,
    fault: Option<Planned>,
    skips_syncs: bool,
}

struct Planned {
    /// Operations before it.
    left: u64,
    fault: Fault,
    lasts: bool,
    has_fired: bool,
}

static STATE: Mutex<State> = Mutex::new(State {
    events: None,
    fault: None,
    skips_syncs: false,
});

fn state() -> MutexGuard<'static, State> {
    STATE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Records from now on.
pub fn record() {
    state().events = Some(Vec::new());
}

/// Ends recording, and gives what was recorded.
pub fn recorded() -> Vec<Event> {
    state().events.take().unwrap_or_default()
}

/// Leaves a mark among what is recorded.
pub fn mark(number: u32) {
    push(&mut state(), || Event::Mark(number));
}

/// Says of every sync that it was done, from now on: for checks of many files that nobody needs to keep.
pub fn skip_syncs(skips: bool) {
    state().skips_syncs = skips;
}

/// Lets the operation after `left` others fail, and if `lasts` all after it. Operations are writes, cuts, syncs and deletions.
pub fn fail(left: u64, fault: Fault, lasts: bool) {
    state().fault = Some(Planned {
        left,
        fault,
        lasts,
        has_fired: false,
    });
}

/// Nothing fails from now on; whether something did.
pub fn heal() -> bool {
    state()
        .fault
        .take()
        .is_some_and(|planned| planned.has_fired)
}

fn push(state: &mut State, event: impl FnOnce() -> Event) {
    if let Some(events) = &mut state.events {
        events.push(event());
    }
}

impl State {
    /// How the operation at hand is to fail, if it is.
    fn fault(&mut self, is_sync: bool) -> Option<Fault> {
        let planned = self.fault.as_mut()?;
        if planned.fault == Fault::Sync && !is_sync {
            return None;
        }
        if planned.left > 0 {
            planned.left -= 1;
            return None;
        }
        if planned.has_fired && !planned.lasts {
            return None;
        }
        planned.has_fired = true;
        Some(planned.fault)
    }

    fn verdict(&mut self, device: i32, event: impl FnOnce() -> Event) -> Verdict {
        let is_sync = device == ffi::SQLITE_IOERR_FSYNC;
        match self.fault(is_sync) {
            None => {
                push(self, event);
                Verdict::Go
            }
            Some(Fault::Full) => Verdict::Fail(0, ffi::SQLITE_FULL),
            Some(Fault::Device | Fault::Short | Fault::Sync) => Verdict::Fail(0, device),
        }
    }
}

pub(crate) fn on_write(file: &str, offset: u64, bytes: &[u8]) -> Verdict {
    let mut state = state();
    let verdict = state.verdict(ffi::SQLITE_IOERR_WRITE, || Event::Write {
        file: file.to_owned(),
        offset,
        bytes: bytes.to_vec(),
    });
    let is_short = |planned: &Planned| planned.fault == Fault::Short;
    match verdict {
        Verdict::Fail(0, code) if state.fault.as_ref().is_some_and(is_short) => {
            Verdict::Fail(bytes.len() / 2, code)
        }
        verdict => verdict,
    }
}

pub(crate) fn on_truncate(file: &str, size: u64) -> Verdict {
    state().verdict(ffi::SQLITE_IOERR_TRUNCATE, || Event::Truncate {
        file: file.to_owned(),
        size,
    })
}

pub(crate) fn on_sync(file: &str) -> Verdict {
    let mut state = state();
    let verdict = state.verdict(ffi::SQLITE_IOERR_FSYNC, || Event::Sync {
        file: file.to_owned(),
    });
    match verdict {
        Verdict::Go if state.skips_syncs => Verdict::Skip,
        Verdict::Fail(..) => {
            push(&mut state, || Event::NotSynced {
                file: file.to_owned(),
            });
            verdict
        }
        verdict => verdict,
    }
}

pub(crate) fn on_delete(file: &str) -> Verdict {
    state().verdict(ffi::SQLITE_IOERR_DELETE, || Event::Delete {
        file: file.to_owned(),
    })
}
