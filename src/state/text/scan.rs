//! Finding a place within a leaf.

use super::leaf::TextLeaf;
use super::short::{Short, Width, begins};
use super::units::Unit;

/// Bytes that are skipped at a time while the wanted place lies beyond them.
const BLOCK: usize = 32;

impl TextLeaf {
    /// What stands in this leaf before a position; none past its end or inside a character.
    #[inline]
    pub(super) fn place(&self, unit: Unit, at: u32) -> Option<Short> {
        let gap = self.gap();
        let before_gap = gap.get(unit);
        if at == before_gap {
            Some(gap)
        } else if at < before_gap {
            place_in(self.left(), gap, unit, at)
        } else {
            Some(gap.plus(place_in(
                self.right(),
                self.behind(),
                unit,
                at - before_gap,
            )?))
        }
    }

    /// The place of a character boundary that the caller knows to be in this leaf.
    #[inline]
    pub(super) fn place_of_char(&self, at: u32) -> Short {
        debug_assert!(at <= self.len().chars());
        self.place(Unit::Chars, at).unwrap_or_default()
    }
}

/// What stands before a position of one side, which measures `all`.
#[inline]
fn place_in(side: &[u8], all: Short, unit: Unit, at: u32) -> Option<Short> {
    if at > all.get(unit) {
        None
    } else if all.width(Unit::Bytes) == Some(Width::One) {
        Some(Short::ascii(at))
    } else {
        place_in_wide(side, all, unit, at)
    }
}

fn place_in_wide(side: &[u8], all: Short, unit: Unit, at: u32) -> Option<Short> {
    if all.width(Unit::Bytes) == Some(Width::Four) {
        let width = match unit {
            Unit::Chars => 1,
            Unit::Utf16 => 2,
            Unit::Bytes => 4,
        };
        let chars = at / width;
        return at
            .is_multiple_of(width)
            .then_some(Short::new(chars, chars * 2, chars * 4));
    }
    let behind = all.get(unit) - at;
    if unit == Unit::Bytes {
        let (before, after) = side.split_at(at as usize);
        if after.first().is_some_and(|&byte| !begins(byte)) {
            return None;
        }
        return Some(if at <= behind {
            Short::of(before)
        } else {
            all.minus(Short::of(after))
        });
    }
    if at <= behind {
        first(side, unit, at)
    } else {
        Some(all.minus(last(side, unit, behind)?))
    }
}

/// The shortest beginning that holds `wanted` units; none where that would cut a character.
fn first(side: &[u8], unit: Unit, wanted: u32) -> Option<Short> {
    let mut sum = Short::default();
    for block in side.chunks(BLOCK) {
        let next = sum.plus(Short::of_block(block));
        // A character that begins in this block may end in the next, so its end is looked for byte by byte.
        if next.get(unit) >= wanted {
            break;
        }
        sum = next;
    }
    for &byte in &side[sum.bytes()..] {
        if begins(byte) && sum.get(unit) >= wanted {
            break;
        }
        sum = sum.plus(Short::of_byte(byte));
    }
    (sum.get(unit) == wanted).then_some(sum)
}

/// The shortest end that holds `wanted` units; none where that would cut a character.
fn last(side: &[u8], unit: Unit, wanted: u32) -> Option<Short> {
    let mut sum = Short::default();
    for block in side.rchunks(BLOCK) {
        let next = sum.plus(Short::of_block(block));
        // One that ends in this block may begin in the one before, likewise.
        if next.get(unit) >= wanted {
            break;
        }
        sum = next;
    }
    for &byte in side[..side.len() - sum.bytes()].iter().rev() {
        if sum.get(unit) >= wanted {
            break;
        }
        sum = sum.plus(Short::of_byte(byte));
    }
    (sum.get(unit) == wanted).then_some(sum)
}
