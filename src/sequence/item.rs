//! A run of elements with one history.

use crate::id::Lv;
use crate::tree::{Measure, Span};

/// Names an element within a tracker: the local version of its insertion, or its place in the base text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Element(u32);

const PLACEHOLDER: u32 = 1 << 31;

impl Element {
    /// Left of everything.
    pub(super) const START: Element = Element(u32::MAX);

    pub(super) fn inserted(lv: Lv) -> Self {
        Element(lv.0)
    }

    pub(super) fn of_base(index: u32) -> Self {
        Element(PLACEHOLDER | index)
    }

    /// The operation that inserted it, if it was not part of the base.
    pub(super) fn lv(self) -> Option<Lv> {
        (self.0 & PLACEHOLDER == 0).then_some(Lv(self.0))
    }

    /// The number within its kind: local version or place in the base.
    pub(super) fn number(self) -> u32 {
        self.0 & !PLACEHOLDER
    }

    pub(super) fn plus(self, n: u32) -> Self {
        Element(self.0.wrapping_add(n))
    }

    /// How far it stands behind `first` in the same run; large when it is not of that run.
    #[inline]
    pub(super) fn offset_from(self, first: Element) -> u32 {
        self.0.wrapping_sub(first.0)
    }
}

/// A run of elements: the first has the two origins, each other follows the one before it and shares the right origin.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Item {
    pub(super) id: Element,
    pub(super) len: u32,
    pub(super) origin_left: Element,
    pub(super) origin_right: Element,
    /// At the visited version: 0 not yet inserted, 1 visible, 1 + n deleted n times.
    pub(super) here: u32,
    /// At the newest version: deleted so many times, and [`DYING`].
    pub(super) gone: u32,
}

/// Visible before this merge, deleted by it. Set only while a merge is read off the items at its end.
pub(super) const DYING: u32 = 1 << 31;

pub(super) const NOT_YET: u32 = 0;
pub(super) const VISIBLE: u32 = 1;

impl Item {
    #[inline]
    pub(super) fn visible_here(&self) -> u32 {
        self.len_if(self.here == VISIBLE)
    }

    #[inline]
    pub(super) fn visible_newest(&self) -> u32 {
        self.len_if(self.gone == 0)
    }

    /// Without a branch: which of many items show is as good as random.
    #[inline]
    fn len_if(&self, counts: bool) -> u32 {
        self.len & u32::from(counts).wrapping_neg()
    }

    #[inline]
    pub(super) fn is_known_here(&self) -> bool {
        self.here != NOT_YET
    }

    pub(super) fn last(&self) -> Element {
        self.id.plus(self.len - 1)
    }
}

/// Elements: visible at the visited version, inserted there, visible at the newest version.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Extent {
    pub(super) here: u32,
    pub(super) known: u32,
    pub(super) newest: u32,
}

impl Measure for Extent {
    #[inline]
    fn plus(self, other: Self) -> Self {
        Extent {
            here: self.here.wrapping_add(other.here),
            known: self.known.wrapping_add(other.known),
            newest: self.newest.wrapping_add(other.newest),
        }
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        Extent {
            here: self.here.wrapping_sub(other.here),
            known: self.known.wrapping_sub(other.known),
            newest: self.newest.wrapping_sub(other.newest),
        }
    }
}

impl Span for Item {
    type Measure = Extent;
    /// Trackers do not last.
    const GROWTH: usize = 1;

    #[inline]
    fn measure(&self) -> Extent {
        Extent {
            here: self.visible_here(),
            known: self.len_if(self.is_known_here()),
            newest: self.visible_newest(),
        }
    }

    fn len(&self) -> u32 {
        self.len
    }

    #[inline]
    fn split(&mut self, at: u32) -> Self {
        let mut right = *self;
        right.id = self.id.plus(at);
        right.len = self.len - at;
        right.origin_left = self.id.plus(at - 1);
        self.len = at;
        right
    }
}
