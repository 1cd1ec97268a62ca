//! What the first operations of runs follow.

use smallvec::SmallVec;

use super::error::Unreadable;
use super::missing::{Missing, each_target};
use super::starts::Starts;
use super::stretch::place_after;
use crate::graph::PeerIx;
use crate::id::{Lv, OpId, Seq};
use crate::oplog::{ContainerIx, Effect, GroundEnd, OpLog};
use crate::summary::Chains;

/// The operation that a delta of one peer goes on from, its container, and the peer's place there.
pub(super) fn origin(log: &OpLog, runs: &[Missing]) -> Option<(Parent, ContainerIx, u32)> {
    let first = runs.first()?;
    let before = goes_on_from(log, first)?;
    if runs.iter().any(|run| run.author != first.author) {
        return None;
    }
    let (container, place) = before.place(log)?;
    Some((before, container, place))
}

/// The peer's operation before, if a run's first follows it.
pub(super) fn goes_on_from(log: &OpLog, run: &Missing) -> Option<Parent> {
    let before = run.seq.checked_sub(1)?;
    first_parents(log, run)
        .into_iter()
        .find(|parent| (parent.by, parent.seq) == (run.author, before))
}

/// By peer, its first operation in these runs; of one who has none there, one more than the newest that they follow or restore.
pub(super) fn starts_of(log: &OpLog, runs: &[Missing]) -> Starts {
    let mut starts = Starts::least(runs.iter().map(|run| (run.author, run.seq)));
    let mut others: SmallVec<[(PeerIx, Seq); 4]> = SmallVec::new();
    let mut follow = |by: PeerIx, seq: Seq| {
        if starts.find(by).is_none() {
            others.push((by, seq + 1));
        }
    };
    for run in runs {
        for Parent { by, seq, .. } in first_parents(log, run) {
            follow(by, seq);
        }
        each_target(log, run, &mut follow);
    }
    starts.add_greatest(&mut others);
    starts
}

/// What the first operation of a run follows.
pub(super) fn first_parents(log: &OpLog, run: &Missing) -> Parents {
    let parents = log.graph.parents(run.spans[0].start);
    if let (Some(ground), true) = (&log.ground, parents.is_empty()) {
        return ground.heads.iter().map(Parent::before_log).collect();
    }
    let parent = |&lv| Parent::in_log(log, lv);
    parents.iter().map(parent).collect()
}

/// What is known of an operation that a delta goes on from.
pub(super) enum Known {
    /// Nothing yet.
    Missing,
    /// Nothing of where its peer was.
    Buried,
    At(ContainerIx, u32),
}

/// Looks up the operation that a delta goes on from, and holds its hash against the one that the delta has.
pub(super) fn known(
    log: &OpLog,
    chains: &mut Chains,
    before: OpId,
    mark: [u8; 4],
) -> Result<Known, Unreadable> {
    let Some(parent) = Parent::of(log, before) else {
        return Ok(match log.knows(before) {
            true => Known::Buried,
            false => {
                // What a split peer wrote from there on is another's: whose, nothing here tells.
                let closed = log.peers.closed(before.peer);
                if let Some(seq) = closed.filter(|&closed| closed <= before.seq) {
                    let peer = before.peer;
                    return Err(Unreadable::Forked(OpId { peer, seq }));
                }
                Known::Missing
            }
        });
    };
    if mark != parent.mark(log, chains) {
        return Err(Unreadable::Forked(before));
    }
    let place = parent.place(log);
    Ok(place.map_or(Known::Buried, |(container, place)| {
        Known::At(container, place)
    }))
}

pub(super) type Parents = SmallVec<[Parent; 2]>;

/// An operation that another directly follows.
#[derive(Clone, Copy)]
pub(super) struct Parent {
    pub(super) by: PeerIx,
    pub(super) seq: Seq,
    at: At,
}

#[derive(Clone, Copy)]
enum At {
    Here(Lv),
    /// Before the log's own operations: of such a one is told what can be asked.
    Before {
        mark: [u8; 4],
        place: Option<(ContainerIx, u32)>,
    },
}

impl Parent {
    fn in_log(log: &OpLog, lv: Lv) -> Self {
        let (by, seq) = log.graph.author_of(lv);
        let at = At::Here(lv);
        Parent { by, seq, at }
    }

    fn before_log(end: &GroundEnd) -> Self {
        let place = end.open.as_ref().and_then(|open| {
            let after = match open.effect {
                Effect::Insert => open.pos + 1,
                _ => open.pos,
            };
            Some((open.container?, after))
        });
        let [a, b, c, d, ..] = end.chain;
        Parent {
            by: end.author,
            seq: end.seq,
            at: At::Before {
                mark: [a, b, c, d],
                place,
            },
        }
    }

    /// The known operation of that id; of those before the log's own, only the peers' last ones.
    pub(super) fn of(log: &OpLog, id: OpId) -> Option<Self> {
        if let Some(lv) = log.lv(id) {
            return Some(Parent::in_log(log, lv));
        }
        let end = log.ground.as_ref()?.end_of(log.peers.find(id.peer)?)?;
        (end.seq == id.seq).then(|| Parent::before_log(end))
    }

    /// The first bytes of its chain value.
    pub(super) fn mark(&self, log: &OpLog, chains: &mut Chains) -> [u8; 4] {
        match self.at {
            At::Here(lv) => chains.mark(log, lv),
            At::Before { mark, .. } => mark,
        }
    }

    /// Its container, and where its peer's place there is after it.
    pub(super) fn place(&self, log: &OpLog) -> Option<(ContainerIx, u32)> {
        match self.at {
            At::Here(lv) => place_after(log, lv),
            At::Before { place, .. } => place,
        }
    }
}
