//! One writer.

use std::fmt;
use std::num::NonZeroU64;

/// One writer: a non-zero 64-bit number, random, so that no two writers share one.
///
/// A replica takes a fresh one whenever it is opened for writing: a restored backup must not write under an id that is
/// already used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Peer(NonZeroU64);

impl Peer {
    /// The first peer: what would be 0 is this one.
    pub(crate) const ONE: Peer = Peer(NonZeroU64::MIN);

    /// The peer with this number; `None` for 0.
    pub fn new(id: u64) -> Option<Peer> {
        NonZeroU64::new(id).map(Peer)
    }

    /// Draws a random peer from the operating system; `None` where it has no randomness to give.
    #[cfg(feature = "getrandom")]
    pub fn random() -> Option<Peer> {
        loop {
            let id = getrandom::u64().ok()?;
            if let Some(peer) = Peer::new(id) {
                return Some(peer);
            }
        }
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
