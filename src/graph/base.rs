//! The greatest version that everything outside it follows.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::Graph;
use crate::id::{Heads, Lv, LvSpan};

/// Where the replay of concurrent operations starts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Base {
    /// Heads of the greatest version that every operation outside it follows.
    pub(crate) version: Heads,
    /// All operations outside it, ascending.
    pub(crate) outside: Vec<LvSpan>,
}

/// A version still to be walked back from; ordered by its newest operation, the empty version last.
#[derive(PartialEq, Eq)]
struct Point(Heads);

impl Ord for Point {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl PartialOrd for Point {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Graph {
    /// The base of what is outside `known` or concurrent to something that is; both versions ascending. A version of
    /// several heads counts as a base when everything outside follows exactly it. O(runs outside the base).
    pub(crate) fn base(&self, known: &[Lv], all: &[Lv]) -> Base {
        let mut outside: Vec<LvSpan> = Vec::new();
        let mut queue = BinaryHeap::new();
        queue.push(Point(known.into()));
        queue.extend(all.iter().map(|&head| Point(Heads::from_slice(&[head]))));
        let version = loop {
            let Some(Point(point)) = queue.pop() else {
                break Heads::new();
            };
            while queue.peek().is_some_and(|next| next.0 == point) {
                queue.pop();
            }
            if queue.is_empty() {
                break point;
            }
            let Some((&newest, rest)) = point.split_last() else {
                break Heads::new();
            };
            if !rest.is_empty() {
                queue.extend(point.iter().map(|&head| Point(Heads::from_slice(&[head]))));
                continue;
            }
            let run = self.run_of(newest);
            // Another point within this run: continue from there once what lies between is taken.
            let stop = queue
                .peek()
                .and_then(|next| next.0.last())
                .copied()
                .filter(|&next| next >= run.span.start);
            let from = stop.map_or(run.span.start, |next| next.plus(1));
            push_descending(&mut outside, LvSpan::new(from, newest.plus(1)));
            queue.push(Point(stop.map_or_else(
                || run.parents.clone(),
                |next| Heads::from_slice(&[next]),
            )));
        };
        outside.reverse();
        Base { version, outside }
    }
}

fn push_descending(spans: &mut Vec<LvSpan>, span: LvSpan) {
    match spans.last_mut() {
        Some(last) if last.start == span.end => last.start = span.start,
        _ => spans.push(span),
    }
}
