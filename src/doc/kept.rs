//! What of a text or list stayed in a change, and where positions in it go.

use smallvec::SmallVec;

use super::change::{Change, ListEdit};
use super::text_edits::TextEdit;

/// So many elements of the old sequence, or of the new one.
#[derive(Clone, Copy)]
enum Step {
    Retain(usize),
    Insert(usize),
    Delete(usize),
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
pub(super) struct Kept(SmallVec<[Stretch; 4]>);

impl Kept {
    /// What stayed of the text or list at a path; `None` if nothing there changed.
    pub(super) fn of(change: &Change, path: &str) -> Option<Kept> {
        let steps = steps(change, path);
        (!steps.is_empty()).then(|| Kept::after(&steps))
    }

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
    pub(super) fn touched(&self, positions: &[usize]) -> Vec<usize> {
        let is_touched = |position| {
            let around = self.around(position);
            !around.is_some_and(|stretch| stretch.holds(position))
        };
        if let [head, tail] = *self.0 {
            // Most changes are one edit. Then most often none is touched, and no branch is taken for each.
            let within = |position: usize| !head.holds(position) & !tail.holds(position);
            if !positions.iter().fold(false, |any, &at| any | within(at)) {
                return Vec::new();
            }
        }
        let all = positions.iter().enumerate();
        all.filter(|&(_, &position)| is_touched(position))
            .map(|(index, _)| index)
            .collect()
    }

    /// Moves positions of which none is touched; what becomes of others means nothing.
    pub(super) fn move_all(&self, positions: &mut [usize]) {
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
