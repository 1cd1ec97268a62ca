//! Blobs: large files beside documents, named by the blake3 hash of their bytes, and held in chunks that are cut by content.
//!
//! A chunk lies in the store once, however many blobs hold it, and is named by its own hash, which is checked whenever it is
//! read. So a range can be read, and trusted, without the rest. The list of a blob's chunks stands in parts of up to 16.
//!
//! Invariants: a chunk's `uses` is how often it stands in parts. A blob with a key is whole but for what [`set_aside`] noted; one
//! without is being written, or was let go of, and its parts are taken away by a collection. No number of a blob comes again.
//!
//! [`id`] names them, [`counters`] numbers them, [`rows`] reads and writes what is said of one, [`list`] the list of its chunks,
//! [`cut`] finds where chunks end, [`write`] and [`incoming`] bring blobs in, from bytes and from another store, [`unfinished`] tells
//! what of that is not whole, [`read`] gives them, [`names`] keeps them by name, and [`refer`] tells which of them a document speaks of.

mod id;
pub(crate) mod counters;
pub(crate) mod rows;
pub(crate) mod list;
mod cut;
mod chunks;
mod write;
mod read;
mod incoming;
mod unfinished;
pub(crate) mod names;
mod refer;
mod face;
mod check;
mod sift;
pub(crate) mod set_aside;

pub(crate) use check::BlobCheck;
pub(crate) use chunks::release_part;
pub use face::Blob;
pub use id::{BlobId, NoBlobId};
pub(crate) use incoming::take_in;
pub use incoming::{BlobIncoming, Missing, Part};
pub use list::Chunk;
pub(crate) use list::MOST_BYTES;
pub use read::BlobReader;
pub(crate) use refer::{is_waiting, mentioned_in};
pub(crate) use rows::Row;
pub(crate) use sift::Sift;
pub use unfinished::Unfinished;
pub use write::BlobWriter;
