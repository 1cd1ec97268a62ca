//! Replaying a walk from its beginning: what every move retreats and advances is known from the walk alone.

use super::graft::{MANY, SHORT, can_be_grafted};
use super::tracker::Tracker;
use super::visit::LONG;
use crate::graph::{Visited, Walk};
use crate::id::LvSpan;
use crate::oplog::{OpRun, SequenceLog};

/// A replay of the operations of one sequence along a walk. The tracker starts where the walk does.
pub(super) struct Along<'a> {
    sequence: &'a SequenceLog,
    parts: &'a [LvSpan],
    visited: Visited<'a>,
    /// Which runs of the sequence reach into each part, by index.
    runs: Vec<(u32, u32)>,
    /// Which parts are replayed apart; empty where none is.
    apart: Vec<bool>,
}

impl<'a> Along<'a> {
    pub(super) fn new(sequence: &'a SequenceLog, walk: &'a Walk) -> Self {
        let mut runs = Vec::with_capacity(walk.len());
        let all = sequence.runs();
        let mut at = walk
            .parts()
            .first()
            .map_or(0, |part| sequence.index_after(part.start));
        for part in walk.parts() {
            // What lies between the parts is not replayed.
            while all.get(at).is_some_and(|run| run.end() <= part.start) {
                at += 1;
            }
            let from = at;
            while all.get(at).is_some_and(|run| run.end() <= part.end) {
                at += 1;
            }
            // One that reaches on belongs to the next part as well.
            let reaches_on = all.get(at).is_some_and(|run| run.lv < part.end);
            runs.push((index(from), index(at + usize::from(reaches_on))));
        }
        Along {
            sequence,
            parts: walk.parts(),
            visited: Visited::new(walk),
            apart: apart(sequence, walk, &runs),
            runs,
        }
    }

    /// How many runs there are.
    pub(super) fn runs(&self) -> usize {
        match (self.runs.first(), self.runs.last()) {
            (Some(&(from, _)), Some(&(_, to))) => (to - from) as usize,
            _ => 0,
        }
    }

    /// How many operations there are, of this sequence or between.
    pub(super) fn operations(&self) -> u32 {
        self.parts.iter().map(|part| part.len()).sum()
    }

    /// Visits the version that a part follows, and applies the runs that it has in this sequence.
    pub(super) fn replay<E>(
        &mut self,
        tracker: &mut Tracker,
        part: u32,
        mut apply: impl FnMut(&mut Tracker, &OpRun) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.count(part) == 0 {
            return Ok(());
        }
        self.move_to(tracker, part);
        let span = self.parts[part as usize];
        let is_apart = self.apart.get(part as usize) == Some(&true);
        if is_apart {
            tracker.at = tracker.base.clone();
            self.visited.stay_at_start();
            tracker.set_out();
        }
        for run in self.runs_of(part) {
            apply(tracker, &run.within(span))?;
        }
        if is_apart {
            tracker.come_back();
        } else {
            self.visited.visit(part);
            tracker.at.clear();
            tracker.at.push(span.last());
        }
        Ok(())
    }

    fn move_to(&mut self, tracker: &mut Tracker, part: u32) {
        self.visited.plan_move(part);
        if self.is_sweep_cheaper(tracker, part) {
            tracker.sweep_back();
            self.visited.start_over(part);
        }
        for &retreated in &self.visited.retreated {
            let span = self.parts[retreated as usize];
            for run in self.runs_of(retreated).iter().rev() {
                tracker.toggle(self.sequence, &run.within(span), false);
            }
        }
        for &advanced in &self.visited.advanced {
            let span = self.parts[advanced as usize];
            for run in self.runs_of(advanced) {
                tracker.toggle(self.sequence, &run.within(span), true);
            }
        }
        tracker.pay();
        self.visited.move_on();
    }

    /// Whether going back to the base in one sweep, and forward from there, touches less.
    fn is_sweep_cheaper(&mut self, tracker: &Tracker, part: u32) -> bool {
        let runs = |parts: &[u32]| -> usize { parts.iter().map(|&part| self.count(part)).sum() };
        let back = runs(&self.visited.retreated);
        let saved = back.saturating_sub(tracker.sweep_cost());
        if back < LONG || saved == 0 {
            return false;
        }
        let most = saved + runs(&self.visited.advanced) - 1;
        let counts = &self.runs;
        self.visited.is_near(part, most, |part| {
            let (from, to) = counts[part as usize];
            (to - from) as usize
        })
    }

    fn count(&self, part: u32) -> usize {
        let (from, to) = self.runs[part as usize];
        (to - from) as usize
    }

    fn runs_of(&self, part: u32) -> &'a [OpRun] {
        let (from, to) = self.runs[part as usize];
        &self.sequence.runs()[from as usize..to as usize]
    }
}

/// Which parts are short branches from where the walk begins that nothing goes on from, if there are many.
fn apart(sequence: &SequenceLog, walk: &Walk, runs: &[(u32, u32)]) -> Vec<bool> {
    if walk.len() < MANY {
        return Vec::new();
    }
    let mut apart = walk.are_followed();
    let mut count = 0;
    for ((at, &(from, to)), part) in (0..).zip(runs).zip(&mut apart) {
        let is_short = (1..=SHORT).contains(&((to - from) as usize));
        *part = !*part
            && is_short
            && walk.parents(at).is_empty()
            && can_be_grafted(&sequence.runs()[from as usize..to as usize]);
        count += usize::from(*part);
    }
    if count < MANY {
        apart.clear();
    }
    apart
}

/// Runs are fewer than operations, which are fewer than 2^32.
#[allow(clippy::cast_possible_truncation)]
fn index(at: usize) -> u32 {
    at as u32
}
