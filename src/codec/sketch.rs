//! What a document shows, without its history: the part of a snapshot that opens at once.
//!
//! ```text
//! sketch := peers names ends text state
//! peers  := count (peer (8 bytes, little-endian) operations)*
//! ends   := see [`ends`](super::ends)
//! text   := block of what all texts show, in order of containers
//! state  := flags [splits] [values] [columns] length bits, by container: bytes of a text | count item* |
//!           count (key rivals item item*)* | sum
//! item   := author seq lamport value
//! sum    := 16 bytes, little-endian, among the values
//! ```
//!
//! The state is coded as a delta's fields are, its flags and splits those of a delta: `Length` counts bytes of text, `InsertLen` items
//! and keys, `DeleteLen` rivals, `Key` how far a key is behind the one before; an item is an `Author`, a `RunLen` and a
//! `Parents`.
//!
//! An item tells the operation that wrote a
//! value, as differences from the item before (zigzag): of the author's number; of `seq`, from one more; of the Lamport,
//! from as much more as `seq` is. A key's items stand winner first. `names` are those of a delta. Only containers whose
//! maker is an item, and those with a name of their own, have a state.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::budget::Budget;
use super::cells::take_cell;
use super::ends::{Ends, read_ends};
use super::error::DecodeError;
use super::field::Field;
use super::fields::{Columns, Fields};
use super::layout::{CODES, COLUMNS, NUMBER_MAX, SPLITS, VALUES, read_flags};
use super::room::Room;
use super::splits::{fit_counts, read_splits};
use super::tables::{read_names, read_peers};
use crate::codec::batch::{Batch, NameRef};
use crate::column::{BitReader, Reader, signed_of};
use crate::id::Seq;
use crate::limits::Limits;
use crate::oplog::{Cell, Kind, Name};

/// A value, and the operation that wrote it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) peer: u32,
    pub(crate) seq: Seq,
    pub(crate) lamport: u32,
    /// Within [`Sketch::cells`], in bytes.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a container shows.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// A range of [`Sketch::text`], in bytes.
    Text {
        start: usize,
        end: usize,
    },
    /// Items from, to.
    List(usize, usize),
    /// Keys, and items from, to; the winner first.
    Map(Vec<(u32, usize, usize)>),
    Counter(i128),
    /// It is in no place that is shown.
    Hidden,
}

/// A document's state, parsed.
#[derive(Debug)]
pub(crate) struct Sketch<'a> {
    /// Peers, keys and containers; no runs.
    pub(crate) tables: Batch<'a>,
    /// By peer, how many operations there are.
    pub(crate) counts: Vec<Seq>,
    pub(crate) ends: Ends,
    pub(crate) text: Cow<'a, str>,
    /// The values of items.
    pub(crate) cells: Vec<u8>,
    /// By container.
    pub(crate) bodies: Vec<Body>,
    pub(crate) items: Vec<Item>,
}

impl Sketch<'_> {
    /// What an item holds.
    pub(crate) fn cell(&self, item: &Item) -> &[u8] {
        self.cells.get(item.start..item.end).unwrap_or(&[])
    }

    /// How many operations there are.
    pub(crate) fn operations(&self) -> u64 {
        self.counts.iter().copied().map(u64::from).sum()
    }
}

/// Reads a document's state.
pub(super) fn read_sketch<'a>(
    reader: &mut Reader<'a>,
    limits: &Limits,
) -> Result<Sketch<'a>, DecodeError> {
    let budget = Budget::new(reader.remaining(), limits);
    let mut tables = Batch::default();
    let counts = read_peers(reader, &mut tables)?;
    let mut room = Room::new(limits);
    read_names(reader, &mut tables, &mut room, limits)?;
    let ends = read_ends(reader, &counts, tables.containers.len(), &mut room)?;
    let limit = limits.inflated_bytes as usize;
    let text = room.text(reader)?;
    let flags = read_flags(reader, CODES | COLUMNS | VALUES | SPLITS)?;
    if flags & SPLITS != 0 {
        read_splits(reader, &mut tables)?;
        if !fit_counts(&tables, &counts) {
            return Err(reader.error("segments of other lengths").into());
        }
    }
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
    let mut sketch = Sketch {
        tables,
        counts,
        ends,
        text,
        cells: Vec::new(),
        bodies: Vec::new(),
        items: Vec::new(),
    };
    if u64::from(sketch.ends.lamport) > sketch.operations()
        || sketch.operations() > u64::from(NUMBER_MAX)
    {
        return Err(DecodeError::new(
            offset,
            "more operations than there can be",
        ));
    }
    let source = Source {
        fields: Fields::new(bits, &columns, flags & CODES == 0)?,
        values: Reader::new(&values, offset),
        limit,
        budget,
    };
    read_bodies(&mut sketch, source)?;
    Ok(sketch)
}

/// Where the state comes from.
struct Source<'f> {
    fields: Fields<'f>,
    values: Reader<'f>,
    /// Bytes that values may take.
    limit: usize,
    budget: Budget,
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
}

fn read_bodies(sketch: &mut Sketch<'_>, mut source: Source<'_>) -> Result<(), DecodeError> {
    let mut items = Items::default();
    let mut at = 0;
    for index in 0..sketch.tables.containers.len() {
        let Some(&name) = sketch.tables.containers.get(index) else {
            break;
        };
        let is_shown = match name {
            NameRef::Named(Name::Made { by, kind }) => items.made.contains(&(by.0, by.1, kind)),
            NameRef::Named(Name::Child { parent, .. }) => {
                let parent = sketch.bodies.get(parent as usize);
                parent.is_some_and(|body| !matches!(body, Body::Hidden))
            }
            _ => true,
        };
        if !is_shown {
            sketch.bodies.push(Body::Hidden);
            continue;
        }
        let body = match name.kind() {
            Kind::Text => {
                let len = source.fields.take_u32(Field::Length)? as usize;
                let end = at + len;
                if !sketch.text.is_char_boundary(end) {
                    return Err(source.fields.error("less text than is shown").into());
                }
                let start = std::mem::replace(&mut at, end);
                Body::Text { start, end }
            }
            Kind::List => {
                let from = sketch.items.len();
                for _ in 0..source.fields.take_u32(Field::InsertLen)? {
                    items.take(&mut source, sketch, false)?;
                }
                Body::List(from, sketch.items.len())
            }
            Kind::Map => Body::Map(read_keys(&mut items, &mut source, sketch)?),
            Kind::Counter => Body::Counter(source.sum(sketch.operations())?),
        };
        sketch.bodies.push(body);
    }
    if at != sketch.text.len() || !source.values.is_at_end() {
        return Err(source
            .fields
            .error("more state than there are containers")
            .into());
    }
    Ok(source.fields.finish()?)
}

/// A map's keys, and items from, to.
fn read_keys(
    items: &mut Items,
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
            items.take(source, sketch, true)?;
        }
        keys.push((key, from, sketch.items.len()));
    }
    Ok(keys)
}

#[derive(Default)]
struct Items {
    /// Of the item before: its author's number, `seq`, Lamport.
    before: (u32, Seq, u32),
    seen: BTreeSet<(u32, Seq)>,
    made: BTreeSet<(u32, Seq, Kind)>,
}

impl Items {
    fn take(
        &mut self,
        source: &mut Source<'_>,
        sketch: &mut Sketch<'_>,
        in_map: bool,
    ) -> Result<(), DecodeError> {
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
        if !known || lamport == 0 || lamport > sketch.ends.lamport || !self.seen.insert((peer, seq))
        {
            return Err(fields.error("a value that no operation wrote").into());
        }
        self.before = (peer, seq, lamport);
        let start = sketch.cells.len();
        let cell = take_cell(fields, values)?;
        match cell {
            Cell::Removed => return Err(fields.error("a value that is none").into()),
            Cell::Child { .. } if !in_map => {
                return Err(fields.error("a value that only a map can hold").into());
            }
            Cell::Made(kind) => {
                self.made.insert((peer, seq, kind));
            }
            _ => {}
        }
        if start + cell.payload_len() > source.limit {
            return Err(fields
                .error("values would unpack beyond their limit")
                .into());
        }
        // One more for what is remembered of it meanwhile.
        source.budget.take::<[Item; 2]>(&source.fields)?;
        cell.write(&mut sketch.cells);
        sketch.items.push(Item {
            peer,
            seq,
            lamport,
            start,
            end: sketch.cells.len(),
        });
        Ok(())
    }
}
