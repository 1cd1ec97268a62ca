//! The tracker: its parts, and how positions and elements are found in it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::branch::Branch;
use super::item::{Element, Extent, Item, VISIBLE};
use super::marks::Marks;
use super::moves::Moves;
use super::places::Places;
use super::restores::Restores;
use super::siblings::Siblings;
use super::singles::Singles;
use crate::graph::Difference;
use crate::id::{Heads, Lv, LvSpan};
use crate::tree::{Bias, LeafIx, Measure, Span, SpanLeaf, Tree};

/// Items of a leaf.
pub(super) const LEAF: usize = if cfg!(any(test, feature = "small-nodes")) {
    4
} else {
    32
};

/// The same, as [`super::items::place_of`] counts.
#[allow(clippy::cast_possible_truncation)]
pub(super) const LEAF_U32: u32 = LEAF as u32;

/// Elements assumed to exist at a base whose length is not known yet.
const UNKNOWN_LEN: u32 = 1 << 30;

/// An item: its leaf, and its index there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Cursor {
    pub(super) leaf: LeafIx,
    pub(super) at: usize,
}

/// Elements that consecutive delete operations hit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deleted {
    pub(super) lv: Lv,
    pub(super) target: Element,
    pub(super) len: u32,
    /// The first operation deleted the last element.
    pub(super) back: bool,
}

impl Deleted {
    /// The elements that the operations from one on hit, as far as another: the first, and how many.
    #[inline]
    pub(super) fn part(&self, lv: Lv, end: Lv) -> (Element, u32) {
        let from = lv.0 - self.lv.0;
        let len = (self.len - from).min(end.0 - lv.0);
        let first = if self.back {
            self.len - from - len
        } else {
            from
        };
        (self.target.plus(first), len)
    }
}

/// See the room's front page.
#[derive(Clone, Debug)]
pub(crate) struct Tracker {
    /// Whether the tracker holds anything; otherwise only its memory is kept.
    live: bool,
    /// Whether it starts from the beginning, and is kept.
    pub(super) is_whole: bool,
    /// What everything in the tracker follows.
    pub(super) base: Heads,
    /// The operations that follow the base, as far as they were known when the tracker was made, ascending.
    pub(super) held: Vec<LvSpan>,
    /// All operations from here on follow the base as well.
    pub(super) since: Lv,
    /// The version being visited.
    pub(super) at: Heads,
    /// Operations below this one that follow the base are in the tracker.
    pub(super) joined: Lv,
    pub(super) tree: Tree<SpanLeaf<Item, LEAF>>,
    /// By local version. An inserted run's first element to its place: see [`super::items::place_of`]. The first operation of
    /// a delete run to its index in `deletes`.
    pub(super) by_lv: Places,
    /// Elements of the base to their places, likewise.
    pub(super) of_base: Places,
    pub(super) deletes: Vec<Deleted>,
    /// The branch being followed apart, if one is: see [`graft`](super::graft).
    pub(super) branch: Option<Branch>,
    /// Surviving sets of list elements, by their first places; where the tracker is whole, all of them. The smallest (Lamport,
    /// peer) first.
    pub(super) sets: BTreeMap<Element, SmallVec<[Lv; 1]>>,
    /// Where the tracker is whole, which element a set is of.
    pub(super) set_by: BTreeMap<Lv, Element>,
    pub(super) moves: Moves,
    pub(super) marks: Marks,
    pub(super) restores: Restores,
    pub(super) singles: Singles,
    pub(super) siblings: Siblings,
    pub(super) difference: Difference,
    /// A leaf, and the change of it that the sums above do not show yet; none but within a move.
    pub(super) owed: (LeafIx, Extent),
    pub(super) items: usize,
}

impl Tracker {
    /// A tracker at the empty version.
    pub(super) fn new() -> Self {
        let mut tracker = Tracker {
            live: false,
            is_whole: false,
            base: Heads::new(),
            held: Vec::new(),
            since: Lv(0),
            at: Heads::new(),
            joined: Lv(0),
            tree: Tree::new(SpanLeaf::new()),
            by_lv: Places::default(),
            of_base: Places::default(),
            deletes: Vec::new(),
            branch: None,
            sets: BTreeMap::new(),
            set_by: BTreeMap::new(),
            moves: Moves::default(),
            marks: Marks::default(),
            restores: Restores::default(),
            singles: Singles::default(),
            siblings: Siblings::default(),
            difference: Difference::default(),
            owed: (LeafIx(0), Extent::default()),
            items: 0,
        };
        tracker.restart(Heads::new(), &[], Lv(0));
        tracker.retire();
        tracker
    }

    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// Ends the tracker: the next replay starts it afresh.
    pub(super) fn retire(&mut self) {
        self.live = false;
    }

    /// Starts afresh at `base`, of a length to be settled by [`Tracker::settle_base`]. `held` are the operations outside the
    /// base known so far, `since` the next one. Memory is kept.
    pub(super) fn restart(&mut self, base: Heads, held: &[LvSpan], since: Lv) {
        let least = held.first().map_or(since, |span| span.start).0;
        let all = Item {
            id: Element::of_base(0),
            len: UNKNOWN_LEN,
            origin_left: Element::START,
            origin_right: Element::START,
            here: VISIBLE,
            gone: 0,
        };
        self.live = true;
        self.is_whole = false;
        self.at = Heads::from_slice(&base);
        self.base = base;
        self.held.clear();
        self.held.extend_from_slice(held);
        self.since = since;
        self.joined = since;
        self.tree.restart(SpanLeaf::from_slice(&[all]));
        self.by_lv.restart(least);
        self.of_base.restart(0);
        self.of_base.set(0, 0);
        self.deletes.clear();
        self.branch = None;
        self.sets.clear();
        self.set_by.clear();
        self.moves.clear();
        self.marks.clear();
        self.restores.clear();
        self.singles.clear();
        self.siblings = Siblings::default();
        self.items = 1;
    }

    /// Makes room for the replay of so many runs, which stand among so many operations, on a sequence of about that length.
    pub(super) fn expect(&mut self, runs: usize, operations: u32, len: u32) {
        // An insertion makes one item or two, a deletion up to two more of each it hits.
        self.tree.expect(runs * 2 + runs / 2);
        self.by_lv.expect(runs, operations);
        self.of_base.expect(runs, len);
        self.deletes.reserve(runs / 2);
    }

    /// Says how long the sequence is at the newest version; until then the base counts as endless. From then on the last
    /// item is an empty placeholder: it stands for the end, and is known at every version.
    pub(super) fn settle_base(&mut self, newest_len: u32) {
        let last = self.last();
        let excess = self.tree.total().newest.wrapping_sub(newest_len);
        self.change(last, |item| item.len = item.len.saturating_sub(excess));
        let item = *self.item(last);
        if item.len > 0 {
            let end = Item {
                id: item.id.plus(item.len),
                len: 0,
                origin_left: item.last(),
                ..item
            };
            self.insert(
                Cursor {
                    at: last.at + 1,
                    ..last
                },
                end,
            );
        }
    }

    /// How long the sequence was at the base, as far as that has been said.
    pub(super) fn base_len(&self) -> u32 {
        let last = self.item(self.last());
        last.id.number() + last.len
    }

    /// Whether an operation with these parents follows the base, so that the tracker can take it.
    pub(super) fn is_followed_by(&self, parents: &[Lv]) -> bool {
        self.base.is_empty()
            || parents == self.base.as_slice()
            || parents.iter().any(|&parent| self.holds(parent))
    }

    fn holds(&self, lv: Lv) -> bool {
        if lv >= self.since {
            return true;
        }
        let at = self.held.partition_point(|span| span.end <= lv);
        self.held.get(at).is_some_and(|span| span.start <= lv)
    }

    pub(super) fn item(&self, cursor: Cursor) -> &Item {
        &self.tree.leaf(cursor.leaf).spans()[cursor.at]
    }

    /// Changes an item and the sums above it.
    #[inline]
    pub(super) fn change(&mut self, cursor: Cursor, change: impl FnOnce(&mut Item)) {
        let item = &mut self.tree.leaf_mut(cursor.leaf).spans_mut()[cursor.at];
        let before = item.measure();
        change(item);
        let delta = item.measure().minus(before);
        if delta != Extent::default() {
            self.tree.adjust(cursor.leaf, delta);
        }
    }

    pub(super) fn first(&self) -> Cursor {
        Cursor {
            leaf: self.tree.first(),
            at: 0,
        }
    }

    fn last(&self) -> Cursor {
        let leaf = self.tree.last();
        Cursor {
            leaf,
            at: self.tree.leaf(leaf).spans().len() - 1,
        }
    }

    pub(super) fn next(&self, cursor: Cursor) -> Option<Cursor> {
        if cursor.at + 1 < self.tree.leaf(cursor.leaf).spans().len() {
            return Some(Cursor {
                leaf: cursor.leaf,
                at: cursor.at + 1,
            });
        }
        self.tree
            .next(cursor.leaf)
            .map(|leaf| Cursor { leaf, at: 0 })
    }

    pub(super) fn prev(&self, cursor: Cursor) -> Option<Cursor> {
        if let Some(at) = cursor.at.checked_sub(1) {
            return Some(Cursor { at, ..cursor });
        }
        let leaf = self.tree.prev(cursor.leaf)?;
        let at = self.tree.leaf(leaf).spans().len().checked_sub(1)?;
        Some(Cursor { leaf, at })
    }

    /// The item that holds the `index`-th element (from 0) of a dimension, and the element's offset in it.
    #[inline]
    pub(super) fn seek(
        &self,
        index: u32,
        dimension: impl Fn(&Extent) -> u32,
        of: impl Fn(&Item) -> u32,
    ) -> (Cursor, u32) {
        let (leaf, before) = self.tree.seek(index, Bias::Right, &dimension);
        let mut rest = index - dimension(&before);
        let spans = self.tree.leaf(leaf).spans();
        // A few at once: whether the element is among them is not asked of each.
        let mut from = 0;
        for few in spans.as_chunks::<4>().0 {
            let len = few.iter().map(&of).sum();
            if rest < len {
                break;
            }
            rest -= len;
            from += 4;
        }
        for (at, item) in (from..).zip(&spans[from..]) {
            let len = of(item);
            if rest < len {
                return (Cursor { leaf, at }, rest);
            }
            rest -= len;
        }
        // Past the end: positions are checked before they are sought.
        (
            Cursor {
                leaf,
                at: spans.len() - 1,
            },
            0,
        )
    }

    /// How many elements are visible at the newest version before an item.
    pub(super) fn newest_before(&self, cursor: Cursor) -> u32 {
        let within: u32 = self.tree.leaf(cursor.leaf).spans()[..cursor.at]
            .iter()
            .map(Item::visible_newest)
            .sum();
        self.tree.before(cursor.leaf, |extent| extent.newest) + within
    }

    /// The item that holds an element.
    #[inline]
    pub(super) fn find(&self, element: Element) -> Cursor {
        let places = if element.lv().is_some() {
            &self.by_lv
        } else {
            &self.of_base
        };
        let place = places.get(element.number()).1;
        let leaf = LeafIx(place / LEAF_U32);
        // Items only ever move further behind in a leaf.
        let from = (place % LEAF_U32) as usize;
        let spans = &self.tree.leaf(leaf).spans()[from..];
        let at = spans.iter().position(|item| {
            let offset = element.offset_from(item.id);
            offset < item.len || offset == 0
        });
        debug_assert!(
            at.is_some(),
            "{element:?} is not in the leaf it is said to be in"
        );
        Cursor {
            leaf,
            at: from + at.unwrap_or(0),
        }
    }

    /// Which of two elements stands first.
    pub(super) fn compare(&self, a: Element, b: Element) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        if a == Element::START {
            return Ordering::Less;
        }
        if b == Element::START {
            return Ordering::Greater;
        }
        let (at, bt) = (self.find(a), self.find(b));
        if at == bt {
            return a.number().cmp(&b.number());
        }
        if at.leaf == bt.leaf {
            at.at.cmp(&bt.at)
        } else {
            self.tree.compare(at.leaf, bt.leaf)
        }
    }

    /// Bytes held on the heap, nearly.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.tree.heap_bytes()
            + self.by_lv.heap_bytes()
            + self.of_base.heap_bytes()
            + self.deletes.capacity() * size_of::<Deleted>()
            + self.marks.heap_bytes()
    }
}
