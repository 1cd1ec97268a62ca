//! A link between two replicas: a session, and the messages that are on their way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use syncline::VersionVector;
use syncline::sync::{Resume, Session};

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) bytes: Vec<u8>,
    /// How many messages, each after one of the other side, led to it.
    pub(crate) depth: u32,
    pub(crate) state: State,
}

/// What happened to a message on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// Nothing.
    Whole,
    /// It is not what was sent, and may fit all the same.
    Odd,
    /// It is not what was sent, or not when: it must not be taken.
    Wrong,
}

/// One direction.
#[derive(Debug, Default)]
pub(crate) struct Way {
    pub(crate) parcels: VecDeque<Parcel>,
    /// A message was lost: nothing comes any more, which neither side knows yet.
    pub(crate) is_dead: bool,
    /// When the last parcel arrives.
    pub(crate) last_at: u64,
}

/// One session, and its two sides: first the one that asked.
pub(crate) struct Link {
    /// Which of an edge's links, one after the other, this is.
    pub(crate) nth: u32,
    pub(crate) ends: [usize; 2],
    pub(crate) sessions: [Session; 2],
    /// From each end.
    pub(crate) ways: [Way; 2],
    /// What each side had of each document at the beginning.
    pub(crate) began: [Vec<VersionVector>; 2],
    /// Of what each side received.
    pub(crate) depths: [u32; 2],
    /// Something wrong was received and taken: what else happens here proves nothing.
    pub(crate) is_suspect: bool,
    /// The asker wanted only some of the documents.
    pub(crate) is_partial: bool,
    /// The documents that each end has begun with, by the number that it gave them.
    pub(crate) begun: [Vec<usize>; 2],
    /// Of which documents each end asked for a base.
    pub(crate) wanted: [BTreeSet<usize>; 2],
    /// Documents that each end offered without their history, and where that begins: they are left out until they are taken.
    pub(crate) offered: [BTreeMap<usize, VersionVector>; 2],
    /// A session is over: both ends are about to know.
    pub(crate) is_ending: bool,
}

impl Link {
    /// Of which end a replica is, the first one.
    pub(crate) fn end_of(&self, replica: usize) -> Option<usize> {
        self.ends.iter().position(|&end| end == replica)
    }
}

/// A pair of replicas that are to be joined.
#[derive(Default)]
pub(crate) struct Edge {
    pub(crate) link: Option<Link>,
    /// Links so far.
    pub(crate) links: u32,
    /// By replica, first the smaller: what its last session left.
    pub(crate) resumes: [Option<Resume>; 2],
}
