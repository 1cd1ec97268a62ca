//! Writing a delta.

use super::Level;
use super::block::put_block;
use super::cells::{put_cell, put_extent, put_index};
use super::cursors::Cursors;
use super::field::Field;
use super::frame::{FORMAT_DELTA, frame};
use super::keystroke;
use super::layout::{CODES, COLUMNS, GOES_ON, NAMES, REMARKS, SPLITS, TEXT, VALUES};
use super::missing::{Missing, missing};
use super::numbering::{Authors, Newest};
use super::parents::{Parent, first_parents, origin, starts_of};
use super::segments::put_splits;
use super::shown::Shown;
use super::starts::Starts;
use super::stretch::{
    ENTRY, JOINED, ON, OTHER_CONTAINER, RESTORE, SINGLE, Stretch, code_of, ends_of, head_after,
    len_field, number_of, pos_field,
};
use super::tables::Tables;
use super::tape::Tape;
use crate::column::{Reader, put_unsigned};
use crate::graph::PeerIx;
use crate::id::{Lv, LvSpan, Seq, VersionVector};
use crate::oplog::{Cell, ContainerIx, Kind, OpKind, OpLog, Piece, Remarks};
use crate::summary::Chains;

/// The operations that `known` lacks, as a delta.
pub(crate) fn write_delta(
    log: &OpLog,
    chains: &mut Chains,
    known: &VersionVector,
    level: Level,
) -> Vec<u8> {
    write_runs(log, chains, &missing(log, known, None), level)
}

/// As [`write_delta`], of the operations that a version names.
pub(crate) fn write_delta_up_to(
    log: &OpLog,
    chains: &mut Chains,
    known: &VersionVector,
    up_to: &VersionVector,
    level: Level,
) -> Vec<u8> {
    write_runs(log, chains, &missing(log, known, Some(up_to)), level)
}

/// Runs as a delta: parents before children.
pub(super) fn write_runs(
    log: &OpLog,
    chains: &mut Chains,
    runs: &[Missing],
    level: Level,
) -> Vec<u8> {
    if let Some(frame) = keystroke::write(log, chains, runs) {
        return frame;
    }
    let mut writer = Writer::new(log, runs, chains);
    for run in runs {
        writer.run(run, chains);
    }
    frame(FORMAT_DELTA, &writer.finish(runs.len(), level))
}

/// A history without what is shown, for a snapshot.
pub(super) struct History<'a> {
    /// The history's numbers for peers, keys and containers.
    pub(super) tables: Tables<'a>,
    pub(super) body: Vec<u8>,
}

/// Writes everything but what is shown, and no tables.
pub(super) fn write_history<'a>(log: &'a OpLog, shown: &'a Shown, level: Level) -> History<'a> {
    // Nothing is outside the whole history: no mark is asked for.
    let chains = &mut Chains::default();
    let runs = missing(log, &VersionVector::new(), None);
    let mut writer = Writer::new(log, &runs, chains);
    writer.shown = Some(shown);
    for run in &runs {
        writer.run(run, chains);
    }
    let tables = std::mem::replace(&mut writer.tables, Tables::new(log, Starts::default()));
    let body = writer.finish_runs(0, &[], runs.len(), level);
    History { tables, body }
}

struct Writer<'a> {
    log: &'a OpLog,
    tables: Tables<'a>,
    tape: Tape,
    text: String,
    values: Vec<u8>,
    /// By how many operations were written before.
    remarks: Remarks,
    operations: u32,
    cursors: Cursors,
    authors: Authors,
    containers: Newest,
    keys: Newest,
    /// The peer of the last run.
    author: u32,
    /// Container and kind of the last stretch.
    container: Option<u32>,
    kind: u8,
    /// What the first container holds, and the mark of the operation that the delta goes on from.
    goes_on: Option<(Kind, [u8; 4])>,
    /// What is not to be written, since the reader has it.
    shown: Option<&'a Shown>,
}

impl<'a> Writer<'a> {
    fn new(log: &'a OpLog, runs: &[Missing], chains: &mut Chains) -> Self {
        let starts = starts_of(log, runs);
        let mut writer = Writer {
            log,
            tables: Tables::new(log, starts),
            tape: Tape::default(),
            text: String::new(),
            values: Vec::new(),
            remarks: Remarks::default(),
            operations: 0,
            cursors: Cursors::default(),
            authors: Authors::default(),
            containers: Newest::default(),
            keys: Newest::default(),
            author: 0,
            container: None,
            kind: ENTRY,
            goes_on: None,
            shown: None,
        };
        if let Some((before, container, place)) = origin(log, runs) {
            writer.tables.give(container);
            *writer.cursors.of(0, writer.containers.given()) = place;
            writer.container = Some(0);
            let kind = log.containers.kind(container);
            writer.goes_on = Some((kind, before.mark(log, chains)));
        }
        writer
    }

    fn run(&mut self, run: &Missing, chains: &mut Chains) {
        let author = self.tables.peer(run.author);
        let mut parents = first_parents(self.log, run);
        let own = parents
            .iter()
            .position(|parent| parent.by == run.author && parent.seq + 1 == run.seq)
            .map(|at| parents.remove(at));
        parents.sort_unstable_by_key(|parent| self.log.peers.peer(parent.by));
        let value = self.authors.put(author);
        self.tape.put(Field::Author, value);
        self.author = author;
        self.tape.put(Field::RunLen, u64::from(run.len() - 1));
        let shape = 2 * parents.len() as u64 + u64::from(own.is_some());
        self.tape.put(Field::Parents, shape);
        if let Some(own) = own
            && run.seq == self.tables.start(run.author)
            && self.goes_on.is_none()
        {
            self.tape.put_word(own.mark(self.log, chains));
        }
        for parent in parents {
            let Parent { by, seq, .. } = parent;
            self.operation(by, seq);
            if seq < self.tables.start(by) {
                self.tape.put_word(parent.mark(self.log, chains));
            }
        }
        if let Some(next) = self.tables.next(author) {
            *next = run.seq + run.len();
        }
        for (nth, remark) in run.remarks(self.log) {
            self.remarks.push(Lv(self.operations + nth), &remark);
        }
        self.operations += run.len();
        self.stretches(run);
    }

    /// Names an operation by how far it is back.
    fn operation(&mut self, by: PeerIx, seq: Seq) {
        let by = self.tables.peer(by);
        let value = self.authors.put_parent(by);
        self.tape.put(Field::ParentPeer, value);
        if let Some(&mut next) = self.tables.next(by) {
            self.tape.put(Field::ParentBack, u64::from(next - 1 - seq));
        }
    }

    /// Names the first operation that a stretch restores.
    fn target(&mut self, first: Lv) {
        let (by, seq) = self.log.graph.author_of(first);
        self.operation(by, seq);
    }

    /// What a run does, in stretches as long as can be.
    fn stretches(&mut self, run: &Missing) {
        let log = self.log;
        let mut open: Option<Stretch> = None;
        for &span in &run.spans {
            log.each_piece(span, |piece| {
                let (container, mut piece) = match piece {
                    Piece::Run(container, piece) => (container, piece),
                    Piece::Entry(container, entry) => {
                        if let Some(stretch) = open.take() {
                            self.stretch(&stretch);
                        }
                        return self.entry(container, entry);
                    }
                };
                if let Some(stretch) = &mut open {
                    match stretch.join(log, container, piece) {
                        None => return,
                        Some(rest) => piece = rest,
                    }
                    self.stretch(stretch);
                }
                open = Some(Stretch::new(container, piece));
            });
        }
        if let Some(stretch) = open {
            self.stretch(&stretch);
        }
    }

    fn stretch(&mut self, stretch: &Stretch) {
        let Stretch {
            container, whole, ..
        } = *stretch;
        let Some(sequence) = self.log.sequence(container) else {
            return;
        };
        let (code, len) = (code_of(whole.kind()), whole.len());
        let number = self.tables.container(container);
        let (start, end) = ends_of(code, whole.pos, len);
        let from = if code == RESTORE {
            start
        } else {
            let cursor = self.cursors.of(self.author, number);
            std::mem::replace(cursor, end)
        };
        let before = self.kind;
        self.head(
            code,
            number,
            flag(whole.joined(), JOINED)
                | flag(from == start && code != RESTORE, ON)
                | flag(len == 1, SINGLE),
        );
        if len > 1 {
            self.tape.put(len_field(code), u64::from(len - 2));
        }
        if from != start {
            self.tape
                .put(pos_field(code, before), number_of(from, start));
        }
        if whole.kind() == OpKind::Mark {
            return self.mark(whole.lv);
        }
        match whole.kind() {
            OpKind::Move => {
                let to = sequence.moved_to(whole.lv);
                put_index(to, whole.pos, &mut self.tape);
            }
            OpKind::Restore => self.target(Lv(whole.pos)),
            _ => {}
        }
        if !matches!(whole.kind(), OpKind::Insert | OpKind::Set) {
            return;
        }
        for piece in &stretch.pieces {
            match (self.log.containers.kind(container), self.shown) {
                (Kind::Text, None) => {
                    sequence.each_text(piece.span(), |text| self.text.push_str(text))
                }
                (Kind::Text, Some(shown)) => shown.each_hidden(container, piece.span(), |span| {
                    sequence.each_text(span, |text| self.text.push_str(text))
                }),
                _ => self.cells(sequence.cells_of(piece), piece.span()),
            }
        }
    }

    /// What a mark says: its key, how far it reaches and how it expands, and its value.
    fn mark(&mut self, lv: Lv) {
        let Some(mark) = self.log.marks.get(lv) else {
            return;
        };
        let key = self.tables.key(mark.key);
        let value = self.keys.put(key);
        self.tape.put(Field::Key, value);
        put_extent(mark.extent, &mut self.tape);
        self.cell(mark.value, lv);
    }

    fn cells(&mut self, cells: &[u8], span: LvSpan) {
        let mut reader = Reader::new(cells, 0);
        for lv in (span.start.0..span.end.0).map(Lv) {
            // Written or validated before: it reads.
            if let Ok(cell) = Cell::read(&mut reader) {
                self.cell(cell, lv);
            }
        }
    }

    fn cell(&mut self, cell: Cell<'_>, lv: Lv) {
        if self.shown.is_none_or(|shown| !shown.has_value(lv)) {
            put_cell(cell, &mut self.tape, &mut self.values);
        }
    }

    fn entry(&mut self, container: ContainerIx, entry: u32) {
        let entries = &self.log.entries;
        let number = self.tables.container(container);
        if let Cell::Back(target) = entries.cell(entry) {
            let flags = flag(entries.joined(entry), JOINED) | SINGLE;
            self.head(RESTORE, number, flags);
            return self.target(self.log.entry_lv(target));
        }
        let cell = entries.cell(entry);
        let moved = matches!(cell, Cell::Moved(_));
        let flags = flag(entries.joined(entry), JOINED) | flag(moved, ON) | SINGLE;
        self.head(ENTRY, number, flags);
        if let Some(key) = entries.key(entry) {
            let key = self.tables.key(key);
            let value = self.keys.put(key);
            self.tape.put(Field::Key, value);
        }
        if let Cell::Moved(container) = cell {
            // Also where a sketch tells it.
            let value = self.containers.put(self.tables.container(container));
            return self.tape.put(Field::Container, value);
        }
        self.cell(cell, self.log.entry_lv(entry));
    }

    fn head(&mut self, kind: u8, container: u32, flags: u8) {
        let other = self.container != Some(container);
        let head = kind | flags | flag(other, OTHER_CONTAINER);
        self.tape.put(head_after(self.kind), u64::from(head));
        if other {
            let value = self.containers.put(container);
            self.tape.put(Field::Container, value);
            self.container = Some(container);
        }
        self.kind = kind;
    }

    fn finish(mut self, runs: usize, level: Level) -> Vec<u8> {
        let segments = self.tables.segments();
        let flags = flag(self.tables.has_names(), NAMES)
            | flag(self.goes_on.is_some(), GOES_ON)
            | flag(!segments.is_empty(), SPLITS);
        let mut tables = Vec::new();
        self.tables.write_peers(&mut tables);
        if !segments.is_empty() {
            put_splits(&mut tables, &segments, [].into_iter());
        }
        if let Some((kind, mark)) = self.goes_on {
            tables.push(kind.code());
            tables.extend_from_slice(&mark);
        }
        if self.tables.has_names() {
            self.tables.write_names(&mut tables, level);
        }
        self.finish_runs(flags, &tables, runs, level)
    }

    fn finish_runs(self, flags: u8, tables: &[u8], runs: usize, level: Level) -> Vec<u8> {
        let coded = self.tape.finish(level);
        let mut out = Vec::with_capacity(tables.len() + self.text.len() + coded.bits.len() + 32);
        out.push(
            flags
                | flag(!coded.is_default, CODES)
                | flag(!coded.columns.is_empty(), COLUMNS)
                | flag(!self.text.is_empty(), TEXT)
                | flag(!self.values.is_empty(), VALUES)
                | flag(!self.remarks.is_empty(), REMARKS),
        );
        out.extend_from_slice(tables);
        if !self.remarks.is_empty() {
            put_block(&mut out, self.remarks.as_bytes(), level);
        }
        put_unsigned(&mut out, runs as u64);
        for bytes in [self.text.as_bytes(), &self.values] {
            if !bytes.is_empty() {
                put_block(&mut out, bytes, level);
            }
        }
        out.extend_from_slice(&coded.columns);
        out.extend_from_slice(&coded.bits);
        out
    }
}

fn flag(set: bool, bit: u8) -> u8 {
    if set { bit } else { 0 }
}
