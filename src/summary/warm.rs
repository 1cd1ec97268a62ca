//! Hashes that are kept because they are asked for again, or continued, soon.

use super::chain::Value;
use crate::graph::PeerIx;
use crate::id::Lv;

/// Hashes that are kept warm; one takes 2 KiB. Two people who type at once need four: each is asked for at its newest
/// operation, and at the one that the other has come to.
const WARM: usize = 6;

/// Hashes of the beginnings of blocks, to be continued: a stream of keystrokes asks for the value at each.
#[derive(Clone, Debug, Default)]
pub(super) struct Warm {
    hashes: Vec<Hash>,
    /// How many questions there were.
    asked: u64,
}

#[derive(Clone, Debug)]
struct Hash {
    author: PeerIx,
    /// The number of the block.
    block: usize,
    hashed: usize,
    /// When it was used last.
    used: u64,
    hasher: Box<blake3::Hasher>,
}

impl Warm {
    /// The hash of `bytes`, with which that block of the author's begins.
    pub(super) fn hash(&mut self, author: PeerIx, block: usize, bytes: &[u8]) -> Value {
        self.asked += 1;
        let usable = |hash: &Hash| {
            hash.author == author && hash.block == block && hash.hashed <= bytes.len()
        };
        let mut found: Option<(usize, usize)> = None;
        for (at, hash) in self.hashes.iter().enumerate() {
            if usable(hash) && found.is_none_or(|(hashed, _)| hashed < hash.hashed) {
                found = Some((hash.hashed, at));
            }
        }
        let at = match found {
            Some((_, at)) => at,
            None => self.start(author, block),
        };
        let hash = &mut self.hashes[at];
        hash.used = self.asked;
        hash.hasher.update(&bytes[hash.hashed..]);
        hash.hashed = bytes.len();
        *hash.hasher.finalize().as_bytes()
    }

    /// Starts a hash in place of the one not used for longest.
    fn start(&mut self, author: PeerIx, block: usize) -> usize {
        if self.hashes.len() < WARM {
            self.hashes.push(Hash {
                author,
                block,
                hashed: 0,
                used: 0,
                hasher: Box::default(),
            });
            return self.hashes.len() - 1;
        }
        let oldest = (0..WARM).min_by_key(|&at| self.hashes[at].used);
        let at = oldest.unwrap_or(0);
        let hash = &mut self.hashes[at];
        (hash.author, hash.block, hash.hashed) = (author, block, 0);
        hash.hasher.reset();
        at
    }

    /// Forgets peers beyond the first so many.
    pub(super) fn truncate(&mut self, peers: usize) {
        self.hashes.retain(|hash| hash.author.at() < peers);
    }
}

/// The values asked for last: who merges two branches asks for the same when its own operation is taken into the chain, and
/// a crowd that starts from one version asks for no other.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    at: [Lv; 4],
    values: [Value; 4],
    next: usize,
}

impl Default for Recent {
    fn default() -> Self {
        Recent {
            // No operation has this number.
            at: [Lv(u32::MAX); 4],
            values: [[0; 32]; 4],
            next: 0,
        }
    }
}

impl Recent {
    pub(super) fn get(&self, lv: Lv) -> Option<Value> {
        let known = self.at.iter().position(|&at| at == lv)?;
        Some(self.values[known])
    }

    pub(super) fn note(&mut self, lv: Lv, value: Value) {
        let next = self.next % self.at.len();
        self.at[next] = lv;
        self.values[next] = value;
        self.next = next + 1;
    }
}
