//! How far a worker is: a value that can be watched.

use std::collections::BTreeMap;

use syncline::sync::Event;

use crate::ask::Notice;
use crate::clock::now_ms;
use crate::conflicts::Conflicts;
use crate::error::Error;
use crate::link::refusal;

/// What a worker does at present.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Phase {
    /// It was told to pause.
    Paused,
    /// It was told that there is no network, and waits for it without trying.
    Offline,
    /// It looks for the relay.
    #[default]
    Connecting,
    /// What differs is found and exchanged.
    Syncing,
    /// Both have what the other had; what is written is sent as it comes.
    Live,
    /// The last try failed; the next comes by itself.
    Waiting,
    /// It has ended.
    Stopped,
}

/// An error, and what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Trouble {
    /// What went wrong.
    pub what: String,
    /// What to do.
    pub next: &'static str,
}

/// What becomes of a blob.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BlobState {
    /// It comes: so many bytes of chunks did, of a blob of so many; chunks that were here do not come.
    Receiving {
        /// Bytes that came on this connection.
        bytes: u64,
        /// Bytes that it has.
        of: u64,
    },
    /// It goes there.
    Sending,
    /// It could not be had here, or is not taken there; it is tried again with the next connection.
    Failed {
        /// Why.
        why: String,
    },
}

/// How far the blobs are to which documents refer, since the connection began.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Blobs {
    /// Blobs that came.
    pub received: u64,
    /// Blobs that came, and those that the other side has and that were not looked at yet.
    pub to_receive: u64,
    /// Bytes of chunks that came.
    pub received_bytes: u64,
    /// Blobs that are on the relay's disk, or not wanted there.
    pub stored: u64,
    /// Blobs that it was told of.
    pub offered: u64,
    /// Bytes of chunks that were sent.
    pub sent_bytes: u64,
    /// Those that are moving at present, and those that could not be had, by name.
    pub jobs: BTreeMap<String, BlobState>,
}

/// How far a worker is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Status {
    /// What it does.
    pub phase: Phase,
    /// Operations that were received, and that are to be in all, of the documents that differed when the connection began.
    pub received: (u64, u64),
    /// Operations that were sent, and that are to be in all.
    pub sent: (u64, u64),
    /// Whether the relay has said of everything here that it is on its disk, but for what is [`refused`](Status::refused); and
    /// whatever blobs it has to which documents refer are here, unless one of the sides does without.
    pub is_confirmed: bool,
    /// Tries that failed in a row.
    pub failures: u32,
    /// When the next one comes, in milliseconds since 1970, in the phase [`Waiting`](Phase::Waiting).
    pub next_try_ms: Option<i64>,
    /// When both had what the other had, last.
    pub last_success_ms: Option<i64>,
    /// What the last try failed by, until one succeeds.
    pub trouble: Option<Trouble>,
    /// Documents that one of the sides does not take, or that are not sent any more, and why.
    pub refused: BTreeMap<String, String>,
    /// How far the blobs are.
    pub blobs: Blobs,
    /// Documents refer to blobs, and one of the sides does without: these stay where they are, whatever else is confirmed.
    pub leaves_blobs: bool,
    /// How many conflicts the documents have here: soon after each is written.
    pub conflicts: Conflicts,
    /// Operations that the relay had confirmed and did not have any more when it was met: it lost them, and is sent them again.
    pub lost: u64,
}

/// Operations of one document: received and to be received, sent and to be sent.
type Counts = [u32; 4];

/// A status, and what it is made of.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) status: Status,
    documents: BTreeMap<String, Counts>,
}

impl Told {
    /// A connection begins.
    pub(crate) fn connect(&mut self) {
        self.status.phase = Phase::Connecting;
        self.status.next_try_ms = None;
    }

    pub(crate) fn connected(&mut self) {
        self.status.phase = Phase::Syncing;
        self.status.is_confirmed = false;
        (self.status.received, self.status.sent) = ((0, 0), (0, 0));
        self.documents.clear();
        self.status.refused.clear();
        self.status.lost = 0;
        self.status.blobs = Blobs::default();
        self.status.leaves_blobs = false;
        self.status.conflicts = Conflicts::default();
    }

    pub(crate) fn fail(&mut self, error: &Error, failures: u32, next_try_ms: i64) {
        let status = &mut self.status;
        status.phase = Phase::Waiting;
        status.is_confirmed = false;
        status.failures = failures;
        status.next_try_ms = Some(next_try_ms);
        status.trouble = Some(Trouble {
            what: error.to_string(),
            next: error.next(),
        });
    }

    pub(crate) fn hear(&mut self, notice: Notice) {
        let event = match notice {
            Notice::Event(event) => event,
            Notice::Confirmed(is_confirmed) => {
                self.status.is_confirmed = is_confirmed;
                return;
            }
            Notice::HeldBack(document, why) => {
                self.status.refused.insert(document, why);
                return;
            }
            Notice::Blobs(blobs) => {
                self.status.blobs = blobs;
                return;
            }
            Notice::LeavesBlobs => {
                self.status.leaves_blobs = true;
                return;
            }
            Notice::Conflicts(conflicts) => {
                self.status.conflicts = conflicts;
                return;
            }
            Notice::Lost(operations) => {
                self.status.lost += operations;
                return;
            }
        };
        match event {
            Event::Progress {
                document,
                received,
                to_receive,
                sent,
                to_send,
            } => self.count(document, [received, to_receive, sent, to_send]),
            Event::Settled => {
                let status = &mut self.status;
                status.phase = Phase::Live;
                status.failures = 0;
                status.trouble = None;
                status.last_success_ms = Some(now_ms());
            }
            event => {
                if let Some((document, why)) = refusal(&event) {
                    self.status.refused.insert(document.to_owned(), why);
                    let counts = self.documents.get(document).copied();
                    let document = document.to_owned();
                    self.count(document, counts.unwrap_or_default());
                }
            }
        }
    }

    fn count(&mut self, document: String, mut counts: Counts) {
        if self.status.refused.contains_key(&document) {
            // What was sent of it is not stored there.
            counts[2..].fill(0);
        }
        let before = self.documents.insert(document, counts).unwrap_or_default();
        let Status { received, sent, .. } = &mut self.status;
        let totals = [&mut received.0, &mut received.1, &mut sent.0, &mut sent.1];
        for (total, (count, before)) in totals.into_iter().zip(counts.iter().zip(before)) {
            *total = (*total + u64::from(*count)).saturating_sub(before.into());
        }
    }
}
