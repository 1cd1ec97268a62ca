//! Reading a sketch; the layout stands in [`sketch`](super::sketch).

use std::borrow::Cow;

use super::batch::{Batch, NameRef};
use super::budget::Budget;
use super::cells::take_cell;
use super::ends::read_ends;
use super::error::DecodeError;
use super::field::Field;
use super::fields::{Columns, Fields};
use super::layout::{AWAY, CODES, COLUMNS, MARKS, MOVED, NUMBER_MAX, SPLITS, VALUES, read_flags};
use super::makers::Makers;
use super::moved::{read_away, read_moved, take_moved};
use super::read_tables::{read_names, read_peers};
use super::room::Room;
use super::sketch::{Body, Item, Marked, Sketch};
use super::splits::{fit_counts, read_splits};
use super::told::Stands;
use crate::column::{BitReader, Reader, signed_of};
use crate::id::Seq;
use crate::limits::Limits;
use crate::oplog::{Border, Cell, ContainerIx, Expand, Kind, Name};

/// Reads a document's state. What comes behind it is read before anything of it is kept.
pub(super) fn read_sketch<'a, Rest>(
    reader: &mut Reader<'a>,
    limits: &Limits,
    rest: impl FnOnce(&mut Reader<'a>) -> Result<Rest, DecodeError>,
) -> Result<(Sketch<'a>, Rest), DecodeError> {
    let bytes = reader.remaining();
    let mut tables = Batch::default();
    let counts = read_peers(reader, &mut tables)?;
    let mut room = Room::new(limits);
    read_names(reader, &mut tables, &mut room, limits)?;
    let ends = read_ends(reader, &counts, tables.containers.len(), &mut room)?;
    let text = room.text(reader)?;
    let flags = read_flags(
        reader,
        CODES | COLUMNS | VALUES | SPLITS | MARKS | MOVED | AWAY,
    )?;
    if flags & SPLITS != 0 {
        read_splits(reader, &mut tables)?;
        if !fit_counts(&tables, &counts) {
            return Err(reader.error("segments of other lengths").into());
        }
    }
    let moved = match flags & MOVED {
        0 => Vec::new(),
        _ => read_moved(reader, &tables)?,
    };
    let away = match flags & AWAY {
        0 => Vec::new(),
        _ => read_away(reader, &tables, &moved)?,
    };
    let offset = reader.offset();
    let values = match flags & VALUES {
        0 => Cow::Borrowed(&[][..]),
        _ => room.block(reader)?,
    };
    let columns = match flags & COLUMNS {
        0 => Columns::none(),
        _ => Columns::read(reader, &mut room)?,
    };
    let len = reader.count(1)?;
    let offset_bits = reader.offset();
    let bits = BitReader::new(reader.take(len)?, offset_bits);
    let rest = rest(reader)?;
    let mut sketch = Sketch {
        tables,
        counts,
        ends,
        text,
        cells: Vec::new(),
        bodies: Vec::new(),
        items: Vec::new(),
        marks: Vec::new(),
        moved,
        away,
    };
    if u64::from(sketch.ends.lamport) > sketch.operations()
        || sketch.operations() > u64::from(NUMBER_MAX)
    {
        return Err(DecodeError::new(
            offset,
            "more operations than there can be",
        ));
    }
    let taken = sketch.tables.bytes_of_tables();
    let mut budget = Budget::new(bytes, room.unpacked(), taken, limits);
    let makers = Makers::of(&sketch.tables);
    loop {
        let source = Source {
            fields: Fields::new(bits.clone(), &columns, flags & CODES == 0)?,
            values: Reader::new(&values, offset),
            limit: limits.inflated_bytes as usize,
            budget: &mut budget,
            makers: &makers,
            has_marks: flags & MARKS != 0,
        };
        let read = source.bodies(&mut sketch);
        if budget.is_done(read)? {
            break;
        }
        sketch.forget_bodies();
    }
    match sketch.wrote_two() {
        true => Err(DecodeError::new(
            offset,
            "two values that one operation wrote",
        )),
        false => Ok((sketch, rest)),
    }
}

/// Where the state comes from.
struct Source<'f> {
    fields: Fields<'f>,
    values: Reader<'f>,
    /// Bytes that values may take.
    limit: usize,
    budget: &'f mut Budget,
    makers: &'f Makers,
    has_marks: bool,
}

impl Source<'_> {
    /// A counter's sum, to which at most so many operations came: what is added to it later does not take it out of bounds.
    fn sum(&mut self, operations: u64) -> Result<i128, DecodeError> {
        let sum = i128::from_le_bytes(self.values.array()?);
        if sum.unsigned_abs() > u128::from(operations) << 63 {
            let what = "a sum that so few operations do not come to";
            return Err(self.fields.error(what).into());
        }
        Ok(sum)
    }

    /// What each container shows.
    fn bodies(mut self, sketch: &mut Sketch<'_>) -> Result<(), DecodeError> {
        let mut items = Items::new(self.makers);
        let mut shown: Vec<bool> = Vec::with_capacity(sketch.tables.containers.len());
        let mut at = 0;
        for index in 0..sketch.tables.containers.len() {
            let Some(&name) = sketch.tables.containers.get(index) else {
                break;
            };
            let number = u32::try_from(index).unwrap_or(u32::MAX);
            let (is_moved, is_away) = (sketch.is_moved(number), sketch.is_away(number));
            let is_shown = match name {
                _ if is_moved => true,
                NameRef::Named(Name::Made { by, kind }) => {
                    !is_away && items.is_made((by.0, by.1, kind))
                }
                NameRef::Named(Name::Child { parent, .. }) => {
                    let is_shown = shown.get(parent as usize).is_some_and(|&shown| shown);
                    if is_away && !is_shown {
                        return Err(self.fields.error("a container away from nowhere").into());
                    }
                    is_shown && !is_away
                }
                _ => true,
            };
            shown.push(is_shown);
            let body = match name.kind() {
                _ if is_away => Body::Away,
                _ if !is_shown => Body::Hidden,
                Kind::Text => {
                    let len = self.fields.take_u32(Field::Length)? as usize;
                    let end = at + len;
                    if !sketch.text.is_char_boundary(end) {
                        return Err(self.fields.error("less text than is shown").into());
                    }
                    let start = std::mem::replace(&mut at, end);
                    let from = sketch.marks.len();
                    if self.has_marks {
                        let text = sketch.text.get(start..end).unwrap_or("");
                        let scalars = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                        items.marks(&mut self, sketch, scalars)?;
                    }
                    let marks = (from, sketch.marks.len());
                    Body::Text { start, end, marks }
                }
                Kind::List => {
                    let from = sketch.items.len();
                    for _ in 0..self.fields.take_u32(Field::InsertLen)? {
                        items.take(&mut self, sketch, false)?;
                    }
                    Body::List(from, sketch.items.len())
                }
                Kind::Map => Body::Map(items.keys(&mut self, sketch)?),
                Kind::Counter => Body::Counter(self.sum(sketch.operations())?),
            };
            self.budget.push(&mut sketch.bodies, body, &self.fields)?;
        }
        let are_made = sketch.made_away().all(|maker| items.is_made(maker));
        if !are_made || items.moved != sketch.moved.len() {
            return Err(self.fields.error("a container moved to no place").into());
        }
        if at != sketch.text.len() || !self.values.is_at_end() {
            return Err(self
                .fields
                .error("more state than there are containers")
                .into());
        }
        Ok(self.fields.finish()?)
    }
}

/// Items, one after another.
struct Items<'m> {
    /// Of the item before: its author's number, `seq`, Lamport.
    before: (u32, Seq, u32),
    /// Where the cells go on.
    cells: usize,
    makers: &'m Makers,
    /// Which of those have come up.
    made: Vec<bool>,
    /// How many containers came up that were moved.
    moved: usize,
}

impl<'m> Items<'m> {
    fn new(makers: &'m Makers) -> Self {
        Items {
            before: (0, 0, 0),
            cells: 0,
            made: vec![false; makers.0.len()],
            makers,
            moved: 0,
        }
    }

    /// Whether the container of that maker has come up.
    fn is_made(&self, maker: (u32, Seq, Kind)) -> bool {
        let found = self.makers.0.binary_search(&maker);
        found.is_ok_and(|at| self.made.get(at) == Some(&true))
    }

    fn note_made(&mut self, maker: (u32, Seq, Kind)) {
        let found = self.makers.0.binary_search(&maker);
        if let Some(made) = found.ok().and_then(|at| self.made.get_mut(at)) {
            *made = true;
        }
    }

    /// A map's keys, and items from, to.
    fn keys(
        &mut self,
        source: &mut Source<'_>,
        sketch: &mut Sketch<'_>,
    ) -> Result<Vec<(u32, usize, usize)>, DecodeError> {
        let mut keys: Vec<(u32, usize, usize)> = Vec::new();
        let mut next = 0_u32;
        for _ in 0..source.fields.take_u32(Field::InsertLen)? {
            let key = next
                .checked_add(source.fields.take_u32(Field::Key)?)
                .filter(|&key| (key as usize) < sketch.tables.keys.len())
                .ok_or_else(|| source.fields.error("no such key"))?;
            next = key + 1;
            let from = sketch.items.len();
            for _ in 0..=source.fields.take_u32(Field::DeleteLen)? {
                self.take(source, sketch, true)?;
            }
            let to = sketch.items.len();
            source
                .budget
                .push(&mut keys, (key, from, to), &source.fields)?;
        }
        Ok(keys)
    }

    /// The marks of a text of so many scalars.
    fn marks(
        &mut self,
        source: &mut Source<'_>,
        sketch: &mut Sketch<'_>,
        len: u32,
    ) -> Result<(), DecodeError> {
        let mut before = 0;
        for _ in 0..source.fields.take_u32(Field::InsertLen)? {
            let mut border = |field, from: u32| {
                let number = source.fields.take_u32(field)?;
                let at = from.checked_add(number / 2).filter(|&at| at <= len);
                let at = at.ok_or_else(|| source.fields.error("a mark beyond its text"))?;
                Ok::<_, DecodeError>(match number % 2 {
                    0 => Border::held(at),
                    _ => Border::loose(at),
                })
            };
            let start = border(Field::InsertPos, before)?;
            let end = border(Field::DeletePos, start.at())?;
            if end < start {
                return Err(source
                    .fields
                    .error("a mark that ends before it begins")
                    .into());
            }
            before = start.at();
            let key = source.fields.take_u32(Field::Key)?;
            let expand = source.fields.take_u32(Field::Generation)?;
            if key as usize >= sketch.tables.keys.len() || expand > Expand::Both.code() {
                return Err(source.fields.error("no such key, or expansion").into());
            }
            let marked = Marked {
                item: sketch.items.len(),
                key,
                expand: Expand::from_code(expand),
                borders: [start, end],
            };
            let cell = self.take(source, sketch, false)?;
            if cell == Stands::InMapOrList {
                return Err(source
                    .fields
                    .error("a mark whose value is not plain")
                    .into());
            }
            let Source { budget, fields, .. } = source;
            budget.push(&mut sketch.marks, marked, fields)?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        source: &mut Source<'_>,
        sketch: &mut Sketch<'_>,
        in_map: bool,
    ) -> Result<Stands, DecodeError> {
        let Source { fields, values, .. } = source;
        let plus = |base: u32, by: i64| {
            i64::from(base)
                .checked_add(by)
                .and_then(|sum| u32::try_from(sum).ok())
        };
        let peer = plus(self.before.0, signed_of(fields.take(Field::Author)?));
        let more = signed_of(fields.take(Field::RunLen)?).checked_add(1);
        let seq = more.and_then(|more| plus(self.before.1, more));
        let lamport = signed_of(fields.take(Field::Parents)?).checked_add(more.unwrap_or(0));
        let lamport = lamport.and_then(|more| plus(self.before.2, more));
        let (Some(peer), Some(seq), Some(lamport)) = (peer, seq, lamport) else {
            return Err(fields.error("number too large").into());
        };
        let known = sketch
            .counts
            .get(peer as usize)
            .is_some_and(|&count| seq < count);
        // What an operation's Lamport is counts the operations before it.
        if !known || lamport == 0 || lamport > sketch.ends.lamport {
            return Err(fields.error("a value that no operation wrote").into());
        }
        self.before = (peer, seq, lamport);
        let start = self.cells;
        let mut cell = take_cell(fields, values)?;
        if cell == Cell::Removed && in_map {
            cell = take_moved(fields)?;
        }
        match cell {
            Cell::Removed => return Err(fields.error("a value that is none").into()),
            Cell::Moved(ContainerIx(number)) => {
                if !sketch.is_moved(number) {
                    return Err(fields.error("no container that was moved").into());
                }
                self.moved += 1;
            }
            Cell::Child { .. } if !in_map => {
                return Err(fields.error("a value that only a map can hold").into());
            }
            Cell::Made(kind) => {
                self.note_made((peer, seq, kind));
            }
            _ => {}
        }
        if start + cell.payload_len() > source.limit {
            return Err(fields
                .error("values would unpack beyond their limit")
                .into());
        }
        self.cells += cell.stored_len();
        source
            .budget
            .room(&mut sketch.cells, cell.stored_len(), &source.fields)?;
        if source.budget.keeps() {
            cell.write(&mut sketch.cells);
        }
        let item = Item {
            peer,
            seq,
            lamport,
            start,
            end: self.cells,
        };
        let stands = Stands::of(cell);
        source
            .budget
            .push(&mut sketch.items, item, &source.fields)?;
        Ok(stands)
    }
}
