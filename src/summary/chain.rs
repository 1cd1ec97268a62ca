//! The hash chain of one peer's operations.

use super::canonical::{Previous, REMARK};
use crate::id::{Lv, Seq};
use crate::oplog::Remark;

/// Operations of a block.
pub(super) const BLOCK: u32 = if cfg!(any(test, feature = "small-nodes")) {
    4
} else {
    64
};

pub(super) type Value = [u8; 32];

/// The value before a block, then the canonical form of its operations.
#[derive(Clone, Debug, Default)]
struct Block {
    bytes: Vec<u8>,
    /// Where each operation ends.
    ends: Vec<u32>,
}

impl Block {
    /// The bytes up to an operation's end.
    fn up_to(&self, nth: usize) -> &[u8] {
        let end = self
            .ends
            .get(nth)
            .map_or(self.bytes.len(), |&end| end as usize);
        &self.bytes[..end]
    }
}

/// The values of a peer's full blocks, and what the others are made from.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    full: Vec<Value>,
    /// The number of the block from which on `full` tells: those before lie before the log's own operations.
    first: usize,
    open: Block,
    /// The full block before it: those who are a little behind ask for it.
    last: Block,
    /// Of a chain that goes on: how its first block began.
    begun: Option<Box<Begun>>,
    /// The newest operation, as far as the next one's form depends on it.
    pub(super) previous: Option<Previous>,
    /// The newest operation, also of the segment before; of a chain that is written again, the one before.
    pub(super) newest: Option<Lv>,
}

/// The beginning of a block, before the log's own operations.
#[derive(Clone, Debug)]
struct Begun {
    block: Block,
    previous: Option<Previous>,
}

/// How the value at an operation can be had.
pub(super) enum Known<'a> {
    Value(Value),
    /// As the hash of the beginning of the block of that number.
    Hash(usize, &'a [u8]),
    /// Its block has to be written again.
    Gone,
}

impl Chain {
    /// A chain that starts with the value before its first block.
    pub(super) fn start(before: Value) -> Self {
        Chain {
            full: Vec::new(),
            first: 0,
            open: Block {
                bytes: before.to_vec(),
                ends: Vec::new(),
            },
            last: Block::default(),
            begun: None,
            previous: None,
            newest: None,
        }
    }

    /// A chain of which the first `seq` operations are not in the log. `before` is the value before the block that goes on,
    /// `block` the canonical form of that one's operations.
    pub(super) fn resume(
        seq: Seq,
        before: Value,
        block: &[u8],
        previous: Option<Previous>,
    ) -> Self {
        let mut chain = Chain::start(before);
        chain.first = (seq / BLOCK) as usize;
        let begun = (seq % BLOCK) as usize;
        if begun > 0 {
            let Block { bytes, ends } = &mut chain.open;
            bytes.extend_from_slice(block);
            // The operations themselves are not asked for, but the last.
            ends.resize(begun, u32::try_from(bytes.len()).unwrap_or(u32::MAX));
            chain.previous = previous;
        }
        chain.begun = Some(Box::new(Begun {
            block: chain.open.clone(),
            previous: chain.previous,
        }));
        chain
    }

    /// The chain of a segment that goes on from where this one ends, before the original number `seq`.
    pub(super) fn branch(&self, seq: Seq) -> Self {
        let (before, block) = self.open();
        let mut chain = Chain::resume(seq, before, block, self.previous);
        chain.newest = self.newest;
        chain
    }

    /// The chain as it was at the beginning of a block, and with how many of the block's operations.
    pub(super) fn back_at(&self, block: usize, seed: impl FnOnce() -> Value) -> (Self, u32) {
        if let (Some(begun), true) = (&self.begun, block == self.first) {
            let mut chain = Chain::start([0; 32]);
            chain.open = begun.block.clone();
            chain.previous = begun.previous;
            let count = u32::try_from(begun.block.ends.len()).unwrap_or(BLOCK);
            return (chain, count);
        }
        let before = block
            .checked_sub(self.first + 1)
            .and_then(|before| self.full.get(before).copied());
        (Chain::start(before.unwrap_or_else(seed)), 0)
    }

    /// The open block: the value before it, and the canonical form of its operations.
    pub(super) fn open(&self) -> (Value, &[u8]) {
        let (before, block) = self.open.bytes.split_at(32);
        let mut value = [0; 32];
        value.copy_from_slice(before);
        (value, block)
    }

    /// The value at the operation of that original number.
    pub(super) fn known(&self, seq: Seq) -> Known<'_> {
        let (block, nth) = ((seq / BLOCK) as usize, (seq % BLOCK) as usize);
        let index = block.wrapping_sub(self.first);
        match self.full.get(index) {
            None => Known::Hash(block, self.open.up_to(nth)),
            Some(value) if nth + 1 == BLOCK as usize => Known::Value(*value),
            Some(_) if index + 1 == self.full.len() => Known::Hash(block, self.last.up_to(nth)),
            Some(_) => Known::Gone,
        }
    }

    /// Writes one operation; closes the block if it is full.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // a block is bounded by 64 values of bounded size
    pub(super) fn operation(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let Block { bytes, ends } = &mut self.open;
        write(bytes);
        ends.push(bytes.len() as u32);
        if ends.len() == BLOCK as usize {
            self.close_block();
        }
    }

    /// Writes what was said of the transaction that the next operation ends.
    pub(super) fn remark(&mut self, remark: &Remark<'_>) {
        let out = &mut self.open.bytes;
        out.push(REMARK);
        remark.write(out, &mut 0);
    }

    /// How many operations the open block has room for.
    pub(super) fn room(&self) -> usize {
        BLOCK as usize - self.open.ends.len()
    }

    /// Writes operations in short form, for which the block has room: a tag and a byte each.
    #[allow(clippy::cast_possible_truncation)] // as above
    pub(super) fn short_operations(&mut self, tag: u8, contents: &[u8]) {
        let Block { bytes, ends } = &mut self.open;
        let start = bytes.len();
        bytes.resize(start + 2 * contents.len(), tag);
        for (operation, &content) in bytes[start..].chunks_exact_mut(2).zip(contents) {
            operation[1] = content;
        }
        ends.extend((1..=contents.len()).map(|nth| (start + 2 * nth) as u32));
        if ends.len() == BLOCK as usize {
            self.close_block();
        }
    }

    fn close_block(&mut self) {
        let value = *blake3::hash(&self.open.bytes).as_bytes();
        self.full.push(value);
        std::mem::swap(&mut self.open, &mut self.last);
        self.open.bytes.clear();
        self.open.bytes.extend_from_slice(&value);
        self.open.ends.clear();
        // A block starts afresh, so that it can be written again without the one before.
        self.previous = None;
    }
}
