//! Parts of runs.

use smallvec::SmallVec;

use super::Graph;
use crate::id::{Lv, LvSpan};

/// Parts of runs.
pub(crate) type Parts = SmallVec<[LvSpan; 2]>;

/// What the first operation of a part follows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parents<'g> {
    /// The operation before it in its run.
    Before(Lv),
    /// The parents of its run.
    Of(&'g [Lv]),
}

impl Parents<'_> {
    pub(crate) fn as_slice(&self) -> &[Lv] {
        match self {
            Parents::Before(lv) => std::slice::from_ref(lv),
            Parents::Of(parents) => parents,
        }
    }
}

impl Graph {
    /// The part of each run that lies within a span, with its parents.
    pub(crate) fn parts_of(&self, span: LvSpan) -> impl Iterator<Item = (LvSpan, Parents<'_>)> {
        self.runs[self.run_index(span.start).min(self.runs.len())..]
            .iter()
            .take_while(move |run| run.span.start < span.end)
            .map(move |run| {
                let start = run.span.start.max(span.start);
                let parents = if start > run.span.start {
                    Parents::Before(Lv(start.0 - 1))
                } else {
                    Parents::Of(&run.parents)
                };
                (LvSpan::new(start, run.span.end.min(span.end)), parents)
            })
    }

    /// How many runs reach into a span.
    pub(crate) fn count_parts(&self, span: LvSpan) -> usize {
        if span.is_empty() {
            return 0;
        }
        self.run_index(span.last()) + 1 - self.run_index(span.start)
    }

    /// Cuts spans at the borders of runs.
    pub(crate) fn parts(&self, spans: &[LvSpan]) -> Parts {
        spans
            .iter()
            .filter(|span| !span.is_empty())
            .flat_map(|&span| self.parts_of(span))
            .map(|(part, _)| part)
            .collect()
    }
}
