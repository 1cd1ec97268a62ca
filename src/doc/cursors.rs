//! Many anchors in one text or list, kept where they stand.

use smallvec::SmallVec;

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
    /// As [`Doc::resolve`]; then all are where they were.
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
        let kept = Kept::after(&steps);
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

/// A stretch of the old sequence that stayed, from one position to before another: what stands in it keeps its neighbours.
#[derive(Clone, Copy)]
struct Stretch {
    from: usize,
    to: usize,
    /// What is added to each position, around the end of numbers.
    by: usize,
}

impl Stretch {
    fn holds(&self, position: usize) -> bool {
        self.from <= position && position < self.to
    }
}

/// What stayed, ascending.
struct Kept(SmallVec<[Stretch; 4]>);

impl Kept {
    fn after(steps: &[Step]) -> Kept {
        let mut kept = SmallVec::new();
        let (mut old, mut new) = (0usize, 0usize);
        let stretch = |old: usize, new: usize, to| Stretch {
            // What stands at an edge is between other things now, unless it is the edge of all.
            from: if old == 0 && new == 0 { 0 } else { old + 1 },
            to,
            by: new.wrapping_sub(old),
        };
        for step in steps {
            match *step {
                Step::Retain(len) => {
                    kept.push(stretch(old, new, old + len));
                    old += len;
                    new += len;
                }
                Step::Insert(len) => new += len,
                Step::Delete(len) => old += len,
            }
        }
        kept.push(stretch(old, new, usize::MAX));
        Kept(kept)
    }

    /// The stretch that a position may be in.
    fn around(&self, position: usize) -> Option<&Stretch> {
        let at = self.0.partition_point(|stretch| stretch.to <= position);
        self.0.get(at)
    }

    /// Which positions are in none, by their indices.
    fn touched(&self, positions: &[usize]) -> Vec<usize> {
        let is_touched = |position| {
            let around = self.around(position);
            !around.is_some_and(|stretch| stretch.holds(position))
        };
        let all = positions.iter().enumerate();
        if let [head, tail] = *self.0 {
            // Most changes are one edit. Then most often none is touched, and no branch is taken for each.
            let within = |position: usize| !head.holds(position) & !tail.holds(position);
            if !positions.iter().fold(false, |any, &at| any | within(at)) {
                return Vec::new();
            }
        }
        all.filter(|&(_, &position)| is_touched(position))
            .map(|(index, _)| index)
            .collect()
    }

    fn move_all(&self, positions: &mut [usize]) {
        if let [head, tail] = *self.0 {
            for position in positions {
                let by = if *position < tail.from {
                    head.by
                } else {
                    tail.by
                };
                *position = position.wrapping_add(by);
            }
            return;
        }
        for position in positions {
            let by = self.around(*position).map_or(0, |stretch| stretch.by);
            *position = position.wrapping_add(by);
        }
    }
}
