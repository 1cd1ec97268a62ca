//! A change of one container, told in a few bytes: values are made of them only when somebody asks.
//!
//! ```text
//! brief := operations kind path body               the kind with the origin above it
//! body  := (key shown)*                           of a map; shown is 255 where the key shows nothing any more
//!        | count (at deleted inserted)* value*    of a list: edits in order, then all that they inserted
//!        | sum                                    of a counter
//! value := cell | 16 count value* | 17 count (key value)*
//! ```
//!
//! Paths and keys stand with their lengths; numbers are variable-length, the sum signed.

use std::sync::Arc;

use super::cell_value::plain_value;
use super::origin::Origin;
use super::record::Edit;
use crate::column::{ReadError, Reader, put_signed, put_unsigned};
use crate::oplog::{Cell, Kind};
use crate::value::Value;

const NOTHING: u8 = 255;
const LIST: u8 = 16;
const MAP: u8 = 17;

/// The byte of the kind holds the origin as well, which is 0 as it is written.
const KIND: u8 = 15;
const ORIGIN_SHIFT: u32 = 4;

/// Bytes kept in place.
const SHORT: usize = 29;

/// The bytes of a brief; most are short.
#[derive(Clone)]
pub(super) enum Brief {
    Short { len: u8, bytes: [u8; SHORT] },
    Long(Arc<[u8]>),
}

/// A brief, read up to its body.
pub(super) struct Told<'b> {
    pub(super) applied: u32,
    pub(super) kind: Kind,
    pub(super) path: &'b str,
    body: Reader<'b>,
}

impl Brief {
    #[inline]
    pub(super) fn new(told: &[u8]) -> Brief {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..told.len()), u8::try_from(told.len())) {
            (Some(short), Ok(len)) => {
                short.copy_from_slice(told);
                Brief::Short { len, bytes }
            }
            _ => Brief::Long(told.into()),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Brief::Short { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or(&[]),
            Brief::Long(bytes) => bytes,
        }
    }

    /// Where the kind stands.
    fn kind_at(&self) -> usize {
        let mut reader = Reader::new(self.bytes(), 0);
        let _ = reader.u32();
        reader.offset()
    }

    pub(super) fn origin(&self) -> Origin {
        let byte = self.bytes().get(self.kind_at());
        byte.map_or(Origin::Local, |byte| {
            Origin::from_code(byte >> ORIGIN_SHIFT)
        })
    }

    pub(super) fn set_origin(&mut self, origin: Origin) {
        let at = self.kind_at();
        let byte = match self {
            Brief::Short { bytes, .. } => bytes.get_mut(at),
            Brief::Long(bytes) => Arc::make_mut(bytes).get_mut(at),
        };
        if let Some(byte) = byte {
            *byte = *byte & KIND | origin.code() << ORIGIN_SHIFT;
        }
    }

    pub(super) fn told(&self) -> Option<Told<'_>> {
        let mut body = Reader::new(self.bytes(), 0);
        Some(Told {
            applied: body.u32().ok()?,
            kind: Kind::from_code(body.byte().ok()? & KIND)?,
            path: read_name(&mut body).ok()?,
            body,
        })
    }
}

impl Told<'_> {
    /// Keys, and what they show.
    pub(super) fn entries(self) -> Vec<(String, Option<Value>)> {
        entries_in(self.body)
    }

    /// Edits, and the values that they inserted.
    pub(super) fn elements(mut self) -> (Vec<Edit>, Vec<Value>) {
        let mut edits = Vec::new();
        for _ in 0..self.body.u32().unwrap_or(0) {
            edits.extend(read_edit(&mut self.body));
        }
        (edits, values_in(self.body))
    }

    pub(super) fn sum(mut self) -> i64 {
        self.body.signed().unwrap_or(0)
    }
}

/// Keys, and what they show, by key.
pub(super) fn entries_in(mut body: Reader<'_>) -> Vec<(String, Option<Value>)> {
    let mut entries = Vec::new();
    while !body.is_at_end() {
        match read_entry(&mut body) {
            Ok(entry) => entries.push(entry),
            Err(_) => break,
        }
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries
}

/// Values in a row.
pub(super) fn values_in(mut body: Reader<'_>) -> Vec<Value> {
    let mut values = Vec::new();
    while !body.is_at_end() {
        match read_value(&mut body) {
            Ok(value) => values.push(value),
            Err(_) => break,
        }
    }
    values
}

impl std::fmt::Debug for Brief {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(told) = self.told() else {
            return f.write_str("?");
        };
        let mut debug = f.debug_tuple("Brief");
        debug.field(&told.path).field(&told.applied);
        match told.kind {
            Kind::Map => debug.field(&told.entries()),
            Kind::List => debug.field(&told.elements()),
            Kind::Text | Kind::Counter => debug.field(&told.sum()),
        };
        debug.finish()
    }
}

#[inline]
pub(super) fn write_start(out: &mut Vec<u8>, applied: u32, kind: Kind, path: &[u8]) {
    put_unsigned(out, applied.into());
    out.push(kind.code());
    put_unsigned(out, path.len() as u64);
    out.extend_from_slice(path);
}

#[inline]
pub(super) fn write_name(out: &mut Vec<u8>, name: &str) {
    put_unsigned(out, name.len() as u64);
    out.extend_from_slice(name.as_bytes());
}

pub(super) fn write_nothing(out: &mut Vec<u8>) {
    out.push(NOTHING);
}

#[inline]
pub(super) fn write_edit(out: &mut Vec<u8>, edit: &Edit) {
    for number in [edit.at, edit.deleted, edit.inserted] {
        put_unsigned(out, number.into());
    }
}

pub(super) fn write_sum(out: &mut Vec<u8>, sum: i128) {
    let most = if sum < 0 { i64::MIN } else { i64::MAX };
    put_signed(out, i64::try_from(sum).unwrap_or(most));
}

pub(super) fn write_list(out: &mut Vec<u8>, len: usize) {
    out.push(LIST);
    put_unsigned(out, len as u64);
}

pub(super) fn write_map(out: &mut Vec<u8>, len: usize) {
    out.push(MAP);
    put_unsigned(out, len as u64);
}

fn read_name<'b>(reader: &mut Reader<'b>) -> Result<&'b str, ReadError> {
    let len = reader.count(1)?;
    reader.str(len)
}

fn read_entry(reader: &mut Reader<'_>) -> Result<(String, Option<Value>), ReadError> {
    let name = read_name(reader)?.to_owned();
    let mut ahead = reader.clone();
    if ahead.byte()? == NOTHING {
        *reader = ahead;
        return Ok((name, None));
    }
    Ok((name, Some(read_value(reader)?)))
}

fn read_edit(reader: &mut Reader<'_>) -> Result<Edit, ReadError> {
    Ok(Edit {
        at: reader.u32()?,
        deleted: reader.u32()?,
        inserted: reader.u32()?,
    })
}

/// Recursion is bounded: values are written from containers, whose nesting is limited.
fn read_value(reader: &mut Reader<'_>) -> Result<Value, ReadError> {
    let mut ahead = reader.clone();
    match ahead.byte()? {
        LIST => {
            *reader = ahead;
            let len = reader.count(1)?;
            let values = (0..len).map(|_| read_value(reader));
            Ok(Value::List(values.collect::<Result<_, _>>()?))
        }
        MAP => {
            *reader = ahead;
            let len = reader.count(2)?;
            let entries =
                (0..len).map(|_| Ok((read_name(reader)?.to_owned(), read_value(reader)?)));
            Ok(Value::Map(entries.collect::<Result<_, _>>()?))
        }
        _ => Ok(plain_value(Cell::read(reader)?)),
    }
}
