//! The slow, complete check of the columns.

use super::{OpLog, Piece};
use crate::id::LvSpan;

impl OpLog {
    /// Verifies that every operation stands in exactly one column, in order, and that tables agree. O(operations).
    pub(crate) fn check(&self) -> Result<(), String> {
        self.graph.check()?;
        self.keys.check()?;
        self.check_standing()?;
        let all = LvSpan::new(crate::id::Lv(0), self.end());
        let mut next = all.start;
        let mut wrong = None;
        self.each_piece(all, |piece| {
            let (start, len) = match piece {
                Piece::Run(_, run) => (run.lv, run.len()),
                Piece::Entry(container, entry) => {
                    let lv = self.entry_lv(entry);
                    if self.container_of(lv) != container {
                        wrong.get_or_insert(lv);
                    }
                    (lv, 1)
                }
            };
            if start != next || len == 0 {
                wrong.get_or_insert(start);
            }
            next = start.plus(len);
        });
        if let Some(lv) = wrong {
            return Err(format!(
                "oplog: operation {lv:?} is missing or stands twice"
            ));
        }
        if next != all.end {
            return Err(format!(
                "oplog: columns end at {next:?}, the graph at {:?}",
                all.end
            ));
        }
        for (at, run) in self
            .graph
            .runs()
            .iter()
            .enumerate()
            .skip(self.graph.ground_runs())
        {
            let known = self.peers.lv(&self.graph, run.author, run.seq);
            if known != Some(run.span.start) {
                return Err(format!(
                    "oplog: run {at} stands at {:?}, its author's table says {known:?}",
                    run.span
                ));
            }
        }
        Ok(())
    }
}
