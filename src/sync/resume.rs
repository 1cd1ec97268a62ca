//! What two replicas remember of each other between sessions.

use crate::summary::Known;

/// What a session leaves, for the next one between the same two replicas to begin with: then that costs bytes for what changed
/// since, and one round trip, however much there is. See [`Session::resume`](super::Session::resume).
///
/// It speaks of changes as the [`Summary`](crate::Summary) of each side counts them, which begins anew where documents are
/// loaded. One that does not fit any more costs a round trip, nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Resume {
    /// How far each had seen the other's changes.
    pub known: Known,
    /// The root of the own summary then.
    pub root: [u8; 32],
}
