//! A turn in messages of bounded length.

use super::error::ReconcileError;

/// Bytes of a message, at most.
pub(super) const MESSAGE_MAX: usize = 64 * 1024;

/// Says that the turn goes on in the next message.
const MORE: u8 = 1;

/// Cuts a turn into messages: each begins with a byte that says whether another follows.
pub(super) fn cut(turn: &[u8]) -> Vec<Vec<u8>> {
    let pieces = turn.chunks(MESSAGE_MAX - 1);
    let last = pieces.len().saturating_sub(1);
    let message = |(at, piece): (usize, &[u8])| {
        let mut message = Vec::with_capacity(piece.len() + 1);
        message.push(if at < last { MORE } else { 0 });
        message.extend_from_slice(piece);
        message
    };
    pieces.enumerate().map(message).collect()
}

/// Puts a turn together.
#[derive(Clone, Debug, Default)]
pub(super) struct Inbox {
    turn: Vec<u8>,
}

impl Inbox {
    /// Takes in a message; gives the turn when it is whole.
    pub(super) fn take(&mut self, message: &[u8]) -> Result<Option<Vec<u8>>, ReconcileError> {
        let malformed = |what| ReconcileError::Malformed {
            offset: self.turn.len(),
            what,
        };
        if message.len() > MESSAGE_MAX {
            return Err(malformed("message too long"));
        }
        match message.split_first() {
            Some((&more @ (0 | MORE), piece)) if !piece.is_empty() => {
                self.turn.extend_from_slice(piece);
                Ok((more == 0).then(|| std::mem::take(&mut self.turn)))
            }
            Some((&(0 | MORE), _)) | None => Err(malformed("message ends early")),
            Some(_) => Err(malformed("unknown kind of message")),
        }
    }
}
