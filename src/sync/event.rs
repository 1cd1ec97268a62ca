//! What a session tells its caller.

use crate::doc::Change;
use crate::error::Error;
use crate::id::{Peer, VersionVector};

/// What a session tells its caller, through [`next_event`](super::Session::next_event). Documents are told by name; a
/// single document has none.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Operations of the other side were taken in, or wait for others, or were refused.
    Changed {
        /// The document.
        document: String,
        /// What they changed, as edits for an editor. It is empty where nothing that shows changed, as by a set that another
        /// one had overwritten.
        change: Change,
    },
    /// How far the first exchange of a document is, in operations.
    Progress {
        /// The document.
        document: String,
        /// Received so far.
        received: u32,
        /// To be received in all.
        to_receive: u32,
        /// Sent so far.
        sent: u32,
        /// To be sent in all.
        to_send: u32,
    },
    /// Both sides have what the other had of the document. What is written from now on is sent as it comes.
    Synced {
        /// The document.
        document: String,
    },
    /// Both sides have what the other had of all documents. Told again where more was found to differ, or was fetched.
    Settled,
    /// Documents of which the other side has something that this one lacks. They are sent when asked for:
    /// [`fetch`](super::Session::fetch).
    Offered {
        /// By name.
        documents: Vec<Offer>,
    },
    /// The other side has something of a document that this one lacks, and no history of it: it can send what the document
    /// shows. Until that is [accepted](super::Session::accept) the document is left out. It is taken without asking where this side
    /// has nothing of it, or if the [options](super::Options::without_history) say so.
    Behind {
        /// The document.
        document: String,
        /// How many operations the other side knows of.
        operations: u32,
    },
    /// A document was replaced by one with all that the other side has, since one of the two was without history that the
    /// other's operations need. It holds all that it did, and writes as the same peer; [`Doc::save_since`](crate::Doc::save_since)
    /// gives all of it.
    Replaced {
        /// The document.
        document: String,
        /// Whether it has all of its history now.
        has_history: bool,
    },
    /// One peer id had two histories, and was split where they part: both are kept, under names that
    /// [`Doc::forks`](crate::Doc::forks) tells. If it was the document's own, it writes under a fresh one.
    Forked {
        /// The document.
        document: String,
        /// The peer that has two histories.
        peer: Peer,
        /// The first operation, by number, that differs; `None` where both were not brought together.
        seq: Option<u32>,
    },
    /// This side could not take in what the other sent of a document. Nothing of that was used, and no more of it comes in
    /// this session; other documents go on.
    Refused {
        /// The document.
        document: String,
        /// Why.
        error: Error,
    },
    /// The other side lacks operations of a document that this side has, and is sent them.
    Lacking {
        /// The document.
        document: String,
        /// What the other side has of it.
        has: VersionVector,
    },
    /// What would move of a document, where the session only [looks](super::Options::looks). What is told of a document after that
    /// takes its place: the other side may object.
    Looked {
        /// The document.
        document: String,
        /// Operations that would come.
        to_receive: u32,
        /// Bytes of those, as they are sent.
        bytes_to_receive: u64,
        /// Operations that would be sent.
        to_send: u32,
        /// Bytes of those.
        bytes_to_send: u64,
    },
    /// The other side takes nothing of a document from here. What it has of it still comes.
    ReadOnly {
        /// The document.
        document: String,
    },
    /// The other side takes no more of a document in this session.
    Unwanted {
        /// The document.
        document: String,
    },
    /// What somebody shows of themselves: see [`Presence`](super::Presence).
    Presence {
        /// Who.
        peer: Peer,
        /// The larger is the later.
        clock: u32,
        /// What; empty when they left.
        state: Vec<u8>,
    },
    /// The other side ended the session.
    Ended,
}

/// A document of which the other side has more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// Its name.
    pub name: String,
    /// How many operations there are of it.
    pub operations: u32,
    /// How many of them, about, this side lacks: the two sides may each have some. 0 where this one has more.
    pub lacking: u32,
}
