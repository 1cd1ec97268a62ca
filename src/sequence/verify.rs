//! Whether an operation can be, at its own version.

use super::marks::reach;
use super::tracker::Tracker;
use crate::id::Lv;
use crate::oplog::{OpKind, OpLog, OpRun, SequenceLog};

/// Why operations cannot be replayed, and which is the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ReplayError {
    /// It lies outside the sequence as it was at its own version.
    Outside(Lv),
    /// It restores what was restored before it.
    NotDeleted(Lv),
    /// It restores what lies before the log's own operations.
    NeedsBase(Lv),
}

/// As [`verify`], at the version that a tracker visits.
#[inline]
pub(super) fn verify_in(
    log: &OpLog,
    sequence: &SequenceLog,
    run: &OpRun,
    tracker: &Tracker,
) -> Result<(), ReplayError> {
    if run.kind() == OpKind::Restore {
        return verify_restore(sequence, run, tracker);
    }
    verify(log, sequence, run, tracker.len_here())
}

#[cold]
fn verify_restore(
    sequence: &SequenceLog,
    run: &OpRun,
    tracker: &Tracker,
) -> Result<(), ReplayError> {
    match (
        tracker.can_restore_here(sequence, run),
        tracker.knows_restored(sequence, run.restored()),
    ) {
        (false, _) => Err(ReplayError::NotDeleted(run.lv)),
        (_, false) => Err(ReplayError::NeedsBase(run.lv)),
        _ => Ok(()),
    }
}

/// Whether a run lies within a sequence of `len` elements.
pub(super) fn verify(
    log: &OpLog,
    sequence: &SequenceLog,
    run: &OpRun,
    len: u32,
) -> Result<(), ReplayError> {
    let end = match run.kind() {
        OpKind::Insert => u64::from(run.pos),
        OpKind::Delete | OpKind::DeleteBack => u64::from(run.pos) + u64::from(run.len()),
        OpKind::Set => u64::from(run.pos) + 1,
        OpKind::Mark => reach(log, run),
        // The place is one of the list without the element.
        OpKind::Move => u64::from(run.pos.max(sequence.moved_to(run.lv))) + 1,
        // It has no position.
        OpKind::Restore => 0,
    };
    if end <= u64::from(len) {
        Ok(())
    } else {
        Err(ReplayError::Outside(run.lv))
    }
}
