//! Many anchors in one text or list, kept where they stand.

use super::Doc;
use super::anchor::{Anchor, Side};
use super::change::{Change, ListEdit};
use super::text_edits::TextEdit;
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

/// So many elements of the old sequence, or of the new one.
#[derive(Clone, Copy)]
enum Step {
    Retain(usize),
    Insert(usize),
    Delete(usize),
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
    /// As [`Doc::resolve`].
    pub fn follow(&mut self, doc: &mut Doc, change: &Change) -> Result<(), Error> {
        let Some(first) = self.anchors.first() else {
            return Ok(());
        };
        let Some(path) = doc.path_of_anchor(first)? else {
            return Ok(());
        };
        let steps = steps(change, &path);
        if steps.is_empty() {
            return Ok(());
        }
        for (anchor, position) in self.anchors.iter().zip(&mut self.positions) {
            match moved(&steps, *position) {
                Some(to) => *position = to,
                None => *position = doc.resolve(anchor)?,
            }
        }
        Ok(())
    }
}

fn steps(change: &Change, path: &str) -> Vec<Step> {
    let text = change.text(path).into_iter().map(|edit| match edit {
        TextEdit::Retain(len) => Step::Retain(len),
        TextEdit::Insert(text) => Step::Insert(text.chars().count()),
        TextEdit::Delete(len) => Step::Delete(len),
    });
    let list = change.list(path).into_iter().map(|edit| match edit {
        ListEdit::Retain(len) => Step::Retain(len),
        ListEdit::Insert(values) => Step::Insert(values.len()),
        ListEdit::Delete(len) => Step::Delete(len),
    });
    text.chain(list).collect()
}

/// Where a position goes; `None` where an edit touches it.
fn moved(steps: &[Step], position: usize) -> Option<usize> {
    let (mut old, mut new) = (0, 0);
    for step in steps {
        match *step {
            Step::Retain(len) => {
                if position < old + len {
                    // What it stands between did not change, unless it is the first that stays.
                    return (position > old || old == 0 && new == 0)
                        .then(|| new + (position - old));
                }
                old += len;
                new += len;
            }
            Step::Insert(len) => new += len,
            Step::Delete(len) => old += len,
        }
        if position < old {
            return None;
        }
    }
    (position > old).then(|| new + (position - old))
}
