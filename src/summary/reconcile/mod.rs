//! How two replicas find what differs between them: bytes in, bytes out.
//!
//! The sides take turns. The asker's first turn says what it holds, as briefly as it can; every later turn tells what
//! was learnt from the one before and asks for less. From the cheapest:
//!
//! 1. *A known pair*: each side remembers how far it had seen the other's changes. Each names what changed since.
//! 2. *Few entries*: the list itself.
//! 3. *First contact*: coded symbols of the entries ([`symbols`](super::symbols)), which settle some ten differences at
//!    once. If they do not, an estimate says how many more are needed, or that a list is shorter.
//! 4. *Descent*: hashes of parts of the key space, of those that differ the parts of these, and lists in the end. For what
//!    lies together, and for what the rungs above got wrong.
//!
//! Whatever rung it was, the one who has heard the last of it sends the keyed hash of what was named, and of all entries
//! but those; the other compares it with its own. So a difference is not believed but proven. If that fails, the sides
//! descend with the hash of every entry. A nonce, which the asker draws, keys all of it, so that nobody can prepare entries
//! that look alike.
//!
//! `docs/summary.md` tells every byte.

mod error;
mod keyed;
mod frames;
mod bits;
mod turn;
mod write;
mod read;
mod difference;
mod ladder;
mod compare;
mod side;
mod take;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_liars;
#[cfg(test)]
mod tests_turns;

pub use difference::{Difference, Missing};
pub use error::ReconcileError;
pub use side::{Known, Opening, Reconciliation};
