//! A whole document: its history as a delta, and the deltas that wait.
//!
//! ```text
//! body := frame of the history (frame)*
//! ```

use super::error::DecodeError;
use super::frame::{FORMAT_SNAPSHOT, Frame, frame, read_frame};

/// Puts a history and the deltas that wait into one frame.
pub(crate) fn write_snapshot<'a>(
    history: &[u8],
    waiting: impl Iterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let mut body = history.to_vec();
    waiting.for_each(|delta| body.extend_from_slice(delta));
    frame(FORMAT_SNAPSHOT, &body)
}

/// The history and the waiting deltas.
pub(crate) fn read_snapshot<'a>(
    snapshot: &Frame<'a>,
) -> Result<(Frame<'a>, Vec<Frame<'a>>), DecodeError> {
    let mut reader = snapshot.body();
    let history = read_frame(&mut reader)?;
    let mut waiting = Vec::new();
    while !reader.is_at_end() {
        waiting.push(read_frame(&mut reader)?);
    }
    Ok((history, waiting))
}
