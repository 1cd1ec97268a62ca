//! The order in which a replay visits parts of runs: parents first, and seldom switching branches.

use std::cmp::Reverse;

use smallvec::SmallVec;

use super::Graph;
use crate::id::{Lv, LvSpan};

/// No part has that number, and no child that place.
const NONE: u32 = u32::MAX;

/// Seldom do more parts become ready at once.
const FEW: usize = 16;

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
        if let &[span] = spans
            && graph.run_of(span.start).span.end >= span.end
        {
            walk.parts.push(span);
        } else {
            walk.cut(graph, spans);
        }
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

    /// Whether something in the walk follows each part directly.
    pub(crate) fn are_followed(&self) -> Vec<bool> {
        let mut followed = vec![false; self.parts.len()];
        for &parent in &self.parents {
            followed[parent as usize] = true;
        }
        followed
    }

    /// Cuts the spans at the borders of runs, and behind every operation that another run follows.
    fn cut(&mut self, graph: &Graph, spans: &[LvSpan]) {
        let Some((first, last)) = spans.first().zip(spans.last()) else {
            return;
        };
        let least = first.start;
        let mut at = graph.run_index(least);
        let runs = graph.run_index(last.last()) - at + 1;
        let mut parts: Vec<LvSpan> = Vec::with_capacity(runs + runs / 4 + spans.len());
        let mut cuts: Vec<Lv> = Vec::with_capacity(runs / 2 + 4);
        for &span in spans {
            while graph.runs[at].span.end <= span.start {
                at += 1;
            }
            for run in &graph.runs[at..] {
                if run.span.start >= span.end {
                    break;
                }
                parts.push(LvSpan::new(
                    run.span.start.max(span.start),
                    run.span.end.min(span.end),
                ));
                if run.span.start < span.start {
                    continue;
                }
                for (&parent, &parent_run) in run.parents.iter().zip(&run.parent_runs) {
                    let end = graph.runs[parent_run as usize].span.end;
                    if parent >= least && parent.plus(1) < end {
                        cuts.push(parent.plus(1));
                    }
                }
            }
        }
        if !cuts.is_empty() {
            cuts.sort_unstable();
            cuts.dedup();
            parts = cut_at(&parts, &cuts);
        }
        self.parts = SmallVec::from_vec(parts);
    }

    /// Finds the parents of each part.
    fn link(&mut self, graph: &Graph) {
        let parts = self.parts.as_slice();
        let least = parts[0].start;
        let first_run = graph.run_index(least);
        let mut run = first_run;
        // Where the parts of each run start.
        let mut first_parts: Vec<u32> = Vec::with_capacity(parts.len() + 1);
        self.first_parents = Vec::with_capacity(parts.len() + 1);
        self.parents = Vec::with_capacity(parts.len() + parts.len() / 2);
        for (at, part) in (0u32..).zip(parts) {
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
                    parts[from..to].partition_point(|part| part.end <= parent)
                };
                self.parents.push(index(from + within));
            }
        }
        self.first_parents.push(index(self.parents.len()));
    }

    /// Finds the order.
    fn sort(&mut self) {
        let (mut places, children) = self.places();
        let count = self.parts.len();
        let mut order = Vec::with_capacity(count);
        let mut ready: Vec<u32> = Vec::with_capacity(FEW);
        for (from, to) in [(0, self.known), (self.known, count)] {
            let waits_for_none = |&part: &u32| places[part as usize].waits == 0;
            ready.extend((index(from)..index(to)).filter(waits_for_none));
            sort_ready(&mut ready, &places);
            while let Some(part) = ready.pop() {
                order.push(part);
                let first_ready = ready.len();
                let mut next = places[part as usize].child;
                while let Some(&(child, further)) = children.get(next as usize) {
                    let place = &mut places[child as usize];
                    place.waits -= 1;
                    if place.waits == 0 && (child as usize) < to {
                        ready.push(child);
                    }
                    next = further;
                }
                sort_ready(&mut ready[first_ready..], &places);
            }
        }
        self.order = SmallVec::from_vec(order);
    }

    /// Where each part stands among the others, and all that follow a part directly, each with the next that follows the same.
    fn places(&self) -> (Vec<Place>, Vec<(u32, u32)>) {
        let mut places = vec![Place::default(); self.parts.len()];
        let mut children = Vec::with_capacity(self.parents.len());
        for (at, part) in (0..index(self.parts.len()))
            .zip(self.parts.as_slice())
            .rev()
        {
            let parents = self.parents(at);
            let place = &mut places[at as usize];
            place.merges = parents.len() > 1;
            place.waits = index(parents.len());
            place.way = place.way.saturating_add(part.len());
            let way = place.way;
            for &parent in parents {
                let parent = &mut places[parent as usize];
                parent.way = parent.way.max(way);
                let further = std::mem::replace(&mut parent.child, index(children.len()));
                children.push((at, further));
            }
        }
        (places, children)
    }
}

/// A part among the others.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The longest way from its start to an end, in operations.
    way: u32,
    merges: bool,
    /// Parents that the order has not reached.
    waits: u32,
    /// The first of its children, by index.
    child: u32,
}

impl Default for Place {
    fn default() -> Self {
        Place {
            way: 0,
            merges: false,
            waits: 0,
            child: NONE,
        }
    }
}

/// Sorts what became ready at once; the one to visit next stands last. First come those with one parent, then the order is
/// that of the way from there to an end, then of age.
fn sort_ready(ready: &mut [u32], places: &[Place]) {
    let rank = |&part: &u32| {
        let place = &places[part as usize];
        Reverse((place.merges, place.way, part))
    };
    match ready {
        [] | [_] => {}
        [first, second] => {
            if rank(second) < rank(first) {
                std::mem::swap(first, second);
            }
        }
        more => more.sort_unstable_by_key(rank),
    }
}

/// Cuts parts before some operations; both ascending.
fn cut_at(parts: &[LvSpan], cuts: &[Lv]) -> Vec<LvSpan> {
    let mut all = Vec::with_capacity(parts.len() + cuts.len());
    let mut cuts = cuts.iter().copied().peekable();
    for &(mut part) in parts {
        while let Some(cut) = cuts.next_if(|&cut| cut < part.end) {
            if cut > part.start {
                all.push(LvSpan::new(part.start, cut));
                part.start = cut;
            }
        }
        all.push(part);
    }
    all
}

/// Parts are fewer than operations, which are fewer than 2^32.
#[allow(clippy::cast_possible_truncation)]
fn index(at: usize) -> u32 {
    at as u32
}
