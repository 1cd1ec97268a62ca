//! Runs of sequence operations: one item for a stretch of typing or deleting.

use super::sequence_log::WIDE_MAX;
use crate::id::{Lv, LvSpan};

/// What the operations of a run do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OpKind {
    /// The k-th operation inserts an element at `pos + k`.
    Insert,
    /// Every operation deletes the element at `pos`.
    Delete,
    /// Backspace: the k-th of n operations deletes the element at `pos + n - 1 - k`. A single deletion has no direction:
    /// it is a `Delete`.
    DeleteBack,
    /// Sets the list element at `pos`; runs of one.
    Set,
    /// Makes a new place for the list element at `pos`; runs of one. Where to is its content.
    Move,
    /// Marks text from `pos` on; runs of one. How far, and as what, stands in the [`MarkLog`](super::MarkLog).
    Mark,
    /// The k-th operation shows again what the operation `pos + k`, by local version, deleted. Those have one author.
    Restore,
}

const KIND_SHIFT: u32 = 28;
const JOINED: u32 = 1 << 31;
const WIDE: u32 = 1 << 27;
/// Operations that one run can hold.
pub(crate) const LEN_MAX: u32 = WIDE - 1;

/// Operations of one kind with consecutive local versions and adjoining positions; 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OpRun {
    pub(crate) lv: Lv,
    /// Length, kind and whether the run continues its author's transaction.
    bits: u32,
    /// The lowest position the run touches, in elements at the run's own version; of a restore, the first deletion.
    pub(crate) pos: u32,
    /// Offset of the inserted content in the container's column, in bytes.
    pub(crate) content: u32,
}

impl OpRun {
    #[inline]
    pub(crate) fn new(
        lv: Lv,
        kind: OpKind,
        pos: u32,
        len: u32,
        content: u32,
        joined: bool,
    ) -> Self {
        debug_assert!(len <= LEN_MAX);
        let code = match kind {
            OpKind::Insert => 0,
            OpKind::Delete => 1,
            OpKind::DeleteBack => 2,
            OpKind::Set => 3,
            OpKind::Move => 4,
            OpKind::Mark => 5,
            OpKind::Restore => 6,
        };
        let joined = if joined { JOINED } else { 0 };
        OpRun {
            lv,
            bits: len | code << KIND_SHIFT | joined,
            pos,
            content,
        }
    }

    #[inline]
    pub(crate) fn kind(&self) -> OpKind {
        match self.bits >> KIND_SHIFT & 7 {
            0 => OpKind::Insert,
            1 => OpKind::Delete,
            2 => OpKind::DeleteBack,
            3 => OpKind::Set,
            4 => OpKind::Move,
            5 => OpKind::Mark,
            _ => OpKind::Restore,
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> u32 {
        self.bits & LEN_MAX
    }

    #[inline]
    pub(crate) fn end(&self) -> Lv {
        self.lv.plus(self.len())
    }

    pub(crate) fn span(&self) -> LvSpan {
        LvSpan::new(self.lv, self.end())
    }

    /// Whether the elements of the inserted content differ in bytes, so that finding one means walking.
    #[inline]
    pub(crate) fn wide(&self) -> bool {
        self.bits & WIDE != 0
    }

    #[inline]
    pub(crate) fn set_wide(&mut self) {
        self.bits |= WIDE;
    }

    /// Whether the run goes on with what the restores before it do: deletions of one author may stand apart here.
    #[inline]
    pub(crate) fn restores_on(&self) -> bool {
        self.kind() == OpKind::Restore && self.wide()
    }

    /// The deletions that a restore takes back.
    pub(crate) fn restored(&self) -> LvSpan {
        LvSpan::new(Lv(self.pos), Lv(self.pos + self.len()))
    }

    /// Whether the next run may hold what of one insertion did not fit into this one. The first of them, which tells that it
    /// continues a transaction, may be narrow in a copy, where it came by itself; and where others wrote before the insertion,
    /// this may be but the end of a run that began before that.
    pub(crate) fn may_go_on_in(&self, next: &OpRun) -> bool {
        let is_full = self.len() == if self.wide() { WIDE_MAX } else { LEN_MAX };
        let may_be_cut = match self.joined() {
            true => self.len() == WIDE_MAX,
            false => self.wide(),
        };
        self.pos + self.len() == next.pos && (is_full || may_be_cut && next.wide())
    }

    /// Whether the run continues the transaction of the operation before it.
    #[inline]
    pub(crate) fn joined(&self) -> bool {
        self.bits & JOINED != 0
    }

    #[inline]
    pub(crate) fn set_len(&mut self, len: u32) {
        self.bits = self.bits & !LEN_MAX | len;
    }

    /// The operations `from..to` of the run. Content stays that of the whole run: whoever needs it skips `from` elements.
    #[inline]
    pub(crate) fn clip(&self, from: u32, to: u32) -> OpRun {
        let pos = match self.kind() {
            OpKind::Insert | OpKind::Restore => self.pos + from,
            OpKind::Delete | OpKind::Set | OpKind::Move | OpKind::Mark => self.pos,
            OpKind::DeleteBack => self.pos + (self.len() - to),
        };
        let mut run = *self;
        run.lv = self.lv.plus(from);
        run.pos = pos;
        run.set_len(to - from);
        if from > 0 {
            run.bits &= !JOINED;
        }
        if to - from == 1 && self.kind() == OpKind::DeleteBack {
            run = OpRun::new(run.lv, OpKind::Delete, pos, 1, run.content, run.joined());
        }
        run
    }

    /// What lies within a span, which the run reaches into.
    #[inline]
    pub(crate) fn within(&self, span: LvSpan) -> OpRun {
        let start = self.lv.max(span.start).0 - self.lv.0;
        let end = self.end().min(span.end).0 - self.lv.0;
        if start == 0 && end == self.len() {
            *self
        } else {
            self.clip(start, end)
        }
    }

    /// Whether a transaction that began at `since` may extend the run: one that continues another transaction it may not.
    #[inline]
    pub(crate) fn may_extend(&self, since: Lv) -> bool {
        !self.joined() || self.lv >= since
    }

    /// Takes in text inserted right behind this run's, unless more than the length would change.
    #[inline]
    pub(crate) fn insert_on(&mut self, lv: Lv, pos: u32, len: u32) -> bool {
        // A run that inserts, is not wide and continues no transaction has nothing but its length in its bits.
        let old = self.bits;
        let goes_on = old + len <= LEN_MAX && self.lv.plus(old) == lv && self.pos + old == pos;
        if goes_on {
            self.bits = old + len;
        }
        goes_on
    }

    /// Takes in a following run (its local versions follow, and it may share a run) if the two read as one stretch.
    #[inline]
    pub(crate) fn try_extend(&mut self, kind: OpKind, pos: u32, len: u32) -> bool {
        let old = self.len();
        if old + len > LEN_MAX {
            return false;
        }
        match (self.kind(), kind) {
            (OpKind::Insert, OpKind::Insert) => {
                if pos != self.pos + old {
                    return false;
                }
            }
            (OpKind::Delete, OpKind::Delete) if pos == self.pos => {}
            (OpKind::Delete, OpKind::DeleteBack | OpKind::Delete)
                if old == 1 && pos + len == self.pos =>
            {
                if kind == OpKind::Delete && len > 1 {
                    return false;
                }
                *self = OpRun::new(
                    self.lv,
                    OpKind::DeleteBack,
                    pos,
                    1,
                    self.content,
                    self.joined(),
                );
            }
            (OpKind::DeleteBack, OpKind::DeleteBack) if pos + len == self.pos => self.pos = pos,
            (OpKind::DeleteBack, OpKind::Delete) if len == 1 && pos + 1 == self.pos => {
                self.pos = pos
            }
            _ => return false,
        }
        self.set_len(old + len);
        true
    }
}
