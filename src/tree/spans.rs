//! A leaf that holds an array of spans.

use super::node::{Leaf, Measure};

/// A run of elements that behaves alike: it measures something and can be cut.
pub(crate) trait Span: Copy + Default {
    type Measure: Measure;
    /// See [`Leaf::GROWTH`].
    const GROWTH: usize = 8;
    fn measure(&self) -> Self::Measure;
    /// Elements in the span.
    fn len(&self) -> u32;
    /// Cuts after `at` elements (0 < at < len); returns the right part.
    fn split(&mut self, at: u32) -> Self;
}

/// Up to `N` spans, in order.
#[derive(Clone, Debug)]
pub(crate) struct SpanLeaf<S, const N: usize> {
    len: usize,
    spans: [S; N],
}

impl<S: Span, const N: usize> Leaf for SpanLeaf<S, N> {
    type Measure = S::Measure;
    const GROWTH: usize = S::GROWTH;

    fn measure(&self) -> S::Measure {
        self.spans()
            .iter()
            .fold(S::Measure::default(), |sum, span| sum.plus(span.measure()))
    }
}

impl<S: Span, const N: usize> SpanLeaf<S, N> {
    pub(crate) fn new() -> Self {
        SpanLeaf {
            len: 0,
            spans: [S::default(); N],
        }
    }

    pub(crate) fn from_slice(spans: &[S]) -> Self {
        let mut leaf = Self::new();
        leaf.spans[..spans.len()].copy_from_slice(spans);
        leaf.len = spans.len();
        leaf
    }

    pub(crate) fn spans(&self) -> &[S] {
        &self.spans[..self.len]
    }

    pub(crate) fn spans_mut(&mut self) -> &mut [S] {
        &mut self.spans[..self.len]
    }

    /// Whether `more` spans would not fit.
    pub(crate) fn is_full_for(&self, more: usize) -> bool {
        self.len + more > N
    }

    pub(crate) fn insert(&mut self, at: usize, span: S) {
        self.insert_all(at, [span]);
    }

    pub(crate) fn insert_all<const K: usize>(&mut self, at: usize, spans: [S; K]) {
        self.spans.copy_within(at..self.len, at + K);
        self.spans[at..at + K].copy_from_slice(&spans);
        self.len += K;
    }

    pub(crate) fn remove(&mut self, at: usize) {
        self.spans.copy_within(at + 1..self.len, at);
        self.len -= 1;
    }

    /// Moves the spans from `at` on into a new leaf.
    pub(crate) fn split_off(&mut self, at: usize) -> Self {
        let right = Self::from_slice(&self.spans[at..self.len]);
        self.len = at;
        right
    }
}
