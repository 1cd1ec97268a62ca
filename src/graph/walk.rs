//! The order in which a replay visits runs: parents first, and seldom switching branches.

use super::Graph;
use crate::id::{Lv, LvSpan};

impl Graph {
    /// The parts of runs within `spans` (ascending), ordered so that a run follows its parents and, where it can, directly
    /// the run visited before it. O(runs log runs).
    pub(crate) fn walk(&self, spans: &[LvSpan]) -> Vec<LvSpan> {
        let parts = self.parts(spans);
        if parts.len() < 3 {
            return parts;
        }
        let index_of = |lv: Lv| {
            let at = parts.partition_point(|part| part.end <= lv);
            parts.get(at).filter(|part| part.start <= lv).map(|_| at)
        };
        // Children of each part as one flat list: child c of part p stands in children[first[p]..first[p + 1]].
        let mut waits = vec![0u32; parts.len()];
        let mut edges: Vec<(usize, usize)> = Vec::with_capacity(parts.len());
        for (child, part) in parts.iter().enumerate() {
            for &parent in &self.parents(part.start) {
                if let Some(parent) = index_of(parent) {
                    edges.push((parent, child));
                    waits[child] += 1;
                }
            }
        }
        edges.sort_unstable();
        let mut ready: Vec<usize> = (0..parts.len()).rev().filter(|&part| waits[part] == 0).collect();
        let mut order = Vec::with_capacity(parts.len());
        while let Some(part) = ready.pop() {
            order.push(parts[part]);
            let from = edges.partition_point(|edge| edge.0 < part);
            // Pushed in descending order: the oldest child, which most often continues this branch, comes next.
            let to = edges.partition_point(|edge| edge.0 <= part);
            for &(_, child) in edges[from..to].iter().rev() {
                waits[child] -= 1;
                if waits[child] == 0 {
                    ready.push(child);
                }
            }
        }
        order
    }

    /// Cuts spans at the borders of runs.
    pub(crate) fn parts(&self, spans: &[LvSpan]) -> Vec<LvSpan> {
        let mut parts = Vec::with_capacity(spans.len());
        for &span in spans {
            let mut at = self.run_index(span.start);
            let mut start = span.start;
            while start < span.end {
                let end = self.runs[at].span.end.min(span.end);
                parts.push(LvSpan::new(start, end));
                start = end;
                at += 1;
            }
        }
        parts
    }
}
