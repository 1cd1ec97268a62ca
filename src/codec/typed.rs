//! Keystrokes taken apart, for who knows what they go on from without being told.

use super::frame::{FORMAT_KEYSTROKE, frame, read_frame};
use super::keystroke::parse;
use crate::column::{Reader, put_unsigned};
use crate::id::OpId;

/// A keystroke as it was encoded.
pub(crate) struct Typed<'a> {
    /// Its first operation.
    pub(crate) first: OpId,
    /// How many operations it is.
    pub(crate) len: u32,
    /// Of the chain value of the operation before.
    pub(crate) mark: [u8; 4],
    /// All that stands behind that.
    pub(crate) rest: &'a [u8],
}

/// A delta as a keystroke, if it is one.
pub(crate) fn typed(delta: &[u8]) -> Option<Typed<'_>> {
    let frame = read_frame(&mut Reader::new(delta, 0)).ok()?;
    if frame.format != FORMAT_KEYSTROKE || frame.bytes.len() != delta.len() {
        return None;
    }
    let stroke = parse(frame.body()).ok()?;
    let first = OpId {
        seq: stroke.before.seq + 1,
        ..stroke.before
    };
    Some(Typed {
        first,
        len: stroke.len,
        mark: stroke.mark,
        rest: stroke.rest,
    })
}

/// Puts it together again.
pub(crate) fn typed_frame(first: OpId, mark: [u8; 4], rest: &[u8]) -> Vec<u8> {
    let mut body = first.peer.get().to_le_bytes().to_vec();
    put_unsigned(&mut body, u64::from(first.seq));
    body.extend_from_slice(&mark);
    body.extend_from_slice(rest);
    frame(FORMAT_KEYSTROKE, &body)
}
