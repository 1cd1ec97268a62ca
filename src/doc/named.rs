//! Finding what the tables of a delta or a snapshot name among what is known.

use super::Doc;
use crate::codec::{Batch, NameRef};
use crate::oplog::{ContainerIx, KeyIx};

impl Doc {
    pub(super) fn find_key(&self, key: u32, batch: &Batch<'_>) -> Option<KeyIx> {
        self.log.keys.find(batch.key(key)?)
    }

    pub(super) fn find_container(&self, container: u32, batch: &Batch<'_>) -> Option<ContainerIx> {
        self.find_named(*batch.containers.get(container as usize)?, batch)
    }

    /// The container of that name. A name's parents stand before it: their number is bounded as nesting is.
    pub(super) fn find_named(&self, name: NameRef, batch: &Batch<'_>) -> Option<ContainerIx> {
        let name = match name {
            NameRef::Named(name) => name,
            NameRef::Known { container, .. } => return Some(container),
            NameRef::Buried { .. } => return None,
        };
        let known = name.renumbered(
            &mut (),
            |(), parent| self.find_container(parent, batch).ok_or(()),
            |(), key| self.find_key(key, batch).ok_or(()),
            |(), (peer, seq)| {
                let peer = *batch.peers.get(peer as usize).ok_or(())?;
                let author = self.log.peers.find(peer).ok_or(())?;
                self.log.maker(author, seq).ok_or(())
            },
        );
        self.log.containers.find(known.ok()?)
    }
}
