//! What programs can do beyond version 1 of the network's protocol. Both sides say in their greetings what they can; a connection uses
//! what both have.

use std::ops::BitAnd;

/// What a side can do beyond version 1, and is to do for its documents: the rest is not used, whoever it meets.
///
/// # Examples
///
/// ```
/// use syncline_net::{Features, Limits};
///
/// let mut limits = Limits::default();
/// limits.features = Features::all().without(Features::BLOBS);
/// assert!(limits.features.include(Features::READ_ONLY));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Features(u32);

impl Features {
    /// Who may only read a document is told so by a message of its own, and goes on reading. To others nothing more comes of a document
    /// once they wrote to it.
    pub const READ_ONLY: Features = Features(1);
    /// Blobs that documents refer to travel with them.
    pub const BLOBS: Features = Features(2);
    /// What differs is found in version 2 of those messages, whose proofs cost less.
    pub const SUMMARY_2: Features = Features(4);

    /// Those of version 1 alone.
    pub const fn none() -> Features {
        Features(0)
    }

    /// All that this program can.
    pub const fn all() -> Features {
        Features(Features::READ_ONLY.0 | Features::BLOBS.0 | Features::SUMMARY_2.0)
    }

    /// But for these.
    #[must_use]
    pub const fn without(self, others: Features) -> Features {
        Features(self.0 & !others.0)
    }

    /// Whether all of these are among them.
    pub const fn include(self, others: Features) -> bool {
        self.0 & others.0 == others.0
    }

    /// As a greeting says them, a bit each. What a later program can beyond this one is passed over.
    pub(crate) const fn from_bits(bits: u32) -> Features {
        Features(bits & Features::all().0)
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }
}

impl Default for Features {
    fn default() -> Features {
        Features::all()
    }
}

impl BitAnd for Features {
    type Output = Features;

    fn bitand(self, other: Features) -> Features {
        Features(self.0 & other.0)
    }
}
