//! Growing columns with little to spare: doubling would leave up to half of each unused for the life of a document.

/// Appends an item. Amortised O(1).
#[inline]
pub(crate) fn push<T>(column: &mut Vec<T>, item: T) {
    make_room(column, 1);
    column.push(item);
}

/// Makes room for `more` items; where there is too little, for a quarter of what is there at least.
#[inline]
pub(crate) fn make_room<T>(column: &mut Vec<T>, more: usize) {
    if column.capacity() - column.len() < more {
        grow(column, more);
    }
}

#[cold]
#[inline(never)]
fn grow<T>(column: &mut Vec<T>, more: usize) {
    // The first room is a cache line.
    column.reserve_exact(more.max(column.len() / 4).max(64 / size_of::<T>().max(1)));
}
