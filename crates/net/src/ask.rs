//! What the keeper is asked for, and what the side that asked for a connection is told.

use syncline::sync::Event;
use syncline_store::Store;
use tokio::sync::{mpsc, oneshot};

use crate::frame::Frame;
use crate::keeper::Keeper;
use crate::library::Library;

/// Something to be done when all before it is stored.
pub(crate) type Then = Box<dyn FnOnce(&mut Keeper) + Send>;

/// Which connection.
pub(crate) type Id = u64;

/// What the keeper is asked for.
pub(crate) enum Ask {
    /// A connection is there, and its greeting is over.
    Connect(Connect),
    /// A frame came on it.
    Frame(Id, Frame),
    /// All that was to be sent on one of them has been.
    Ready,
    /// It is gone.
    Gone(Id),
    /// Something is to be done to the documents; what comes of it is stored, and sent on.
    Act(Box<dyn FnOnce(&mut Library) + Send>),
    /// Something is to be done once all before it is stored.
    Then(Then),
    /// All connections end, and the store is given back.
    Close(oneshot::Sender<Store>),
}

/// A connection to be kept.
pub(crate) struct Connect {
    pub(crate) id: Id,
    /// What is to be sent on it; it ends when this is dropped.
    pub(crate) out: mpsc::Sender<Frame>,
    /// By what name the other side is known, in what is said of commits.
    pub(crate) name: String,
    /// It sees the documents whose names begin so.
    pub(crate) prefix: String,
    /// What tells how far it is, where this side asks.
    pub(crate) asking: Option<Asking>,
}

/// The side that asks: with which nonce, and who is to hear of it.
pub(crate) struct Asking {
    pub(crate) nonce: u64,
    pub(crate) hear: Box<dyn FnMut(Notice) + Send>,
}

/// What the side that asked is told.
pub(crate) enum Notice {
    /// What the session says.
    Event(Event),
    /// All that was sent so far is stored on the other side, or not.
    Confirmed(bool),
}
