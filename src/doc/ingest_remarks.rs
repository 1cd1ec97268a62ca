//! Taking in what a delta says of transactions.

use std::iter::Peekable;

use super::Doc;
use crate::codec::{Batch, BatchRun};
use crate::error::Error;
use crate::id::{Lv, OpId};
use crate::oplog::{ReadRemarks, Remark};

/// What is said of transactions, as far as it has not been taken in.
pub(super) struct Remarks<'b> {
    left: Peekable<ReadRemarks<'b>>,
    /// Operations of the runs so far.
    before: u32,
}

impl<'b> Remarks<'b> {
    pub(super) fn of(batch: &'b Batch<'_>) -> Self {
        Remarks {
            left: batch.remarks().peekable(),
            before: 0,
        }
    }
}

impl Doc {
    /// Takes in what is said of transactions that end in a run, which was entered from `first` on; gives what became of it.
    #[cold]
    pub(super) fn ingest_remarks(
        &mut self,
        batch: &Batch<'_>,
        run: &BatchRun,
        first: Lv,
        remarks: &mut Remarks<'_>,
        mut taken: Result<Option<OpId>, Error>,
    ) -> Result<Option<OpId>, Error> {
        let entered = self.log.end().0 - first.0;
        let skip = run.len - entered.min(run.len);
        let before = remarks.before;
        remarks.before += run.len;
        let is_here = |(at, _): &(Lv, Remark<'_>)| at.0 < before + run.len;
        while let Some((at, remark)) = remarks.left.next_if(is_here) {
            let nth = at.0.saturating_sub(before);
            if entered > 0 && nth >= skip && taken.is_ok() {
                let said = self.remark_in(batch, run, nth, &remark);
                taken = said.and(taken);
                self.log.remarks.push(first.plus(nth - skip), &remark);
            }
        }
        taken
    }

    /// Checks what is said of the transaction that a run's `nth` operation ends.
    fn remark_in(
        &self,
        batch: &Batch<'_>,
        run: &BatchRun,
        nth: u32,
        remark: &Remark<'_>,
    ) -> Result<(), Error> {
        let last = run.seq + nth;
        for text in [remark.author, remark.message].into_iter().flatten() {
            self.check_message(text)?;
        }
        match batch.peers.get(run.peer as usize) {
            Some(&peer) if remark.operations > last + 1 => Err(Error::Invalid {
                id: OpId { peer, seq: last },
                what: "a transaction of more operations than its peer made",
            }),
            _ => Ok(()),
        }
    }
}
