//! A list: in order, the operations whose values it shows.

use crate::id::{Lv, LvSpan};
use crate::tree::{Consecutive, SpanLeaf, Tree};

const LEAF: usize = if cfg!(any(test, feature = "small-nodes")) {
    4
} else {
    32
};

/// The elements of a list.
#[derive(Clone, Debug)]
pub(crate) struct ListState {
    /// Of local versions: elements that show the values written by consecutive operations.
    spans: Tree<SpanLeaf<Consecutive, LEAF>>,
}

impl ListState {
    pub(crate) fn new() -> Self {
        ListState {
            spans: Tree::new(SpanLeaf::new()),
        }
    }

    pub(crate) fn len(&self) -> u32 {
        self.spans.total()
    }

    /// The operation whose value the element at `at` shows.
    pub(crate) fn get(&self, at: u32) -> Option<Lv> {
        self.spans
            .span_at(at)
            .map(|(span, offset)| Lv(span.from + offset))
    }

    pub(crate) fn insert(&mut self, at: u32, lv: Lv, len: u32) {
        let new = Consecutive { from: lv.0, len };
        if at == self.len() {
            self.append(new);
            return;
        }
        let inserted = self
            .spans
            .insert_span(at, new, |before, new| before.extend(*new));
        debug_assert!(inserted, "positions are checked before");
    }

    /// Lists mostly grow at their end: no search, and leaves that are full stay so.
    fn append(&mut self, new: Consecutive) {
        let last = self.spans.last();
        let leaf = self.spans.leaf_mut(last);
        let len = leaf.spans().len();
        let extended = leaf
            .spans_mut()
            .last_mut()
            .is_some_and(|before| before.extend(new));
        if !extended {
            if leaf.is_full_for(1) {
                self.spans.insert_after(last, SpanLeaf::from_slice(&[new]));
                return;
            }
            leaf.insert(len, new);
        }
        self.spans.adjust(last, new.len);
    }

    /// Takes out `len` elements; `removed` hears what they showed, in order.
    pub(crate) fn delete(&mut self, at: u32, len: u32, mut removed: impl FnMut(Lv, u32)) {
        self.spans
            .remove_range(at, len, |span| removed(Lv(span.from), span.len));
    }

    /// Makes the element at `at` show what `lv` wrote; returns what it showed before.
    pub(crate) fn set(&mut self, at: u32, lv: Lv) -> Option<Lv> {
        let before = self.get(at)?;
        self.delete(at, 1, |_, _| {});
        self.insert(at, lv, 1);
        Some(before)
    }

    /// Puts the element at `from` at index `to` of the list without it; returns the operation that it shows.
    pub(crate) fn relocate(&mut self, from: u32, to: u32) -> Option<Lv> {
        let lv = self.get(from)?;
        self.delete(from, 1, |_, _| {});
        self.insert(to, lv, 1);
        Some(lv)
    }

    /// The operations shown, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Lv> {
        self.spans
            .spans()
            .flat_map(|span| (span.from..span.end()).map(Lv))
    }

    /// The operations shown, in order, consecutive ones together.
    pub(crate) fn spans(&self) -> impl Iterator<Item = LvSpan> {
        self.spans
            .spans()
            .map(|span| LvSpan::new(Lv(span.from), Lv(span.end())))
    }

    /// Where the value that `lv` wrote is shown. O(spans), from the end: lists mostly grow there.
    pub(crate) fn position_of(&self, lv: Lv) -> Option<u32> {
        let mut end = self.len();
        for span in self.spans.spans_from_end() {
            if (span.from..span.end()).contains(&lv.0) {
                return Some(end - span.len + (lv.0 - span.from));
            }
            end -= span.len;
        }
        None
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        self.spans.check()
    }
}
