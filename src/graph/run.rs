//! Runs of operations that follow each other directly.

use smallvec::SmallVec;

use crate::id::{Heads, Lv, LvSpan, Seq};

/// This replica's number for a peer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(crate) struct PeerIx(pub(crate) u32);

impl PeerIx {
    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// Parents that are worth looking up one by one among a thousand heads.
const FEW: usize = 8;

/// Operations of one peer, each the only parent of the next.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) span: LvSpan,
    /// Parents of the first operation.
    pub(crate) parents: Heads,
    /// The runs in which these stand, by index.
    pub(super) parent_runs: SmallVec<[u32; 2]>,
    pub(crate) author: PeerIx,
    /// Of the first operation.
    pub(crate) seq: Seq,
    /// Of the first operation.
    pub(crate) lamport: u32,
}

/// See the room's front page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    /// In order of local version, without gaps.
    pub(super) runs: Vec<Run>,
    /// Where each run starts, once more: runs are looked for all the time, and this fits the cache.
    pub(super) starts: Vec<Lv>,
    /// The operations that no other follows, ascending.
    pub(super) heads: Vec<Lv>,
    /// How many operations there are.
    end: Lv,
    /// Of a document without its history: the runs of operations that are only named, and the Lamport that its own
    /// operations exceed.
    pub(super) ground: usize,
    floor: u32,
}

impl Graph {
    /// How many operations there are; the next local version.
    #[inline]
    pub(crate) fn end(&self) -> Lv {
        self.end
    }

    pub(crate) fn heads(&self) -> &[Lv] {
        &self.heads
    }

    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Makes room for so many runs more.
    pub(crate) fn expect(&mut self, runs: usize) {
        self.runs.reserve(runs);
        self.starts.reserve(runs);
    }

    /// Appends `len` operations that follow `parents` (ascending). O(parents).
    #[inline]
    pub(crate) fn push(&mut self, parents: &[Lv], len: u32, author: PeerIx, seq: Seq) {
        let start = self.end;
        self.end = start.plus(len);
        if let Some(last) = self.runs.last_mut() {
            let continues = parents == [Lv(start.0.wrapping_sub(1))]
                && last.author == author
                && last.seq + last.span.len() == seq;
            if continues {
                last.span.end = self.end;
                // The newest operation is a head, always, and the last one.
                self.heads.pop();
                self.heads.push(last_of(start, len));
                return;
            }
        }
        let mut lamport = self.floor + 1;
        let mut parent_runs = SmallVec::new();
        for &parent in parents {
            let nth = self.run_index(parent);
            let run = &self.runs[nth];
            lamport = lamport.max(run.lamport + (parent.0 - run.span.start.0) + 1);
            parent_runs.push(index(nth));
        }
        self.starts.push(start);
        self.runs.push(Run {
            span: LvSpan::new(start, self.end),
            // One by one: nearly always there is one, or two.
            parents: parents.iter().copied().collect(),
            parent_runs,
            author,
            seq,
            lamport,
        });
        self.replace_heads(parents, last_of(start, len));
    }

    /// Appends an operation that is only named: it follows nothing, and nothing follows it.
    pub(crate) fn push_ground(&mut self, author: PeerIx, seq: Seq, lamport: u32) {
        let start = self.end;
        self.end = start.plus(1);
        if let Some(last) = self.runs.last_mut() {
            let len = last.span.len();
            if (last.author, last.seq + len, last.lamport + len) == (author, seq, lamport) {
                last.span.end = self.end;
                return;
            }
        }
        self.starts.push(start);
        self.runs.push(Run {
            span: LvSpan::new(start, self.end),
            parents: Heads::new(),
            parent_runs: SmallVec::new(),
            author,
            seq,
            lamport,
        });
    }

    /// Says that what comes next are operations of the graph's own, of a larger Lamport than this.
    pub(crate) fn end_ground(&mut self, lamport: u32) {
        self.ground = self.runs.len();
        self.floor = lamport;
    }

    /// The largest Lamport of all.
    pub(crate) fn newest_lamport(&self) -> u32 {
        let heads = self.heads.iter().map(|&head| self.lamport(head));
        heads.max().unwrap_or(self.floor)
    }

    pub(super) fn floor(&self) -> u32 {
        self.floor
    }

    /// The first of the graph's own operations.
    pub(super) fn ground_end(&self) -> Lv {
        match self.ground.checked_sub(1) {
            Some(last) => self.runs[last].span.end,
            None => Lv(0),
        }
    }

    /// How many runs are only named.
    pub(crate) fn ground_runs(&self) -> usize {
        self.ground
    }

    /// Appends operations that follow everything.
    pub(crate) fn push_newest(&mut self, len: u32, author: PeerIx, seq: Seq) {
        let parents = Heads::from_slice(&self.heads);
        self.push(&parents, len, author, seq);
    }

    /// Appends operations that follow everything to the newest run; says whether they go on there.
    #[inline]
    pub(crate) fn extend_newest(&mut self, len: u32, author: PeerIx) -> bool {
        match (self.runs.last_mut(), self.heads.as_mut_slice()) {
            // The newest operation is a head, always. So it is the only one, and its author's last.
            (Some(last), [head]) if last.author == author => {
                self.end = self.end.plus(len);
                last.span.end = self.end;
                *head = last.span.last();
                true
            }
            _ => false,
        }
    }

    #[inline]
    fn replace_heads(&mut self, parents: &[Lv], last: Lv) {
        if self.heads.as_slice() == parents {
            self.heads.clear();
        } else if parents.len() <= FEW {
            for parent in parents {
                if let Ok(at) = self.heads.binary_search(parent) {
                    self.heads.remove(at);
                }
            }
        } else {
            self.heads
                .retain(|head| parents.binary_search(head).is_err());
        }
        self.heads.push(last);
    }

    /// Forgets every operation from `end` on; `heads` are those of what remains.
    pub(crate) fn truncate(&mut self, end: Lv, heads: &[Lv]) {
        while let Some(last) = self.runs.last_mut() {
            if last.span.start < end {
                last.span.end = last.span.end.min(end);
                break;
            }
            self.runs.pop();
            self.starts.pop();
        }
        self.heads.clear();
        self.heads.extend_from_slice(heads);
        self.end = end;
    }

    /// The index of the run that holds an operation. O(log runs).
    #[inline]
    pub(crate) fn run_index(&self, lv: Lv) -> usize {
        // Most questions are about the newest runs.
        let mut from = self.starts.len();
        for near in [1, 8, 64] {
            let to = from;
            from = self.starts.len().saturating_sub(near);
            if self.starts.get(from).is_some_and(|&start| start <= lv) {
                let behind = self.starts[from + 1..to].partition_point(|&start| start <= lv);
                return from + behind;
            }
        }
        self.starts[..from]
            .partition_point(|&start| start <= lv)
            .saturating_sub(1)
    }

    pub(super) fn run_number(&self, lv: Lv) -> u32 {
        index(self.run_index(lv))
    }

    pub(crate) fn run_of(&self, lv: Lv) -> &Run {
        &self.runs[self.run_index(lv)]
    }

    /// Author and number of an operation.
    pub(crate) fn author_of(&self, lv: Lv) -> (PeerIx, Seq) {
        let run = self.run_of(lv);
        (run.author, run.seq + (lv.0 - run.span.start.0))
    }

    pub(crate) fn lamport(&self, lv: Lv) -> u32 {
        let run = self.run_of(lv);
        run.lamport + (lv.0 - run.span.start.0)
    }

    /// The parents of an operation.
    pub(crate) fn parents(&self, lv: Lv) -> Heads {
        let run = self.run_of(lv);
        if run.span.start == lv {
            Heads::from_slice(&run.parents)
        } else {
            Heads::from_slice(&[Lv(lv.0 - 1)])
        }
    }
}

fn last_of(start: Lv, len: u32) -> Lv {
    Lv(start.0 + len - 1)
}

/// Runs are fewer than operations, which are fewer than 2^32.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn index(at: usize) -> u32 {
    at as u32
}
