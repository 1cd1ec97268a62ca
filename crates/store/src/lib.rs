//! Documents on disk: a [`Store`] is a file of many Syncline documents, each a journal that only grows and a snapshot of it.
//!
//! When [`Store::commit`] returns, what was done to a document is in a record with a checksum, synced to disk: it survives the
//! end of the process, of the system, and of the power. `docs/store.md` in the project tells every table, and what is checked.
//!
//! # The faces
//!
//! - [`Store`] is the file: documents by name, commits, deliveries.
//! - [`Document`] is one of its documents in memory, to be read and edited as a [`syncline::Doc`].
//! - [`Entry`] is what is said of a commit: author, time, origin, and a key under which it is committed once.
//! - [`Options`], [`Durability`] and [`Limits`] say how a store is opened.
//! - [`Compaction`] and [`Verification`] are work for the background ([`Job`]): journals are brought into snapshots, a little at
//!   a time; everything is read and held against itself.
//! - [`Store::put_blob`] and [`Store::open_blob`] keep and read large files beside documents, named by their bytes
//!   ([`BlobId`]); [`Collection`] lets go of those that nothing refers to.
//! - With a [`Key`] a store is sealed; [`KeyChange`] seals it with another.
//! - [`Store::repair`] sets damage aside and fetches what it can, [`Store::rescue`] opens what SQLite cannot, [`Store::export`]
//!   writes all as one file.
//! - [`Error`] says what was wrong, where, and what is still safe.
//!
//! # What it is not
//!
//! It reads no clock (times are told), starts no thread, and draws no random number but what a document draws.

mod error;
mod words;
mod seal;
mod options;
mod database;
mod files;
mod doubt;
mod keys;
mod lock;
mod schema;
mod record;
mod journal;
mod begun;
mod snapshot;
mod document;
mod load;
mod salvage;
mod commit;
mod syncer;
mod store;
mod documents;
mod writing;
mod remote;
mod blob;
mod job;
mod clean;
mod checkpoint;
mod course;
mod compaction;
mod collection;
mod verification;
mod quarantine;
mod repair;
mod export;
mod rescue;
mod key_change;

pub use blob::{
    Blob, BlobId, BlobIncoming, BlobReader, BlobWriter, Chunk, Missing, NoBlobId, Part, Unfinished,
};
pub use collection::{Collected, Collection};
pub use compaction::Compaction;
pub use document::Document;
pub use documents::Listing;
pub use error::{Error, Place};
pub use export::{Import, Imported};
pub use job::{Failure, Job, Progress, State};
pub use key_change::KeyChange;
pub use options::{Durability, Limits, Options};
pub use quarantine::SetAside;
pub use record::Entry;
pub use remote::Remote;
pub use repair::{Repair, Repaired, RepairedBlob, Report};
pub use seal::Key;
pub use store::Store;
pub use syncer::Syncer;
pub use verification::Verification;
