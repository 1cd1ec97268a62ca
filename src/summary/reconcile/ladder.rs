//! Which rung to take: what each would cost.

use super::keyed::Keyed;
use super::turn::{Item, Line, Says};
use crate::summary::Summary;
use crate::summary::merkle::{NIBBLES, Range};
use crate::summary::symbols::{CELLS_MAX, Sketch};

/// Symbols of a hello.
pub(super) const HELLO_CELLS: usize = 36;

const CELL_BITS: u64 = 5 * 32;

/// Bits of a length in a list, about: lengths are up to some thousand.
const LENGTH_BITS: u64 = 12;

const MARK_BITS: u64 = 64;

/// A range with no more entries than this, or a list no longer than this, is not worth parting.
const LIST_ENTRIES: usize = 32;
const LIST_BITS: u64 = 8 * 1024;

/// Hashes that two levels at once may take.
const TWO_LEVELS_MAX: usize = 64;

/// About how many bits the list of a range takes.
pub(super) fn list_bits(ours: &Summary, range: Range, careful: bool) -> u64 {
    let count = ours.merkle().count(range) as u64;
    let (first, last) = ours.merkle().ends(range).unwrap_or_default();
    let gap = (last - first) / count.max(1);
    let mark = if careful { MARK_BITS } else { 0 };
    count * (u64::from((gap + 1).ilog2()) + 2 + LENGTH_BITS + mark)
}

/// About how many bits so many cells take.
pub(super) fn cell_bits(cells: usize) -> u64 {
    cells as u64 * CELL_BITS
}

/// What to say first to somebody unknown: all that is there, if it is not more than symbols.
pub(super) fn opening(ours: &Summary) -> Says {
    let hello = cell_bits(HELLO_CELLS) + u64::BITS as u64 * 16;
    if list_bits(ours, Range::ALL, false) <= hello {
        Says::List(lines(ours, Range::ALL, None))
    } else {
        Says::Symbols {
            from: 0,
            cells: ours.cells(0, HELLO_CELLS),
            sketch: Some(ours.strata().folded()),
        }
    }
}

/// How many cells settle so many differences, of which that number is a rough estimate.
pub(super) fn cells_for(about: usize) -> usize {
    (about * 2 + 16).min(CELLS_MAX)
}

/// The estimate for which so many cells were asked.
pub(super) fn about(cells: usize) -> usize {
    cells.saturating_sub(16) / 2
}

/// How many cells settle so many differences, nearly always, of which that number is a good estimate. Cells that are not
/// enough cost a round trip.
pub(super) fn cells_enough_for(near: usize) -> usize {
    (near * 9 / 5 + 24).min(CELLS_MAX)
}

/// What to do when symbols do not tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    /// Ask for cells up to this number.
    More(usize),
    /// Send all that is there.
    List,
    Descend,
}

/// Chooses that, where `have` cells were not enough, for the `asked`-th time.
pub(super) fn next(ours: &Summary, theirs: Option<&Sketch>, have: usize, asked: u32) -> Next {
    let estimate = theirs.map_or(have, |theirs| ours.strata().folded().differing(theirs));
    let upto = match asked {
        0 => cells_for(estimate).max(have + have / 2),
        _ => (have + have / 2).min(CELLS_MAX),
    };
    // A cell more or less for each difference, and its name in the answer; from a list, about a length.
    let names = estimate as u64 * MARK_BITS;
    let more = cell_bits(upto.saturating_sub(have)) + names;
    if list_bits(ours, Range::ALL, false) + names / 4 <= more {
        Next::List
    } else if asked < 2 && upto > have {
        Next::More(upto)
    } else {
        Next::Descend
    }
}

/// The lines of a range.
pub(super) fn lines(ours: &Summary, range: Range, keyed: Option<&Keyed>) -> Vec<Line> {
    let mut lines = Vec::with_capacity(ours.merkle().count(range));
    ours.merkle().each(range, |entry| {
        lines.push(Line {
            key: entry.key,
            length: entry.length,
            mark: keyed.map(|keyed| keyed.mark_of_entry(entry)),
        });
    });
    lines
}

/// What to say of a range that differs.
pub(super) fn item(ours: &Summary, range: Range, keyed: &Keyed, careful: bool) -> Item {
    let marks = careful.then_some(keyed);
    let count = ours.merkle().count(range);
    if count <= LIST_ENTRIES || list_bits(ours, range, careful) <= LIST_BITS {
        return Item::List(lines(ours, range, marks));
    }
    match parts(ours, range, keyed) {
        parts if parts.is_empty() => Item::List(lines(ours, range, marks)),
        parts => Item::Parts(range, parts),
    }
}

/// The parts of a range with their hashes: one level, or two where that is not many.
pub(super) fn parts(ours: &Summary, range: Range, keyed: &Keyed) -> Vec<(Range, u64)> {
    let mut parts = ours.merkle().parts(range);
    if parts.len() < 8 && parts.iter().all(|part| part.nibbles < NIBBLES) {
        let below = |part: &Range| {
            let part = *part;
            let children = (0..16).map(move |nibble| part.child(nibble));
            children.filter(|&child| ours.merkle().count(child) > 0)
        };
        let two: Vec<Range> = parts.iter().flat_map(below).collect();
        if two.len() <= TWO_LEVELS_MAX {
            parts = two;
        }
    }
    let marked = |part: Range| Some((part, keyed.mark(&ours.hash(part)?)));
    parts.into_iter().filter_map(marked).collect()
}
