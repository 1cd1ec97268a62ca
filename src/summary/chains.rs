//! The hash chains of all peers, computed when first asked for, then kept.

use std::collections::BTreeMap;

use super::canonical::Parents;
use super::chain::{BLOCK, Chain, Known, Value};
use super::digest::Digests;
use super::resume::resumed;
use super::warm::{Recent, Warm};
use super::writer::{Writer, seed};
use crate::graph::{PeerIx, Run};
use crate::id::{Lv, LvSpan, OpId, Seq};
use crate::oplog::{ContainerIx, GroundEnd, OpLog, OpRun};

/// Chain values of all peers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chains {
    /// Operations below are in the chains.
    done: Lv,
    chains: Vec<Chain>,
    /// Values of operations that another peer's operation directly follows.
    crossed: BTreeMap<Lv, Value>,
    digests: Digests,
    warm: Warm,
    recent: Recent,
}

impl Chains {
    /// The chain value at an operation. Amortised a few nanoseconds per operation made since it was last asked for, and one
    /// hash; at worst a block more.
    pub(crate) fn value(&mut self, log: &OpLog, lv: Lv) -> Value {
        self.advance(log, lv.plus(1));
        self.value_of_done(log, lv)
    }

    /// What names each container, in their order.
    pub(crate) fn digests(&mut self, log: &OpLog) -> impl Iterator<Item = [u8; 16]> + '_ {
        self.digests.advance(log);
        self.digests.all()
    }

    /// Takes in a keystroke that has just been entered, where all before it is in the chains: it need not be looked up.
    pub(crate) fn typed(
        &mut self,
        log: &OpLog,
        container: ContainerIx,
        keystroke: &OpRun,
        text: &str,
    ) {
        let lv = keystroke.lv;
        let Some(run) = log.graph.runs().last().filter(|_| self.done == lv) else {
            return;
        };
        let Some(chain) = self.chains.get_mut(run.author.at()) else {
            return;
        };
        let starts = lv == run.span.start;
        if starts && (run.seq == 0 || is_told(log, run, chain.newest))
            || self.digests.len() < log.containers.len()
        {
            return;
        }
        let mut writer = Writer {
            digests: &self.digests,
            log,
            run,
            chain,
            parents: None,
        };
        writer.text_operation(container, keystroke, text);
        chain.newest = Some(lv);
        self.done = lv.plus(1);
    }

    /// The first four bytes of the value: what a delta carries.
    pub(crate) fn mark(&mut self, log: &OpLog, lv: Lv) -> [u8; 4] {
        let value = self.value(log, lv);
        [value[0], value[1], value[2], value[3]]
    }

    /// Forgets what was noted about peers and containers beyond the first so many. No operation of theirs is in the chains.
    pub(crate) fn truncate(&mut self, peers: usize, containers: usize) {
        self.chains.truncate(peers);
        self.digests.truncate(containers);
        self.warm.truncate(peers);
    }

    fn value_of_done(&mut self, log: &OpLog, lv: Lv) -> Value {
        if let Some(value) = self.recent.get(lv) {
            return value;
        }
        let (author, seq) = log.graph.author_of(lv);
        let seq = log.peers.start(author) + seq;
        let value = match self.chains[author.at()].known(seq) {
            Known::Value(value) => value,
            Known::Hash(block, bytes) => self.warm.hash(author, block, bytes),
            Known::Gone => self.value_within(log, author, seq),
        };
        self.recent.note(lv, value);
        value
    }

    /// Writes a full block again, up to the operation of that original number.
    fn value_within(&self, log: &OpLog, author: PeerIx, seq: Seq) -> Value {
        let block = seq / BLOCK;
        let OpId { peer, seq: start } = log.peers.origin(author);
        let (mut chain, begun) = self.chains[author.at()].back_at(block as usize, || seed(peer));
        let mut at = block * BLOCK + begun;
        let before = log.peers.own_before(author, at.saturating_sub(start));
        chain.newest = before.and_then(|(by, before)| log.peers.lv(&log.graph, by, before));
        while at <= seq
            && let Some(lv) = log.peers.lv(&log.graph, author, at.saturating_sub(start))
        {
            let run = log.graph.run_of(lv);
            let len = (run.span.end.0 - lv.0).min(seq + 1 - at);
            let own = chain.newest;
            let starts = lv == run.span.start && is_told(log, run, own);
            let parents = starts.then(|| self.parents_of(log, run, own));
            let part = LvSpan::new(lv, lv.plus(len));
            write(log, &self.digests, run, part, parents, &mut chain);
            at += len;
        }
        match chain.known(seq % BLOCK) {
            Known::Value(value) => value,
            Known::Hash(_, bytes) => *blake3::hash(bytes).as_bytes(),
            // The block is as long as it says.
            Known::Gone => [0; 32],
        }
    }

    /// The chain of a peer, up to its newest operation.
    pub(super) fn whole(&mut self, log: &OpLog, author: PeerIx) -> Option<&Chain> {
        self.advance(log, log.end());
        self.chains.get(author.at())
    }

    /// Takes in the operations below `end`.
    fn advance(&mut self, log: &OpLog, end: Lv) {
        if self.done >= end {
            return;
        }
        if self.digests.len() < log.containers.len() || self.chains.len() < log.peers.len() {
            self.advance_tables(log);
        }
        if let Some(ground) = &log.ground {
            self.done = self.done.max(ground.end);
        }
        let mut index = log.graph.run_index(self.done);
        while self.done < end
            && let Some(run) = log.graph.runs().get(index)
        {
            let part = LvSpan::new(self.done, run.span.end.min(end));
            if part.start == run.span.start && run.seq == 0 {
                self.begin_segment(log, run.author);
            }
            let own = self.chains[run.author.at()].newest;
            let mut parents = None;
            if part.start == run.span.start && is_told(log, run, own) {
                self.cross(log, run, own);
                parents = Some(self.parents_of(log, run, own));
            }
            let chain = &mut self.chains[run.author.at()];
            write(log, &self.digests, run, part, parents, chain);
            self.done = part.end;
            index += 1;
        }
    }

    /// Makes room for peers and containers that are new.
    fn advance_tables(&mut self, log: &OpLog) {
        self.digests.advance(log);
        for at in self.chains.len()..log.peers.len() {
            let author = PeerIx(u32::try_from(at).unwrap_or(u32::MAX));
            self.chains.push(resumed(log, author));
        }
    }

    /// Lets the chain of a segment, which has no operation yet, go on from that of the segment before.
    fn begin_segment(&mut self, log: &OpLog, author: PeerIx) {
        if let Some((before, _)) = log.peers.last_before(author) {
            let start = log.peers.start(author);
            self.chains[author.at()] = self.chains[before.at()].branch(start);
        }
    }

    /// Notes the values of a run's parents, other than its peer's operation before.
    fn cross(&mut self, log: &OpLog, run: &Run, own: Option<Lv>) {
        for &parent in &run.parents {
            if Some(parent) != own && !self.crossed.contains_key(&parent) {
                let value = self.value_of_done(log, parent);
                self.crossed.insert(parent, value);
            }
        }
    }

    /// Parents of a run in canonical form: those who are not its peer's operation before, `own`, alone.
    fn parents_of(&self, log: &OpLog, run: &Run, own: Option<Lv>) -> Parents {
        let mut parents: Vec<(OpId, Option<Value>)> = match (&log.ground, run.parents.as_slice()) {
            (Some(ground), []) => {
                let heads = ground.heads.iter();
                let head = |head: &GroundEnd| {
                    let value = (!goes_on(log, run, head)).then_some(head.chain);
                    (log.peers.original(head.author, head.seq), value)
                };
                heads.map(head).collect()
            }
            (_, parents) => {
                let value = |parent| self.crossed.get(&parent).copied().unwrap_or([0; 32]);
                let parent = |&parent: &Lv| {
                    let value = (Some(parent) != own).then(|| value(parent));
                    (log.original(parent), value)
                };
                parents.iter().map(parent).collect()
            }
        };
        // Two histories of one peer may end under one original id.
        parents.sort_unstable();
        parents.into_iter().map(|(_, value)| value).collect()
    }
}

/// Whether a run's parents are others than its peer's operation before, `own`, alone.
fn is_told(log: &OpLog, run: &Run, own: Option<Lv>) -> bool {
    match (&log.ground, run.parents.as_slice()) {
        (Some(ground), []) => !matches!(&*ground.heads, [head] if goes_on(log, run, head)),
        (_, parents) => parents != own.as_slice(),
    }
}

/// Whether a run goes on from its writer's operation before the log's own.
fn goes_on(log: &OpLog, run: &Run, end: &GroundEnd) -> bool {
    log.peers.own_before(run.author, run.seq) == Some((end.author, end.seq))
}

/// Writes operations that stand in one run of the graph into their author's chain.
fn write(
    log: &OpLog,
    digests: &Digests,
    run: &Run,
    part: LvSpan,
    parents: Option<Parents>,
    chain: &mut Chain,
) {
    let mut writer = Writer {
        digests,
        log,
        run,
        chain,
        parents,
    };
    writer.part(part);
    chain.newest = Some(part.last());
}
