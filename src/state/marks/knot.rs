//! An end of a mark, in the tree of all of a text.

use crate::id::Lv;
use crate::oplog::Border;
use crate::tree::{Measure, Span};

/// Which end of which mark.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct End {
    pub(crate) mark: Lv,
    /// Where it ends, not where it begins.
    pub(crate) is_last: bool,
}

/// An end of a mark, so many scalars behind the knot before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Knot {
    pub(super) gap: u32,
    mark: Lv,
    bits: u32,
}

const LOOSE: u32 = 1;
const LAST: u32 = 2;

impl Knot {
    pub(super) fn new(gap: u32, end: End, is_loose: bool) -> Self {
        let last = if end.is_last { LAST } else { 0 };
        Knot {
            gap,
            mark: end.mark,
            bits: last | u32::from(is_loose),
        }
    }

    pub(super) fn end(&self) -> End {
        End {
            mark: self.mark,
            is_last: self.bits & LAST != 0,
        }
    }

    pub(super) fn is_loose(&self) -> bool {
        self.bits & LOOSE != 0
    }

    pub(super) fn loosen(&mut self) {
        self.bits |= LOOSE;
    }

    /// The border, where the knot stands there.
    pub(super) fn border(&self, at: u32) -> Border {
        match self.is_loose() {
            true => Border::loose(at),
            false => Border::held(at),
        }
    }
}

/// Scalars up to the last knot, and how many more marks begin than end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Reach {
    pub(super) len: u32,
    pub(super) open: u32,
}

impl Measure for Reach {
    fn plus(self, other: Self) -> Self {
        Reach {
            len: self.len.wrapping_add(other.len),
            open: self.open.wrapping_add(other.open),
        }
    }

    fn minus(self, other: Self) -> Self {
        Reach {
            len: self.len.wrapping_sub(other.len),
            open: self.open.wrapping_sub(other.open),
        }
    }
}

impl Span for Knot {
    type Measure = Reach;

    fn measure(&self) -> Reach {
        Reach {
            len: self.gap,
            open: if self.end().is_last { u32::MAX } else { 1 },
        }
    }

    fn len(&self) -> u32 {
        1
    }

    /// It is one: nobody cuts it.
    fn split(&mut self, _at: u32) -> Self {
        *self
    }
}
