//! What a session is to do, and what it may cost.

use super::documents::key_of;
use super::resume::Resume;
use crate::summary::{Opening, Reconciliation, Summary};

/// Which documents of a workspace a session is about.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Only {
    /// All.
    #[default]
    All,
    /// Those whose names begin so.
    Prefix(String),
    /// Those of these names.
    Names(Vec<String>),
}

impl Only {
    /// Whether a document of that name is among them.
    pub fn includes(&self, name: &str) -> bool {
        match self {
            Only::All => true,
            Only::Prefix(prefix) => name.starts_with(prefix.as_str()),
            Only::Names(names) => names.iter().any(|one| one == name),
        }
    }

    /// Their keys, where they are few and known.
    pub(super) fn keys(&self) -> Option<Vec<u64>> {
        match self {
            Only::Names(names) => Some(names.iter().map(|name| key_of(name)).collect()),
            _ => None,
        }
    }
}

/// What a session is to do, and what it may cost.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Which documents of a workspace it is about. The asker's word counts. All.
    pub only: Only,
    /// Of a workspace, the asker is told first what the other side has, as [`Event::Offered`](super::Event::Offered), and then says what it
    /// wants. No.
    pub offers: bool,
    /// What would move is found and counted, and nothing is changed on either side: see [`Event::Looked`](super::Event::Looked). What
    /// would come does come, and is passed over; nothing is sent. No.
    pub looks: bool,
    /// The other side knows what tells it that it may only read a document ([`Event::ReadOnly`](super::Event::ReadOnly)). If not, it is
    /// told that the document is not wanted, and nothing more comes to it of that. Yes.
    pub tells_read_only: bool,
    /// The other side knows version 2 of the messages that find what differs. If not, those that this side begins are of version 1. Yes.
    pub knows_summary_2: bool,
    /// What an earlier session between these two left.
    pub resume: Option<Resume>,
    /// Bytes of one message that is received. 64 MiB.
    pub message_bytes: u32,
    /// Bytes of one message that the other side receives, where that is known. Documents of which a larger one would have to be sent are
    /// left out, by name ([`Event::Refused`](super::Event::Refused) with [`Error::Limit`](crate::Error::Limit)). 4 GiB less one byte.
    pub their_message_bytes: u32,
    /// Bytes of a piece in which operations are sent. 256 KiB.
    pub piece_bytes: u32,
    /// Bytes of operations that may be on their way, in one direction, before the receiver has taken them in. 1 MiB.
    pub window_bytes: u32,
    /// Bytes received while finding what differs. 64 MiB; a list of a million entries takes 9 MB.
    pub summary_bytes: u64,
    /// Documents are taken without their history where the other side has no more of it, also those of which this side has
    /// something: see [`Event::Behind`](super::Event::Behind). No.
    pub without_history: bool,
    /// Bytes of a document that is received without its history. 64 MiB.
    pub base_bytes: u32,
    /// Documents that one session may be about at once. 1,048,576.
    pub documents: u32,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            only: Only::All,
            offers: false,
            looks: false,
            tells_read_only: true,
            knows_summary_2: true,
            resume: None,
            message_bytes: 64 << 20,
            their_message_bytes: u32::MAX,
            piece_bytes: 256 << 10,
            window_bytes: 1 << 20,
            summary_bytes: 64 << 20,
            without_history: false,
            base_bytes: 64 << 20,
            documents: 1 << 20,
        }
    }
}

impl Options {
    /// Begins to find what differs, in words that the other side knows.
    pub(super) fn ask(
        &self,
        ours: &Summary,
        nonce: u64,
        opening: Opening,
    ) -> (Reconciliation, Vec<Vec<u8>>) {
        let (side, messages) = match self.knows_summary_2 {
            true => Reconciliation::ask(ours, nonce, opening),
            false => Reconciliation::ask_first_version(ours, nonce, opening),
        };
        (side.receiving_at_most(self.summary_bytes), messages)
    }
}
