//! From operations in the log to the state. Planning can fail; what follows cannot.

use std::collections::BTreeSet;

use smallvec::SmallVec;

use super::Doc;
use super::ingest::Ingested;
use super::mark::Doubtful;
use super::policies::{Slot, unites};
use super::policy::root_of;
use super::record::{GONE, Record, TextChange};
use super::skip::split_scalars;
use super::written::Written;
use crate::error::Error;
use crate::id::{Lv, LvSpan};
use crate::oplog::{Cell, ContainerIx, Finder, Kind, OpLog, SequenceLog, Shift};
use crate::sequence::{Edit, Plan, ReplayError, Step, Stretch};
use crate::state::State;
use crate::state::text::Rope;

/// Scalars that a text may have per stretch of a script before editing it in place costs less than building it anew.
const REBUILD_BELOW: u32 = 256;

impl Doc {
    /// Applies what was ingested. If it cannot be, everything is as before.
    pub(super) fn integrate(
        &mut self,
        ingested: Ingested,
        record: &mut Record,
    ) -> Result<(), Error> {
        let span = ingested.span;
        if span.is_empty() {
            return Ok(());
        }
        let state = &self.state;
        let planned = self
            .replay
            .plan(&self.log, span, &ingested.mark.heads, |container| {
                state.sequence_len(container)
            });
        let plans = match planned {
            Ok(plans) => plans,
            Err(error) => {
                let error = self.impossible(error);
                self.take_back(&ingested);
                return Err(error);
            }
        };
        let shifts = self.log.settle_moves(span);
        let since = record
            .since
            .map_or(span.start, |since| since.min(span.start));
        record.since = Some(since);
        let mut doubtful = Doubtful::new();
        for plan in plans {
            self.apply_plan(plan, record, &mut doubtful);
        }
        self.settle_marks(doubtful, |_| {});
        self.apply_entries(span, &shifts, record);
        record.applied += span.len();
        Ok(())
    }

    fn impossible(&self, error: ReplayError) -> Error {
        let (lv, what) = match error {
            ReplayError::Outside(lv) => (
                lv,
                "its position is not within the sequence that its author saw",
            ),
            ReplayError::NotDeleted(lv) => (lv, "it restores what was restored before it"),
            ReplayError::NeedsBase(lv) => {
                let id = self.log.id(lv);
                return Error::NeedsBase { id };
            }
        };
        let id = self.log.id(lv);
        Error::Invalid { id, what }
    }

    fn apply_plan(&mut self, plan: Plan, record: &mut Record, doubtful: &mut Doubtful) {
        let container = plan.container;
        for step in plan.steps {
            match (step, self.log.containers.kind(container)) {
                (Step::Edits(edits), Kind::Text) => {
                    self.edit_text(container, &edits, record);
                    let has_marks = self.log.sequence(container);
                    if has_marks.is_some_and(SequenceLog::has_marks) {
                        let doubtful = plan.is_concurrent.then_some(&mut *doubtful);
                        self.move_marks(container, &edits, doubtful);
                        record.text_touched(container);
                        let turned = edits.iter().filter_map(Edit::turned);
                        turned.for_each(|(mark, _)| record.mark_turned(mark));
                    }
                }
                (Step::Script(script), Kind::Text) => self.rewrite_text(container, &script, record),
                (Step::Edits(edits), _) => self.edit_elements_in(container, &edits, record),
                // Scripts are made for texts only.
                (Step::Script(_), _) => {}
            }
        }
    }

    fn edit_text(&mut self, text: ContainerIx, edits: &[Edit], record: &mut Record) {
        let (Some(sequence), Some(rope)) = (self.log.sequence(text), self.state.text_mut(text))
        else {
            return;
        };
        if edits.is_empty() {
            return;
        }
        let mut change = record.text(text);
        change.expect(edits.len());
        let mut removed = Vec::new();
        let mut near = 0;
        for edit in edits {
            match *edit {
                Edit::Insert { at, lv, len } => {
                    let mut to = at;
                    sequence.each_text_near(
                        &mut near,
                        LvSpan::new(lv, lv.plus(len)),
                        |piece, len| {
                            rope.insert(to, piece);
                            change.inserted(to, piece, len);
                            to += len;
                        },
                    );
                }
                Edit::Delete { at, len } => {
                    removed.clear();
                    rope.delete(at, len, &mut removed);
                    change.deleted(at, len);
                }
                // Marks come after.
                Edit::Mark { .. } | Edit::Unmark { .. } | Edit::Set { .. } | Edit::Move { .. } => {}
            }
        }
    }

    fn rewrite_text(&mut self, text: ContainerIx, script: &[Stretch], record: &mut Record) {
        let (Some(sequence), Some(rope)) = (self.log.sequence(text), self.state.text_mut(text))
        else {
            return;
        };
        if let [] | [Stretch::Keep(_)] = script {
            return;
        }
        let finder = Finder::new(sequence, new_operations(script));
        let mut change = record.text(text);
        change.expect(script.len() / 2);
        let stretches = u32::try_from(script.len()).unwrap_or(u32::MAX);
        if rope.len().chars < stretches.saturating_mul(REBUILD_BELOW) {
            *rope = rebuilt(rope, script, &finder, &mut change);
        } else {
            rewrite(rope, script, &finder, &mut change);
        }
    }

    /// Applies map and counter operations, in order.
    fn apply_entries(&mut self, span: LvSpan, shifts: &[Shift], record: &mut Record) {
        let (log, state) = (&self.log, &mut self.state);
        let policies = self.policies.as_deref();
        let winner = |state: &State, slot: Slot| match policies {
            Some(policies) if unites(policies, log, state, slot) => Some(GONE),
            _ => state.winner(&log.entries, slot),
        };
        let mut written: Vec<Slot> = Vec::new();
        let (mut rules, mut is_ruled) = (None, false);
        let mut taken_back: BTreeSet<Slot> = BTreeSet::new();
        for stretch in log.stretches(span) {
            let container = stretch.container;
            if log.sequence(container).is_some() {
                continue;
            }
            is_ruled |= *rules.get_or_insert_with(|| root_of(log)) == Some(container);
            for (entry, lv) in stretch.entries().zip((stretch.span.start.0..).map(Lv)) {
                match (log.entries.key(entry), log.entries.cell(entry)) {
                    (None, Cell::Int(by)) => {
                        state.add_to(container, by.into());
                        record.counted(container, by);
                    }
                    (Some(key), Cell::Back(_)) => {
                        record.entry_changed(container, key, winner(state, (container, key)));
                        taken_back.insert((container, key));
                    }
                    (Some(key), cell) => {
                        let slot = (container, key);
                        let before = winner(state, slot);
                        let is_removed = matches!(cell, Cell::Removed);
                        let is_set = !is_removed && log.is_there(container, entry);
                        let set = is_set.then_some(entry);
                        if before.is_none() {
                            state.overwrite(&log.entries, slot, set);
                        } else {
                            apply_to_register(log, state, slot, lv, set);
                        }
                        record.entry_changed(container, key, before);
                        if policies.is_some() {
                            written.push(slot);
                        }
                    }
                    _ => {}
                }
            }
        }
        if !taken_back.is_empty() {
            for (slot, survivors) in Written::of(log, &taken_back).survivors(log) {
                state.replace(&log.entries, slot, &survivors);
                written.push(slot);
            }
        }
        if !shifts.is_empty() {
            self.show_shifted_in(shifts, span, record);
            // Policies go by where keys are.
            is_ruled |= self.policies.is_some();
        }
        self.rule(is_ruled, &written, record);
    }
}

/// A set or removal overwrites the sets that it knew; the others survive.
fn apply_to_register(log: &OpLog, state: &mut State, slot: Slot, lv: Lv, set: Option<u32>) {
    let parents = log.graph.parents(lv);
    let mut survivors: SmallVec<[u32; 4]> = state
        .survivors(&log.entries, slot)
        .filter(|&set| !log.graph.includes(&parents, log.entry_lv(set)))
        .chain(set)
        .collect();
    if survivors.len() > 1 {
        survivors.sort_by_cached_key(|&set| std::cmp::Reverse(log.rank(log.entry_lv(set))));
    }
    state.replace(&log.entries, slot, &survivors);
}

/// The span that holds everything new in a script.
fn new_operations(script: &[Stretch]) -> LvSpan {
    let mut all: Option<LvSpan> = None;
    for stretch in script {
        if let Stretch::New { lv, len } = *stretch {
            let known = all.unwrap_or(LvSpan::new(lv, lv));
            all = Some(LvSpan::new(
                known.start.min(lv),
                known.end.max(lv.plus(len)),
            ));
        }
    }
    all.unwrap_or_default()
}

/// The text that a script makes of another, in one pass.
fn rebuilt(
    rope: &Rope,
    script: &[Stretch],
    finder: &Finder<'_>,
    change: &mut TextChange<'_>,
) -> Rope {
    let old = rope.text();
    let mut rest = old.as_str();
    let split: fn(&str, u32) -> (&str, &str) = if old.is_ascii() {
        |text, count| text.split_at(count as usize)
    } else {
        split_scalars
    };
    let comes: usize = script.iter().map(Stretch::inserted).sum();
    let mut new = String::with_capacity(old.len() + comes);
    let mut inserted = String::with_capacity(comes);
    let mut at = 0;
    for stretch in script {
        match *stretch {
            Stretch::Keep(len) => {
                let (stays, behind) = split(rest, len);
                new.push_str(stays);
                rest = behind;
                at += len;
            }
            Stretch::Drop(len) => {
                rest = split(rest, len).1;
                change.deleted(at, len);
            }
            Stretch::New { lv, len } => {
                finder.each_text(LvSpan::new(lv, lv.plus(len)), |piece, _| {
                    new.push_str(piece);
                    inserted.push_str(piece);
                });
                change.inserted_later(at, len);
                at += len;
            }
        }
    }
    change.content(&inserted);
    Rope::from_text(&new)
}

/// Does to a text what a script says, where it says it.
fn rewrite(rope: &mut Rope, script: &[Stretch], finder: &Finder<'_>, change: &mut TextChange<'_>) {
    let mut removed = Vec::new();
    let mut at = 0;
    for stretch in script {
        match *stretch {
            Stretch::Keep(len) => at += len,
            Stretch::Drop(len) => {
                removed.clear();
                rope.delete(at, len, &mut removed);
                change.deleted(at, len);
            }
            Stretch::New { lv, len } => {
                finder.each_text(LvSpan::new(lv, lv.plus(len)), |piece, len| {
                    rope.insert(at, piece);
                    change.inserted(at, piece, len);
                    at += len;
                });
            }
        }
    }
}
