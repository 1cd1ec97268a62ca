//! Integers and byte strings, in memory columns and on the wire.
//!
//! Variable-length integers are little-endian base 128; signed ones are zigzag-mapped first. A [`Reader`] walks bytes
//! from outside: every read is checked, and an error carries the byte offset at which it was found.

mod varint;
mod reader;

pub(crate) use reader::{ReadError, Reader};
pub(crate) use varint::{put_signed, put_unsigned};
