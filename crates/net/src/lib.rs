//! Stores kept in step over WebSockets: a worker in the background of a program, and a relay that many of them meet at.
//!
//! A [`Replica`] owns a store, and does all that is done to it on a thread of its own. A [`Worker`] connects one to a relay, again
//! and again as long as it takes, and tells how far it is. A [`Relay`] lets others connect to one.
//!
//! What either side says that it has stored is on its disk. What a document of this side has that the relay has not said that of is
//! *unconfirmed*: that follows from versions, so there is no queue that could disagree. `docs/network.md` in the project tells every
//! message.
//!
//! # The faces
//!
//! - [`Replica`]: editing and reading the documents of a store, and asking whether an edit is confirmed.
//! - [`Worker`], [`Status`]: keeping a replica in step with a relay, and watching that.
//! - [`deliveries`], [`retry`], [`set_aside`], [`redeliver`]: what relays did not take, kept until somebody sees to it.
//! - [`look`]: what a sync would move.
//! - [`Relay`]: serving one. [`Tokens`], or a [`Gate`] of the program's own, say who is let in, and [`Rights`] to what.
//! - [`Log`]: what several relays can share, and what takes the place of the store's own journal; [`MemoryLog`] is one in memory.
//! - [`Limits`]: what the other side may cost. [`Error`]: what went wrong, and what to do.
//!
//! # What it is not
//!
//! Without the feature `tls` it does not encrypt what travels: put a proxy that does in front of a relay.

mod cut;
mod error;
mod rate;
mod rates;
mod features;
mod limits;
mod terms;
mod rights;
mod gate;
mod blobs;
mod frame;
mod recent;
mod clock;
mod conflicts;
mod library;
mod binding;
mod view;
mod shown;
mod link;
mod ask;
mod kept;
mod deliveries;
mod confirmations;
mod log;
mod memory_log;
mod logging;
mod disk;
mod syncing;
mod senders;
mod keeper;
mod replica;
mod meter;
mod connection;
mod pace;
mod random;
mod status;
mod wire;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
mod dial;
mod worker;
mod look;
mod tokens;
mod metrics;
mod upgrade;
mod present;
mod relay;

pub use binding::PeerBinding;
pub use conflicts::Conflicts;
pub use deliveries::{
    Deliveries, Delivery, DeliveryState, Which, deliveries, redeliver, retry, set_aside,
};
pub use error::Error;
pub use features::Features;
pub use gate::{Admitting, Gate, Principal};
pub use limits::Limits;
pub use log::{Acknowledge, Log, LogError, News, Record};
pub use look::{Amount, Look, Moving, look};
pub use memory_log::MemoryLog;
pub use pace::Pace;
pub use rate::Rate;
pub use rates::Rates;
pub use relay::Relay;
pub use replica::{Replica, Written};
pub use rights::{Right, Rights};
pub use status::{BlobState, Blobs, Phase, Status, Trouble};
#[cfg(feature = "tls")]
pub use tls::{Identity, Roots};
pub use tokens::{NoToken, Tokens};
pub use worker::{Options, Worker};
