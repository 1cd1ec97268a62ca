//! Many anchors in one text or list, kept where they stand.

use super::Doc;
use super::anchor::{Anchor, Side};
use super::change::Change;
use super::kept::Kept;
use crate::error::Error;

/// Anchors in one text or list, and where each stands: cursors, or the ends of comments. They are told of every change, and move
/// with it: O(n) for n anchors, a few nanoseconds each.
///
/// # Examples
///
/// ```
/// use syncline::{Cursors, Doc, Side};
///
/// # fn main() -> Result<(), syncline::Error> {
/// let mut doc = Doc::new();
/// doc.transact(|tx| tx.text("body").push("Hello world"))?;
/// let mut cursors = Cursors::new();
/// cursors.add(&mut doc, "body", 5, Side::After)?;
/// let change = doc.transact(|tx| tx.text("body").insert(0, ">> "))?;
/// cursors.follow(&mut doc, &change)?;
/// assert_eq!(cursors.positions(), [8]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cursors {
    anchors: Vec<Anchor>,
    positions: Vec<usize>,
}

impl Cursors {
    /// None yet.
    pub fn new() -> Cursors {
        Cursors::default()
    }

    /// Adds an anchor at a position of the text or list at a path; returns its index. All must be in one text or list.
    ///
    /// # Errors
    ///
    /// As [`Doc::anchor`].
    pub fn add(
        &mut self,
        doc: &mut Doc,
        path: &str,
        position: usize,
        side: Side,
    ) -> Result<usize, Error> {
        let anchor = doc.anchor(path, position, side)?;
        self.anchors.push(anchor);
        self.positions.push(position);
        Ok(self.anchors.len() - 1)
    }

    /// Adds an anchor that was kept; returns its index. All must be in one text or list.
    ///
    /// # Errors
    ///
    /// As [`Doc::resolve`].
    pub fn put(&mut self, doc: &mut Doc, anchor: Anchor) -> Result<usize, Error> {
        let position = doc.resolve(&anchor)?;
        self.anchors.push(anchor);
        self.positions.push(position);
        Ok(self.anchors.len() - 1)
    }

    /// Takes out the anchor of an index; those behind it move up. `None` past the end.
    pub fn remove(&mut self, index: usize) -> Option<Anchor> {
        if index >= self.anchors.len() {
            return None;
        }
        self.positions.remove(index);
        Some(self.anchors.remove(index))
    }

    /// The anchors, in the order in which they were added.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// Where each stands: Unicode scalars, or elements, before it.
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// Moves all anchors past a change of the document, which must be told of each, in order. Anchors within what changed, or
    /// at its edge, are looked for anew: O(log n) each.
    ///
    /// # Errors
    ///
    /// As [`Doc::resolve`]; then all are where they were.
    pub fn follow(&mut self, doc: &mut Doc, change: &Change) -> Result<(), Error> {
        let Some(first) = self.anchors.first() else {
            return Ok(());
        };
        let Some(path) = doc.path_of_anchor(first)? else {
            return Ok(());
        };
        let Some(kept) = Kept::of(change, &path) else {
            return Ok(());
        };
        // Before any is moved: an error leaves all where they were.
        let touched = kept.touched(&self.positions);
        let touched: Vec<(usize, usize)> = touched
            .into_iter()
            .filter_map(|index| Some((index, self.anchors.get(index)?)))
            .map(|(index, anchor)| Ok((index, doc.resolve(anchor)?)))
            .collect::<Result<_, Error>>()?;
        kept.move_all(&mut self.positions);
        for (index, to) in touched {
            if let Some(position) = self.positions.get_mut(index) {
                *position = to;
            }
        }
        Ok(())
    }
}
