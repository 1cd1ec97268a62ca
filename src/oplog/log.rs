//! All columns together.

use super::routes::{Routes, Stretch};
use super::run::OpRun;
use super::sequence_log::offset_of;
use super::standing::Standing;
use super::{
    ContainerIx, Containers, EntryLog, Ground, KeyIx, Keys, Kind, MarkLog, Name, Peers, Remarks,
    SequenceLog,
};
use crate::column::grow;
use crate::graph::{Graph, PeerIx};
use crate::id::{Heads, Lv, LvSpan, OpId, Seq};

/// Operations that a document can hold.
pub(crate) const OPERATIONS_MAX: u32 = 1 << 30;

/// What [`OpLog::slots`] says of a container that has no sequence.
const NO_SLOT: u32 = u32::MAX;

/// How far the log went; see [`OpLog::truncate`].
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) end: Lv,
    pub(crate) heads: Heads,
    lens: TableLens,
}

/// How long the tables are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TableLens {
    peers: usize,
    keys: usize,
    containers: usize,
}

impl TableLens {
    #[inline]
    pub(crate) fn containers(&self) -> usize {
        self.containers
    }
}

/// Operations as they stand in one container: part of a run, or an entry by its index.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece {
    Run(ContainerIx, OpRun),
    Entry(ContainerIx, u32),
}

/// Every operation of the document.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpLog {
    pub(crate) graph: Graph,
    pub(crate) peers: Peers,
    pub(crate) keys: Keys,
    pub(crate) containers: Containers,
    pub(crate) entries: EntryLog,
    pub(crate) marks: MarkLog,
    pub(super) routes: Routes,
    pub(crate) remarks: Remarks,
    /// What lies before, where the document was opened without its history.
    pub(crate) ground: Option<Ground>,
    /// Of texts and lists, in order of their containers.
    pub(super) sequences: Vec<SequenceLog>,
    /// Per container, where its sequence stands.
    pub(super) slots: Vec<u32>,
    /// Nothing from here on restores anything.
    pub(super) restored: Lv,
    /// Nothing from here on moves a container.
    pub(super) moved: Lv,
    /// Where containers are, once any was moved.
    pub(super) standing: Option<Box<Standing>>,
}

impl OpLog {
    /// How many operations there are; the next local version.
    #[inline]
    pub(crate) fn end(&self) -> Lv {
        self.graph.end()
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            end: self.end(),
            heads: Heads::from_slice(self.graph.heads()),
            lens: self.table_lens(),
        }
    }

    #[inline]
    pub(crate) fn table_lens(&self) -> TableLens {
        TableLens {
            peers: self.peers.len(),
            keys: self.keys.len(),
            containers: self.containers.len(),
        }
    }

    /// The mark from before the operations from `end` on, each of which was entered as the newest.
    pub(crate) fn mark_at(&self, end: Lv, lens: TableLens) -> Mark {
        let heads = if end < self.end() {
            self.graph.parents(end)
        } else {
            Heads::from_slice(self.graph.heads())
        };
        Mark { end, heads, lens }
    }

    /// Forgets everything since the mark.
    pub(crate) fn truncate(&mut self, mark: &Mark) {
        self.peers.truncate(&self.graph, mark.end, mark.lens.peers);
        self.graph.truncate(mark.end, &mark.heads);
        self.remarks.truncate(mark.end);
        let entries = self.routes.entries_before(mark.end, self.entries.len());
        self.entries.truncate(entries);
        self.marks.truncate(mark.end);
        self.truncate_containers(mark.lens.containers);
        let (containers, sequences, slots) =
            (&mut self.containers, &mut self.sequences, &self.slots);
        self.routes.truncate(mark.end, |container, unused| {
            if container.at() >= mark.lens.containers {
                return;
            }
            if unused {
                containers.set_used(container, false);
            }
            let slot = slots.get(container.at()).map(|&slot| slot as usize);
            if let Some(sequence) = slot.and_then(|slot| sequences.get_mut(slot)) {
                sequence.truncate(mark.end);
            }
        });
        self.keys.truncate(mark.lens.keys);
        self.truncate_standing(mark.end);
        self.restored = self.restored.min(mark.end);
        self.moved = self.moved.min(mark.end);
    }

    fn truncate_containers(&mut self, len: usize) {
        for slot in self.slots.drain(len.min(self.slots.len())..).rev() {
            if slot != NO_SLOT {
                self.sequences.pop();
            }
        }
        self.containers.truncate(len);
    }

    /// The container of that name, new or known.
    pub(crate) fn container(&mut self, name: Name) -> ContainerIx {
        if let Some(found) = self.containers.find(name) {
            return found;
        }
        let depth = match name {
            Name::Root { .. } => 0,
            Name::Child { parent, .. } => self.containers.depth(parent) + 1,
            Name::Made { by, .. } => self.containers.depth(self.container_of(by)) + 1,
        };
        self.add_container(name, depth)
    }

    /// The container that an operation of one in `around` makes.
    pub(crate) fn make_container(
        &mut self,
        by: Lv,
        kind: Kind,
        around: ContainerIx,
    ) -> ContainerIx {
        let depth = self.containers.depth(around) + 1;
        self.add_container(Name::Made { by, kind }, depth)
    }

    fn add_container(&mut self, name: Name, depth: u32) -> ContainerIx {
        let ix = self.containers.intern(name, depth);
        let sequence = match name.kind() {
            Kind::Text => SequenceLog::text(),
            Kind::List => SequenceLog::list(),
            Kind::Map | Kind::Counter => {
                grow::push(&mut self.slots, NO_SLOT);
                return ix;
            }
        };
        grow::push(&mut self.slots, offset_of(self.sequences.len()));
        grow::push(&mut self.sequences, sequence);
        ix
    }

    pub(crate) fn sequence(&self, container: ContainerIx) -> Option<&SequenceLog> {
        self.sequences
            .get(*self.slots.get(container.at())? as usize)
    }

    #[inline]
    pub(crate) fn sequence_mut(&mut self, container: ContainerIx) -> Option<&mut SequenceLog> {
        self.sequences
            .get_mut(*self.slots.get(container.at())? as usize)
    }

    /// Enters `len` operations into the graph and the tables: what each did has been, or is then, pushed to its column.
    #[inline]
    pub(crate) fn push_span(&mut self, parents: &[Lv], len: u32, author: PeerIx, seq: Seq) {
        self.graph.push(parents, len, author, seq);
        self.peers.record(author, len, self.graph.runs().len() - 1);
    }

    /// Segments that were not known at a mark.
    pub(crate) fn new_segments(&self, since: &Mark) -> impl Iterator<Item = PeerIx> + '_ {
        self.peers.segments_from(since.lens.peers)
    }

    /// Whether `len` more operations fit.
    #[inline]
    pub(crate) fn has_room(&self, len: u32) -> bool {
        self.operations() + u64::from(len) <= u64::from(OPERATIONS_MAX)
    }

    /// Enters `len` operations that follow everything; returns the first.
    #[inline]
    pub(crate) fn push_newest(&mut self, len: u32, author: PeerIx) -> Lv {
        let start = self.end();
        if self.graph.extend_newest(len, author) {
            self.peers.extend_newest(len, author);
        } else {
            self.push_newest_run(len, author);
        }
        start
    }

    #[inline(never)]
    fn push_newest_run(&mut self, len: u32, author: PeerIx) {
        self.graph
            .push_newest(len, author, self.peers.count(author));
        self.peers.record(author, len, self.graph.runs().len() - 1);
    }

    /// Says that operations from `start` on belong to `container`.
    #[inline]
    pub(crate) fn route(&mut self, start: Lv, container: ContainerIx) {
        if !self.routes.leads_to(container) {
            let first = !self.containers.is_used(container);
            self.routes
                .push(start, container, first, self.entries.len());
            self.containers.set_used(container, true);
        }
    }

    /// The container of an operation. O(log routes).
    pub(crate) fn container_of(&self, lv: Lv) -> ContainerIx {
        self.routes.container_of(lv)
    }

    /// The operation of an entry. O(log routes).
    pub(crate) fn entry_lv(&self, entry: u32) -> Lv {
        self.routes.lv_of(entry)
    }

    /// The entry of an operation of a map or counter. O(log routes).
    pub(crate) fn entry_of(&self, lv: Lv) -> u32 {
        self.routes.entry_of(lv)
    }

    /// The key of a map's operation. O(log routes).
    pub(crate) fn key_at(&self, lv: Lv) -> Option<KeyIx> {
        self.entries.key(self.routes.entry_of(lv))
    }

    /// Containers and the operations of a span that belong to them, ascending.
    pub(crate) fn routes_in(
        &self,
        span: LvSpan,
    ) -> impl Iterator<Item = (ContainerIx, LvSpan)> + '_ {
        self.stretches(span)
            .map(|stretch| (stretch.container, stretch.span))
    }

    /// Likewise, with where those of maps and counters stand in the entry log.
    pub(crate) fn stretches(&self, span: LvSpan) -> impl Iterator<Item = Stretch> + '_ {
        self.routes.stretches(span, self.end())
    }

    /// Calls `each` with everything that the operations of a span did, in order.
    pub(crate) fn each_piece(&self, span: LvSpan, mut each: impl FnMut(Piece)) {
        for stretch in self.stretches(span) {
            match self.sequence(stretch.container) {
                Some(sequence) => sequence
                    .runs_in(stretch.span)
                    .for_each(|run| each(Piece::Run(stretch.container, run))),
                None => stretch
                    .entries()
                    .for_each(|entry| each(Piece::Entry(stretch.container, entry))),
            }
        }
    }

    /// Puts a shown value's operation at the beginning of a log that has no history.
    pub(crate) fn push_ground(&mut self, author: PeerIx, seq: Seq, lamport: u32) -> Lv {
        let lv = self.end();
        self.graph.push_ground(author, seq, lamport);
        lv
    }

    /// Says what lies before the log's own operations, which come next.
    pub(crate) fn set_ground(&mut self, mut ground: Ground) {
        self.graph.end_ground(ground.lamport);
        ground.end = self.end();
        let known: u32 = self.peers.grounds().map(|(_, count)| count).sum();
        ground.buried = known.saturating_sub(ground.end.0);
        self.ground = Some(ground);
    }

    /// The operation that made a container, where that is known.
    pub(crate) fn maker(&self, author: PeerIx, seq: Seq) -> Option<Lv> {
        let before = self.ground.as_ref();
        let before = before.and_then(|ground| ground.makers.get(&(author, seq)));
        before
            .copied()
            .or_else(|| self.peers.lv(&self.graph, author, seq))
    }

    pub(crate) fn id(&self, lv: Lv) -> OpId {
        let (author, seq) = self.graph.author_of(lv);
        OpId {
            peer: self.peers.peer(author),
            seq,
        }
    }

    /// An operation's id before any split.
    pub(crate) fn original(&self, lv: Lv) -> OpId {
        let (author, seq) = self.graph.author_of(lv);
        self.peers.original(author, seq)
    }

    pub(crate) fn lv(&self, id: OpId) -> Option<Lv> {
        self.peers.lv_of(&self.graph, id)
    }

    /// The authors of the operations that no other follows, by operation id.
    pub(crate) fn head_authors(&self) -> Vec<PeerIx> {
        let heads = self.graph.heads();
        if let (Some(ground), []) = (&self.ground, heads) {
            return ground.heads.iter().map(|end| end.author).collect();
        }
        let mut ids: Vec<_> = heads.iter().map(|&head| (self.id(head), head)).collect();
        ids.sort_unstable();
        ids.into_iter()
            .map(|(_, head)| self.graph.author_of(head).0)
            .collect()
    }

    /// How many operations are known.
    pub(crate) fn operations(&self) -> u64 {
        let buried = self.ground.as_ref().map_or(0, |ground| ground.buried);
        u64::from(self.end().0) + u64::from(buried)
    }

    /// Whether an operation is known, be it by its number only.
    pub(crate) fn knows(&self, id: OpId) -> bool {
        let peer = self.peers.find(id.peer);
        peer.is_some_and(|peer| id.seq < self.peers.count(peer))
    }

    /// The order in which concurrent writes of one register win: the largest (Lamport, peer).
    pub(crate) fn rank(&self, lv: Lv) -> (u32, OpId) {
        (self.graph.lamport(lv), self.id(lv))
    }
}
