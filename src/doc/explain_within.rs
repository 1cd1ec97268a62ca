//! What was written in a container by those who did not know that it went.

use std::collections::{BTreeMap, BTreeSet};

use super::Doc;
use super::explain::Told;
use super::explanation::{About, Act, Competitor, Decision, Fate, Rule};
use super::policies::Slot;
use crate::graph::PeerIx;
use crate::id::{Lv, LvSpan};
use crate::oplog::{Cell, ContainerIx, Kind, Name};

/// Operations within containers: each container's own, by the one of a list or map that holds it.
pub(super) type Within = BTreeMap<ContainerIx, Vec<LvSpan>>;

impl Doc {
    /// What was written in such containers, and in what stands in them. O(the history).
    pub(super) fn written_within(&self, such: &BTreeSet<ContainerIx>) -> Within {
        let mut around: BTreeMap<ContainerIx, Option<ContainerIx>> = BTreeMap::new();
        let mut within = Within::new();
        if such.is_empty() {
            return within;
        }
        for (container, span) in self.log.routes_in(LvSpan::new(Lv(0), self.log.end())) {
            let holder = *around.entry(container).or_insert_with(|| {
                let mut at = Some(container);
                while let Some(here) = at.filter(|here| !such.contains(here)) {
                    at = self.log.around(here);
                }
                at
            });
            if let Some(holder) = holder {
                within.entry(holder).or_default().push(span);
            }
        }
        within
    }

    /// Of such operations, each peer's last that none of these knew, and in what kind of container it was.
    pub(super) fn unknown_to(&self, by: &[Lv], spans: &[LvSpan]) -> Vec<(Lv, Kind)> {
        let mut last: BTreeMap<PeerIx, Lv> = BTreeMap::new();
        for span in spans {
            let mut at = span.start;
            while at < span.end {
                let end = self.log.graph.run_of(at).span.end.min(span.end);
                let (author, _) = self.log.graph.author_of(at);
                let known = last.entry(author).or_insert(at);
                *known = Lv(end.0 - 1).max(*known);
                at = end;
            }
        }
        // Who knows a peer's last operation knows those before it.
        last.retain(|_, lv| !by.iter().any(|&by| self.knows(by, *lv)));
        let kind = |lv: Lv| self.log.containers.kind(self.log.container_of(lv));
        let mut last: Vec<_> = last.into_values().map(|lv| (lv, kind(lv))).collect();
        last.sort_by_cached_key(|&(lv, _)| std::cmp::Reverse(self.log.rank(lv)));
        last
    }

    /// The containers that operations of a list made, but for those that stand elsewhere.
    pub(super) fn made_in(&self, list: ContainerIx) -> BTreeSet<ContainerIx> {
        let all = self.log.containers.iter();
        let made = all.filter(|&(container, name)| match name {
            Name::Made { by, .. } => {
                self.log.container_of(by) == list && self.log.stands(container).is_none()
            }
            _ => false,
        });
        made.map(|(container, _)| container).collect()
    }

    /// What a write to a key took away with the containers that it does not show, by those who did not know it. `last` are the
    /// writes of the key that count, each peer's last.
    pub(super) fn taken_with_key(
        &self,
        (map, key): Slot,
        last: &[(Lv, u32)],
        told: &Told,
    ) -> Option<Decision> {
        let all = self.log.stretches(LvSpan::new(Lv(0), self.log.end()));
        let entries = all.filter(|stretch| stretch.container == map);
        let entries = entries.flat_map(|stretch| stretch.entries());
        let held = entries.filter_map(|entry| {
            let is_here = self.log.entries.key(entry) == Some(key) && self.log.is_there(map, entry);
            self.log
                .container_at_key(map, entry, self.log.entries.cell(entry))
                .filter(|_| is_here)
        });
        let mut held: BTreeSet<ContainerIx> = held.collect();
        let survivors = self.state.survivors(&self.log.entries, (map, key));
        for entry in survivors {
            let cell = self.log.entries.cell(entry);
            if let Some(shown) = self.log.container_at_key(map, entry, cell) {
                held.remove(&shown);
            }
        }
        let stands = |lv: Lv| !last.iter().any(|&(by, _)| self.knows(by, lv));
        let by: Vec<(Lv, u32)> = last.iter().copied().filter(|&(lv, _)| stands(lv)).collect();
        let spans: Vec<LvSpan> = self.written_within(&held).into_values().flatten().collect();
        let knowing: Vec<Lv> = by.iter().map(|&(lv, _)| lv).collect();
        let &first = knowing.first()?;
        let lost = self.unknown_to(&knowing, &spans);
        if lost.is_empty() {
            return None;
        }
        let won = by.iter().map(|&(lv, entry)| {
            let act = match self.log.entries.cell(entry) {
                Cell::Removed => Act::Removed,
                _ => Act::Set(self.entry_value(map, entry)),
            };
            self.competitor(lv, act, Fate::Won, Some(first), told)
        });
        let lost = self.lost_within(&lost, first, told);
        let competitors = won.chain(lost).collect();
        Some(Decision::new(
            About::Presence,
            Rule::DeletionStands,
            competitors,
        ))
    }

    pub(super) fn lost_within(&self, lost: &[(Lv, Kind)], by: Lv, told: &Told) -> Vec<Competitor> {
        let lost = lost.iter();
        lost.map(|&(lv, kind)| self.competitor(lv, Act::Wrote(kind), Fate::Lost, Some(by), told))
            .collect()
    }
}
