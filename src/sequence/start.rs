//! Where trackers start afresh.

use crate::graph::{Base, Walk};
use crate::id::{Heads, Lv, LvSpan};
use crate::oplog::{OpLog, SequenceLog};

/// Where trackers start afresh, and what they replay from there.
pub(super) struct Start {
    pub(super) base: Heads,
    /// Operations outside the base that were known before.
    pub(super) held: Vec<LvSpan>,
    /// Those, and then the new ones.
    pub(super) walk: Walk,
    /// Whether that is all that happened.
    pub(super) is_whole: bool,
}

impl Start {
    /// At the only head there was.
    pub(super) fn at_heads(log: &OpLog, span: LvSpan, before: &[Lv]) -> Self {
        Start {
            base: Heads::from_slice(before),
            held: Vec::new(),
            walk: Walk::new(&log.graph, &[span], span.start),
            is_whole: false,
        }
    }

    /// At the base of a concurrent phase.
    pub(super) fn behind(log: &OpLog, span: LvSpan, before: &[Lv], after: &[Lv]) -> Self {
        let Base {
            version: base,
            outside: mut held,
        } = log.graph.base(before, after);
        held.retain_mut(|outside| {
            outside.end = outside.end.min(span.start);
            !outside.is_empty()
        });
        held.push(span);
        let walk = Walk::new(&log.graph, &held, span.start);
        held.pop();
        Start {
            base,
            held,
            walk,
            is_whole: false,
        }
    }

    /// Where what is replayed begins.
    pub(super) fn since(&self, span: LvSpan) -> Lv {
        self.held.first().map_or(span.start, |held| held.start)
    }

    /// How many runs of a sequence were known before.
    pub(super) fn held_runs(&self, sequence: &SequenceLog) -> usize {
        match (self.held.first(), self.held.last()) {
            (Some(first), Some(last)) => {
                sequence.index_after(last.end) - sequence.index_after(first.start)
            }
            _ => 0,
        }
    }
}

/// Whether there is one head, and all that is new follows it.
pub(super) fn follows_all(log: &OpLog, span: LvSpan, heads: &[Lv]) -> bool {
    let &[head] = heads else {
        return false;
    };
    // Parts at or after the only head follow it: everything older is in its past.
    log.graph.parts_of(span).all(|(_, parents)| {
        parents
            .as_slice()
            .first()
            .is_some_and(|&oldest| oldest >= head)
    })
}
