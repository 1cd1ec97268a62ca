//! The canonical form of an operation: bytes that are the same on every replica.
//!
//! ```text
//! op       := [4 remark] form
//! form     := 1 element            inserts directly after what the operation before inserted
//!           | 2                    deletes at the same place as the operation before
//!           | 3                    deletes one place before that
//!           | flags [parents] [container] place content
//! flags    := 16 + kind (2 bits, and 64) | 4 continues the transaction | 8 parents follow | 32 container follows
//! parents  := count (0 its peer's operation before | 1 chain value)*     by original id
//! ```
//!
//! Where a peer was split, its segments' operations stand under their original ids, and a segment's first operation follows
//! the last of the segment before: splitting changes no chain value.
//!
//! The short forms stand only directly after the operation they continue, in the same block, with no other parent.

use super::digest::Digest;
use crate::column::put_unsigned;
use crate::oplog::{ContainerIx, Effect};

/// Tags of the short forms.
pub(super) const INSERTS_ON: u8 = 1;
pub(super) const DELETES_ON: u8 = 2;
pub(super) const DELETES_BACK: u8 = 3;
/// What was said of the transaction that the operation ends.
pub(super) const REMARK: u8 = 4;

/// One operation, as far as the next one's form depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Previous {
    pub(super) container: ContainerIx,
    pub(super) effect: Effect,
    pub(super) pos: u32,
}

/// Where an operation stands.
pub(super) struct Place {
    pub(super) container: ContainerIx,
    pub(super) joined: bool,
}

/// Parents other than the peer's operation before alone: `None` stands for that one.
pub(super) type Parents = Vec<Option<[u8; 32]>>;

/// The short form's tag, if the operation has one.
pub(super) fn short_form(
    previous: Option<Previous>,
    place: &Place,
    effect: Effect,
    pos: u32,
) -> Option<u8> {
    let previous = previous?;
    if place.joined || previous.container != place.container || previous.effect != effect {
        return None;
    }
    match effect {
        Effect::Insert if pos == previous.pos + 1 => Some(INSERTS_ON),
        Effect::Delete if pos == previous.pos => Some(DELETES_ON),
        Effect::Delete if pos + 1 == previous.pos => Some(DELETES_BACK),
        _ => None,
    }
}

/// Writes the full form up to, not including, the content. `digest` gives the container's.
pub(super) fn write_full(
    out: &mut Vec<u8>,
    previous: Option<Previous>,
    place: &Place,
    digest: impl FnOnce() -> Digest,
    parents: Option<&Parents>,
    effect: Effect,
    pos: u32,
) {
    let new_container = previous.is_none_or(|previous| previous.container != place.container);
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    out.push(
        16 | effect.code()
            | flag(place.joined, 4)
            | flag(parents.is_some(), 8)
            | flag(new_container, 32),
    );
    if let Some(parents) = parents {
        put_unsigned(out, parents.len() as u64);
        for parent in parents {
            match parent {
                None => out.push(0),
                Some(value) => {
                    out.push(1);
                    out.extend_from_slice(value);
                }
            }
        }
    }
    if new_container {
        out.extend_from_slice(&digest());
    }
    put_unsigned(out, u64::from(pos));
}
