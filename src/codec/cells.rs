//! Values in a delta: their kinds and numbers as fields, their bytes in one block.
//!
//! ```text
//! value := kind, by kind: int | length of the bytes in the block | generation
//! ```
//!
//! | kind | value |
//! |---|---|
//! | 0, 1, 2 | null, false, true |
//! | 3 | integer |
//! | 4 | float: 8 bytes, little-endian; one bit pattern for every NaN |
//! | 5, 6 | string (UTF-8), bytes |
//! | 7 | removed; in a sketch, a container of the number that follows, moved there |
//! | 8 to 11 | the container of kind 0 to 3 at a map's key, with its generation |
//! | 12 to 15 | a container of kind 0 to 3 named by the operation |

use super::error::DecodeError;
use super::field::Field;
use super::fields::Fields;
use super::layout::NUMBER_MAX;
use super::tape::Tape;
use crate::column::{Reader, signed_of, zigzag_of};
use crate::oplog::{Cell, Extent, Kind};

const NULL: u64 = 0;
const FALSE: u64 = 1;
const TRUE: u64 = 2;
const INT: u64 = 3;
const FLOAT: u64 = 4;
const STRING: u64 = 5;
const BYTES: u64 = 6;
pub(super) const REMOVED: u64 = 7;
const CHILD: u64 = 8;
const MADE: u64 = 12;

/// Puts where an element goes, as the difference to where it is.
pub(super) fn put_index(to: u32, from: u32, tape: &mut Tape) {
    tape.put(Field::Int, zigzag_of(i64::from(to) - i64::from(from)));
}

/// Takes where an element goes.
pub(super) fn take_index(fields: &mut Fields<'_>, from: u32) -> Result<u32, DecodeError> {
    let by = signed_of(fields.take(Field::Int)?);
    let to = i64::from(from).checked_add(by);
    to.and_then(|to| u32::try_from(to).ok())
        .filter(|&to| to <= NUMBER_MAX)
        .ok_or_else(|| fields.error("position out of range").into())
}

/// Puts how far a mark reaches, and how it expands.
pub(super) fn put_extent(extent: Extent, tape: &mut Tape) {
    // All have one scalar at least.
    let number = Extent::new(extent.len() - 1, extent.expand()).number();
    tape.put(Field::Int, u64::from(number));
}

/// Takes how far a mark reaches, and how it expands.
pub(super) fn take_extent(fields: &mut Fields<'_>) -> Result<Extent, DecodeError> {
    let number = fields.take_u32(Field::Int)?;
    let extent = Extent::from_number(number);
    if extent.len() >= NUMBER_MAX {
        return Err(fields.error("a mark too long").into());
    }
    Ok(Extent::new(extent.len() + 1, extent.expand()))
}

/// Puts a value.
pub(super) fn put_cell(cell: Cell<'_>, tape: &mut Tape, bytes: &mut Vec<u8>) {
    let mut kind = |kind| tape.put(Field::Value, kind);
    match cell {
        Cell::Null => kind(NULL),
        Cell::Bool(false) => kind(FALSE),
        Cell::Bool(true) => kind(TRUE),
        Cell::Removed => kind(REMOVED),
        // Named by its operation, it is no value; what is moved is told by its number.
        Cell::Back(_) | Cell::Moved(_) => {}
        Cell::Int(int) => {
            kind(INT);
            tape.put(Field::Int, zigzag_of(int));
        }
        Cell::Float(float) => {
            kind(FLOAT);
            bytes.extend_from_slice(&canonical(float).to_le_bytes());
        }
        Cell::Str(text) => {
            kind(STRING);
            tape.put(Field::Length, text.len() as u64);
            bytes.extend_from_slice(text.as_bytes());
        }
        Cell::Bytes(value) => {
            kind(BYTES);
            tape.put(Field::Length, value.len() as u64);
            bytes.extend_from_slice(value);
        }
        Cell::Child {
            kind: holds,
            generation,
        } => {
            kind(CHILD + u64::from(holds.code()));
            tape.put(Field::Generation, u64::from(generation));
        }
        Cell::Made(holds) => kind(MADE + u64::from(holds.code())),
    }
}

fn canonical(float: f64) -> u64 {
    if float.is_nan() {
        f64::NAN.to_bits()
    } else {
        float.to_bits()
    }
}

/// Takes a value.
pub(super) fn take_cell<'b>(
    fields: &mut Fields<'_>,
    bytes: &mut Reader<'b>,
) -> Result<Cell<'b>, DecodeError> {
    let len = |fields: &mut Fields<'_>| fields.take_u32(Field::Length).map(|len| len as usize);
    Ok(match fields.take(Field::Value)? {
        NULL => Cell::Null,
        FALSE => Cell::Bool(false),
        TRUE => Cell::Bool(true),
        INT => Cell::Int(signed_of(fields.take(Field::Int)?)),
        FLOAT => {
            let float = f64::from_bits(u64::from_le_bytes(bytes.array()?));
            if float.to_bits() != canonical(float) {
                return Err(bytes.error("a NaN other than the one in use").into());
            }
            Cell::Float(float)
        }
        STRING => Cell::Str(bytes.str(len(fields)?)?),
        BYTES => Cell::Bytes(bytes.take(len(fields)?)?),
        REMOVED => Cell::Removed,
        kind @ CHILD..MADE => Cell::Child {
            kind: kind_from(kind - CHILD, fields)?,
            generation: fields.take_u32(Field::Generation)?,
        },
        kind => Cell::Made(kind_from(kind.wrapping_sub(MADE), fields)?),
    })
}

fn kind_from(code: u64, fields: &Fields<'_>) -> Result<Kind, DecodeError> {
    u8::try_from(code)
        .ok()
        .and_then(Kind::from_code)
        .ok_or_else(|| fields.error("unknown kind of value").into())
}
