//! The last small delta that was written, for whoever asks for the same: what comes to a replica goes on to all that it is
//! connected to.

use super::Level;
use super::missing::Missing;
use super::write::write_runs;
use crate::id::{Peer, Seq};
use crate::oplog::OpLog;
use crate::summary::Chains;

/// Bytes of a delta that is kept.
const BYTES_MOST: usize = 1024;

/// See the module. What a delta says follows from which operations it holds, while these keep their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct PassedOn {
    /// Each run's peer, first operation and length.
    runs: Vec<(Peer, Seq, u32)>,
    level: Level,
    /// How many splits were told of.
    splits: usize,
    delta: Vec<u8>,
}

impl PassedOn {
    /// Runs as a delta.
    pub(super) fn of_runs(
        &mut self,
        log: &OpLog,
        chains: &mut Chains,
        runs: &[Missing],
        level: Level,
    ) -> Vec<u8> {
        let of = |run: &Missing| (run.peer, run.seq, run.len());
        let splits = log.peers.splits.len();
        let is_as_before = (level, splits) == (self.level, self.splits);
        if is_as_before && self.runs.iter().copied().eq(runs.iter().map(of)) {
            return self.delta.clone();
        }
        let delta = write_runs(log, chains, runs, level);
        if delta.len() <= BYTES_MOST {
            (self.level, self.splits) = (level, splits);
            self.runs.clear();
            self.runs.extend(runs.iter().map(of));
            self.delta.clear();
            self.delta.extend_from_slice(&delta);
        }
        delta
    }
}
