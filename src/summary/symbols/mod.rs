//! Coded symbols: few bytes that tell two sets apart, and name what differs.
//!
//! A rateless invertible Bloom lookup table after Yang, Gilad and Alizadeh, "Practical Rateless Set Reconciliation" (2024):
//! every key falls into an endless sequence of cells, the first always, cell `j` with probability 1 / (1 + j/2). A cell is
//! the sum of what fell into it; the difference of two replicas' cells is the sum over what differs. A cell with a single
//! difference in it gives that away, it is taken out of its other cells, and so on (*peeling*). About 1.4 cells are enough
//! for each difference, whatever the size of the sets, and more cells can always follow.
//!
//! Departures from the paper:
//!
//! - Keys choose the cells, not whole entries, so that a key that is on both sides with different lengths is one difference
//!   and not two. Its key would cancel out of a sum of keys. So a cell holds products: an entry is a point of the plane
//!   over GF(2^32), the two halves of its mixed key, with its 32-bit digest as weight, and a cell sums weights and weighted
//!   coordinates. What is left of one difference is a single weighted point, whatever its weight.
//! - A cell carries no count. Whether it holds a single point is a condition on its sums (`digest · cross = high · low`),
//!   and the size of the difference is estimated from an odd sketch beside the cells ([`Strata`]).
//! - The distance to a key's next cell is found in whole numbers, the same on every machine.
//!
//! Nothing here is secret, so entries can be planted that cancel out. Whoever peels proves the result by the keyed hash of
//! the rest (`reconcile`).

mod field;
mod walk;
mod cell;
mod strata;
mod kept;
mod peel;
#[cfg(test)]
mod tests;

pub(super) use cell::{Cell, digest_of};
pub(super) use kept::Symbols;
pub(super) use peel::{Peeled, peel};
pub(super) use strata::{STRATA, Sketch, Strata, Stratum, WHOLE, WORDS};
pub(super) use walk::CELLS_MAX;
