//! What one version knows and another does not.

use std::collections::BinaryHeap;

use super::Graph;
use crate::id::{Lv, LvSpan};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Side {
    First,
    Second,
    Both,
}

/// An operation up to which a version reaches: itself, whose version, and its run.
type Reach = (Lv, Side, u32);

/// Reaches still to be walked back from, the newest first. Nearly always a handful, for which a sorted list is quickest.
#[derive(Clone, Debug, Default)]
struct Queue {
    few: Vec<Reach>,
    more: BinaryHeap<Reach>,
}

impl Queue {
    const FEW: usize = 16;

    fn clear(&mut self) {
        self.few.clear();
        self.more.clear();
    }

    fn len(&self) -> usize {
        self.few.len() + self.more.len()
    }

    fn push(&mut self, reach: Reach) {
        if self.few.len() == Self::FEW {
            self.more.push(reach);
            return;
        }
        let at = self
            .few
            .iter()
            .rposition(|&other| other < reach)
            .map_or(0, |at| at + 1);
        self.few.insert(at, reach);
    }

    fn peek(&self) -> Option<Reach> {
        self.few.last().copied().max(self.more.peek().copied())
    }

    fn pop(&mut self) -> Option<Reach> {
        if self.more.peek() > self.few.last() {
            self.more.pop()
        } else {
            self.few.pop()
        }
    }
}

/// The operations that only one of two versions includes, each list descending. Reused between questions, so that none
/// allocates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Difference {
    pub(crate) first: Vec<LvSpan>,
    pub(crate) second: Vec<LvSpan>,
    queue: Queue,
}

impl Difference {
    /// Compares two versions. O(runs in the difference).
    pub(crate) fn find(&mut self, graph: &Graph, first: &[Lv], second: &[Lv]) {
        self.first.clear();
        self.second.clear();
        if first == second || self.on_one_run(graph, first, second) {
            return;
        }
        self.queue.clear();
        for (version, side) in [(first, Side::First), (second, Side::Second)] {
            for &lv in version {
                self.queue.push((lv, side, graph.run_number(lv)));
            }
        }
        let mut both = 0;
        while let Some((mut lv, mut side, run)) = self.queue.pop() {
            both -= usize::from(side == Side::Both);
            let run = &graph.runs[run as usize];
            let start = run.span.start;
            while let Some((next, next_side, _)) =
                self.queue.peek().filter(|&(next, ..)| next >= start)
            {
                self.queue.pop();
                both -= usize::from(next_side == Side::Both);
                if next_side != side {
                    self.mark(LvSpan::new(next.plus(1), lv.plus(1)), side);
                    lv = next;
                    side = Side::Both;
                }
            }
            self.mark(LvSpan::new(start, lv.plus(1)), side);
            for (&parent, &parent_run) in run.parents.iter().zip(&run.parent_runs) {
                self.queue.push((parent, side, parent_run));
                both += usize::from(side == Side::Both);
            }
            if both == self.queue.len() {
                break;
            }
        }
    }

    /// The common case: two single operations in one run.
    fn on_one_run(&mut self, graph: &Graph, first: &[Lv], second: &[Lv]) -> bool {
        let (&[a], &[b]) = (first, second) else {
            return false;
        };
        let start = graph.run_of(a.max(b)).span.start;
        if a.min(b) < start {
            return false;
        }
        self.mark(LvSpan::new(b.plus(1), a.plus(1)), Side::First);
        self.mark(LvSpan::new(a.plus(1), b.plus(1)), Side::Second);
        true
    }

    fn mark(&mut self, span: LvSpan, side: Side) {
        let list = match side {
            Side::First => &mut self.first,
            Side::Second => &mut self.second,
            Side::Both => return,
        };
        if span.is_empty() {
            return;
        }
        match list.last_mut() {
            Some(last) if last.start == span.end => last.start = span.start,
            _ => list.push(span),
        }
    }
}
