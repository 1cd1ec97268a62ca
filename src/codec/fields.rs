//! Reading fields; the layout stands in [`tape`](super::tape).

use std::borrow::Cow;

use super::block::reader_of;
use super::error::DecodeError;
use super::field::{FIELDS, Field};
use super::room::Room;
use crate::column::{
    BitReader, Decoder, Lengths, ReadError, Reader, signed_of, take_number, zigzag_of,
};

/// Blocks of varints, by field.
pub(super) struct Columns<'a> {
    /// With the places in the input where they start and end.
    blocks: Vec<ColumnBlock<'a>>,
}

type ColumnBlock<'a> = (u8, Cow<'a, [u8]>, usize, usize);

impl<'a> Columns<'a> {
    pub(super) fn none() -> Self {
        Columns { blocks: Vec::new() }
    }

    pub(super) fn read(reader: &mut Reader<'a>, room: &mut Room) -> Result<Self, DecodeError> {
        let mut blocks: Vec<ColumnBlock<'a>> = Vec::new();
        for _ in 0..reader.byte()? {
            let field = reader.byte()?;
            let follows = blocks.last().is_none_or(|last| last.0 < field);
            if usize::from(field) >= FIELDS || !follows {
                return Err(reader.error("no such column").into());
            }
            let offset = reader.offset();
            let block = room.block(reader)?;
            blocks.push((field, block, offset, reader.offset()));
        }
        Ok(Columns { blocks })
    }
}

/// Where a field's values come from.
enum Source<'a> {
    Default,
    Own(Box<Decoder>),
    Column {
        reader: Reader<'a>,
        /// The value before, where the column holds differences.
        before: Option<i64>,
    },
}

/// Takes fields one after another.
pub(super) struct Fields<'a> {
    bits: BitReader<'a>,
    /// By field; none where all are coded by default.
    sources: Vec<Source<'a>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(
        mut bits: BitReader<'a>,
        columns: &'a Columns<'_>,
        is_default: bool,
    ) -> Result<Self, DecodeError> {
        let mut sources = Vec::new();
        let mut blocks = columns.blocks.iter();
        if !is_default {
            sources.reserve_exact(FIELDS);
            for field in Field::ALL {
                sources.push(source_of(field, &mut bits, &mut blocks)?);
            }
        }
        if blocks.next().is_some() {
            return Err(bits.error("a column that is not asked for").into());
        }
        Ok(Fields { bits, sources })
    }

    /// The next value of a field.
    #[inline(always)]
    pub(super) fn take(&mut self, field: Field) -> Result<u64, ReadError> {
        let code = match self.sources.get_mut(field.at()) {
            None | Some(Source::Default) => field.default_decoder(),
            Some(Source::Own(code)) => &**code,
            Some(Source::Column { reader, before }) => return take_varint(reader, before),
        };
        if field.is_symbol() {
            code.take(&mut self.bits).map(u64::from)
        } else {
            take_number(code, &mut self.bits)
        }
    }

    /// The next value of a field, where more than 32 bits are an error.
    #[inline(always)]
    pub(super) fn take_u32(&mut self, field: Field) -> Result<u32, ReadError> {
        let value = self.take(field)?;
        u32::try_from(value).map_err(|_| self.error("number too large"))
    }

    /// The names of fields that have a code of their own.
    pub(super) fn own_codes(&self) -> Vec<String> {
        let own = |field: &Field| matches!(self.sources.get(field.at()), Some(Source::Own(_)));
        let fields = Field::ALL.into_iter().filter(own);
        fields.map(|field| format!("{field:?}")).collect()
    }

    /// Bits that remain.
    pub(super) fn remaining(&self) -> usize {
        self.bits.remaining()
    }

    pub(super) fn take_word(&mut self) -> Result<[u8; 4], ReadError> {
        let [a, b, c, d, ..] = self.bits.take(32)?.to_le_bytes();
        Ok([a, b, c, d])
    }

    #[cold]
    pub(super) fn error(&self, what: &'static str) -> ReadError {
        self.bits.error(what)
    }

    /// Checks that everything has been taken.
    pub(super) fn finish(self) -> Result<(), ReadError> {
        for source in &self.sources {
            if let Source::Column { reader, .. } = source
                && !reader.is_at_end()
            {
                return Err(self.error("a column longer than what is asked of it"));
            }
        }
        self.bits.finish()
    }
}

fn source_of<'a>(
    field: Field,
    bits: &mut BitReader<'_>,
    blocks: &mut std::slice::Iter<'a, ColumnBlock<'_>>,
) -> Result<Source<'a>, DecodeError> {
    if bits.take(1)? == 0 {
        return Ok(Source::Default);
    }
    if bits.take(1)? == 0 {
        let lengths = Lengths::read(bits, field.symbols())?;
        return Ok(Source::Own(Box::new(Decoder::new(&lengths.0))));
    }
    let before = (bits.take(1)? == 1).then_some(0);
    match blocks.next() {
        Some((number, block, start, end)) if usize::from(*number) == field.at() => {
            Ok(Source::Column {
                reader: reader_of(block, *start, *end),
                before,
            })
        }
        _ => Err(bits.error("a column that is not there").into()),
    }
}

#[inline(never)]
fn take_varint(reader: &mut Reader<'_>, before: &mut Option<i64>) -> Result<u64, ReadError> {
    let value = reader.unsigned()?;
    let Some(before) = before else {
        return Ok(value);
    };
    *before = before.wrapping_add(signed_of(value));
    Ok(zigzag_of(*before))
}

#[cfg(test)]
mod tests {
    use super::Columns;
    use crate::codec::Level;
    use crate::codec::block::put_block;
    use crate::codec::room::Room;
    use crate::column::Reader;
    use crate::limits::Limits;

    #[test]
    fn columns_beyond_the_limit_are_refused() {
        // Two columns, each of 100 zeros in a prefix code: a symbol of one bit.
        let mut packed = Vec::new();
        put_block(&mut packed, &[0; 100], Level::Fast);
        assert!(packed.len() < 50, "it is packed");
        let columns = [&[2, 0][..], &packed, &[1], &packed].concat();
        let read = |bytes| {
            let limits = Limits {
                inflated_bytes: bytes,
                ..Limits::default()
            };
            let read = Columns::read(&mut Reader::new(&columns, 0), &mut Room::new(&limits));
            read.err().map(|error| error.what)
        };
        assert_eq!(read(200), None);
        assert_eq!(read(199), Some("a block would unpack beyond its limit"));
    }
}
