//! One stored value, as bytes.
//!
//! ```text
//! cell := 0 null | 1 false | 2 true | 3 int (zigzag varint) | 4 float (8 bytes, little-endian)
//!       | 5 string (length, UTF-8) | 6 bytes (length, bytes)
//!       | 7 container opened at a key (kind, generation) | 8 container made here (kind) | 9 removed
//!       | 10 takes back (entry): in memory only | 11 container moved here (its number): in memory only
//! ```

use super::{ContainerIx, Kind};
use crate::column::{ReadError, Reader, put_signed, put_unsigned, unsigned_len, zigzag_of};

/// One stored value, borrowed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Cell<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'a str),
    Bytes(&'a [u8]),
    /// The container of this kind and generation at the map key where the cell stands.
    Child {
        kind: Kind,
        generation: u32,
    },
    /// A container named by the operation that holds the cell.
    Made(Kind),
    /// A map key that was removed.
    Removed,
    /// Takes back what the entry of that index wrote.
    Back(u32),
    /// The container of that number was moved to the map key where the cell stands.
    Moved(ContainerIx),
}

impl<'a> Cell<'a> {
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        match self {
            Cell::Null => out.push(0),
            Cell::Bool(false) => out.push(1),
            Cell::Bool(true) => out.push(2),
            Cell::Int(int) => {
                out.push(3);
                put_signed(out, int);
            }
            Cell::Float(float) => {
                out.push(4);
                // One bit pattern for every NaN: the same values give the same bytes.
                let bits = if float.is_nan() {
                    f64::NAN.to_bits()
                } else {
                    float.to_bits()
                };
                out.extend_from_slice(&bits.to_le_bytes());
            }
            Cell::Str(text) => {
                out.push(5);
                put_unsigned(out, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
            }
            Cell::Bytes(bytes) => {
                out.push(6);
                put_unsigned(out, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Cell::Child { kind, generation } => {
                out.extend_from_slice(&[7, kind.code()]);
                put_unsigned(out, u64::from(generation));
            }
            Cell::Made(kind) => out.extend_from_slice(&Cell::made(kind)),
            Cell::Removed => out.push(9),
            Cell::Back(entry) => {
                out.push(10);
                put_unsigned(out, u64::from(entry));
            }
            Cell::Moved(container) => {
                out.push(11);
                put_unsigned(out, u64::from(container.0));
            }
        }
    }

    /// Bytes that [`write`](Cell::write) appends.
    pub(crate) fn stored_len(self) -> usize {
        match self {
            Cell::Null | Cell::Bool(_) | Cell::Removed => 1,
            Cell::Int(int) => 1 + unsigned_len(zigzag_of(int)),
            Cell::Float(_) => 9,
            Cell::Str(_) | Cell::Bytes(_) => {
                let len = self.payload_len();
                1 + unsigned_len(len as u64) + len
            }
            Cell::Child { generation, .. } => 2 + unsigned_len(generation.into()),
            Cell::Made(_) => 2,
            Cell::Back(number) | Cell::Moved(ContainerIx(number)) => {
                1 + unsigned_len(number.into())
            }
        }
    }

    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Cell<'a>, ReadError> {
        Ok(match reader.byte()? {
            0 => Cell::Null,
            1 => Cell::Bool(false),
            2 => Cell::Bool(true),
            3 => Cell::Int(reader.signed()?),
            4 => {
                let float = f64::from_bits(u64::from_le_bytes(reader.array()?));
                if float.is_nan() && float.to_bits() != f64::NAN.to_bits() {
                    return Err(reader.error("a NaN other than the one in use"));
                }
                Cell::Float(float)
            }
            5 => {
                let len = reader.count(1)?;
                Cell::Str(reader.str(len)?)
            }
            6 => {
                let len = reader.count(1)?;
                Cell::Bytes(reader.take(len)?)
            }
            7 => Cell::Child {
                kind: read_kind(reader)?,
                generation: reader.u32()?,
            },
            8 => Cell::Made(read_kind(reader)?),
            9 => Cell::Removed,
            10 => Cell::Back(reader.u32()?),
            11 => Cell::Moved(ContainerIx(reader.u32()?)),
            _ => return Err(reader.error("unknown kind of value")),
        })
    }

    /// The cell at an offset of a column that this process wrote.
    pub(crate) fn at(column: &[u8], offset: usize) -> Cell<'_> {
        let bytes = column.get(offset..).unwrap_or(&[]);
        Cell::read(&mut Reader::new(bytes, offset)).unwrap_or(Cell::Null)
    }

    /// Whether the bytes of a cell are a value as it stands: no container, and not removed.
    #[inline]
    pub(crate) fn is_plain(cell: &[u8]) -> bool {
        cell.first().is_some_and(|&tag| tag < 7)
    }

    /// The kind of the container that the cell makes, if it makes one.
    pub(crate) fn container_kind(self) -> Option<Kind> {
        match self {
            Cell::Child { kind, .. } | Cell::Made(kind) => Some(kind),
            _ => None,
        }
    }

    /// The bytes of a container made by the operation.
    pub(crate) fn made(kind: Kind) -> [u8; 2] {
        [8, kind.code()]
    }

    /// Bytes that the cell takes at most.
    #[inline]
    pub(crate) fn len_max(self) -> usize {
        self.payload_len() + 11
    }

    /// Bytes of a string or byte value.
    pub(crate) fn payload_len(self) -> usize {
        match self {
            Cell::Str(text) => text.len(),
            Cell::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }
}

fn read_kind(reader: &mut Reader<'_>) -> Result<Kind, ReadError> {
    let code = reader.byte()?;
    Kind::from_code(code).ok_or_else(|| reader.error("unknown kind of container"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_as_long_as_it_says() {
        let text = "x".repeat(20_000);
        let mut cells = vec![
            Cell::Null,
            Cell::Bool(false),
            Cell::Bool(true),
            Cell::Float(0.5),
            Cell::Made(Kind::Map),
            Cell::Removed,
        ];
        for len in [0, 1, 127, 128, 16_383, 16_384] {
            cells.push(Cell::Str(&text[..len]));
            cells.push(Cell::Bytes(&text.as_bytes()[..len]));
        }
        for shift in 0..63 {
            for int in [(1i64 << shift) - 1, 1 << shift, -(1 << shift)] {
                cells.push(Cell::Int(int));
            }
        }
        cells.extend([i64::MIN, i64::MAX].map(Cell::Int));
        for generation in [0, 127, 128, u32::MAX] {
            cells.push(Cell::Child {
                kind: Kind::List,
                generation,
            });
        }
        for cell in cells {
            let mut bytes = Vec::new();
            cell.write(&mut bytes);
            assert_eq!(bytes.len(), cell.stored_len(), "{cell:?}");
        }
    }
}
