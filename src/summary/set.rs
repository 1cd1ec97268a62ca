//! The summary of a replica.

use std::collections::BTreeMap;

use super::entry::Entry;
use super::journal::Journal;
use super::merkle::{Hash, Merkle, Range};
use super::symbols::{Cell, Strata, Symbols};

/// Changes remembered beyond one for each entry.
const JOURNAL_LEAST: usize = 4096;

/// What a replica holds, in a form in which two replicas find their difference in few bytes: an ordered set of entries.
///
/// [`Doc::summary`](crate::Doc::summary) keeps that of a document, with an entry for each peer. A workspace makes one of
/// its documents' roots with the same type. [`Reconciliation`](super::Reconciliation) compares two.
///
/// It takes about 70 bytes for each entry.
///
/// # Examples
///
/// ```
/// use syncline::{Entry, Summary};
///
/// let mut one = Summary::new();
/// one.set(Entry { key: 7, length: 3, hash: [1; 32] });
/// one.set(Entry { key: 9, length: 1, hash: [2; 32] });
///
/// // The order does not matter.
/// let mut other = Summary::new();
/// other.set(Entry { key: 9, length: 1, hash: [2; 32] });
/// assert_ne!(one.root(), other.root());
/// other.set(Entry { key: 7, length: 3, hash: [1; 32] });
/// assert_eq!(one.root(), other.root());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Summary {
    merkle: Merkle,
    symbols: Symbols,
    journal: Journal,
}

impl Summary {
    /// Of nothing.
    pub fn new() -> Summary {
        Summary::default()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.merkle.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts in an entry; gives the one with its key that was there. About a microsecond in a million entries; hashes nothing.
    pub fn set(&mut self, entry: Entry) -> Option<Entry> {
        let replaced = self.merkle.set(entry);
        if replaced == Some(entry) {
            return replaced;
        }
        if let Some(replaced) = &replaced {
            self.symbols.toggle(replaced);
        }
        self.symbols.toggle(&entry);
        self.note(&entry, replaced.map_or(0, |replaced| replaced.length));
        replaced
    }

    /// Takes out the entry of a key, and gives it. As fast as [`set`](Summary::set).
    pub fn remove(&mut self, key: u64) -> Option<Entry> {
        let removed = self.merkle.remove(key)?;
        self.symbols.toggle(&removed);
        self.note(&removed, removed.length);
        Some(removed)
    }

    fn note(&mut self, entry: &Entry, from: u32) {
        let most = JOURNAL_LEAST + self.len();
        self.journal.note(entry.key, from, most);
    }

    /// The entry of a key. O(log entries).
    pub fn get(&self, key: u64) -> Option<&Entry> {
        self.merkle.get(key)
    }

    /// The entries, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.merkle.entries()
    }

    /// The hash of all entries: equal on two replicas exactly if their entries are. Hashes what has changed since it was last
    /// asked for: some microseconds for each entry that did, in a million entries.
    pub fn root(&mut self) -> [u8; 32] {
        self.refresh();
        self.merkle.root()
    }

    /// How many changes there were, for [`Known`](super::Known).
    pub fn tick(&self) -> u64 {
        self.journal.tick()
    }

    /// Brings everything that is kept up to date, so that what follows finds it.
    pub(crate) fn refresh(&mut self) {
        self.merkle.refresh();
        let worth = Symbols::worth_keeping(self.len());
        if self.symbols.are_short_of(worth) {
            self.symbols.keep(worth, self.merkle.entries());
        }
    }

    /// Whether [`refresh`](Summary::refresh) would do nothing.
    pub(crate) fn is_fresh(&self) -> bool {
        let worth = Symbols::worth_keeping(self.len());
        self.merkle.is_fresh() && !self.symbols.are_short_of(worth)
    }

    pub(super) fn merkle(&self) -> &Merkle {
        &self.merkle
    }

    /// The root as it is, kept or not.
    pub(crate) fn current_root(&self) -> Hash {
        self.merkle.root()
    }

    /// Coded symbols `from..upto`. O(their number) as far as they are kept, as many as a quarter of the entries; else
    /// O(entries · log upto).
    pub(super) fn cells(&self, from: usize, upto: usize) -> Vec<Cell> {
        match self.symbols.kept(from, upto) {
            Some(kept) => kept.to_vec(),
            None => Symbols::made(from, upto, self.merkle.entries()),
        }
    }

    /// The sketch. O(1) if symbols are kept.
    pub(super) fn strata(&self) -> Strata {
        self.symbols.strata(self.merkle.entries())
    }

    /// What grew since a tick: keys, and how long their entries were. `None` if that is not known any more, or if something
    /// changed otherwise.
    pub(super) fn since(&self, tick: u64) -> Option<BTreeMap<u64, u32>> {
        let since = self.changed_since(tick)?;
        let grew = |(&key, &from): (&u64, &u32)| {
            let entry = self.get(key);
            entry.is_some_and(|entry| entry.length > from)
        };
        since.iter().all(grew).then_some(since)
    }

    /// What changed since a tick: keys, and how long their entries were. `None` if that is not known any more.
    pub(crate) fn changed_since(&self, tick: u64) -> Option<BTreeMap<u64, u32>> {
        self.journal.since(tick)
    }

    /// How long each entry was at a tick. `None` if that is not known any more.
    pub(crate) fn lengths_at(&self, tick: u64) -> Option<BTreeMap<u64, u32>> {
        let since = self.changed_since(tick)?;
        let now = self.iter().map(|entry| (entry.key, entry.length));
        let mut then: BTreeMap<u64, u32> = now.collect();
        then.extend(since);
        then.retain(|_, length| *length > 0);
        Some(then)
    }

    /// Takes up what was kept of a summary of which this one is what became: how long each entry was at a tick of its.
    pub(crate) fn remember(&mut self, tick: u64, lengths: &BTreeMap<u64, u32>) {
        let length_of = |key: u64| lengths.get(&key).copied().unwrap_or(0);
        let gone = lengths.keys().filter(|&&key| self.get(key).is_none());
        let mut since: BTreeMap<u64, u32> = gone.map(|&key| (key, length_of(key))).collect();
        let differs =
            |key: u64, length: u32| (length_of(key) != length).then(|| (key, length_of(key)));
        since.extend(
            self.iter()
                .filter_map(|entry| differs(entry.key, entry.length)),
        );
        self.journal.remember(tick, since);
    }

    pub(super) fn in_range(&self, range: Range) -> Vec<Entry> {
        let mut entries = Vec::new();
        self.merkle.each(range, |entry| entries.push(*entry));
        entries
    }

    /// Verifies every internal invariant. Slow: for tests and fuzzers.
    ///
    /// # Errors
    ///
    /// What was found wrong.
    pub fn check(&self) -> Result<(), String> {
        self.merkle.check()?;
        let upto = Symbols::worth_keeping(self.len()).min(64);
        match self.symbols.kept(0, upto) {
            Some(kept) if kept != Symbols::made(0, upto, self.merkle.entries()) => {
                Err("coded symbols that are not those of the entries".into())
            }
            _ => Ok(()),
        }
    }

    /// What the entries of a key range hash to, for its own entries only.
    pub(super) fn hash(&self, range: Range) -> Option<Hash> {
        self.merkle.hash(range)
    }
}

impl Extend<Entry> for Summary {
    fn extend<T: IntoIterator<Item = Entry>>(&mut self, entries: T) {
        for entry in entries {
            self.set(entry);
        }
    }
}

impl FromIterator<Entry> for Summary {
    fn from_iter<T: IntoIterator<Item = Entry>>(entries: T) -> Self {
        let mut summary = Summary::new();
        summary.extend(entries);
        summary
    }
}
