//! Map keys and root names, each stored once.

use std::cmp::Ordering;

use crate::column::{Sorted, grow};

/// This replica's number for a map key or a root's name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct KeyIx(pub(crate) u32);

/// The table of keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    /// All names, one after another.
    names: String,
    /// Where each ends.
    ends: Vec<u32>,
    /// By name. Ordered rather than hashed: no choice of keys makes it slow.
    index: Sorted<Entry>,
}

/// A key in the order of names: most are told apart by comparing one number.
#[derive(Clone, Copy, Debug)]
struct Entry {
    prefix: u64,
    /// Bytes of the name.
    len: u32,
    ix: KeyIx,
}

impl Keys {
    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<KeyIx> {
        let place = self.index.find(self.compare(name)).ok()?;
        self.index.get(place).map(|entry| entry.ix)
    }

    #[inline]
    pub(crate) fn intern(&mut self, name: &str) -> KeyIx {
        let place = match self.index.find(self.compare(name)) {
            Ok(place) => return self.index.get(place).map_or(KeyIx(0), |entry| entry.ix),
            Err(place) => place,
        };
        let ix = KeyIx(offset(self.ends.len()));
        if self.names.capacity() - self.names.len() < name.len() {
            self.names
                .reserve_exact(name.len().max(self.names.len() / 4).max(16));
        }
        self.names.push_str(name);
        grow::push(&mut self.ends, offset(self.names.len()));
        let (prefix, len) = (prefix(name), offset(name.len()));
        self.index.insert(place, Entry { prefix, len, ix });
        ix
    }

    /// How an entry stands to a name.
    #[inline]
    fn compare<'a>(&'a self, name: &'a str) -> impl Fn(&Entry) -> Ordering + 'a {
        let (prefix, len) = (prefix(name), offset(name.len()));
        move |entry| {
            if entry.prefix != prefix {
                entry.prefix.cmp(&prefix)
            } else if entry.len.max(len) <= PREFIX {
                entry.len.cmp(&len)
            } else {
                self.compare_whole(entry.ix, name)
            }
        }
    }

    #[inline(never)]
    fn compare_whole(&self, ix: KeyIx, name: &str) -> Ordering {
        self.name(ix).cmp(name)
    }

    #[inline]
    pub(crate) fn name(&self, ix: KeyIx) -> &str {
        let at = ix.0 as usize;
        let from = match at.checked_sub(1) {
            Some(before) => self.ends[before] as usize,
            None => 0,
        };
        self.names.get(from..self.ends[at] as usize).unwrap_or("")
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All names, in order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..offset(self.len())).map(|ix| self.name(KeyIx(ix)))
    }

    /// Whether a name of so many bytes fits: all together take less than 4 GiB.
    #[inline]
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        u32::try_from(self.names.len() + bytes).is_ok()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        while self.ends.len() > len {
            let last = KeyIx(offset(self.ends.len() - 1));
            let name = self.name(last);
            let start = self.names.len() - name.len();
            if let Ok(place) = self.index.find(self.compare(name)) {
                self.index.remove(place);
            }
            self.names.truncate(start);
            self.ends.pop();
        }
    }

    /// Verifies that every name is found under its number. O(n log n).
    pub(crate) fn check(&self) -> Result<(), String> {
        self.index.check(|a, b| {
            let names = [a, b].map(|entry| (entry.prefix, self.name(entry.ix)));
            names[0] < names[1]
        })?;
        for ix in (0..offset(self.len())).map(KeyIx) {
            if self.find(self.name(ix)) != Some(ix) {
                return Err(format!("keys: {:?} is not found", self.name(ix)));
            }
        }
        Ok(())
    }
}

/// Bytes of a prefix.
const PREFIX: u32 = 8;

/// The first eight bytes, as a number that orders like them.
#[inline]
fn prefix(name: &str) -> u64 {
    let bytes = name.as_bytes();
    if let Some(first) = bytes.first_chunk() {
        return u64::from_be_bytes(*first);
    }
    // The same, of two halves that may overlap.
    let shift = 8 * (8 - bytes.len() as u64);
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let first = u64::from(u32::from_be_bytes(*first));
            let last = u64::from(u32::from_be_bytes(*last));
            first << 32 | last << shift
        }
        _ => bytes
            .iter()
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte))
            .checked_shl(u32::try_from(shift).unwrap_or(0))
            .unwrap_or(0),
    }
}

/// See [`Keys::has_room`].
#[allow(clippy::cast_possible_truncation)]
fn offset(bytes: usize) -> u32 {
    bytes as u32
}

#[cfg(test)]
mod tests {
    use super::prefix;

    #[test]
    fn a_prefix_is_the_first_eight_bytes() {
        let name = "abcdefghij";
        for len in 0..=name.len() {
            let mut bytes = [0; 8];
            let kept = len.min(8);
            bytes[..kept].copy_from_slice(&name.as_bytes()[..kept]);
            assert_eq!(prefix(&name[..len]), u64::from_be_bytes(bytes));
        }
    }
}
