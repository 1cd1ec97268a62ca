//! Multi-value registers: what every key of every map shows.

use super::State;
use super::map::MapState;
use crate::oplog::{ContainerIx, EntryLog, KeyIx};

/// Names a register.
pub(crate) type Slot = (ContainerIx, KeyIx);

/// Sets not causally overwritten are known by their indexes in the entry log.
impl State {
    /// The set that a key shows.
    #[inline]
    pub(crate) fn winner(&self, log: &EntryLog, (map, key): Slot) -> Option<u32> {
        self.map(map)?.get(log, key)
    }

    /// The surviving sets, the winner first, the others best first.
    pub(crate) fn survivors(&self, log: &EntryLog, slot: Slot) -> impl Iterator<Item = u32> + '_ {
        self.winner(log, slot)
            .into_iter()
            .chain(self.rivals_of(slot).iter().copied())
    }

    /// The sets that lost to the winner without being overwritten, best first.
    #[inline]
    pub(crate) fn rivals_of(&self, slot: Slot) -> &[u32] {
        if self.rivals.is_empty() {
            return &[];
        }
        self.rivals.get(&slot).map_or(&[], |rivals| rivals)
    }

    /// The registers of which more than one set survives.
    pub(crate) fn contested(&self) -> impl Iterator<Item = Slot> + '_ {
        self.rivals.keys().copied()
    }

    /// Makes `entry` the only survivor; returns the winner before.
    #[inline]
    pub(crate) fn overwrite(
        &mut self,
        log: &EntryLog,
        slot: Slot,
        entry: Option<u32>,
    ) -> Option<u32> {
        if !self.rivals.is_empty() {
            self.rivals.remove(&slot);
        }
        let (map, key) = slot;
        let map = self.map_mut(map)?;
        match entry {
            Some(entry) => map.set(log, key, entry),
            None => map.remove(log, key),
        }
    }

    /// Replaces the survivors by these, best first.
    pub(crate) fn replace(&mut self, log: &EntryLog, slot: Slot, survivors: &[u32]) {
        self.overwrite(log, slot, survivors.first().copied());
        if let Some(rivals) = survivors.get(1..)
            && !rivals.is_empty()
        {
            self.rivals.insert(slot, rivals.to_vec());
        }
    }

    /// The keys of a map that show something, and their winners.
    pub(crate) fn entries_of<'a>(
        &'a self,
        log: &'a EntryLog,
        map: ContainerIx,
    ) -> impl Iterator<Item = (KeyIx, u32)> + 'a {
        let map = self.map(map).into_iter();
        map.flat_map(|map| map.iter(log))
    }

    pub(super) fn check_registers(&self, log: &EntryLog) -> Result<(), String> {
        self.maps.iter().try_for_each(|map| map.check(log))?;
        match self
            .rivals
            .iter()
            .find(|(slot, rivals)| rivals.is_empty() || self.winner(log, **slot).is_none())
        {
            Some((slot, _)) => Err(format!(
                "register {slot:?} has rivals but no winner, or an empty list of them"
            )),
            None => Ok(()),
        }
    }

    fn map(&self, ix: ContainerIx) -> Option<&MapState> {
        self.maps.get(self.body(ix)?.map()?)
    }

    fn map_mut(&mut self, ix: ContainerIx) -> Option<&mut MapState> {
        let at = self.body(ix)?.map()?;
        self.maps.get_mut(at)
    }
}
