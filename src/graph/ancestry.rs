//! Who follows whom.

use smallvec::{SmallVec, smallvec};

use super::Graph;
use crate::id::Lv;

impl Graph {
    /// Whether `version` is, or includes, the operation. Walks back no further than `lv`: O(runs made since), each once.
    pub(crate) fn includes(&self, version: &[Lv], lv: Lv) -> bool {
        // What lies before the graph's own operations is in the past of each.
        if lv < self.ground_end() || version.contains(&lv) {
            return true;
        }
        let Some(&newest) = version.iter().max().filter(|&&newest| newest > lv) else {
            return false;
        };
        let target = self.run_index(lv);
        let mut walk = Back::new(target, self.run_index(newest));
        for &head in version.iter().filter(|&&head| head > lv) {
            walk.visit(self.run_index(head));
        }
        while let Some(at) = walk.next.pop() {
            let at = at as usize;
            if at == target {
                return true;
            }
            let run = &self.runs[at];
            // The oldest parent comes next: where there is a way, the one with the longest steps is short.
            for (&parent, &within) in run.parents.iter().zip(&run.parent_runs).rev() {
                if parent >= lv {
                    walk.visit(within as usize);
                }
            }
        }
        false
    }
}

/// A walk back over runs, as far as one of them.
struct Back {
    oldest: usize,
    /// A bit for each from the oldest on: whether it has been met.
    met: SmallVec<[u64; 16]>,
    /// Where it goes on: the last of these first.
    next: SmallVec<[u32; 32]>,
}

impl Back {
    fn new(oldest: usize, newest: usize) -> Self {
        Back {
            oldest,
            met: smallvec![0; (newest - oldest) / 64 + 1],
            next: SmallVec::new(),
        }
    }

    /// Goes to a run, unless it has been there.
    fn visit(&mut self, run: usize) {
        let at = run - self.oldest;
        let (word, bit) = (&mut self.met[at / 64], 1 << (at % 64));
        if *word & bit == 0 {
            *word |= bit;
            self.next.push(super::run::index(run));
        }
    }
}
