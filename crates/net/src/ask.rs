//! What the keeper is asked for, and what the side that asked for a connection is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use syncline::sync::{Event, Only};
use syncline_store::Store;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::binding::PeerBinding;
use crate::conflicts::Conflicts;
use crate::error::Error;
use crate::frame::Frame;
use crate::keeper::Keeper;
use crate::library::Library;
use crate::link::Agreed;
use crate::rights::Rights;
use crate::status::Blobs;

/// Something to be done when all before it has been taken in.
pub(crate) type Then = Box<dyn FnOnce(&mut Keeper) + Send>;

/// Which connection.
pub(crate) type Id = u64;

/// How often it is asked to [keep](Ask::Keep) what was confirmed.
pub(crate) const KEPT_EVERY: Duration = Duration::from_secs(2);

/// What the keeper is asked for.
pub(crate) enum Ask {
    /// A connection is there, and its greeting is over.
    Connect(Connect),
    /// A frame came on it, which takes up room until it was taken in.
    Frame(Id, Frame, OwnedSemaphorePermit),
    /// There is room again for what is to be sent on it.
    Ready(Id),
    /// It is gone.
    Gone(Id),
    /// A document is to be written to.
    Write(Write),
    /// Something is to be done to the documents that writes to none.
    Act(Box<dyn FnOnce(&mut Library) + Send>),
    /// Something is to be done once all before it has been taken in.
    Then(Then),
    /// What is confirmed is to be kept in the store, and what changed to be read for the blobs to which it refers.
    Keep,
    /// The commits up to this one are on disk; or why they are not.
    Synced(u64, Option<String>),
    /// There may be something new in the log.
    News,
    /// All connections end, and the store is given back.
    Close(oneshot::Sender<Store>),
}

/// A document that is to be written to.
pub(crate) struct Write {
    pub(crate) document: String,
    /// Writes; whether that was done. What it comes to is told by itself.
    pub(crate) write: Box<dyn FnOnce(&mut Library) -> bool + Send>,
    pub(crate) stored: Stored,
}

/// Is told when what was written is on disk, or why it is not.
pub(crate) type Stored = oneshot::Sender<Result<(), Error>>;

/// A connection to be kept.
pub(crate) struct Connect {
    pub(crate) id: Id,
    /// What is to be sent on it; it ends when this is dropped.
    pub(crate) out: Out,
    /// By what name the other side is known, in what is said of commits.
    pub(crate) name: String,
    /// What the other side may do with which documents.
    pub(crate) rights: Arc<Rights>,
    pub(crate) agreed: Agreed,
    /// What is done about operations under another's peer, where it is known who comes.
    pub(crate) binding: Option<PeerBinding>,
    /// What tells how far it is, where this side asks.
    pub(crate) asking: Option<Asking>,
}

/// The frames that are to be sent on a connection.
#[derive(Clone)]
pub(crate) struct Out {
    pub(crate) frames: mpsc::Sender<Frame>,
    /// The keeper is to be told when there is room again.
    pub(crate) wants_room: Arc<AtomicBool>,
    /// Bytes that wait to be sent, and how many may before no more frames are made.
    pub(crate) waiting: Arc<AtomicUsize>,
    pub(crate) waiting_max: usize,
}

impl Out {
    /// Whether so many frames can be sent. If not, the keeper is told when all were.
    pub(crate) fn has_room(&self, frames: usize) -> bool {
        let has_room = || {
            let waiting = self.waiting.load(Ordering::SeqCst);
            self.frames.capacity() >= frames && waiting < self.waiting_max
        };
        if has_room() {
            return true;
        }
        self.wants_room.store(true, Ordering::SeqCst);
        // All of them may have been sent just now, before anybody could know.
        has_room()
    }

    /// Has a frame sent; whether there was room for it.
    pub(crate) fn push(&self, frame: Frame) -> bool {
        let bytes = frame.len();
        self.waiting.fetch_add(bytes, Ordering::SeqCst);
        let is_sent = self.frames.try_send(frame).is_ok();
        if !is_sent {
            self.waiting.fetch_sub(bytes, Ordering::SeqCst);
        }
        is_sent
    }
}

/// The side that asks: with which nonce, about which documents, and who is to hear of it.
pub(crate) struct Asking {
    pub(crate) nonce: u64,
    pub(crate) only: Only,
    pub(crate) hear: Box<dyn FnMut(Notice) + Send>,
}

/// What the side that asked is told.
pub(crate) enum Notice {
    /// What the session says.
    Event(Event),
    /// All that was sent so far is stored on the other side, or not.
    Confirmed(bool),
    /// A document is not sent, since deliveries of it failed for good, or were set aside: by name, and why.
    HeldBack(String, String),
    /// How far blobs are.
    Blobs(Blobs),
    /// Documents refer to blobs that are not exchanged, since one of the sides does without.
    LeavesBlobs,
    /// How many conflicts the documents have.
    Conflicts(Conflicts),
    /// So many operations were confirmed by the other side, which does not have them any more.
    Lost(u64),
}
