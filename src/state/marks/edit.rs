//! Putting marks, and moving them with the text.

use std::collections::{BTreeMap, BTreeSet};

use super::find::Found;
use super::knot::{End, Knot};
use crate::id::Lv;
use crate::oplog::Border;
use crate::tree::{LeafIx, Measure, Span, SpanLeaf, Tree};

const LEAF: usize = if cfg!(any(test, feature = "small-nodes")) {
    4
} else {
    32
};

/// The marks of one text; see the front page.
#[derive(Clone, Debug)]
pub(crate) struct TextMarks {
    pub(super) knots: Tree<SpanLeaf<Knot, LEAF>>,
    /// Marks that were taken back: they move on with the others, and do not count.
    off: BTreeSet<Lv>,
    /// The leaves where a mark begins and ends.
    pub(super) leaves: BTreeMap<Lv, [LeafIx; 2]>,
}

/// An end of a mark that an edit loosened, and where it was.
pub(crate) type Loosened = (End, Border);

impl TextMarks {
    pub(crate) fn new() -> Self {
        TextMarks {
            knots: Tree::new(SpanLeaf::new()),
            off: BTreeSet::new(),
            leaves: BTreeMap::new(),
        }
    }

    /// Puts a mark; one that was taken back counts again. O(log n), as all edits but where they say otherwise.
    pub(crate) fn put(&mut self, mark: Lv, borders: [Border; 2]) {
        if self.off.remove(&mark) {
            return;
        }
        for (border, is_last) in borders.into_iter().zip([false, true]) {
            self.tie(End { mark, is_last }, border);
        }
    }

    /// Says whether a mark that is there counts.
    pub(crate) fn turn(&mut self, mark: Lv, counts: bool) {
        if counts {
            self.off.remove(&mark);
        } else {
            self.off.insert(mark);
        }
    }

    /// Whether a mark that is there counts.
    #[inline]
    pub(crate) fn counts(&self, mark: Lv) -> bool {
        self.off.is_empty() || !self.off.contains(&mark)
    }

    /// Moves a mark that stands there.
    pub(crate) fn relocate(&mut self, mark: Lv, from: [Border; 2], to: [Border; 2]) {
        let is_off = self.off.remove(&mark);
        self.take(mark, from);
        self.put(mark, to);
        if is_off {
            self.off.insert(mark);
        }
    }

    /// Takes out a mark that stands there.
    pub(crate) fn take(&mut self, mark: Lv, borders: [Border; 2]) {
        for (border, is_last) in borders.into_iter().zip([false, true]) {
            self.untie(End { mark, is_last }, border);
        }
        self.leaves.remove(&mark);
    }

    /// Moves what stands behind new text.
    pub(crate) fn inserted(&mut self, at: u32, len: u32) {
        if let Some(found) = self.behind(Border::held(at)) {
            self.change(found, |knot| knot.gap += len);
        }
    }

    /// Moves what stands behind text that was deleted; what stood within it, or held to its end, stands loose where it was.
    /// `loosened` hears of those. O(log n) for each.
    pub(crate) fn deleted(&mut self, at: u32, len: u32, mut loosened: impl FnMut(Loosened)) {
        let mut next = self.behind(Border::loose(at));
        let mut before = at;
        if let Some(first) = next {
            before = first.before;
        }
        while let Some(found) = next {
            next = self.next(found);
            let knot = *self.knot(found);
            if found.position > at + len {
                let to = found.position - len;
                self.change(found, |knot| knot.gap = to - before);
                return;
            }
            loosened((knot.end(), knot.border(found.position)));
            self.change(found, |knot| {
                knot.gap = at - before;
                knot.loosen();
            });
            before = at;
        }
    }

    /// Takes a deletion back: text stands again where it was, and so do the ends that it loosened.
    pub(crate) fn put_back(&mut self, at: u32, len: u32, loosened: &[Loosened]) {
        for &(end, _) in loosened {
            self.untie(end, Border::loose(at));
        }
        if let Some(found) = self.behind(Border::loose(at)) {
            self.change(found, |knot| knot.gap += len);
        }
        for &(end, border) in loosened {
            self.tie(end, border);
        }
    }

    fn tie(&mut self, end: End, border: Border) {
        let (at, is_loose) = (border.at(), border.is_loose());
        let behind = self.behind(border);
        let (leaf, index, before) = match behind {
            Some(found) => {
                let gap = found.position - at;
                self.change(found, |knot| knot.gap = gap);
                (found.leaf, found.at, found.before)
            }
            None => {
                let last = self.knots.last();
                let len = self.knots.leaf(last).spans().len();
                (last, len, self.knots.total().len)
            }
        };
        let knot = Knot::new(at - before, end, is_loose);
        let leaves = &mut self.leaves;
        let (leaf, index) = self.knots.make_room(leaf, index, 1, |knot, leaf, _| {
            let End { mark, is_last } = knot.end();
            leaves.entry(mark).or_insert([leaf; 2])[usize::from(is_last)] = leaf;
        });
        let ends = leaves.entry(end.mark).or_insert([leaf; 2]);
        ends[usize::from(end.is_last)] = leaf;
        self.knots.leaf_mut(leaf).insert(index, knot);
        self.knots.adjust(leaf, knot.measure());
    }

    fn untie(&mut self, end: End, border: Border) {
        let found = self.at(border).find(|&found| self.knot(found).end() == end);
        let Some(found) = found else {
            debug_assert!(false, "{end:?} does not stand at {border:?}");
            return;
        };
        let knot = *self.knot(found);
        if let Some(next) = self.next(found) {
            self.change(next, |next| next.gap += knot.gap);
        }
        self.knots.leaf_mut(found.leaf).remove(found.at);
        let none = <Knot as Span>::Measure::default();
        self.knots.adjust(found.leaf, none.minus(knot.measure()));
        if self.knots.leaf(found.leaf).spans().is_empty() {
            self.knots.remove(found.leaf);
        }
    }

    fn change(&mut self, found: Found, change: impl FnOnce(&mut Knot)) {
        let knot = &mut self.knots.leaf_mut(found.leaf).spans_mut()[found.at];
        let before = knot.measure();
        change(knot);
        let delta = knot.measure().minus(before);
        self.knots.adjust(found.leaf, delta);
    }
}
