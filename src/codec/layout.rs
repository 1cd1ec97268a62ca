//! The layout of a delta, for whoever writes, reads or inspects one.
//!
//! ```text
//! body   := flags peers [splits] [origin] [names] [remarks] count-of-runs [text] [values] [columns] bits
//! flags  := 1 not all codes are the default | 2 columns | 4 text | 8 values | 16 names | 32 goes on | 64 splits
//!         | 128 remarks
//! splits := see [`segments`](super::segments)
//! origin := kind of the first container, and the mark of the operation that the delta goes on from
//! remarks:= block: see [`remarks`](crate::oplog::Remarks); operations are counted in the order of the runs
//! text   := block of the UTF-8 of everything that was inserted into texts, in order
//! values := block of the bytes of values, in order
//!
//! run    := author length-1 parents [mark] parent* stretch*               until its length is reached
//! parent := peer back [mark]
//! mark   := 32 bits: of the chain value of a parent outside the delta
//! stretch:= head [container] [length-2] [distance] [key] value* | head [container] key container
//! head   := kind | 8 continues the transaction | 16 another container | 32 starts where the last one ended; of an entry, it moves a container | 64 one
//!           operation
//! ```
//!
//! A delta by one peer goes on where its first run follows the peer's operation before: the first container is that
//! operation's, and has no entry among the names; the peer's place there is where the operation ended. The first parent
//! of the first run, which is that operation, has no mark there.
//!
//! The fields are those of [`Field`](super::field::Field), the tables those of [`Tables`](super::tables::Tables). Runs are as long as they can be, ordered by
//! (Lamport, peer); stretches likewise: replicas with the same operations write the same bytes.

use super::error::DecodeError;
use crate::column::Reader;

pub(super) const CODES: u8 = 1;
pub(super) const COLUMNS: u8 = 2;
pub(super) const TEXT: u8 = 4;
pub(super) const VALUES: u8 = 8;
pub(super) const NAMES: u8 = 16;
pub(super) const GOES_ON: u8 = 32;
pub(super) const SPLITS: u8 = 64;
pub(super) const REMARKS: u8 = 128;
/// In a sketch.
pub(super) const MARKS: u8 = 128;
pub(super) const MOVED: u8 = 32;
pub(super) const AWAY: u8 = 16;

/// Reads flags, of which only these may be set.
pub(super) fn read_flags(reader: &mut Reader<'_>, known: u8) -> Result<u8, DecodeError> {
    let flags = reader.byte()?;
    if flags & !known != 0 {
        return Err(reader
            .error("flags that Syncline 0.1 does not know: a newer version is needed")
            .into());
    }
    Ok(flags)
}

/// The largest number of an operation, a place or a length that an encoding may hold.
pub(super) const NUMBER_MAX: u32 = crate::oplog::OPERATIONS_MAX - 1;

/// A place in the middle of all positions, for one that is not known.
pub(super) const SOMEWHERE: u32 = 1 << 29;
