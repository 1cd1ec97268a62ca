//! A list: in order, the operations whose values it shows.
//!
//! An element has an *index* among those that show, which callers count, and a *place* among all that are not deleted, which
//! operations count. They differ in lists that something was moved out of.

use std::collections::BTreeSet;

use super::hidden::{Hidden, Stretch};
use crate::id::{Lv, LvSpan};
use crate::tree::{Consecutive, SpanLeaf, Tree};

const LEAF: usize = if cfg!(any(test, feature = "small-nodes")) {
    4
} else {
    32
};

/// Where an element stands, or may come to stand, in a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ListPlace {
    /// Among all elements.
    pub(crate) at: u32,
    /// How many before it do not show.
    pub(crate) hidden: u32,
}

impl ListPlace {
    /// Among the elements that show.
    #[inline]
    pub(crate) fn index(self) -> u32 {
        self.at - self.hidden
    }
}

/// The elements of a list.
#[derive(Clone, Debug)]
pub(crate) struct ListState {
    /// Of local versions: elements that show the values written by consecutive operations.
    spans: Tree<SpanLeaf<Consecutive, LEAF>>,
    /// Which elements are between those and do not show, once there are any.
    hidden: Option<Box<Hidden>>,
    /// The index that was asked for last, to write there: it will be asked for again, to be told.
    opened: u32,
}

impl ListState {
    pub(crate) fn new() -> Self {
        ListState {
            spans: Tree::new(SpanLeaf::new()),
            hidden: None,
            opened: 0,
        }
    }

    /// How many elements show.
    pub(crate) fn len(&self) -> u32 {
        self.spans.total()
    }

    /// How many elements there are.
    pub(crate) fn len_of_all(&self) -> u32 {
        match &self.hidden {
            Some(hidden) => hidden.len(),
            None => self.len(),
        }
    }

    /// The operation whose value the element at an index shows.
    pub(crate) fn get(&self, index: u32) -> Option<Lv> {
        self.spans
            .span_at(index)
            .map(|(span, offset)| Lv(span.from + offset))
    }

    /// The place of the element at an index.
    #[inline]
    pub(crate) fn place_of(&self, index: u32) -> u32 {
        match &self.hidden {
            Some(hidden) => hidden.place_of(index),
            None => index,
        }
    }

    /// Where to put what is to show at an index: directly behind what shows before it.
    #[inline]
    pub(crate) fn gap_at(&self, index: u32) -> u32 {
        match (&self.hidden, index.checked_sub(1)) {
            (Some(hidden), Some(before)) => hidden.place_of(before) + 1,
            _ => index,
        }
    }

    /// A place, with what is hidden before it.
    #[inline]
    pub(crate) fn place(&self, at: u32) -> ListPlace {
        let hidden = match &self.hidden {
            Some(hidden) => at - hidden.shown_before(at),
            None => 0,
        };
        ListPlace { at, hidden }
    }

    /// The operation whose value the element at a place would show, if that does not show.
    pub(crate) fn hidden_at(&self, at: u32) -> Option<Lv> {
        self.hidden.as_ref()?.stretch_at(at)?.hides
    }

    /// How many elements from a place on show, or do not, out of at most so many; and whether they show.
    pub(crate) fn stretch_at(&self, at: u32, most: u32) -> (u32, bool) {
        let stretch = self.hidden.as_ref().and_then(|all| all.stretch_at(at));
        let stretch = stretch.unwrap_or(Stretch {
            len: most,
            hides: None,
        });
        (stretch.len.min(most), stretch.hides.is_none())
    }

    /// Inserts elements that show.
    pub(crate) fn insert(&mut self, at: u32, lv: Lv, len: u32) {
        let index = self.place(at).index();
        if let Some(hidden) = &mut self.hidden {
            hidden.insert(at, Stretch { len, hides: None });
        }
        self.insert_shown(index, lv, len);
    }

    /// Inserts an element that does not show.
    pub(crate) fn insert_hidden(&mut self, at: u32, lv: Lv) {
        let new = Stretch {
            len: 1,
            hides: Some(lv),
        };
        self.hidden_mut().insert(at, new);
    }

    fn hidden_mut(&mut self) -> &mut Hidden {
        let len = self.spans.total();
        self.hidden
            .get_or_insert_with(|| Box::new(Hidden::new(len)))
    }

    fn insert_shown(&mut self, index: u32, lv: Lv, len: u32) {
        let new = Consecutive { from: lv.0, len };
        if index == self.len() {
            self.append(new);
            return;
        }
        let inserted = self
            .spans
            .insert_span(index, new, |before, new| before.extend(*new));
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

    /// Takes out `len` elements; `removed` hears what they showed, in order, but for those that did not show.
    pub(crate) fn delete(&mut self, at: u32, len: u32, mut removed: impl FnMut(Lv, u32)) {
        let (mut index, mut shown) = (at, len);
        if let Some(hidden) = &mut self.hidden {
            index = hidden.shown_before(at);
            shown = hidden.shown_before(at + len) - index;
            hidden.delete(at, len);
        }
        self.spans
            .remove_range(index, shown, |span| removed(Lv(span.from), span.len));
    }

    /// Makes the element at a place, which shows, show what `lv` wrote; returns what it showed before.
    pub(crate) fn set(&mut self, at: u32, lv: Lv) -> Option<Lv> {
        let index = self.place(at).index();
        let before = self.get(index)?;
        self.spans.remove_range(index, 1, |_| {});
        self.insert_shown(index, lv, 1);
        Some(before)
    }

    /// Says what the element at a place would show, which does not; returns what it would have before.
    pub(crate) fn set_hidden(&mut self, at: u32, lv: Lv) -> Option<Lv> {
        let before = self.hidden_at(at)?;
        self.hidden_mut().delete(at, 1);
        self.insert_hidden(at, lv);
        Some(before)
    }

    /// Hides the element at a place, which shows; returns what it showed.
    pub(crate) fn hide(&mut self, at: u32) -> Option<Lv> {
        let index = self.place(at).index();
        let lv = self.get(index)?;
        self.hidden_mut().delete(at, 1);
        self.insert_hidden(at, lv);
        self.spans.remove_range(index, 1, |_| {});
        Some(lv)
    }

    /// Shows the element at a place, which does not show; returns what it shows.
    pub(crate) fn show(&mut self, at: u32) -> Option<Lv> {
        let lv = self.hidden_at(at)?;
        self.hidden_mut().delete(at, 1);
        self.insert(at, lv, 1);
        Some(lv)
    }

    /// Puts the element at `from` at place `to` of the list without it; returns the operation that it shows, or would.
    pub(crate) fn relocate(&mut self, from: u32, to: u32) -> Option<Lv> {
        if let Some(lv) = self.hidden_at(from) {
            self.hidden_mut().delete(from, 1);
            self.insert_hidden(to, lv);
            return Some(lv);
        }
        let lv = self.get(self.place(from).index())?;
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

    /// The operations of all elements, in order, also of those that do not show.
    pub(crate) fn all(&self) -> impl Iterator<Item = Lv> {
        let mut shown = self.iter();
        let mut stretches = self.hidden.iter().flat_map(|all| all.stretches().copied());
        let mut stretch = Stretch::default();
        let has_hidden = self.hidden.is_some();
        std::iter::from_fn(move || {
            while has_hidden && stretch.len == 0 {
                stretch = stretches.next()?;
            }
            stretch.len = stretch.len.saturating_sub(1);
            match &mut stretch.hides {
                Some(lv) => Some(std::mem::replace(lv, lv.plus(1))),
                None => shown.next(),
            }
        })
    }

    /// The operations shown, in order, consecutive ones together.
    pub(crate) fn spans(&self) -> impl Iterator<Item = LvSpan> {
        self.spans
            .spans()
            .map(|span| LvSpan::new(Lv(span.from), Lv(span.end())))
    }

    /// Says that what stands at an index is about to be written to.
    pub(crate) fn open(&mut self, index: u32) {
        self.opened = index;
    }

    /// At which index the value that `lv` wrote is shown. O(log n) where one was opened; else O(spans), from the end: lists
    /// mostly grow there.
    pub(crate) fn position_of(&self, lv: Lv) -> Option<u32> {
        if self.get(self.opened) == Some(lv) {
            return Some(self.opened);
        }
        let mut end = self.len();
        for span in self.spans.spans_from_end() {
            if (span.from..span.end()).contains(&lv.0) {
                return Some(end - span.len + (lv.0 - span.from));
            }
            end -= span.len;
        }
        None
    }

    /// The places of elements that show, or would, what these wrote. O(spans, and elements sought).
    pub(crate) fn places_of(&self, sought: &BTreeSet<Lv>) -> Vec<(u32, Lv)> {
        let mut found = Vec::new();
        let mut index = 0;
        for span in self.spans.spans() {
            for &lv in sought.range(Lv(span.from)..Lv(span.end())) {
                found.push((self.place_of(index + (lv.0 - span.from)), lv));
            }
            index += span.len;
        }
        let mut at = 0;
        for stretch in self.hidden.iter().flat_map(|all| all.stretches()) {
            if let Some(from) = stretch.hides {
                for &lv in sought.range(from..from.plus(stretch.len)) {
                    found.push((at + (lv.0 - from.0), lv));
                }
            }
            at += stretch.len;
        }
        found
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        self.spans.check()?;
        let Some(hidden) = &self.hidden else {
            return Ok(());
        };
        hidden.check()?;
        if hidden.shown() != self.len() {
            return Err("list: what shows is counted in two ways".into());
        }
        Ok(())
    }
}
