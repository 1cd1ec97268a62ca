//! What [`inspect`](super::inspect()) tells: plain data.

use super::error::DecodeError;
use crate::id::{OpId, Peer};

/// What is inside an encoding: see [`inspect`](crate::inspect).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Inspection {
    /// Bytes that were looked at.
    pub bytes: usize,
    /// The frames, in order. The last one may be cut short.
    pub frames: Vec<InspectedFrame>,
    /// Why no frame could be told apart where the last one ended.
    pub error: Option<DecodeError>,
}

impl Inspection {
    /// The first thing found wrong, in the order of the bytes; `None` where all of it can be read.
    pub fn first_error(&self) -> Option<DecodeError> {
        let frames = self.frames.iter().find_map(InspectedFrame::first_error);
        frames.or(self.error)
    }
}

/// One frame of an encoding.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct InspectedFrame {
    /// Where it starts, in bytes from the start of the input.
    pub offset: usize,
    /// Its length, or what is there of it.
    pub bytes: usize,
    /// Its format number.
    pub format: u8,
    /// What such a frame holds: `keystroke`, `delta`, `snapshot` or `shallow snapshot`.
    pub name: &'static str,
    /// Whether the checksum matches; `None` where the frame is cut short.
    pub checksum_matches: Option<bool>,
    /// Its parts, in order.
    pub sections: Vec<InspectedSection>,
    /// The operation that it goes on from, which only its receiver knows.
    pub goes_on_from: Option<OpId>,
    /// Whom it speaks of.
    pub peers: Vec<InspectedPeer>,
    /// Runs: operations of one peer, each the only parent of the next.
    pub runs: usize,
    /// Parents named by runs.
    pub parents: usize,
    /// Parents whose chain value it carries four bytes of.
    pub marks: usize,
    /// Kinds of stretches: how many there are, and of how many operations.
    pub stretches: Vec<(&'static str, usize, u64)>,
    /// Operations.
    pub operations: u64,
    /// Scalars of inserted text.
    pub text_chars: usize,
    /// Keys and names of roots.
    pub keys: usize,
    /// Bytes of all keys, written out.
    pub key_bytes: usize,
    /// Containers that are named.
    pub containers: usize,
    /// Fields that have a code of their own, by name.
    pub own_codes: Vec<String>,
    /// The frames in a snapshot.
    pub frames: Vec<InspectedFrame>,
    /// Where reading it ended, and why, if that was before its end.
    pub error: Option<DecodeError>,
}

impl InspectedFrame {
    /// The first thing found wrong within the frame.
    pub fn first_error(&self) -> Option<DecodeError> {
        let inner = self.frames.iter().find_map(InspectedFrame::first_error);
        inner.or(self.error)
    }
}

/// A part of a frame.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct InspectedSection {
    /// Which part.
    pub name: String,
    /// Where it starts, in bytes from the start of the input.
    pub offset: usize,
    /// Its length.
    pub bytes: usize,
    /// Its length when unpacked, where it is a block.
    pub unpacked: Option<u64>,
    /// How it is packed, where it is a block: `none`, `lz4`, `prefix`, `lz4+prefix`, `lz4+strands` or
    /// `brotli`.
    pub packing: Option<&'static str>,
}

/// A peer that a frame speaks of.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct InspectedPeer {
    /// The peer.
    pub peer: Peer,
    /// Its first operation in the frame; where there is none, one more than the newest that is a parent.
    pub seq: u32,
    /// How many operations of it there are.
    pub operations: u64,
}
