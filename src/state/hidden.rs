//! Which elements of a list show. What an element showed may stand elsewhere: then the element stays where it is, since
//! operations count it, and does not show.

use crate::id::Lv;
use crate::tree::{Bias, Elements, Measure, Span, SpanLeaf, Tree};

const LEAF: usize = if cfg!(feature = "small-nodes") { 4 } else { 32 };

/// Elements in a row that show, or that do not.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Stretch {
    pub(crate) len: u32,
    /// Of hidden ones, the operation whose value the first would show; the others go on from there.
    pub(crate) hides: Option<Lv>,
}

impl Stretch {
    /// Takes in what follows, if it goes on so.
    fn extend(&mut self, next: &Stretch) -> bool {
        let goes_on = match (self.hides, next.hides) {
            (None, None) => true,
            (Some(from), Some(next)) => from.plus(self.len) == next,
            _ => false,
        };
        if goes_on {
            self.len += next.len;
        }
        goes_on
    }
}

/// How many elements there are, and how many of them show.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Count {
    all: u32,
    shown: u32,
}

impl Measure for Count {
    fn plus(self, other: Self) -> Self {
        Count {
            all: self.all.wrapping_add(other.all),
            shown: self.shown.wrapping_add(other.shown),
        }
    }

    fn minus(self, other: Self) -> Self {
        Count {
            all: self.all.wrapping_sub(other.all),
            shown: self.shown.wrapping_sub(other.shown),
        }
    }
}

impl Elements for Count {
    fn elements(&self) -> u32 {
        self.all
    }
}

impl Span for Stretch {
    type Measure = Count;

    fn measure(&self) -> Count {
        Count {
            all: self.len,
            shown: if self.hides.is_none() { self.len } else { 0 },
        }
    }

    fn len(&self) -> u32 {
        self.len
    }

    fn split(&mut self, at: u32) -> Self {
        let right = Stretch {
            len: self.len - at,
            hides: self.hides.map(|from| from.plus(at)),
        };
        self.len = at;
        right
    }
}

/// The elements of a list in stretches. All searches are O(log n).
#[derive(Clone, Debug)]
pub(super) struct Hidden {
    stretches: Tree<SpanLeaf<Stretch, LEAF>>,
}

impl Hidden {
    /// Of a list whose elements all show.
    pub(super) fn new(len: u32) -> Self {
        let all = [Stretch { len, hides: None }];
        let filled = if len > 0 { &all[..] } else { &[] };
        Hidden {
            stretches: Tree::new(SpanLeaf::from_slice(filled)),
        }
    }

    /// How many elements there are.
    pub(super) fn len(&self) -> u32 {
        self.stretches.total().all
    }

    /// How many of them show.
    pub(super) fn shown(&self) -> u32 {
        self.stretches.total().shown
    }

    /// Where the element stands among all that is the `index`-th of those that show.
    pub(super) fn place_of(&self, index: u32) -> u32 {
        let by_shown = |count: &Count| count.shown;
        let (leaf, before) = self.stretches.seek(index, Bias::Right, by_shown);
        let (mut place, mut rest) = (before.all, index - before.shown);
        for stretch in self.stretches.leaf(leaf).spans() {
            if stretch.hides.is_none() {
                if rest < stretch.len {
                    return place + rest;
                }
                rest -= stretch.len;
            }
            place += stretch.len;
        }
        place
    }

    /// How many elements show before a place.
    pub(super) fn shown_before(&self, place: u32) -> u32 {
        let (leaf, before) = self.stretches.seek(place, Bias::Right, Count::elements);
        let (mut shown, mut rest) = (before.shown, place - before.all);
        for stretch in self.stretches.leaf(leaf).spans() {
            let len = stretch.len.min(rest);
            if stretch.hides.is_none() {
                shown += len;
            }
            rest -= len;
        }
        shown
    }

    /// What stands from a place on: so many elements that show, or that do not.
    pub(super) fn stretch_at(&self, place: u32) -> Option<Stretch> {
        let (stretch, offset) = self.stretches.span_at(place)?;
        Some(Stretch {
            len: stretch.len - offset,
            hides: stretch.hides.map(|from| from.plus(offset)),
        })
    }

    pub(super) fn insert(&mut self, place: u32, new: Stretch) {
        if new.len > 0 {
            let is_within = self.stretches.insert_span(place, new, Stretch::extend);
            debug_assert!(is_within, "positions are checked before");
        }
    }

    pub(super) fn delete(&mut self, place: u32, len: u32) {
        self.stretches.remove_range(place, len, |_| {});
    }

    /// The stretches in order.
    pub(super) fn stretches(&self) -> impl Iterator<Item = &Stretch> {
        self.stretches.spans()
    }

    pub(super) fn check(&self) -> Result<(), String> {
        self.stretches.check()
    }
}
