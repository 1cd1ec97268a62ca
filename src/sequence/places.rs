//! Where the run starting at a number stands: a sparse ordered map from numbers to numbers.

/// Numbers of a page.
const PAGE: usize = 64;

#[derive(Clone, Debug)]
struct Page {
    /// Which entries are in use, a bit each.
    used: u64,
    values: [u32; PAGE],
}

/// Maps run starts to values; a number between two starts belongs to the lower one. Pages exist only where runs start,
/// so memory follows the number of runs, not their length.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// Index of each page in the arena, plus one; 0: none.
    table: Vec<u32>,
    /// Which pages exist, a bit each.
    present: Vec<u64>,
    pages: Vec<Page>,
    /// The number that entry 0 of the table stands for: a multiple of a page.
    origin: usize,
}

impl Places {
    /// Empties the map, for numbers from `least` on. Memory is kept.
    pub(super) fn restart(&mut self, least: u32) {
        self.table.clear();
        self.present.clear();
        self.pages.clear();
        self.origin = least as usize / PAGE * PAGE;
    }

    /// Makes room for about so many runs more, among so many numbers.
    pub(super) fn expect(&mut self, runs: usize, numbers: u32) {
        self.pages.reserve(runs.min(numbers as usize / PAGE + 1));
    }

    /// Says that a run starts at `start`, with this value.
    #[inline]
    pub(super) fn set(&mut self, start: u32, value: u32) {
        let at = start as usize - self.origin;
        let (page, slot) = (at / PAGE, at % PAGE);
        let page = match self.table.get(page) {
            Some(&index) if index != 0 => &mut self.pages[index as usize - 1],
            _ => self.new_page(page),
        };
        page.used |= 1 << slot;
        page.values[slot] = value;
    }

    #[cold]
    #[allow(clippy::cast_possible_truncation)] // pages number fewer than runs
    fn new_page(&mut self, page: usize) -> &mut Page {
        if page >= self.table.len() {
            self.table.resize(page + 1, 0);
            self.present.resize(page / 64 + 1, 0);
        }
        self.present[page / 64] |= 1 << (page % 64);
        self.pages.push(Page {
            used: 0,
            values: [0; PAGE],
        });
        self.table[page] = self.pages.len() as u32;
        let last = self.pages.len() - 1;
        &mut self.pages[last]
    }

    /// The value of the run that holds `number`, and where it starts. Something must start at or before it.
    #[inline]
    pub(super) fn get(&self, number: u32) -> (u32, u32) {
        let found = self.find(number);
        debug_assert!(found.is_some(), "nothing starts before");
        found.unwrap_or_default()
    }

    /// The same where nothing may start before.
    #[inline]
    pub(super) fn find(&self, number: u32) -> Option<(u32, u32)> {
        let at = (number as usize).checked_sub(self.origin)?;
        let (page, slot) = (at / PAGE, at % PAGE);
        if let Some(&index) = self.table.get(page)
            && index != 0
        {
            let before = self.pages[index as usize - 1].used & (u64::MAX >> (63 - slot));
            if before != 0 {
                return Some(self.entry(page, index, highest(before)));
            }
        }
        self.find_before(page)
    }

    /// The last entry of the pages before `page`.
    fn find_before(&self, page: usize) -> Option<(u32, u32)> {
        let page = page.min(self.table.len());
        let mut word = page / 64;
        let mut bits = self.present.get(word).copied().unwrap_or(0) & ((1 << (page % 64)) - 1);
        while bits == 0 && word > 0 {
            word -= 1;
            bits = self.present[word];
        }
        if bits == 0 {
            return None;
        }
        let page = word * 64 + highest(bits);
        let index = self.table[page];
        let last = highest(self.pages[index as usize - 1].used);
        Some(self.entry(page, index, last))
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation)] // numbers are 32 bits wide
    fn entry(&self, page: usize, index: u32, slot: usize) -> (u32, u32) {
        (
            (self.origin + page * PAGE + slot) as u32,
            self.pages[index as usize - 1].values[slot],
        )
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.pages.capacity() * size_of::<Page>()
            + self.table.capacity() * 4
            + self.present.capacity() * 8
    }
}

/// The highest bit set; 0 where none is.
#[inline]
fn highest(bits: u64) -> usize {
    63 - (bits | 1).leading_zeros() as usize
}
