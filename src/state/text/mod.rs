//! The text rope: what a text container says now, as UTF-8 in gap buffers under a [tree](crate::tree).
//!
//! ```text
//!      tree        measures: chars | utf16 | bytes
//!     /    \
//!  leaf ⇄ leaf     [ left part | gap | right part ]
//!            ▲
//!         cursor   the leaf edited last, where it starts, and what the tree believes it measures
//! ```
//!
//! A rope holds text and nothing else: who wrote what stands in the oplog. Positions are Unicode scalars ("chars");
//! the two other units, UTF-16 code units and UTF-8 bytes, are converted at the face, in O(log n) like any search.
//!
//! Typing goes on where it went on before. So the rope keeps a *cursor* on the leaf edited last: an edit there touches
//! that leaf alone, and the sums of the tree above it are corrected only when the cursor moves away. Reads add the
//! difference that is still open, so the text reads right at any moment.
//!
//! Within a leaf, each side of the gap knows its own length in all units, packed in a word. A side whose characters all
//! have one width (ASCII, or all outside the BMP) needs no scan to find a position; another is scanned from its nearer
//! end. The gap stays where the last edit was, so that typing on moves nothing.
//!
//! Invariants, verified by `check`: both sides of every gap are whole characters of valid UTF-8 and their counts are
//! right; no leaf is empty but the only one; the tree's own invariants hold once the cursor's difference is added.

mod units;
mod short;
mod leaf;
mod scan;
mod cursor;
mod edit;
mod grow;
mod shrink;
mod read;
mod build;
mod check;

#[cfg(test)]
mod tests;

pub(crate) use cursor::Rope;
pub(super) use short::begins;
pub use units::Unit;
