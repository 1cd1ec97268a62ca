//! From new operations to changes of the current sequences: planned whole before anything is touched.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::along::Along;
use super::apply::{Edit, Edits, Purpose, push_delete, push_insert};
use super::graft::{SHORT, can_be_grafted};
use super::marks::marked;
use super::phase::{Phase, phases};
use super::plan::{Plan, Plans, Step};
use super::single::Typing;
use super::start::{Start, follows_all};
use super::tracker::Tracker;
use super::verify::{ReplayError, verify, verify_in};
use crate::graph::Walk;
use crate::id::{Heads, Lv, LvSpan};
use crate::oplog::{ContainerIx, Kind, OpKind, OpLog, OpRun, SequenceLog};

/// Operations outside the tracker, with nobody concurrent, after which it is let go.
const CAUGHT_UP: u32 = 256;

/// Runs in a text from which on a merge is read off the items at its end.
const SWEPT: usize = if cfg!(any(test, feature = "small-nodes")) {
    2
} else {
    16
};

/// What replays built, kept between merges.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replay {
    trackers: BTreeMap<ContainerIx, Box<Tracker>>,
    pub(super) typing: Option<Typing>,
}

impl Replay {
    /// Plans what the newest operations of the log, `span`, do to the sequences they touch. `before` are the heads
    /// without them, `len` tells a sequence's length without them. On an error nothing has happened.
    pub(crate) fn plan(
        &mut self,
        log: &OpLog,
        span: LvSpan,
        before: &[Lv],
        len: impl Fn(ContainerIx) -> u32,
    ) -> Result<Plans, ReplayError> {
        let mut plans = Plans::default();
        match self.plan_all(log, span, before, &mut plans, &len) {
            Ok(()) => Ok(plans),
            Err(error) => {
                // Trackers that took part hold operations that will not be.
                self.trackers.retain(|&container, _| !plans.has(container));
                Err(error)
            }
        }
    }

    fn plan_all(
        &mut self,
        log: &OpLog,
        span: LvSpan,
        before: &[Lv],
        plans: &mut Plans,
        len: &impl Fn(ContainerIx) -> u32,
    ) -> Result<(), ReplayError> {
        let graph = &log.graph;
        if graph.run_of(span.start).span.end >= span.end {
            // One run: a single phase, after which stand the graph's own heads.
            return if graph.parents(span.start).as_slice() == before {
                self.plan_linear(log, span, plans, len)
            } else {
                self.plan_concurrent(log, span, before, graph.heads(), plans, len)
            };
        }
        for phase in phases(graph, span, before) {
            match &phase {
                Phase::Linear(span) => self.plan_linear(log, *span, plans, len)?,
                Phase::Concurrent {
                    span,
                    before,
                    after,
                } => self.plan_concurrent(log, *span, before, after, plans, len)?,
            }
        }
        Ok(())
    }

    fn plan_linear(
        &mut self,
        log: &OpLog,
        span: LvSpan,
        plans: &mut Plans,
        len: &impl Fn(ContainerIx) -> u32,
    ) -> Result<(), ReplayError> {
        for (container, part) in log.routes_in(span) {
            let Some(sequence) = log.sequence(container) else {
                continue;
            };
            let plan = plans.of(container, len);
            if sequence.restores_since(part.start) {
                self.plan_whole(log, container, part, plan)?;
                continue;
            }
            if !matches!(plan.steps.last(), Some(Step::Edits(_))) {
                plan.steps.push(Step::Edits(Edits::new()));
            }
            let Some(Step::Edits(edits)) = plan.steps.last_mut() else {
                continue;
            };
            for run in sequence.runs_in(part) {
                verify(log, sequence, &run, plan.len)?;
                match run.kind() {
                    OpKind::Insert => {
                        push_insert(edits, run.pos, run.lv, run.len());
                        plan.len += run.len();
                    }
                    OpKind::Delete | OpKind::DeleteBack => {
                        push_delete(edits, run.pos, run.len());
                        plan.len -= run.len();
                    }
                    OpKind::Move => edits.push(Edit::Move {
                        from: run.pos,
                        to: sequence.moved_to(run.lv),
                    }),
                    OpKind::Set => edits.push(Edit::Set {
                        at: run.pos,
                        lv: run.lv,
                    }),
                    OpKind::Mark => edits.extend(marked(log, &run)),
                    // Those take a tracker.
                    OpKind::Restore => {}
                }
            }
        }
        Ok(())
    }

    /// Plans operations that follow everything with a tracker of the whole history, which takes part.
    fn plan_whole(
        &mut self,
        log: &OpLog,
        container: ContainerIx,
        part: LvSpan,
        plan: &mut Plan,
    ) -> Result<(), ReplayError> {
        let Some(sequence) = log.sequence(container) else {
            return Ok(());
        };
        let Some(tracker) = self.whole_until(log, container, part.start, plan.len) else {
            return Ok(());
        };
        let mut edits = Edits::new();
        tracker.move_to(&log.graph, sequence, &log.graph.parents(part.start));
        for run in sequence.runs_in(part) {
            verify_in(log, sequence, &run, tracker)?;
            tracker.apply(log, sequence, &run, Purpose::Edits(&mut edits));
        }
        tracker.at = Heads::from_slice(&[part.last()]);
        tracker.joined = part.end;
        plan.len = tracker.newest_len();
        plan.is_concurrent = true;
        plan.steps.push(Step::Edits(edits));
        Ok(())
    }

    fn plan_concurrent(
        &mut self,
        log: &OpLog,
        span: LvSpan,
        before: &[Lv],
        after: &[Lv],
        plans: &mut Plans,
        len: &impl Fn(ContainerIx) -> u32,
    ) -> Result<(), ReplayError> {
        let mut touched: SmallVec<[ContainerIx; 4]> = log
            .routes_in(span)
            .map(|(container, _)| container)
            .collect();
        touched.sort_unstable();
        touched.dedup();
        let mut start = None;
        if follows_all(log, span, before) {
            // Nobody is behind: trackers start afresh, with nothing to replay.
            for container in &touched {
                let tracker = self.trackers.get_mut(container);
                if let Some(tracker) = tracker.filter(|tracker| !tracker.is_whole) {
                    tracker.retire();
                }
            }
            start = Some(Start::at_heads(log, span, before));
        } else {
            self.retire_unfollowed(log, span);
        }
        // For trackers that rest somewhere on their own.
        let mut onward = None;
        for container in touched {
            let Some(sequence) = log.sequence(container) else {
                continue;
            };
            let plan = plans.of(container, len);
            let mut tracker = self
                .trackers
                .remove(&container)
                .unwrap_or_else(|| Box::new(Tracker::new()));
            // Where anything is restored, only all that happened tells what.
            let since = if tracker.is_live() {
                tracker.joined
            } else {
                let start = start.get_or_insert_with(|| Start::behind(log, span, before, after));
                start.since(span)
            };
            if !tracker.can_take(sequence, since) {
                tracker.become_whole(log, container, span.start, plan.len);
            }
            let held = if tracker.is_live() {
                tracker.items
            } else {
                let start = start.get_or_insert_with(|| Start::behind(log, span, before, after));
                start.held_runs(sequence)
            };
            let runs = sequence.index_after(span.end) - sequence.index_after(span.start);
            // Beyond so many runs, looking through all items once costs less than asking each run's place among them.
            let sweeps = log.containers.kind(container) == Kind::Text
                && runs > SWEPT + held / 16
                && !sequence.has_marks()
                && !sequence.restores_since(span.start);
            let mut edits = Edits::with_capacity(if sweeps { 0 } else { runs });
            let apply = |tracker: &mut Tracker, run: &OpRun| {
                verify_in(log, sequence, run, tracker)?;
                let purpose = if sweeps {
                    Purpose::Sweep { since: span.start }
                } else {
                    Purpose::Edits(&mut edits)
                };
                tracker.apply(log, sequence, run, purpose);
                Ok(())
            };
            if tracker.is_live() {
                tracker.join(log, sequence, span.start);
                let walk = onward.get_or_insert_with(|| Walk::new(&log.graph, &[span], span.start));
                replay_onward(log, sequence, &mut tracker, walk, apply)?;
            } else {
                let start = start.get_or_insert_with(|| Start::behind(log, span, before, after));
                replay_from(
                    log,
                    sequence,
                    &mut tracker,
                    start,
                    span.start,
                    plan.len,
                    apply,
                )?;
            }
            tracker.joined = span.end;
            plan.steps.push(if sweeps {
                Step::Script(tracker.sweep(span.start))
            } else {
                Step::Edits(edits)
            });
            plan.len = tracker.newest_len();
            plan.is_concurrent = true;
            self.trackers.insert(container, tracker);
        }
        Ok(())
    }

    /// Whoever does not follow a tracker's base ends it, also one of a container that is not touched: from then on its base
    /// is no longer behind everything that is new.
    fn retire_unfollowed(&mut self, log: &OpLog, span: LvSpan) {
        for tracker in self.trackers.values_mut() {
            if !log
                .graph
                .parts_of(span)
                .all(|(_, parents)| tracker.is_followed_by(parents.as_slice()))
            {
                tracker.retire();
            }
        }
    }

    /// Lets go of what is not worth keeping: trackers that everybody has caught up with, and those above `most_bytes`.
    #[inline]
    pub(crate) fn settle(&mut self, log: &OpLog, most_bytes: u32) {
        if !self.trackers.is_empty() {
            self.let_go(log, most_bytes);
        }
    }

    #[inline(never)]
    fn let_go(&mut self, log: &OpLog, most_bytes: u32) {
        let caught_up = log.graph.heads().len() < 2;
        let is_worth_keeping = |tracker: &Tracker| {
            let outside = log.end().0 - tracker.joined.0;
            tracker.is_live()
                && (tracker.is_whole || !(caught_up && outside > CAUGHT_UP))
                && tracker.heap_bytes() <= most_bytes as usize
        };
        if !self
            .trackers()
            .all(|(_, tracker)| is_worth_keeping(tracker))
        {
            self.trackers.retain(|_, tracker| is_worth_keeping(tracker));
        }
    }

    /// Lets go of what has taken in operations from one on that are taken back.
    pub(crate) fn retire_from(&mut self, start: Lv) {
        self.trackers.retain(|_, tracker| tracker.joined <= start);
        self.typing = None;
    }

    pub(super) fn tracker_or_new(&mut self, container: ContainerIx) -> &mut Tracker {
        let tracker = self.trackers.entry(container);
        tracker.or_insert_with(|| Box::new(Tracker::new()))
    }

    pub(super) fn tracker(&self, container: ContainerIx) -> Option<&Tracker> {
        self.trackers.get(&container).map(|tracker| &**tracker)
    }

    pub(super) fn tracker_mut(&mut self, container: ContainerIx) -> Option<&mut Tracker> {
        self.trackers
            .get_mut(&container)
            .map(|tracker| &mut **tracker)
    }

    pub(crate) fn trackers(&self) -> impl Iterator<Item = (ContainerIx, &Tracker)> {
        self.trackers
            .iter()
            .map(|(&container, tracker)| (container, &**tracker))
    }
}

/// Starts a tracker afresh and replays everything; hands to `apply` what is new, from `since` on. `len` is the length of
/// the sequence without that.
pub(super) fn replay_from<E>(
    log: &OpLog,
    sequence: &SequenceLog,
    tracker: &mut Tracker,
    start: &Start,
    since: Lv,
    len: u32,
    mut apply: impl FnMut(&mut Tracker, &OpRun) -> Result<(), E>,
) -> Result<(), E> {
    tracker.restart(Heads::from_slice(&start.base), &start.held, since);
    tracker.is_whole = start.is_whole;
    let mut along = Along::new(sequence, &start.walk);
    tracker.expect(along.runs(), along.operations(), len);
    for &part in start.walk.known() {
        along.replay(tracker, part, |tracker, run| {
            tracker.apply(log, sequence, run, Purpose::Known);
            Ok(())
        })?;
    }
    tracker.settle_base(len);
    for &part in start.walk.new_parts() {
        along.replay(tracker, part, &mut apply)?;
    }
    Ok(())
}

/// Goes on from the version at which a tracker rests.
fn replay_onward<E>(
    log: &OpLog,
    sequence: &SequenceLog,
    tracker: &mut Tracker,
    walk: &Walk,
    mut apply: impl FnMut(&mut Tracker, &OpRun) -> Result<(), E>,
) -> Result<(), E> {
    for &part in walk.new_parts() {
        let part = walk.part(part);
        let mut first = true;
        for run in sequence.runs_in(part) {
            if first {
                // What lies between the part's start and the run belongs to other containers.
                tracker.move_to(&log.graph, sequence, &log.graph.parents(part.start));
                first = false;
                if tracker.at == tracker.base && is_short(sequence, part) {
                    tracker.set_out();
                }
            }
            apply(tracker, &run)?;
            if tracker.branch.is_none() {
                tracker.at = Heads::from_slice(&[run.span().last()]);
            }
        }
        tracker.come_back();
    }
    Ok(())
}

/// Whether a part is worth being followed apart, and can be.
fn is_short(sequence: &SequenceLog, part: LvSpan) -> bool {
    let runs: SmallVec<[OpRun; SHORT]> = sequence.runs_in(part).take(SHORT + 1).collect();
    runs.len() <= SHORT && can_be_grafted(&runs)
}
