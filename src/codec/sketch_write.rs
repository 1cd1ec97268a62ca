//! Writing a sketch; the layout stands in [`sketch`](super::sketch).

use super::Level;
use super::block::put_block;
use super::cells::put_cell;
use super::ends::{Told, put_ends};
use super::field::Field;
use super::layout::{AWAY, CODES, COLUMNS, MARKS, MOVED, SPLITS, VALUES};
use super::moved::{away_ones, moved_ones, put_all, put_moved};
use super::segments::put_splits;
use super::shown::{Shown, entries_of};
use super::tables::Tables;
use super::tape::Tape;
use crate::column::{put_unsigned, zigzag_of};
use crate::id::{Lv, Seq};
use crate::oplog::{Border, Cell, ContainerIx, Kind, Name, OpLog};
use crate::state::{State, TextMarks};
use crate::summary::Chains;

/// What a sketch is of.
pub(super) struct Sketched<'a> {
    pub(super) log: &'a OpLog,
    pub(super) state: &'a State,
    pub(super) shown: &'a Shown,
    pub(super) told: Told,
    pub(super) level: Level,
}

/// Writes what a state shows, by the numbers of the tables.
pub(super) fn put_sketch(
    out: &mut Vec<u8>,
    sketched: &Sketched<'_>,
    chains: &mut Chains,
    tables: &mut Tables<'_>,
) {
    let &Sketched {
        log, state, level, ..
    } = sketched;
    number_generations(sketched, tables);
    // Writing numbers whatever it meets, so the tables come last.
    let ends = put_ends(log, chains, tables, sketched.told, level);
    let mut writer = Bodies {
        log,
        text: String::new(),
        tape: Tape::default(),
        values: Vec::new(),
        before: (0, 0, 0),
        // Those of a text that is not shown are gone once it is read again.
        has_marks: state.marked().any(|text| sketched.shown.has(text)),
    };
    let moved = moved_ones(sketched.log, sketched.shown, tables);
    for ix in tables.containers().to_vec() {
        if sketched.shown.has(ix) {
            writer.body(ix, state, tables);
        }
    }
    let away = away_ones(sketched.log, sketched.shown, tables);
    let segments = tables.segments();
    let noted = tables.other_splits(&segments);
    let has_splits = !segments.is_empty() || !noted.is_empty();
    tables.write_counts(out);
    tables.write_names(out, level);
    out.extend_from_slice(&ends);
    put_block(out, writer.text.as_bytes(), level);
    let coded = writer.tape.finish(level);
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    out.push(
        flag(!coded.is_default, CODES)
            | flag(!coded.columns.is_empty(), COLUMNS)
            | flag(!writer.values.is_empty(), VALUES)
            | flag(writer.has_marks, MARKS)
            | flag(!moved.is_empty(), MOVED)
            | flag(!away.is_empty(), AWAY)
            | flag(has_splits, SPLITS),
    );
    if has_splits {
        put_splits(out, &segments, noted.into_iter());
    }
    for containers in [&moved, &away] {
        if !containers.is_empty() {
            put_all(out, containers);
        }
    }
    if !writer.values.is_empty() {
        put_block(out, &writer.values, level);
    }
    out.extend_from_slice(&coded.columns);
    put_unsigned(out, coded.bits.len() as u64);
    out.extend_from_slice(&coded.bits);
}

/// Numbers what was ever opened at the keys of maps and has no number yet: a new generation is larger than those.
fn number_generations(sketched: &Sketched<'_>, tables: &mut Tables<'_>) {
    let (log, shown) = (sketched.log, sketched.shown);
    let is_named = |container: ContainerIx| shown.has(container) || shown.is_away(log, container);
    let mut unnamed: Vec<_> = log
        .containers
        .iter()
        .filter_map(|(container, name)| match name {
            Name::Child {
                parent,
                key,
                generation,
                kind,
            } if is_named(container) && tables.number(container).is_none() => {
                let around = tables.number(parent);
                Some(((around, log.keys.name(key), generation, kind), container))
            }
            _ => None,
        })
        .collect();
    unnamed.sort_unstable();
    for (_, container) in unnamed {
        tables.container(container);
    }
    if log.may_hide() {
        number_hidden(sketched, tables);
    }
}

/// Numbers what elements of lists made that do not show, if it has no number yet.
fn number_hidden(sketched: &Sketched<'_>, tables: &mut Tables<'_>) {
    let (log, shown) = (sketched.log, sketched.shown);
    let hidden = log.containers.iter().filter_map(|(container, name)| {
        let Name::Made { by, .. } = name else {
            return None;
        };
        let is_new = shown.is_away(log, container) && tables.number(container).is_none();
        is_new.then(|| (log.id(by), container))
    });
    let mut hidden: Vec<_> = hidden.collect();
    hidden.sort_unstable();
    for (_, container) in hidden {
        tables.container(container);
    }
}

struct Bodies<'a> {
    log: &'a OpLog,
    text: String,
    tape: Tape,
    values: Vec<u8>,
    /// Of the item before: its author's number, `seq`, Lamport.
    before: (u32, Seq, u32),
    has_marks: bool,
}

impl Bodies<'_> {
    fn body(&mut self, ix: ContainerIx, state: &State, tables: &mut Tables<'_>) {
        match self.log.containers.kind(ix) {
            Kind::Text => {
                let before = self.text.len();
                if let Some(rope) = state.text(ix) {
                    rope.chunks().for_each(|chunk| self.text.push_str(chunk));
                }
                self.tape
                    .put(Field::Length, (self.text.len() - before) as u64);
                if self.has_marks {
                    self.marks(ix, state, tables);
                }
            }
            Kind::List => {
                let Some(sequence) = self.log.sequence(ix) else {
                    return;
                };
                let elements = state.list(ix).map_or(0, |list| list.len_of_all());
                self.tape.put(Field::InsertLen, u64::from(elements));
                let mut cells = sequence.cells();
                for lv in state.list(ix).into_iter().flat_map(|list| list.all()) {
                    self.item(lv, cells.get(lv), tables);
                }
            }
            Kind::Map => self.map(ix, state, tables),
            Kind::Counter => self
                .values
                .extend_from_slice(&state.counter(ix).to_le_bytes()),
        }
    }

    fn marks(&mut self, ix: ContainerIx, state: &State, tables: &mut Tables<'_>) {
        let marks = state.marks(ix).map(TextMarks::borders).unwrap_or_default();
        let mut marks: Vec<_> = marks
            .into_iter()
            .map(|(mark, borders)| (borders, mark))
            .collect();
        marks.sort_by_cached_key(|&(borders, mark)| (borders, self.log.rank(mark)));
        self.tape.put(Field::InsertLen, marks.len() as u64);
        let mut before = 0;
        for ([start, end], lv) in marks {
            let Some(mark) = self.log.marks.get(lv) else {
                continue;
            };
            let behind = |from: u32, border: Border| {
                u64::from(border.at() - from) * 2 + u64::from(border.is_loose())
            };
            self.tape.put(Field::InsertPos, behind(before, start));
            self.tape.put(Field::DeletePos, behind(start.at(), end));
            before = start.at();
            self.tape.put(Field::Key, tables.key(mark.key).into());
            self.tape
                .put(Field::Generation, mark.extent.expand().code().into());
            self.item(lv, mark.value, tables);
        }
    }

    fn map(&mut self, ix: ContainerIx, state: &State, tables: &mut Tables<'_>) {
        // By the number of the key: the same on every replica.
        let mut entries: Vec<_> = entries_of(self.log, state, ix)
            .into_iter()
            .map(|(key, items)| (tables.key(key), items))
            .collect();
        entries.sort_unstable_by_key(|entry| entry.0);
        self.tape.put(Field::InsertLen, entries.len() as u64);
        let mut next = 0;
        for (key, items) in entries {
            self.tape.put(Field::Key, u64::from(key - next));
            next = key + 1;
            self.tape.put(Field::DeleteLen, (items.len() - 1) as u64);
            for (lv, cell) in items {
                self.item(lv, cell, tables);
            }
        }
    }

    fn item(&mut self, lv: Lv, cell: Cell<'_>, tables: &mut Tables<'_>) {
        let (author, seq) = self.log.graph.author_of(lv);
        let (author, lamport) = (tables.peer(author), self.log.graph.lamport(lv));
        let before = std::mem::replace(&mut self.before, (author, seq, lamport));
        let more = i64::from(seq) - i64::from(before.1);
        let author = i64::from(author) - i64::from(before.0);
        let lamport = i64::from(lamport) - i64::from(before.2) - more;
        self.tape.put(Field::Author, zigzag_of(author));
        self.tape.put(Field::RunLen, zigzag_of(more - 1));
        self.tape.put(Field::Parents, zigzag_of(lamport));
        match cell {
            Cell::Moved(container) => {
                let number = tables.container(container);
                put_moved(number, &mut self.tape);
            }
            _ => put_cell(cell, &mut self.tape, &mut self.values),
        }
    }
}
