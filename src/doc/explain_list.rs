//! Why a list's elements show what they do, where they do, or not at all.

use std::collections::BTreeMap;

use super::Doc;
use super::explain::Told;
use super::explain_within::Within;
use super::explanation::{About, Act, Competitor, Decision, Fate, Rule};
use crate::graph::PeerIx;
use crate::id::{Lv, LvSpan};
use crate::oplog::{ContainerIx, Name, OpKind};
use crate::sequence::Writes;

impl Doc {
    /// What the element at an index shows, and why it stands there if it was moved.
    pub(super) fn element_decisions(
        &mut self,
        list: ContainerIx,
        at: u32,
        told: &Told,
    ) -> Vec<Decision> {
        let len = self.state.sequence_len(list);
        let Some((shown, place)) = self.state.list(list).and_then(|state| {
            let shown = state.get(at)?;
            Some((shown, state.place_of(at)))
        }) else {
            return Vec::new();
        };
        let tracker = self.replay.whole(&self.log, list, len);
        let Some(writes) = tracker.map(|tracker| tracker.writes_at(place)) else {
            return Vec::new();
        };
        // What came with a document without its history is known by what shows alone.
        let values = writes.sets.iter().copied().chain(writes.inserted);
        let values = self.last_of(values.chain([shown]));
        let mut decisions = vec![self.decision(About::Value, list, &values, shown, told)];
        if let Some(stands_by) = writes.stands_by {
            let moves = self.last_of(writes.moves.iter().copied());
            decisions.push(self.decision(About::Place, list, &moves, stands_by, told));
        }
        decisions
    }

    /// What deletions took that did not know it.
    pub(super) fn deleted_decisions(&mut self, list: ContainerIx, told: &Told) -> Vec<Decision> {
        let len = self.state.sequence_len(list);
        let within = self.written_within(&self.made_in(list));
        let inserted: Vec<Lv> = within
            .keys()
            .filter_map(|&made| self.insertion_of(made))
            .collect();
        let Some(tracker) = self.replay.whole(&self.log, list, len) else {
            return Vec::new();
        };
        let deleted = tracker.deleted_writes(&inserted);
        let taken = deleted
            .iter()
            .filter_map(|writes| self.taken(list, writes, &within, told));
        taken.collect()
    }

    /// The insertion that made a container, if one did and the log has it.
    fn insertion_of(&self, made: ContainerIx) -> Option<Lv> {
        let Name::Made { by, .. } = self.log.containers.name(made) else {
            return None;
        };
        let sequence = self.log.sequence(self.log.container_of(by))?;
        let run = sequence.runs_in(LvSpan::new(by, by.plus(1))).next()?;
        let ground = self.log.ground.as_ref().map_or(Lv(0), |ground| ground.end);
        (run.kind() == OpKind::Insert && by >= ground).then_some(by)
    }

    fn taken(
        &self,
        list: ContainerIx,
        writes: &Writes,
        within: &Within,
        told: &Told,
    ) -> Option<Decision> {
        let last = [&writes.sets, &writes.moves].map(|all| self.last_of(all.iter().copied()));
        let by = &writes.deletions;
        // The container that the element would show: what was set last, or else what was inserted.
        let value = last[0].first().copied().or(writes.inserted);
        let held = value.and_then(|lv| {
            let cell = self.log.sequence(list)?.cell(lv);
            within.get(&self.log.container_shown(cell, lv)?)
        });
        let edits = held.map_or(Vec::new(), |spans| self.unknown_to(by, spans));
        let is_taken = |lv: &&Lv| !by.iter().any(|&deletion| self.knows(deletion, **lv));
        let taken: Vec<Lv> = last.iter().flatten().filter(is_taken).copied().collect();
        let &first = by
            .first()
            .filter(|_| !taken.is_empty() || !edits.is_empty())?;
        let won = by
            .iter()
            .map(|&lv| self.competitor(lv, Act::Deleted, Fate::Won, Some(first), told));
        let lost = taken
            .iter()
            .map(|&lv| self.competitor(lv, self.act(list, lv), Fate::Lost, Some(first), told));
        let competitors = won
            .chain(lost)
            .chain(self.lost_within(&edits, first, told))
            .collect();
        Some(Decision::new(
            About::Presence,
            Rule::DeletionStands,
            competitors,
        ))
    }

    /// Of operations on one register, each peer's last; the largest (Lamport, peer) first.
    fn last_of(&self, all: impl Iterator<Item = Lv>) -> Vec<Lv> {
        let mut last: BTreeMap<PeerIx, Lv> = BTreeMap::new();
        for lv in all {
            let (by, _) = self.log.graph.author_of(lv);
            let known = last.entry(by).or_insert(lv);
            *known = lv.max(*known);
        }
        let mut last: Vec<Lv> = last.into_values().collect();
        last.sort_by_cached_key(|&lv| std::cmp::Reverse(self.log.rank(lv)));
        last
    }

    fn decision(
        &self,
        about: About,
        list: ContainerIx,
        all: &[Lv],
        winner: Lv,
        told: &Told,
    ) -> Decision {
        let fate = |lv: Lv| match lv == winner {
            true => Fate::Won,
            false if all.iter().any(|&by| self.knows(by, lv)) => Fate::Overwritten,
            false => Fate::Lost,
        };
        let competitors = all
            .iter()
            .map(|&lv| self.competitor(lv, self.act(list, lv), fate(lv), Some(winner), told));
        let competitors: Vec<Competitor> = competitors.collect();
        let rule = match competitors.iter().any(|one| one.fate == Fate::Lost) {
            true => Rule::LastWriter,
            false => Rule::Unopposed,
        };
        Decision::new(about, rule, competitors)
    }

    /// What an operation did to an element.
    fn act(&self, list: ContainerIx, lv: Lv) -> Act {
        let Some(sequence) = self.log.sequence(list) else {
            return Act::Deleted;
        };
        let value = || self.value_of(self.element_shown(sequence.cell(lv), lv));
        let run = sequence.runs_in(LvSpan::new(lv, lv.plus(1))).next();
        match run.map(|run| run.kind()) {
            Some(OpKind::Move) => Act::Moved(sequence.moved_to(lv) as usize),
            Some(OpKind::Set) => Act::Set(value()),
            _ => Act::Inserted(value()),
        }
    }
}
