//! Where an element stands past what was applied outside its tracker, without taking that in.
//!
//! Who types asks after each letter where cursors and comments stand. What was typed since joins the tracker later, many letters
//! in one run; until then a stand is carried past it. That takes no tree: what was applied outside knew all that the tracker
//! holds, so a new element goes directly behind what shows before it, and in front of all that was deleted there.

use super::replay::Replay;
use super::whole::Stand;
use crate::id::{Lv, LvSpan};
use crate::oplog::{ContainerIx, OpKind, OpLog, OpRun, SequenceLog};

/// Runs past which a stand is carried: more join the tracker first.
const CARRIED: usize = if cfg!(any(test, feature = "small-nodes")) {
    2
} else {
    8
};

impl Replay {
    /// Where an element stands that an operation inserted, if the tracker is there and nothing need join it; `None` also if the
    /// operation inserted nothing.
    pub(crate) fn carried(
        &self,
        log: &OpLog,
        container: ContainerIx,
        inserted: Lv,
    ) -> Option<Stand> {
        let tracker = self.tracker(container)?;
        if !tracker.is_live() || !tracker.is_whole || inserted >= tracker.joined {
            return None;
        }
        let outside = LvSpan::new(tracker.joined, log.end());
        let stand = tracker.stand_of(inserted)?;
        stand.carried(log.sequence(container)?, outside)
    }
}

impl Stand {
    fn carried(mut self, sequence: &SequenceLog, outside: LvSpan) -> Option<Stand> {
        for (nth, run) in sequence.runs_in(outside).enumerate() {
            if nth == CARRIED || !self.pass(&run) {
                return None;
            }
        }
        Some(self)
    }

    /// Goes on past a run that knew all there was; says whether it can.
    fn pass(&mut self, run: &OpRun) -> bool {
        let (from, len) = (run.pos, run.len());
        match run.kind() {
            OpKind::Insert => {
                if from <= self.at {
                    self.at += len;
                }
            }
            OpKind::Delete | OpKind::DeleteBack => {
                let behind = self.at.saturating_sub(from);
                self.shows &= from > self.at || behind >= len;
                self.at -= behind.min(len);
            }
            OpKind::Set | OpKind::Mark => {}
            // Those may be of this very element.
            OpKind::Move | OpKind::Restore => return false,
        }
        true
    }
}
