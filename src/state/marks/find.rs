//! Finding knots.

use super::edit::TextMarks;
use super::knot::{End, Knot, Reach};
use crate::oplog::Border;
use crate::tree::{Bias, LeafIx};

/// A knot: its leaf, its index there, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) leaf: LeafIx,
    pub(super) at: usize,
    pub(super) position: u32,
    /// Where the knot before it stands; 0 before the first.
    pub(super) before: u32,
}

impl TextMarks {
    pub(super) fn knot(&self, found: Found) -> &Knot {
        &self.knots.leaf(found.leaf).spans()[found.at]
    }

    /// The knots from the first one on of the leaf where those at `position` begin.
    fn near(&self, position: u32) -> impl Iterator<Item = Found> + '_ {
        let (leaf, Reach { len: start, .. }) =
            self.knots.seek(position, Bias::Left, |reach| reach.len);
        self.knots_in(leaf, start)
    }

    /// The knots in a leaf and those after it; `start` is where the leaf begins.
    fn knots_in(&self, leaf: LeafIx, start: u32) -> impl Iterator<Item = Found> + '_ {
        let leaves = std::iter::successors(Some(leaf), |&leaf| self.knots.next(leaf));
        let places = leaves.flat_map(|leaf| {
            let spans = self.knots.leaf(leaf).spans();
            (0..spans.len()).map(move |at| (leaf, at, spans[at].gap))
        });
        places.scan(start, |last, (leaf, at, gap)| {
            let before = std::mem::replace(last, last.wrapping_add(gap));
            Some(Found {
                leaf,
                at,
                position: *last,
                before,
            })
        })
    }

    /// The knots from the first of a leaf on.
    pub(super) fn knots_from(&self, leaf: LeafIx) -> impl Iterator<Item = Found> + '_ {
        self.knots_in(leaf, self.knots.start_of(leaf).len)
    }

    /// All knots, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = Found> + '_ {
        self.knots_in(self.knots.first(), 0)
    }

    /// The first knot behind a border: further on, or there and loose where the border is not. O(log n), and the knots there.
    pub(super) fn behind(&self, border: Border) -> Option<Found> {
        self.near(border.at())
            .find(|&found| self.knot(found).border(found.position) > border)
    }

    /// The knots at a border, in order.
    pub(super) fn at(&self, border: Border) -> impl Iterator<Item = Found> + '_ {
        self.near(border.at())
            .skip_while(move |&found| self.knot(found).border(found.position) < border)
            .take_while(move |&found| self.knot(found).border(found.position) == border)
    }

    /// The ends at and before a border, the last first.
    pub(super) fn before(&self, border: Border) -> impl Iterator<Item = End> + '_ {
        let (last, len) = match self.behind(border) {
            Some(found) => (found.leaf, found.at),
            None => {
                let last = self.knots.last();
                (last, self.knots.leaf(last).spans().len())
            }
        };
        let leaves = std::iter::successors(Some(last), |&leaf| self.knots.prev(leaf));
        leaves.flat_map(move |leaf| {
            let spans = self.knots.leaf(leaf).spans();
            let len = if leaf == last { len } else { spans.len() };
            spans.iter().take(len).rev().map(Knot::end)
        })
    }

    /// The knot after another.
    pub(super) fn next(&self, found: Found) -> Option<Found> {
        let next = |leaf, at| {
            let knot: &Knot = self.knots.leaf(leaf).spans().get(at)?;
            Some(Found {
                leaf,
                at,
                position: found.position + knot.gap,
                before: found.position,
            })
        };
        next(found.leaf, found.at + 1).or_else(|| next(self.knots.next(found.leaf)?, 0))
    }
}
