//! What the blocks of one encoding may unpack to.

use std::borrow::Cow;

use super::block::read_block;
use super::error::DecodeError;
use crate::column::Reader;
use crate::limits::Limits;

/// How many bytes the blocks of an encoding may still unpack to, and how many they did.
pub(super) struct Room {
    left: usize,
    unpacked: usize,
}

impl Room {
    pub(super) fn new(limits: &Limits) -> Self {
        Room {
            left: limits.inflated_bytes as usize,
            unpacked: 0,
        }
    }

    /// Counts bytes that come of others in some other way.
    pub(super) fn note(&mut self, bytes: usize) {
        self.unpacked += bytes;
    }

    /// Bytes that were unpacked.
    pub(super) fn unpacked(&self) -> usize {
        self.unpacked
    }

    /// Reads a block. What is not packed takes no room: it is in memory already.
    pub(super) fn block<'a>(
        &mut self,
        reader: &mut Reader<'a>,
    ) -> Result<Cow<'a, [u8]>, DecodeError> {
        let block = read_block(reader, self.left)?;
        if let Cow::Owned(unpacked) = &block {
            self.left = self.left.saturating_sub(unpacked.len());
            self.unpacked += unpacked.len();
        }
        Ok(block)
    }

    /// As [`block`](Room::block), of text.
    pub(super) fn text<'a>(
        &mut self,
        reader: &mut Reader<'a>,
    ) -> Result<Cow<'a, str>, DecodeError> {
        let offset = reader.offset();
        let text = match self.block(reader)? {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
        };
        text.ok_or(DecodeError::new(offset, "text is not UTF-8"))
    }
}
