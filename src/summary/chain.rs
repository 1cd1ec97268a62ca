//! The hash chain of one peer's operations.

use super::canonical::Previous;
use crate::id::{Lv, Seq};

/// Operations of a block.
pub(super) const BLOCK: u32 = if cfg!(feature = "small-nodes") { 4 } else { 64 };

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
    open: Block,
    /// The full block before it: those who are a little behind ask for it.
    last: Block,
    /// The newest operation, as far as the next one's form depends on it.
    pub(super) previous: Option<Previous>,
    /// The newest operation; of a chain that is written again, the one before.
    pub(super) newest: Option<Lv>,
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
            open: Block {
                bytes: before.to_vec(),
                ends: Vec::new(),
            },
            last: Block::default(),
            previous: None,
            newest: None,
        }
    }

    /// The value at the end of a full block.
    pub(super) fn full(&self, block: usize) -> Option<Value> {
        self.full.get(block).copied()
    }

    /// The value at the chain's `seq`-th operation.
    pub(super) fn known(&self, seq: Seq) -> Known<'_> {
        let (block, nth) = ((seq / BLOCK) as usize, (seq % BLOCK) as usize);
        match self.full.get(block) {
            None => Known::Hash(block, self.open.up_to(nth)),
            Some(value) if nth + 1 == BLOCK as usize => Known::Value(*value),
            Some(_) if block + 1 == self.full.len() => Known::Hash(block, self.last.up_to(nth)),
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
