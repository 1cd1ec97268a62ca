//! Who inserted elements that a text had at some version, found by walking back from there.

use crate::graph::Graph;
use crate::id::{Heads, Lv, LvSpan};
use crate::oplog::{OpKind, OpRun, SequenceLog};

/// Elements that are sought: where they stand in the version that was reached, how many, and which of all they are.
#[derive(Clone, Copy, Debug)]
struct Sought {
    at: u32,
    len: u32,
    nth: u32,
}

impl Sought {
    fn end(&self) -> u32 {
        self.at + self.len
    }

    /// Cuts off all but the first `len`.
    fn split(&mut self, len: u32) -> Sought {
        let behind = Sought {
            at: self.at + len,
            len: self.len - len,
            nth: self.nth + len,
        };
        self.len = len;
        behind
    }
}

/// Who inserted elements that a text had at a version: ranges of indexes and lengths, ascending; the answer in that order.
/// Walks back only so far as it takes to meet them all, and as long as nobody was concurrent: `None` where that ends, or the
/// log does. O(runs since).
pub(crate) fn inserted_by(
    graph: &Graph,
    sequence: &SequenceLog,
    version: &[Lv],
    ranges: impl Iterator<Item = (u32, u32)>,
) -> Option<Vec<LvSpan>> {
    let mut nth = 0;
    let mut open: Vec<Sought> = ranges
        .map(|(at, len)| {
            nth += len;
            let nth = nth - len;
            Sought { at, len, nth }
        })
        .collect();
    let mut found: Vec<(u32, LvSpan)> = Vec::new();
    let mut version = Heads::from_slice(version);
    while !open.is_empty() {
        let &[head] = version.as_slice() else {
            return None;
        };
        let run = graph.run_of(head);
        let since = LvSpan::new(run.span.start, head.plus(1));
        for part in sequence.runs_in(since).rev() {
            match part.kind() {
                OpKind::Insert => take_out(&part, &mut open, &mut found),
                OpKind::Delete | OpKind::DeleteBack => make_way(&part, &mut open),
                // Not in a text, but marks.
                OpKind::Set | OpKind::Move | OpKind::Mark => {}
                // What it shows again, this walk does not know.
                OpKind::Restore => return None,
            }
            if open.is_empty() {
                break;
            }
        }
        version.clone_from(&run.parents);
    }
    found.sort_unstable_by_key(|&(nth, _)| nth);
    Some(found.into_iter().map(|(_, span)| span).collect())
}

/// Goes back over an insertion: what it inserted is found, and what stands behind that moves up.
fn take_out(run: &OpRun, open: &mut Vec<Sought>, found: &mut Vec<(u32, LvSpan)>) {
    let (start, end) = (run.pos, run.pos + run.len());
    let mut at = open.partition_point(|sought| sought.end() <= start);
    if let Some(across) = open.get_mut(at).filter(|sought| sought.at < start) {
        let len = start - across.at;
        let within = across.split(len);
        at += 1;
        open.insert(at, within);
    }
    let mut to = at;
    while let Some(sought) = open.get_mut(to).filter(|sought| sought.at < end) {
        let behind = (sought.end() > end).then(|| {
            let len = end - sought.at;
            sought.split(len)
        });
        let lv = run.lv.plus(sought.at - start);
        found.push((sought.nth, LvSpan::new(lv, lv.plus(sought.len))));
        to += 1;
        if let Some(behind) = behind {
            open.insert(to, behind);
        }
    }
    open.drain(at..to);
    for sought in open.iter_mut().skip(at) {
        sought.at -= run.len();
    }
}

/// Goes back over a deletion: what stands behind it moves down.
fn make_way(run: &OpRun, open: &mut Vec<Sought>) {
    let mut at = open.partition_point(|sought| sought.end() <= run.pos);
    if let Some(across) = open.get_mut(at).filter(|sought| sought.at < run.pos) {
        let len = run.pos - across.at;
        let behind = across.split(len);
        at += 1;
        open.insert(at, behind);
    }
    for sought in open.iter_mut().skip(at) {
        sought.at += run.len();
    }
}
