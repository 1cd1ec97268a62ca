//! A list: in order, the operations whose values it shows.

use crate::id::Lv;
use crate::tree::{Span, SpanLeaf, Tree};

const LEAF: usize = if cfg!(feature = "small-nodes") { 4 } else { 32 };

/// Elements that show the values written by consecutive operations.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Shown {
    pub(crate) lv: Lv,
    pub(crate) len: u32,
}

impl Span for Shown {
    type Measure = u32;

    fn measure(&self) -> u32 {
        self.len
    }

    fn len(&self) -> u32 {
        self.len
    }

    fn split(&mut self, at: u32) -> Self {
        let right = Shown {
            lv: self.lv.plus(at),
            len: self.len - at,
        };
        self.len = at;
        right
    }
}

/// The elements of a list.
#[derive(Clone, Debug)]
pub(crate) struct ListState {
    spans: Tree<SpanLeaf<Shown, LEAF>>,
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
            .map(|(span, offset)| span.lv.plus(offset))
    }

    pub(crate) fn insert(&mut self, at: u32, lv: Lv, len: u32) {
        if at == self.len() {
            self.append(Shown { lv, len });
            return;
        }
        let inserted = self
            .spans
            .insert_span(at, Shown { lv, len }, |before, new| {
                let reads_on = before.lv.plus(before.len) == new.lv;
                if reads_on {
                    before.len += new.len;
                }
                reads_on
            });
        debug_assert!(inserted, "positions are checked before");
    }

    /// Lists mostly grow at their end: no search, and leaves that are full stay so.
    fn append(&mut self, new: Shown) {
        let last = self.spans.last();
        let leaf = self.spans.leaf_mut(last);
        let len = leaf.spans().len();
        if let Some(before) = leaf.spans_mut().last_mut()
            && before.lv.plus(before.len) == new.lv
        {
            before.len += new.len;
        } else if leaf.is_full_for(1) {
            self.spans.insert_after(last, SpanLeaf::from_slice(&[new]));
            return;
        } else {
            leaf.insert(len, new);
        }
        self.spans.adjust(last, new.len);
    }

    /// Takes out `len` elements; `removed` hears what they showed, in order.
    pub(crate) fn delete(&mut self, at: u32, len: u32, mut removed: impl FnMut(Lv, u32)) {
        self.spans
            .remove_range(at, len, |span| removed(span.lv, span.len));
    }

    /// Makes the element at `at` show what `lv` wrote; returns what it showed before.
    pub(crate) fn set(&mut self, at: u32, lv: Lv) -> Option<Lv> {
        let before = self.get(at)?;
        self.delete(at, 1, |_, _| {});
        self.insert(at, lv, 1);
        Some(before)
    }

    /// The operations shown, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Lv> {
        self.spans
            .spans()
            .flat_map(|span| (span.lv.0..span.lv.0 + span.len).map(Lv))
    }

    /// The elements in order, those together that show consecutive operations.
    pub(crate) fn spans(&self) -> impl Iterator<Item = Shown> {
        self.spans.spans().copied()
    }

    /// Where the value that `lv` wrote is shown. O(spans), from the end: lists mostly grow there.
    pub(crate) fn position_of(&self, lv: Lv) -> Option<u32> {
        let mut end = self.len();
        for span in self.spans.spans_from_end() {
            if span.lv <= lv && lv < span.lv.plus(span.len) {
                return Some(end - span.len + (lv.0 - span.lv.0));
            }
            end -= span.len;
        }
        None
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        self.spans.check()
    }
}
