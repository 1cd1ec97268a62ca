//! What the keys of one map show.

use std::cmp::Ordering;
use std::ops::Range;

use crate::column::Sorted;
use crate::oplog::{EntryLog, KeyIx};

/// Keys that a map may have without a table of its own.
const ROW_MAX: u32 = if cfg!(any(test, feature = "small-nodes")) {
    3
} else {
    16
};

/// Of each key that shows something, the entry that won.
///
/// A small map that was written once, when it was made, is so many entries of the log in a row, each of another key: it
/// takes no more memory, since the log knows the keys. Any other has a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct MapState {
    /// The entries in a row: the first, and how many. None where there is a table.
    first: u32,
    len: u32,
    /// By the number of the key.
    table: Option<Box<Sorted<Shown>>>,
}

/// A key and the entry it shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    key: KeyIx,
    entry: u32,
}

impl Shown {
    fn against(key: KeyIx) -> impl Fn(&Shown) -> Ordering {
        move |shown| shown.key.cmp(&key)
    }
}

impl MapState {
    fn row(&self) -> Range<u32> {
        self.first..self.first + self.len
    }

    /// The entry that a key shows. O(log n).
    #[inline]
    pub(super) fn get(&self, log: &EntryLog, key: KeyIx) -> Option<u32> {
        match &self.table {
            None => self.row().find(|&entry| log.key(entry) == Some(key)),
            Some(table) => {
                let place = table.find(Shown::against(key)).ok()?;
                table.get(place).map(|shown| shown.entry)
            }
        }
    }

    /// Makes a key show an entry; returns what it showed before. O(log n).
    #[inline]
    pub(super) fn set(&mut self, log: &EntryLog, key: KeyIx, entry: u32) -> Option<u32> {
        if self.table.is_none() {
            let goes_on = self.len == 0 || (self.row().end == entry && self.len < ROW_MAX);
            if goes_on && self.get(log, key).is_none() {
                self.first = entry - self.len;
                self.len += 1;
                return None;
            }
        }
        let table = self.table(log);
        match table.find(Shown::against(key)) {
            Ok(place) => {
                let shown = table.get_mut(place)?;
                Some(std::mem::replace(&mut shown.entry, entry))
            }
            Err(place) => {
                table.insert(place, Shown { key, entry });
                None
            }
        }
    }

    /// Makes a key show nothing; returns what it showed before. O(log n).
    pub(super) fn remove(&mut self, log: &EntryLog, key: KeyIx) -> Option<u32> {
        if let Some(last) = self.row().last()
            && log.key(last) == Some(key)
        {
            self.len -= 1;
            return Some(last);
        }
        let table = self.table(log);
        let place = table.find(Shown::against(key)).ok()?;
        table.remove(place).map(|shown| shown.entry)
    }

    fn table(&mut self, log: &EntryLog) -> &mut Sorted<Shown> {
        let row = self.row();
        self.len = 0;
        self.table.get_or_insert_with(|| {
            let mut table = Sorted::default();
            for (key, entry) in keys_of(log, row) {
                if let Err(place) = table.find(Shown::against(key)) {
                    table.insert(place, Shown { key, entry });
                }
            }
            Box::new(table)
        })
    }

    /// The keys that show something, and what.
    pub(super) fn iter<'a>(&'a self, log: &'a EntryLog) -> impl Iterator<Item = (KeyIx, u32)> + 'a {
        let table = self.table.iter().flat_map(|table| table.iter());
        keys_of(log, self.row()).chain(table.map(|shown| (shown.key, shown.entry)))
    }

    pub(super) fn check(&self, log: &EntryLog) -> Result<(), String> {
        let mut keys: Vec<KeyIx> = self.iter(log).map(|(key, _)| key).collect();
        keys.sort_unstable();
        if !keys.is_sorted_by(|a, b| a < b) {
            return Err(format!("map: a key stands twice in {keys:?}"));
        }
        if self.len > ROW_MAX || (self.len > 0 && self.row().end > log.len()) {
            return Err(format!("map: entries {:?} in a row", self.row()));
        }
        let Some(table) = &self.table else {
            return Ok(());
        };
        let wrong =
            |shown: &&Shown| shown.entry >= log.len() || log.key(shown.entry) != Some(shown.key);
        if let Some(shown) = table.iter().find(wrong) {
            return Err(format!("map: {shown:?} is not an entry of that key"));
        }
        if self.len > 0 {
            return Err("map: a row beside a table".into());
        }
        table.check(|a, b| a.key < b.key)
    }
}

fn keys_of(log: &EntryLog, row: Range<u32>) -> impl Iterator<Item = (KeyIx, u32)> + '_ {
    row.filter_map(|entry| Some((log.key(entry)?, entry)))
}
