//! Passing over what comes first in a text, or in the cells of values.

use crate::column::Reader;
use crate::oplog::Cell;

#[inline]
pub(super) fn skip_scalars(text: &str, count: u32) -> &str {
    split_scalars(text, count).1
}

/// The first `count` scalars of a text, and the others.
#[inline]
pub(super) fn split_scalars(text: &str, count: u32) -> (&str, &str) {
    if count == 0 {
        return ("", text);
    }
    let ends = text.char_indices().nth(count as usize);
    text.split_at(ends.map_or(text.len(), |(offset, _)| offset))
}

pub(super) fn skip_cells(cells: &[u8], count: u32) -> &[u8] {
    let mut reader = Reader::new(cells, 0);
    for _ in 0..count {
        let _ = Cell::read(&mut reader);
    }
    cells.get(reader.offset()..).unwrap_or(&[])
}
