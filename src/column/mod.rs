//! Integers, bit fields and byte strings, in memory columns and on the wire.
//!
//! Variable-length integers are little-endian base 128; signed ones are zigzag-mapped first. A [`Reader`] walks bytes
//! from outside: every read is checked, and an error carries the byte offset at which it was found. A [`BitReader`] does so
//! with bits, whose numbers are told by prefix codes.
//!
//! In memory, columns [grow] with little to spare, and what must be found by its content stands in a [`Sorted`] one.

mod varint;
mod reader;
mod bits;
mod packages;
mod prefix;
mod strands;
mod encoder;
mod numbers;
pub(crate) mod grow;
mod sorted;

pub(crate) use bits::{BitReader, BitWriter};
pub(crate) use encoder::Encoder;
pub(crate) use numbers::{SYMBOLS, put_number, symbol_of, take_number};
pub(crate) use prefix::{Decoder, Lengths, cost};
pub(crate) use reader::{ReadError, Reader};
pub(crate) use sorted::Sorted;
pub(crate) use strands::STRANDS;
pub(crate) use varint::{put_signed, put_unsigned, signed_of, unsigned_len, zigzag_of};
