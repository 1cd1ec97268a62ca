//! Editing a sequence of spans by position, where the measure tells how many elements there are.

use super::node::{LeafIx, Measure, Tree};
use super::seek::Bias;
use super::spans::{Span, SpanLeaf};

/// A measure by which positions are counted, whatever else it tells.
pub(crate) trait Elements: Measure {
    fn elements(&self) -> u32;
}

impl Elements for u32 {
    #[inline]
    fn elements(&self) -> u32 {
        *self
    }
}

impl<S: Span<Measure: Elements>, const N: usize> Tree<SpanLeaf<S, N>> {
    /// The span that holds the element at `at`, and the element's offset in it.
    pub(crate) fn span_at(&self, at: u32) -> Option<(&S, u32)> {
        let (leaf, index, offset) = self.locate(at)?;
        Some((&self.leaf(leaf).spans()[index], offset))
    }

    fn locate(&self, at: u32) -> Option<(LeafIx, usize, u32)> {
        if at >= self.total().elements() {
            return None;
        }
        let (leaf, before) = self.seek(at, Bias::Right, S::Measure::elements);
        let mut rest = at - before.elements();
        for (index, span) in self.leaf(leaf).spans().iter().enumerate() {
            if rest < span.len() {
                return Some((leaf, index, rest));
            }
            rest -= span.len();
        }
        None
    }

    /// Puts a span at position `at`, which lies within the sequence or at its end. Returns `false` otherwise. `reads_on`
    /// tells whether a span continues the one before it; it is then taken into that one by `join`.
    pub(crate) fn insert_span(
        &mut self,
        at: u32,
        span: S,
        join: impl FnOnce(&mut S, &S) -> bool,
    ) -> bool {
        if at > self.total().elements() {
            return false;
        }
        let (leaf, border) = self.border_at(at);
        if border > 0 && join(&mut self.leaf_mut(leaf).spans_mut()[border - 1], &span) {
            self.adjust(leaf, span.measure());
            return true;
        }
        let (leaf, border) = self.make_room(leaf, border, 1, |_, _, _| {});
        self.leaf_mut(leaf).insert(border, span);
        self.adjust(leaf, span.measure());
        true
    }

    /// The border at a position, cutting the span that lies across it.
    fn border_at(&mut self, at: u32) -> (LeafIx, usize) {
        let (leaf, before) = self.seek(at, Bias::Left, S::Measure::elements);
        let mut rest = at - before.elements();
        let mut index = 0;
        for span in self.leaf(leaf).spans() {
            if rest < span.len() {
                break;
            }
            rest -= span.len();
            index += 1;
        }
        if rest == 0 {
            return (leaf, index);
        }
        let (leaf, border) = self.make_room(leaf, index + 1, 1, |_, _, _| {});
        let right = self.leaf_mut(leaf).spans_mut()[border - 1].split(rest);
        self.leaf_mut(leaf).insert(border, right);
        (leaf, border)
    }

    /// Takes out `len` elements from `at` on, calling `removed` with each span, in order.
    pub(crate) fn remove_range(&mut self, at: u32, len: u32, mut removed: impl FnMut(S)) {
        let mut rest = len.min(self.total().elements().saturating_sub(at));
        while rest > 0 {
            let (mut leaf, mut index) = self.border_at(at);
            if index == self.leaf(leaf).spans().len() {
                let Some(next) = self.next(leaf) else { return };
                (leaf, index) = (next, 0);
            }
            let span = self.leaf(leaf).spans()[index];
            if span.len() > rest {
                let (leaf, index) = self.make_room(leaf, index + 1, 1, |_, _, _| {});
                let right = self.leaf_mut(leaf).spans_mut()[index - 1].split(rest);
                self.leaf_mut(leaf).insert(index, right);
                continue;
            }
            self.leaf_mut(leaf).remove(index);
            self.adjust(leaf, S::Measure::default().minus(span.measure()));
            if self.leaf(leaf).spans().is_empty() {
                self.remove(leaf);
            }
            rest -= span.len();
            removed(span);
        }
    }

    /// The spans, the last first.
    pub(crate) fn spans_from_end(&self) -> impl Iterator<Item = &S> {
        std::iter::successors(Some(self.last()), |&ix| self.prev(ix))
            .flat_map(|ix| self.leaf(ix).spans().iter().rev())
    }

    /// The spans in order.
    pub(crate) fn spans(&self) -> impl Iterator<Item = &S> {
        self.iter().flat_map(|leaf| leaf.spans())
    }
}
