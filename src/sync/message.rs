//! Messages, before they are sealed.
//!
//! ```text
//! message := kind (1 byte) body seal (4 bytes)
//! ```
//!
//! Bodies of several fields are encoded by `bincode`: numbers as varints. The last field of a message, where it is bytes,
//! stands as it is.

use bincode::config::{self, Config};
use bincode::{Decode, Encode};

use super::briefs::{OTHER_AUTHOR, OTHER_DOCUMENT};
use super::error::SessionError;

/// The version of the messages.
pub(super) const VERSION: u8 = 1;

/// The asker's first message: [`Hello`], and the first message of its reconciliation.
pub(super) const HELLO: u8 = 0;
/// A message of the reconciliation that the hello began.
pub(super) const FINDING: u8 = 1;
/// A number, and a message of that document's reconciliation.
pub(super) const FINDING_IN: u8 = 2;
/// [`Open`]: gives a document the sender's next number.
pub(super) const OPEN: u8 = 3;
/// [`Start`]: what will be sent of a document.
pub(super) const START: u8 = 4;
/// A number, and a delta.
pub(super) const DELTA: u8 = 5;
/// A number: all that was there at the start has been sent.
pub(super) const DONE: u8 = 6;
/// A keystroke that goes on from the last one: see [`briefs`](super::briefs).
pub(super) const BRIEF: u8 = 7;
/// A number: bytes of operations taken in, since the beginning.
pub(super) const CREDIT: u8 = 8;
/// [`Shown`], and what somebody shows of themselves.
pub(super) const PRESENCE: u8 = 9;
/// A number: no more of that document.
pub(super) const UNWANTED: u8 = 10;
/// [`Offered`]s.
pub(super) const OFFER: u8 = 11;
/// Keys of documents that are wanted.
pub(super) const WANT: u8 = 12;
/// A number: all changes up to that tick of the sender's have been sent.
pub(super) const SETTLED: u8 = 13;
/// The session is over. From an answerer who does not know the version: and its own, unsealed.
pub(super) const END: u8 = 14;

/// [`Fork`](super::forks::Fork): two histories under one peer id are seen to.
pub(super) const FORK: u8 = 15;

/// [`Base`](super::base::Base): somebody cannot do without the history, or has none.
pub(super) const BASE: u8 = 64;
/// A number, and a piece of a base.
pub(super) const PIECE: u8 = 65;

/// The sender takes nothing of that document: its number.
pub(super) const CLOSED: u8 = 66;

/// The bits of the first byte that tell the kind.
pub(super) const KIND: u8 = !(OTHER_DOCUMENT | OTHER_AUTHOR);

/// Entries of one message of offers or wants.
pub(super) const LISTED_MAX: usize = 256;

/// Bytes that stand around a delta in its message, at most: the kind, the number, the seal.
pub(super) const AROUND_DELTA: usize = 10;

/// Bytes that decoding a body may take.
const BODY_MAX: usize = 1 << 20;

#[derive(Encode, Decode, PartialEq, Eq, Debug)]
pub(super) struct Hello {
    pub(super) version: u8,
    pub(super) scope: Scope,
}

#[derive(Encode, Decode, PartialEq, Eq, Debug)]
pub(super) enum Scope {
    /// One document.
    Single,
    /// Many.
    Workspace,
    /// Those of many that the asker names.
    Some { only: Some, offers: bool },
}

#[derive(Encode, Decode, PartialEq, Eq, Debug)]
pub(super) enum Some {
    All,
    Prefix(String),
    Names(Vec<String>),
}

#[derive(Encode, Decode, PartialEq, Eq, Debug)]
pub(super) struct Open {
    pub(super) key: [u8; 8],
    pub(super) begin: Begin,
}

/// How the two sides come to know what each lacks of a document.
#[derive(Encode, Decode, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Begin {
    /// Both have what the sender had when it had so many operations, the summary of which has that mark.
    Base { operations: u32, mark: [u8; 8] },
    /// The sender asks, in messages of its own.
    Ask,
    /// As the other side said.
    Agreed,
}

#[derive(Encode, Decode, PartialEq, Eq, Debug)]
pub(super) struct Start {
    pub(super) number: u32,
    /// How many operations will be sent.
    pub(super) operations: u32,
    /// Where the receiver may not have the document.
    pub(super) name: Option<String>,
}

#[derive(Encode, Decode, PartialEq, Eq, Debug)]
pub(super) struct Shown {
    pub(super) peer: [u8; 8],
    pub(super) clock: u32,
}

#[derive(Encode, Decode, PartialEq, Eq, Debug)]
pub(super) struct Offered {
    pub(super) name: String,
    pub(super) operations: u32,
    pub(super) lacking: u32,
}

fn config() -> impl Config {
    config::standard().with_limit::<BODY_MAX>()
}

/// A message of that kind with this body.
pub(super) fn message(kind: u8, body: impl Encode) -> Vec<u8> {
    let mut message = vec![kind];
    put(&mut message, body);
    message
}

/// Puts fields behind a message.
pub(super) fn put(message: &mut Vec<u8>, body: impl Encode) {
    // Only a writer that fails makes this fail, and a vector does not.
    if let Ok(body) = bincode::encode_to_vec(body, config()) {
        message.extend_from_slice(&body);
    }
}

/// Takes fields from a body; gives also what stands behind them.
pub(super) fn take<Body: Decode<()>>(body: &[u8]) -> Result<(Body, &[u8]), SessionError> {
    let (fields, len) = bincode::decode_from_slice(body, config())
        .map_err(|_| malformed("fields that are not of this message"))?;
    Ok((fields, body.get(len..).unwrap_or(&[])))
}

/// Takes fields that are all of a body.
pub(super) fn take_all<Body: Decode<()>>(body: &[u8]) -> Result<Body, SessionError> {
    match take(body)? {
        (fields, []) => Ok(fields),
        _ => Err(malformed("bytes after the end")),
    }
}

pub(super) fn malformed(what: &'static str) -> SessionError {
    SessionError::Malformed { what }
}
