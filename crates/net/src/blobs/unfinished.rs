//! How much room blobs take that are not whole: of those whom one principal brought last, and of all.
//!
//! One that is being brought has room for all that it is to have before it begins; whoever has to wait for that waits. Of what nobody
//! brings at present, or somebody too slowly, that goes first which was touched least lately. What was let go of counts until its room
//! is given back. Nothing whole is counted, or goes. Reads no clock, and does no input or output.

use std::collections::BTreeMap;

use syncline_store::Blob;

use crate::ask::Id;
use crate::limits::Limits;

/// See the module.
pub(crate) struct Unfinished {
    most: u64,
    most_of_one: u64,
    /// By name and length, as their offers say them.
    held: BTreeMap<Key, Held>,
    /// Bytes that were let go of, and lie on the disk.
    going: u64,
    touched: u64,
}

pub(super) type Key = ([u8; 32], u64);

/// What each counts for at least: so there are not many.
const LEAST: u64 = 256 << 10;

#[derive(Default)]
struct Held {
    /// Who brought it last, and on which connection; nobody known where that was before this one was opened.
    by: String,
    on: Option<Id>,
    bytes: u64,
    touched: u64,
}

pub(super) fn key(blob: &Blob) -> Key {
    (*blob.id.as_bytes(), blob.bytes)
}

impl Unfinished {
    pub(super) fn new(limits: &Limits) -> Unfinished {
        Unfinished {
            most: limits.unfinished_bytes,
            most_of_one: limits.unfinished_bytes_of_one,
            held: BTreeMap::new(),
            going: 0,
            touched: 0,
        }
    }

    /// One takes so many bytes that nobody brings at present.
    pub(super) fn find(&mut self, key: Key, bytes: u64) {
        let touched = self.touch();
        let held = self.held.entry(key).or_default();
        (held.bytes, held.touched) = (bytes, touched);
    }

    fn touch(&mut self) -> u64 {
        self.touched += 1;
        self.touched
    }

    /// Has one be brought on a connection, if there is room for all of it beside what is brought already. One is always brought, however
    /// large.
    pub(super) fn admit(
        &mut self,
        key: Key,
        (by, on): (&str, Id),
        is_brought: impl Fn(&Key, Id) -> bool,
    ) -> bool {
        let brought = self.held.iter().filter(|(other, held)| {
            **other != key && held.on.is_some_and(|on| is_brought(other, on))
        });
        let (mut all, mut of_one) = (self.going, 0);
        for ((_, bytes), held) in brought {
            let bytes = (*bytes).max(LEAST);
            all += bytes;
            if held.by == by {
                of_one += bytes;
            }
        }
        let bytes = key.1.max(LEAST);
        let has_room = |taken: u64, most| taken == 0 || taken.saturating_add(bytes) <= most;
        if !has_room(all, self.most) || !has_room(of_one, self.most_of_one) {
            return false;
        }
        let touched = self.touch();
        let held = self.held.entry(key).or_default();
        by.clone_into(&mut held.by);
        (held.on, held.touched) = (Some(on), touched);
        true
    }

    /// It takes so much, all told.
    pub(super) fn set(&mut self, key: Key, bytes: u64) {
        if let Some(held) = self.held.get_mut(&key) {
            held.bytes = bytes;
        }
    }

    /// It takes so much more.
    pub(super) fn grow(&mut self, key: Key, bytes: u64) {
        let touched = self.touch();
        if let Some(held) = self.held.get_mut(&key) {
            held.bytes += bytes;
            held.touched = touched;
        }
    }

    /// What came of it was let go of, and it begins afresh.
    pub(super) fn restart(&mut self, blob: &Blob) {
        if let Some(held) = self.held.get_mut(&key(blob)) {
            self.going += std::mem::take(&mut held.bytes).max(1);
        }
    }

    /// It is whole.
    pub(super) fn finish(&mut self, blob: &Blob) {
        self.held.remove(&key(blob));
    }

    /// It was let go of; tells on which connection it came last.
    pub(super) fn let_go(&mut self, key: Key) -> Option<Id> {
        let held = self.held.remove(&key)?;
        // Its row is to go at least.
        self.going += held.bytes.max(1);
        held.on
    }

    /// What is to be let go of, since more is there than may be: never this one, which grew.
    pub(super) fn surplus(&self, grown: Key, is_brought: impl Fn(&Key, Id) -> bool) -> Option<Key> {
        let by = &self.held.get(&grown)?.by;
        let of_all = || self.held.iter();
        let of_one = || of_all().filter(|(_, held)| held.by == *by);
        let bytes = |(_, held): (&Key, &Held)| held.bytes.max(LEAST);
        let is_over = of_all().map(bytes).sum::<u64>() > self.most;
        let is_one_over = of_one().map(bytes).sum::<u64>() > self.most_of_one;
        let oldest = |(key, held): &(&Key, &Held)| {
            let is_brought = held.on.is_some_and(|on| is_brought(key, on));
            (is_brought, held.touched)
        };
        let is_other = |(key, _): &(&Key, &Held)| **key != grown;
        let found = match (is_one_over, is_over) {
            (true, _) => of_one().filter(is_other).min_by_key(oldest),
            (false, true) => of_all().filter(is_other).min_by_key(oldest),
            (false, false) => None,
        };
        found.map(|(key, _)| *key)
    }

    /// Bytes that were let go of, and whose room is to be given back.
    pub(crate) fn going(&self) -> u64 {
        self.going
    }

    /// The room of so many of them is given back.
    pub(crate) fn note_gone(&mut self, bytes: u64) {
        self.going = self.going.saturating_sub(bytes);
    }

    /// Something was let go of before, nobody knows how much.
    pub(super) fn note_going(&mut self) {
        self.going = self.going.max(1);
    }
}

#[cfg(test)]
mod tests {
    use syncline_store::BlobId;

    use super::*;

    const MB: u64 = 1_000_000;

    /// Of one 3 MB, of all 5 MB.
    fn bounded() -> Unfinished {
        let mut limits = Limits::default();
        (limits.unfinished_bytes_of_one, limits.unfinished_bytes) = (3 * MB, 5 * MB);
        Unfinished::new(&limits)
    }

    /// A blob of 2 MB.
    fn blob(number: u8) -> Blob {
        Blob::new(BlobId::of(&[number]), 2 * MB)
    }

    /// Blobs that came on connections of these numbers, of which nobody brings any more, so many MB of each.
    fn with(these: &[(&str, u8, u64)]) -> Unfinished {
        let mut unfinished = bounded();
        for &(name, number, bytes) in these {
            let key = key(&blob(number));
            assert!(unfinished.admit(key, (name, number.into()), |_, _| false));
            unfinished.grow(key, bytes * MB);
        }
        unfinished
    }

    /// Which is too much when one grew, while these are brought.
    fn surplus(unfinished: &Unfinished, grown: u8, brought: &[u8]) -> Option<u8> {
        let is_brought = |_: &Key, on: Id| brought.iter().any(|number| Id::from(*number) == on);
        let found = unfinished.surplus(key(&blob(grown)), is_brought)?;
        (0..9).find(|number| key(&blob(*number)) == found)
    }

    #[test]
    fn what_grew_stays_and_so_does_what_is_brought_as_long_as_there_is_other() {
        let unfinished = with(&[("Ann", 1, 9)]);
        assert_eq!(surplus(&unfinished, 1, &[]), None);
        let unfinished = with(&[("Ann", 1, 1), ("Ann", 2, 1), ("Ann", 3, 2)]);
        assert_eq!(surplus(&unfinished, 3, &[1, 3]), Some(2));
        assert_eq!(surplus(&unfinished, 3, &[3]), Some(1));
        assert_eq!(surplus(&unfinished, 3, &[1, 2, 3]), Some(1));
    }

    #[test]
    fn of_one_her_own_goes_and_of_all_whosever_is_the_oldest() {
        let mut unfinished = with(&[("Ben", 1, 1), ("Ann", 2, 1), ("Ann", 3, 1), ("Carl", 4, 1)]);
        assert_eq!(surplus(&unfinished, 4, &[]), None);
        unfinished.grow(key(&blob(3)), MB + 1);
        assert_eq!(surplus(&unfinished, 3, &[]), Some(2));
        // Too much of all as well, and hers goes first; his is the oldest for others.
        assert_eq!(surplus(&unfinished, 4, &[]), Some(1));
        // What came of it last counts, not when it began.
        unfinished.grow(key(&blob(1)), 1);
        assert_eq!(surplus(&unfinished, 4, &[]), Some(2));
        unfinished.finish(&blob(2));
        assert_eq!(surplus(&unfinished, 4, &[]), None);
    }

    #[test]
    fn what_was_let_go_of_counts_until_its_room_is_given_back() {
        let mut unfinished = with(&[("Ann", 1, 1), ("Ben", 2, 3)]);
        unfinished.restart(&blob(1));
        assert_eq!(unfinished.going(), MB);
        assert_eq!(unfinished.let_go(key(&blob(2))), Some(2));
        assert_eq!(unfinished.going(), 4 * MB);
        let admits = |unfinished: &mut Unfinished| {
            unfinished.admit(key(&blob(3)), ("Carl", 3), |_, _| false)
        };
        assert!(!admits(&mut unfinished));
        unfinished.note_gone(MB);
        assert!(admits(&mut unfinished));
    }

    #[test]
    fn each_counts_for_something_and_the_largest_is_brought_alone() {
        let mut unfinished = bounded();
        let mut admits = |number: u8, bytes: u64| {
            let blob = Blob::new(BlobId::of(&[number]), bytes);
            unfinished.admit(key(&blob), ("Ann", number.into()), |_, _| true)
        };
        assert!(admits(0, 100 * MB) && !admits(1, 1));
        let mut unfinished = bounded();
        let mut admits = |number: u8| {
            let blob = Blob::new(BlobId::of(&[number]), 1);
            unfinished.admit(key(&blob), ("Ann", number.into()), |_, _| true)
        };
        let admitted = (0..30).filter(|number| admits(*number)).count() as u64;
        assert_eq!(admitted, 3 * MB / LEAST);
    }
}
