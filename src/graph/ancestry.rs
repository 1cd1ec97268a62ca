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
        let Some(newest) = version.iter().max().filter(|&&newest| newest > lv) else {
            return false;
        };
        let target = self.run_index(lv);
        let mut behind = Behind::new(self.run_index(*newest) - target);
        for &head in version.iter().filter(|&&head| head > lv) {
            behind.put(self.run_index(head) - target);
        }
        while let Some(at) = behind.take_last() {
            if at == 0 {
                return true;
            }
            let run = &self.runs[target + at];
            for (&parent, &within) in run.parents.iter().zip(&run.parent_runs) {
                if parent >= lv {
                    behind.put(within as usize - target);
                }
            }
        }
        false
    }
}

/// Runs that are still to be walked back from, a bit each, counted from some run on.
struct Behind {
    words: SmallVec<[u64; 16]>,
}

impl Behind {
    fn new(last: usize) -> Self {
        Behind {
            words: smallvec![0; last / 64 + 1],
        }
    }

    fn put(&mut self, run: usize) {
        self.words[run / 64] |= 1 << (run % 64);
    }

    /// The last of them. Parents stand before their children: it does not come again.
    fn take_last(&mut self) -> Option<usize> {
        while let Some(word) = self.words.last_mut() {
            if *word == 0 {
                self.words.pop();
                continue;
            }
            let bit = 63 - word.leading_zeros();
            *word &= !(1 << bit);
            return Some((self.words.len() - 1) * 64 + bit as usize);
        }
        None
    }
}
