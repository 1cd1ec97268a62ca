//! Where entries stand: blocks of 1, 2, 4, 8 or 16 in one array for each size.

use super::LEAF;
use crate::summary::entry::Entry;

const SIZES: usize = LEAF.trailing_zeros() as usize + 1;

/// A block of entries: its number among those of its size, and how much of it is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    at: u32,
    /// It has room for 2 to this power.
    size: u8,
    len: u8,
}

impl Block {
    pub(super) fn len(self) -> usize {
        usize::from(self.len)
    }

    pub(super) fn is_full(self) -> bool {
        self.len >= 1 << self.size
    }

    fn start(self) -> usize {
        (self.at as usize) << self.size
    }
}

#[derive(Clone, Debug, Default)]
struct Pool {
    entries: Vec<Entry>,
    free: Vec<u32>,
}

/// All blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots {
    pools: [Pool; SIZES],
}

impl Slots {
    /// A block with these entries, at most [`LEAF`].
    pub(super) fn take(&mut self, entries: &[Entry]) -> Block {
        self.take_with_room(entries, entries.len())
    }

    #[allow(clippy::cast_possible_truncation)] // a block has at most 16 entries, of 2^32 at most
    fn take_with_room(&mut self, entries: &[Entry], room: usize) -> Block {
        let size = room.next_power_of_two().trailing_zeros();
        let pool = &mut self.pools[size as usize];
        let at = pool.free.pop().unwrap_or_else(|| {
            let at = pool.entries.len() >> size;
            pool.entries.resize((at + 1) << size, Entry::default());
            at as u32
        });
        let block = Block {
            at,
            size: size as u8,
            len: entries.len() as u8,
        };
        pool.entries[block.start()..][..entries.len()].copy_from_slice(entries);
        block
    }

    pub(super) fn release(&mut self, block: Block) {
        self.pools[usize::from(block.size)].free.push(block.at);
    }

    #[inline]
    pub(super) fn entries(&self, block: Block) -> &[Entry] {
        &self.pools[usize::from(block.size)].entries[block.start()..][..block.len()]
    }

    /// Replaces an entry; gives the one that was there.
    pub(super) fn replace(&mut self, block: Block, at: usize, entry: Entry) -> Entry {
        let slot = &mut self.pools[usize::from(block.size)].entries[block.start() + at];
        std::mem::replace(slot, entry)
    }

    /// Puts in an entry before the one at `at`. There are fewer than [`LEAF`].
    pub(super) fn insert(&mut self, block: &mut Block, at: usize, entry: Entry) {
        if block.is_full() {
            let mut grown = [Entry::default(); LEAF];
            let entries = self.entries(*block);
            let len = entries.len();
            grown[..len].copy_from_slice(entries);
            self.release(*block);
            *block = self.take_with_room(&grown[..len], len + 1);
        }
        let (start, len) = (block.start(), block.len());
        let entries = &mut self.pools[usize::from(block.size)].entries[start..=start + len];
        entries.copy_within(at..len, at + 1);
        entries[at] = entry;
        block.len += 1;
    }

    /// Takes out the entry at `at`.
    pub(super) fn remove(&mut self, block: &mut Block, at: usize) -> Entry {
        let (start, len) = (block.start(), block.len());
        let entries = &mut self.pools[usize::from(block.size)].entries[start..start + len];
        let removed = entries[at];
        entries.copy_within(at + 1.., at);
        block.len -= 1;
        removed
    }
}
