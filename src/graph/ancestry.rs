//! Who follows whom.

use std::collections::BinaryHeap;

use super::Graph;
use crate::id::Lv;

impl Graph {
    /// Whether `version` is, or includes, the operation. Walks back no further than `lv`: O(runs made since).
    pub(crate) fn includes(&self, version: &[Lv], lv: Lv) -> bool {
        // What lies before the graph's own operations is in the past of each.
        if lv < self.ground_end() || version.contains(&lv) {
            return true;
        }
        let mut queue: BinaryHeap<Lv> = version.iter().copied().filter(|&head| head > lv).collect();
        while let Some(head) = queue.pop() {
            let run = self.run_of(head);
            if run.span.start <= lv {
                return true;
            }
            // Other heads within the same run add nothing.
            while queue.peek().is_some_and(|&next| next >= run.span.start) {
                queue.pop();
            }
            for &parent in &run.parents {
                if parent == lv {
                    return true;
                }
                if parent > lv {
                    queue.push(parent);
                }
            }
        }
        false
    }
}
