//! All columns together.

use super::cell::Cell;
use super::run::{OpKind, OpRun};
use super::sequence_log::offset_of;
use super::{
    ContainerIx, Containers, EntryLog, EntryOp, KeyIx, Keys, Kind, Name, Peers, SequenceLog,
};
use crate::column::Reader;
use crate::graph::{Graph, PeerIx};
use crate::id::{Heads, Lv, LvSpan, OpId, Seq};

/// Operations that a document can hold.
pub(crate) const OPERATIONS_MAX: u32 = 1 << 30;

/// From `start` up to the next route, operations belong to `container`.
#[derive(Clone, Copy, Debug)]
struct Route {
    start: Lv,
    container: ContainerIx,
}

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

/// Operations as they stand in one container: part of a run, or an entry by its index.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece {
    Run(ContainerIx, OpRun),
    Entry(u32),
}

/// Every operation of the document.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpLog {
    pub(crate) graph: Graph,
    pub(crate) peers: Peers,
    pub(crate) keys: Keys,
    pub(crate) containers: Containers,
    pub(crate) entries: EntryLog,
    routes: Vec<Route>,
    /// Per container; `None` for maps and counters.
    sequences: Vec<Option<Box<SequenceLog>>>,
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
        self.entries.truncate(mark.end);
        let kept = self.routes.partition_point(|route| route.start < mark.end);
        for dropped in self.routes.split_off(kept) {
            let used = self
                .routes
                .iter()
                .any(|route| route.container == dropped.container);
            self.containers.set_used(dropped.container, used);
        }
        self.sequences.truncate(mark.lens.containers);
        for sequence in self.sequences.iter_mut().flatten() {
            sequence.truncate(mark.end);
        }
        self.containers.truncate(mark.lens.containers);
        self.keys.truncate(mark.lens.keys);
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
        let ix = self.containers.intern(name, depth);
        self.sequences.push(match name.kind() {
            Kind::Text => Some(Box::new(SequenceLog::text())),
            Kind::List => Some(Box::new(SequenceLog::list())),
            Kind::Map | Kind::Counter => None,
        });
        ix
    }

    pub(crate) fn sequence(&self, container: ContainerIx) -> Option<&SequenceLog> {
        self.sequences.get(container.at())?.as_deref()
    }

    #[inline]
    pub(crate) fn sequence_mut(&mut self, container: ContainerIx) -> Option<&mut SequenceLog> {
        self.sequences.get_mut(container.at())?.as_deref_mut()
    }

    /// Enters `len` operations into the graph and the tables: what each did has been, or is then, pushed to its column.
    #[inline]
    pub(crate) fn push_span(&mut self, parents: &[Lv], len: u32, author: PeerIx, seq: Seq) {
        self.graph.push(parents, len, author, seq);
        self.peers.record(author, len, self.graph.runs().len() - 1);
    }

    /// Whether `len` more operations fit.
    #[inline]
    pub(crate) fn has_room(&self, len: u32) -> bool {
        u64::from(self.end().0) + u64::from(len) <= u64::from(OPERATIONS_MAX)
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

    /// Appends the insertion of a text of `len` scalars, made at the newest version in a transaction that began at `since`.
    /// Returns where its content starts.
    #[inline(always)]
    pub(crate) fn insert_text(
        &mut self,
        author: PeerIx,
        container: ContainerIx,
        pos: u32,
        text: &str,
        len: u32,
        since: Lv,
    ) -> u32 {
        let lv = self.push_newest(len, author);
        let Some(sequence) = self.sequence_mut(container) else {
            return 0;
        };
        let from = offset_of(sequence.content_len());
        if !sequence.insert_on(lv, pos, text, len) {
            sequence.insert_apart(lv, pos, text, len, since);
            self.route(lv, container);
        }
        from
    }

    /// Appends a deletion, likewise.
    #[inline]
    pub(crate) fn delete(
        &mut self,
        author: PeerIx,
        container: ContainerIx,
        pos: u32,
        len: u32,
        since: Lv,
    ) {
        let lv = self.push_newest(len, author);
        let Some(sequence) = self.sequence_mut(container) else {
            return;
        };
        if !sequence.delete_on(lv, pos, len, since) {
            sequence.push_delete(lv, OpKind::Delete, pos, len, lv > since, false);
            self.route(lv, container);
        }
    }

    /// Says that operations from `start` on belong to `container`.
    #[inline]
    pub(crate) fn route(&mut self, start: Lv, container: ContainerIx) {
        if self
            .routes
            .last()
            .is_none_or(|last| last.container != container)
        {
            self.routes.push(Route { start, container });
            self.containers.set_used(container, true);
        }
    }

    /// The container of an operation. O(log routes).
    pub(crate) fn container_of(&self, lv: Lv) -> ContainerIx {
        // Most questions are about the newest.
        let newest = self.routes.last().filter(|last| last.start <= lv);
        let at = || self.routes.partition_point(|route| route.start <= lv) - 1;
        newest.unwrap_or_else(|| &self.routes[at()]).container
    }

    /// Containers and the operations of a span that belong to them, ascending.
    pub(crate) fn routes_in(
        &self,
        span: LvSpan,
    ) -> impl Iterator<Item = (ContainerIx, LvSpan)> + '_ {
        let from = self
            .routes
            .partition_point(|route| route.start <= span.start)
            .saturating_sub(1);
        let routes = self.routes.get(from..).unwrap_or(&[]);
        let ends = routes
            .iter()
            .skip(1)
            .map(|route| route.start)
            .chain([self.end()]);
        routes
            .iter()
            .zip(ends)
            .take_while(move |(route, _)| route.start < span.end)
            .map(move |(route, end)| {
                (
                    route.container,
                    LvSpan::new(route.start.max(span.start), end.min(span.end)),
                )
            })
            .filter(|(_, part)| !part.is_empty())
    }

    /// Calls `each` with everything that the operations of a span did, in order.
    pub(crate) fn each_piece(&self, span: LvSpan, mut each: impl FnMut(Piece)) {
        for (container, part) in self.routes_in(span) {
            match self.sequence(container) {
                Some(sequence) => sequence
                    .runs_in(part)
                    .for_each(|run| each(Piece::Run(container, run))),
                None => {
                    let from = self.entries.index_from(part.start);
                    let to = self.entries.index_from(part.end);
                    (from..to).for_each(|entry| each(Piece::Entry(entry)));
                }
            }
        }
    }

    pub(crate) fn id(&self, lv: Lv) -> OpId {
        let (author, seq) = self.graph.author_of(lv);
        OpId {
            peer: self.peers.peer(author),
            seq,
        }
    }

    pub(crate) fn lv(&self, id: OpId) -> Option<Lv> {
        self.peers.lv_of(&self.graph, id)
    }

    /// The order in which concurrent writes of one register win: the largest (Lamport, peer).
    pub(crate) fn rank(&self, lv: Lv) -> (u32, OpId) {
        (self.graph.lamport(lv), self.id(lv))
    }

    /// The container that a cell shows, given the operation that wrote it.
    pub(crate) fn container_shown(
        &self,
        cell: Cell<'_>,
        lv: Lv,
        key: Option<KeyIx>,
    ) -> Option<ContainerIx> {
        let name = match cell {
            Cell::Made(kind) => Name::Made { by: lv, kind },
            Cell::Child { kind, generation } => Name::Child {
                parent: self.container_of(lv),
                key: key?,
                generation,
                kind,
            },
            _ => return None,
        };
        self.containers.find(name)
    }

    /// Appends a map or counter operation, and names the container that it makes; returns its index.
    pub(crate) fn push_entry(
        &mut self,
        lv: Lv,
        container: ContainerIx,
        key: Option<KeyIx>,
        cell: Cell<'_>,
        joined: bool,
    ) -> u32 {
        self.route(lv, container);
        let entry = self.entries.push(lv, container, key, cell, joined);
        match (cell, key) {
            (Cell::Made(kind), _) => {
                self.container(Name::Made { by: lv, kind });
            }
            (Cell::Child { kind, generation }, Some(key)) => {
                self.container(Name::Child {
                    parent: container,
                    key,
                    generation,
                    kind,
                });
            }
            _ => {}
        }
        entry
    }

    /// Appends the insertion of values into a list, one an operation, given as their cells, and names the containers they
    /// make.
    pub(crate) fn push_values(
        &mut self,
        span: LvSpan,
        list: ContainerIx,
        pos: u32,
        cells: &[u8],
        joined: bool,
        extend: bool,
    ) {
        self.route(span.start, list);
        if let Some(sequence) = self.sequence_mut(list) {
            sequence.push_cells(span.start, pos, cells, span.len(), joined, extend);
        }
        self.name_made(span.start, cells, span.len());
    }

    /// Appends the setting of a list element, and names the container it makes.
    pub(crate) fn push_set(
        &mut self,
        lv: Lv,
        list: ContainerIx,
        pos: u32,
        cell: &[u8],
        joined: bool,
    ) {
        self.route(lv, list);
        if let Some(sequence) = self.sequence_mut(list) {
            sequence.push_set(lv, pos, cell, joined);
        }
        self.name_made(lv, cell, 1);
    }

    fn name_made(&mut self, lv: Lv, cells: &[u8], len: u32) {
        let mut reader = Reader::new(cells, 0);
        for nth in 0..len {
            if let Ok(Cell::Made(kind)) = Cell::read(&mut reader) {
                self.container(Name::Made {
                    by: lv.plus(nth),
                    kind,
                });
            }
        }
    }

    /// Operation of an entry by local version, for reading.
    pub(crate) fn entry_at(&self, lv: Lv) -> &EntryOp {
        self.entries.op(self.entries.index_from(lv))
    }
}
