//! Multi-value registers: what every key of every map shows.

use std::collections::BTreeMap;

use crate::oplog::{ContainerIx, KeyIx};

/// Names a register.
pub(crate) type Slot = (ContainerIx, KeyIx);

/// Of every map's keys, the sets not causally overwritten, as indexes into the entry log. Keys that show nothing do not
/// appear.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registers {
    winners: BTreeMap<Slot, u32>,
    /// The sets that lost to the winner without being overwritten, best first.
    rivals: BTreeMap<Slot, Vec<u32>>,
}

impl Registers {
    pub(crate) fn winner(&self, slot: Slot) -> Option<u32> {
        self.winners.get(&slot).copied()
    }

    /// The surviving sets, the winner first.
    pub(crate) fn survivors(&self, slot: Slot) -> impl Iterator<Item = u32> + '_ {
        self.winner(slot)
            .into_iter()
            .chain(self.rivals.get(&slot).into_iter().flatten().copied())
    }

    /// Makes `entry` the only survivor; returns the winner before.
    pub(crate) fn overwrite(&mut self, slot: Slot, entry: Option<u32>) -> Option<u32> {
        if !self.rivals.is_empty() {
            self.rivals.remove(&slot);
        }
        match entry {
            Some(entry) => self.winners.insert(slot, entry),
            None => self.winners.remove(&slot),
        }
    }

    /// Replaces the survivors by these, best first.
    pub(crate) fn replace(&mut self, slot: Slot, survivors: &[u32]) {
        self.overwrite(slot, survivors.first().copied());
        if let Some(rivals) = survivors.get(1..)
            && !rivals.is_empty()
        {
            self.rivals.insert(slot, rivals.to_vec());
        }
    }

    pub(crate) fn has_rivals(&self, slot: Slot) -> bool {
        !self.rivals.is_empty() && self.rivals.contains_key(&slot)
    }

    /// The keys of a map that show something, and their winners, by the number of the key.
    pub(crate) fn of_map(&self, map: ContainerIx) -> impl Iterator<Item = (KeyIx, u32)> + '_ {
        let range = (map, KeyIx(0))..=(map, KeyIx(u32::MAX));
        self.winners
            .range(range)
            .map(|(&(_, key), &entry)| (key, entry))
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        match self
            .rivals
            .iter()
            .find(|(slot, rivals)| rivals.is_empty() || !self.winners.contains_key(slot))
        {
            Some((slot, _)) => Err(format!(
                "register {slot:?} has rivals but no winner, or an empty list of them"
            )),
            None => Ok(()),
        }
    }
}
