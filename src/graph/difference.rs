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

/// The operations that only one of two versions includes, each list descending. Reused between questions, so that none
/// allocates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Difference {
    pub(crate) first: Vec<LvSpan>,
    pub(crate) second: Vec<LvSpan>,
    queue: BinaryHeap<(Lv, Side)>,
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
        self.queue.extend(first.iter().map(|&lv| (lv, Side::First)));
        self.queue.extend(second.iter().map(|&lv| (lv, Side::Second)));
        let mut both = 0;
        while let Some((mut lv, mut side)) = self.queue.pop() {
            if side == Side::Both {
                both -= 1;
            }
            let run = graph.run_of(lv);
            let start = run.span.start;
            while let Some(&(next, next_side)) = self.queue.peek() {
                if next < start {
                    break;
                }
                self.queue.pop();
                if next_side == Side::Both {
                    both -= 1;
                }
                if next_side != side {
                    self.mark(LvSpan::new(next.plus(1), lv.plus(1)), side);
                    lv = next;
                    side = Side::Both;
                }
            }
            self.mark(LvSpan::new(start, lv.plus(1)), side);
            for &parent in &run.parents {
                self.queue.push((parent, side));
                if side == Side::Both {
                    both += 1;
                }
            }
            if both == self.queue.len() {
                break;
            }
        }
    }

    /// The common case: two single operations in one run.
    fn on_one_run(&mut self, graph: &Graph, first: &[Lv], second: &[Lv]) -> bool {
        let (&[a], &[b]) = (first, second) else { return false };
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
