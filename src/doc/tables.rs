//! A delta's tables in this replica's numbers, and what remains to be seen of what was taken in of it.

use smallvec::{SmallVec, smallvec};

use crate::codec::Batch;
use crate::graph::{Claim, PeerIx};
use crate::oplog::{ContainerIx, KeyIx};

/// See the module. Filled as they are needed: what is not used leaves no trace.
pub(super) struct Tables {
    pub(super) peers: SmallVec<[Option<PeerIx>; 2]>,
    pub(super) keys: SmallVec<[Option<KeyIx>; 2]>,
    pub(super) containers: SmallVec<[Option<ContainerIx>; 2]>,
    /// Of operations that were taken in, that they follow what their authors made before.
    pub(super) claims: Vec<Claim>,
}

impl Tables {
    pub(super) fn of(batch: &Batch<'_>) -> Tables {
        Tables {
            peers: smallvec![None; batch.peers.len()],
            keys: smallvec![None; batch.keys.len()],
            containers: smallvec![None; batch.containers.len()],
            claims: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, index: u32, container: ContainerIx) {
        if let Some(entry) = self.containers.get_mut(index as usize) {
            *entry = Some(container);
        }
    }
}
