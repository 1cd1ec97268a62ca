//! The name of an operation, the same on every replica.

use std::fmt;

use super::Peer;

/// A peer's operations count from 0.
pub(crate) type Seq = u32;

/// Names one operation: the `seq`-th of `peer`, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OpId {
    /// Who made it.
    pub peer: Peer,
    /// How many operations that peer had made before.
    pub seq: u32,
}

impl fmt::Display for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.seq, self.peer)
    }
}
