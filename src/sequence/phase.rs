//! Cutting what a merge brings into stretches that follow everything and stretches that are concurrent.

use smallvec::SmallVec;

use crate::graph::{Graph, Parents};
use crate::id::{Heads, Lv, LvSpan};

/// A stretch of new operations, consecutive in local version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// Each operation follows everything before it: it applies as it is.
    Linear(LvSpan),
    /// Needs a replay. Everything after the phase follows all of it.
    Concurrent {
        span: LvSpan,
        /// Heads of everything before the phase.
        before: Heads,
        /// Heads of everything up to its end.
        after: Heads,
    },
}

/// The phases of the operations `span`, the newest of the graph; `before` are the heads without them. O(runs).
pub(crate) fn phases(graph: &Graph, span: LvSpan, before: &[Lv]) -> SmallVec<[Phase; 1]> {
    let mut parts: Vec<(LvSpan, Parents<'_>)> = Vec::with_capacity(graph.count_parts(span));
    parts.extend(graph.parts_of(span));
    // The oldest operation that a part at or after an index follows directly; -1 for none.
    let mut oldest = vec![i64::MAX; parts.len() + 1];
    for (index, (_, parents)) in parts.iter().enumerate().rev() {
        let first = parents.as_slice().first();
        oldest[index] = oldest[index + 1].min(first.map_or(-1, |lv| i64::from(lv.0)));
    }
    let mut heads = Heads::from_slice(before);
    let mut phases = SmallVec::new();
    let mut index = 0;
    let mut at = span.start;
    while index < parts.len() {
        let (part, parents) = parts[index];
        let follows = at > part.start || parents.as_slice() == heads.as_slice();
        if follows && oldest[index + 1] >= i64::from(at.0) {
            let end = u32::try_from(oldest[index + 1].saturating_add(1))
                .map_or(part.end, |end| part.end.min(Lv(end)));
            push_linear(&mut phases, LvSpan::new(at, end));
            heads = Heads::from_slice(&[Lv(end.0 - 1)]);
            at = end;
            if at == part.end {
                index += 1;
            }
            continue;
        }
        let start = at;
        let before = heads.clone();
        while index < parts.len() {
            let (part, parents) = parts[index];
            if at == part.start {
                // Ascending, and perhaps thousands.
                for parent in parents.as_slice() {
                    if let Ok(at) = heads.binary_search(parent) {
                        heads.remove(at);
                    }
                }
            } else {
                heads.clear();
            }
            if heads.is_empty() && oldest[index + 1] >= i64::from(at.0) {
                heads.push(at);
                at = at.plus(1);
                if at == part.end {
                    index += 1;
                }
                break;
            }
            heads.push(part.last());
            at = part.end;
            index += 1;
        }
        phases.push(Phase::Concurrent {
            span: LvSpan::new(start, at),
            before,
            after: heads.clone(),
        });
    }
    phases
}

fn push_linear(phases: &mut SmallVec<[Phase; 1]>, span: LvSpan) {
    match phases.last_mut() {
        Some(Phase::Linear(last)) if last.end == span.start => last.end = span.end,
        _ => phases.push(Phase::Linear(span)),
    }
}
