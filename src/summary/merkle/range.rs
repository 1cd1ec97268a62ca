//! Ranges of keys: all that share their first nibbles.

/// Nibbles of a key.
pub(crate) const NIBBLES: u8 = 16;

/// The nibble of a key at a depth from the top, 0 to 15.
#[inline]
pub(super) fn nibble(key: u64, depth: u8) -> usize {
    usize::from((key >> (60 - 4 * u32::from(depth))).to_le_bytes()[0] & 15)
}

/// How many nibbles two keys share from the top; 16 if they are equal.
#[inline]
#[allow(clippy::cast_possible_truncation)] // at most 16
pub(super) fn common(one: u64, other: u64) -> u8 {
    ((one ^ other).leading_zeros() / 4) as u8
}

/// The keys that begin with the first nibbles of a prefix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Range {
    /// What follows the nibbles is 0.
    pub(crate) prefix: u64,
    /// 0 to 16.
    pub(crate) nibbles: u8,
}

impl Range {
    /// All keys.
    pub(crate) const ALL: Range = Range {
        prefix: 0,
        nibbles: 0,
    };

    /// The keys that share so many nibbles with a key.
    pub(crate) fn of(key: u64, nibbles: u8) -> Range {
        let low = match nibbles {
            0 => u64::MAX,
            NIBBLES.. => 0,
            _ => u64::MAX >> (4 * u32::from(nibbles)),
        };
        Range {
            prefix: key & !low,
            nibbles,
        }
    }

    /// The part of it in which the next nibble is this one.
    pub(crate) fn child(self, nibble: usize) -> Range {
        let shift = 60 - 4 * u32::from(self.nibbles.min(NIBBLES - 1));
        Range {
            prefix: self.prefix | (nibble as u64 & 15) << shift,
            nibbles: self.nibbles + 1,
        }
    }

    /// Whether the key lies in it.
    pub(crate) fn contains(self, key: u64) -> bool {
        common(self.prefix, key) >= self.nibbles
    }

    /// The greatest key in it.
    pub(crate) fn last(self) -> u64 {
        match self.nibbles {
            0 => u64::MAX,
            NIBBLES.. => self.prefix,
            nibbles => self.prefix | u64::MAX >> (4 * u32::from(nibbles)),
        }
    }

    /// The items of a slice, sorted by key, whose keys lie in it.
    pub(crate) fn part_of<T>(self, sorted: &[T], key: impl Fn(&T) -> u64) -> &[T] {
        let start = sorted.partition_point(|item| key(item) < self.prefix);
        let rest = sorted.get(start..).unwrap_or_default();
        let len = rest.partition_point(|item| key(item) <= self.last());
        rest.get(..len).unwrap_or_default()
    }
}
