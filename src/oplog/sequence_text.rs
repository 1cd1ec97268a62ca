//! One operation of a text.

use super::run::{OpKind, OpRun};
use super::sequence_log::{Content, SequenceLog, scalars};
use crate::id::Lv;

impl SequenceLog {
    /// One operation of a text, and what it inserted; `None` of a list. O(log runs).
    pub(crate) fn text_operation(&self, lv: Lv) -> Option<(OpRun, &str)> {
        let Content::Text(content) = &self.content else {
            return None;
        };
        let run = self.runs.get(self.index_after(lv))?;
        let nth = lv.0 - run.lv.0;
        let text = match run.kind() {
            OpKind::Insert => {
                let text = content.get(run.content as usize..)?;
                scalars(text, nth, nth + 1, run.wide())
            }
            // Its text says nothing of it.
            OpKind::Mark => return None,
            _ => "",
        };
        Some((run.clip(nth, nth + 1), text))
    }
}
