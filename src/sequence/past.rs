//! Sequences at other versions than the newest: what stood there, and how one version becomes another.

use std::convert::Infallible;

use super::along::Along;
use super::apply::Purpose;
use super::item::Item;
use super::restores::deletes;
use super::tracker::Tracker;
use crate::graph::{Base, Difference, Walk};
use crate::id::{Heads, Lv, LvSpan};
use crate::oplog::{OpKind, OpLog, SequenceLog};
use crate::tree::LeafIx;

/// A stretch on the way from one version of a sequence to another; in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turn {
    /// So many elements stay.
    Keep(u32),
    /// So many elements go.
    Drop(u32),
    /// `len` elements come, inserted by the operations from `lv` on.
    New { lv: Lv, len: u32 },
    /// `len` elements come which stood at the base, from index `at` on.
    Back { at: u32, len: u32 },
}

/// How one version of a sequence becomes another.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    /// A version that both follow.
    pub(crate) base: Heads,
    pub(crate) turns: Vec<Turn>,
}

/// Elements of a sequence at some version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Held {
    /// Inserted by these operations.
    By(LvSpan),
    /// So many that came with what the document was opened from.
    Before(u32),
}

/// The insertions of what the restores within spans show again, and the sets and moves that they take back; of those in a
/// row, the first. O(r log r) for r runs.
pub(crate) fn restored_insertions(
    log: &OpLog,
    sequence: &SequenceLog,
    spans: &[LvSpan],
) -> Vec<Lv> {
    let restores = spans.iter().flat_map(|&span| sequence.runs_in(span));
    let restores: Vec<_> = restores
        .filter(|run| run.kind() == OpKind::Restore)
        .collect();
    if restores.is_empty() {
        return Vec::new();
    }
    let ground = log.ground.as_ref().map_or(Lv(0), |ground| ground.end);
    let tracker = replayed(log, sequence, &[], &[LvSpan::new(ground, log.end())]);
    let targets = restores
        .iter()
        .flat_map(|run| sequence.runs_in(run.restored()));
    let mut insertions = Vec::new();
    for target in targets {
        if deletes(&target) {
            let parts = tracker.deleted_by(target.span());
            for &(place, _) in &parts {
                insertions.extend(place.lv());
                insertions.extend(tracker.moves.first_of(place).lv());
            }
        } else {
            insertions.push(target.lv);
            insertions.extend(tracker.set_by.get(&target.lv).and_then(|set| set.lv()));
        }
    }
    insertions
}

/// How a sequence at `from` becomes what it was at `to`, where the spans are what only one of the two includes.
/// O(r log r) for r runs that either has since the newest version that both follow.
pub(crate) fn turns(
    log: &OpLog,
    sequence: &SequenceLog,
    [from, to]: [&[Lv]; 2],
    [lost, won]: [&[LvSpan]; 2],
) -> Turns {
    let all = joined(from, to, lost, won);
    let known = if won.is_empty() { to } else { from };
    let mut between = log.graph.base(known, &all);
    let first = between.outside.first();
    if first.is_some_and(|first| sequence.restores_since(first.start)) {
        // Where anything is restored, only all that happened tells what.
        let mut all_of = Difference::default();
        all_of.find(&log.graph, &[], &all);
        all_of.second.reverse();
        between = Base {
            version: Heads::new(),
            outside: all_of.second,
        };
    }
    let Base {
        version: base,
        outside,
    } = between;
    let mut tracker = replayed(log, sequence, &base, &outside);
    tracker.move_to(&log.graph, sequence, from);
    let before: Vec<(u32, bool)> = items(&tracker)
        .map(|item| (item.len, item.visible_here() > 0))
        .collect();
    tracker.move_to(&log.graph, sequence, to);
    let turns = zipped(&before, &tracker);
    Turns { base, turns }
}

/// The heads of two versions together.
fn joined(from: &[Lv], to: &[Lv], lost: &[LvSpan], won: &[LvSpan]) -> Heads {
    let is_in = |spans: &[LvSpan], lv: &Lv| {
        let holds = |span: &LvSpan| span.start <= *lv && *lv < span.end;
        spans.iter().any(holds)
    };
    let lost = from.iter().filter(|&lv| is_in(lost, lv));
    let won = to.iter().filter(|&lv| is_in(won, lv));
    let both = from.iter().filter(|&lv| to.contains(lv));
    let mut all: Heads = lost.chain(won).chain(both).copied().collect();
    all.sort_unstable();
    all
}

/// A tracker that holds these operations, which follow the base; it visits some version among them.
fn replayed(log: &OpLog, sequence: &SequenceLog, base: &[Lv], spans: &[LvSpan]) -> Tracker {
    let mut tracker = Tracker::new();
    let Some(first) = spans.first() else {
        tracker.restart(Heads::from_slice(base), &[], log.end());
        return tracker;
    };
    tracker.restart(Heads::from_slice(base), &[], first.start);
    // What takes sets back asks for those that were overwritten.
    tracker.is_whole = base.is_empty();
    let walk = Walk::new(&log.graph, spans, first.start);
    let mut along = Along::new(sequence, &walk);
    tracker.expect(along.runs(), along.operations(), 0);
    for &part in walk.new_parts() {
        let Ok(()) = along.replay(&mut tracker, part, |tracker, run| {
            tracker.apply(log, sequence, run, Purpose::Known);
            Ok::<(), Infallible>(())
        });
    }
    tracker
}

fn items(tracker: &Tracker) -> impl Iterator<Item = &Item> {
    let next = |&leaf: &LeafIx| tracker.tree.next(leaf);
    let leaves = std::iter::successors(Some(tracker.tree.first()), next);
    leaves.flat_map(|leaf| tracker.tree.leaf(leaf).spans())
}

/// What showed before, cut finer meanwhile, beside what shows now.
fn zipped(before: &[(u32, bool)], tracker: &Tracker) -> Vec<Turn> {
    let mut turns = Vec::new();
    let mut before = before.iter().copied().filter(|&(len, _)| len > 0);
    let (mut rest, mut showed) = (0, false);
    for item in items(tracker).filter(|item| item.len > 0) {
        if rest == 0 {
            (rest, showed) = before.next().unwrap_or((item.len, false));
        }
        rest = rest.saturating_sub(item.len);
        let turn = match (showed, item.visible_here() > 0, item.id.lv()) {
            (true, true, _) => Turn::Keep(item.len),
            (true, false, _) => Turn::Drop(item.len),
            (false, true, Some(lv)) => Turn::New { lv, len: item.len },
            (false, true, None) => Turn::Back {
                at: item.id.number(),
                len: item.len,
            },
            (false, false, _) => continue,
        };
        push(&mut turns, turn);
    }
    if let Some(Turn::Keep(_)) = turns.last() {
        turns.pop();
    }
    turns
}

fn push(turns: &mut Vec<Turn>, turn: Turn) {
    match (turns.last_mut(), turn) {
        (Some(Turn::Keep(last)), Turn::Keep(len)) | (Some(Turn::Drop(last)), Turn::Drop(len)) => {
            *last += len;
        }
        (
            Some(Turn::New { lv, len }),
            Turn::New {
                lv: next,
                len: more,
            },
        ) if lv.plus(*len) == next => {
            *len += more;
        }
        (
            Some(Turn::Back { at, len }),
            Turn::Back {
                at: next,
                len: more,
            },
        ) if *at + *len == next => {
            *len += more;
        }
        _ => turns.push(turn),
    }
}

/// What a text or list was made of at a version, in order: who inserted each element. `spans` are all operations of the
/// version, ascending, `len` its length. O(r log r) for r runs.
pub(crate) fn held_at(
    log: &OpLog,
    sequence: &SequenceLog,
    spans: &[LvSpan],
    len: u32,
) -> Vec<Held> {
    let tracker = replayed(log, sequence, &[], spans);
    let mut held: Vec<Held> = Vec::new();
    let mut rest = len;
    for item in items(&tracker).filter(|item| item.gone == 0) {
        let len = item.len.min(rest);
        rest -= len;
        match (item.id.lv(), held.last_mut()) {
            _ if len == 0 => {}
            (Some(lv), Some(Held::By(last))) if last.end == lv => last.end = lv.plus(len),
            (None, Some(Held::Before(last))) => *last += len,
            (Some(lv), _) => held.push(Held::By(LvSpan::new(lv, lv.plus(len)))),
            (None, _) => held.push(Held::Before(len)),
        }
    }
    held
}
