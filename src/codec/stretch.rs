//! Stretches of operations as they stand in a delta: their heads, and where they start.

use smallvec::{SmallVec, smallvec};

use super::field::Field;
use crate::id::Lv;
use crate::oplog::{ContainerIx, OpKind, OpLog, OpRun};

/// Kinds of stretches, by number.
pub(super) const INSERT: u8 = 0;
pub(super) const DELETE: u8 = 1;
pub(super) const DELETE_BACK: u8 = 2;
pub(super) const SET: u8 = 3;
pub(super) const ENTRY: u8 = 4;
pub(super) const MARK: u8 = 5;
pub(super) const MOVE: u8 = 6;
pub(super) const RESTORE: u8 = 7;

pub(super) const NEWER_OPERATION: &str =
    "a kind of operation that Syncline 0.1 does not know: a newer version is needed";

/// What else a head says.
pub(super) const JOINED: u8 = 8;
pub(super) const OTHER_CONTAINER: u8 = 16;
/// Starts where its author's last stretch in the container ended.
pub(super) const ON: u8 = 32;
pub(super) const SINGLE: u8 = 64;

/// The kind in a head.
pub(super) fn kind_of(head: u8) -> u8 {
    head & 7
}

pub(super) fn code_of(kind: OpKind) -> u8 {
    match kind {
        OpKind::Insert => INSERT,
        OpKind::Delete => DELETE,
        OpKind::DeleteBack => DELETE_BACK,
        OpKind::Set => SET,
        OpKind::Move => MOVE,
        OpKind::Mark => MARK,
        OpKind::Restore => RESTORE,
    }
}

/// The field of the head after one of that kind.
#[inline]
pub(super) fn head_after(kind: u8) -> Field {
    match kind {
        INSERT => Field::HeadAfterInsert,
        DELETE => Field::HeadAfterDelete,
        DELETE_BACK => Field::HeadAfterDeleteBack,
        _ => Field::Head,
    }
}

/// The field of a stretch's length.
#[inline]
pub(super) fn len_field(kind: u8) -> Field {
    match kind {
        DELETE | DELETE_BACK | RESTORE => Field::DeleteLen,
        _ => Field::InsertLen,
    }
}

/// The field of a stretch's start, after one of the kind `before`.
#[inline]
pub(super) fn pos_field(kind: u8, before: u8) -> Field {
    match (kind, before) {
        (DELETE | DELETE_BACK, INSERT) => Field::DeletePosAfterInsert,
        (DELETE | DELETE_BACK, _) => Field::DeletePos,
        (_, INSERT) => Field::InsertPosAfterInsert,
        _ => Field::InsertPos,
    }
}

/// Where a stretch starts, and where it ends, given the lowest position it touches: backspacing goes down.
#[inline]
pub(super) fn ends_of(kind: u8, pos: u32, len: u32) -> (u32, u32) {
    match kind {
        INSERT => (pos, pos + len),
        DELETE_BACK => (pos + len, pos),
        // What it shows again stands where it stood.
        RESTORE => (0, 0),
        _ => (pos, pos),
    }
}

/// The container of an operation, and where its peer's place there is after it.
pub(super) fn place_after(log: &OpLog, lv: Lv) -> Option<(ContainerIx, u32)> {
    let container = log.container_of(lv);
    let Some(sequence) = log.sequence(container) else {
        return Some((container, 0));
    };
    let run = sequence.operation(lv)?;
    Some((container, ends_of(code_of(run.kind()), run.pos, 1).1))
}

/// A distance that is not 0, as a number.
#[inline]
pub(super) fn number_of(from: u32, to: u32) -> u64 {
    if to > from {
        2 * u64::from(to - from - 1)
    } else {
        2 * u64::from(from - to - 1) + 1
    }
}

/// Where that distance leads from a position.
#[inline(always)]
pub(super) fn moved(from: u32, number: u64) -> Option<u32> {
    let distance = u32::try_from(number / 2).ok()?.checked_add(1)?;
    if number.is_multiple_of(2) {
        from.checked_add(distance)
    } else {
        from.checked_sub(distance)
    }
}

/// A stretch that may go on.
pub(super) struct Stretch {
    pub(super) container: ContainerIx,
    /// All pieces together.
    pub(super) whole: OpRun,
    pub(super) pieces: SmallVec<[OpRun; 1]>,
}

impl Stretch {
    pub(super) fn new(container: ContainerIx, piece: OpRun) -> Self {
        Stretch {
            container,
            whole: piece,
            pieces: smallvec![piece],
        }
    }

    /// Joins a piece as far as it reads on; gives what is left of it.
    pub(super) fn join(
        &mut self,
        log: &OpLog,
        container: ContainerIx,
        mut piece: OpRun,
    ) -> Option<OpRun> {
        if self.restores_on(log, container, &piece) {
            self.whole.set_len(self.whole.len() + piece.len());
            self.pieces.push(piece);
            return None;
        }
        if container != self.container || self.whole.joined() || piece.joined() {
            return Some(piece);
        }
        loop {
            if self.whole.try_extend(piece.kind(), piece.pos, piece.len()) {
                self.pieces.push(piece);
                return None;
            }
            // A run of deletions may turn later than the stretch does.
            let first = piece.clip(0, 1);
            if piece.len() == 1 || !self.whole.try_extend(first.kind(), first.pos, 1) {
                return Some(piece);
            }
            self.pieces.push(first);
            piece = piece.clip(1, piece.len());
        }
    }

    /// Whether a piece restores what the deletions after those that are restored so far deleted.
    fn restores_on(&self, log: &OpLog, container: ContainerIx, piece: &OpRun) -> bool {
        let is_apart = self.whole.joined() && !piece.restores_on();
        container == self.container
            && !is_apart
            && !piece.joined()
            // The stretch does not take back what it did itself.
            && piece.pos < self.whole.lv.0
            && self
                .pieces
                .last()
                .is_some_and(|last| log.restores_on(last, piece))
    }
}
