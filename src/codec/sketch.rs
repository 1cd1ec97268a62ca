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

use super::bodies::{Makers, Source};
use super::budget::Budget;
use super::ends::{Ends, read_ends};
use super::error::DecodeError;
use super::fields::{Columns, Fields};
use super::layout::{CODES, COLUMNS, NUMBER_MAX, SPLITS, VALUES, read_flags};
use super::read_tables::{read_names, read_peers};
use super::room::Room;
use super::splits::{fit_counts, read_splits};
use crate::codec::batch::Batch;
use crate::column::{BitReader, Reader};
use crate::id::Seq;
use crate::limits::Limits;

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

    fn forget_bodies(&mut self) {
        (self.bodies, self.items, self.cells) = (Vec::new(), Vec::new(), Vec::new());
    }

    /// Whether one operation wrote two of the values.
    fn wrote_two(&self) -> bool {
        let mut ids: Vec<_> = self
            .items
            .iter()
            .map(|item| (item.peer, item.seq))
            .collect();
        ids.sort_unstable();
        ids.windows(2).any(|ids| ids[0] == ids[1])
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
    let bytes = reader.remaining();
    let mut tables = Batch::default();
    let counts = read_peers(reader, &mut tables)?;
    let mut room = Room::new(limits);
    read_names(reader, &mut tables, &mut room, limits)?;
    let ends = read_ends(reader, &counts, tables.containers.len(), &mut room)?;
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
        false => Ok(sketch),
    }
}
