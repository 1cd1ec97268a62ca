//! The order in which a replay visits parts of runs: parents first, and seldom switching branches.

use smallvec::SmallVec;

use super::Graph;
use crate::id::{Lv, LvSpan};

/// A stretch of the graph, cut so that every version in it that something follows ends where parts end; its parts name
/// each other by index. Also the order in which a replay visits them.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    /// Ascending.
    parts: SmallVec<[LvSpan; 2]>,
    /// The parents of all parts that are parts themselves, in order of the children.
    parents: Vec<u32>,
    /// Where the parents of each part start, and where the last ones end.
    first_parents: Vec<u32>,
    order: SmallVec<[u32; 2]>,
    /// How many of the parts in `order` lie before `since`; they come first.
    known: usize,
}

impl Walk {
    /// A walk over `spans` (ascending, without gaps): what lies before `since` first, then the rest. A replay pays for
    /// every operation that it retreats or advances to visit the next part, so a branch is followed to its end, the
    /// shortest first, and what merges several branches comes when nothing else is left of them. O(runs log runs).
    pub(crate) fn new(graph: &Graph, spans: &[LvSpan], since: Lv) -> Self {
        let mut walk = Walk {
            parts: SmallVec::new(),
            parents: Vec::new(),
            first_parents: Vec::new(),
            order: SmallVec::new(),
            known: 0,
        };
        walk.cut(graph, spans);
        walk.known = walk.parts.partition_point(|part| part.start < since);
        if walk.parts.len() < 2 {
            walk.order.extend(0..index(walk.parts.len()));
        } else {
            walk.link(graph);
            walk.sort();
        }
        walk
    }

    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    /// All parts, ascending.
    pub(crate) fn parts(&self) -> &[LvSpan] {
        &self.parts
    }

    pub(crate) fn part(&self, part: u32) -> LvSpan {
        self.parts[part as usize]
    }

    /// The parts before `since`, in the order of the walk.
    pub(crate) fn known(&self) -> &[u32] {
        &self.order[..self.known]
    }

    /// The parts from `since` on, in the order of the walk.
    pub(crate) fn new_parts(&self) -> &[u32] {
        &self.order[self.known..]
    }

    /// Which parts a part follows directly. What it follows outside the walk is not among them.
    #[inline]
    pub(crate) fn parents(&self, part: u32) -> &[u32] {
        let part = part as usize;
        match (
            self.first_parents.get(part),
            self.first_parents.get(part + 1),
        ) {
            (Some(&from), Some(&to)) => &self.parents[from as usize..to as usize],
            _ => &[],
        }
    }

    /// Cuts the spans at the borders of runs, and behind every operation that another run follows.
    fn cut(&mut self, graph: &Graph, spans: &[LvSpan]) {
        let Some(least) = spans.first().map(|span| span.start) else {
            return;
        };
        let mut cuts: Vec<Lv> = Vec::new();
        for &span in spans {
            let mut at = graph.run_index(span.start);
            let mut start = span.start;
            while start < span.end {
                let run = &graph.runs[at];
                let end = run.span.end.min(span.end);
                self.parts.push(LvSpan::new(start, end));
                if start == run.span.start {
                    for (&parent, &parent_run) in run.parents.iter().zip(&run.parent_runs) {
                        if parent >= least
                            && parent.plus(1) < graph.runs[parent_run as usize].span.end
                        {
                            cuts.push(parent.plus(1));
                        }
                    }
                }
                start = end;
                at += 1;
            }
        }
        if cuts.is_empty() {
            return;
        }
        cuts.sort_unstable();
        cuts.dedup();
        let uncut = std::mem::take(&mut self.parts);
        self.parts.reserve(uncut.len() + cuts.len());
        let mut cuts = cuts.into_iter().peekable();
        for mut part in uncut {
            while let Some(cut) = cuts.next_if(|&cut| cut < part.end) {
                if cut > part.start {
                    self.parts.push(LvSpan::new(part.start, cut));
                    part.start = cut;
                }
            }
            self.parts.push(part);
        }
    }

    /// Finds the parents of each part.
    fn link(&mut self, graph: &Graph) {
        let least = self.parts[0].start;
        let first_run = graph.run_index(least);
        let mut run = first_run;
        // Where the parts of each run start.
        let mut first_parts: Vec<u32> = Vec::with_capacity(self.parts.len() + 1);
        self.first_parents.reserve(self.parts.len() + 1);
        self.parents
            .reserve(self.parts.len() + self.parts.len() / 2);
        for (at, part) in (0u32..).zip(&self.parts) {
            self.first_parents.push(index(self.parents.len()));
            while graph.runs[run].span.end <= part.start {
                run += 1;
            }
            let starts = &graph.runs[run];
            while first_parts.len() <= run - first_run {
                first_parts.push(at);
            }
            if starts.span.start < part.start {
                if part.start > least {
                    self.parents.push(at - 1);
                }
                continue;
            }
            for (&parent, &parent_run) in starts.parents.iter().zip(&starts.parent_runs) {
                if parent < least {
                    continue;
                }
                let nth = parent_run as usize - first_run;
                let from = first_parts[nth] as usize;
                let to = first_parts.get(nth + 1).map_or(at, |&next| next) as usize;
                let within = if to - from < 2 {
                    0
                } else {
                    self.parts[from..to].partition_point(|part| part.end <= parent)
                };
                self.parents.push(index(from + within));
            }
        }
        self.first_parents.push(index(self.parents.len()));
    }

    fn sort(&mut self) {
        let count = self.parts.len();
        let keys = self.visiting_keys();
        // The children of each part: how many at first, then where they start.
        let mut first_children = vec![0u32; count + 1];
        for &parent in &self.parents {
            first_children[parent as usize] += 1;
        }
        let mut end = 0;
        for first in &mut first_children {
            end += *first;
            *first = end;
        }
        let mut children = vec![0u32; self.parents.len()];
        let mut waits = vec![0u32; count];
        for child in (0..index(count)).rev() {
            let parents = self.parents(child);
            waits[child as usize] = index(parents.len());
            for &parent in parents {
                let first = &mut first_children[parent as usize];
                *first -= 1;
                children[*first as usize] = child;
            }
        }
        let mut order = SmallVec::with_capacity(count);
        let mut ready: Vec<u32> = Vec::new();
        for (from, to) in [(0, self.known), (self.known, count)] {
            ready.extend((index(from)..index(to)).filter(|&part| waits[part as usize] == 0));
            sort_ready(&mut ready, &keys);
            while let Some(part) = ready.pop() {
                order.push(part);
                let first_ready = ready.len();
                let (from, end) = (
                    first_children[part as usize],
                    first_children[part as usize + 1],
                );
                for &child in &children[from as usize..end as usize] {
                    waits[child as usize] -= 1;
                    if waits[child as usize] == 0 && (child as usize) < to {
                        ready.push(child);
                    }
                }
                sort_ready(&mut ready[first_ready..], &keys);
            }
        }
        self.order = order;
    }

    /// What orders the children of a part: those with one parent first, then by the longest way from there to an end, in
    /// operations, then by age.
    fn visiting_keys(&self) -> Vec<u64> {
        let mut longest = vec![0u32; self.parts.len()];
        let mut keys = vec![0; self.parts.len()];
        for at in (0..index(self.parts.len())).rev() {
            let part = self.part(at);
            let parents = self.parents(at);
            let way = longest[at as usize]
                .saturating_add(part.len())
                .min(u32::MAX >> 1);
            for &parent in parents {
                let onward = &mut longest[parent as usize];
                *onward = way.max(*onward);
            }
            let merges = u64::from(parents.len() > 1);
            keys[at as usize] = merges << 63 | u64::from(way) << 32 | u64::from(at);
        }
        keys
    }
}

/// The one to visit next stands last.
fn sort_ready(ready: &mut [u32], keys: &[u64]) {
    if ready.len() > 1 {
        ready.sort_unstable_by_key(|&part| std::cmp::Reverse(keys[part as usize]));
    }
}

/// Parts are fewer than operations, which are fewer than 2^32.
#[allow(clippy::cast_possible_truncation)]
fn index(at: usize) -> u32 {
    at as u32
}
