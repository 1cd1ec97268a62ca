//! Local versions: this replica's dense numbers for operations.

use smallvec::SmallVec;

/// This replica's number for an operation. Parents have smaller numbers than their children.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(crate) struct Lv(pub(crate) u32);

impl Lv {
    pub(crate) fn plus(self, n: u32) -> Lv {
        Lv(self.0 + n)
    }
}

/// The operations that no other of a set follows, in ascending order.
pub(crate) type Heads = SmallVec<[Lv; 2]>;

/// The operations `start..end`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct LvSpan {
    pub(crate) start: Lv,
    pub(crate) end: Lv,
}

impl LvSpan {
    pub(crate) fn new(start: Lv, end: Lv) -> Self {
        LvSpan { start, end }
    }

    pub(crate) fn len(self) -> u32 {
        self.end.0 - self.start.0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.end <= self.start
    }

    pub(crate) fn last(self) -> Lv {
        Lv(self.end.0 - 1)
    }
}
