//! Appending what operations did, at the end of every column.

use super::cell::Cell;
use super::run::{OpKind, OpRun};
use super::sequence_log::offset_of;
use super::{ContainerIx, Extent, KeyIx, Name, OpLog};
use crate::column::Reader;
use crate::graph::PeerIx;
use crate::id::{Lv, LvSpan};

impl OpLog {
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
        let entry = self.entries.push(key, cell, joined);
        match (cell, key) {
            (Cell::Made(kind), _) => {
                self.make_container(lv, kind, container);
            }
            (Cell::Child { kind, generation }, Some(key)) => {
                self.container(Name::Child {
                    parent: container,
                    key,
                    generation,
                    kind,
                });
            }
            (Cell::Moved(_), _) => self.moved = lv.plus(1),
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
        self.make_shown(span.start, cells, span.len(), list);
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
        self.make_shown(lv, cell, 1, list);
    }

    /// Appends the move of a list element.
    pub(crate) fn push_move(
        &mut self,
        lv: Lv,
        list: ContainerIx,
        from: u32,
        to: u32,
        joined: bool,
    ) {
        self.route(lv, list);
        if let Some(sequence) = self.sequence_mut(list) {
            sequence.push_move(lv, from, to, joined);
        }
    }

    /// Appends a mark on a text.
    pub(crate) fn push_mark(
        &mut self,
        lv: Lv,
        text: ContainerIx,
        pos: u32,
        (extent, key): (Extent, KeyIx),
        cell: &[u8],
        joined: bool,
    ) {
        self.route(lv, text);
        if let Some(sequence) = self.sequence_mut(text) {
            sequence.push_mark(lv, pos, joined);
        }
        self.marks.push(lv, extent, key, cell);
    }

    /// Appends restores of what consecutive deletions of one author deleted; `on`: see [`OpRun::restores_on`](super::OpRun::restores_on).
    pub(crate) fn push_restore(
        &mut self,
        lv: Lv,
        container: ContainerIx,
        deletions: LvSpan,
        joined: bool,
        on: bool,
    ) {
        self.route(lv, container);
        if let Some(sequence) = self.sequence_mut(container) {
            sequence.push_restore(lv, deletions, joined, on);
        }
        self.restored = lv.plus(deletions.len());
    }

    /// Appends restores of what deletions of one author deleted, in its order.
    pub(crate) fn push_restores(
        &mut self,
        lv: Lv,
        container: ContainerIx,
        deletions: &[LvSpan],
        joined: bool,
    ) {
        let mut at = lv;
        for &span in deletions {
            self.push_restore(at, container, span, joined && at == lv, at > lv);
            at = at.plus(span.len());
        }
    }

    /// Appends an operation that takes back what an entry wrote.
    pub(crate) fn push_back(&mut self, lv: Lv, map: ContainerIx, entry: u32, joined: bool) {
        let key = self.entries.key(entry);
        self.push_entry(lv, map, key, Cell::Back(entry), joined);
        self.restored = lv.plus(1);
    }

    /// Whether restores take back deletions of one author that follow those of others.
    pub(crate) fn restores_on(&self, before: &OpRun, next: &OpRun) -> bool {
        let kinds = [before, next].map(OpRun::kind);
        if kinds != [OpKind::Restore; 2] {
            return false;
        }
        let (author, seq) = self.graph.author_of(before.restored().last());
        self.graph.author_of(Lv(next.pos)) == (author, seq + 1)
    }

    /// Whether anything may be restored by any operation.
    pub(crate) fn has_restores(&self) -> bool {
        self.restored > Lv(0)
    }

    /// Makes the containers that these cells show.
    fn make_shown(&mut self, lv: Lv, cells: &[u8], len: u32, list: ContainerIx) {
        if len == 1 && Cell::is_plain(cells) {
            return;
        }
        let mut reader = Reader::new(cells, 0);
        for nth in 0..len {
            if let Ok(Cell::Made(kind)) = Cell::read(&mut reader) {
                self.make_container(lv.plus(nth), kind, list);
            }
        }
    }
}
