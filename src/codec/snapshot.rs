//! A whole document: its history as a delta, and the deltas that wait.
//!
//! ```text
//! body := length delta count (length delta)*
//! ```

use super::error::DecodeError;
use super::frame::{FORMAT_SNAPSHOT, close_frame, open_frame, start_frame};
use crate::column::put_unsigned;

/// Puts a history and the deltas that wait into one frame.
pub(crate) fn write_snapshot<'a>(
    history: &[u8],
    waiting: impl Iterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let mut frame = start_frame(FORMAT_SNAPSHOT);
    let mut rest = Vec::new();
    let mut count = 0;
    for delta in waiting {
        put_unsigned(&mut rest, delta.len() as u64);
        rest.extend_from_slice(delta);
        count += 1;
    }
    put_unsigned(&mut frame, history.len() as u64);
    frame.extend_from_slice(history);
    put_unsigned(&mut frame, count);
    frame.extend_from_slice(&rest);
    close_frame(&mut frame);
    frame
}

/// The history and the waiting deltas, each with where it starts in the input.
#[allow(clippy::type_complexity)]
pub(crate) fn read_snapshot(
    bytes: &[u8],
) -> Result<((usize, &[u8]), Vec<(usize, &[u8])>), DecodeError> {
    let mut reader = open_frame(bytes, FORMAT_SNAPSHOT)?;
    let piece = |reader: &mut crate::column::Reader<'_>| -> Result<(usize, usize), DecodeError> {
        let len = reader.count(1)?;
        let start = reader.offset();
        reader.take(len)?;
        Ok((start, len))
    };
    let slice =
        |(start, len): (usize, usize)| (start, bytes.get(start..start + len).unwrap_or(&[]));
    let history = slice(piece(&mut reader)?);
    let mut waiting = Vec::new();
    for _ in 0..reader.count(1)? {
        waiting.push(slice(piece(&mut reader)?));
    }
    if !reader.is_at_end() {
        return Err(reader.error("bytes after the end").into());
    }
    Ok((history, waiting))
}
