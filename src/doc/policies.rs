//! What keys show where several people set them at once: by policies, which the document holds.
//!
//! Survivors of a register stand with the shown one first. Policies are read off their root map whenever that was written to,
//! and then, or when a register was, the shown one is chosen anew. Nothing else of the document knows of policies; only what
//! shows several values at once is put together when it is read.

use std::cmp::Reverse;

use smallvec::SmallVec;

use super::order::compare;
use super::path::Found;
use super::policy::{POLICIES_MAX, Policies, Policy, ROOT, check_pattern, listed, root_of};
use super::record::{GONE, Record};
use super::{Doc, Transaction};
use crate::error::Error;
use crate::oplog::{Cell, ContainerIx, KeyIx, Kind, Name, OpLog};
use crate::state::{Note, State};

/// Names a register.
pub(super) type Slot = (ContainerIx, KeyIx);

impl Transaction<'_> {
    /// Says which of the values that several people set at a key at the same time shows, for all keys of maps whose paths match a
    /// pattern; it holds when the transaction is complete. Policies are part of the document: they travel, and of several for
    /// one pattern the last writer's counts.
    ///
    /// In a pattern, `*` stands for one name or one element of a list, and `**` for any number of those: `meta/*`,
    /// `todo/*/done`, `**`. An element is named by `*` only: a number is the name of a key. Of patterns that match one
    /// path that with more names counts, then that with fewer `**`, then the one first by its characters.
    ///
    /// Elements of lists have no policy: of several sets of one the last writer's shows.
    ///
    /// # Errors
    ///
    /// [`Error::BadPattern`] for one that matches no key; [`Error::Limit`] for a 257th, or a pattern of more than
    /// [`Limits::key_bytes`](crate::Limits::key_bytes).
    ///
    /// # Examples
    ///
    /// ```
    /// use syncline::{Doc, Peer, Policy};
    ///
    /// # fn main() -> Result<(), syncline::Error> {
    /// let [ada, grace] = [1, 2].map(|id| Peer::new(id).expect("not zero"));
    /// let mut doc = Doc::with_peer(ada);
    /// doc.transact(|tx| tx.set_policy("bids/*", Policy::Largest))?;
    /// let mut other = Doc::load(&doc.save())?;
    /// other.set_peer(grace);
    ///
    /// doc.transact(|tx| tx.map("bids").set("vase", 120))?;
    /// other.transact(|tx| tx.map("bids").set("vase", 90))?;
    /// doc.merge(&other.delta_since(&doc.version_vector()))?;
    /// assert_eq!(doc.get("bids/vase"), Some(120.into()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_policy(&mut self, pattern: &str, policy: Policy) -> Result<(), Error> {
        check_pattern(pattern)?;
        let doc = self.doc_mut();
        doc.check_key(pattern)?;
        let known = listed(&doc.log, &doc.state);
        if known.len() >= POLICIES_MAX && known.iter().all(|&(other, _)| other != pattern) {
            return Err(Error::Limit {
                what: "policies",
                limit: POLICIES_MAX as u64,
                found: known.len() as u64 + 1,
            });
        }
        doc.open.is_ruled = true;
        let name = doc.log.keys.intern(ROOT);
        let kind = Kind::Map;
        let root = doc.log.container(Name::Root { name, kind });
        doc.state.grow(&doc.log);
        doc.set_value(root, pattern, &policy.name().into())
    }

    /// Takes a policy away. One that is not there makes no operation.
    ///
    /// # Errors
    ///
    /// As [`set_policy`](Transaction::set_policy).
    pub fn remove_policy(&mut self, pattern: &str) -> Result<(), Error> {
        let doc = self.doc_mut();
        doc.open.is_ruled = true;
        match root_of(&doc.log) {
            Some(root) => doc.remove_key(root, pattern),
            None => Ok(()),
        }
    }
}

impl Doc {
    /// The policies of the document, by pattern. See [`Transaction::set_policy`].
    pub fn policies(&self) -> Vec<(String, Policy)> {
        let listed = listed(&self.log, &self.state).into_iter();
        listed
            .map(|(pattern, policy)| (pattern.to_owned(), policy))
            .collect()
    }

    /// The policy of a key.
    pub(super) fn policy_of(&self, slot: Slot) -> Policy {
        let policies = self.policies.as_ref();
        policies.map_or(Policy::LastWriter, |policies| policies.of(&self.log, slot))
    }

    /// What a key shows where this entry won.
    #[inline]
    pub(super) fn key_shown(&self, slot: Slot, entry: u32) -> Found<'_> {
        if self.shows_several(slot) {
            return Found::Several(slot);
        }
        self.entry_shown(slot.0, entry)
    }

    /// What a map shows at the key of an entry that won there.
    pub(super) fn entry_with_others(&self, map: ContainerIx, entry: u32) -> Found<'_> {
        match self.log.entries.key(entry) {
            Some(key) => self.key_shown((map, key), entry),
            None => self.entry_shown(map, entry),
        }
    }

    /// Whether a key shows a list of what several people set.
    #[inline]
    pub(super) fn shows_several(&self, slot: Slot) -> bool {
        self.policies
            .as_ref()
            .is_some_and(|policies| unites(policies, &self.log, &self.state, slot))
    }

    /// Whether all that stands at a key are plain values, so that a policy can choose by them.
    pub(super) fn is_plain(&self, slot: Slot) -> bool {
        let survivors = self.state.survivors(&self.log.entries, slot);
        all_plain(&self.log, &survivors.collect::<Survivors>())
    }

    /// The values that such a key shows: the smallest first, each once.
    pub(super) fn several(&self, slot: Slot) -> Vec<Cell<'_>> {
        let entries = &self.log.entries;
        let survivors = self.state.survivors(entries, slot);
        let mut cells: Vec<Cell<'_>> = survivors.map(|entry| entries.cell(entry)).collect();
        cells.sort_unstable_by(|&one, &other| compare(one, other));
        cells.dedup_by(|one, other| compare(*one, *other).is_eq());
        cells
    }

    /// What a key that was written to showed before: no single entry, where it may have been several values.
    pub(super) fn shown_before(&self, slot: Slot, winner: Option<u32>) -> Option<u32> {
        let may_be_several = || self.policies.is_some() && self.policy_of(slot) == Policy::Union;
        winner.map(|entry| if may_be_several() { GONE } else { entry })
    }

    /// Lets policies choose what keys show: after some were written to, or all where policies were.
    pub(super) fn rule(&mut self, is_ruled: bool, written: &[Slot], record: &mut Record) {
        if !is_ruled {
            if self.policies.is_some() {
                written.iter().for_each(|&slot| self.choose(slot, record));
            }
            return;
        }
        let contested: Vec<Slot> = self.state.contested().collect();
        let before: Vec<bool> = contested
            .iter()
            .map(|&slot| self.shows_several(slot))
            .collect();
        self.policies = Policies::read(&self.log, &self.state);
        for (slot, showed_several) in contested.into_iter().zip(before) {
            if showed_several != self.shows_several(slot) {
                record.entry_changed(slot.0, slot.1, Some(GONE));
            }
            self.choose(slot, record);
        }
    }

    /// Reads the policies of a document that was just opened.
    pub(super) fn rule_anew(&mut self) {
        self.rule(true, &[], &mut Record::default());
    }

    /// Puts the survivor that a key's policy chooses before the others.
    fn choose(&mut self, slot: Slot, record: &mut Record) {
        let before = self.state.winner(&self.log.entries, slot);
        let survivors: Survivors = self.state.survivors(&self.log.entries, slot).collect();
        if survivors.len() < 2 {
            return;
        }
        let chosen = self.chosen(slot, survivors.clone());
        if chosen != survivors {
            self.state.replace(&self.log.entries, slot, &chosen);
            record.entry_changed(slot.0, slot.1, before);
        }
    }

    /// Survivors in the order in which a key's policy wants them: but for the first, by rank.
    fn chosen(&self, slot: Slot, mut survivors: Survivors) -> Survivors {
        let (log, entries) = (&self.log, &self.log.entries);
        survivors.sort_by_cached_key(|&entry| Reverse(log.rank(log.entry_lv(entry))));
        let policy = self.policy_of(slot);
        let is_value = |policy| matches!(policy, Policy::Smallest | Policy::Largest);
        if is_value(policy) && all_plain(log, &survivors) {
            let by_value = |nth: &usize, other: &usize| {
                let [one, other] = [nth, other].map(|&nth| entries.cell(survivors[nth]));
                match policy {
                    Policy::Largest => compare(other, one),
                    _ => compare(one, other),
                }
            };
            // Of equal values the first, which is the last writer's.
            if let Some(first) = (0..survivors.len()).min_by(by_value) {
                survivors[..=first].rotate_right(1);
            }
        }
        survivors
    }

    /// Verifies that every key shows what its policy chooses. For tests.
    pub(super) fn check_policies(&self) -> Result<(), String> {
        if self.policies != Policies::read(&self.log, &self.state) {
            return Err("policies: other than those of the document".into());
        }
        for slot in self.state.contested() {
            let survivors: Survivors = self.state.survivors(&self.log.entries, slot).collect();
            if self.chosen(slot, survivors.clone()) != survivors {
                return Err(format!("policies: {slot:?} shows {survivors:?}"));
            }
        }
        Ok(())
    }

    /// The keys that the open transaction wrote to.
    pub(super) fn keys_written(&self) -> impl Iterator<Item = Slot> + '_ {
        self.notes.all().iter().filter_map(|note| match *note {
            Note::Register { slot, .. } | Note::Stands { slot, .. } => Some(slot),
            _ => None,
        })
    }

    #[cold]
    #[inline(never)]
    pub(super) fn wrote_to_a_key(&self) -> bool {
        self.keys_written().next().is_some()
    }
}

type Survivors = SmallVec<[u32; 4]>;

/// Whether a key shows a list of what several people set.
#[cold]
pub(super) fn unites(policies: &Policies, log: &OpLog, state: &State, slot: Slot) -> bool {
    !state.rivals_of(slot).is_empty()
        && policies.of(log, slot) == Policy::Union
        && all_plain(
            log,
            &state.survivors(&log.entries, slot).collect::<Survivors>(),
        )
}

fn all_plain(log: &OpLog, survivors: &[u32]) -> bool {
    survivors
        .iter()
        .all(|&entry| Cell::is_plain(log.entries.cell_bytes(entry)))
}
