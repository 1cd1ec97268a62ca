//! Writing operations into a chain, in canonical form.

use super::canonical::{
    DELETES_BACK, DELETES_ON, INSERTS_ON, Parents, Place, Previous, short_form, write_full,
};
use super::chain::{Chain, Value};
use super::digest::{Digests, branch_seen};
use crate::column::put_unsigned;
use crate::graph::Run;
use crate::id::{Lv, LvSpan, OpId, Peer};
use crate::oplog::{Cell, ContainerIx, Effect, OpKind, OpLog, OpRun, Piece, SequenceLog};

/// What stands before the name of a container that an entry moves.
const MOVED: u8 = 10;

/// Writes operations into a chain, one after another.
pub(super) struct Writer<'a> {
    pub(super) digests: &'a Digests,
    pub(super) log: &'a OpLog,
    /// The run that the operations stand in.
    pub(super) run: &'a Run,
    pub(super) chain: &'a mut Chain,
    /// Of the next operation; `None`: the one before.
    pub(super) parents: Option<Parents>,
}

impl Writer<'_> {
    /// Writes operations of the chain's peer that stand in one run of the graph.
    pub(super) fn part(&mut self, part: LvSpan) {
        let mut from = part.start;
        if !self.log.remarks.is_empty() {
            for (lv, remark) in self.log.remarks.within(part) {
                self.operations(LvSpan::new(from, lv));
                self.chain.remark(&remark);
                from = lv;
            }
        }
        self.operations(LvSpan::new(from, part.end));
    }

    fn operations(&mut self, part: LvSpan) {
        let log = self.log;
        if part.len() == 1
            && let container = log.container_of(part.start)
            && let Some(sequence) = log.sequence(container)
            && let Some((run, text)) = sequence.text_operation(part.start)
            && run.kind() != OpKind::Restore
        {
            // One at a time, as somebody types.
            return self.text_operation(container, &run, text);
        }
        log.each_piece(part, |piece| match piece {
            Piece::Run(container, run) => {
                if let Some(sequence) = log.sequence(container) {
                    self.run(container, sequence, &run);
                }
            }
            Piece::Entry(container, entry) => self.entry(container, entry),
        });
    }

    pub(super) fn text_operation(&mut self, container: ContainerIx, run: &OpRun, text: &str) {
        let effect = match run.kind() {
            OpKind::Insert => Effect::Insert,
            _ => Effect::Delete,
        };
        self.operation(container, run.joined(), effect, run.pos, text.as_bytes());
    }

    fn run(&mut self, container: ContainerIx, sequence: &SequenceLog, run: &OpRun) {
        let len = run.len();
        match run.kind() {
            OpKind::Insert => {
                let mut is_text = false;
                sequence.each_text(run.span(), |text| {
                    is_text |= !text.is_empty();
                    self.text(container, run, text);
                });
                if !is_text {
                    self.cells(container, run, sequence.cells_of(run), Effect::Insert);
                }
            }
            OpKind::Set => self.cells(container, run, sequence.cells_of(run), Effect::Set),
            OpKind::Move => self.cells(container, run, sequence.cells_of(run), Effect::Move),
            OpKind::Mark => self.mark(container, run),
            OpKind::Restore => self.restores(container, run),
            OpKind::Delete | OpKind::DeleteBack => {
                let back = run.kind() == OpKind::DeleteBack;
                let pos = |nth| run.pos + if back { len - 1 - nth } else { 0 };
                self.operation(container, run.joined(), Effect::Delete, pos(0), &[]);
                for nth in 1..len {
                    let tag = if back { DELETES_BACK } else { DELETES_ON };
                    self.next(container, Effect::Delete, pos(nth), tag, &[]);
                }
            }
        }
    }

    /// Writes the insertions of a run's text.
    fn text(&mut self, container: ContainerIx, run: &OpRun, text: &str) {
        let Some(scalar) = text.chars().next() else {
            return;
        };
        let (first, rest) = text.split_at(scalar.len_utf8());
        self.operation(
            container,
            run.joined(),
            Effect::Insert,
            run.pos,
            first.as_bytes(),
        );
        if rest.is_ascii() {
            self.letters(container, run.pos + 1, rest.as_bytes());
            return;
        }
        let mut bytes = [0; 4];
        for (pos, scalar) in (run.pos + 1..).zip(rest.chars()) {
            let bytes = scalar.encode_utf8(&mut bytes).as_bytes();
            self.next(container, Effect::Insert, pos, INSERTS_ON, bytes);
        }
    }

    /// Writes further insertions of a run, a byte each: as many at once as the block has room for.
    fn letters(&mut self, container: ContainerIx, mut pos: u32, mut letters: &[u8]) {
        while let [first, behind @ ..] = letters {
            if self.chain.previous.is_none() {
                // The first of its block.
                self.operation(container, false, Effect::Insert, pos, &[*first]);
                pos += 1;
                letters = behind;
                continue;
            }
            let (now, later) = letters.split_at(letters.len().min(self.chain.room()));
            pos += len_of(now);
            if let Some(previous) = &mut self.chain.previous {
                previous.pos = pos - 1;
            }
            self.chain.short_operations(INSERTS_ON, now);
            letters = later;
        }
    }

    fn cells(&mut self, container: ContainerIx, run: &OpRun, mut cells: &[u8], effect: Effect) {
        for nth in 0..run.len() {
            let mut reader = crate::column::Reader::new(cells, 0);
            let _ = Cell::read(&mut reader);
            let (cell, rest) = cells.split_at(reader.offset().min(cells.len()));
            self.operation(
                container,
                run.joined() && nth == 0,
                effect,
                run.pos + nth,
                cell,
            );
            cells = rest;
        }
    }

    fn mark(&mut self, container: ContainerIx, run: &OpRun) {
        let Some(mark) = self.log.marks.get(run.lv) else {
            return;
        };
        let mut content = Vec::new();
        put_unsigned(&mut content, mark.extent.number().into());
        put_name(&mut content, self.log.keys.name(mark.key));
        content.extend_from_slice(self.log.marks.cell_bytes(run.lv));
        self.operation(container, run.joined(), Effect::Mark, run.pos, &content);
    }

    /// Writes restores: each names what it takes back, by its original id.
    fn restores(&mut self, container: ContainerIx, run: &OpRun) {
        let span = run.restored();
        for nth in 0..span.len() {
            self.restore(container, run.joined() && nth == 0, span.start.plus(nth));
        }
    }

    fn restore(&mut self, container: ContainerIx, joined: bool, target: Lv) {
        let log = self.log;
        let OpId { peer, seq } = log.original(target);
        let mut content = peer.get().to_le_bytes().to_vec();
        content.extend_from_slice(&seq.to_le_bytes());
        let branch = branch_seen(log, log.graph.author_of(target).0, self.run);
        if let Some(branch) = branch {
            content.extend_from_slice(&branch.get().to_le_bytes());
        }
        let is_told = u32::from(branch.is_some());
        self.operation(container, joined, Effect::Restore, is_told, &content);
    }

    fn entry(&mut self, container: ContainerIx, entry: u32) {
        let entries = &self.log.entries;
        if let Cell::Back(target) = entries.cell(entry) {
            let target = self.log.entry_lv(target);
            return self.restore(container, entries.joined(entry), target);
        }
        let mut content = Vec::new();
        if let Some(key) = entries.key(entry) {
            put_name(&mut content, self.log.keys.name(key));
        }
        match entries.cell(entry) {
            Cell::Moved(moved) => {
                content.push(MOVED);
                content.extend_from_slice(&self.digests.of(self.log, moved, self.run));
            }
            _ => content.extend_from_slice(entries.cell_bytes(entry)),
        }
        self.operation(container, entries.joined(entry), Effect::Entry, 0, &content);
    }

    #[inline]
    fn operation(
        &mut self,
        container: ContainerIx,
        joined: bool,
        effect: Effect,
        pos: u32,
        content: &[u8],
    ) {
        let previous = self.chain.previous;
        self.chain.previous = Some(Previous {
            container,
            effect,
            pos,
        });
        let parents = self.parents.take();
        let place = Place { container, joined };
        let short = if parents.is_none() {
            short_form(previous, &place, effect, pos)
        } else {
            None
        };
        let (log, run, digests) = (self.log, self.run, self.digests);
        let digest = || digests.of(log, container, run);
        self.chain.operation(|out| {
            match short {
                Some(tag) => out.push(tag),
                None => write_full(out, previous, &place, digest, parents.as_ref(), effect, pos),
            }
            out.extend_from_slice(content);
        });
    }

    /// Writes a further operation of a run, whose short form has this tag.
    #[inline]
    fn next(&mut self, container: ContainerIx, effect: Effect, pos: u32, tag: u8, content: &[u8]) {
        let Some(previous) = &mut self.chain.previous else {
            // The first of its block.
            return self.operation(container, false, effect, pos, content);
        };
        previous.pos = pos;
        self.chain.operation(|out| {
            out.push(tag);
            match *content {
                [byte] => out.push(byte),
                _ => out.extend_from_slice(content),
            }
        });
    }
}

fn put_name(content: &mut Vec<u8>, name: &str) {
    put_unsigned(content, name.len() as u64);
    content.extend_from_slice(name.as_bytes());
}

/// A part of a block.
#[allow(clippy::cast_possible_truncation)]
fn len_of(letters: &[u8]) -> u32 {
    letters.len() as u32
}

pub(super) fn seed(peer: Peer) -> Value {
    let mut bytes = b"syncline chain 1".to_vec();
    bytes.extend_from_slice(&peer.get().to_le_bytes());
    *blake3::hash(&bytes).as_bytes()
}
