//! The order in which a replay visits runs: parents first, and seldom switching branches.

use smallvec::SmallVec;

use super::Graph;
use crate::id::{Lv, LvSpan};

/// Parts of runs.
pub(crate) type Parts = SmallVec<[LvSpan; 2]>;

impl Graph {
    /// The parts of runs within `spans` (ascending), parents before children. A replay pays for every operation that it
    /// retreats or advances to visit the next part, so a branch is followed to its end, the shortest first, and what
    /// merges several branches comes when nothing else is left of them. O(runs log runs).
    pub(crate) fn walk(&self, spans: &[LvSpan]) -> Parts {
        let parts = self.parts(spans);
        if parts.len() < 3 {
            return parts;
        }
        let index_of = |lv: Lv| {
            let at = parts.partition_point(|part| part.end <= lv);
            parts.get(at).filter(|part| part.start <= lv).map(|_| at)
        };
        let mut waits = vec![0u32; parts.len()];
        // Pairs of parent and child, by parent.
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
        let keys = visiting_keys(&parts, &edges, &waits);
        let mut ready: Vec<usize> = (0..parts.len()).filter(|&part| waits[part] == 0).collect();
        ready.sort_unstable_by_key(|&part| std::cmp::Reverse(keys[part]));
        let mut order = Parts::with_capacity(parts.len());
        while let Some(part) = ready.pop() {
            order.push(parts[part]);
            let from = edges.partition_point(|edge| edge.0 < part);
            let first_ready = ready.len();
            for &(_, child) in edges[from..].iter().take_while(|edge| edge.0 == part) {
                waits[child] -= 1;
                if waits[child] == 0 {
                    ready.push(child);
                }
            }
            ready[first_ready..].sort_unstable_by_key(|&part| std::cmp::Reverse(keys[part]));
        }
        order
    }

    /// Cuts spans at the borders of runs.
    pub(crate) fn parts(&self, spans: &[LvSpan]) -> Parts {
        let mut parts = Parts::new();
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

/// What orders the children of a part: those with one parent first, then by the longest way from there to an end, in
/// operations, then by age. `edges` are pairs of parent and child, by parent.
fn visiting_keys(
    parts: &[LvSpan],
    edges: &[(usize, usize)],
    waits: &[u32],
) -> Vec<(bool, u32, usize)> {
    let mut longest = vec![0u32; parts.len()];
    let mut edge = edges.len();
    for part in (0..parts.len()).rev() {
        let mut onward = 0;
        while edge > 0 && edges[edge - 1].0 == part {
            edge -= 1;
            onward = onward.max(longest[edges[edge].1]);
        }
        longest[part] = onward.saturating_add(parts[part].len());
    }
    (0..parts.len())
        .map(|part| (waits[part] > 1, longest[part], part))
        .collect()
}
