//! Where chunks end: by content (FastCDC, 2020), so that what was inserted into a file changes the chunks around it alone.
//!
//! The three lengths are part of no format: a store with chunks of other lengths reads as well, and shares fewer of them.

use fastcdc::v2020::FastCDC;

use super::list::MOST_BYTES;

const LEAST: usize = 16 << 10;
const USUAL: usize = 64 << 10;
pub(super) const MOST: usize = MOST_BYTES as usize;

/// How many of these bytes are the next chunk: all, where there are few. What follows may change that while there are fewer than
/// [`MOST`].
pub(super) fn first_chunk(bytes: &[u8]) -> usize {
    let chunks = FastCDC::new(bytes, LEAST, USUAL, MOST);
    chunks.cut(0, bytes.len()).1
}
